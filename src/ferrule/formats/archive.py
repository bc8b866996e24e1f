"""Archives of object files: static libraries and import libraries.

Four dialects of `ar` are read: GNU's with its thin form, BSD's (also Apple's),
and Microsoft's, in which import libraries are written. Sources: `ar(5)`; Microsoft's
"PE Format", sections on archives and on import libraries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ferrule.errors.formats import BrokenArchiveError
from ferrule.formats.view import Source, View, decode, open_view

__all__ = ["Archive", "ArchiveMember", "ImportObject", "is_archive", "read_archive"]

_MAGIC, _THIN_MAGIC = b"!<arch>\n", b"!<thin>\n"
_INDEXES = frozenset(
    {
        *("/", "/SYM64/", "/<ECSYMBOLS>/", "/<XFGHASHMAP>/"),
        *("__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED"),
    }
)

Kind = Literal["gnu", "bsd", "coff"]


@dataclass(frozen=True)
class ArchiveMember:
    """One file in an archive."""

    name: str
    offset: int
    """Where its content begins; where its header ends in a thin archive."""
    size: int
    modified: int
    mode: int
    has_name_inside: bool
    """BSD's `ar` stores long names before the content."""


@dataclass(frozen=True)
class ImportObject:
    """One entry of an import library: a symbol and the DLL that has it."""

    dll: str
    symbol: str
    machine: int
    ordinal: int | None
    """The number by which it is imported; None if that happens by name."""


@dataclass(frozen=True)
class Archive:
    """The list of an archive's members, and what they say when it is asked."""

    kind: Kind
    is_thin: bool
    """Members are not in the archive: their names are paths, relative to it."""
    members: tuple[ArchiveMember, ...]
    """The files; indexes and tables of names are left out."""
    view: View = field(repr=False, compare=False)
    index: ArchiveMember | None = field(repr=False, compare=False)

    def content(self, member: ArchiveMember) -> memoryview:
        """Return the content of a member. Raises `BrokenArchiveError`."""
        if self.is_thin:
            raise self.view.broken(f"it is thin: {member.name} is a file of its own")
        return self.view.slice_at(member.offset, member.size, "a member")

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that linkers find through the index, sorted."""
        if self.index is None:
            return ()
        return tuple(sorted(_indexed(self.view, self.index)))

    @cached_property
    def imports(self) -> tuple[ImportObject, ...]:
        """Return the entries in Microsoft's short form."""
        if self.is_thin:
            return ()
        return tuple(_import_objects(self.view, self.members))

    @cached_property
    def dlls(self) -> tuple[str, ...]:
        """Return the DLLs that an import library stands for, sorted.

        Both forms are known: Microsoft's, and whole objects as GNU's tools
        write them.
        """
        if self.is_thin:
            return ()
        found = {item.dll for item in self.imports}
        found.update(_dll_names(self.view, self.members))
        return tuple(sorted(found))


def is_archive(start: bytes) -> bool:
    """Return whether a file that begins with `start` claims to be an archive."""
    return start[:8] in (_MAGIC, _THIN_MAGIC)


def read_archive(source: Source, name: str = "") -> Archive:
    """Read the list of members.

    `name` is what errors call the archive. Raises `ReadError` and
    `BrokenArchiveError`, as the properties of the result do.
    """
    view = open_view(source, name, BrokenArchiveError)
    magic = view.bytes_at(0, 8, "the header")
    if magic not in (_MAGIC, _THIN_MAGIC):
        raise view.broken("it does not begin with the signature of archives")
    is_thin = magic == _THIN_MAGIC
    members: list[ArchiveMember] = []
    indexes: list[ArchiveMember] = []
    kind: Kind = "gnu"
    for member in _all_members(view, is_thin=is_thin):
        if member.name in _INDEXES:
            indexes.append(member)
        else:
            members.append(member)
        if member.name.startswith("__.SYMDEF") or member.has_name_inside:
            kind = "bsd"
    if len(indexes) > 1 and indexes[1].name == "/":
        kind = "coff"
    first = indexes[0] if indexes else None
    return Archive(kind, is_thin, tuple(members), view, first)


def _all_members(view: View, *, is_thin: bool) -> Iterator[ArchiveMember]:
    """Yield all members except the table of long names."""
    names, position = (0, 0), 8
    while position < view.size:
        row = view.unpack("16s12s6s6s8s10s2s", position, "a member's header")
        if row[6] != b"`\n":
            raise view.broken("a member's header has no end mark")
        start, size = position + 60, _number(view, row[5], 10)
        raw = row[0].rstrip(b" ")
        is_stored = not is_thin or raw in (b"/", b"//", b"/SYM64/")
        if is_stored:
            view.slice_at(start, size, "a member")
        if raw == b"//":
            names = start, start + size
        else:
            name, skipped = _name(view, raw, names, (start, size))
            yield ArchiveMember(
                name,
                start + skipped,
                size - skipped,
                _number(view, row[1], 10),
                _number(view, row[4], 8),
                skipped > 0,
            )
        position = start + (size + size % 2 if is_stored else 0)


