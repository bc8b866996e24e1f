"""The rows of the table: what is measured, in which state of the project."""

from __future__ import annotations

from typing import Final

from benchmarks.rows import build, bundle, develop, implib, repair
from benchmarks.rows.model import Result, Row

__all__ = ["ROWS", "Result", "Row"]

ROWS: Final = (
    *build.ROWS,
    *develop.ROWS,
    *repair.ROWS,
    *implib.ROWS,
    *bundle.ROWS,
)
