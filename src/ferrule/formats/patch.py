"""A change of a file, as data: which parts stay and what comes between them.

Editors return patches instead of new files, so that a library of hundreds of
megabytes can be written straight into an archive without a second copy of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Union

__all__ = ["Patch", "Piece"]

Bytes = Union[bytes, bytearray, memoryview]
Piece = Union[bytes, range]


class Patch(NamedTuple):
    """The content of a changed file."""

    pieces: tuple[Piece, ...]
    """New bytes, and ranges of the old file."""

    @classmethod
    def of_writes(cls, size: int, writes: Mapping[int, bytes], tail: bytes) -> Patch:
        """Return a patch that overwrites parts and appends.

        `size` is how much of the old file stays. The writes lie within it. Only
        in damaged files do they overlap: there the first one counts.
        """
        pieces: list[Piece] = []
        position = 0
        for offset in sorted(writes):
            if offset > position:
                pieces.append(range(position, offset))
            content = writes[offset][max(position - offset, 0) :]
            if content:
                pieces.append(content)
            position = max(position, offset + len(writes[offset]))
        if position < size:
            pieces.append(range(position, size))
        if tail:
            pieces.append(tail)
        return cls(tuple(pieces))

    @property
    def size(self) -> int:
        """Return the size of the changed file."""
        return sum(map(len, self.pieces))

    def chunks(self, data: Bytes) -> Iterator[Bytes]:
        """Yield the changed content of the file that `data` holds, in order."""
        view = memoryview(data)
        for piece in self.pieces:
            if isinstance(piece, range):
                yield view[piece.start : piece.stop]
            else:
                yield piece

    def apply(self, data: Bytes) -> bytes:
        """Return the changed content; `data` itself when nothing changes."""
        if isinstance(data, bytes) and self.pieces == (range(len(data)),):
            return data
        return b"".join(self.chunks(data))
