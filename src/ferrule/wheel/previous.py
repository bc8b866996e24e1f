"""A wheel of an earlier build, whose unchanged files need no new compression.

Only archives as `ferrule.wheel.archive` writes them are understood; anything
else counts as no earlier wheel. Nothing here raises for a damaged file.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ferrule.wheel.archive import directory_bytes
from ferrule.wheel.content import CHUNK_BYTES
from ferrule.wheel.entry import DEFLATED, STORED, ZIP64_SIZE, Entry
from ferrule.wheel.record import Digest, record_line

__all__ = ["PreviousWheel", "open_previous"]


@dataclass
class PreviousWheel:
    """An opened wheel with its entries and the lines of its RECORD."""

    stream: BinaryIO
    entries: dict[str, Entry]
    end: int
    """Where the central directory begins."""
    size: int
    """Size of the file in bytes."""
    record: bytes
    lines: frozenset[str]

    def matching(self, path: str, digest: Digest) -> Entry | None:
        """Return the entry with exactly this path and content, or None."""
        entry = self.entries.get(path)
        if (
            entry is None
            or (entry.size, entry.crc32) != (digest.size, digest.crc32)
            or record_line(path, digest) not in self.lines
            or not self._is_intact(entry)
        ):
            return None
        return entry

    def has_size(self, path: str, size: int) -> bool:
        """Return whether there is an entry of this path and uncompressed size."""
        entry = self.entries.get(path)
        return entry is not None and entry.size == size

    def packed(self, entry: Entry) -> Iterator[bytes]:
        """Yield the compressed content of an entry."""
        self.stream.seek(entry.offset + len(entry.local_header()))
        left = entry.compressed_size
        while left > 0:
            piece = self.stream.read(min(left, CHUNK_BYTES))
            if not piece:
                raise OSError(0, "the earlier wheel changed while it was read")
            left -= len(piece)
            yield piece

    def is_same(self, paths: list[str], record: bytes, modes: list[int]) -> bool:
        """Return whether a new archive of these entries would have equal bytes.

        All entries but RECORD must have been found by `matching` before.
        """
        entries = list(self.entries.values())
        return (
            [entry.path for entry in entries] == paths
            and [entry.mode for entry in entries] == modes
            and self.record == record
        )

    def _is_intact(self, entry: Entry) -> bool:
        # Costs a fraction of compressing, and a damaged wheel heals by building.
        unpacker = zlib.decompressobj(-15) if entry.method == DEFLATED else None
        size = crc32 = 0
        try:
            for piece in self.packed(entry):
                content = unpacker.decompress(piece) if unpacker else piece
                size += len(content)
                crc32 = zlib.crc32(content, crc32)
        except (OSError, zlib.error):
            return False
        return (size, crc32) == (entry.size, entry.crc32)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()


def open_previous(
    path: Path, *, dist_info: str, wheel_text: bytes, time: int
) -> PreviousWheel | None:
    """Open the wheel at `path` if the same ferrule wrote it, else return None.

    Another generator, time stamp or tag means other bytes: then nothing of it
    is reused, so that the result never depends on what was there before.
    """
    try:
        stream = path.open("rb")
    except OSError:
        return None
    try:
        previous = _read(stream, dist_info, wheel_text, time)
    except (OSError, ValueError, struct.error, zlib.error):
        previous = None
    if previous is None:
        stream.close()
    return previous


def _read(
    stream: BinaryIO, dist_info: str, wheel_text: bytes, time: int
) -> PreviousWheel | None:
    size = os.fstat(stream.fileno()).st_size
    stream.seek(max(size - 22, 0))
    mark, _, _, _, _, length, offset, _ = struct.unpack("<4s4H2IH", stream.read(22))
    if mark != b"PK\5\6" or offset + length + 22 != size:
        return None
    stream.seek(offset)
    directory = stream.read(length)
    entries = _parse_directory(directory)
    by_path = {entry.path: entry for entry in entries}
    if (
        directory_bytes(entries, offset)[:length] != directory
        or len(by_path) != len(entries)
        or any(entry.time != time for entry in entries)
        or not _is_gapless(stream, entries, offset)
    ):
        return None
    wheel = by_path.get(f"{dist_info}/WHEEL")
    record = by_path.get(f"{dist_info}/RECORD")
    if wheel is None or record is None:
        return None
    if _unpacked(stream, wheel) != wheel_text:
        return None
    record_bytes = _unpacked(stream, record)
    lines = frozenset(record_bytes.decode("utf-8").split("\n"))
    return PreviousWheel(stream, by_path, offset, size, record_bytes, lines)


def _parse_directory(directory: bytes) -> list[Entry]:
    entries = []
    position = 0
    while position < len(directory):
        fields = struct.unpack_from("<4s6H3I5H2I", directory, position)
        name_length, extra_length, comment_length = fields[10:13]
        start = position + 46
        position = start + name_length + extra_length + comment_length
        if fields[0] != b"PK\1\2" or position > len(directory):
            raise ValueError("not a central directory")
        entry = Entry(
            path=directory[start : start + name_length].decode("utf-8"),
            mode=fields[15] >> 16 & 0o7777,
            time=fields[6] << 16 | fields[5],
            method=fields[4],
            crc32=fields[7],
            compressed_size=fields[8],
            size=fields[9],
            offset=fields[16],
        )
        if entry.method not in (STORED, DEFLATED) or entry.size >= ZIP64_SIZE:
            raise ValueError("not an entry that can be copied")
        entries.append(entry)
    return entries


def _is_gapless(stream: BinaryIO, entries: list[Entry], end: int) -> bool:
    position = 0
    for entry in entries:
        header = entry.local_header()
        if entry.offset != position:
            return False
        stream.seek(position)
        if stream.read(len(header)) != header:
            return False
        position += len(header) + entry.compressed_size
    return position == end


def _unpacked(stream: BinaryIO, entry: Entry) -> bytes:
    stream.seek(entry.offset + len(entry.local_header()))
    content = stream.read(entry.compressed_size)
    if entry.method == DEFLATED:
        content = zlib.decompress(content, -15)
    if len(content) != entry.size or zlib.crc32(content) != entry.crc32:
        raise ValueError("damaged entry")
    return content
