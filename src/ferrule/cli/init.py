"""Make the project in this folder one that ferrule builds, or complete it.

What is there stays: files are only created or added to, and --dry-run shows how.
A crate becomes a Python module, a Python package gets a module in Rust, a
setup.py with C extensions gets one in Rust beside them, and an empty folder
becomes what `ferrule new` makes.

  ferrule init --dry-run               what would be written, as a diff
  ferrule init
  ferrule init --kind mixed --yes crates/parser
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, showing_log
from ferrule.cli.new import next_steps
from ferrule.cli.starter_options import (
    add_starter_options,
    choose_kind,
    choose_starter,
    list_kinds,
    report,
    start_repository,
)

if TYPE_CHECKING:
    import argparse

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("path", nargs="?", default=".", help="the folder (default: .)")
    add_starter_options(parser)
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Look, ask, plan, write and report."""
    if options.list:
        return list_kinds(as_json=options.json)
    from ferrule.starters.adoption import guess_kind, plan_completion
    from ferrule.starters.existing import inspect_folder
    from ferrule.starters.folder import check_folder
    from ferrule.starters.names import choose_names
    from ferrule.starters.plan import write_plan

    root = Path(os.path.abspath(options.path))
    with showing_log(options):
        check_folder(root)
        existing = inspect_folder(root)
        name = options.name or existing.project_name or root.name
        names = choose_names(name)
        guessed = guess_kind(existing, names)
        is_settled = existing.is_built_by_ferrule and options.kind is None
        if is_settled:
            options.kind = guessed
        kind = choose_kind(options, guessed)
        starter = choose_starter(
            options,
            kind,
            names,
            pyo3=existing.pyo3_requirement or None,
            description=existing.description,
        )
        plan = plan_completion(existing, starter, is_chosen=options.kind is not None)
        if not options.dry_run:
            write_plan(plan)
            start_repository(options, plan)
    return report(options, plan, next_steps(plan))
