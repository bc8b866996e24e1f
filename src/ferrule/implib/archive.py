"""Writes import libraries: archives with one short entry per symbol.

Both tables in which linkers look symbols up are written, and the same bytes for
the same symbols: no time, owner or mode is in them. GNU's linker, LLVM's and
Microsoft's read the form, for which Microsoft's "PE Format" is the source.
"""

from __future__ import annotations

import struct

from ferrule.implib.coff import (
    NULL_DESCRIPTOR,
    descriptor_object,
    null_descriptor_object,
    null_thunk_object,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final, Literal

    from ferrule.implib.machine import Machine

    Flavor = Literal["gnu", "msvc"]
    Member = tuple[bytes, tuple[bytes, ...]]
    """Content, and the symbols that it defines."""

__all__ = [
    "CODE",
    "DATA",
    "FLAVORS",
    "library_file_name",
    "library_of",
    "named_members",
    "stem_of",
]

FLAVORS: Final[tuple[Flavor, ...]] = ("gnu", "msvc")
CODE, DATA = 0, 1
"""`IMPORT_CODE` and `IMPORT_DATA`."""

_EXACT, _NO_PREFIX = 1, 2
"""How the loader's name follows from the linker's."""
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')
_MAX_MEMBERS: Final = 0xFFFF
"""Microsoft's table numbers the members with 16 bits."""
_SHORT_NAME: Final = 15
"""A member's name of this length, and its final slash, fit into the header."""


def library_file_name(stem: str, flavor: Flavor) -> str:
    """Return the name under which a linker finds the library for `-l STEM`.

    `libSTEM.a` is what GNU's linker, LLVM's and zig's have in common; zig does not
    look for `libSTEM.dll.a`.
    """
    return f"lib{stem}.a" if flavor == "gnu" else f"{stem}.lib"


def stem_of(dll: str) -> str:
    """Return what the descriptors of a DLL are called by: its name without ending."""
    return dll.rpartition(".")[0] or dll


def named_members(
    names: Sequence[bytes],
    kinds: Iterable[int],
    hints: Iterable[int],
    dll: str,
    machine: Machine,
) -> list[Member]:
    """Return the entries of symbols that the DLL exports by plain names of C.

    `names` are the DLL's, `kinds` `CODE` or `DATA`.
    """
    prefix = b"_" if machine.has_underscore else b""
    name_type = (_NO_PREFIX if prefix else _EXACT) << 2
    end = b"\0" + dll.encode("utf-8") + b"\0"
    size = len(prefix) + len(end)
    head = struct.pack("<4HI", 0, 0xFFFF, 0, machine.number, 0)
    pack = struct.Struct("<I2H").pack
    members: list[Member] = []
    for name, kind, hint in zip(names, kinds, hints):
        linked = prefix + name
        content = head + pack(size + len(name), hint, name_type | kind) + linked + end
        imported = b"__imp_" + linked
        members.append((content, (imported,) if kind else (imported, linked)))
    return members


def library_of(members: Iterable[Member], dll: str, machine: Machine) -> bytes:
    """Return the import library of a DLL with the given entries.

    `dll` is the name under which the loader shall find it, with its ending. Raises
    `ImportLibraryError`.
    """
    _check_dll(dll)
    stem = stem_of(dll)
    descriptor = f"__IMPORT_DESCRIPTOR_{stem}".encode()
    thunk = f"\x7f{stem}_NULL_THUNK_DATA".encode()
    found: list[Member] = [
        (descriptor_object(machine, dll, stem), (descriptor,)),
        (null_descriptor_object(machine), (NULL_DESCRIPTOR.encode(),)),
        (null_thunk_object(machine, stem), (thunk,)),
        *members,
    ]
    if len(found) > _MAX_MEMBERS:
        from ferrule.errors.implib import ImportLibraryError

        raise ImportLibraryError(
            f"the import library of {dll} cannot be written",
            f"it would have {len(found)} members, allowed are {_MAX_MEMBERS}",
            "give fewer symbols",
        )
    return _archive(found, dll.encode("utf-8"))


def _check_dll(dll: str) -> None:
    if not dll or not dll.isprintable() or not _FORBIDDEN.isdisjoint(dll):
        from ferrule.errors.implib import ImportLibraryError

        raise ImportLibraryError(
            f"{dll!r} is no name of a DLL",
            "it is empty, or has characters that no file name may have",
            "give the file name of the DLL without its folder, as in python313.dll",
        )


def _archive(members: list[Member], dll: bytes) -> bytes:
    # All members carry the DLL's name: GNU's linker orders by it what it puts
    # into one DLL's lists.
    names = b""
    if len(dll) > _SHORT_NAME:
        names = dll + b"\0"
        shown = b"/0"
    else:
        shown = dll + b"/"
    symbols: list[bytes] = []
    numbers: list[int] = []
    offsets: list[int] = []
    bodies: list[bytes] = []
    frames: dict[int, tuple[bytes, bytes, int]] = {}
    position = 0
    for number, (content, defined) in enumerate(members, 1):
        symbols += defined
        numbers += (number,) * len(defined)
        size = len(content)
        frame = frames.get(size)
        if frame is None:
            padding = b"\n" * (size % 2)
            frame = _header(shown, size), padding, 60 + size + len(padding)
            frames[size] = frame
        offsets.append(position)
        bodies += (frame[0], content, frame[1])
        position += frame[2]
    text_size = sum(map(len, symbols)) + len(symbols)
    first_size = 4 + 4 * len(symbols) + text_size
    second_size = 8 + 4 * len(members) + 2 * len(symbols) + text_size
    start = 8 + 60 + first_size + first_size % 2 + 60 + second_size + second_size % 2
    if names:
        start += 60 + len(names) + len(names) % 2
    offsets = [start + offset for offset in offsets]
    parts = [
        b"!<arch>\n",
        *_member(b"/", _first_table(symbols, numbers, offsets)),
        *_member(b"/", _second_table(symbols, numbers, offsets)),
        *(_member(b"//", names) if names else ()),
        *bodies,
    ]
    return b"".join(parts)


def _first_table(symbols: list[bytes], numbers: list[int], offsets: list[int]) -> bytes:
    """Return GNU's table: every symbol with its member's place, big-endian."""
    count = len(symbols)
    places = [offsets[number - 1] for number in numbers]
    names = b"\0".join(symbols) + b"\0"
    return struct.pack(f">{count + 1}I", count, *places) + names


def _second_table(
    symbols: list[bytes], numbers: list[int], offsets: list[int]
) -> bytes:
    """Return Microsoft's table: members, then symbols in order, little-endian."""
    order = sorted(range(len(symbols)), key=symbols.__getitem__)
    names = b"\0".join([symbols[index] for index in order]) + b"\0"
    return b"".join(
        (
            struct.pack(f"<{len(offsets) + 1}I", len(offsets), *offsets),
            struct.pack("<I", len(order)),
            struct.pack(f"<{len(order)}H", *[numbers[index] for index in order]),
            names,
        )
    )


def _member(name: bytes, content: bytes) -> tuple[bytes, bytes, bytes]:
    return _header(name, len(content)), content, b"\n" * (len(content) % 2)


def _header(name: bytes, size: int) -> bytes:
    return b"%-16s%-12s%-6s%-6s%-8s%-10d`\n" % (name, b"0", b"0", b"0", b"0", size)
