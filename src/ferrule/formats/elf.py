"""What an ELF file tells its loader, linkers and debuggers.

The dynamic section is read at once; symbols, sections and notes only when they
are asked for. A damaged file gives `BrokenElfError`, when the damaged part is
read, and never anything else.
"""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import ClassVar, Literal

from ferrule.errors.formats import BrokenElfError
from ferrule.formats import elf_image as layout
from ferrule.formats.elf_image import ElfImage, Section
from ferrule.formats.elf_symbols import (
    Symbol,
    VersionNeed,
    read_symbols,
    version_definitions,
    version_needs,
)
from ferrule.formats.view import Source, open_view, read_start
from ferrule.records import dataclass

__all__ = [
    "ElfFile",
    "Section",
    "Symbol",
    "VersionNeed",
    "exported_inits",
    "is_elf",
    "read_elf",
]

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

_EXECUTABLE_STACKS = frozenset({2, 3, 8, 18, 20, 22, 40, 43, 62})
"""Machines on which a file without PT_GNU_STACK gets an executable stack: SPARC,
x86, MIPS, 32-bit PowerPC, s390, Arm and x86-64 (glibc's DEFAULT_STACK_PERMS)."""

_NT_GNU_BUILD_ID, _NT_GNU_PROPERTY, _NT_ANDROID_IDENT = 3, 5, 1
_X86_ISA_1_NEEDED = 0xC0008002


