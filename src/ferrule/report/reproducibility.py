"""What in a wheel depends on when, where and with what it was packed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.wheel.entry import Entry

__all__ = ["is_sorted", "member_times"]


def member_times(entries: Iterable[Entry]) -> tuple[str, bool]:
    """Return the times of the members in words, and whether they are all one."""
    times = sorted({item.time for item in entries})
    if not times:
        return "", True
    shown = [_moment(item) for item in (times[0], times[-1])]
    if len(times) == 1:
        return shown[0], True
    return f"{shown[0]} to {shown[1]}", False


def _moment(dos: int) -> str:
    date, clock = dos >> 16, dos & 0xFFFF
    day = f"{1980 + (date >> 9)}-{date >> 5 & 15:02}-{date & 31:02}"
    return f"{day} {clock >> 11:02}:{clock >> 5 & 63:02}:{clock % 32 * 2:02}"


def is_sorted(paths: Iterable[str]) -> bool:
    """Return whether the members stand in the order that PEP 427 recommends.

    That is: sorted, with the folder of metadata at the end, or all sorted.
    """
    listed = list(paths)
    names = [path for path in listed if not path.endswith(".dist-info/RECORD")]
    split = [(".dist-info/" in path.partition("/")[0] + "/", path) for path in names]
    return names == sorted(names) or split == sorted(split)
