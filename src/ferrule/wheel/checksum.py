"""Checksums of zip entries, by libdeflate where it is installed."""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.wheel.content import Buffer

__all__ = ["LARGE", "compute_crc32", "find_libdeflate"]

LARGE = 1 << 16
"""From here on a faster library pays for its import."""


def compute_crc32(content: Buffer, before: int = 0) -> int:
    """Return the CRC-32 of content that follows content with the CRC-32 `before`.

    libdeflate takes a fifth of zlib's time.
    """
    deflate = find_libdeflate() if len(content) >= LARGE else None
    if deflate is None:
        return zlib.crc32(content, before)
    found: int = deflate.crc32(content, before)
    return found


@cache
def find_libdeflate() -> Any:
    """Return the package `deflate`; None where it is not installed."""
    try:
        import deflate
    except ImportError:
        return None
    return deflate
