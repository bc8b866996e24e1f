"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.interpreters import DEFAULT_VERSIONS, find_interpreters
from benchmarks.process import CommandError
from benchmarks.report import (
    describe_machine,
    describe_result,
    find_missed_goals,
    make_json,
    make_table,
)
from benchmarks.rows import ROWS, Result, Row
from benchmarks.sample import write_sample
from benchmarks.tools import TOOLS, Workshop, make_workshop

__all__ = ["main"]

Runner = Callable[[Workshop, str, int], "Result | None"]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table; return 1 if a tool failed or, with --check, a goal."""
    options = _parse(argv)
    interpreters = find_interpreters(options.interpreters)
    if not interpreters:
        print("no CPython found; name some with --interpreters", file=sys.stderr)
        return 2
    rows = [
        row
        for row in ROWS
        if (not options.only and not options.groups)
        or row.name in options.only
        or row.group in options.groups
    ]
    if options.tools is None:
        # Import libraries are compared with tools that each row names.
        is_own = all(row.group == "implib" for row in rows)
        options.tools = ["ferrule"] if is_own else list(TOOLS)
    with tempfile.TemporaryDirectory(prefix="ferrule-benchmark-") as scratch:
        folder = options.scratch or Path(scratch)
        _tell(f"installing {', '.join(options.tools)} into {folder}")
        shop = make_workshop(folder.resolve(), interpreters, options.tools)
        machine = describe_machine(shop)
        for name, value in machine.items():
            print(f"{name + ':':<17}{value}")
        results, failures = _measure_all(shop, rows, options.repeats)
    print(f"\n{make_table(rows, results, options.tools)}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(make_json(machine, results), indent=2))
    missed = find_missed_goals(rows, results) if options.check else []
    for problem in [*failures, *missed]:
        print(problem, file=sys.stderr)
    return 1 if failures or missed else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks/run", description="Measure ferrule beside its peers."
    )
    names = [row.name for row in ROWS]
    groups = list(dict.fromkeys(row.group for row in ROWS))
    parser.add_argument(
        "groups",
        nargs="*",
        metavar="GROUP",
        help=f"what to measure: {', '.join(groups)} (default: everything)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=names,
        help="measure this row; repeatable",
    )
    parser.add_argument(
        "--tools",
        type=lambda text: text.split(","),
        help=f"comma-separated, of {', '.join(TOOLS)} (default: all that the rows are "
        "about)",
    )
    parser.add_argument(
        "--interpreters",
        type=lambda text: text.split(","),
        default=list(DEFAULT_VERSIONS),
        help="comma-separated versions or paths (default: 3.9 to 3.13)",
    )
    parser.add_argument(
        "--repeats", type=int, default=5, help="runs of cheap commands (default: 5)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="two interpreters, no repetition"
    )
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--scratch", type=Path, help="work here, and keep it")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if a goal is missed"
    )
    options = parser.parse_args(argv)
    unknown = sorted(set(options.tools or ()) - set(TOOLS))
    if unknown:
        parser.error(f"unknown tool: {', '.join(unknown)}")
    unknown = sorted(set(options.groups) - set(groups))
    if unknown:
        parser.error(f"unknown group: {', '.join(unknown)}")
    if options.quick:
        options.interpreters = options.interpreters[-2:]
        options.repeats = 1
    return options


def _measure_all(
    shop: Workshop, rows: Sequence[Row], repeats: int
) -> tuple[dict[str, dict[str, Result]], list[str]]:
    """Measure every row with every tool; a tool that fails leaves a message."""
    results: dict[str, dict[str, Result]] = {row.name: {} for row in rows}
    failures = []
    for tool in shop.tools:
        write_sample(shop.project(tool), tool, shop.env)
    known: dict[tuple[str, Runner], Result | None] = {}
    # Tool beside tool within a row, as a machine's speed drifts over minutes.
    for row, tool in itertools.product(rows, shop.tools):
        key = (tool, row.run)
        if key not in known:
            _tell(f"{tool}: {row.title}")
            try:
                known[key] = row.run(shop, tool, repeats)
            except (CommandError, OSError, subprocess.SubprocessError) as error:
                known[key] = None
                failures.append(f"{tool}, {row.title}: {error}")
        result = known[key]
        if result is not None:
            results[row.name][tool] = result
            # Minutes may pass until the table: an interrupted run told this.
            _tell(f"    {describe_result(row, result)}")
    return results, failures


def _tell(message: str) -> None:
    print(f"... {message}", file=sys.stderr, flush=True)