@dataclass(frozen=True)
class ElfFile:
    """What the dynamic loader learns from a file, and more when it is asked."""

    format: ClassVar[Literal["elf"]] = "elf"
    bits: Literal[32, 64]
    is_little_endian: bool
    machine: int
    """`e_machine`, for example 62 for x86-64."""
    flags: int
    """`e_flags`: the float ABI on 32-bit Arm, for example."""
    kind: int
    """`e_type`: 1 relocatable, 2 program at a fixed address, 3 shared, 4 core."""
    interpreter: str
    """The loader that a program names; empty for libraries."""
    needed: tuple[str, ...]
    soname: str
    rpath: tuple[str, ...]
    runpath: tuple[str, ...]
    has_executable_stack: bool
    has_text_relocations: bool
    relro: Literal["none", "partial", "full"]
    """Whether relocated data is made read-only before the program runs."""
    image: ElfImage = field(repr=False, compare=False)

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
    def version_needs(self) -> tuple[VersionNeed, ...]:
        """Return the symbol versions that the file asks of other libraries."""
        return tuple(version_needs(self.image))

    @cached_property
    def version_definitions(self) -> tuple[str, ...]:
        """Return the symbol versions that the file gives to others."""
        return tuple(version_definitions(self.image).values())

    @cached_property
    def imports(self) -> tuple[Symbol, ...]:
        """Return the symbols that others define, also the weak ones."""
        return tuple(read_symbols(self.image, defined=False))

    @cached_property
    def exports(self) -> tuple[Symbol, ...]:
        """Return the symbols that others can use."""
        return tuple(read_symbols(self.image, defined=True))

    @cached_property
    def defined(self) -> frozenset[str]:
        """Return the names that the file exports."""
        return frozenset(item.name for item in self.exports)

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Return the names that the file needs from others; weak ones are not."""
        return frozenset(item.name for item in self.imports if not item.is_weak)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections; none if their headers were stripped."""
        return tuple(self.image.sections())

    @property
    def has_symbol_table(self) -> bool:
        """Return whether the file still has the symbols that `strip` removes."""
        return any(item.kind == layout.SHT_SYMTAB for item in self.sections)

    @cached_property
    def build_id(self) -> str:
        """Return the GNU build id in hexadecimal; empty if there is none."""
        for note in self.image.notes():
            if (note.owner, note.kind) == (b"GNU", _NT_GNU_BUILD_ID):
                return note.content.hex()
        return ""

    @cached_property
    def android_api(self) -> int:
        """Return the Android API level it was linked for; 0 for other systems."""
        for note in self.image.notes():
            if (note.owner, note.kind) == (b"Android", _NT_ANDROID_IDENT):
                order: Literal["little", "big"] = (
                    "little" if self.is_little_endian else "big"
                )
                return int.from_bytes(note.content[:4], order)
        return 0

    @cached_property
    def isa_level(self) -> int:
        """Return the x86-64 level (v1 to v4) that the file declares to need."""
        if self.machine != layout.EM_X86_64:
            return 1
        kind = layout.PT_GNU_PROPERTY
        if self.image.segment(kind) is None:
            kind = layout.PT_NOTE
        level = 1
        for note in self.image.notes(kind):
            if (note.owner, note.kind) == (b"GNU", _NT_GNU_PROPERTY):
                level = max(level, _isa_level(note.content, self.bits // 8))
        return level


def is_elf(start: bytes) -> bool:
    """Return whether a file that begins with `start` claims to be ELF."""
    return start[:4] == b"\x7fELF"


def read_elf(source: Source, name: str = "") -> ElfFile:
    """Read a file or an image in memory.

    `name` is what errors call it. Raises `ReadError` and `BrokenElfError`, as
    the properties of the result do.
    """
    image = ElfImage(open_view(source, name, BrokenElfError))
    tags = image.tags
    needed = [value for tag, value in image.dynamic if tag == layout.DT_NEEDED]
    return ElfFile(
        bits=64 if image.is_64 else 32,
        is_little_endian=image.is_little,
        machine=image.machine,
        flags=image.flags,
        kind=image.kind,
        interpreter=image.interpreter(),
        needed=tuple(map(image.string, needed)),
        soname=image.optional_string(layout.DT_SONAME),
        rpath=_paths(image, layout.DT_RPATH),
        runpath=_paths(image, layout.DT_RUNPATH),
        has_executable_stack=_has_executable_stack(image),
        has_text_relocations=layout.DT_TEXTREL in tags
        or bool(tags.get(layout.DT_FLAGS, 0) & 4),
        relro=_relro(image),
        image=image,
    )


def exported_inits(source: Source) -> list[str] | None:
    """Return the module entry points that a library exports, sorted.

    These are `PyInit_*` (PEP 489, with `PyInitU_*` for non-ASCII names) and
    `PyModExport_*` (PEP 793). Returns None for a file of another format than
    ELF. Raises `ReadError` and `BrokenElfError`.
    """
    if not is_elf(read_start(source)):
        return None
    return sorted(name for name in read_elf(source).defined if name.startswith(_INITS))


def _paths(image: ElfImage, tag: int) -> tuple[str, ...]:
    return tuple(part for part in image.optional_string(tag).split(":") if part)


def _has_executable_stack(image: ElfImage) -> bool:
    if not image.loads:
        return False
    found = image.segment(layout.PT_GNU_STACK)
    if found is None:
        return image.machine in _EXECUTABLE_STACKS
    return bool(found.flags & layout.PF_X)


def _relro(image: ElfImage) -> Literal["none", "partial", "full"]:
    if image.segment(layout.PT_GNU_RELRO) is None:
        return "none"
    tags = image.tags
    is_full = (
        layout.DT_BIND_NOW in tags
        or tags.get(layout.DT_FLAGS, 0) & 8
        or tags.get(layout.DT_FLAGS_1, 0) & 1
    )
    return "full" if is_full else "partial"


def _isa_level(content: bytes, step: int) -> int:
    """Return the level of a property note (x86-64 psABI, "Program Property")."""
    position, level = 0, 1
    while position + 12 <= len(content):
        kind = int.from_bytes(content[position : position + 4], "little")
        size = int.from_bytes(content[position + 4 : position + 8], "little")
        if kind == _X86_ISA_1_NEEDED:
            bits = int.from_bytes(content[position + 8 : position + 12], "little")
            level = max(level, bits.bit_length())
        position += 8 + (size + step - 1) // step * step
    return min(level, 4)
