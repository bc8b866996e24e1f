from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.formats import BrokenBinaryError
from ferrule.errors.implib import (
    DefinitionError,
    ImportLibraryError,
    NoExportsError,
    UnknownLibraryError,
    UnknownMachineError,
)
from ferrule.implib import ImportSymbol, import_library
from ferrule.implib.machine import MACHINES
from ferrule.implib.sources import read_symbols

X64, I686, _ = MACHINES
CODE, DATA = 0x60000020, 0xC0000040


def dll(exports, machine=0x8664):
    """Return a DLL: `exports` are names in order with `code`, `data` or a forwarder.

    Its one section of code lies at 0x1000, that of data at 0x2000, and the exports
    at 0x3000.
    """
    base, count = 0x3000, len(exports)
    position = 40 + 10 * count
    addresses, names, texts = [], [], b""
    for name, what in exports:
        names.append(base + position + len(texts))
        texts += name.encode() + b"\0"
        if what in ("code", "data"):
            addresses.append({"code": 0x1004, "data": 0x2008}[what])
        else:
            addresses.append(base + position + len(texts))
            texts += what.encode() + b"\0"
    head = struct.pack(
        "<16x6I",
        5,
        count,
        count,
        base + 40,
        base + 40 + 4 * count,
        base + 40 + 8 * count,
    )
    body = head + struct.pack(f"<{2 * count}I", *addresses, *names)
    body += struct.pack(f"<{count}H", *range(count)) + texts
    optional = struct.pack("<H", 0x20B).ljust(108, b"\0")
    optional += struct.pack("<3I", 1, base if count else 0, len(body))
    coff = struct.pack("<2H3I2H", machine, 3, 0, 0, 0, len(optional), 0x2000)
    sections = b"".join(
        struct.pack("<8s6I2HI", name, 16, at, size, offset, 0, 0, 0, 0, flags)
        for name, at, size, offset, flags in (
            (b".text", 0x1000, 16, 0x400, CODE),
            (b".data", 0x2000, 16, 0x410, DATA),
            (b".edata", base, len(body), 0x420, 0x40000040),
        )
    )
    start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
    return (start + coff + optional + sections).ljust(0x420, b"\0") + body


@pytest.fixture
def write(tmp_path: Path):
    def save(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


def test_a_dll_tells_code_from_data_by_the_section(write):
    content = dll([("PyA", "code"), ("PyB", "data")])
    found = read_symbols(write("python313.dll", content))
    assert (found.dll, found.machine) == ("python313.dll", X64)
    assert found.symbols == (
        ImportSymbol("PyA", "code", 0, 5),
        ImportSymbol("PyB", "data", 1, 6),
    )


def test_variables_of_python_are_known_behind_forwarders(write):
    exports = [
        ("PyList_New", "python313.PyList_New"),
        ("PyList_Type", "python313.PyList_Type"),
    ]
    found = read_symbols(write("python3.dll", dll(exports)))
    assert [item.kind for item in found.symbols] == ["code", "data"]
    other = read_symbols(write("x.dll", dll([("PyList_Type", "y.PyList_Type")])))
    assert other.symbols[0].kind == "code"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda item: item.name)
def test_an_import_library_gives_back_what_it_was_written_from(write, machine):
    symbols = (
        ImportSymbol("PyA", "code", 3),
        ImportSymbol("_PyB", "data", 4),
        ImportSymbol("constant", "const", 5),
        ImportSymbol("number", "code", ordinal=8, is_nameless=True),
        ImportSymbol("?f@@YAXXZ", "code", 9),
    )
    content = import_library(symbols, "x.dll", machine)
    found = read_symbols(write("x.lib", content))
    assert (found.dll, found.machine, found.symbols) == ("x.dll", machine, symbols)


def test_undecorated_names_survive_too(write):
    symbol = ImportSymbol("std", link_as="std@8")
    content = import_library([symbol], "x.dll", I686)
    assert read_symbols(write("x.lib", content)).symbols == (symbol,)


