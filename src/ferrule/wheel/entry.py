"""One file of a zip archive, as headers and directories describe it.

Format: PKWARE APPNOTE 6.3.x; zip64 fields appear only where sizes demand them.
"""

from __future__ import annotations

import struct

from ferrule.records import dataclass

__all__ = ["DEFLATED", "STORED", "ZIP64_SIZE", "Entry"]

STORED = 0
DEFLATED = 8
ZIP64_SIZE = 0xFFFFFFFF
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")


@dataclass(frozen=True)
class Entry:
    """One file of an archive, as the central directory describes it."""

    path: str
    mode: int
    """Unix permission bits."""
    time: int
    """DOS date and time in one number."""
    method: int
    crc32: int
    compressed_size: int
    size: int
    offset: int
    """Where the local header begins."""

    def local_header(self) -> bytes:
        """Return the bytes that stand before the content."""
        name, flags = _encoded_name(self.path)
        large = self.size >= ZIP64_SIZE
        extra = (
            struct.pack("<2H2Q", 1, 16, self.size, self.compressed_size)
            if large
            else b""
        )
        return (
            _LOCAL.pack(
                b"PK\3\4",
                45 if large else 20,
                flags,
                self.method,
                self.time & 0xFFFF,
                self.time >> 16,
                self.crc32,
                0xFFFFFFFF if large else self.compressed_size,
                0xFFFFFFFF if large else self.size,
                len(name),
                len(extra),
            )
            + name
            + extra
        )

    def central_header(self) -> bytes:
        """Return the entry of the central directory."""
        name, flags = _encoded_name(self.path)
        wide = []
        if large := self.size >= ZIP64_SIZE:
            wide += [self.size, self.compressed_size]
        if far := self.offset >= ZIP64_SIZE:
            wide.append(self.offset)
        extra = (
            struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        )
        version = 45 if wide else 20
        return (
            _CENTRAL.pack(
                b"PK\1\2",
                3 << 8 | version,
                version,
                flags,
                self.method,
                self.time & 0xFFFF,
                self.time >> 16,
                self.crc32,
                0xFFFFFFFF if large else self.compressed_size,
                0xFFFFFFFF if large else self.size,
                len(name),
                len(extra),
                0,
                0,
                0,
                (0o100000 | self.mode) << 16,
                0xFFFFFFFF if far else self.offset,
            )
            + name
            + extra
        )


def _encoded_name(path: str) -> tuple[bytes, int]:
    if path.isascii():
        return path.encode("ascii"), 0
    return path.encode("utf-8"), 0x800
