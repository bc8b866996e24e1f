"""Tests of formats.exported_data: hand-made libraries with one constant."""

import struct

import pytest

from ferrule.errors.formats import (
    BrokenElfError,
    BrokenMachOError,
    BrokenPeError,
    UnknownBinaryError,
)
from ferrule.errors.stubs import ChainedFixupsError
from ferrule.formats.exported_data import read_exported_data

TEXT = b'{"type":"module"}'
CONSTANT = struct.pack("<I", len(TEXT)) + TEXT
ADDRESS = 0x10000


def elf(content=CONSTANT, name=b"WANTED_1", *, order="<", relocation=None):
    """Return a 64-bit library; its one segment begins at ADDRESS."""
    strings = b"\0" + name + b"\0other\0"
    data = 64 + 2 * 56
    place = data + len(strings) + (-(data + len(strings))) % 8
    table = place + len(content) + (-len(content)) % 8
    symbols = struct.pack(order + "IBBHQQ", 0, 0, 0, 0, 0, 0)
    for offset in (1, len(name) + 2):
        symbols += struct.pack(order + "IBBHQQ", offset, 17, 0, 1, ADDRESS + place, 0)
    rela = table + len(symbols)
    relocations = (
        b""
        if relocation is None
        else struct.pack(
            order + "QQq", ADDRESS + place, 8, ADDRESS + relocation + place
        )
    )
    dynamic = rela + len(relocations)
    tags = [(5, ADDRESS + data), (10, len(strings)), (6, ADDRESS + table)]
    tags += [(7, ADDRESS + rela), (8, len(relocations))] if relocations else []
    tags += [(0, 0)]
    section_at = dynamic + 16 * len(tags)
    sections = [
        (0,) * 10,
        (0, 11, 0, ADDRESS + table, table, len(symbols), 0, 0, 8, 24),
    ]
    sections += [(0, 3, 0, 0, data, len(strings), 0, 0, 1, 0)]
    header = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + bytes(9)
    header += struct.pack(
        order + "2HI3QI6H",
        *(3, 62, 1, 0, 64, section_at, 0, 64, 56, 2, 64, len(sections), 2),
    )
    total = section_at + 64 * len(sections)
    load = (1, 5, 0, ADDRESS, ADDRESS, total, total, 4096)
    found = (2, 6, dynamic, ADDRESS + dynamic, 0, 16 * len(tags), 0, 8)
    result = header + b"".join(
        struct.pack(order + "2I6Q", *item) for item in (load, found)
    )
    result += strings
    result = result.ljust(place, b"\0") + content
    result = result.ljust(table, b"\0") + symbols + relocations
    result += b"".join(struct.pack(order + "qQ", *tag) for tag in tags)
    return result + b"".join(struct.pack(order + "2I4Q2I2Q", *row) for row in sections)


def macho(content=CONSTANT, *, chained=False):
    """Return a 64-bit library with one section."""
    commands = 3 if chained else 2
    size = 72 + 80 + 24 + (16 if chained else 0)
    data = 32 + size
    symbols = data + len(content)
    names = b"\0_WANTED_1\0_other\0"
    section = bytes(32) + struct.pack("<2QI", ADDRESS, len(content), data) + bytes(28)
    segment = struct.pack("<2I", 0x19, 152) + bytes(56) + struct.pack("<2I", 1, 0)
    table = b"".join(
        struct.pack("<I2BHQ", name, kind, 1, 0, ADDRESS)
        for name, kind in [(1, 0x0F), (11, 0x0F), (1, 0x0E), (1, 0x2F)]
    )
    symtab = struct.pack("<6I", 2, 24, symbols, 4, symbols + len(table), len(names))
    fixups = struct.pack("<4I", 0x80000034, 16, 0, 0) if chained else b""
    header = b"\xcf\xfa\xed\xfe" + struct.pack(
        "<7I", 0x100000C, 0, 6, commands, size, 0, 0
    )
    return header + segment + section + symtab + fixups + content + table + names


