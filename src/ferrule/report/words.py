"""The facts about a wheel as a file, in text and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.quantities import bytes_text, count_text

if TYPE_CHECKING:
    from ferrule.report.model import Inspection

__all__ = ["ratio_text", "row_values"]


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
