"""Where the content of a wheel's file comes from, and reading it in pieces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ferrule.errors.files import ReadError

if TYPE_CHECKING:
    from ferrule.formats.patch import Patch

__all__ = [
    "Buffer",
    "Content",
    "MappedFile",
    "Patched",
    "blocks",
    "chunks",
    "compute_sha256",
    "content_size",
    "whole",
]

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


class MappedFile:
    """A large file whose pages are used as the system has them.

    Reading one costs as much as hashing it: memory for it has to be found and
    cleared. A map shows what others write meanwhile, so `check` comes afterwards.
    """

    def __init__(self, path: Path) -> None:
        from mmap import ACCESS_READ, mmap

        self._path = path
        self._handle = -1
        try:
            self._handle = os.open(path, os.O_RDONLY)
            self._state = self._read_state()
            pages = mmap(self._handle, 0, access=ACCESS_READ)
        except OSError as error:
            raise ReadError(path, error) from error
        except ValueError as error:  # it has become empty
            raise ReadError(path, OSError(0, str(error))) from error
        self.content = memoryview(pages)

    def __del__(self) -> None:
        """Leave the file; its pages stay for those who have them."""
        if self._handle >= 0:
            os.close(self._handle)

    def check(self) -> None:
        """Raise `ReadError` if the file was written to since it was mapped."""
        if self._read_state() != self._state:
            changed = OSError(0, "the file changed while it was being read")
            raise ReadError(self._path, changed)

    def _read_state(self) -> tuple[int, int]:
        status = os.fstat(self._handle)
        return status.st_mtime_ns, status.st_size


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


def compute_sha256(source: Content) -> str:
    """Return the SHA-256 of a content in hexadecimal digits. Raises `ReadError`."""
    from hashlib import sha256

    digest = sha256()
    for piece in chunks(source):
        digest.update(piece)
    return digest.hexdigest()


def _file_chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as stream:
            while piece := stream.read(CHUNK_BYTES):
                yield piece
    except OSError as error:
        raise ReadError(path, error) from error
