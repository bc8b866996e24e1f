"""Objects for macOS, made by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

_GLOBAL = 0x0F
"""N_SECT and N_EXT: a global definition."""


@pytest.fixture
def make_object() -> Callable[..., bytes]:
    """Return a function that makes a Mach-O object of a table of symbols."""

    def make(names: list[str], kinds: list[int] | None = None) -> bytes:
        """Return an object whose symbols are definitions, unless told."""
        strings, rows = b"\0", b""
        for name, kind in zip(names, kinds or [_GLOBAL] * len(names)):
            rows += struct.pack("<IBBHQ", len(strings), kind, 1, 0, 0)
            strings += name.encode() + b"\0"
        start = 32 + 8 + 24
        header = struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, 1, 2, 32, 0, 0)
        other = struct.pack("<II", 0x1B, 8)
        table = (start, len(names), start + len(rows), len(strings))
        return header + other + struct.pack("<6I", 2, 24, *table) + rows + strings

    return make
