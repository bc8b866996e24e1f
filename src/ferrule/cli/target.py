"""Show what this machine has for building for other targets.

`ferrule target list` shows the targets of Python wheels: whether Rust's standard
library is there, what links, and what runs the result. `ferrule target explain`
tells everything about one of them, and how to get what is missing.

  ferrule target list
  ferrule target explain aarch64-unknown-linux-gnu
  ferrule target explain x86_64-pc-windows-msvc --json
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log, use_colour
from ferrule.cli.options import add_crate_options, add_linker_options, make_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ferrule.target.report import TargetReport

__all__ = ["configure", "run"]

_LIST_DESCRIPTION = """\
Show the targets that ferrule builds Python modules for.

STD is Rust's standard library, LINKER what a build takes, RUNS what runs programs
of the target here. Those that can be built for now are marked with *.
"""
_EXPLAIN_DESCRIPTION = """\
Show what a build for one target would use, and how to get what is missing.

The settings of the project in the current folder count, as do the options.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list",
        help="show the targets, and what is there for each",
        description=_LIST_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    listing.add_argument(
        "--ready", action="store_true", help="only those that can be built for now"
    )
    explaining = actions.add_parser(
        "explain",
        help="show what a build for one target would use",
        description=_EXPLAIN_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    explaining.add_argument("triple", metavar="TRIPLE", help="a Rust target triple")
    for action in (listing, explaining):
        action.add_argument("--json", action="store_true", help="print as JSON")
        action.add_argument(
            "--compatibility", metavar="TAG", help="the platform tag to build for"
        )
        add_crate_options(action)
        add_linker_options(action)
        add_verbosity(action)


def run(options: argparse.Namespace) -> int:
    """Print the report; 5 where the explained target lacks something."""
    from ferrule.pipeline.machine.targets_report import examine_machine

    with showing_log(options):
        machine = examine_machine(make_request(options))
        if options.action == "explain":
            report = machine.explain(options.triple)
            if options.json:
                print_json(report.to_json())
            else:
                _print_report(report)
            return 5 if report.missing else 0
        reports = machine.list_targets()
    if options.ready:
        reports = [report for report in reports if not report.missing]
    if options.json:
        rows = [report.to_json() for report in reports]
        print_json({"host": machine.toolchain.host, "targets": rows})
    else:
        _print_list(reports, host=machine.toolchain.host)
    return 0


def _print_list(reports: Sequence[TargetReport], *, host: str) -> None:
    rows = [("  TARGET", "STD", "LINKER", "RUNS", "PLATFORM TAG")]
    for report in reports:
        mark = " " if report.missing else "*"
        absent = "build-std" if report.compiles_std else "-"
        rows.append(
            (
                f"{mark} {report.triple}",
                "yes" if report.has_std else absent,
                report.linker or "-",
                report.runner or "-",
                report.tags,
            )
        )
    _print_table(rows)
    ready = sum(not report.missing for report in reports)
    print(f"\n* {ready} can be built for now; this machine is {host}")
    if ready < len(reports):
        print("`ferrule target explain TARGET` tells how to get the others")


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    import sys

    widths = [max(map(len, column)) for column in zip(*rows)]
    bold, plain = ("\033[1m", "\033[0m") if use_colour(sys.stdout) else ("", "")
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        line = "  ".join(cells).rstrip()
        print(f"{bold}{line}{plain}" if row is rows[0] else line)


def _print_report(report: TargetReport) -> None:
    std = f"installed ({report.std_folder})"
    if report.compiles_std:
        std = "compiled by cargo (build-std)"
    elif not report.has_std:
        std = f"missing ({report.std_folder})"
    linker = f"{report.linker}: {report.reason}" if report.linker else "none"
    pythons = "; ".join(report.pythons) or "none: name one with PYO3_CROSS_LIB_DIR"
    _print_fields(
        [
            ("target", report.triple.text),
            ("std", std),
            ("linker", linker),
            ("program", report.program),
            ("pythons", pythons),
            ("platform tag", report.tags),
            ("runs here", report.runner or "no"),
        ]
    )
    if report.variables:
        print("variables for cargo and build scripts:")
        for name, value in report.variables.items():
            print(f"  {name}={value!r}" if "\n" in value else f"  {name}={value}")
    if report.ways:
        print("ways of linking:")
        for way in report.ways:
            chosen = "*" if way.name == report.linker else " "
            print(f"  {chosen} {way.name}: {way.found or 'no'}", end="")
            print(f" ({way.problem})" if way.problem else "")
    for step in report.missing:
        print(f"missing: {step.what}")
        for command, whom in step.commands:
            print(f"    {command}  # {whom}")


def _print_fields(fields: Sequence[tuple[str, str]]) -> None:
    for name, value in fields:
        if value:
            print(f"{name + ':':14}{value}")
