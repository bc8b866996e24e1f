"""Run the tests of the project: those in Rust, then those in Python.

Rust tests are compiled and run as `cargo test` does it, linked to libpython, which
they find, also where the crate enables PyO3's feature extension-module. Python
tests run with pytest (with unittest where it is not installed and not needed)
against the module that was just built; nothing has to be installed before, and
an installed copy is not seen.

Arguments after -- are for pytest; with --rust, for the Rust tests.

  ferrule test
  ferrule test -k parse                 tests with "parse" in their name
  ferrule test -i 3.9 3.13              in two Pythons
  ferrule test --rust -- --nocapture
  ferrule test --python -- -x tests/test_api.py
  ferrule test --rust --cargo-arg=--doc

The exit code is 1 when a test failed, or when there is none, and 5 when something
does not compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, showing_log
from ferrule.cli.options import add_cargo_options, add_project_options, make_request

if TYPE_CHECKING:
    import argparse

    from ferrule.pipeline.execution.testing import Tested

__all__ = ["HAS_TRAILING_ARGUMENTS", "configure", "run"]

HAS_TRAILING_ARGUMENTS = True
"""For pytest; with --rust, for the Rust tests."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--rust", action="store_true", help="only the Rust tests")
    only.add_argument("--python", action="store_true", help="only the Python tests")
    parser.add_argument(
        "-k",
        metavar="TEXT",
        dest="keyword",
        help="only tests whose names contain TEXT",
    )
    parser.add_argument(
        "--cargo-arg",
        metavar="ARG",
        action="append",
        default=[],
        help="a further argument for cargo test, e.g. --cargo-arg=--no-fail-fast",
    )
    add_cargo_options(parser, default_profile="dev")
    add_verbosity(parser)
    parser.usage = "%(prog)s [options] [-- ARGUMENTS]"


def run(options: argparse.Namespace) -> int:
    """Run the tests and return 1 if one failed."""
    from ferrule import log
    from ferrule.pipeline.execution.testing import Wanted, run_tests

    wanted = Wanted(
        rust=not options.python,
        python=not options.rust,
        keyword=options.keyword,
        cargo_arguments=tuple(options.cargo_arg),
        arguments=tuple(options.trailing),
    )
    with showing_log(options):
        done = run_tests(make_request(options), wanted)
        for item in done:
            log.step(_summary(item))
    return 1 if any(item.failed for item in done) else 0


def _summary(item: Tested) -> str:
    return f"{item.interpreter}: Rust tests {item.rust}, Python tests {item.python}"
