"""Reads what PyO3 records about a module out of the compiled library.

With its feature `experimental-inspect`, each PyO3 macro leaves one JSON object
under an exported name `PYO3_INTROSPECTION_<format>_<hash>`: format 0 (PyO3 0.25
and 0.26) is a Rust slice, format 1 (since 0.27) a 32-bit length and the bytes.
What the objects mean is the business of `introspection`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ferrule.errors.stubs import BrokenChunkError, UnknownFormatError
from ferrule.formats.exported_data import read_exported_data

__all__ = ["FIRST_RELEASE", "PREFIX", "Chunk", "read_chunks"]

FIRST_RELEASE: Final = (0, 25)
"""The first release of PyO3 that records anything."""
PREFIX: Final = "PYO3_INTROSPECTION_"

Chunk = dict[str, Any]


def read_chunks(data: bytes, name: str) -> list[Chunk]:
    """Return the objects that PyO3 left in a library, in a stable order.

    The list is empty for a library without any. `name` is what errors call the
    file. Raises a `BrokenBinaryError`, `UnknownBinaryError`,
    `BrokenChunkError` and `UnknownFormatError`.
    """
    library = read_exported_data(data, PREFIX, name)
    chunks = []
    for symbol, place in sorted(library.places.items()):
        version = symbol[len(PREFIX) :].partition("_")[0]
        if version == "0":
            content = library.pointed(place)
        elif version == "1":
            content = library.prefixed(place)
        else:
            raise UnknownFormatError(version, name)
        chunks.append(_parse(content, symbol, name))
    return chunks


def _parse(content: bytes, symbol: str, name: str) -> Chunk:
    try:
        chunk = json.loads(content)
    except ValueError as error:
        raise BrokenChunkError(name, f"{symbol} is no JSON: {error}") from error
    if not isinstance(chunk, dict):
        raise BrokenChunkError(name, f"{symbol} is no JSON object")
    return chunk
