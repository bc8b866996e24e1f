"""Relocatable ELF objects: what a linker sees in one member of an archive.

Sections, the kinds of their relocations, and the global symbols; nothing of it
needs program headers, which objects do not have. Source: the System V ABI (gABI),
chapter on object files.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from ferrule.errors.formats import BrokenElfError
from ferrule.formats.elf_image import SHT_SYMTAB, ElfImage
from ferrule.formats.view import Source, decode, open_view

if TYPE_CHECKING:
    from ferrule.formats.view import View

__all__ = ["ElfObject", "ObjectSection", "ObjectSymbol", "Relocation", "read_object"]

SHF_WRITE, SHF_ALLOC = 1, 2
SHT_RELA, SHT_REL = 4, 9
_SHN_UNDEF, _SHN_XINDEX = 0, 0xFFFF
_STB_LOCAL, _STB_WEAK = 0, 2
_EM_MIPS: Final = 8


class ObjectSection(NamedTuple):
    """One section header of an object."""

    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    """For symbols: the section of their names. For relocations: their symbols."""
    info: int
    """For symbols: the number of local ones. For relocations: where they apply."""

    @property
    def is_loaded(self) -> bool:
        """Whether the section is in memory when the program runs."""
        return bool(self.flags & SHF_ALLOC)

    @property
    def is_writable(self) -> bool:
        """Whether the loader may still change the section."""
        return bool(self.flags & SHF_WRITE)


class ObjectSymbol(NamedTuple):
    """One symbol."""

    name: str
    section: int
    """Number of the section that defines it; 0 if another object has to."""
    value: int
    is_weak: bool


class Relocation(NamedTuple):
    """One place that the linker fills in."""

    offset: int
    symbol: int
    kind: int
    addend: int
    """0 where the addend stands in the place itself."""


class ElfObject:
    """The tables of one object. Damaged ones give `BrokenElfError` when read."""

    def __init__(self, view: View) -> None:
        self.image = ElfImage(view)
        self.view = view

    @property
    def machine(self) -> int:
        """Return `e_machine`, for example 62 for x86-64."""
        return int(self.image.machine)

    @cached_property
    def sections(self) -> tuple[ObjectSection, ...]:
        """Return all sections, the empty first one too."""
        image, what = self.image, "the section headers"
        layout, size = ("2I4Q2I2Q", 64) if image.is_64 else ("10I", 40)
        if not image.section_table:
            return ()
        if image.section_entry_size != size:
            raise self.view.broken("its section headers have an unknown size")
        first = self.view.unpack(layout, image.section_table, what)
        # More sections than 16 bits can count are counted in the first one.
        count = image.section_count or first[5]
        names = image.names_section
        names = first[6] if names == _SHN_XINDEX else names
        rows = list(self.view.table(layout, image.section_table, count, what))
        if not names < len(rows):
            raise self.view.broken("the names of its sections are missing")
        start, length = rows[names][4:6]
        text = self.view.bytes_at(start, length, "the names of its sections")
        return tuple(
            ObjectSection(self._name(text, row[0]), row[1], row[2], *row[4:8])
            for row in rows
        )

    def _name(self, names: bytes, offset: int) -> str:
        end = names.find(b"\0", offset)
        if end < 0:
            if offset == 0 and not names:
                return ""
            raise self.view.broken("a name lies outside of its table")
        self.view.spend(end - offset)
        return decode(names[offset:end])

    def content(self, section: ObjectSection) -> memoryview:
        """Return the bytes of a section."""
        return self.view.slice_at(section.offset, section.size, section.name)

    def relocated(self) -> Iterator[tuple[ObjectSection, ObjectSection]]:
        """Yield each table of relocations with the section that it is for."""
        for table in self.sections:
            if table.kind in (SHT_RELA, SHT_REL):
                if not table.info < len(self.sections):
                    raise self.view.broken("relocations are for no section")
                yield table, self.sections[table.info]

    def relocation_kinds(self, table: ObjectSection) -> set[int]:
        """Return the kinds of relocations in a table, without looking at each.

        For the 64-bit MIPS, which orders the fields in its own way, nothing is
        returned.
        """
        image = self.image
        if image.machine == _EM_MIPS and image.is_64:
            return set()
        words, place = (6, 2) if image.is_64 else (3, 1)
        if table.kind == SHT_REL:
            words -= 2 if image.is_64 else 1
        if image.is_64 and not image.is_little:
            place += 1
        content = self.content(table)
        numbers = array("I", bytes(content[: len(content) // (4 * words) * 4 * words]))
        if image.is_little != (sys.byteorder == "little"):
            numbers.byteswap()
        found = set(numbers[place::words])
        return found if image.is_64 else {number & 0xFF for number in found}

    def relocations(self, table: ObjectSection) -> Iterator[Relocation]:
        """Yield the relocations of a table, in their order."""
        is_64, has_addend = self.image.is_64, table.kind == SHT_RELA
        layout = ("2Qq" if is_64 else "2Ii") if has_addend else "2Q" if is_64 else "2I"
        size = {"2Qq": 24, "2Ii": 12, "2Q": 16, "2I": 8}[layout]
        rows = self.view.table(layout, table.offset, table.size // size, table.name)
        shift = 32 if is_64 else 8
        for row in rows:
            kind = row[1] & (1 << shift) - 1
            addend = row[2] if has_addend else 0
            yield Relocation(row[0], row[1] >> shift, kind, addend)

    def symbols(self, *, all_of_them: bool = False) -> Iterator[ObjectSymbol]:
        """Yield the global symbols; or all, numbered as relocations number them."""
        is_64 = self.image.is_64
        layout, size = ("IBBHQQ", 24) if is_64 else ("3I2BH", 16)
        for table in self.sections:
            if table.kind != SHT_SYMTAB:
                continue
            if not table.link < len(self.sections):
                raise self.view.broken("the names of its symbols are missing")
            names = bytes(self.content(self.sections[table.link]))
            count = table.size // size
            skipped = 0 if all_of_them else min(table.info, count)
            start = table.offset + skipped * size
            rows = self.view.table(layout, start, count - skipped, "the symbols")
            for row in rows:
                if is_64:
                    name, info, _, section, value, _ = row
                else:
                    name, value, _, info, _, section = row
                binding = info >> 4
                if binding == _STB_LOCAL and not all_of_them:
                    continue
                text = self._name(names, name) if name else ""
                yield ObjectSymbol(text, section, value, binding == _STB_WEAK)


def read_object(source: Source, name: str = "") -> ElfObject:
    """Read a relocatable object.

    `name` is what errors call it. Raises `ReadError` and `BrokenElfError`, as what
    is asked of the result does.
    """
    return ElfObject(open_view(source, name, BrokenElfError))
