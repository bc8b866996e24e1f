"""Columns of text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["align"]


def align(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as columns: the first to the left, the others right."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )
