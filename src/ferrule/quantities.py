"""Sizes, counts and shares as people read them."""

from __future__ import annotations

__all__ = ["bytes_text", "count_text", "percent_text"]


def bytes_text(size: int) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> bytes_text(999), bytes_text(12_469_312), bytes_text(107_357_784)
    ('999 B', '12.5 MB', '107 MB')
    """
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            break
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def count_text(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun.

    >>> count_text(1, "file"), count_text(1200, "file"), count_text(2, "library",
    ... "libraries")
    ('1 file', '1,200 files', '2 libraries')
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def percent_text(part: int, whole: int) -> str:
    """Return a share; small ones with a digit more.

    >>> percent_text(1, 3), percent_text(1, 9999), percent_text(0, 0)
    ('33 %', '<0.1 %', '0 %')
    """
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.05:
        return "<0.1 %"
    return f"{share:.0f} %" if share >= 9.95 or share == 0 else f"{share:.1f} %"
