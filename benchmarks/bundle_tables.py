"""The tables of `benchmarks/run bundle`, printed as soon as they are measured."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from benchmarks.text_table import align

if TYPE_CHECKING:
    from benchmarks.bundle import Bench
    from benchmarks.process import Measurement
    from benchmarks.startup import Starts

__all__ = ["make_build_table", "make_start_table"]

_MEBIBYTE: Final = 1 << 20


def make_start_table(title: str, starts: Mapping[str, Starts]) -> str:
    """Return CPU and wall time of every variant, and multiples of plain Python's."""
    plain = starts.get("python")
    lines = [[title, "cpu ms", "least", "wall ms", "x python", "quartiles"]]
    for name, item in starts.items():
        cells = [
            f"{value * 1000:.1f}"
            for value in (
                statistics.median(item.cpu_s),
                min(item.cpu_s),
                statistics.median(item.wall_s),
            )
        ]
        if plain is not None:
            low, middle, high = item.quartiles(plain)
            cells += [f"{middle:.2f}", f"{low:.2f}-{high:.2f}"]
        lines.append([name, *cells])
    return f"\n{align(lines)}\n"


def make_build_table(bench: Bench, program: str, variants: Sequence[str]) -> str:
    """Return sizes, and what it takes to make each variant."""
    headings = ["MiB", "tar.gz", "cold s", "again s", "after cargo", "a line changed"]
    lines = [[f"making {program}", *headings]]
    for name in variants:
        made = bench.get(program, name)
        if made is None or name == "python":
            continue
        after = (made.warm_after_cargo_s, made.changed_after_cargo_s)
        lines.append(
            [
                name,
                f"{made.size_bytes / _MEBIBYTE:.1f}",
                f"{made.packed_bytes / _MEBIBYTE:.1f}",
                _cost(made.cold),
                _cost(made.warm),
                *(f"{value:.2f}" if value else "-" for value in after),
            ]
        )
    return f"\n{align(lines)}\n"


def _cost(cost: Measurement | None) -> str:
    if cost is None:
        return "-"
    return f"{cost.wall_s:.1f} ({cost.cpu_s:.1f} cpu)"
