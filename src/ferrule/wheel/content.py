"""Where the content of a wheel's file comes from, and reading it in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ferrule.errors.files import ReadError

if TYPE_CHECKING:
    from ferrule.formats.patch import Patch

__all__ = ["Buffer", "Content", "Patched", "blocks", "chunks", "content_size", "whole"]

CHUNK_BYTES = 1 << 20
Buffer = Union[bytes, bytearray, memoryview]


@dataclass(frozen=True, eq=False)
class Patched:
    """A changed file that is never held as a whole: a patch and what it changes."""

    patch: Patch
    data: Buffer
    """The old content, for example a memory map."""

    def __repr__(self) -> str:
        """Name the size only; the data may be hundreds of megabytes."""
        return f"<patched content of {self.patch.size} bytes>"


Content = Union[Path, bytes, Patched]


def content_size(source: Content) -> int:
    """Return the size of a content in bytes. Raises `ReadError`."""
    if isinstance(source, bytes):
        return len(source)
    if isinstance(source, Patched):
        return source.patch.size
    try:
        return source.stat().st_size
    except OSError as error:
        raise ReadError(source, error) from error


def chunks(source: Content) -> Iterator[Buffer]:
    """Yield a content in pieces of up to a mebibyte. Raises `ReadError`."""
    if isinstance(source, Path):
        yield from _file_chunks(source)
        return
    parts = [source] if isinstance(source, bytes) else source.patch.chunks(source.data)
    for part in parts:
        if len(part) <= CHUNK_BYTES:
            yield part
            continue
        view = memoryview(part)
        for start in range(0, len(view), CHUNK_BYTES):
            yield view[start : start + CHUNK_BYTES]


def blocks(source: Content, size: int) -> Iterator[tuple[Buffer, bool]]:
    """Yield a content in blocks of `size` bytes, and whether it is the last one.

    Where the blocks end depends on nothing but the content. An empty content is
    one empty block. Raises `ReadError`.
    """
    kept = bytearray()
    for piece in chunks(source):
        # A full block waits until it is known whether anything follows it.
        start = 0
        while start < len(piece):
            if len(kept) == size:
                yield bytes(kept), False
                kept.clear()
            end = start + size - len(kept)
            kept += piece[start:end]
            start = end
    yield bytes(kept), True


def whole(source: Content) -> Buffer:
    """Return a content in one piece. Raises `ReadError`."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, Patched):
        return source.patch.apply(source.data)
    try:
        return source.read_bytes()
    except OSError as error:
        raise ReadError(source, error) from error


def _file_chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as stream:
            while piece := stream.read(CHUNK_BYTES):
                yield piece
    except OSError as error:
        raise ReadError(path, error) from error