def fat(image):
    """Return a universal file around one library."""
    start = struct.pack(">2I", 0xCAFEBABE, 1)
    return (start + struct.pack(">5I", 0, 0, 64, len(image), 0)).ljust(
        64, b"\0"
    ) + image


def pe(content=CONSTANT):
    """Return a 64-bit DLL with one section at the virtual address 0x1000."""
    base, offset = 0x1000, 0x200
    names = b"WANTED_1\0other\0"
    exports = bytes(20) + struct.pack("<5I", 2, 2, base + 40, base + 48, base + 56)
    at = 64
    exports += struct.pack("<2I", base + at + len(names), base)
    exports += struct.pack("<2I", base + at, base + at + 9) + struct.pack("<2H", 0, 1)
    body = exports.ljust(at, b"\0") + names + content
    optional = struct.pack("<H", 0x20B) + bytes(22) + struct.pack("<Q", 0x180000000)
    optional = optional.ljust(112, b"\0") + struct.pack("<2I", base, 40)
    coff = b"PE\0\0" + struct.pack("<2H3I2H", 0x8664, 1, 0, 0, 0, len(optional), 0)
    section = b".rdata\0\0" + struct.pack("<4I", len(body), base, len(body), offset)
    image = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + coff + optional
    return (image + section.ljust(40, b"\0")).ljust(offset, b"\0") + body


@pytest.mark.parametrize(
    "image",
    [elf(), macho(), fat(macho()), pe()],
    ids=["elf", "macho", "universal", "pe"],
)
def test_a_constant_is_found_under_its_name(image):
    library = read_exported_data(image, "WANTED_", "x")

    assert list(library.places) == ["WANTED_1"]
    assert library.prefixed(library.places["WANTED_1"]) == TEXT


def test_big_endian_files_have_big_endian_lengths():
    content = struct.pack(">I", len(TEXT)) + TEXT

    library = read_exported_data(elf(content, order=">"), "WANTED_", "x")

    assert library.prefixed(library.places["WANTED_1"]) == TEXT


def test_a_slice_is_read_through_its_relocation():
    content = struct.pack("<2Q", 0, len(TEXT)) + TEXT

    library = read_exported_data(elf(content, relocation=16), "WANTED_", "x")

    assert library.pointed(library.places["WANTED_1"]) == TEXT


def test_a_slice_is_read_through_an_address_in_place():
    content = struct.pack("<2Q", ADDRESS + 16, len(TEXT)) + TEXT

    library = read_exported_data(macho(content), "WANTED_", "x")

    assert library.pointed(library.places["WANTED_1"]) == TEXT


def test_chained_fixups_are_refused_where_a_pointer_is_needed():
    content = struct.pack("<2Q", ADDRESS + 16, len(TEXT)) + TEXT
    library = read_exported_data(macho(content, chained=True), "WANTED_", "lib.dylib")

    with pytest.raises(ChainedFixupsError) as caught:
        library.pointed(library.places["WANTED_1"])

    assert str(caught.value) == (
        "lib.dylib does not show what PyO3 recorded in it\n"
        "  PyO3 before 0.27 records pointers, and the linker chained them\n"
        "  fix: update PyO3 to 0.27 or later, or set "
        'rustc-args = ["-C", "link-arg=-no_fixup_chains"]'
    )


def test_other_files_are_refused():
    with pytest.raises(UnknownBinaryError):
        read_exported_data(b"#!/bin/sh\n", "WANTED_", "x")


@pytest.mark.parametrize(
    ("image", "error"),
    [(elf(), BrokenElfError), (macho(), BrokenMachOError), (pe(), BrokenPeError)],
    ids=["elf", "macho", "pe"],
)
def test_damage_is_an_error_of_the_format_and_nothing_else(image, error):
    ends = range(4, len(image), 3)

    outcomes = {_outcome(image[:end], error) for end in ends}

    assert "broken" in outcomes


def _outcome(image, error):
    try:
        library = read_exported_data(image, "WANTED_", "x")
        for place in library.places.values():
            library.prefixed(place)
    except error:
        return "broken"
    return "read"
