"""Reads import libraries back, independently of the code that writes them."""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest

from ferrule.formats.archive import read_archive


class Entry(NamedTuple):
    symbol: str
    dll: str
    machine: int
    kind: int
    name_type: int
    hint: int


class Content(NamedTuple):
    archive: object
    entries: list[Entry]
    first: dict[str, int]
    """Symbol to the place of its member, as GNU's table tells."""
    second: dict[str, int]
    """The same of Microsoft's table."""
    objects: list[bytes]


def _entry(content):
    first = struct.unpack_from("<4H2I2H", content)
    if first[:3] != (0, 0xFFFF, 0):
        return None
    assert first[5] == len(content) - 20
    symbol, dll, end = content[20:].split(b"\0")
    assert end == b""
    kind, name_type = first[7] & 3, first[7] >> 2
    return Entry(symbol.decode(), dll.decode(), first[3], kind, name_type, first[6])


def _first_table(data, size):
    (count,) = struct.unpack_from(">I", data, 68)
    places = struct.unpack_from(f">{count}I", data, 72)
    names = data[72 + 4 * count : 68 + size].split(b"\0")[:count]
    return {name.decode(): place for name, place in zip(names, places)}


def _second_table(data, start):
    (count,) = struct.unpack_from("<I", data, start)
    places = struct.unpack_from(f"<{count}I", data, start + 4)
    position = start + 4 + 4 * count
    (symbols,) = struct.unpack_from("<I", data, position)
    numbers = struct.unpack_from(f"<{symbols}H", data, position + 4)
    end = start + int(data[start - 12 : start - 2])
    names = data[position + 4 + 2 * symbols : end].split(b"\0")[:symbols]
    assert names == sorted(names)
    pairs = zip(names, numbers)
    return {name.decode(): places[number - 1] for name, number in pairs}


@pytest.fixture(scope="session")
def read_library():
    """Return a function that takes an import library apart, and checks its form."""

    def read(data: bytes) -> Content:
        archive = read_archive(data)
        contents = [bytes(archive.content(member)) for member in archive.members]
        found = [_entry(content) for content in contents]
        size = int(data[56:66])
        second_start = 68 + size + size % 2 + 60
        assert data[second_start - 60 : second_start - 58] == b"/ "
        return Content(
            archive,
            [entry for entry in found if entry],
            _first_table(data, size),
            _second_table(data, second_start),
            [text for text, entry in zip(contents, found) if not entry],
        )

    return read