def test_mingws_underscore_survives_too(write):
    symbols = (
        ImportSymbol("_f", link_as="_f@8", is_plain=True),
        ImportSymbol("_g@4", "code", 3, is_plain=True),
    )
    content = import_library(symbols, "x.dll", I686)
    assert read_symbols(write("x.lib", content)).symbols == symbols


@pytest.mark.parametrize(("other", "is_plain"), [("f@8", True), ("_f@8", False)])
def test_a_dll_tells_whose_names_it_has(write, other, is_plain):
    path = write("x.dll", dll([(other, "code"), ("_g@4", "code")], 0x14C))
    found = {item.name: item for item in read_symbols(path).symbols}
    assert found["_g@4"].is_plain is is_plain
    assert not found[other].is_plain


def test_a_definition_holds_for_every_machine(write):
    found = read_symbols(write("X.DEF", b"\xef\xbb\xbfLIBRARY x\r\nEXPORTS\r\nf\r\n"))
    assert (found.dll, found.machine) == ("x.dll", None)


def test_a_definition_that_is_no_text_tells_the_line(write):
    with pytest.raises(DefinitionError, match=r"x\.def:3: the text is not UTF-8"):
        read_symbols(write("x.def", b"LIBRARY x\nEXPORTS\n\xff\n"))


def test_comments_may_be_in_any_encoding(write):
    found = read_symbols(write("x.def", b"; caf\xe9\nLIBRARY x\nEXPORTS\nf ; \xff\n"))
    assert [item.name for item in found.symbols] == ["f"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_notepads_unicode_is_read(write, encoding):
    text = "\ufeffLIBRARY x\r\nEXPORTS\r\nf\r\n".encode(encoding)
    found = read_symbols(write("x.def", text))
    assert (found.dll, [item.name for item in found.symbols]) == ("x.dll", ["f"])


def test_llvms_entries_with_a_third_name_are_read(write):
    content = import_library([ImportSymbol("f"), ImportSymbol("gx")], "x.dll", X64)
    old = struct.pack("<I2H", 8, 0, 1 << 2) + b"f\0x.dll\0"
    new = struct.pack("<I2H", 8, 0, 4 << 2) + b"f\0x.dll\0"
    assert old in content
    # The same length: an entry whose third name is missing stands for its first.
    found = read_symbols(write("x.lib", content.replace(old, new)))
    assert [item.name for item in found.symbols] == ["f", "gx"]


def test_a_dll_without_exports_is_refused(write):
    with pytest.raises(NoExportsError, match=r"x\.dll exports nothing"):
        read_symbols(write("x.dll", dll([])))


def test_a_dll_for_another_processor_is_refused(write):
    with pytest.raises(UnknownMachineError, match=r"x\.dll is for 0x1c4"):
        read_symbols(write("x.dll", dll([("f", "code")], machine=0x1C4)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.so", b"\x7fELF" + bytes(64)),
        ("x.txt", b"EXPORTS f"),
        ("x.lib", b"!<arch>\n"),
        ("empty.dll", b""),
    ],
)
def test_files_that_name_no_exports_are_refused(write, name, content):
    with pytest.raises(UnknownLibraryError, match="tells no exported symbols"):
        read_symbols(write(name, content))


def test_an_import_library_of_two_dlls_is_refused(write):
    one = import_library([ImportSymbol("f")], "one.dll", X64)
    two = import_library([ImportSymbol("g")], "two.dll", X64)
    with pytest.raises(ImportLibraryError, match=r"imports from one\.dll, two\.dll"):
        read_symbols(write("x.lib", one + two[8:]))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ReadError, match="cannot read"):
        read_symbols(tmp_path / "missing.dll")


def test_a_dll_that_ends_early_is_broken(write):
    content = dll([("PyA", "code"), ("PyB", "python313.PyB")])
    for size in range(64, len(content) - 1, 3):
        with pytest.raises((BrokenBinaryError, NoExportsError)):
            read_symbols(write("x.dll", content[:size]))
