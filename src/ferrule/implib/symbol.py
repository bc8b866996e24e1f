"""One entry of an import library, and how it is spelled for the linker.

Sources: Microsoft's "PE Format", section on import libraries, for the name types;
the conventions of `__cdecl`, `__stdcall` and `__fastcall` for 32-bit x86.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ferrule.implib.machine import Machine

__all__ = ["ImportSymbol", "SymbolKind", "decorate", "linker_name"]

SymbolKind = Literal["code", "data", "const"]
"""Functions get a thunk under their own name, data only `__imp_NAME`; `const`
gets both names for the address of the data."""

NAME_ORDINAL, NAME_EXACT, NAME_NO_PREFIX, NAME_UNDECORATED, NAME_EXPORT_AS = range(5)
NAME_RENAMED = -1
"""No name type of Microsoft's: it takes an object of its own."""


class ImportSymbol(NamedTuple):
    """Something that a DLL exports."""

    name: str
    """As the DLL exports it; with `is_nameless`, as the linker shall know it."""
    kind: SymbolKind = "code"
    hint: int = 0
    """Where the loader looks first in the DLL's table of names."""
    ordinal: int | None = None
    is_nameless: bool = False
    """It is imported by its ordinal, which then must be given."""
    link_as: str = ""
    """Another name under which the linker shall know it; empty for its own."""


def linker_name(symbol: ImportSymbol, machine: Machine) -> tuple[str, int]:
    """Return the name that objects ask for, and how the loader's follows from it.

    The number is one of Microsoft's name types, or `NAME_RENAMED` where the loader's
    name does not follow.
    """
    text = decorate(symbol.link_as or symbol.name, machine)
    if symbol.is_nameless:
        return text, NAME_ORDINAL
    if not symbol.link_as:
        return text, NAME_EXACT if text == symbol.name else NAME_NO_PREFIX
    if machine.has_underscore and _undecorate(text) == symbol.name:
        return text, NAME_UNDECORATED
    return text, NAME_RENAMED


def decorate(name: str, machine: Machine) -> str:
    """Return the name that C's compilers write into objects.

    32-bit x86 puts an underscore before the names of C; names that are decorated
    in full, of C++, `__fastcall` and MSVC's `__stdcall`, stay as they are.
    """
    if not machine.has_underscore or name[:1] in ("?", "@") or "@@" in name:
        return name
    # `_name@8` is what MSVC exports for __stdcall; MinGW exports `name@8`.
    head, at, digits = name.rpartition("@")
    is_stdcall = at and head.startswith("_") and digits.isdigit()
    return name if is_stdcall else f"_{name}"


def _undecorate(text: str) -> str:
    return text[1 if text[:1] in ("?", "@", "_") else 0 :].partition("@")[0]
