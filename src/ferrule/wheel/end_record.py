"""Where the central directory of a zip archive is.

Format: PKWARE APPNOTE 6.3.x with zip64. Refused is what readers understand
differently: data before or behind the archive, and two end records.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from ferrule.errors.wheel_file import BrokenWheelError

__all__ = ["EndRecord", "find_end"]

_WIDE = 0xFFFFFFFF
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")


class EndRecord(NamedTuple):
    """What the end records say."""

    entries: int
    size: int
    offset: int
    """Where the central directory begins."""
    stop: int
    """Where the first of the end records begins."""
    comment: bytes


def find_end(data: memoryview, path: Path) -> EndRecord:
    """Return what the end records of the archive in `data` say.

    `path` is what errors call it. Raises `BrokenWheelError`.
    """
    size = len(data)
    if size < _END.size:
        raise BrokenWheelError(path, f"it has only {size} bytes: it is no zip archive")
    places = _end_places(data)
    if not places:
        reason = "the zip end record is missing: it is truncated, or no zip archive"
        raise BrokenWheelError(path, reason)
    if len(places) > 1:
        reason = "it has two end records, and readers would choose differently"
        raise BrokenWheelError(path, reason)
    place = places[0]
    _, disk, first, here, count, length, offset, _ = _END.unpack_from(data, place)
    comment = bytes(data[place + _END.size :])
    stop = place
    if wide := _read_end64(data, place, path):
        stop, *values = wide
        seen = ((count, 0xFFFF), (length, _WIDE), (offset, _WIDE))
        for (narrow, mark), value in zip(seen, values):
            if narrow not in (mark, value):
                raise BrokenWheelError(
                    path, "its two end records contradict each other"
                )
        count, length, offset = values
        here, disk, first = count, 0, 0
    if disk or first or here != count:
        raise BrokenWheelError(path, "it is one part of a split archive")
    if offset + length != stop:
        reason = (
            "there is data before the archive, or bytes are missing: the directory "
            f"should end at {offset + length}, and its end record is at {stop}"
        )
        raise BrokenWheelError(path, reason)
    return EndRecord(count, length, offset, stop, comment)


def _end_places(data: memoryview) -> list[int]:
    """Return where end records begin whose comment reaches the file's end."""
    start = max(0, len(data) - _END.size - 0xFFFF)
    tail = bytes(data[start:])
    found = []
    place = tail.find(b"PK\5\6")
    while 0 <= place <= len(tail) - _END.size:
        comment = int.from_bytes(tail[place + 20 : place + 22], "little")
        if place + _END.size + comment == len(tail):
            found.append(start + place)
        place = tail.find(b"PK\5\6", place + 1)
    return found


def _read_end64(
    data: memoryview, place: int, path: Path
) -> tuple[int, int, int, int] | None:
    """Return place, count, size and offset of the zip64 end record, if any."""
    locator = place - _LOCATOR64.size
    if locator < 0 or bytes(data[locator : locator + 4]) != b"PK\6\7":
        return None
    _, disk, wide, disks = _LOCATOR64.unpack_from(data, locator)
    if wide + _END64.size > locator or bytes(data[wide : wide + 4]) != b"PK\6\6":
        raise BrokenWheelError(path, "its zip64 end record is not where it should be")
    _, length, _, _, here, first, on_disk, count, size, offset = _END64.unpack_from(
        data, wide
    )
    if wide + 12 + length != locator:
        raise BrokenWheelError(path, "its zip64 end record has an impossible size")
    if disk or here or first or disks > 1 or on_disk != count:
        raise BrokenWheelError(path, "it is one part of a split archive")
    return wide, count, size, offset
