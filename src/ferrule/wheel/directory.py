"""The structures of a zip archive: its central directory and local headers.

Format: PKWARE APPNOTE 6.3.x with zip64. The central directory is what counts,
and every local header must say the same, because installers that read a wheel
while it arrives see only those. Accepted is what any sane writer makes (data
descriptors, extra fields, comments, folders, gaps); refused is what readers
understand differently, or what could do harm. No content is unpacked here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ferrule.errors.wheel_file import (
    BrokenWheelError,
    DamagedMemberError,
    UnsafeMemberError,
    WheelBombError,
)
from ferrule.records import dataclass
from ferrule.wheel.end_record import EndRecord, find_end
from ferrule.wheel.entry import DEFLATED, STORED, Entry
from ferrule.wheel.member_names import check_tree, path_problem

__all__ = ["Directory", "read_directory"]

BOMB_SIZE = 64 << 20
BOMB_RATIO = 50
"""An archive that becomes larger than `BOMB_SIZE` bytes may be packed by at most
this factor. The package index draws the same line."""
_DEFLATE_RATIO = 1032
"""What deflate can do at most."""
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_WIDE = 0xFFFFFFFF
_ENCRYPTED, _DESCRIBED_LATER, _PATCH, _STRONG, _UTF8 = 1, 8, 0x20, 0x40, 0x800
_MASKED = 0x2000
_ZIP64_FIELD, _NAME_FIELD = 1, 0x7075
_UNIX = 3
_REGULAR, _FOLDER = 0o100000, 0o040000


@dataclass(frozen=True)
class Directory:
    """The files of an archive in their order, and where their content begins."""

    entries: Mapping[str, Entry]
    starts: Mapping[str, int]
    """Offset of the compressed content, by path."""
    folders: tuple[str, ...]
    """Entries that are folders; they carry nothing."""
    streamed: frozenset[str]
    """Files whose size is told behind them: some readers stop where the compressed
    content says, and not where the directory does."""
    comment: bytes


class _Row(NamedTuple):
    entry: Entry
    flags: int
    raw_name: bytes
    is_folder: bool


def read_directory(data: memoryview, path: Path) -> Directory:
    """Return the files of the archive in `data`, checked against harm.

    `path` is what errors call it. Raises a `BrokenWheelError`.
    """
    end = find_end(data, path)
    rows = list(_read_rows(data, end, path))
    _check_bomb(rows, len(data), path)
    starts = _check_places(data, rows, end, path)
    files = [row.entry for row in rows if not row.is_folder]
    folders = tuple(row.entry.path for row in rows if row.is_folder)
    check_tree([item.path for item in files], folders, path)
    streamed = [row.entry.path for row in rows if row.flags & _DESCRIBED_LATER]
    entries = {item.path: item for item in files}
    return Directory(entries, starts, folders, frozenset(streamed), end.comment)


# ----------------------------------------------------------- central directory


def _read_rows(data: memoryview, end: EndRecord, path: Path) -> Iterator[_Row]:
    position = end.offset
    for _ in range(end.entries):
        if position + _CENTRAL.size > end.stop:
            raise BrokenWheelError(path, "its directory has fewer files than it says")
        fields = _CENTRAL.unpack_from(data, position)
        name_at = position + _CENTRAL.size
        extra_at = name_at + fields[10]
        position = extra_at + fields[11] + fields[12]
        if fields[0] != b"PK\1\2" or position > end.stop:
            raise BrokenWheelError(path, "its directory is damaged")
        raw = bytes(data[name_at:extra_at])
        extra = data[extra_at : extra_at + fields[11]] if fields[11] else b""
        yield _make_row(fields, raw, extra, path)
    if position != end.stop:
        raise BrokenWheelError(path, "its directory has more files than it says")


def _make_row(
    fields: tuple[int, ...], raw: bytes, extra: memoryview | bytes, path: Path
) -> _Row:
    flags, method, size, packed, offset = (
        *(fields[3], fields[4]),
        *(fields[9], fields[8], fields[16]),
    )
    name = _decoded(raw, flags, path)
    if extra:
        wide = _extra_fields(extra, name, path)
        size, packed, offset = _widened(wide, (size, packed, offset), name, path)
        _check_other_name(wide, raw, name, path)
    mode = fields[15] >> 16
    _refuse_special(name, flags, method, mode, path)
    if fields[13]:
        raise BrokenWheelError(
            path, "it is in another part of the archive", member=name
        )
    is_folder = name.endswith("/")
    if is_folder and size:
        raise UnsafeMemberError(path, "it is a folder with content", member=name)
    if fields[1] >> 8 != _UNIX:
        # Other systems have no such bits, and tools make up something.
        mode = 0o755 if mode & 0o111 and not is_folder else 0o644
    entry = Entry(
        path=name,
        mode=mode & 0o7777,
        time=fields[6] << 16 | fields[5],
        method=method,
        crc32=fields[7],
        compressed_size=packed,
        size=size,
        offset=offset,
    )
    return _Row(entry, flags, raw, is_folder)


def _decoded(raw: bytes, flags: int, path: Path) -> str:
    try:
        # Python reads its table of the other encoding from a file.
        is_utf8 = flags & _UTF8 or raw.isascii()
        name = raw.decode("utf-8" if is_utf8 else "cp437")
    except UnicodeDecodeError as error:
        shown = raw.decode("utf-8", "backslashreplace")
        raise UnsafeMemberError(
            path, "its name is not the UTF-8 it claims to be", member=shown
        ) from error
    if problem := path_problem(name.removesuffix("/")):
        raise UnsafeMemberError(path, problem, member=name)
    return name


def _extra_fields(extra: memoryview | bytes, name: str, path: Path) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        position += 4 + size
        if position > len(extra):
            reason = "an extra field is longer than its room"
            raise BrokenWheelError(path, reason, member=name)
        found.setdefault(kind, bytes(extra[position - size : position]))
    return found


def _widened(
    fields: Mapping[int, bytes], values: tuple[int, ...], name: str, path: Path
) -> tuple[int, ...]:
    """Return the values, those at their limit replaced by the zip64 field's."""
    if _ZIP64_FIELD not in fields or _WIDE not in values:
        return values
    content = fields[_ZIP64_FIELD]
    found, position = [], 0
    for value in values:
        if value != _WIDE:
            found.append(value)
            continue
        if position + 8 > len(content):
            raise BrokenWheelError(path, "its zip64 field is too short", member=name)
        found.append(int.from_bytes(content[position : position + 8], "little"))
        position += 8
    return tuple(found)


