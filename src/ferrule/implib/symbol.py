"""One entry of an import library, and how it is spelled for the linker.

Sources: Microsoft's "PE Format", section on import libraries, for the name types;
the conventions of `__cdecl`, `__stdcall` and `__fastcall` for 32-bit x86.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ferrule.implib.machine import Machine

__all__ = [
    "ImportSymbol",
    "SymbolKind",
    "decorate",
    "linker_name",
    "told_apart",
]

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
    is_plain: bool = False
    """The name is C's, also where it looks like MSVC's decoration: `_f@8` is `_f`."""


def linker_name(symbol: ImportSymbol, machine: Machine) -> tuple[str, int]:
    """Return the name that objects ask for, and how the loader's follows from it.

    The number is one of Microsoft's name types, or `NAME_RENAMED` where the loader's
    name does not follow.
    """
    text = symbol.link_as or symbol.name
    text = decorate(text, machine, is_plain=symbol.is_plain)
    if symbol.is_nameless:
        return text, NAME_ORDINAL
    if text == symbol.name:
        return text, NAME_EXACT
    if not symbol.link_as:
        return text, NAME_NO_PREFIX
    if machine.has_underscore and _undecorate(text) == symbol.name:
        return text, NAME_UNDECORATED
    return text, NAME_RENAMED


def decorate(name: str, machine: Machine, *, is_plain: bool = False) -> str:
    """Return the name that C's compilers write into objects.

    32-bit x86 puts an underscore before the names of C; names that are decorated
    in full, of C++, `__fastcall` and MSVC's `__stdcall`, stay as they are, the last
    only if they are not plain: see `ImportSymbol.is_plain`.
    """
    if not machine.has_underscore or name[:1] in ("?", "@") or "@@" in name:
        return name
    is_whole = not is_plain and name.startswith("_") and _is_stdcall(name)
    return name if is_whole else f"_{name}"


def told_apart(
    symbols: Iterable[ImportSymbol], *, is_mingw: bool = False
) -> list[ImportSymbol]:
    """Return the symbols of a DLL, marked where its names are not MSVC's.

    MinGW exports `f@8` where MSVC exports `_f@8`. So where one name is like that, or
    with `is_mingw`, `_g@8` is the function `_g`.
    """
    found = list(symbols)
    names = [item.link_as or item.name for item in found]
    if not (is_mingw or any(map(_is_of_mingw, names))):
        return found
    return [
        item._replace(is_plain=name.startswith("_") and _is_stdcall(name))
        for item, name in zip(found, names)
    ]


def _is_of_mingw(name: str) -> bool:
    return name[:1] not in ("_", "?", "@") and _is_stdcall(name)


def _is_stdcall(name: str) -> bool:
    head, _, digits = name.rpartition("@")
    return bool(head) and not head.endswith("@") and digits.isdigit()


def _undecorate(text: str) -> str:
    return text[1 if text[:1] in ("?", "@", "_") else 0 :].partition("@")[0]
