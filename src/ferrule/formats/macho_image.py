"""The header and load commands of a Mach-O file, and the slices of a fat one.

Source: Apple's `mach-o/loader.h` and `mach-o/fat.h`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ferrule.formats.view import View

__all__ = ["LoadCommand", "MachImage", "MachSection", "MachSegment", "Slice", "slices"]

LC_SEGMENT, LC_SYMTAB, LC_DYSYMTAB, LC_LOAD_DYLIB = 0x1, 0x2, 0xB, 0xC
LC_ID_DYLIB, LC_SEGMENT_64, LC_UUID, LC_CODE_SIGNATURE = 0xD, 0x19, 0x1B, 0x1D
LC_LAZY_LOAD_DYLIB, LC_DYLD_INFO, LC_BUILD_VERSION = 0x20, 0x22, 0x32
LC_DATA_IN_CODE, LC_SOURCE_VERSION = 0x29, 0x2A
LC_LOAD_WEAK_DYLIB, LC_RPATH, LC_REEXPORT_DYLIB = 0x80000018, 0x8000001C, 0x8000001F
LC_DYLD_INFO_ONLY, LC_LOAD_UPWARD_DYLIB = 0x80000022, 0x80000023
LC_DYLD_EXPORTS_TRIE, LC_DYLD_CHAINED_FIXUPS = 0x80000033, 0x80000034
MH_OBJECT, MH_EXECUTE, MH_DYLIB, MH_BUNDLE = 1, 2, 6, 8
CPU_X86_64, CPU_ARM64 = 0x01000007, 0x0100000C

_MAGICS = {
    b"\xfe\xed\xfa\xce": (">", 32),
    b"\xce\xfa\xed\xfe": ("<", 32),
    b"\xfe\xed\xfa\xcf": (">", 64),
    b"\xcf\xfa\xed\xfe": ("<", 64),
}
FAT_MAGICS = {b"\xca\xfe\xba\xbe": 32, b"\xca\xfe\xba\xbf": 64}
_MAX_ALIGN = 20
_MAX_SLICES = 42
"""Java's class files have the same signature; there follows a larger number."""


class Slice(NamedTuple):
    """One entry of a fat file's table; a thin file is its own only slice."""

    cpu_type: int
    cpu_subtype: int
    offset: int
    size: int
    align: int
    """The exponent of the power of two to which the offset is aligned."""


class LoadCommand(NamedTuple):
    """Kind, place and size of one load command."""

    kind: int
    offset: int
    size: int


class MachSection(NamedTuple):
    """One section."""

    segment: str
    name: str
    address: int
    offset: int
    size: int
    flags: int

    @property
    def is_stored(self) -> bool:
        """Return whether the file has content for it: it is not filled with zeros."""
        return self.flags & 0xFF not in (1, 12, 18) and self.offset > 0


class MachSegment(NamedTuple):
    """One segment and its sections."""

    name: str
    address: int
    memory_size: int
    offset: int
    file_size: int
    sections: tuple[MachSection, ...]
    command: LoadCommand


def is_macho(start: bytes) -> bool:
    """Return whether a file that begins with `start` claims to be Mach-O.

    Eight bytes tell a fat file from one of Java's classes.
    """
    if start[:4] in FAT_MAGICS:
        return int.from_bytes(start[4:8], "big") <= _MAX_SLICES
    return start[:4] in _MAGICS


def slices(view: View) -> tuple[Slice, ...] | None:
    """Return the table of a fat file; None for a thin one."""
    start = view.bytes_at(0, 4, "the header")
    if start not in FAT_MAGICS:
        return None
    view.order = ">"
    (count,) = view.unpack("I", 4, "the header")
    if count > _MAX_SLICES:
        raise view.broken("it is a Java class, or its table has too many entries")
    layout = "5I" if FAT_MAGICS[start] == 32 else "2I2QI4x"
    found = tuple(
        Slice._make(row) for row in view.table(layout, 8, count, "the table of slices")
    )
    for item in found:
        view.slice_at(item.offset, item.size, "a slice")
        if item.align > _MAX_ALIGN:
            raise view.broken("a slice has an impossible alignment")
    return found


class MachImage:
    """The bounds-checked load commands of one slice."""

    def __init__(self, view: View) -> None:
        self.view = view
        magic = view.bytes_at(0, 4, "the header")
        if magic not in _MAGICS:
            raise view.broken("it does not begin with a signature of Mach-O")
        view.order, self.bits = _MAGICS[magic]
        header = view.unpack("6I", 4, "the header")
        self.cpu_type, self.cpu_subtype, self.file_type = header[:3]
        count, self.commands_size, self.flags = header[3:]
        self.header_size = 32 if self.bits == 64 else 28
        self.commands = self._read_commands(count)

    def _read_commands(self, count: int) -> list[LoadCommand]:
        view, position = self.view, self.header_size
        end = position + self.commands_size
        view.slice_at(position, self.commands_size, "the load commands")
        commands = []
        for _ in range(count):
            if position + 8 > end:
                raise view.broken("its load commands overlap what follows them")
            kind, size = view.unpack("2I", position, "a load command")
            if size < 8 or size % 4 or position + size > end:
                raise view.broken("a load command has an impossible size")
            commands.append(LoadCommand(kind, position, size))
            position += size
        return commands

    def find(self, *kinds: int) -> LoadCommand | None:
        """Return the first load command of one of these kinds."""
        return next((item for item in self.commands if item.kind in kinds), None)

    def fields(self, command: LoadCommand, layout: str) -> tuple[int, ...]:
        """Return the numbers that follow kind and size."""
        return self.view.unpack(layout, command.offset + 8, "a load command")

    def text(self, command: LoadCommand, start: int) -> str:
        """Return the text in a load command, which may go up to its end."""
        view, what = self.view, "a name in a load command"
        end = command.offset + command.size
        text = view.slice_at(command.offset + start, command.size - start, what)
        if 0 in text:
            return view.text_at(command.offset + start, end, what)
        return bytes(text).decode("utf-8", "backslashreplace")

    def segments(self) -> list[MachSegment]:
        """Return the segments in the order of their commands."""
        return [
            self._segment(item)
            for item in self.commands
            if item.kind in (LC_SEGMENT, LC_SEGMENT_64)
        ]

    def _segment(self, command: LoadCommand) -> MachSegment:
        view, wide = self.view, command.kind == LC_SEGMENT_64
        layout, size = ("16s4Q4I", 72) if wide else ("16s8I", 56)
        row = view.unpack(layout, command.offset + 8, "a segment")
        count = row[7]
        if size + count * (80 if wide else 68) > command.size:
            raise view.broken("a segment has more sections than its command holds")
        layout = "16s16s2Q8I" if wide else "16s16s9I"
        rows = view.table(layout, command.offset + size, count, "the sections")
        sections = tuple(
            MachSection(
                _name(item[1]), _name(item[0]), item[2], item[4], item[3], item[8]
            )
            for item in rows
        )
        return MachSegment._make((_name(row[0]), *row[1:5], sections, command))


def _name(text: bytes) -> str:
    return text.rstrip(b"\0").decode("utf-8", "backslashreplace")
