"""Rectangles whose areas are proportional to sizes.

Method: "Squarified Treemaps" by Bruls, Huizing and van Wijk (2000): rows of
rectangles along the shorter side, each row as long as the ratio of its worst
rectangle gets better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Rectangle", "squarify"]


class Rectangle(NamedTuple):
    """Left upper corner, width and height."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, *, top: float, sides: float) -> Rectangle:
        """Return the part inside a frame; never with a negative size."""
        return Rectangle(
            self.x + sides,
            self.y + top,
            max(self.width - 2 * sides, 0.0),
            max(self.height - top - sides, 0.0),
        )


def squarify(sizes: Sequence[float], area: Rectangle) -> list[Rectangle]:
    """Return one rectangle per size; together they tile the area.

    `sizes` must be positive, and are best sorted from large to small. The result
    is in the order of `sizes`, and empty for an area without extent.
    """
    total = float(sum(sizes))
    if total <= 0 or area.width <= 0 or area.height <= 0:
        return []
    scale = area.width * area.height / total
    areas = [size * scale for size in sizes]
    found: list[Rectangle] = []
    start = 0
    while start < len(areas):
        side = min(area.width, area.height)
        end, row = _row(areas, start, side)
        is_last = end == len(areas)
        placed, area = _place(areas[start:end], row, area, is_last=is_last)
        found += placed
        start = end
    return found


def _row(areas: Sequence[float], start: int, side: float) -> tuple[int, float]:
    """Return the end and the total of the row that begins at `start`."""
    total = largest = smallest = areas[start]
    worst = _worst(largest, smallest, total, side)
    end = start + 1
    while end < len(areas):
        item = areas[end]
        more = total + item
        high, low = max(largest, item), min(smallest, item)
        ratio = _worst(high, low, more, side)
        if ratio > worst:
            break
        total, largest, smallest, worst = more, high, low, ratio
        end += 1
    return end, total


def _worst(largest: float, smallest: float, total: float, side: float) -> float:
    square = total * total
    return max(side * side * largest / square, square / (side * side * smallest))


def _place(
    row: Sequence[float], total: float, area: Rectangle, *, is_last: bool
) -> tuple[list[Rectangle], Rectangle]:
    """Return the rectangles of one row, and what is left of the area."""
    is_column = area.width >= area.height
    side = area.height if is_column else area.width
    depth = total / side
    if is_last:  # rounding may leave a hair's breadth
        depth = area.width if is_column else area.height
    placed, position = [], 0.0
    for number, item in enumerate(row):
        is_end = number == len(row) - 1
        length = side - position if is_end else item / total * side
        placed.append(
            Rectangle(area.x, area.y + position, depth, length)
            if is_column
            else Rectangle(area.x + position, area.y, length, depth)
        )
        position += length
    if is_column:
        rest = Rectangle(area.x + depth, area.y, area.width - depth, area.height)
    else:
        rest = Rectangle(area.x, area.y + depth, area.width, area.height - depth)
    return placed, rest
