"""Reads the dynamic section of ELF files, and removes dependencies from it.

Source: the System V ABI (gABI), chapters on object files and dynamic linking,
and the GNU extensions (symbol versions, DT_GNU_HASH). Only what the loader
sees is read, through program headers; section headers are not needed. Every
offset is checked: a damaged file gives `BrokenElfError`, never anything else.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Literal, Union

from ferrule.errors.files import ReadError
from ferrule.errors.wheel import BrokenElfError, NeededRemovalError

__all__ = [
    "ElfFile",
    "Symbol",
    "VersionNeed",
    "exported_inits",
    "is_elf",
    "read_elf",
    "without_needed",
]

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_PROPERTY = 1, 2, 3, 0x6474E553
DT_NULL, DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ = 0, 1, 4, 5, 6, 10
DT_SONAME, DT_RPATH, DT_RUNPATH, DT_GNU_HASH = 14, 15, 29, 0x6FFFFEF5
DT_VERSYM, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
EM_S390, EM_ALPHA = 22, 0x9026
MAX_VERSIONS = 1 << 16
"""No real file asks for more symbol versions; a crafted one could ask forever."""

Buffer = Union[bytes, memoryview, mmap]

_INITS = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")

_ARCHITECTURES = {
    (3, 32, True): "i686",
    (62, 64, True): "x86_64",
    (183, 64, True): "aarch64",
    (21, 64, True): "ppc64le",
    (21, 64, False): "ppc64",
    (22, 64, False): "s390x",
    (243, 64, True): "riscv64",
    (258, 64, True): "loongarch64",
}


@dataclass(frozen=True)
class Symbol:
    """A name in the dynamic symbol table."""

    name: str
    is_defined: bool
    is_weak: bool
    version: str = ""
    """For undefined names the version that is asked for, such as `GLIBC_2.28`."""


@dataclass(frozen=True)
class VersionNeed:
    """The symbol versions that a file asks of one library."""

    library: str
    versions: tuple[str, ...]


@dataclass(frozen=True)
class ElfFile:
    """What the dynamic loader learns from a file."""

    bits: Literal[32, 64]
    is_little_endian: bool
    machine: int
    """`e_machine`, for example 62 for x86-64."""
    flags: int
    """`e_flags`: the float ABI on 32-bit Arm, for example."""
    interpreter: str
    """The loader that a program names; empty for libraries."""
    needed: tuple[str, ...]
    soname: str
    rpath: tuple[str, ...]
    runpath: tuple[str, ...]
    version_needs: tuple[VersionNeed, ...]
    symbols: tuple[Symbol, ...]
    isa_level: int
    """x86-64 micro-architecture level that the file declares (1 to 4)."""

    @property
    def arch(self) -> str:
        """Return the architecture as platform tags spell it; empty if unknown."""
        eabi5_hard_float = 0x05000400
        if (self.machine, self.bits, self.is_little_endian) == (40, 32, True):
            is_hard = self.flags & 0xFF000400 == eabi5_hard_float
            return "armv7l" if is_hard else ""
        key = (self.machine, self.bits, self.is_little_endian)
        return _ARCHITECTURES.get(key, "")

    @cached_property
    def defined(self) -> frozenset[str]:
        """Return the names that the file exports."""
        return frozenset(item.name for item in self.symbols if item.is_defined)

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Return the names that the file needs from others; weak ones are not."""
        return frozenset(
            item.name
            for item in self.symbols
            if not item.is_defined and not item.is_weak
        )


def is_elf(start: bytes) -> bool:
    """Return whether a file that begins with `start` claims to be ELF."""
    return start[:4] == b"\x7fELF"


def read_elf(source: Path | bytes | memoryview, name: str = "") -> ElfFile:
    """Read a file or an image in memory.

    `name` is what errors call an image in memory. Raises `ReadError` and
    `BrokenElfError`.
    """
    if not isinstance(source, Path):
        return _Image(source, name or "the image in memory").read()
    try:
        with source.open("rb") as stream:
            if stream.seek(0, 2) == 0:
                raise BrokenElfError(str(source), "the file is empty")
            with mmap(stream.fileno(), 0, access=ACCESS_READ) as view:
                return _Image(view, name or str(source)).read()
    except OSError as error:
        raise ReadError(source, error) from error


def exported_inits(source: Path | bytes | memoryview) -> list[str] | None:
    """Return the module entry points that a library exports, sorted.

    These are `PyInit_*` (PEP 489, with `PyInitU_*` for non-ASCII names) and
    `PyModExport_*` (PEP 793). Returns None for a file of another format than
    ELF. Raises `ReadError` and `BrokenElfError`.
    """
    if not is_elf(_start(source)):
        return None
    return sorted(name for name in read_elf(source).defined if name.startswith(_INITS))


