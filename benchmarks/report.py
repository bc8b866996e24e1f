"""Turns the results into the table that is printed, and into JSON."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from benchmarks.rows import Result, Row
from benchmarks.text_table import align
from benchmarks.tools import Workshop

__all__ = [
    "Results",
    "describe_machine",
    "describe_result",
    "find_missed_goals",
    "make_json",
    "make_table",
]

Results = Mapping[str, Mapping[str, Result]]
"""Results by row name and tool."""

MEBIBYTE: Final = 1024 * 1024
HEADINGS: Final = ("ferrule/maturin", "ferrule/s-rust", "goal")


def describe_machine(shop: Workshop) -> dict[str, str]:
    """Return what the figures depend on: machine, toolchain, tools, Pythons."""
    facts = {
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
        "rustc": _output(["rustc", "--version"], shop),
        "interpreters": " ".join(shop.interpreters),
        "default": f"{shop.default_version} ({shop.default_interpreter})",
    }
    for tool in shop.tools:
        python = shop.script("python")
        if tool == "setuptools-rust":
            folder = shop.folder / f"setuptools-{shop.default_version}"
            python = str(folder / "bin" / "python")
        code = f"import importlib.metadata as m; print(m.version({tool!r}))"
        facts[tool] = _output([python, "-c", code], shop)
    return facts


def make_table(rows: Sequence[Row], results: Results, tools: Sequence[str]) -> str:
    """Return the table: CPU and wall seconds, memory or crates, ratios, goals."""
    lines = [["", *tools, *HEADINGS]]
    for row in rows:
        found = results.get(row.name, {})
        cells = [describe_result(row, found.get(tool)) for tool in tools]
        ratios = [
            _ratio_text(row, found, tool) for tool in ("maturin", "setuptools-rust")
        ]
        lines.append([row.title, *cells, *ratios, _goal_text(row, found)])
    return align(lines)


def make_json(machine: Mapping[str, str], results: Results) -> dict[str, Any]:
    """Return machine and results as plain data."""
    rows = {
        name: {tool: asdict(result) for tool, result in by_tool.items()}
        for name, by_tool in results.items()
    }
    return {"machine": dict(machine), "rows": rows}


def find_missed_goals(rows: Sequence[Row], results: Results) -> list[str]:
    """Return one sentence for each goal that was measured and not reached."""
    return [
        f"{row.title}: goal {_goal_name(row)} missed"
        for row in rows
        if _is_reached(row, results.get(row.name, {})) is False
    ]


def _value(row: Row, result: Result) -> float:
    return float(getattr(result, row.quantity) or 0)


def describe_result(row: Row, result: Result | None) -> str:
    """Return what one tool needed for a row, in the units of the row."""
    if result is None:
        return "-"
    if row.quantity == "peak_bytes":
        return f"{result.peak_bytes / MEBIBYTE:.0f} MiB"
    if row.quantity == "relative":
        relative = f"{result.relative or 0:.3g}x {row.beside}"
        shown = f"{result.cpu_s * 1000:.1f} ms cpu, " if row.group == "implib" else ""
        return shown + relative
    text = f"{result.cpu_s:.2f} cpu {result.wall_s:.2f} wall"
    if row.quantity == "wall_s":
        return f"{result.wall_s * 1000:.2f} ms"
    if row.name == "version":
        text = f"{result.cpu_s * 1000:.0f} ms cpu {result.wall_s * 1000:.0f} wall"
    if result.crates is not None:
        text += f" {result.crates} crates"
    return text


def _ratio(row: Row, found: Mapping[str, Result], tool: str) -> float | None:
    if "ferrule" not in found or tool not in found:
        return None
    base = _value(row, found[tool])
    return _value(row, found["ferrule"]) / base if base else None


def _ratio_text(row: Row, found: Mapping[str, Result], tool: str) -> str:
    ratio = _ratio(row, found, tool)
    return "-" if ratio is None else f"{ratio:.3f}"


def _goal_name(row: Row) -> str:
    if row.ratio_goal is not None:
        return f"<= {row.ratio_goal:g}x"
    if row.value_goal is None:
        return ""
    if row.quantity == "crates":
        return f"{row.value_goal:g} crates"
    if row.quantity == "relative":
        return f"<= {row.value_goal:.3g}x {row.beside}"
    if row.quantity == "peak_bytes":
        return f"<= {row.value_goal / MEBIBYTE:.0f} MiB"
    return f"<= {row.value_goal * 1000:g} ms"


def _is_reached(row: Row, found: Mapping[str, Result]) -> bool | None:
    """Return whether the goal was reached; None where that was not measured."""
    if row.ratio_goal is not None:
        ratio = _ratio(row, found, "maturin")
        return None if ratio is None else ratio <= row.ratio_goal
    if row.value_goal is None or "ferrule" not in found:
        return None
    return _value(row, found["ferrule"]) <= row.value_goal


def _goal_text(row: Row, found: Mapping[str, Result]) -> str:
    word = {True: " reached", False: " MISSED", None: ""}[_is_reached(row, found)]
    return _goal_name(row) + word


def _output(command: Sequence[str], shop: Workshop) -> str:
    done = subprocess.run(
        command, env=dict(shop.env), capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "?"
