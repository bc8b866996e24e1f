"""The freshness record of a development install, as a replay reads and renews it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Freshness", "NotReplayedError"]


class NotReplayedError(Exception):
    """Something is not as it was noted; `compiled` is what cargo did already."""

    def __init__(self, reason: str, compiled: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.compiled = tuple(compiled)


class Freshness:
    """A freshness record, with the files that differ from it."""

    def __init__(self, path: str) -> None:
        from ferrule.editable.installed_finder import FORMAT

        self._path = path
        self._modules: dict[str, str] = {}
        try:
            with open(
                path, encoding="utf-8", errors="surrogateescape", newline="\n"
            ) as stream:
                head, _, rest = stream.read().partition("\n\n")
        except OSError as error:
            raise NotReplayedError(f"{path}: {error.strerror}") from None
        first, *table = head.split("\n")
        if first != FORMAT:
            raise NotReplayedError(f"{path} is of another release")
        self._modules.update(
            (name, place) for name, _, place in (line.partition(" ") for line in table)
        )
        self._lines = [line for line in rest.split("\n") if line]

    def edits(self) -> list[str]:
        """Return the Rust sources that changed.

        Raises `NotReplayedError` where anything else did.
        """
        found = []
        for line in self._lines:
            path = line.split(" ", 2)[-1]
            try:
                status = os.stat(path)
                now = f"{status.st_mtime_ns} {status.st_size} {path}"
            except OSError:
                now = f"- - {path}"
            if now == line:
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
        from pathlib import Path

        from ferrule.editable.freshness import manifests_above, parse_dep_info

        products = set(self._modules.values())
        known = {line.split(" ", 2)[-1] for line in self._lines} - products
        new: set[str] = set()
        for module in modules:
            stem = os.path.splitext(module["artifact"])[0]
            try:
                text = Path(f"{stem}.d").read_text("utf-8", "surrogateescape")
            except OSError:
                raise NotReplayedError(f"no {stem}.d", compiled) from None
            new.update(parse_dep_info(text))
        new -= known
        new = {path for path in new if not path.startswith(_outputs(modules))}
        if not all(map(os.path.isfile, new)) or not all(map(os.path.isabs, new)):
            raise NotReplayedError("other inputs", compiled)
        manifests = manifests_above(map(Path, sorted(new)))
        if not known.issuperset(map(str, manifests)):
            raise NotReplayedError("a package is new", compiled)
        return sorted(known | new)

    def write(self, inputs: Iterable[str], started_ns: int) -> None:
        """Write the record anew."""
        from pathlib import Path

        from ferrule.editable.freshness import write_record

        modules = {name: Path(place) for name, place in self._modules.items()}
        write_record(
            Path(self._path),
            modules,
            map(Path, inputs),
            products=modules.values(),
            started_ns=started_ns,
        )


def _outputs(modules: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the folders, with a separator, that only builds write to."""
    return tuple({folder for module in modules for folder in module["outputs"]})
