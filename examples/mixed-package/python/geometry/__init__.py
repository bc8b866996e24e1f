"""Geometry of the plane: Python on the outside, Rust on the inside."""

from __future__ import annotations

from geometry._areas import signed_area
from geometry._paths import Path

__all__ = ["Path", "area", "signed_area"]


def area(corners: list[tuple[float, float]]) -> float:
    """Return the area of a polygon, whichever way round it runs."""
    return abs(signed_area(corners))
