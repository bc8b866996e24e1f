from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ferrule.errors.wheel_file import BrokenWheelError
from ferrule.wheel.end_record import find_end
from tests.unit.made_wheels import Member, archive

GOOD = archive(Member("a", b"x"), Member("b", b"y"))


def end_of(data):
    return find_end(memoryview(data), Path("x.whl"))


def reason_of(data):
    with pytest.raises(BrokenWheelError) as caught:
        end_of(data)
    return caught.value.reason


def test_the_end_of_a_plain_archive():
    end = end_of(GOOD)
    assert (end.entries, end.comment) == (2, b"")
    assert end.offset + end.size == end.stop == len(GOOD) - 22


def test_an_archive_may_have_a_comment():
    assert end_of(archive(Member("a"), comment=b"hello")).comment == b"hello"


def test_zip64_records_count():
    end = end_of(archive(Member("a"), Member("b"), zip64=True))
    assert (end.entries, end.offset + end.size) == (2, end.stop)


def wide(**changes):
    data = bytearray(archive(Member("a"), zip64=True))
    place = data.index(b"PK\6\6")
    for offset, value in changes.values():
        struct.pack_into("<I", data, place + offset, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it has only 0 bytes: it is no zip archive"),
        (b"x" * 21, "it has only 21 bytes: it is no zip archive"),
        (b"x" * 100, "the zip end record is missing"),
        (GOOD[:-1], "the zip end record is missing: it is truncated"),
        (GOOD + b"\0", "the zip end record is missing"),
        (b"#!/bin/sh\n" + GOOD, "there is data before the archive, or bytes are"),
        (GOOD[5:], "there is data before the archive, or bytes are missing"),
        (archive(Member("a"), disk=1), "it is one part of a split archive"),
        (archive(Member("a"), offset=1), "there is data before the archive"),
        (
            archive(Member("a"), comment=struct.pack("<4s16xH", b"PK\5\6", 0)),
            "it has two end records, and readers would choose differently",
        ),
        (wide(size=(4, 45)), "its zip64 end record has an impossible size"),
        (wide(mark=(0, 0)), "its zip64 end record is not where it should be"),
        (wide(place=(56 + 8, 0)), "its zip64 end record is not where it should be"),
        (wide(disk=(16, 1)), "it is one part of a split archive"),
        (wide(count=(56 + 20 + 8, 1)), "its two end records contradict each other"),
    ],
)
def test_refused(data, reason):
    assert reason_of(data).startswith(reason)
