"""The freshness record of a development install, as a replay reads and renews it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

__all__ = ["Freshness", "NotReplayedError"]


class NotReplayedError(Exception):
    """Something is not as it was noted; `compiled` is what cargo did already."""

    def __init__(self, reason: str, compiled: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.compiled = tuple(compiled)


class Freshness:
    """A freshness record, with the files that differ from it."""

    def __init__(self, path: str) -> None:
        from ferrule.editable.freshness import read_states

        found = read_states(path)
        if found is None:
            raise NotReplayedError(f"{path} is absent or of another release")
        self._path = path
        self._modules, self._states = found

    def edits(self) -> list[str]:
        """Return the Rust sources that changed.

        Raises `NotReplayedError` where anything else did.
        """
        from ferrule.editable.freshness import state_of

        found = []
        for path, state in self._states.items():
            if state_of(path) == state:
                continue
            if not path.endswith(".rs"):
                raise NotReplayedError(f"{path} changed")
            found.append(path)
        return found

    def inputs(
        self, modules: Sequence[Mapping[str, Any]], compiled: Sequence[str]
    ) -> list[str]:
        """Return the known inputs and those that the sources have named since.

        `modules` are those of the noted run. Raises `NotReplayedError` where one
        of them lies in an unknown package; `compiled` goes along with it.
        """
        from ferrule.editable.freshness import manifest_names_above, parse_dep_info

        known = set(self._states).difference(self._modules.values())
        new: set[str] = set()
        for module in modules:
            stem = os.path.splitext(module["artifact"])[0]
            try:
                with open(
                    f"{stem}.d", encoding="utf-8", errors="surrogateescape"
                ) as stream:
                    new.update(parse_dep_info(stream.read()))
            except OSError:
                raise NotReplayedError(f"no {stem}.d", compiled) from None
        new -= known
        new = {path for path in new if not path.startswith(_outputs(modules))}
        if not all(map(os.path.isfile, new)) or not all(map(os.path.isabs, new)):
            raise NotReplayedError("other inputs", compiled)
        if not known.issuperset(manifest_names_above(sorted(new))):
            raise NotReplayedError("a package is new", compiled)
        return sorted(known | new)

    def write(self, inputs: Iterable[str], started_ns: int) -> None:
        """Write the record anew."""
        from ferrule.editable.freshness import write_record

        write_record(
            self._path,
            self._modules,
            inputs,
            products=self._modules.values(),
            started_ns=started_ns,
        )


def _outputs(modules: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the folders, with a separator, that only builds write to."""
    return tuple({folder for module in modules for folder in module["outputs"]})
