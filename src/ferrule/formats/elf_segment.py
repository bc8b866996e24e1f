"""Where the changed tables of an ELF file go: in place, or to a new segment.

Source: gABI, "Program Header"; glibc's `elf/dl-load.c` (alignment, order, where
the program headers are found), Linux' `fs/binfmt_elf.c` for programs.
"""

from __future__ import annotations

from typing import NamedTuple

from ferrule.errors.formats import BinaryEditError
from ferrule.formats import elf_image as layout
from ferrule.formats.elf_image import ElfImage, Segment
from ferrule.formats.elf_strings import StringTable
from ferrule.formats.patch import Patch

__all__ = ["Tables", "place_tables"]

_LARGEST_PAGES = {8: 0x10000, 20: 0x10000, 21: 0x10000, 183: 0x10000, 258: 0x10000}
"""The largest page size of machines where it is not 4096: MIPS, PowerPC,
AArch64, LoongArch. glibc refuses segments that are aligned to less than a page."""

_DF_1_PIE = 0x08000000
_PT_NULL, _SHT_NOBITS = 0, 8
_MAX_PADDING = 1 << 26
"""How much a program may grow so that its headers are where Linux looks."""


class Tables(NamedTuple):
    """What is to be written."""

    segments: list[Segment]
    entries: list[tuple[int, int]]
    """The dynamic section, without its end."""
    strings: StringTable | None


def place_tables(image: ElfImage, tables: Tables, writes: dict[int, bytes]) -> Patch:
    """Return the change that stores the tables, with further `writes`.

    Raises `BrokenElfError` and `BinaryEditError`.
    """
    count = sum(item.kind != _PT_NULL for item in tables.segments)
    grown = tables.strings is not None and tables.strings.is_grown
    longer = len(tables.entries) + 1 > _capacity(image) and bool(tables.entries)
    if not grown and not longer and count <= len(image.segments):
        return _in_place(image, tables, writes)
    if longer and image.machine == layout.EM_MIPS:
        raise BinaryEditError(
            image.view.name,
            "its dynamic section is full, and on MIPS it cannot be moved",
            "link it with the wanted names and search folders",
        )
    return _NewSegment(image, tables, grown=grown, longer=longer).patch(writes)


def _capacity(image: ElfImage) -> int:
    found = image.segment(layout.PT_DYNAMIC)
    return 0 if found is None else found.file_size // image.pair_size


def _in_place(image: ElfImage, tables: Tables, writes: dict[int, bytes]) -> Patch:
    writes = dict(writes)
    if tables.segments != image.segments:
        used = [item for item in tables.segments if item.kind != _PT_NULL]
        empty = Segment(_PT_NULL, 0, 0, 0, 0, 0, 0, 0)
        used += [empty] * (len(image.segments) - len(used))
        writes[image.segment_table] = _pack_segments(image, used)
    found = image.segment(layout.PT_DYNAMIC)
    if found is not None and tables.entries != image.dynamic:
        unused = max(len(image.dynamic) - len(tables.entries), 0)
        writes[found.offset] = _pack_entries(image, tables.entries, 1 + unused)
        writes[found.offset] = writes[found.offset][: found.file_size]
    if tables.strings is not None and tables.strings.is_changed:
        writes[image.string_range[0]] = bytes(tables.strings.content)
    return Patch.of_writes(image.view.size, writes, b"")


