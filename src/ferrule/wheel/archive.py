"""A deterministic zip writer for wheels.

Entries have no extra fields, no data descriptors and no folders; times, modes
and order are given by the caller. Format: PKWARE APPNOTE 6.3.x; zip64 records
appear only where sizes or counts demand them. `zipfile` is not used: hashing,
checksum and compression happen at the same time, and unchanged entries are
copied from an earlier archive without being compressed again.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import field, replace
from pathlib import Path
from typing import BinaryIO

from ferrule.errors.files import ReadError
from ferrule.records import dataclass
from ferrule.wheel.checksum import compute_crc32
from ferrule.wheel.content import Buffer, Content, chunks, content_size
from ferrule.wheel.deflate import Block, Compression, pack
from ferrule.wheel.entry import DEFLATED, STORED, ZIP64_SIZE, Entry
from ferrule.wheel.record import Digest

__all__ = [
    "Addition",
    "ArchiveWriter",
    "Copied",
    "digest_content",
    "directory_bytes",
    "dos_time",
]

ZIP64_COUNT = 0xFFFF
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")


def dos_time(source_date_epoch: int | None) -> int:
    """Return the time stamp of all entries: 1980-01-01, or the given moment.

    Moments outside of what zip can express (1980 to 2107) are moved to its ends.
    """
    first, last = 315532800, 4354819198
    if source_date_epoch is None or source_date_epoch <= first:
        return 1 << 21 | 1 << 16
    from time import gmtime

    moment = gmtime(min(source_date_epoch, last))
    date = (moment.tm_year - 1980) << 9 | moment.tm_mon << 5 | moment.tm_mday
    return date << 16 | moment.tm_hour << 11 | moment.tm_min << 5 | moment.tm_sec // 2


def digest_content(source: Content) -> Digest:
    """Return size, checksum and hash of a file or of bytes. Raises `ReadError`."""
    meter = _Meter()
    for piece in chunks(source):
        meter.update(piece)
    return meter.digest()


class _Meter:
    def __init__(self) -> None:
        self.size = 0
        self.crc32 = 0
        self.sha256 = hashlib.sha256()

    def update(self, piece: Buffer) -> None:
        self.size += len(piece)
        self.crc32 = compute_crc32(piece, self.crc32)
        self.sha256.update(piece)

    def digest(self) -> Digest:
        return Digest(self.size, self.crc32, self.sha256.digest())


@dataclass(frozen=True)
class Addition:
    """A file to compress into an archive."""

    path: str
    source: Content
    mode: int
    """Unix permission bits."""


@dataclass(frozen=True)
class Copied:
    """An entry of another archive whose compressed content is taken as it is."""

    entry: Entry
    content: Iterable[Buffer]


@dataclass
class ArchiveWriter:
    """Writes entries one after the other, then the central directory."""

    stream: BinaryIO
    time: int
    compression: Compression = field(default_factory=Compression)
    entries: list[Entry] = field(default_factory=list)
    _offset: int = 0

    def write(self, items: Sequence[Addition | Copied]) -> list[Digest | None]:
        """Write files in order, and compress several at the same time.

        A file that becomes no smaller is stored. Returns what RECORD needs to
        know, and None for those that were copied. Raises `ReadError`.
        """
        added = [item.source for item in items if isinstance(item, Addition)]
        digests: list[Digest | None] = []
        with closing(pack(added, self.compression)) as blocks:
            for item in items:
                if isinstance(item, Copied):
                    self.copy(item.entry, item.content)
                    digests.append(None)
                else:
                    digests.append(self._add(item, blocks))
        return digests

    def add(self, path: str, source: Content, *, mode: int) -> Digest:
        """Write one file, as `write` does."""
        with closing(pack([source], self.compression)) as blocks:
            return self._add(Addition(path, source, mode), blocks)

    def copy(self, entry: Entry, content: Iterable[Buffer]) -> None:
        """Add an entry of another archive with its compressed content as it is."""
        moved = replace(entry, offset=self._offset)
        self.stream.write(moved.local_header())
        for piece in content:
            self.stream.write(piece)
        size = len(moved.local_header()) + moved.compressed_size
        self._finish(moved, self._offset + size)

    def close(self) -> None:
        """Write the central directory; the stream stays open."""
        self.stream.write(directory_bytes(self.entries, self._offset))

    def _add(self, item: Addition, blocks: Iterator[Block]) -> Digest:
        # The header is written last, when the sizes are known; its own size
        # depends on whether the file is beyond the zip64 limit.
        guess = Digest(content_size(item.source), 0, b"")
        start = self._offset + len(self._entry(item, STORED, guess, 0).local_header())
        self.stream.seek(start)
        meter, packed_size = _Meter(), 0
        method = DEFLATED
        for block in blocks:
            meter.update(block.content)
            if block.is_first and block.is_last and len(block.packed) >= meter.size:
                method, block.packed = STORED, block.content
            packed_size += self.stream.write(block.packed)
            if block.is_last:
                if block.file is not None:
                    block.file.check()
                break
        if method == DEFLATED and packed_size >= meter.size:
            method = STORED
            meter, packed_size = self._store(item.source, start)
        if (meter.size >= ZIP64_SIZE) != (guess.size >= ZIP64_SIZE):
            changed = OSError(0, "the file changed while it was being read")
            raise ReadError(Path(item.path), changed)
        digest = meter.digest()
        entry = self._entry(item, method, digest, packed_size)
        self.stream.seek(self._offset)
        self.stream.write(entry.local_header())
        self.stream.seek(start + packed_size)
        self._finish(entry, start + packed_size)
        return digest

    def _store(self, source: Content, start: int) -> tuple[_Meter, int]:
        self.stream.seek(start)
        meter = _Meter()
        for piece in chunks(source):
            meter.update(piece)
            self.stream.write(piece)
        self.stream.truncate()
        return meter, meter.size

    def _entry(
        self, item: Addition, method: int, digest: Digest, packed_size: int
    ) -> Entry:
        return Entry(
            path=item.path,
            mode=item.mode,
            time=self.time,
            method=method,
            crc32=digest.crc32,
            compressed_size=packed_size,
            size=digest.size,
            offset=self._offset,
        )

    def _finish(self, entry: Entry, end: int) -> None:
        self.entries.append(entry)
        self._offset = end


def directory_bytes(entries: list[Entry], offset: int) -> bytes:
    """Return central directory and end records for entries that end at `offset`."""
    directory = b"".join(entry.central_header() for entry in entries)
    count, size = len(entries), len(directory)
    parts = [directory]
    if count >= ZIP64_COUNT or offset >= ZIP64_SIZE or size >= ZIP64_SIZE:
        end = offset + size
        parts.append(
            _END64.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
        )
        parts.append(_LOCATOR64.pack(b"PK\6\7", 0, end, 1))
    few = min(count, 0xFFFF)
    parts.append(
        _END.pack(
            b"PK\5\6", 0, 0, few, few, min(size, 0xFFFFFFFF), min(offset, 0xFFFFFFFF), 0
        )
    )
    return b"".join(parts)
