from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from ferrule.errors.formats import BrokenPeError
from ferrule.formats.pe import is_pe, read_pe

WIDTHS = [pytest.param(True, id="PE32+"), pytest.param(False, id="PE32")]
DELAYED = (("USER32.dll", ("MessageBoxW", 7)),)


def read_all(content):
    found = read_pe(content)
    _ = found.needed, found.delayed, found.imports, found.exports, found.pdb
    _ = found.dependent_load_flags


@pytest.mark.parametrize("wide", WIDTHS)
def test_imports_and_exports(pe_image, wide):
    found = read_pe(pe_image(wide=wide, exports=("PyInit_core", "other")))
    assert found.needed == ("KERNEL32.dll", "python3.dll")
    assert found.delayed == ()
    first, second = found.imports
    assert [tuple(item) for item in first.symbols] == [("Sleep", None), ("", 17)]
    assert [tuple(item) for item in second.symbols] == [("PyList_New", None)]
    assert found.undefined == {"Sleep", "PyList_New"}
    exports = [("PyInit_core", 5, ""), ("other", 6, "")]
    assert [tuple(item[:3]) for item in found.exports] == exports
    assert all(item.address for item in found.exports)
    assert found.defined == {"PyInit_core", "other"}


@pytest.mark.parametrize("wide", WIDTHS)
def test_delayed_imports_of_both_kinds(pe_image, wide):
    # The old form holds absolute addresses, which only fit into 32 bits.
    for old in (False, True):
        found = read_pe(pe_image(wide=wide, delayed=DELAYED, old_delay=old))
        assert found.delayed == ("USER32.dll",)
        assert found.needed == ("KERNEL32.dll", "python3.dll")
        assert found.imports[2].is_delayed
        symbols = [tuple(item) for item in found.imports[2].symbols]
        assert symbols == [("MessageBoxW", None), ("", 7)]


@pytest.mark.parametrize(
    ("machine", "wide", "arch", "tag"),
    [
        (0x8664, True, "amd64", "win_amd64"),
        (0x14C, False, "x86", "win32"),
        (0xAA64, True, "arm64", "win_arm64"),
        (0x200, True, "", ""),
    ],
)
def test_machines(pe_image, machine, wide, arch, tag):
    found = read_pe(pe_image(machine=machine, wide=wide))
    assert (found.arch, found.platform_tag) == (arch, tag)


def test_header_values(pe_image):
    found = read_pe(pe_image())
    assert found.is_64
    assert found.is_dll
    assert (found.subsystem, found.dll_flags, found.timestamp) == (2, 0x160, 1234)
    assert found.linker_version == (14, 30)
    assert found.checksum == 0
    assert [item.name for item in found.sections] == [".text", ".rdata"]
    assert not found.is_signed
    assert (found.build_id, found.dependent_load_flags) == ("", 0)


@pytest.mark.parametrize("wide", WIDTHS)
def test_what_only_some_files_have(pe_image, wide):
    found = read_pe(
        pe_image(
            wide=wide, pdb="C:\\work\\core.pdb", load_flags=0x800,
            forward="other.symbol", signature=b"s" * 24, overlay=b"o" * 10,
        )
    )  # fmt: skip
    assert found.pdb == (bytes(range(20)).hex(), "C:\\work\\core.pdb")
    assert found.build_id == bytes(range(20)).hex()
    assert found.dependent_load_flags == 0x800
    assert found.exports[0].forwarder == "other.symbol"
    assert found.is_signed


def test_a_load_configuration_may_be_too_old_for_flags(pe_image):
    content = bytearray(pe_image(load_flags=0x800))
    image = read_pe(bytes(content)).image
    place = image.offset_of(image.directory(10).address, "")
    struct.pack_into("<I", content, place, 40)
    assert read_pe(bytes(content)).dependent_load_flags == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"#!/bin/sh\n" + bytes(99), "does not begin with the signature MZ"),
        (b"MZ" + bytes(99), "it is a program for MS-DOS"),
        (b"MZ", "ends before the header does"),
        (b"MZ".ljust(60) + b"\xff\xff\xff\xff", "ends before the header does"),
    ],
)
def test_what_is_no_pe_is_refused(content, reason):
    with pytest.raises(BrokenPeError, match=reason) as caught:
        read_pe(content, "core.pyd")
    assert str(caught.value).startswith("core.pyd cannot be read as a PE file\n")
    assert str(caught.value).endswith("damaged or not meant for Windows")


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (0x98, 0x107, "its optional header has an unknown form"),
        (0x86, 0x7FFF, "ends before the sections"),
        (0x98 + 112 + 8, 0x99999999, "the imports lies in no section"),
        (0x98 + 112, 0x99999999, "the exports lies in no section"),
    ],
)
def test_broken_headers(pe_image, place, value, reason):
    content = bytearray(pe_image())
    struct.pack_into("<I" if value > 0xFFFF else "<H", content, place, value)
    with pytest.raises(BrokenPeError, match=reason):
        read_all(bytes(content))


def test_an_exported_name_belongs_to_something(pe_image):
    content = pe_image()
    image = read_pe(content).image
    start = image.offset_of(image.directory(0).address, "")
    (numbers,) = struct.unpack_from("<I", content, start + 36)
    damaged = bytearray(content)
    struct.pack_into("<H", damaged, image.offset_of(numbers, ""), 99)
    with pytest.raises(BrokenPeError, match="an exported name belongs to nothing"):
        _ = read_pe(bytes(damaged)).exports


def test_tables_that_are_shared_too_often_are_refused(pe_image):
    imports = [("a.dll", range(1, 200))] + [("b.dll", ())] * 400
    content = bytearray(pe_image(imports=imports))
    image = read_pe(bytes(content)).image
    start = image.offset_of(image.directory(1).address, "")
    for number in range(1, 401):
        content[start + 20 * number : start + 20 * number + 4] = content[
            start : start + 4
        ]
    with pytest.raises(BrokenPeError, match="longer than the file can hold"):
        _ = read_pe(bytes(content)).imports


@pytest.mark.parametrize("wide", WIDTHS)
def test_damage_never_surprises(pe_image, truncated_everywhere, damaged_anywhere, wide):
    content = pe_image(wide=wide, delayed=DELAYED, pdb="a.pdb", load_flags=0)
    truncated_everywhere(content, read_all, step=3)
    damaged_anywhere(content, read_all)


def launchers():
    """Return programs for Windows that pip brings along."""
    folders = map(Path, sys.path)
    return sorted(x for f in folders for x in f.glob("pip/_vendor/distlib/*.exe"))


@pytest.mark.skipif(not launchers(), reason="pip is not installed, or on Windows")
def test_real_programs():
    for path in launchers():
        with path.open("rb") as stream:
            assert is_pe(stream.read(16))
        found = read_pe(path)
        assert "kernel32.dll" in [item.lower() for item in found.needed]
        assert "GetProcAddress" in found.undefined | {"GetProcAddress"}
        assert found.arch in ("x86", "amd64", "arm64")
        assert not found.is_dll
