from __future__ import annotations

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.formats import BrokenElfError, UnknownBinaryError
from ferrule.formats.elf import ElfFile
from ferrule.formats.image import identify, read_image
from ferrule.formats.macho import MachOBinary
from ferrule.formats.pe import PeFile


def test_every_format_is_recognised(elf_image, macho_image, fat_image, pe_image):
    fat = fat_image((7, 3, macho_image()))
    for content, name, kind in (
        (elf_image(), "elf", ElfFile),
        (macho_image(), "macho", MachOBinary),
        (fat, "macho", MachOBinary),
        (pe_image(), "pe", PeFile),
    ):
        assert identify(content[:8]) == name
        assert isinstance(read_image(content), kind)
    assert identify(b"!<arch>\n") == "archive"
    assert identify(b"#!/bin/s") is None
    assert identify(b"") is None


def test_files_are_read_like_bytes(elf_image, tmp_path):
    path = tmp_path / "libcore.so"
    path.write_bytes(elf_image(soname="libcore.so"))
    assert read_image(path) == read_image(path.read_bytes())
    assert read_image(memoryview(path.read_bytes())).soname == "libcore.so"
    with pytest.raises(ReadError, match=r"missing\.so"):
        read_image(tmp_path / "missing.so")


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UnknownBinaryError) as caught:
        read_image(b"#!/bin/sh\n", "run.sh")
    assert str(caught.value) == (
        "run.sh is no ELF, Mach-O or PE file\n"
        "  its first bytes are 23 21 2f 62\n"
        "  fix: name a shared library, an extension module or a program"
    )
    empty = tmp_path / "empty.so"
    empty.write_bytes(b"")
    with pytest.raises(UnknownBinaryError, match="nothing: it is empty"):
        read_image(empty)


def test_errors_call_a_file_by_its_name(tmp_path):
    path = tmp_path / "a.so"
    path.write_bytes(b"\x7fELF")
    with pytest.raises(BrokenElfError, match=r"a\.so cannot be read as an ELF file"):
        read_image(path)
    with pytest.raises(BrokenElfError, match=r"^inner\.so cannot be read"):
        read_image(path, "inner.so")