def _number(view: View, text: bytes, base: int) -> int:
    digits = text.rstrip(b" \0")
    if not digits:
        return 0
    if digits[:1] == b"-" and digits[1:].isdigit():
        # Microsoft's tools write -1 where there is no time.
        return -1
    if not digits.isdigit() or (base == 8 and (b"8" in digits or b"9" in digits)):
        raise view.broken("a number in a member's header is none")
    return int(digits, base)


def _name(
    view: View, raw: bytes, names: tuple[int, int], content: tuple[int, int]
) -> tuple[str, int]:
    """Return a member's name, and how many bytes of the content hold it."""
    start, size = content
    if raw[:3] == b"#1/":
        length = _number(view, raw[3:], 10)
        if length > size:
            raise view.broken("a member's name is longer than the member")
        text = view.bytes_at(start, length, "a member's name")
        return decode(text.rstrip(b"\0")), length
    if raw[:1] == b"/" and raw[1:].isdigit():
        offset = names[0] + int(raw[1:])
        table = view.slice_at(names[0], names[1] - names[0], "the long names")
        rest = bytes(table[offset - names[0] : offset - names[0] + 4096])
        # GNU's tools end a name with a slash and a line, Microsoft's with a zero.
        ends = [end for end in (rest.find(b"/\n"), rest.find(b"\0")) if end >= 0]
        if not ends:
            raise view.broken("a long name lies outside of its table")
        return decode(rest[: min(ends)]), 0
    if raw[:1] != b"/" and raw.endswith(b"/"):
        raw = raw[:-1]
    return decode(raw), 0


def _indexed(view: View, index: ArchiveMember) -> set[str]:
    part = view.part(index.offset, index.size, "the index", view.name)
    if index.name.startswith("__.SYMDEF"):
        return set(_bsd_index(part, wide="_64" in index.name))
    part.order = ">"
    form, width = ("Q", 8) if index.name == "/SYM64/" else ("I", 4)
    (count,) = part.unpack(form, 0, "the index")
    names = part.bytes_at(
        width * (count + 1), part.size - width * (count + 1), "the index"
    ).split(b"\0", count)
    if len(names) <= count:
        raise part.broken("its index has fewer names than it says")
    return {decode(name) for name in names[:count]}


def _bsd_index(part: View, *, wide: bool) -> Iterator[str]:
    form, width = ("Q", 8) if wide else ("I", 4)
    (size,) = part.unpack(form, 0, "the index")
    rows = part.table(2 * form, width, size // (2 * width), "the index")
    start = 2 * width + size
    for offset, _ in rows:
        yield part.text_at(start + offset, part.size, "a name in the index")


def _import_objects(
    view: View, members: tuple[ArchiveMember, ...]
) -> Iterator[ImportObject]:
    for member in members:
        if member.size < 20:
            continue
        row = view.unpack("4H2I2H", member.offset, "a member")
        if row[0] != 0 or row[1] != 0xFFFF or row[2] != 0:
            continue
        end = member.offset + member.size
        symbol = view.text_at(member.offset + 20, end, "an imported name")
        after = member.offset + 20 + len(symbol.encode("utf-8", "replace")) + 1
        dll = view.text_at(after, end, "a DLL's name")
        by_number = row[7] >> 2 & 7 == 0
        yield ImportObject(dll, symbol, row[3], row[6] if by_number else None)


def _dll_names(view: View, members: tuple[ArchiveMember, ...]) -> Iterator[str]:
    """Yield the names in sections `.idata$7` of objects that GNU's tools wrote."""
    for member in members:
        if member.size < 20:
            continue
        part = view.part(member.offset, member.size, "a member", view.name)
        machine, count, _, _, _, optional, _ = part.unpack("2H3I2H", 0, "a member")
        if machine not in (0x14C, 0x8664, 0xAA64, 0x1C4) or count > 96:
            continue
        rows = part.table("8s6I2HI", 20 + optional, count, "the sections")
        for name, _, _, size, offset, _, _, relocations, _, _ in rows:
            if name == b".idata$7" and size > 4 and not relocations:
                yield part.text_at(offset, offset + size, "a DLL's name")
