"""What the dynamic mode does on all systems, or on several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.errors.bundle import SharedLibraryError

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.bundle.modes import Case

__all__ = ["LINKED", "find_library"]

LINKED: Final = "your program, linked to the bundle's own libpython"


def find_library(case: Case) -> Path:
    """Return the shared library of Python. Raises `SharedLibraryError`."""
    if case.libpython is None:
        interpreter = case.interpreter
        place = interpreter.executable or interpreter.base_prefix
        raise SharedLibraryError(interpreter.display_name, place)
    return case.libpython
