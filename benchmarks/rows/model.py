"""What a row of the table is, and how its commands are measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

from benchmarks.process import Measurement, measure
from benchmarks.sample import count_compiled, read_compile_times
from benchmarks.tools import Command, Workshop

__all__ = ["Result", "Row", "counted", "median", "once"]


@dataclass(frozen=True)
class Result:
    """What one tool needed for one row."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    runs: int
    crates: int | None = None
    relative: float | None = None
    """CPU time as a multiple of that of the row's `beside`: plain cargo in the same
    project, or another tool on the same wheel."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    title: str
    run: Callable[[Workshop, str, int], Result | None]
    """Measures a tool; the number says how often cheap commands are repeated."""
    quantity: str = "cpu_s"
    """The field of `Result` that is compared."""
    ratio_goal: float | None = None
    """Highest ratio ferrule/maturin that is wanted."""
    value_goal: float | None = None
    """Highest value of ferrule itself that is wanted."""
    group: str = "build"
    """What `benchmarks/run GROUP` measures together."""
    beside: str = "cargo"
    """What `relative` is a multiple of."""


def once(shop: Workshop, tool: str, commands: Iterable[Command]) -> Measurement:
    """Run commands in a tool's project, and return what they cost together."""
    folder = shop.project(tool)
    costs = [measure(command, cwd=folder, env=shop.env) for command in commands]
    return reduce(add, costs)


def median(costs: list[Measurement], crates: int | None = None) -> Result:
    """Return the median of several runs, and the most memory that one took."""
    return Result(
        wall_s=statistics.median(cost.wall_s for cost in costs),
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        peak_bytes=max(cost.peak_bytes for cost in costs),
        runs=len(costs),
        crates=crates,
    )


def counted(
    shop: Workshop, tool: str, commands: Iterable[Command], repeats: int
) -> Result:
    """Repeat commands on an unchanged project; count the crates compiled."""
    folder = shop.project(tool)
    commands = list(commands)
    before = read_compile_times(folder)
    costs = [once(shop, tool, commands) for _ in range(repeats)]
    crates = count_compiled(before, read_compile_times(folder))
    return median(costs, round(crates / repeats))
