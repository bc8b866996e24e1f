"""Rows about building wheels: `benchmarks/run build`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from benchmarks.process import measure
from benchmarks.rows.model import Result, Row, counted, median, once
from benchmarks.sample import count_compiled, edit_one_line, read_compile_times
from benchmarks.tools import Workshop

__all__ = ["ROWS"]


def run_noop(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build a wheel that has just been built."""
    once(shop, tool, shop.one_build(tool))
    return counted(shop, tool, shop.one_build(tool), repeats)


def run_isolated(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build in isolation what has just been built in isolation."""
    once(shop, tool, shop.isolated_build())
    return counted(shop, tool, shop.isolated_build(), max(1, repeats // 2))


def run_isolated_real(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Build a published project so: rpds-py, whose own backend is maturin."""
    if tool == "setuptools-rust":
        return None
    folder = shop.real_project(tool)
    (command,) = shop.isolated_build()
    measure(command, cwd=folder, env=shop.env)
    before = read_compile_times(folder)
    runs = max(1, repeats // 2)
    costs = [measure(command, cwd=folder, env=shop.env) for _ in range(runs)]
    crates = count_compiled(before, read_compile_times(folder))
    return median(costs, round(crates / runs))


def run_five_cold(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build for all interpreters, with nothing compiled before."""
    folder = shop.project(tool)
    results = []
    for _ in range(1 if repeats < 4 else 2):
        for leftover in ("target", "build"):
            shutil.rmtree(folder / leftover, ignore_errors=True)
        results.append(counted(shop, tool, shop.build_for_all(tool), 1))
    _built_marker(shop, tool).touch()
    # Minutes each: the one that other work of the machine disturbed least.
    return min(results, key=lambda result: result.cpu_s)


def run_five_edit(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build for all interpreters after one line of the crate was changed."""
    del repeats
    _ensure_all_built(shop, tool)
    edit_one_line(shop.project(tool))
    return counted(shop, tool, shop.build_for_all(tool), 1)


def run_five_unchanged(shop: Workshop, tool: str, repeats: int) -> Result:
    """Build for all interpreters again."""
    _ensure_all_built(shop, tool)
    return counted(shop, tool, shop.build_for_all(tool), 1 if repeats < 4 else 3)


def run_alternate(shop: Workshop, tool: str, repeats: int) -> Result:
    """Alternate plain cargo and the tool, both done once before."""
    commands = [["cargo", "build", "--release"], *shop.one_build(tool)]
    once(shop, tool, commands)
    return counted(shop, tool, commands, 1 if repeats < 4 else 2)


def run_version(shop: Workshop, tool: str, repeats: int) -> Result | None:
    """Print the version."""
    commands = shop.version(tool)
    if not commands:
        return None
    return median([once(shop, tool, commands) for _ in range(2 * repeats)])


def _built_marker(shop: Workshop, tool: str) -> Path:
    return shop.project(tool) / "target" / ".benchmark-all-built"


def _ensure_all_built(shop: Workshop, tool: str) -> None:
    """Build for all interpreters, unless an earlier row has done so."""
    marker = _built_marker(shop, tool)
    if not marker.exists():
        once(shop, tool, shop.build_for_all(tool))
        marker.touch()


ROWS: Final = (
    Row("version", "--version", run_version, value_goal=0.040),
    Row("five-cold", "all interpreters, cold", run_five_cold, ratio_goal=1.0),
    Row("five-edit", "all, after a one-line edit", run_five_edit, ratio_goal=0.25),
    Row(
        "five-unchanged",
        "all, unchanged",
        run_five_unchanged,
        ratio_goal=0.02,
    ),
    Row("noop", "no-op build", run_noop, ratio_goal=0.3),
    Row("memory", "no-op build, peak memory", run_noop, quantity="peak_bytes"),
    Row("isolated", "no-op python -m build", run_isolated, ratio_goal=0.1),
    Row(
        "isolated-real",
        "the same of rpds-py",
        run_isolated_real,
        ratio_goal=0.1,
    ),
    Row(
        "alternate",
        "cargo build, then tool",
        run_alternate,
        quantity="crates",
        value_goal=0,
    ),
)
