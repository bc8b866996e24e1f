"""Errors about import libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "DefinitionError",
    "ImportLibraryError",
    "NoExportsError",
    "UnknownLibraryError",
    "UnknownMachineError",
    "UnknownPythonError",
]


class UnknownMachineError(FerruleError):
    """No import library can be written for a processor."""

    exit_code = 2

    def __init__(self, text: str, known: Sequence[str], name: str = "") -> None:
        where = f"{name} is for {text}" if name else f'"{text}" is asked for'
        guess = "" if name else did_you_mean(text, known)
        super().__init__(
            f"no processor of Windows that ferrule knows: {where}{guess}",
            why=[f"known are {', '.join(known)}"],
            fix="name an architecture or the triple of a Windows target, for example "
            "x86_64-pc-windows-gnu",
        )
        self.text = text


class UnknownPythonError(FerruleError):
    """A Python is asked for of which no symbols are known."""

    exit_code = 2

    def __init__(self, text: str, known: Sequence[str], reason: str = "") -> None:
        super().__init__(
            f'there are no symbols of Python "{text}"{did_you_mean(text, known)}',
            why=[reason or f"known are {', '.join(known)}"],
            fix="take the symbols from that Python's own DLL: "
            "ferrule implib --from python3XX.dll",
        )
        self.text = text
        self.known = tuple(known)

    def details(self) -> dict[str, Any]:
        """Return the name that was asked for and the known ones."""
        return {"python": self.text, "known": list(self.known)}


class UnknownLibraryError(FerruleError):
    """A file is given as a source of symbols that is none."""

    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} tells no exported symbols",
            why=["it is no DLL, no import library and no .def file"],
            fix="name a DLL, an import library, or a text file that ends with .def",
        )
        self.name = name


class NoExportsError(FerruleError):
    """A DLL or definition file exports nothing."""

    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} exports nothing that could be imported",
            why=["an import library for it would be empty"],
            fix="name the DLL whose functions shall be called; what it exports by "
            "number alone goes into a .def: NAME @NUMBER NONAME",
        )
        self.name = name


class DefinitionError(FerruleError):
    """A module-definition file has a line that means nothing."""

    exit_code = 2

    def __init__(self, name: str, line: int, reason: str, fix: str = "") -> None:
        super().__init__(
            f"{name}:{line}: {reason}",
            fix=fix
            or "correct the line: NAME [= internal] [@ordinal [NONAME]] "
            "[DATA | CONSTANT] [PRIVATE]",
        )
        self.name = name
        self.line = line


class ImportLibraryError(FerruleError):
    """An import library cannot be written from what is given."""

    exit_code = 2

    def __init__(self, what: str, reason: str, fix: str) -> None:
        super().__init__(what, why=[reason], fix=fix)
