"""Import libraries of whatever symbols a DLL exports.

Symbols may be constants, be imported by number, or under other names; `archive` lays
the entries out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ferrule.errors.implib import ImportLibraryError
from ferrule.implib.archive import library_of, stem_of
from ferrule.implib.coff import renamed_import_object, weak_alias_object
from ferrule.implib.symbol import (
    NAME_ORDINAL,
    NAME_RENAMED,
    ImportSymbol,
    linker_name,
)

if TYPE_CHECKING:
    from ferrule.implib.archive import Flavor, Member
    from ferrule.implib.machine import Machine

__all__ = ["import_library"]

_KINDS: Final = {"code": 0, "data": 1, "const": 2}


def import_library(
    symbols: Iterable[ImportSymbol],
    dll: str,
    machine: Machine,
    flavor: Flavor = "msvc",
) -> bytes:
    """Return the import library of a DLL as bytes.

    `dll` is the name under which the loader shall find it, with its ending. The
    flavors differ only where GNU's linker does not know Microsoft's form: in
    constants, which become data, and in names by `link_as`. Raises
    `ImportLibraryError`.
    """
    return library_of(_entries(symbols, dll, machine, flavor), dll, machine)


def _entries(
    symbols: Iterable[ImportSymbol], dll: str, machine: Machine, flavor: Flavor
) -> Iterator[Member]:
    pack = struct.Struct("<4H2I2H").pack
    number, dll_text = machine.number, dll.encode("utf-8") + b"\0"
    seen = set[str]()
    for symbol in symbols:
        text, name_type = linker_name(symbol, machine)
        if not symbol.name or min(text) < " " or "\x7f" in text:
            raise ImportLibraryError(
                f"the import library of {dll} cannot be written",
                f"{symbol.link_as or symbol.name!r} can be no symbol's name",
                "give the names as the DLL exports them",
            )
        if text in seen:
            _refuse_twice(symbol.link_as or symbol.name, dll)
        seen.add(text)
        if name_type == NAME_RENAMED:
            yield from _renamed(symbol, dll, machine, flavor)
            continue
        kind = _KINDS[symbol.kind]
        if kind == 2 and flavor == "gnu":
            kind = 1  # binutils: "unhandled import type".
        is_nameless = name_type == NAME_ORDINAL
        hint = _checked_ordinal(symbol, dll) if is_nameless else symbol.hint & 0xFFFF
        name = text.encode("utf-8")
        rest = name + b"\0" + dll_text
        bits = name_type << 2 | kind
        content = pack(0, 0xFFFF, 0, number, 0, len(rest), hint, bits) + rest
        imported = b"__imp_" + name
        yield content, (imported,) if kind == 1 else (imported, name)


def _renamed(
    symbol: ImportSymbol, dll: str, machine: Machine, flavor: Flavor
) -> Iterator[Member]:
    new, _ = linker_name(symbol, machine)
    is_data = symbol.kind == "data"
    imported, plain = f"__imp_{new}".encode(), new.encode("utf-8")
    if flavor == "gnu":
        both, hint = (new, symbol.name), symbol.hint & 0xFFFF
        content = renamed_import_object(
            machine, stem_of(dll), both, hint, is_data=is_data
        )
        yield content, (imported,) if is_data else (imported, plain)
        return
    # The entry under the DLL's name, and aliases of what it defines.
    entry = symbol._replace(link_as="")
    yield from _entries((entry,), dll, machine, flavor)
    old, _ = linker_name(entry, machine)
    yield weak_alias_object(machine, f"__imp_{new}", f"__imp_{old}"), (imported,)
    if not is_data:
        yield weak_alias_object(machine, new, old), (plain,)


def _refuse_twice(name: str, dll: str) -> None:
    raise ImportLibraryError(
        f"the import library of {dll} cannot be written",
        f"the symbol {name} is there twice",
        "give each symbol once",
    )


def _checked_ordinal(symbol: ImportSymbol, dll: str) -> int:
    if symbol.ordinal is None or not 0 < symbol.ordinal <= 0xFFFF:
        raise ImportLibraryError(
            f"the import library of {dll} cannot be written",
            f"{symbol.name} is imported by number, and its number is {symbol.ordinal}",
            "give it an ordinal from 1 to 65535",
        )
    return symbol.ordinal
