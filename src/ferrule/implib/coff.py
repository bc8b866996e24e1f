"""The objects that every import library begins with.

A DLL's import descriptor, the descriptor that ends the list of all DLLs, the zero
that ends the DLL's own list of addresses, and imports under another name.
The linker puts together what they hold in sections `.idata$2` to `.idata$6`,
ordered by these names. Source: Microsoft's "PE Format".
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ferrule.implib.machine import Machine

__all__ = [
    "NULL_DESCRIPTOR",
    "descriptor_object",
    "null_descriptor_object",
    "null_thunk_object",
    "renamed_import_object",
    "weak_alias_object",
]

NULL_DESCRIPTOR: Final = "__NULL_IMPORT_DESCRIPTOR"

_DATA_FLAGS: Final = 0xC0000040
"""Initialised data, readable and writable."""
_CODE_FLAGS: Final = 0x60000020
_ALIGN_2, _ALIGN_4, _ALIGN_8 = 0x00200000, 0x00300000, 0x00400000
_EXTERNAL, _STATIC, _SECTION, _WEAK_EXTERNAL = 2, 3, 104, 105
_32_BIT, _LINKER_INFO = 0x100, 0xA00

_JUMPS: Final = {
    # jmp through the address: DIR32, REL32; adrp, ldr, br: PAGEBASE_REL21 and
    # PAGEOFFSET_12L. All refer to the symbol `__imp_...`.
    0x14C: (bytes.fromhex("ff2500000000 9090"), ((2, 1, 6),)),
    0x8664: (bytes.fromhex("ff2500000000 9090"), ((2, 1, 4),)),
    0xAA64: (
        bytes.fromhex("10000090 100240f9 00021fd6"),
        ((0, 1, 4), (4, 1, 7)),
    ),
}

_Section = tuple[str, int, bytes, tuple[tuple[int, int, int], ...]]
"""Name, flags, content; relocations: place in the content, the number of the symbol
whose address it gets, type."""
_Symbol = tuple[str, int, int]
"""Name; section, counted from 1, or 0 for what another object defines; storage
class. Plain tuples, as making classes costs more than writing the objects."""


def descriptor_object(machine: Machine, dll: str, stem: str) -> bytes:
    """Return the object with the import descriptor of a DLL."""
    name = dll.encode("utf-8") + b"\0"
    name += b"\0" * (len(name) % 2)
    # Where the addresses of name, lookup table and address table stand.
    places = tuple((at, i, machine.relocation) for at, i in ((12, 2), (0, 3), (16, 4)))
    sections = (
        (".idata$2", _DATA_FLAGS | _ALIGN_4, bytes(20), places),
        (".idata$6", _DATA_FLAGS | _ALIGN_2, name, ()),
    )
    symbols = (
        (f"__IMPORT_DESCRIPTOR_{stem}", 1, _EXTERNAL),
        (".idata$2", 1, _SECTION),
        (".idata$6", 2, _STATIC),
        (".idata$4", 0, _SECTION),
        (".idata$5", 0, _SECTION),
        # Whoever needs the descriptor needs what ends the lists.
        (NULL_DESCRIPTOR, 0, _EXTERNAL),
        (f"\x7f{stem}_NULL_THUNK_DATA", 0, _EXTERNAL),
    )
    return _object(machine, sections, symbols)


def null_descriptor_object(machine: Machine) -> bytes:
    """Return the object that ends the list of descriptors."""
    section = (".idata$3", _DATA_FLAGS | _ALIGN_4, bytes(20), ())
    return _object(machine, (section,), ((NULL_DESCRIPTOR, 1, _EXTERNAL),))


def null_thunk_object(machine: Machine, stem: str) -> bytes:
    """Return the object that ends a DLL's lists of addresses and of names."""
    size = machine.address_size
    flags = _DATA_FLAGS | (_ALIGN_8 if size == 8 else _ALIGN_4)
    sections = (
        (".idata$5", flags, bytes(size), ()),
        (".idata$4", flags, bytes(size), ()),
    )
    return _object(machine, sections, ((f"\x7f{stem}_NULL_THUNK_DATA", 1, _EXTERNAL),))


def renamed_import_object(
    machine: Machine, stem: str, names: tuple[str, str], hint: int, *, is_data: bool
) -> bytes:
    """Return an import whose name for the linker has nothing of the DLL's name.

    `names` are both, the linker's first. It is what GNU's linker makes of a short
    entry: an address to be filled in, and for a function the jump to it. LLVM's
    linker makes its own descriptors, and so cannot put this between them.
    """
    name, exported = names
    text = struct.pack("<H", hint) + exported.encode("utf-8") + b"\0"
    text += b"\0" * (len(text) % 2)
    size = machine.address_size
    flags = _DATA_FLAGS | (_ALIGN_8 if size == 8 else _ALIGN_4)
    address = bytes(size), ((0, 0, machine.relocation),)
    sections: list[_Section] = [
        (".idata$6", _DATA_FLAGS | _ALIGN_2, text, ()),
        (".idata$5", flags, *address),
        (".idata$4", flags, *address),
    ]
    symbols: list[_Symbol] = [
        (".idata$6", 1, _STATIC),
        (f"__imp_{name}", 2, _EXTERNAL),
        (f"__IMPORT_DESCRIPTOR_{stem}", 0, _EXTERNAL),
    ]
    if not is_data:
        sections.append((".text", _CODE_FLAGS | _ALIGN_4, *_JUMPS[machine.number]))
        symbols.append((name, 4, _EXTERNAL))
    return _object(machine, tuple(sections), tuple(symbols))


def weak_alias_object(machine: Machine, name: str, target: str) -> bytes:
    """Return an object in which `name` is another name of `target`.

    GNU's linker does not look for such names in archives.
    """
    symbols = ((target, 0, _EXTERNAL), (name, 0, _WEAK_EXTERNAL))
    return _object(machine, ((".drectve", _LINKER_INFO, b"", ()),), symbols)


def _object(
    machine: Machine,
    sections: tuple[_Section, ...],
    symbols: tuple[_Symbol, ...],
) -> bytes:
    headers, contents = bytearray(), bytearray()
    start = 20 + 40 * len(sections)
    for name, flags, content, relocations in sections:
        place = start + len(contents) if content else 0
        contents += content
        fixes = start + len(contents) if relocations else 0
        for relocation in relocations:
            contents += struct.pack("<IIH", *relocation)
        row = (0, 0, len(content), place, fixes, 0, len(relocations), 0, flags)
        headers += struct.pack("<8s6I2HI", name.encode(), *row)
    rows, strings = bytearray(), bytearray()
    for name, section, storage in symbols:
        text = name.encode("utf-8")
        if len(text) > 8:
            strings += text + b"\0"
            text = struct.pack("<2I", 0, 4 + len(strings) - len(text) - 1)
        is_weak = storage == _WEAK_EXTERNAL
        rows += struct.pack("<8sIhHBB", text, 0, section, 0, storage, is_weak)
        if is_weak:
            # It stands for the first symbol, like an alias.
            rows += struct.pack("<2I10x", 0, 3)
    is_narrow = machine.address_size == 4
    header = struct.pack(
        "<2H3I2H",
        *(machine.number, len(sections), 0, start + len(contents)),
        *(len(rows) // 18, 0, _32_BIT if is_narrow else 0),
    )
    end = struct.pack("<I", 4 + len(strings))
    return b"".join((header, headers, contents, rows, end, strings))
