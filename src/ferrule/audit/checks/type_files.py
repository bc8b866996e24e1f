"""Stubs and `py.typed`.

Standard: PEP 561 and "Distributing type information".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.audit.python_tag import module_name

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["check_types"]

_MARKER = "py.typed"


def check_types(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield where types and the marker for them do not come together."""
    typed = {
        path.rpartition("/")[0]
        for path in wheel.entries
        if path.rpartition("/")[2] == _MARKER
    }
    yield from _check_markers(wheel, typed)
    yield from _check_stubs(wheel, typed)
    for path in wheel.binary_paths:
        name = module_name(path)
        if name is None or not name.is_marked:
            continue
        stem = name.stem.lstrip("/")
        folder = path.rpartition("/")[0]
        # mypyc leaves the source, with its annotations, beside what it made of it.
        stubs = {f"{stem}.pyi", f"{stem}/__init__.pyi", f"{stem}.py"}
        if folder.rpartition("/")[2] == name.leaf or name.leaf.startswith("_"):
            # The package's own stub tells what it takes from a private module.
            stubs.add(f"{folder}/__init__.pyi")
        if not stubs & wheel.entries.keys():
            is_public = not any(part.startswith("_") for part in stem.split("/"))
            is_promised = is_public and _is_typed(folder, typed)
            severity: Severity = "warning" if is_promised else "note"
            what = "there is no stub for this module"
            fix = (
                "add a .pyi file beside it; `ferrule stubs` writes it for PyO3 modules"
            )
            yield Finding("missing-stub", severity, path, what, fix)


def _is_typed(folder: str, typed: set[str]) -> bool:
    while folder:
        if folder in typed:
            return True
        folder = folder.rpartition("/")[0]
    return False


def _check_markers(wheel: OpenedWheel, typed: set[str]) -> Iterator[Finding]:
    for folder in sorted(typed):
        inside = [path for path in wheel.entries if path.startswith(f"{folder}/")]
        if any(path.endswith(".pyi") for path in inside):
            continue
        sources = [path for path in inside if path.endswith(".py")]
        if not any(_has_types(wheel.text(path)) for path in sources):
            what = "it promises types, and no file beside or below it has any"
            fix = "add stubs or annotations, or remove the marker"
            path = f"{folder}/{_MARKER}".lstrip("/")
            yield Finding("types-marker", "warning", path, what, fix)


def _has_types(text: str) -> bool:
    """Return whether a module is annotated, or has nothing to annotate."""
    has_code = "def " in text or "class " in text
    return "->" in text or (has_code and ": " in text and "import" in text)


def _check_stubs(wheel: OpenedWheel, typed: set[str]) -> Iterator[Finding]:
    told: set[str] = set()
    for path in wheel.entries:
        top, slash, _ = path.partition("/")
        if not slash or not path.endswith(".pyi") or top in told:
            continue
        if top.endswith(("-stubs", ".data")) or _is_typed(
            path.rpartition("/")[0], typed
        ):
            continue
        told.add(top)
        what = f"type checkers ignore it: {top} has no {_MARKER}"
        fix = f"add an empty file {top}/{_MARKER}"
        yield Finding("types-marker", "warning", path, what, fix)