def _check_other_name(
    fields: Mapping[int, bytes], raw: bytes, name: str, path: Path
) -> None:
    """Refuse a second name, which only some readers look at (Info-ZIP's 0x7075)."""
    other = fields.get(_NAME_FIELD, b"")[5:]
    if other and other not in (raw, name.encode("utf-8")):
        shown = other.decode("utf-8", "backslashreplace")
        reason = f"it has a second name, {shown!r}, which other readers would use"
        raise UnsafeMemberError(path, reason, member=name)


def _refuse_special(name: str, flags: int, method: int, mode: int, path: Path) -> None:
    refuse = partial(UnsafeMemberError, path, member=name)
    if flags & (_ENCRYPTED | _STRONG | _MASKED):
        raise refuse("it is encrypted")
    if flags & _PATCH or method not in (STORED, DEFLATED):
        raise BrokenWheelError(
            path,
            f"it is packed by method {method}; wheels may store (0) or deflate (8)",
            member=name,
        )
    kind = mode & 0o170000
    if kind == 0o120000:
        raise refuse("it is a symbolic link; wheels cannot hold links")
    if kind not in ((0, _FOLDER) if name.endswith("/") else (0, _REGULAR)):
        raise refuse("it is neither a file nor a folder")


# ---------------------------------------------------------------------- places


