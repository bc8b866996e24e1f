from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.errors.implib import ImportLibraryError
from ferrule.formats.archive import read_archive
from ferrule.implib import ImportSymbol, import_library
from ferrule.implib.archive import library_file_name
from ferrule.implib.machine import MACHINES

X64, I686, ARM64 = MACHINES
LIST_NEW = ImportSymbol("PyList_New", "code", 7)
TYPE = ImportSymbol("PyList_Type", "data", 8)


def test_a_function_is_found_under_both_names_and_data_under_one(read_library):
    found = read_library(import_library([LIST_NEW, TYPE], "python313.dll", X64))
    assert found.entries == [
        ("PyList_New", "python313.dll", 0x8664, 0, 1, 7),
        ("PyList_Type", "python313.dll", 0x8664, 1, 1, 8),
    ]
    assert set(found.first) == {
        "__IMPORT_DESCRIPTOR_python313",
        "__NULL_IMPORT_DESCRIPTOR",
        "\x7fpython313_NULL_THUNK_DATA",
        *("PyList_New", "__imp_PyList_New", "__imp_PyList_Type"),
    }


def test_both_tables_lead_to_the_headers_of_the_same_members(read_library):
    data = import_library([LIST_NEW, TYPE], "python313.dll", X64)
    found = read_library(data)
    assert found.first == found.second
    headers = {member.offset - 60: member for member in found.archive.members}
    for symbol, place in found.first.items():
        content = bytes(found.archive.content(headers[place]))
        assert symbol.removeprefix("__imp_").encode() in content


def test_i686_has_underscores_that_the_dll_has_not(read_library):
    found = read_library(import_library([LIST_NEW, TYPE], "python313.dll", I686))
    assert [(x.symbol, x.machine, x.name_type) for x in found.entries] == [
        ("_PyList_New", 0x14C, 2),
        ("_PyList_Type", 0x14C, 2),
    ]
    assert "__imp__PyList_Type" in found.first


@pytest.mark.parametrize(
    ("name", "symbol", "name_type"),
    [
        ("std@8", "_std@8", 2),
        ("_std@8", "_std@8", 1),
        ("@fast@8", "@fast@8", 1),
        ("?f@@YAXXZ", "?f@@YAXXZ", 1),
        ("_plain", "__plain", 2),
        ("a@b", "_a@b", 2),
    ],
)
def test_decorated_names_of_i686_stay(read_library, name, symbol, name_type):
    found = read_library(import_library([ImportSymbol(name)], "x.dll", I686))
    assert found.entries[0][::4] == (symbol, name_type)
    other = read_library(import_library([ImportSymbol(name)], "x.dll", X64))
    assert other.entries[0][::4] == (name, 1)


@pytest.mark.parametrize(
    ("symbol", "linked", "name_type"),
    [
        (ImportSymbol("_f@8", is_plain=True), "__f@8", 2),
        (ImportSymbol("_f", link_as="_f@8", is_plain=True), "__f@8", 3),
        (ImportSymbol("_f@8", link_as="f@8"), "_f@8", 1),
    ],
)
def test_what_looks_decorated_may_be_a_plain_name(
    read_library, symbol, linked, name_type
):
    found = read_library(import_library([symbol], "x.dll", I686, "gnu"))
    assert [(x.symbol, x.name_type) for x in found.entries] == [(linked, name_type)]


def test_a_name_without_its_decoration_is_undecorated_by_the_linker(read_library):
    symbol = ImportSymbol("std", link_as="std@8")
    found = read_library(import_library([symbol], "x.dll", I686))
    assert [(x.symbol, x.name_type) for x in found.entries] == [("_std@8", 3)]


def test_a_number_takes_the_place_of_the_hint(read_library):
    symbol = ImportSymbol("f", "code", 3, ordinal=17, is_nameless=True)
    found = read_library(import_library([symbol], "x.dll", X64))
    assert found.entries[0][-2:] == (0, 17)
    assert found.archive.imports[0].ordinal == 17


def test_gnu_linkers_get_constants_as_data(read_library):
    symbol = ImportSymbol("c", "const")
    kinds = [
        read_library(import_library([symbol], "x.dll", X64, flavor)).entries[0].kind
        for flavor in ("msvc", "gnu")
    ]
    assert kinds == [2, 1]


def test_a_new_name_is_an_alias_for_msvc_and_an_object_for_gnu(read_library):
    symbol = ImportSymbol("old", link_as="new")
    found = read_library(import_library([symbol], "x.dll", X64))
    assert found.entries[0].symbol == "old"
    assert {"new", "__imp_new", "old", "__imp_old"} < set(found.second)
    found = read_library(import_library([symbol], "x.dll", X64, "gnu"))
    assert found.entries == []
    assert {"new", "__imp_new"} < set(found.second)
    assert any(b"old\0" in content for content in found.objects)


