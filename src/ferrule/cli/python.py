"""Find Python interpreters.

`ferrule python list` shows the Pythons that ferrule can build for, the word
that selects each of them with --interpreter, and why the other candidates are
left out. The one marked with * is taken when nothing is chosen.

  ferrule python list               what can be used, and what does not work
  ferrule python list --all         every path, also second names and links
  ferrule python list --json        for programs
  ferrule python list --target T    those of another machine
  ferrule python add-target DIR     register one that was unpacked here
  ferrule build -i 3.12 -i pypy3.11 build for two of them
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log, use_colour
from ferrule.cli.python_targets import (
    configure_targets,
    print_for_target,
    run_targets,
)

if TYPE_CHECKING:
    from ferrule.python.discovery import Candidate
    from ferrule.python.interpreter import Interpreter

__all__ = ["configure", "run"]

_LIST_DESCRIPTION = """\
Show the Python interpreters of this machine.

Looked for on PATH, in pyenv, uv, mise, asdf, conda, the py launcher and the
folders of the system. A virtual environment counts as a second name of the
Python that it was made from.
"""

_LIST_EPILOG = """\
examples:
  ferrule python list
  ferrule python list --all
  ferrule python list --json | jq -r '.interpreters[] | select(.usable) | .path'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list",
        help="show what was found, and why the rest is left out",
        description=_LIST_DESCRIPTION,
        epilog=_LIST_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    listing.add_argument(
        "--all", action="store_true", help="show second names and links, too"
    )
    listing.add_argument("--json", action="store_true", help="print as JSON")
    listing.add_argument(
        "--target", metavar="TRIPLE", help="what a build for this Rust target can have"
    )
    add_verbosity(listing)
    configure_targets(actions)


def run(options: argparse.Namespace) -> int:
    """Print the interpreters that were found; 4 when none can be used."""
    if options.action != "list":
        return run_targets(options)
    if options.target:
        with showing_log(options):
            return print_for_target(options.target, as_json=options.json)
    from ferrule.python.discovery import find_candidates

    with showing_log(options):
        candidates = find_candidates(os.environ)
        default = _default()
    usable = [candidate for candidate in candidates if candidate.is_usable]
    if options.json:
        print_json(
            {
                "default": default.to_json() if default else None,
                "interpreters": [candidate.to_json() for candidate in candidates],
            }
        )
    else:
        _print_usable(usable, default)
        _print_left_out(candidates, show_all=options.all)
    return 0 if usable else 4


def _default() -> Interpreter | None:
    from ferrule import log
    from ferrule.errors import FerruleError
    from ferrule.python.discovery import default_interpreter

    try:
        return default_interpreter(os.environ)
    except FerruleError as error:
        log.warn(f"there is no default: {error}")
        return None


def _print_usable(usable: Sequence[Candidate], default: Interpreter | None) -> None:
    from ferrule.python.discovery import base_identity
    from ferrule.python.selection import selector_name

    wanted = base_identity(default) if default else None
    rows = []
    for candidate in usable:
        found = candidate.interpreter
        if found is None:
            continue
        mark = "*" if base_identity(found) == wanted else " "
        name = found.display_name.split()[0]
        rows.append(
            (
                f"{mark} {selector_name(found)}",
                f"{name} {found.version_text}",
                candidate.source,
                candidate.path,
            )
        )
    if not rows:
        print("No Python interpreter that ferrule can use was found.")
        return
    _print_table(("  SELECT", "PYTHON", "FROM", "PATH"), rows)
    if default is not None:
        print(f"\n* the default: {default.executable}")


def _print_left_out(candidates: Sequence[Candidate], *, show_all: bool) -> None:
    left_out = [candidate for candidate in candidates if not candidate.is_usable]
    shown = [one for one in left_out if show_all or not one.is_duplicate]
    if shown:
        print("\nleft out:")
        _print_table(
            None, [(f"  {candidate.path}", candidate.reason) for candidate in shown]
        )
    hidden = len(left_out) - len(shown)
    if hidden:
        print(f"\n{hidden} other names of the same Pythons (--all shows them)")


def _print_table(head: tuple[str, ...] | None, rows: Sequence[tuple[str, ...]]) -> None:
    """Print columns; the last one is as wide as it likes."""
    import sys

    every = [*([head] if head else []), *rows]
    widths = [max(map(len, column)) for column in zip(*every)]
    bold, plain = ("\033[1m", "\033[0m") if use_colour(sys.stdout) else ("", "")
    for row in every:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        line = "  ".join(cells).rstrip()
        print(f"{bold}{line}{plain}" if row is head else line)
