"""Run cargo in the configuration that ferrule builds programs and tests with.

libpython is linked and found when tests and programs run, whatever the shell's
PATH and virtual environment are, and nothing that another interpreter or
plain cargo compiled is thrown away.

  ferrule cargo -- test
  ferrule cargo -- clippy --all-targets
  ferrule cargo -i 3.12 -- run --release -- an-argument
"""

from __future__ import annotations

import argparse

from ferrule.cli.console import add_verbosity, showing_log
from ferrule.cli.options import add_project_options, make_request

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    add_verbosity(parser)
    parser.add_argument(
        "arguments",
        nargs="...",
        metavar="-- ARGUMENTS",
        help="what cargo gets: test, clippy, run, check, ...",
    )


def run(options: argparse.Namespace) -> int:
    """Run cargo and return its exit status."""
    from ferrule.cargo.watched import end_like
    from ferrule.errors.usage import UsageError
    from ferrule.pipeline.development.shell import run_in_shell

    arguments: list[str] = options.arguments
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        raise UsageError(
            "ferrule cargo needs a cargo command",
            fix="for example: ferrule cargo -- test",
        )
    with showing_log(options):
        return end_like(run_in_shell(make_request(options), arguments))
