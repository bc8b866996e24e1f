"""The headers of a PE file: sections, directories, addresses.

Source: Microsoft's "PE Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ferrule.formats.view import View

__all__ = ["Directory", "PeImage", "PeSection", "is_pe"]

EXPORTS, IMPORTS, CERTIFICATES, DEBUG, LOAD_CONFIG = 0, 1, 4, 6, 10
BOUND_IMPORTS, DELAY_IMPORTS = 11, 13


class Directory(NamedTuple):
    """Relative address and size of one of the tables that the header lists."""

    address: int
    size: int


class PeSection(NamedTuple):
    """One section header."""

    name: str
    memory_size: int
    address: int
    """Relative to where the image is loaded, like all addresses of a PE file."""
    size: int
    """Its size in the file."""
    offset: int
    flags: int


def is_pe(start: bytes) -> bool:
    """Return whether a file that begins with `start` may be PE."""
    return start[:2] == b"MZ"


class PeImage:
    """The bounds-checked headers of one file."""

    def __init__(self, view: View) -> None:
        self.view = view
        if view.bytes_at(0, 2, "the header") != b"MZ":
            raise view.broken("it does not begin with the signature MZ")
        (self.start,) = view.unpack("I", 0x3C, "the header")
        if view.bytes_at(self.start, 4, "the header") != b"PE\0\0":
            raise view.broken("it has no PE signature: it is a program for MS-DOS")
        header = view.unpack("2H3I2H", self.start + 4, "the header")
        self.machine, count, self.timestamp = header[:3]
        self.symbols, self.symbol_count, size, self.characteristics = header[3:]
        self.optional = self.start + 24
        (magic,) = view.unpack("H", self.optional, "the header")
        if magic not in (0x10B, 0x20B):
            raise view.broken("its optional header has an unknown form")
        self.is_64 = magic == 0x20B
        (self.base,) = (
            view.unpack("Q", self.optional + 24, "the header")
            if self.is_64
            else view.unpack("I", self.optional + 28, "the header")
        )
        self.section_align, self.file_align = self._field("2I", 32)
        self.image_size, self.headers_size, self.checksum = self._field("3I", 56)
        self.subsystem, self.dll_flags = self._field("2H", 68)
        self.directories_at = self.optional + (112 if self.is_64 else 96)
        (listed,) = view.unpack("I", self.directories_at - 4, "the header")
        room = (self.optional + size - self.directories_at) // 8
        self.directory_count = max(0, min(listed, 16, room))
        self.section_table = self.optional + size
        self.sections = self._read_sections(count)

    def _field(self, layout: str, place: int) -> tuple[int, ...]:
        return self.view.unpack(layout, self.optional + place, "the header")

    def _read_sections(self, count: int) -> list[PeSection]:
        rows = self.view.table("8s6I2HI", self.section_table, count, "the sections")
        return [
            PeSection(self._section_name(name), size, address, stored, at, flags)
            for name, size, address, stored, at, _, _, _, _, flags in rows
        ]

    def _section_name(self, name: bytes) -> str:
        text = name.rstrip(b"\0").decode("utf-8", "backslashreplace")
        if text[:1] == "/" and text[1:].isascii() and text[1:].isdigit():
            # A long name is an offset into the strings behind the symbols.
            strings = self.symbols + 18 * self.symbol_count
            if self.symbols and strings + int(text[1:]) < self.view.size:
                return self.view.text_at(
                    strings + int(text[1:]), self.view.size, "a section's name"
                )
        return text

    def directory(self, number: int) -> Directory:
        """Return a table's place; address and size are 0 without it."""
        if number >= self.directory_count:
            return Directory(0, 0)
        place = self.directories_at + 8 * number
        return Directory._make(self.view.unpack("2I", place, "the header"))

    def range_of(self, address: int, what: str) -> tuple[int, int]:
        """Return the file offset of an address, and where its section ends."""
        for item in self.sections:
            if item.address <= address < item.address + item.size:
                end = item.offset + item.size
                return item.offset + address - item.address, end
        if 0 < address < self.headers_size:
            return address, min(self.headers_size, self.view.size)
        raise self.view.broken(f"the address of {what} lies in no section")

    def offset_of(self, address: int, what: str) -> int:
        """Return the file offset of an address."""
        return self.range_of(address, what)[0]

    def text(self, address: int, what: str) -> str:
        """Return the NUL-terminated text at an address."""
        return self.view.text_at(*self.range_of(address, what), what)

    @property
    def content_end(self) -> int:
        """Return where the last section's content ends in the file."""
        ends = [item.offset + item.size for item in self.sections if item.size]
        return min(max(ends, default=self.headers_size), self.view.size)
