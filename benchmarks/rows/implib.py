"""Rows about import libraries: `benchmarks/run implib`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from benchmarks.implib import DLLTOOLS, measure_all_libraries, measure_library
from benchmarks.rows.model import Result, Row
from benchmarks.tools import Workshop

__all__ = ["ROWS"]


def _dlltool(peer: str) -> Callable[[Workshop, str, int], Result | None]:
    """Return a row's function for one import library, beside a kind of dlltool."""

    def run(shop: Workshop, tool: str, repeats: int) -> Result | None:
        found = measure_library(shop, repeats, peer) if tool == "ferrule" else None
        if found is None:
            return None
        return Result(found[0], found[0], 0, repeats, relative=found[0] / found[1])

    return run


def run_all_libraries(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Write the import libraries of every Python."""
    wall_s = measure_all_libraries(shop, repeats) if tool == "ferrule" else 0
    return Result(wall_s, wall_s, 0, repeats) if wall_s else None


ROWS: Final = (
    *(
        Row(
            *(f"implib-{name}", f"python313.lib, {name}", _dlltool(tool), "relative"),
            value_goal=1,
            group="implib",
            beside=tool,
        )
        for name, tool in DLLTOOLS.items()
    ),
    Row(
        *("implib-all", "all import libraries", run_all_libraries, "wall_s"),
        value_goal=2,
        group="implib",
    ),
)
