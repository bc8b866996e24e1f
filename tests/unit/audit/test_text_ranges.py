from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ferrule.audit import text_ranges
from ferrule.audit.text_ranges import without_code
from ferrule.formats.image import read_image


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(text_ranges, "_SMALLEST", 16)


def elf(elf_image, size=64):
    """Return a small image with one section of code at its end, and its place."""
    image = elf_image(needed=["liba.so"])
    place, names = len(image), b"\0.text\0.names\0"
    content = bytearray(image + b"\x90" * size + names)
    table = len(content)
    content += bytes(64)
    content += struct.pack("<2I4Q2I2Q", 1, 1, 6, 0, place, size, 0, 0, 1, 0)
    spot = (place + size, len(names))
    content += struct.pack("<2I4Q2I2Q", 7, 3, 0, 0, *spot, 0, 0, 1, 0)
    struct.pack_into("<Q", content, 40, table)
    struct.pack_into("<3H", content, 58, 64, 3, 2)
    return bytes(content), place


def test_code_of_elf_is_left_out(elf_image):
    content, place = elf(elf_image)
    found = without_code(read_image(content), content)
    assert found == content[:place] + b"\0" + content[place + 64 :]


def test_small_code_stays(elf_image):
    content, _ = elf(elf_image, size=15)
    assert without_code(read_image(content), content) is content


def test_files_without_sections_stay(elf_image):
    content = elf_image()
    assert without_code(read_image(content), content) is content


def test_code_of_macho(macho_image, fat_image):
    content = bytearray(macho_image(code=b"\xd5" * 4096))
    assert without_code(read_image(bytes(content)), bytes(content)) == content
    size = read_image(bytes(content)).slices[0].sections[0].size
    place = content.index(b"__text".ljust(16, b"\0")) + 64
    struct.pack_into("<I", content, place, 0x80000400)
    marked = bytes(content)
    found = without_code(read_image(marked), marked)
    assert len(found) == len(marked) - size + 1
    fat = fat_image((0x0100000C, 0, marked), (0x01000007, 3, marked))
    assert without_code(read_image(fat), fat) is fat


def test_code_of_pe(pe_image):
    content = pe_image()
    image = read_image(content)
    size = next(item.size for item in image.sections if item.name == ".text")
    found = without_code(image, content)
    assert len(found) == len(content) - size + 1


def test_a_real_module():
    import _ctypes

    content = Path(_ctypes.__file__).read_bytes()
    found = without_code(read_image(content), content)
    assert b"ctypes" in found
    assert len(found) <= len(content)
