"""The dynamic string table of an ELF file, while it is being changed."""

from __future__ import annotations

from ferrule.formats.elf_image import (
    DT_SYMTAB,
    DT_VERDEF,
    DT_VERDEFNUM,
    ElfImage,
)
from ferrule.formats.elf_symbols import count_symbols, needed_versions

__all__ = ["StringTable"]


class StringTable:
    """Strings of a file: new ones take the places of those that nobody uses."""

    def __init__(self, image: ElfImage) -> None:
        self._image = image
        self._old = image.strings
        self.content = bytearray(self._old)
        self._free: list[tuple[int, int]] = []

    @property
    def is_changed(self) -> bool:
        """Return whether the table has to be written."""
        return self.content != self._old

    @property
    def is_grown(self) -> bool:
        """Return whether the table no longer fits where it was."""
        return len(self.content) > len(self._old)

    def release(self, offsets: set[int], kept: set[int]) -> None:
        """Blank strings that were replaced, unless others need them.

        What they held, absolute paths for example, is then no longer in the file.
        `kept` are the strings that the dynamic section and the versions' tables
        still name.
        """
        if not offsets:
            return
        used = kept | self._used_offsets()
        for offset in sorted(offsets):
            end = self._old.find(b"\0", offset)
            is_tail = offset > 0 and self._old[offset - 1] != 0
            if offset == 0 or end < 0 or is_tail:
                continue
            if any(offset <= item < end for item in used):
                continue
            self.content[offset:end] = bytes(end - offset)
            self._free.append((offset, end))

    def place(self, text: str) -> int:
        """Return the offset of a string, which is added if it is not there."""
        if not text:
            return self.content.index(b"\0")
        wanted = text.encode("utf-8", "surrogateescape") + b"\0"
        found = self.content.find(wanted)
        if found >= 0:
            return found
        for number, (start, end) in enumerate(self._free):
            if start + len(wanted) <= end + 1:
                self.content[start : start + len(wanted)] = wanted
                self._free[number] = (start + len(wanted), end)
                return start
        if self.content and self.content[-1] != 0:
            self.content += b"\0"
        offset = len(self.content)
        self.content += wanted
        return offset

    def _used_offsets(self) -> set[int]:
        """Return where the strings of symbols and versions begin."""
        image, used = self._image, self._definition_names()
        for need in needed_versions(image):
            used.update(need.version_offsets)
        count = count_symbols(image)
        if count:
            start = image.offset_of(image.tags[DT_SYMTAB], "the symbol table")
            layout = "I20x" if image.is_64 else "I12x"
            rows = image.view.table(layout, start, count, "the symbol table")
            used.update(number for (number,) in rows)
        return used

    def _definition_names(self) -> set[int]:
        image, what = self._image, "the version table"
        if DT_VERDEF not in image.tags:
            return set()
        position = image.offset_of(image.tags[DT_VERDEF], what)
        names = set()
        for _ in range(min(image.tags.get(DT_VERDEFNUM, 0), 1 << 16)):
            _, _, _, count, _, first, step = image.view.unpack("4H3I", position, what)
            inner = position + first
            for _ in range(count):
                name, inner_step = image.view.unpack("2I", inner, what)
                names.add(name)
                inner += inner_step
            position += step
            if step == 0:
                break
        return names