class _NewSegment:
    """A segment at the end of the file: headers, dynamic section, strings."""

    def __init__(
        self, image: ElfImage, tables: Tables, *, grown: bool, longer: bool
    ) -> None:
        previous = _own_segment(image)
        self.image = image
        self.entries = tables.entries
        self.strings = tables.strings or StringTable(image)
        self.used = [
            item
            for item in tables.segments
            if item is not previous and item.kind != _PT_NULL
        ]
        self.kept_size = image.view.size if previous is None else previous.offset
        dynamic, first = image.segment(layout.PT_DYNAMIC), image.string_range[0]
        self.moves_strings = grown or first >= self.kept_size
        self.moves_dynamic = longer or (
            dynamic is not None and dynamic.offset >= self.kept_size
        )
        self.moves_headers = previous is not None or len(self.used) + 1 > len(
            image.segments
        )
        headers = (len(self.used) + 1) * _segment_size(image)
        self.dynamic_at = _aligned(headers, 8) if self.moves_headers else 0
        self.strings_at = self.dynamic_at
        if self.moves_dynamic:
            self.strings_at += (len(self.entries) + 1) * image.pair_size
        self.size = self.strings_at
        if self.moves_strings:
            self.size += len(self.strings.content)
        self.align = self._align()
        self.offset, self.address = self._place()

    def _align(self) -> int:
        if not self.image.loads:
            raise self.image.view.broken("none of its segments is loaded")
        page = _LARGEST_PAGES.get(self.image.machine, 0x1000)
        return max(min(item.align for item in self.image.loads), page)

    def _place(self) -> tuple[int, int]:
        loads = [item for item in self.used if item.kind == layout.PT_LOAD]
        if not loads:
            raise self.image.view.broken("none of its segments is loaded")
        end = max(item.address + item.memory_size for item in loads)
        start, offset = _aligned(end, self.align), _aligned(self.kept_size, 8)
        if not (self.moves_headers and _is_program(self.image)):
            return offset, start + offset % self.align
        # Linux before 5.18 takes the offset of a program's headers for their
        # address in relation to the first segment.
        base = loads[0].address - loads[0].offset
        address = max(start, _aligned(offset + base, self.align))
        if address - base - self.kept_size > _MAX_PADDING:
            raise BinaryEditError(
                self.image.view.name,
                "its data are too large for the program headers to follow them",
                "link it with the wanted names and search folders",
            )
        return address - base, address

    def patch(self, writes: dict[int, bytes]) -> Patch:
        """Return the whole change."""
        image, writes = self.image, dict(writes)
        entries = self._final_entries()
        table = _pack_segments(image, self._final_segments())
        content = bytearray(self.size)
        if self.moves_headers:
            content[: len(table)] = table
            writes.update(self._header_writes())
        else:
            writes[image.segment_table] = table
        packed = _pack_entries(image, entries, 1)
        dynamic = image.segment(layout.PT_DYNAMIC)
        if self.moves_dynamic:
            content[self.dynamic_at : self.strings_at] = packed
        elif dynamic is not None and entries != image.dynamic:
            unused = max(len(image.dynamic) - len(entries), 0)
            writes[dynamic.offset] = _pack_entries(image, entries, 1 + unused)
        start, end = image.string_range
        if self.moves_strings:
            content[self.strings_at :] = self.strings.content
            if end <= self.kept_size and self._owns_strings():
                writes[start] = bytes(end - start)
        elif self.strings.is_changed:
            writes[start] = bytes(self.strings.content)
        writes.update(self._section_writes())
        tail = bytes(self.offset - self.kept_size) + bytes(content)
        return Patch.of_writes(self.kept_size, writes, tail)

    def _final_entries(self) -> list[tuple[int, int]]:
        if not self.moves_strings:
            return self.entries
        new = {
            layout.DT_STRTAB: self.address + self.strings_at,
            layout.DT_STRSZ: len(self.strings.content),
        }
        return [(tag, new.get(tag, value)) for tag, value in self.entries]

    def _final_segments(self) -> list[Segment]:
        """Return the headers: the new segment follows the other loaded ones."""
        segments: list[Segment] = []
        last = 0
        for item in self.used:
            if item.kind == layout.PT_LOAD:
                last = len(segments) + 1
            segments.append(self._moved(item))
        flags = layout.PF_R | (layout.PF_W if self.moves_dynamic else 0)
        place = (self.offset, self.address, self.address, self.size, self.size)
        segments.insert(last, Segment(layout.PT_LOAD, flags, *place, self.align))
        return segments

    def _moved(self, item: Segment) -> Segment:
        start, size = 0, item.file_size
        if item.kind == layout.PT_PHDR and self.moves_headers:
            size = (len(self.used) + 1) * _segment_size(self.image)
        elif item.kind == layout.PT_DYNAMIC and self.moves_dynamic:
            start, size = self.dynamic_at, self.strings_at - self.dynamic_at
        else:
            return item
        return item._replace(
            offset=self.offset + start,
            address=self.address + start,
            physical=self.address + start,
            file_size=size,
            memory_size=size,
        )

    def _header_writes(self) -> dict[int, bytes]:
        wide, pack = self.image.is_64, self.image.view.pack
        return {
            32 if wide else 28: pack("Q" if wide else "I", self.offset),
            56 if wide else 44: pack("H", len(self.used) + 1),
        }

    def _section_writes(self) -> dict[int, bytes]:
        """Return what changes in the headers of the sections that moved."""
        image, writes = self.image, {}
        for number, item in enumerate(image.sections(), 1):
            if item.kind == layout.SHT_DYNAMIC and self.moves_dynamic:
                start, end = self.dynamic_at, self.strings_at
            elif self.moves_strings and _is_string_section(image, item):
                start, end = self.strings_at, self.size
            else:
                continue
            place = image.section_table + number * image.section_entry_size
            values = (self.address + start, self.offset + start, end - start)
            wide = image.is_64
            layout_ = "3Q" if wide else "3I"
            writes[place + (16 if wide else 12)] = image.view.pack(layout_, *values)
        return writes

    def _owns_strings(self) -> bool:
        """Return whether the old strings are a section that nothing else is in."""
        image, (start, end) = self.image, self.image.string_range
        found = [
            item
            for item in image.sections()
            if item.kind != _SHT_NOBITS
            and item.offset < end
            and start < item.offset + item.size
        ]
        return len(found) == 1 and _is_string_section(image, found[0])


