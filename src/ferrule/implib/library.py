"""Writes import libraries: archives with one short entry per symbol.

Both tables in which linkers look symbols up are written, and the same bytes for
the same symbols: no time, owner or mode is in them. GNU's linker, LLVM's and
Microsoft's read the form, for which Microsoft's "PE Format" is the source.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal

from ferrule.errors.implib import ImportLibraryError
from ferrule.implib.coff import (
    NULL_DESCRIPTOR,
    descriptor_object,
    null_descriptor_object,
    null_thunk_object,
    renamed_import_object,
    weak_alias_object,
)
from ferrule.implib.symbol import (
    NAME_ORDINAL,
    NAME_RENAMED,
    ImportSymbol,
    linker_name,
)

if TYPE_CHECKING:
    from ferrule.implib.machine import Machine

__all__ = ["FLAVORS", "Flavor", "import_library", "library_file_name"]

Flavor = Literal["gnu", "msvc"]
FLAVORS: Final[tuple[Flavor, ...]] = ("gnu", "msvc")

_KINDS: Final = {"code": 0, "data": 1, "const": 2}
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')
_MAX_MEMBERS: Final = 0xFFFF
"""Microsoft's table numbers the members with 16 bits."""
_SHORT_NAME: Final = 15
"""A member's name of this length, and its final slash, fit into the header."""

Member = tuple[bytes, tuple[bytes, ...]]
"""Content, and the symbols that it defines."""


def library_file_name(stem: str, flavor: Flavor) -> str:
    """Return the name under which a linker finds the library for `-l STEM`.

    `libSTEM.a` is what GNU's linker, LLVM's and zig's have in common; zig does not
    look for `libSTEM.dll.a`.
    """
    return f"lib{stem}.a" if flavor == "gnu" else f"{stem}.lib"


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
    _check_dll(dll)
    stem = _stem(dll)
    descriptor = f"__IMPORT_DESCRIPTOR_{stem}".encode()
    thunk = f"\x7f{stem}_NULL_THUNK_DATA".encode()
    members: list[Member] = [
        (descriptor_object(machine, dll, stem), (descriptor,)),
        (null_descriptor_object(machine), (NULL_DESCRIPTOR.encode(),)),
        (null_thunk_object(machine, stem), (thunk,)),
    ]
    members += _entries(symbols, dll, machine, flavor)
    if len(members) > _MAX_MEMBERS:
        raise ImportLibraryError(
            f"the import library of {dll} cannot be written",
            f"it would have {len(members)} members, allowed are {_MAX_MEMBERS}",
            "give fewer symbols",
        )
    return _archive(members, dll.encode("utf-8"))


def _check_dll(dll: str) -> None:
    if not dll or not dll.isprintable() or not _FORBIDDEN.isdisjoint(dll):
        raise ImportLibraryError(
            f"{dll!r} is no name of a DLL",
            "it is empty, or has characters that no file name may have",
            "give the file name of the DLL without its folder, as in python313.dll",
        )


def _entries(
    symbols: Iterable[ImportSymbol], dll: str, machine: Machine, flavor: Flavor
) -> Iterator[Member]:
    pack = struct.Struct("<4H2I2H").pack
    number, dll_text = machine.number, dll.encode("utf-8") + b"\0"
    seen = set[str]()
    for symbol in symbols:
        text, name_type = linker_name(symbol, machine)
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
            machine, _stem(dll), both, hint, is_data=is_data
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


def _stem(dll: str) -> str:
    return dll.rpartition(".")[0] or dll


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


def _archive(members: list[Member], dll: bytes) -> bytes:
    # All members carry the DLL's name: GNU's linker orders by it what it puts
    # into one DLL's lists.
    names = b""
    if len(dll) > _SHORT_NAME:
        names = dll + b"\0"
        shown = b"/0"
    else:
        shown = dll + b"/"
    listed = [
        (symbol, number)
        for number, (_, defined) in enumerate(members, 1)
        for symbol in defined
    ]
    text_size = sum(len(symbol) + 1 for symbol, _ in listed)
    first_size = 4 + 4 * len(listed) + text_size
    second_size = 8 + 4 * len(members) + 2 * len(listed) + text_size
    position = 8 + 60 + first_size + first_size % 2 + 60 + second_size + second_size % 2
    if names:
        position += 60 + len(names) + len(names) % 2
    offsets: list[int] = []
    bodies: list[bytes] = []
    headers: dict[int, bytes] = {}
    for content, _ in members:
        size = len(content)
        header = headers.get(size) or headers.setdefault(size, _header(shown, size))
        offsets.append(position)
        bodies += (header, content, b"\n") if size % 2 else (header, content)
        position += 60 + size + size % 2
    parts = [
        b"!<arch>\n",
        *_member(b"/", _first_table(listed, offsets)),
        *_member(b"/", _second_table(listed, offsets)),
        *(_member(b"//", names) if names else ()),
        *bodies,
    ]
    return b"".join(parts)


def _first_table(listed: list[tuple[bytes, int]], offsets: list[int]) -> bytes:
    """Return GNU's table: every symbol with its member's place, big-endian."""
    count = len(listed)
    places = [offsets[number - 1] for _, number in listed]
    names = b"\0".join([symbol for symbol, _ in listed]) + b"\0"
    return struct.pack(f">{count + 1}I", count, *places) + names


def _second_table(listed: list[tuple[bytes, int]], offsets: list[int]) -> bytes:
    """Return Microsoft's table: members, then symbols in order, little-endian."""
    ordered = sorted(listed)
    names = b"\0".join([symbol for symbol, _ in ordered]) + b"\0"
    return b"".join(
        (
            struct.pack(f"<{len(offsets) + 1}I", len(offsets), *offsets),
            struct.pack("<I", len(ordered)),
            struct.pack(f"<{len(ordered)}H", *[number for _, number in ordered]),
            names,
        )
    )


def _member(name: bytes, content: bytes) -> tuple[bytes, bytes, bytes]:
    return _header(name, len(content)), content, b"\n" * (len(content) % 2)


def _header(name: bytes, size: int) -> bytes:
    return b"%-16s%-12s%-6s%-6s%-8s%-10d`\n" % (name, b"0", b"0", b"0", b"0", size)
