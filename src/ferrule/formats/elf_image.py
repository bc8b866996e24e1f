"""The tables of an ELF file: program headers, dynamic section, sections, notes.

Source: the System V ABI (gABI), chapters on object files and dynamic linking,
and the GNU extensions to it. What the loader sees is found through program
headers; section headers are read only where sections themselves are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ferrule.formats.view import View

__all__ = ["ElfImage", "Note", "Section", "Segment"]

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR = 1, 2, 3, 4, 6
PT_GNU_STACK, PT_GNU_RELRO, PT_GNU_PROPERTY = 0x6474E551, 0x6474E552, 0x6474E553
PF_X, PF_W, PF_R = 1, 2, 4
DT_NULL, DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ = 0, 1, 4, 5, 6, 10
DT_SONAME, DT_RPATH, DT_TEXTREL, DT_BIND_NOW = 14, 15, 22, 24
DT_RUNPATH, DT_FLAGS, DT_GNU_HASH, DT_FLAGS_1 = 29, 30, 0x6FFFFEF5, 0x6FFFFFFB
DT_VERSYM, DT_VERDEF, DT_VERDEFNUM = 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD
DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
SHT_SYMTAB, SHT_STRTAB, SHT_DYNAMIC = 2, 3, 6
EM_386, EM_MIPS, EM_ARM, EM_X86_64, EM_AARCH64 = 3, 8, 40, 62, 183


class Segment(NamedTuple):
    """One program header."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    align: int


class Section(NamedTuple):
    """One section header."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int


class Note(NamedTuple):
    """One entry of a note segment."""

    owner: bytes
    kind: int
    content: bytes


class ElfImage:
    """The bounds-checked tables of one file."""

    def __init__(self, view: View) -> None:
        self.view = view
        head = view.bytes_at(0, 16, "the header")
        if head[:4] != b"\x7fELF":
            raise view.broken("it does not begin with the ELF signature")
        if head[4] not in (1, 2) or head[5] not in (1, 2):
            raise view.broken("class or byte order is unknown")
        self.is_64 = head[4] == 2
        self.is_little = head[5] == 1
        self.os_abi = head[7]
        view.order = "<" if self.is_little else ">"
        layout = "2HI3QI6H" if self.is_64 else "2H5I6H"
        header = view.unpack(layout, 16, "the header")
        self.kind, self.machine, _, self.entry = header[:4]
        self.segment_table, self.section_table, self.flags = header[4:7]
        self.section_entry_size, self.section_count, self.names_section = header[10:]
        self.pair = "qQ" if self.is_64 else "iI"
        self.pair_size = 16 if self.is_64 else 8
        self.segments = self._read_segments(header[8], header[9])
        self.loads = [item for item in self.segments if item.kind == PT_LOAD]

    def _read_segments(self, entry_size: int, count: int) -> list[Segment]:
        layout, size = ("2I6Q", 56) if self.is_64 else ("8I", 32)
        if count and entry_size != size:
            raise self.view.broken("its program headers have an unknown size")
        rows = self.view.table(layout, self.segment_table, count, "the program headers")
        if self.is_64:
            return [Segment(*row) for row in rows]
        return [Segment._make((row[0], row[6], *row[1:6], row[7])) for row in rows]

    def segment(self, kind: int) -> Segment | None:
        """Return the first segment of this kind."""
        return next((item for item in self.segments if item.kind == kind), None)

    def offset_of(self, address: int, what: str) -> int:
        """Return where in the file an address of the loaded image is."""
        for item in self.loads:
            if item.address <= address < item.address + item.file_size:
                return item.offset + address - item.address
        raise self.view.broken(f"the address of {what} lies in no segment")

    @cached_property
    def dynamic(self) -> list[tuple[int, int]]:
        """Return the dynamic section as tags and values, without its end."""
        found = self.segment(PT_DYNAMIC)
        if found is None:
            return []
        rows = self.view.table(
            self.pair,
            found.offset,
            found.file_size // self.pair_size,
            "the dynamic section",
        )
        entries = []
        for tag, value in rows:
            if tag == DT_NULL:
                break
            entries.append((tag, value))
        return entries

    @cached_property
    def tags(self) -> dict[int, int]:
        """Return the first value of each dynamic tag."""
        return dict(reversed(self.dynamic))

    @cached_property
    def string_range(self) -> tuple[int, int]:
        """Return where in the file the dynamic string table begins and ends."""
        if DT_STRTAB not in self.tags:
            return 0, 0
        start = self.offset_of(self.tags[DT_STRTAB], "the string table")
        size = self.tags.get(DT_STRSZ, 0)
        self.view.slice_at(start, size, "the string table")
        return start, start + size

    @cached_property
    def strings(self) -> bytes:
        """Return a copy of the dynamic string table."""
        start, end = self.string_range
        return self.view.bytes_at(start, end - start, "the string table")

    def string(self, offset: int) -> str:
        """Return one string of the dynamic string table."""
        start, end = self.string_range
        return self.view.text_at(start + offset, end, "a name")

    def optional_string(self, tag: int) -> str:
        """Return the string that a dynamic tag names; empty without the tag."""
        value = self.tags.get(tag)
        return "" if value is None else self.string(value)

    def interpreter(self) -> str:
        """Return the loader that a program names; empty for libraries."""
        found = self.segment(PT_INTERP)
        if found is None:
            return ""
        end = found.offset + found.file_size
        text = self.view.slice_at(found.offset, found.file_size, "the loader's name")
        if 0 not in text:
            return bytes(text).decode("utf-8", "backslashreplace")
        return self.view.text_at(found.offset, end, "the loader's name")

    def notes(self, kind: int = PT_NOTE) -> Iterator[Note]:
        """Yield the notes in the segments of this kind.

        A note that does not fit into its segment ends it: no loader asks for notes,
        and old releases of patchelf left segments that lead to something else.
        """
        size = self.view.size
        for item in self.segments:
            # What is aligned in other ways holds other things (gABI, "Note Section").
            if item.kind != kind or item.align > 8:
                continue
            end = min(item.offset + item.file_size, size)
            position, step = item.offset, 8 if item.align == 8 else 4
            while position + 12 <= end:
                sizes = self.view.unpack("3I", position, "a note")
                content = position + 12 + _aligned(sizes[0], 4)
                content = position + _aligned(content - position, step)
                if content + sizes[1] > end:
                    break
                owner = self.view.bytes_at(position + 12, sizes[0], "a note")
                data = self.view.bytes_at(content, sizes[1], "a note")
                yield Note(owner.rstrip(b"\0"), sizes[2], data)
                position = content + _aligned(sizes[1], step)

    def sections(self) -> Iterator[Section]:
        """Yield the section headers; none if they were stripped."""
        layout, size = ("2I4Q2I2Q", 64) if self.is_64 else ("10I", 40)
        if not self.section_count or self.section_entry_size != size:
            return
        rows = list(
            self.view.table(
                layout, self.section_table, self.section_count, "the section headers"
            )
        )
        if self.names_section >= len(rows):
            raise self.view.broken("the names of its sections are missing")
        names = rows[self.names_section]
        end = names[4] + names[5]
        for row in rows[1:]:
            name = self.view.text_at(names[4] + row[0], end, "a section's name")
            yield Section(name, *row[1:6])


def _aligned(value: int, step: int) -> int:
    return (value + step - 1) // step * step
