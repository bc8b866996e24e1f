"""Start a project that joins Rust and Python, with tests, types and CI.

The project is complete: it compiles, its tests pass, and formatters, clippy and
mypy have nothing to say about it. On a terminal, what no option says is asked.

  ferrule new word-tools                       a Python module in Rust
  ferrule new word-tools --kind mixed --yes
  ferrule new projects/acme.words --kind abi3  imported as acme.words
  ferrule new calculator --kind program --pyo3 0.22
  ferrule new --list                           every kind of project
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, showing_log
from ferrule.cli.starter_options import (
    add_starter_options,
    ask,
    choose_kind,
    choose_starter,
    list_kinds,
    may_ask,
    report,
    start_repository,
)

if TYPE_CHECKING:
    import argparse

    from ferrule.starters.plan import Plan

__all__ = ["configure", "run"]

_COMMANDS = {
    "program": ["ferrule run -- 1 2 6", "ferrule test"],
    "setuptools": ["pip install --editable .", "ferrule cargo -- test"],
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "path", nargs="?", help="the project's folder, which gives its name"
    )
    add_starter_options(parser)
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Ask, plan, write and report."""
    if options.list:
        return list_kinds(as_json=options.json)
    from dataclasses import replace

    from ferrule.starters.folder import plan_new
    from ferrule.starters.names import choose_names
    from ferrule.starters.plan import write_plan
    from ferrule.starters.surroundings import find_workspace_note

    root = _choose_folder(options)
    names = choose_names(options.name or root.name)
    with showing_log(options):
        starter = choose_starter(options, choose_kind(options, "module"), names)
        plan = plan_new(root, starter)
        note = find_workspace_note(root)
        if note:
            plan = replace(plan, notes=(note,))
        if not options.dry_run:
            write_plan(plan)
            start_repository(options, plan)
    return report(options, plan, next_steps(plan))


def next_steps(plan: Plan) -> list[str]:
    """Return the commands that come next."""
    steps = _COMMANDS.get(plan.kind, ["ferrule develop", "ferrule test"])
    here = os.path.relpath(plan.root) if plan.root != Path.cwd() else ""
    return [f"cd {here}", *steps] if here else steps


def _choose_folder(options: argparse.Namespace) -> Path:
    from ferrule.errors.usage import UsageError
    from ferrule.starters.folder import check_new_folder
    from ferrule.starters.names import choose_names

    path = options.path
    if path is None and may_ask(options):

        def check(answer: str) -> None:
            choose_names(options.name or os.path.basename(answer))
            check_new_folder(Path(answer).absolute())

        path = ask("name", "", check)
    if not path:
        raise UsageError(
            "ferrule new needs the name of the project",
            fix="for example: ferrule new word-tools",
        )
    root = Path(os.path.abspath(path))
    check_new_folder(root)
    return root