def _own_segment(image: ElfImage) -> Segment | None:
    """Return the segment that an earlier edit appended, if it is all there is."""
    if not image.loads:
        return None
    last = max(image.loads, key=lambda item: item.address)
    is_last = last.offset + last.file_size == image.view.size
    if not is_last or last.offset != image.segment_table:
        return None
    end = last.offset + _aligned(len(image.segments) * _segment_size(image), 8)
    dynamic, strings = image.segment(layout.PT_DYNAMIC), image.string_range
    if dynamic is not None and dynamic.offset == end:
        end += dynamic.file_size
    if strings[0] == end:
        end = strings[1]
    return last if end == image.view.size else None


def _is_string_section(image: ElfImage, item: layout.Section) -> bool:
    place = image.tags.get(layout.DT_STRTAB), image.string_range[0]
    return item.kind == layout.SHT_STRTAB and (item.address, item.offset) == place


def _is_program(image: ElfImage) -> bool:
    is_pie = bool(image.tags.get(layout.DT_FLAGS_1, 0) & _DF_1_PIE)
    return image.kind == 2 or is_pie or image.segment(layout.PT_INTERP) is not None


def _segment_size(image: ElfImage) -> int:
    return 56 if image.is_64 else 32


def _pack_segments(image: ElfImage, segments: list[Segment]) -> bytes:
    if image.is_64:
        return b"".join(image.view.pack("2I6Q", *item) for item in segments)
    return b"".join(
        image.view.pack("8I", item.kind, *item[2:7], item.flags, item.align)
        for item in segments
    )


def _pack_entries(
    image: ElfImage, entries: list[tuple[int, int]], unused: int
) -> bytes:
    rows = [*entries, *[(layout.DT_NULL, 0)] * unused]
    return b"".join(image.view.pack(image.pair, *row) for row in rows)


def _aligned(value: int, step: int) -> int:
    return (value + step - 1) // step * step