def _check_bomb(rows: list[_Row], file_size: int, path: Path) -> None:
    total = 0
    for row in rows:
        entry = row.entry
        total += entry.size
        if entry.method == STORED and entry.size != entry.compressed_size:
            reason = "it is stored, and its two sizes differ"
            raise BrokenWheelError(path, reason, member=entry.path)
        if entry.size > _DEFLATE_RATIO * entry.compressed_size + _DEFLATE_RATIO:
            reason = (
                f"it claims {entry.size} bytes out of {entry.compressed_size}, which "
                "no compression can do"
            )
            raise WheelBombError(path, reason, member=entry.path)
    if total > BOMB_SIZE and total > BOMB_RATIO * file_size:
        reason = (
            f"its {file_size} bytes would become {total}: more than {BOMB_RATIO} times "
            "as much"
        )
        raise WheelBombError(path, reason)


def _check_places(
    data: memoryview, rows: list[_Row], end: EndRecord, path: Path
) -> dict[str, int]:
    """Return where contents begin; every entry must have bytes of its own."""
    starts: dict[str, int] = {}
    free = 0
    before = ""
    for row in sorted(rows, key=lambda item: item.entry.offset):
        entry = row.entry
        if not before and entry.offset:
            reason = f"there are {entry.offset} bytes of other data before the archive"
            raise BrokenWheelError(path, reason)
        if entry.offset < free:
            reason = f"it overlaps {before!r}"
            raise WheelBombError(path, reason, member=entry.path)
        start = _check_local(data, row, end.offset, path)
        free = start + entry.compressed_size
        if free > end.offset:
            reason = "its content reaches into the directory"
            raise BrokenWheelError(path, reason, member=entry.path)
        if row.flags & _DESCRIBED_LATER:
            free += _descriptor_size(data, entry, free, end.offset, path)
        starts[entry.path] = start
        before = entry.path
    return starts


def _check_local(data: memoryview, row: _Row, limit: int, path: Path) -> int:
    """Return where the content begins; the local header must fit the directory."""
    entry = row.entry
    refuse = partial(DamagedMemberError, path, member=entry.path)
    if entry.offset + _LOCAL.size > limit:
        raise refuse("its local header is missing")
    fields = _LOCAL.unpack_from(data, entry.offset)
    name_at = entry.offset + _LOCAL.size
    extra_at = name_at + int(fields[9])
    start = extra_at + int(fields[10])
    if fields[0] != b"PK\3\4" or start > limit:
        raise refuse("its local header is damaged")
    sizes = (fields[8], fields[7])
    if fields[10]:
        wide = _extra_fields(data[extra_at:start], entry.path, path)
        sizes = _widened(wide, sizes, entry.path, path)  # type: ignore[assignment]
        _check_other_name(wide, row.raw_name, entry.path, path)
    told = (fields[6], *sizes)
    listed = (entry.crc32, entry.size, entry.compressed_size)
    is_later = bool(row.flags & _DESCRIBED_LATER)
    if told != listed and not (is_later and set(told) <= {0, _WIDE, *listed}):
        raise refuse("its local header has another size or checksum than the directory")
    shared = _ENCRYPTED | _DESCRIBED_LATER | _UTF8
    if (fields[2] ^ row.flags) & shared or fields[3] != entry.method:
        raise refuse("its local header has other flags than the directory")
    if data[name_at:extra_at] != row.raw_name:
        shown = bytes(data[name_at:extra_at]).decode("utf-8", "backslashreplace")
        raise refuse(f"its local header calls it {shown!r}")
    return start


def _descriptor_size(
    data: memoryview, entry: Entry, place: int, limit: int, path: Path
) -> int:
    """Return the size of the data descriptor, which comes in four forms."""
    for layout in ("<4sIQQ", "<4sIII", "<IQQ", "<III"):
        size = struct.calcsize(layout)
        if place + size > limit:
            continue
        told = struct.unpack_from(layout, data, place)
        if layout[1] == "4" and told[0] != b"PK\7\x08":
            continue
        if told[-3:] == (entry.crc32, entry.compressed_size, entry.size):
            return size
    reason = "its data descriptor has another size or checksum than the directory"
    raise DamagedMemberError(path, reason, member=entry.path)
