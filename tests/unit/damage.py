"""Copies of a file in which bytes were changed, for tests of what reads files."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)
HEADER = 1500  # places to which every other change goes: most rules stand there


def damaged_copies(content: bytes, count: int, *, most: int = 12) -> Iterator[bytes]:
    """Yield `count` copies with up to `most` bytes changed, the same ones each time.

    Hypothesis would spend ten times as long on choosing as readers take to read, and
    there is no smaller example to look for among bytes that mean nothing.
    """
    random = Random(len(content))
    for _ in range(count):
        copy = bytearray(content)
        for _ in range(random.randint(1, most)):
            limit = random.choice((HEADER, len(copy)))
            place = random.randrange(limit) % len(copy)
            copy[place] = random.choice(EXTREMES)
        yield bytes(copy)
