"""Reading a libpython.a before anything is linked to it.

Of each member it is found out what kind of code it holds, because linkers differ
in what they accept, and most of them say so badly. Pure: nothing is run. The
section `.gnu.lto_.lto.*` of GCC's objects begins with the format's major and minor
number and a byte that is set in slim ones (GCC's lto-streamer.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ferrule.errors.static_link import ThinMemberError
from ferrule.formats.archive import read_archive
from ferrule.formats.bitcode import is_bitcode, read_producer
from ferrule.formats.elf_object import ElfObject, read_object
from ferrule.formats.view import read_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ferrule.formats.archive import Archive

__all__ = ["ArchiveFacts", "Code", "MemberFacts", "examine_archive", "open_members"]

Code = Literal["machine", "gcc-fat", "gcc-slim", "llvm", "other"]
"""Machine code; that and GCC's intermediate code; GCC's alone; LLVM's; no object."""

_LTO_SECTION: Final = ".gnu.lto_.lto."
_LTO_PREFIX: Final = ".gnu.lto_"
_SLIM_SYMBOL: Final = "__gnu_lto_slim"
_MACH_O: Final = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")

_FIXED_ADDRESS: Final = {
    3: frozenset[int](),
    62: frozenset((10, 11, 12, 14)),
    183: frozenset((258, 259, *range(263, 270))),
    40: frozenset((43, 44, 47, 48)),
    21: frozenset((1, 2, 3, 4, 5, 6)),
    22: frozenset((1, 2, 3, 4, 57)),
    243: frozenset((26,)),
    258: frozenset((64,)),
}
"""Relocations of a whole or cut address, which no loader can make, by e_machine.
Sources: the psABI supplements of each processor."""
_POINTER: Final = {3: 1, 62: 1, 183: 257, 40: 2, 21: 38, 22: 22, 243: 2, 258: 2}
"""The relocation of a pointer, which the loader can make where it may write."""


@dataclass(frozen=True)
class MemberFacts:
    """What one member of an archive holds."""

    name: str
    code: Code
    machine: int = 0
    """`e_machine` of an ELF object; 0 for everything else."""
    has_fixed_addresses: bool = False
    """Whether it can only be part of a program at a fixed address."""
    lto: tuple[int, int] = (0, 0)
    """Format of GCC's intermediate code; its major number is that of GCC."""
    producer: str = ""
    """Compiler that wrote LLVM's intermediate code."""


@dataclass(frozen=True)
class ArchiveFacts:
    """What a static library holds."""

    path: Path
    is_thin: bool
    members: tuple[MemberFacts, ...]

    @property
    def codes(self) -> frozenset[Code]:
        """Return the kinds of code in it."""
        return frozenset(item.code for item in self.members)

    @property
    def machines(self) -> tuple[int, ...]:
        """Return the processors that it is for, sorted: normally one."""
        return tuple(sorted({item.machine for item in self.members if item.machine}))

    @property
    def fixed(self) -> tuple[str, ...]:
        """Return the names of members that are not position-independent."""
        return tuple(item.name for item in self.members if item.has_fixed_addresses)

    @property
    def lto_majors(self) -> tuple[int, ...]:
        """Return the releases of GCC whose intermediate code is in it, sorted."""
        found = {item.lto[0] for item in self.members if item.code.startswith("gcc-")}
        return tuple(sorted(found))

    @property
    def producers(self) -> tuple[str, ...]:
        """Return the compilers whose bitcode is in it, sorted."""
        found = {item.producer for item in self.members if item.code == "llvm"}
        return tuple(sorted(found))

    def summary(self) -> str:
        """Return one line about it for people."""
        words = []
        for code, text in (
            ("machine", "machine code"),
            ("gcc-fat", "machine code with GCC's intermediate code"),
            ("gcc-slim", "GCC's intermediate code only"),
            ("llvm", "LLVM bitcode"),
        ):
            count = sum(item.code == code for item in self.members)
            if count:
                words.append(f"{count} of {text}")
        kind = "not position-independent" if self.fixed else "position-independent"
        objects = ", ".join(words) or "no object"
        return f"{len(self.members)} members, {objects}; {kind}"


def examine_archive(path: Path) -> ArchiveFacts:
    """Return what each member of a static library holds.

    Raises `ReadError`, `BrokenArchiveError`, `BrokenElfError` and
    `ThinMemberError`.
    """
    archive = read_archive(path)
    members = [
        _examine_member(name, content) for name, content in open_members(path, archive)
    ]
    return ArchiveFacts(path, archive.is_thin, tuple(members))


def open_members(path: Path, archive: Archive) -> Iterator[tuple[str, memoryview]]:
    """Yield name and content of each member, those of thin archives too.

    Raises `BrokenArchiveError`, `ReadError` and `ThinMemberError`.
    """
    for member in archive.members:
        if not archive.is_thin:
            yield member.name, archive.content(member)
            continue
        file = path.parent / member.name
        if not file.is_file():
            raise ThinMemberError(str(path), str(file))
        yield member.name, memoryview(file.read_bytes())


def _examine_member(name: str, content: memoryview) -> MemberFacts:
    start = read_start(content)
    if is_bitcode(start):
        return MemberFacts(name, "llvm", producer=read_producer(content))
    if start[:4] in _MACH_O:
        return MemberFacts(name, "machine")
    if start[:4] != b"\x7fELF":
        return MemberFacts(name, "other")
    found = read_object(content, name)
    if found.image.kind != 1:
        raise found.view.broken("it is a member of a static library, and no object")
    code, lto = _lto(found)
    return MemberFacts(
        name,
        code,
        machine=found.machine,
        has_fixed_addresses=code != "gcc-slim" and _has_fixed_addresses(found),
        lto=lto,
    )


def _lto(found: ElfObject) -> tuple[Code, tuple[int, int]]:
    sections = [item for item in found.sections if item.name.startswith(_LTO_PREFIX)]
    if not sections:
        return "machine", (0, 0)
    version = (0, 0)
    for section in sections:
        if section.name.startswith(_LTO_SECTION) and section.size >= 5:
            head = found.view.unpack("2HB", section.offset, "GCC's own section")
            version = (head[0], head[1])
            return ("gcc-slim" if head[2] else "gcc-fat"), version
    # Before GCC 10 only this symbol tells it.
    is_slim = any(item.name == _SLIM_SYMBOL for item in found.symbols())
    return ("gcc-slim" if is_slim else "gcc-fat"), version


def _has_fixed_addresses(found: ElfObject) -> bool:
    """Return whether no loader could move the object's code.

    Only what is in memory at run time counts: DWARF is full of such relocations.
    """
    machine = found.machine
    if machine not in _POINTER:
        return False
    for table, section in found.relocated():
        if not section.is_loaded:
            continue
        kinds = found.relocation_kinds(table)
        if kinds & _FIXED_ADDRESS[machine]:
            return True
        if _POINTER[machine] in kinds and not section.is_writable:
            return True
    return False
