"""Texts that Cython stores compressed in its modules (from 3.2 on).

All of a module's strings stand one behind the other in one block of `.rodata`. The
block says nothing about itself, so it is found by trying. Algorithms and their marks:
`CYTHON_COMPRESS_STRINGS` in Cython's Utility/StringTools.c; zstd is not read, which
modules have only if whoever compiled them asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["compressed_texts"]

_LZSS_MARK: Final = b"LZSS string data"
"""In a message of modules that hold such a block."""
_ZLIB: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_BZIP2: Final = re.compile(rb"BZh[1-9]1AY&SY")
_LZSS: Final = re.compile(
    b"(?=["
    + b"".join(b"\\x%02x" % flags for flags in range(256) if flags & 7 == 7)
    + rb"][\t\n\r -~\x80-\xff]{3})"
)
"""Flags and three bytes of text: nothing can be repeated before these are there."""
_FEWEST_BYTES: Final = 200
"""Cython compresses only where that saves as many."""
_MOST_BYTES: Final = 1 << 24


def compressed_texts(data: bytes, content: bytes) -> bytes:
    """Return the texts in a module's data that are compressed, between zeros.

    `content` is the whole module, which holds the marks.
    """
    found = [*_streams(data)]
    if _LZSS_MARK in content:
        found += _blocks(data)
    return b"\0".join(found)


def _streams(data: bytes) -> Iterator[bytes]:
    """Yield what zlib and bzip2 can read from anywhere in the data to its end."""
    import bz2
    import zlib

    for item in _ZLIB.finditer(data):
        inflating = zlib.decompressobj()
        try:
            text = inflating.decompress(data[item.start() :], _MOST_BYTES)
        except zlib.error:
            continue
        if inflating.eof:
            yield text
    for item in _BZIP2.finditer(data):
        expanding = bz2.BZ2Decompressor()
        try:
            text = expanding.decompress(data[item.start() :], _MOST_BYTES)
        except OSError:
            continue
        if expanding.eof:
            yield text


def _blocks(data: bytes) -> Iterator[bytes]:
    """Yield what looks like a block of Cython's own format, of some length."""
    end = 0
    for item in _LZSS.finditer(data):
        start = item.start()
        if start < end:
            continue
        text, after = _expand(data, start)
        if len(text) >= _FEWEST_BYTES:
            end = after
            yield text


def _expand(data: bytes, start: int) -> tuple[bytes, int]:
    """Return what a block stands for, as far as it makes sense, and where it ends.

    Eight flags come first: a set one is for a byte, the others for what was there
    before, given by two or three bytes for how far back it ends and for its length.
    """
    text = bytearray()
    place, last = start, len(data) - 4
    while place < last:
        flags = data[place] | 0xFF00
        place += 1
        while flags & 0x100 and place < last:
            if flags & 1:
                text.append(data[place])
                place += 1
            else:
                low, high = data[place], data[place + 1]
                place += 2
                if not low & 0x80:
                    back, size = low, high
                elif not high & 0x80:
                    back, size = 0x80 + (high << 2 & 0x180 | low & 0x7F), high & 0x1F
                else:
                    back, size = 0x80 + ((high & 0x7F) << 7 | low & 0x7F), data[place]
                    place += 1
                size += 3
                begin = len(text) - back - size
                if begin < 0:
                    return bytes(text), place
                text += text[begin : begin + size]
            flags >>= 1
    return bytes(text), place