def without_needed(data: bytes, soname_prefix: str, name: str = "") -> bytes:
    """Return a copy without the DT_NEEDED entries whose name begins so.

    Returns `data` itself when there is none. Raises `BrokenElfError`, and
    `NeededRemovalError` when symbol versions of that library are asked for:
    the loader would insist on the library then.
    """
    image = _Image(data, name or "the image in memory")
    elf = image.read()
    if not any(item.startswith(soname_prefix) for item in elf.needed):
        return data
    for need in elf.version_needs:
        if need.library.startswith(soname_prefix):
            raise NeededRemovalError(need.library)
    kept = [
        (tag, value)
        for tag, value in image.dynamic
        if tag != DT_NEEDED or not image.string(value).startswith(soname_prefix)
    ]
    kept += [(DT_NULL, 0)] * (len(image.dynamic) - len(kept))
    table = b"".join(image.pack_dynamic(tag, value) for tag, value in kept)
    start = image.dynamic_offset
    return data[:start] + table + data[start + len(table) :]


def _start(source: Path | bytes | memoryview) -> bytes:
    if not isinstance(source, Path):
        return bytes(source[:4])
    try:
        with source.open("rb") as stream:
            return stream.read(4)
    except OSError as error:
        raise ReadError(source, error) from error


class _Image:
    """A bounds-checked view of the bytes."""

    def __init__(self, data: Buffer, name: str) -> None:
        self.data = data
        self.name = name
        self.dynamic: list[tuple[int, int]] = []
        self.dynamic_offset = 0
        self.strings = b""
        self.name_budget = 16 * len(data)
        self.version_names: dict[int, str] = {}
        head = self.bytes_at(0, 16, "the header")
        if not is_elf(head):
            raise BrokenElfError(name, "it does not begin with the ELF signature")
        if head[4] not in (1, 2) or head[5] not in (1, 2):
            raise self.broken("class or byte order is unknown")
        self.is_64 = head[4] == 2
        self.is_little = head[5] == 1
        self.order = "<" if self.is_little else ">"
        layout = "2HI3QI6H" if self.is_64 else "2H5I6H"
        header = self.unpack(layout, 16, "the header")
        self.machine, self.flags = header[1], header[6]
        self.segments = self._read_segments(header[4], header[8], header[9])
        self.loads = [item for item in self.segments if item[0] == PT_LOAD]

    def broken(self, reason: str) -> BrokenElfError:
        return BrokenElfError(self.name, reason)

    def bytes_at(self, offset: int, size: int, what: str) -> bytes:
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise self.broken(f"it ends before {what} does")
        return bytes(self.data[offset : offset + size])

    def unpack(self, layout: str, offset: int, what: str) -> tuple[int, ...]:
        form = struct.Struct(self.order + layout)
        return form.unpack(self.bytes_at(offset, form.size, what))

    def pack_dynamic(self, tag: int, value: int) -> bytes:
        return struct.pack(self.order + ("qQ" if self.is_64 else "iI"), tag, value)

    def read(self) -> ElfFile:
        self._read_dynamic()
        table = dict(reversed(self.dynamic))
        return ElfFile(
            bits=64 if self.is_64 else 32,
            is_little_endian=self.is_little,
            machine=self.machine,
            flags=self.flags,
            interpreter=self._read_interpreter(),
            needed=tuple(
                self.string(value) for tag, value in self.dynamic if tag == DT_NEEDED
            ),
            soname=self._optional_string(DT_SONAME),
            rpath=self._paths(DT_RPATH),
            runpath=self._paths(DT_RUNPATH),
            version_needs=tuple(self._read_version_needs(table)),
            symbols=tuple(self._read_symbols(table)),
            isa_level=self._read_isa_level(),
        )

    def _read_segments(
        self, offset: int, entry_size: int, count: int
    ) -> list[tuple[int, int, int, int]]:
        """Return type, file offset, address and file size of each segment."""
        layout, size = ("2I6Q", 56) if self.is_64 else ("8I", 32)
        if count and entry_size != size:
            raise self.broken("its program headers have an unknown size")
        segments = []
        for index in range(count):
            fields = self.unpack(layout, offset + index * size, "the program headers")
            if self.is_64:
                kind, _, start, address, _, length = fields[:6]
            else:
                kind, start, address, _, length = fields[:5]
            segments.append((kind, start, address, length))
        return segments

    def _offset(self, address: int, what: str) -> int:
        for _, start, first, length in self.loads:
            if first <= address < first + length:
                return start + address - first
        raise self.broken(f"the address of {what} lies in no segment")

    def _read_dynamic(self) -> None:
        found = next((item for item in self.segments if item[0] == PT_DYNAMIC), None)
        if found is None:
            return
        _, start, _, length = found
        layout, size = ("qQ", 16) if self.is_64 else ("iI", 8)
        table = self.bytes_at(start, length - length % size, "the dynamic section")
        for tag, value in struct.iter_unpack(self.order + layout, table):
            if tag == DT_NULL:
                break
            self.dynamic.append((tag, value))
        self.dynamic_offset = start
        values = dict(self.dynamic)
        if DT_STRTAB in values:
            where = self._offset(values[DT_STRTAB], "the string table")
            size = values.get(DT_STRSZ, 0)
            self.strings = self.bytes_at(where, size, "the string table")

    def string(self, offset: int) -> str:
        end = self.strings.find(b"\0", offset)
        if end < 0:
            raise self.broken("a name lies outside of the string table")
        # Names may share bytes, but only a crafted file shares them so often.
        self.name_budget -= end - offset
        if self.name_budget < 0:
            raise self.broken("its names are longer than the file can hold")
        return self.strings[offset:end].decode("utf-8", "backslashreplace")

    def _optional_string(self, tag: int) -> str:
        found = next((value for key, value in self.dynamic if key == tag), None)
        return "" if found is None else self.string(found)

    def _paths(self, tag: int) -> tuple[str, ...]:
        return tuple(part for part in self._optional_string(tag).split(":") if part)

    def _read_interpreter(self) -> str:
        for kind, start, _, length in self.segments:
            if kind == PT_INTERP:
                text = self.bytes_at(start, length, "the loader's name")
                return text.split(b"\0")[0].decode("utf-8", "backslashreplace")
        return ""

    def _read_version_needs(self, table: dict[int, int]) -> list[VersionNeed]:
        if DT_VERNEED not in table:
            return []
        position = self._offset(table[DT_VERNEED], "the version table")
        needs = []
        total = 0
        for _ in range(min(table.get(DT_VERNEEDNUM, 0), MAX_VERSIONS)):
            _, count, file, first, step = self.unpack(
                "2H3I", position, "the version table"
            )
            total += count + 1
            if total > MAX_VERSIONS:
                raise self.broken("its version table has no end")
            versions = []
            inner = position + first
            for _ in range(count):
                _, _, index, name, inner_step = self.unpack(
                    "I2H2I", inner, "the version table"
                )
                versions.append(self.string(name))
                self.version_names[index & 0x7FFF] = versions[-1]
                inner += inner_step
            needs.append(VersionNeed(self.string(file), tuple(versions)))
            if step == 0:
                break
            position += step
        return needs

    def _read_symbols(self, table: dict[int, int]) -> list[Symbol]:
        if DT_SYMTAB not in table:
            return []
        count = self._count_symbols(table)
        if count == 0:
            return []
        start = self._offset(table[DT_SYMTAB], "the symbol table")
        layout, size = ("I2BH2Q", 24) if self.is_64 else ("3I2BH", 16)
        content = self.bytes_at(start, count * size, "the symbol table")
        versions = self._read_symbol_versions(table, count)
        info_at, section_at = (1, 3) if self.is_64 else (3, 5)
        symbols = []
        entries = struct.iter_unpack(self.order + layout, content)
        for fields, version in zip(entries, versions):
            if fields[0] == 0:
                continue
            is_defined = fields[section_at] != 0
            symbols.append(
                Symbol(
                    self.string(fields[0]),
                    is_defined,
                    fields[info_at] >> 4 == 2,
                    "" if is_defined else self.version_names.get(version & 0x7FFF, ""),
                )
            )
        return symbols

    def _read_symbol_versions(
        self, table: dict[int, int], count: int
    ) -> tuple[int, ...]:
        if DT_VERSYM not in table:
            return (0,) * count
        start = self._offset(table[DT_VERSYM], "the symbol versions")
        return self.unpack(f"{count}H", start, "the symbol versions")

    def _count_symbols(self, table: dict[int, int]) -> int:
        if DT_HASH in table:
            start = self._offset(table[DT_HASH], "the hash table")
            wide = self.is_64 and self.machine in (EM_S390, EM_ALPHA)
            return self.unpack("2Q" if wide else "2I", start, "the hash table")[1]
        if DT_GNU_HASH not in table:
            return 0
        start = self._offset(table[DT_GNU_HASH], "the hash table")
        buckets, first, bloom, _ = self.unpack("4I", start, "the hash table")
        position = start + 16 + bloom * (8 if self.is_64 else 4)
        content = self.bytes_at(position, 4 * buckets, "the hash table")
        heads = struct.iter_unpack(self.order + "I", content)
        last = max((head for (head,) in heads), default=0)
        if last < first:
            return first
        # The last chain ends with an entry whose lowest bit is set.
        chain = position + 4 * buckets + 4 * (last - first)
        while not self.unpack("I", chain, "the hash table")[0] & 1:
            chain += 4
            last += 1
        return last + 1

    def _read_isa_level(self) -> int:
        if self.machine != 62:
            return 1
        for kind, start, _, length in self.segments:
            if kind == PT_GNU_PROPERTY:
                return self._parse_property(self.bytes_at(start, length, "a note"))
        return 1

    def _parse_property(self, note: bytes) -> int:
        x86_isa_1_needed, step = 0xC0008002, 8 if self.is_64 else 4
        position, level = 16, 1
        while position + 12 <= len(note):
            kind, size = struct.unpack_from(self.order + "2I", note, position)
            if kind == x86_isa_1_needed:
                bits = struct.unpack_from(self.order + "I", note, position + 8)[0]
                level = max(level, bits.bit_length())
            position += 8 + (size + step - 1) // step * step
        return min(level, 4)
