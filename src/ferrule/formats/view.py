"""A bounds-checked view of a file that is mapped or already in memory.

All readers of this layer go through it, so that a damaged file gives their
format's `BrokenBinaryError` and never anything else. Nothing is copied except
what is asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from ferrule.errors.files import ReadError
from ferrule.mapping import map_file

if TYPE_CHECKING:
    from ferrule.errors.formats import BrokenBinaryError

__all__ = ["Source", "View", "open_view", "read_start", "source_name"]

Source = Union[Path, bytes, bytearray, memoryview, mmap]
"""A file, or its content. A file stays mapped as long as facts of it are kept."""

_NAME_BUDGET = 16
"""Names may share bytes, but only a crafted file shares them so often."""


class View:
    """Bytes that know their name and refuse to be read past their end."""

    __slots__ = ("_budget", "_error", "data", "name", "order", "size")

    def __init__(
        self,
        data: memoryview,
        name: str,
        error: type[BrokenBinaryError],
        order: str = "<",
    ) -> None:
        self.data = data
        self.size = len(data)
        self.name = name
        self.order = order
        """`<` or `>`, as `struct` spells the byte order."""
        self._error = error
        self._budget = _NAME_BUDGET * self.size + 4096

    def broken(self, reason: str) -> BrokenBinaryError:
        """Return the error that this view's format raises."""
        return self._error(self.name, reason)

    def part(self, offset: int, size: int, what: str, name: str) -> View:
        """Return a view of a part that is an image of its own."""
        return View(self.slice_at(offset, size, what), name, self._error, self.order)

    def slice_at(self, offset: int, size: int, what: str) -> memoryview:
        """Return bytes without copying them."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise self.broken(f"it ends before {what} does")
        return self.data[offset : offset + size]

    def bytes_at(self, offset: int, size: int, what: str) -> bytes:
        """Return a copy of bytes."""
        return bytes(self.slice_at(offset, size, what))

    def unpack(self, layout: str, offset: int, what: str) -> tuple[Any, ...]:
        """Return one structure; `layout` is in the language of `struct`."""
        layout = self.order + layout
        if offset < 0 or offset + struct.calcsize(layout) > self.size:
            raise self.broken(f"it ends before {what} does")
        return struct.unpack_from(layout, self.data, offset)

    def pack(self, layout: str, *values: int) -> bytes:
        """Return a structure as bytes; numbers too large for it are refused."""
        try:
            return struct.pack(self.order + layout, *values)
        except struct.error as error:
            raise self.broken("an offset or address in it is too large") from error

    def table(
        self, layout: str, offset: int, count: int, what: str
    ) -> Iterator[tuple[Any, ...]]:
        """Return an iterator over an array of equal structures."""
        layout = self.order + layout
        content = self.slice_at(offset, struct.calcsize(layout) * count, what)
        return struct.iter_unpack(layout, content)

    def text_at(self, offset: int, end: int, what: str) -> str:
        """Return the NUL-terminated text that begins at `offset`, before `end`."""
        return decode(self.raw_text_at(offset, end, what))

    def raw_text_at(self, offset: int, end: int, what: str) -> bytes:
        """Return what `text_at` returns, not decoded."""
        end = min(end, self.size)
        if not 0 <= offset < end:
            raise self.broken(f"{what} lies outside of its table")
        step, start, found = 64, offset, b""
        while start < end:
            chunk = bytes(self.data[start : min(start + step, end)])
            before, zero, _ = chunk.partition(b"\0")
            found = found + before if found else before
            self.spend(len(before))
            if zero:
                return found
            start += step
            step *= 4
        raise self.broken(f"{what} has no end")

    def spend(self, size: int) -> None:
        """Take `size` bytes from what all names together may have."""
        self._budget -= size
        if self._budget < 0:
            raise self.broken("its names are longer than the file can hold")


def decode(text: bytes) -> str:
    """Return text that is UTF-8 if it was made by today's tools."""
    return text.decode("utf-8", "backslashreplace")


def open_view(source: Source, name: str, error: type[BrokenBinaryError]) -> View:
    """Return a view of the whole source.

    `name` is what errors call it; a file's path without it. Raises `ReadError`,
    and `error` for an empty file.
    """
    shown = source_name(source, name)
    if not isinstance(source, Path):
        data = source if isinstance(source, memoryview) else memoryview(source)
        return View(data, shown, error)
    data = map_file(source)
    if not data:
        raise error(shown, "the file is empty")
    return View(data, shown, error)


def source_name(source: Source, name: str = "") -> str:
    """Return what errors call a source."""
    if name:
        return name
    return str(source) if isinstance(source, Path) else "the image in memory"


def read_start(source: Source, size: int = 16) -> bytes:
    """Return the first bytes of a source. Raises `ReadError`."""
    if not isinstance(source, Path):
        return bytes(source[:size])
    try:
        with source.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise ReadError(source, error) from error
