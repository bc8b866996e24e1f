"""Finds the exported data of a library: ELF, Mach-O and PE.

Only what is needed to read constants that a program keeps under a name: the
place of each exported symbol in the file, and what a pointer there points to.
Sources: the System V ABI; Apple's `mach-o/loader.h`, `nlist.h` and `fat.h`;
Microsoft's "PE Format".
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import Final

from ferrule.errors.formats import (
    BrokenElfError,
    BrokenMachOError,
    BrokenPeError,
    UnknownBinaryError,
)
from ferrule.errors.stubs import ChainedFixupsError
from ferrule.formats.elf_image import ElfImage
from ferrule.formats.view import View, open_view

__all__ = ["ExportedData", "read_exported_data"]

SHT_DYNSYM, DT_RELA, DT_RELASZ = 11, 7, 8
MH_MAGIC, MH_MAGIC_64 = b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"
FAT_MAGIC, FAT_MAGIC_64 = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
LC_SEGMENT, LC_SYMTAB, LC_SEGMENT_64 = 0x1, 0x2, 0x19
LC_DYLD_CHAINED_FIXUPS = 0x80000034
N_STAB, N_TYPE, N_SECT, N_EXT = 0xE0, 0x0E, 0x0E, 0x01
MAX_COUNT: Final = 1 << 16
"""No real file has more load commands; a crafted one could claim it."""


class ExportedData:
    """A library and the file offsets of those exports that were asked for."""

    def __init__(self, view: View, *, is_64: bool) -> None:
        self.view = view
        self.is_64 = is_64
        self.places: dict[str, int] = {}

    def prefixed(self, offset: int) -> bytes:
        """Return the bytes behind the 32-bit length at a file offset.

        Raises a `BrokenBinaryError`.
        """
        (length,) = self.view.unpack("I", offset, "a constant")
        return self.view.bytes_at(offset + 4, length, "a constant")

    def pointed(self, offset: int) -> bytes:
        """Return the bytes of the Rust slice at a file offset.

        Raises a `BrokenBinaryError` and `ChainedFixupsError`.
        """
        width = 8 if self.is_64 else 4
        length = self.word(offset + width)
        return self.view.bytes_at(self.target(offset), length, "a constant")

    def word(self, offset: int) -> int:
        """Return the number at a file offset that is as wide as a pointer."""
        layout = "Q" if self.is_64 else "I"
        return int(self.view.unpack(layout, offset, "a constant")[0])

    def target(self, offset: int) -> int:
        """Return the file offset to which a pointer will point at run time."""
        raise NotImplementedError


def read_exported_data(data: bytes, prefix: str, name: str) -> ExportedData:
    """Return a library and its exported symbols that begin with `prefix`.

    `name` is what errors call the file. Raises a `BrokenBinaryError`, and
    `UnknownBinaryError` for a file that is neither ELF, Mach-O nor PE.
    """
    start = data[:4]
    wanted = prefix.encode()
    if start == b"\x7fELF":
        return _Elf(open_view(data, name, BrokenElfError), wanted)
    if start in (FAT_MAGIC, FAT_MAGIC_64):
        view = _first_slice(open_view(data, name, BrokenMachOError), start)
        return _MachO(view, wanted)
    if start in (MH_MAGIC, MH_MAGIC_64):
        return _MachO(open_view(data, name, BrokenMachOError), wanted)
    if start[:2] == b"MZ":
        return _Pe(open_view(data, name, BrokenPeError), wanted)
    raise UnknownBinaryError(name, start)


class _Elf(ExportedData):
    """The dynamic symbol table: it is there in stripped files too."""

    def __init__(self, view: View, prefix: bytes) -> None:
        self.image = image = ElfImage(view)
        super().__init__(view, is_64=image.is_64)
        table = next(
            (item for item in image.sections() if item.kind == SHT_DYNSYM), None
        )
        if table is None:
            return
        strings = image.strings
        layout, size = ("I2xHQ8x", 24) if self.is_64 else ("2I6xH", 16)
        rows = view.table(layout, table.offset, table.size // size, "the symbols")
        for row in rows:
            name, section, address = row if self.is_64 else (row[0], row[2], row[1])
            if section and strings.startswith(prefix, name):
                symbol = image.string(name)
                self.places[symbol] = image.offset_of(address, symbol)

    def target(self, offset: int) -> int:
        # The linker leaves the address to the loader (`R_*_RELATIVE`): it stands
        # in the relocation, or, where relocations hold none, at the place itself.
        address = self._relocated.get(offset) or self.word(offset)
        return self.image.offset_of(address, "a constant")

    @cached_property
    def _relocated(self) -> dict[int, int]:
        tags = self.image.tags
        if DT_RELA not in tags:
            return {}
        start = self.image.offset_of(tags[DT_RELA], "the relocations")
        layout, shift = ("QQq", 32) if self.is_64 else ("IIi", 8)
        count = tags.get(DT_RELASZ, 0) // struct.calcsize("<" + layout)
        return {
            self.image.offset_of(address, "a relocation"): addend
            for address, info, addend in self.view.table(
                layout, start, count, "the relocations"
            )
            if info >> shift == 0 and addend > 0
        }


class _MachO(ExportedData):
    """The symbol table of a thin Mach-O file."""

    def __init__(self, view: View, prefix: bytes) -> None:
        super().__init__(view, is_64=view.data[:4] == MH_MAGIC_64)
        self.sections: list[tuple[int, int, int]] = []
        self.has_chained_fixups = False
        symbols: tuple[int, ...] = ()
        position = 32 if self.is_64 else 28
        (count,) = view.unpack("I", 16, "the header")
        for _ in range(min(count, MAX_COUNT)):
            command, size = view.unpack("2I", position, "the load commands")
            if command in (LC_SEGMENT, LC_SEGMENT_64):
                self._read_sections(position)
            elif command == LC_SYMTAB:
                symbols = view.unpack("4I", position + 8, "the load commands")
            elif command == LC_DYLD_CHAINED_FIXUPS:
                self.has_chained_fixups = True
            position += size
        if symbols:
            self._read_symbols(symbols, b"_" + prefix)

    def _read_sections(self, position: int) -> None:
        first, size = (72, 80) if self.is_64 else (56, 68)
        (count,) = self.view.unpack("I", position + first - 8, "a segment")
        layout = f"32x{'2QI' if self.is_64 else '3I'}"
        layout += f"{size - struct.calcsize('<' + layout)}x"
        rows = self.view.table(layout, position + first, count, "the sections")
        self.sections += [(row[0], row[1], row[2]) for row in rows]

    def _read_symbols(self, symbols: tuple[int, ...], prefix: bytes) -> None:
        start, count, strings, length = symbols
        names = self.view.bytes_at(strings, length, "the names")
        layout = "I2BHQ" if self.is_64 else "I2BHI"
        rows = self.view.table(layout, start, count, "the symbols")
        for name, kind, _, _, address in rows:
            is_data = kind & N_TYPE == N_SECT and kind & N_EXT and not kind & N_STAB
            if is_data and names.startswith(prefix, name):
                symbol = self.view.text_at(strings + name, strings + length, "a name")
                self.places[symbol[1:]] = self._offset_of(address)

    def _offset_of(self, address: int) -> int:
        for start, size, offset in self.sections:
            if start <= address < start + size:
                return offset + address - start
        raise self.view.broken("an address lies in no section")

    def target(self, offset: int) -> int:
        if self.has_chained_fixups:
            raise ChainedFixupsError(self.view.name)
        return self._offset_of(self.word(offset))


class _Pe(ExportedData):
    """The export table of a PE file."""

    def __init__(self, view: View, prefix: bytes) -> None:
        (head,) = view.unpack("I", 0x3C, "the header")
        if view.bytes_at(head, 4, "the header") != b"PE\0\0":
            raise view.broken("it has no PE signature")
        (count,) = view.unpack("H", head + 6, "the header")
        (optional_size,) = view.unpack("H", head + 20, "the header")
        optional = head + 24
        (magic,) = view.unpack("H", optional, "the optional header")
        super().__init__(view, is_64=magic == 0x20B)
        self.image_base = self.word(optional + (24 if self.is_64 else 28))
        self.sections = list(
            view.table("8x4I16x", optional + optional_size, count, "the sections")
        )
        directory = optional + (112 if self.is_64 else 96)
        (exports,) = view.unpack("I", directory, "the data directories")
        if exports:
            self._read_exports(self._offset_of(exports), prefix)

    def _read_exports(self, table: int, prefix: bytes) -> None:
        what = "the export table"
        count, *rest = self.view.unpack("4I", table + 24, what)
        if not count:
            return
        functions, names, ordinals = (self._offset_of(item) for item in rest)
        rows = self.view.table("I", names, count, what)
        for index, (place,) in enumerate(rows):
            offset = self._offset_of(place)
            if bytes(self.view.data[offset : offset + len(prefix)]) == prefix:
                symbol = self.view.text_at(offset, self.view.size, "a name")
                (ordinal,) = self.view.unpack("H", ordinals + 2 * index, what)
                (address,) = self.view.unpack("I", functions + 4 * ordinal, what)
                self.places[symbol] = self._offset_of(address)

    def _offset_of(self, address: int) -> int:
        for virtual_size, start, raw_size, offset in self.sections:
            if start <= address < start + max(virtual_size, raw_size):
                return int(offset + address - start)
        raise self.view.broken("an address lies in no section")

    def target(self, offset: int) -> int:
        return self._offset_of(self.word(offset) - self.image_base)


def _first_slice(view: View, magic: bytes) -> View:
    """Return the first architecture of a universal file: all have one interface."""
    view.order = ">"
    layout = "8x2Q" if magic == FAT_MAGIC_64 else "8x2I"
    offset, size = view.unpack(layout, 8, "the list of architectures")
    part = view.part(offset, size, "the first architecture", view.name)
    part.order = "<"
    return part
