"""The rules about what a module tagged abi3 takes from Python, name by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule.audit.binary_view import PythonView, python_views
from ferrule.audit.finding import Finding
from ferrule.audit.python_tag import module_name
from ferrule.audit.stable_table import load_table
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.python_tag import ModuleName, Promise
    from ferrule.formats.image import Image

__all__ = ["WheelModule", "joined", "symbol_findings"]


@dataclass(frozen=True)
class WheelModule:
    """One binary of a wheel: a module, or a library beside one."""

    path: str
    name: ModuleName | None
    views: tuple[PythonView, ...]
    """One for each architecture; none for programs."""

    @classmethod
    def read(cls, path: str, image: Image) -> WheelModule:
        """Return what is asked about a binary at a place in the wheel."""
        return cls(path, module_name(path), tuple(python_views(image)))

    @property
    def leaf(self) -> str:
        """Return the file's name."""
        return self.path.rpartition("/")[2]

    @property
    def exports(self) -> frozenset[str]:
        """Return what every architecture exports."""
        return frozenset.intersection(*(view.exports for view in self.views))

    def shown(self, symbols: Mapping[str, str]) -> tuple[str, ...]:
        """Return a line per symbol, with the architectures if not all have it."""
        lines = []
        for name, text in sorted(symbols.items()):
            archs = [view.arch for view in self.views if name in view.imports]
            where = f" ({', '.join(archs)})" if len(archs) < len(self.views) else ""
            lines.append(f"{name}{where}: {text}")
        return tuple(lines)


def symbol_findings(
    module: WheelModule, promise: Promise, others: Sequence[WheelModule]
) -> Iterator[Finding]:
    """Yield what a module uses and some Python of the promise may not have.

    `others` are the other binaries of the wheel: what they export is not Python's.
    """
    used = _Used.sort(module, promise.floor)
    unstable = used.unstable
    if unstable:
        exports = frozenset[str]().union(*(other.exports for other in others))
        unstable = {name: unstable[name] for name in unstable.keys() - exports}
    if unstable:
        yield _finding(
            "abi3-unstable-symbol",
            module,
            unstable,
            "{is_are} not in the stable ABI of Python",
            "use functions of the stable ABI instead, or build one wheel for each "
            "Python (with PyO3: without the feature abi3)",
        )
    if used.newer:
        feature = "abi3t" if promise.abi3t else "abi3"
        minor = used.newest
        yield _finding(
            "abi3-newer-symbol",
            module,
            used.newer,
            f"Python {promise.python} does not have, although the tag is "
            f"{promise.text}",
            f"raise the minimum to Python 3.{minor} (PyO3's feature "
            f"{feature}-py3{minor}, tag cp3{minor}), or use them only where they are: "
            f"#[cfg(Py_3_{minor})]",
        )
    if used.elsewhere:
        yield _finding(
            "abi3-platform-symbol",
            module,
            used.elsewhere,
            "Python does not have on this system",
            "guard the call with #[cfg(windows)] or the like",
        )


@dataclass(frozen=True)
class _Used:
    """Names that break the promise, with what is said about each."""

    unstable: Mapping[str, str]
    newer: Mapping[str, str]
    elsewhere: Mapping[str, str]
    newest: int
    """The minor version that has all of `newer`."""

    @classmethod
    def sort(cls, module: WheelModule, floor: int | None) -> _Used:
        table = load_table()
        unstable: dict[str, str] = {}
        newer: dict[str, str] = {}
        elsewhere: dict[str, str] = {}
        newest = 0
        for view in module.views:
            for name in view.imports:
                added = table.added.get(name)
                if added is None:
                    unstable[name] = _reason(name)
                elif words := table.missing_because(name, view.format):
                    elsewhere[name] = f"Python has it only {words}"
                elif floor is not None and added > floor:
                    newer[name] = f"since Python 3.{added}"
                    newest = max(newest, added)
        return cls(unstable, newer, elsewhere, newest)


def _finding(
    rule: str, module: WheelModule, symbols: Mapping[str, str], relation: str, fix: str
) -> Finding:
    names = sorted(symbols)
    relation = relation.format(is_are="is" if len(names) == 1 else "are")
    return Finding(
        rule,
        "error",
        module.path,
        f"it uses {joined(names)}, which {relation}",
        fix,
        module.shown(symbols),
    )


def _reason(name: str) -> str:
    if name.startswith("PyUnstable_"):
        return "may change in every version"
    if name.startswith("_Py"):
        return "private to Python"
    return "only for modules that are built for one version"


def joined(names: Sequence[str], limit: int = 3) -> str:
    """Return `a, b, c and 4 more`."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
