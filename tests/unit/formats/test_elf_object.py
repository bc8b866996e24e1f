"""Objects: sections, kinds of relocations, symbols."""

from __future__ import annotations

import pytest

from ferrule.errors.formats import BrokenElfError
from ferrule.formats.elf_object import read_object
from tests.unit.made_objects import Section, made_object

SECTIONS = [
    Section(".text", "ax", bytes(16), [(0, "outside", 2, -4), (8, "mine", 2, -4)]),
    Section(".data", "wa", bytes(16), [(8, "mine", 1, 5)]),
]


def make(**options):
    return made_object(
        SECTIONS,
        {"mine": (1, 4)},
        ["outside"],
        local={"static": (2, 0)},
        **options,
    )


def read_all(content):
    found = read_object(content, "a.o")
    tables = [
        (section.name, found.relocation_kinds(table), list(found.relocations(table)))
        for table, section in found.relocated()
    ]
    return tables, list(found.symbols()), list(found.symbols(all_of_them=True))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [32, 64])
def test_everything_is_read(bits, order):
    tables, symbols, everything = read_all(make(bits=bits, order=order))
    assert [(name, kinds) for name, kinds, _ in tables] == [
        (".text", {2}),
        (".data", {1}),
    ]
    names = [item.name for item in everything]
    assert names == ["", "static", "mine", "outside"]
    assert [(item.name, item.section, item.value) for item in symbols] == [
        ("mine", 1, 4),
        ("outside", 0, 0),
    ]
    text, data = tables[0][2], tables[1][2]
    assert [(one.offset, names[one.symbol], one.addend) for one in text] == [
        (0, "outside", -4),
        (8, "mine", -4),
    ]
    assert (data[0].kind, data[0].addend) == (1, 5)


def test_sections_know_whether_they_are_loaded():
    found = read_object(make(), "a.o")
    text, data = found.sections[1:3]
    assert (text.is_loaded, text.is_writable) == (True, False)
    assert (data.is_loaded, data.is_writable) == (True, True)
    assert not found.sections[-1].is_loaded


def test_the_64_bit_mips_orders_relocations_in_its_own_way():
    content = bytearray(make())
    content[18:20] = b"\x08\0"
    found = read_object(bytes(content), "a.o")
    assert [found.relocation_kinds(table) for table, _ in found.relocated()] == [
        set(),
        set(),
    ]


def test_damage_is_told():
    content = bytearray(make())
    content[58:60] = b"\x07\0"
    with pytest.raises(BrokenElfError, match="section headers have an unknown size"):
        read_all(bytes(content))


def test_only_designed_errors(truncated_everywhere, damaged_anywhere):
    truncated_everywhere(make(), read_all)
    damaged_anywhere(make(), read_all)
    damaged_anywhere(make(bits=32, order=">"), read_all)
