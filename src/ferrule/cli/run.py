"""Run a Rust program of the project, with Python inside if it embeds it.

The program is compiled with the development profile, finds libpython, and its
Python is that of the environment: it imports what is installed there. Its exit
status is that of this command; arguments for it come after --. What it prints is
its own; if it fails for a reason that ferrule knows, the reason follows.

  ferrule run
  ferrule run server -- --port 8000
  ferrule run --example demo
  ferrule run --release -i 3.12
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, showing_log
from ferrule.cli.options import add_cargo_options, add_crate_options, make_request

if TYPE_CHECKING:
    import argparse

    from ferrule.pipeline.execution.running import Program

__all__ = ["HAS_TRAILING_ARGUMENTS", "configure", "run"]

HAS_TRAILING_ARGUMENTS = True
"""For the program."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_crate_options(parser)
    parser.add_argument(
        "-i",
        "--interpreter",
        metavar="PYTHON",
        action="append",
        nargs=1,
        default=[],
        help="the Python inside of the program: a path, 3.12, 3.13t (default: that of "
        "the environment)",
    )
    parser.add_argument(
        "--example", metavar="NAME", help="an example of the crate instead of a program"
    )
    parser.add_argument(
        "--cargo-arg",
        metavar="ARG",
        action="append",
        default=[],
        help="a further argument for cargo run",
    )
    add_cargo_options(parser, default_profile="dev")
    add_verbosity(parser)
    parser.usage = "%(prog)s [options] [PROGRAM] [-- ARGUMENTS]"
    parser.add_argument(
        "program",
        nargs="?",
        metavar="PROGRAM",
        help="name of the program (default: the only one, or default-run)",
    )


def run(options: argparse.Namespace) -> int:
    """Compile the program and run it, or become it where no Python is in it."""
    from ferrule.pipeline.execution.running import prepare_program

    with showing_log(options):
        program = prepare_program(
            make_request(options),
            options.program,
            example=options.example,
            cargo_arguments=options.cargo_arg,
            arguments=options.trailing,
        )
        if program.key is not None:
            from ferrule.cargo.watched import end_like

            return end_like(program.run())
    return _start(program)


def _start(program: Program) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(program.folder)
    if os.name == "posix":
        # Signals, the terminal and the exit status are the program's own.
        os.execve(program.argv[0], program.argv, dict(program.env))  # noqa: S606
    import subprocess

    return subprocess.run(
        list(program.argv), env=dict(program.env), check=False
    ).returncode
