"""Functions and their sizes, of ELF and Mach-O files made here."""

from __future__ import annotations

import struct

import pytest

from ferrule.errors.formats import BrokenElfError, BrokenMachOError
from ferrule.formats.elf import read_elf
from ferrule.formats.function_sizes import function_sizes
from ferrule.formats.macho import read_macho

FUNCTION, DATA = 2, 1


def elf(symbols, *, bits=64, order="<", names=None):
    """Return an ELF file with a symbol table of (name, kind, section, at, size)."""
    strings = b"\0"
    rows = b"\0" * (24 if bits == 64 else 16)
    for name, kind, section, address, size in symbols:
        place = len(strings)
        strings += name.encode() + b"\0"
        if bits == 64:
            rows += struct.pack(
                order + "IBBHQQ", place, kind, 0, section, address, size
            )
        else:
            rows += struct.pack(
                order + "IIIBBH", place, address, size, kind, 0, section
            )
    strings = strings if names is None else names
    section_names = b"\0.symtab\0.strtab\0.shstrtab\0"
    header_size, entry = (64, 64) if bits == 64 else (52, 40)
    body = rows + strings + section_names
    table = header_size + len(body)
    places = [header_size]
    for content in (rows, strings):
        places.append(places[-1] + len(content))
    layout = order + ("2I4Q2I2Q" if bits == 64 else "10I")
    headers = struct.pack(layout, *[0] * 10)
    details = ((1, 2, len(rows), 2), (9, 3, len(strings), 0))
    details += ((17, 3, len(section_names), 0),)
    for place, (name, kind, size, link) in zip(places, details):
        headers += struct.pack(layout, name, kind, 0, 0, place, size, link, 0, 0, 0)
    identity = bytes([2 if bits == 64 else 1, 1 if order == "<" else 2, 1])
    start = b"\x7fELF" + identity + b"\0" * 9
    form = order + ("2HI3QI6H" if bits == 64 else "2H5I6H")
    machine = 62 if bits == 64 else 3
    values = (3, machine, 1, 0, 0, table, 0, header_size, 0, 0, entry, 4, 3)
    return start + struct.pack(form, *values) + body + headers


def macho(symbols, *, size=100):
    """Return a Mach-O library with one section of code at 1000."""
    strings, rows = b"\0", b""
    for name, kind, section, address in symbols:
        rows += struct.pack("<I2BHQ", len(strings), kind, section, 0, address)
        strings += name.encode() + b"\0"
    segment = struct.pack(
        "<2I16s4Q4I", 0x19, 152, b"__TEXT", 1000, size, 0, 0, 5, 5, 1, 0
    )
    segment += struct.pack("<16s16s2Q8I", b"__text", b"__TEXT", 1000, size, *[0] * 8)
    start = 32 + 152 + 24
    table = struct.pack(
        "<6I", 2, 24, start, len(symbols), start + len(rows), len(strings)
    )
    header = struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 6, 2, 176, 0, 0)
    return header + segment + table + rows + strings


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_elf_functions(bits, order):
    image = elf(
        [
            ("first", FUNCTION, 1, 16, 10),
            ("alias", 16 + FUNCTION, 1, 16, 10),
            ("second", FUNCTION, 1, 32, 5),
            ("data", DATA, 1, 64, 8),
            ("elsewhere", FUNCTION, 0, 0, 0),
            ("empty", FUNCTION, 1, 80, 0),
        ],
        bits=bits,
        order=order,
    )
    assert list(function_sizes(read_elf(image))) == [("first", 10), ("second", 5)]


def test_a_stripped_file_has_none(elf_image):
    assert list(function_sizes(read_elf(elf_image(needed=["libc.so.6"])))) == []


def test_names_that_have_no_end_are_refused():
    image = elf([("first", FUNCTION, 1, 16, 10)], names=b"\0first")
    with pytest.raises(BrokenElfError, match="outside of its table"):
        list(function_sizes(read_elf(image)))


def test_damaged_elf_files_are_refused():
    image = elf([("first", FUNCTION, 1, 16, 10)])
    for end in range(64, len(image)):
        try:
            list(function_sizes(read_elf(image[:end])))
        except BrokenElfError:
            continue
        raise AssertionError(end)


def test_macho_functions_end_where_the_next_begins():
    image = macho(
        [
            ("__Zsecond", 0x0E, 1, 1040),
            ("_first", 0x0F, 1, 1000),
            ("_same", 0x0F, 1, 1000),
            ("_stab", 0x24, 1, 1010),
            ("_data", 0x0F, 2, 1020),
            ("_import", 0x01, 0, 0),
        ]
    )
    (part,) = read_macho(image).slices
    assert list(function_sizes(part)) == [("_first", 40), ("__Zsecond", 60)]


def test_damaged_macho_files_are_refused():
    image = macho([("_first", 0x0F, 1, 1000)])
    for end in range(209, len(image)):
        with pytest.raises(BrokenMachOError):
            list(function_sizes(read_macho(image[:end]).slices[0]))
