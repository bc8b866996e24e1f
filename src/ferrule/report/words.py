"""Numbers and values as people read them, in text and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.report.model import Inspection

__all__ = ["bytes_text", "count_text", "percent_text", "ratio_text", "row_values"]


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


def ratio_text(inspection: Inspection) -> str:
    """Return how far the archive is packed."""
    return f"{100 * inspection.header.ratio:.0f} %"


def row_values(inspection: Inspection) -> list[tuple[str, str]]:
    """Return the facts about the wheel as a file, with their names."""
    header, metadata = inspection.header, inspection.metadata
    record = inspection.record
    verified = f"{count_text(record.verified, 'file')} verified"
    if record.problems:
        verified += f", {count_text(len(record.problems), 'problem')}"
    packed = f"{bytes_text(header.size)}, {ratio_text(inspection)} of "
    unpacked = f"{bytes_text(header.unpacked)} in {count_text(header.members, 'file')}"
    rows = [
        ("Size", packed + unpacked),
        ("Python", metadata.requires_python or "not restricted"),
        ("Generator", header.generator or "not stated"),
        ("Build tag", header.build),
        ("Installs to", "purelib" if header.is_purelib else "platlib"),
        ("RECORD", verified),
        ("SHA-256", header.sha256),
    ]
    return [(name, value) for name, value in rows if value]