def test_long_dll_names_go_into_their_table():
    name = "a_library_with_a_long_name.dll"
    data = import_library([LIST_NEW], name, X64)
    found = read_archive(data)
    assert {member.name for member in found.members} == {name}
    assert found.dlls == (name,)
    assert found.kind == "coff"


@pytest.mark.parametrize(
    "name", ["fifteen-is.dll", "exactly-15x.dll", "sixteen-is-y.dll"]
)
def test_names_near_the_limit_of_the_header_are_whole(name):
    found = read_archive(import_library([LIST_NEW], name, X64))
    assert {member.name for member in found.members} == {name}


def test_the_descriptor_has_the_addresses_that_the_loader_needs(read_library):
    for machine, relocation in ((X64, 3), (I686, 7), (ARM64, 2)):
        found = read_library(import_library([LIST_NEW], "python3.dll", machine))
        descriptor = found.objects[0]
        number, sections = struct.unpack_from("<2H", descriptor)
        assert (number, sections) == (machine.number, 2)
        place, count = struct.unpack_from("<I4xH", descriptor, 20 + 24)
        rows = [
            struct.unpack_from("<IIH", descriptor, place + 10 * index)
            for index in range(count)
        ]
        assert rows == [(12, 2, relocation), (0, 3, relocation), (16, 4, relocation)]
        assert b"python3.dll\0" in descriptor
        null = found.objects[2]
        assert struct.unpack_from("<I", null, 20 + 16) == (machine.address_size,)


def test_no_time_owner_or_mode_is_in_it():
    data = import_library([LIST_NEW], "python3.dll", X64)
    assert data == import_library(iter([LIST_NEW]), "python3.dll", X64)
    for member in read_archive(data).members:
        assert (member.modified, member.mode) == (0, 0)


NAMES = st.text("abzP_@?09", min_size=1, max_size=40)
SYMBOLS = st.lists(
    st.tuples(
        NAMES, st.sampled_from(["code", "data", "const"]), st.integers(0, 0xFFFF)
    ).map(lambda row: ImportSymbol(*row)),
    min_size=1,
    max_size=30,
    unique_by=lambda item: item.name.lstrip("_"),
)


@given(SYMBOLS, st.text("abc.-", min_size=1, max_size=20), st.sampled_from(MACHINES))
def test_whatever_is_written_is_read_back(read_library, symbols, stem, machine):
    dll = f"{stem}.dll"
    found = read_library(import_library(symbols, dll, machine))
    assert [entry.hint for entry in found.entries] == [item.hint for item in symbols]
    assert {entry.dll for entry in found.entries} == {dll}
    assert found.first == found.second
    places = {member.offset - 60 for member in found.archive.members}
    assert set(found.first.values()) == places


@pytest.mark.parametrize("name", ["", "a/b.dll", "a\\b.dll", "a\nb.dll", "a\0.dll"])
def test_a_dll_needs_a_file_name(name):
    with pytest.raises(ImportLibraryError, match="is no name of a DLL") as caught:
        import_library([LIST_NEW], name, X64)
    assert "give the file name of the DLL without its folder" in str(caught.value)


def test_a_symbol_may_be_there_once():
    with pytest.raises(
        ImportLibraryError, match="the symbol PyList_New is there twice"
    ):
        import_library([LIST_NEW, LIST_NEW], "x.dll", X64)


@pytest.mark.parametrize("name", ["", "a\0b", "a\n"])
def test_a_symbol_needs_a_name(name):
    with pytest.raises(ImportLibraryError, match="can be no symbol's name"):
        import_library([ImportSymbol(name)], "x.dll", X64)


@pytest.mark.parametrize("number", [None, 0, 65536])
def test_a_nameless_symbol_needs_its_number(number):
    symbol = ImportSymbol("f", ordinal=number, is_nameless=True)
    with pytest.raises(ImportLibraryError, match=f"its number is {number}"):
        import_library([symbol], "x.dll", X64)


def test_the_form_numbers_its_members_with_16_bits():
    symbols = [ImportSymbol(f"f{number}") for number in range(65533)]
    with pytest.raises(ImportLibraryError, match="would have 65536 members"):
        import_library(symbols, "x.dll", X64)
    assert import_library(symbols[:-1], "x.dll", X64)


def test_each_flavor_has_the_name_that_its_linkers_look_for():
    assert library_file_name("python313", "msvc") == "python313.lib"
    assert library_file_name("python313", "gnu") == "libpython313.a"
