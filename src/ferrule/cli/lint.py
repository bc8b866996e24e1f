"""Check the Rust sources for what PyO3 will not do.

Reads the project's own crates without starting the compiler: what the chosen
minimum Python of the stable ABI does not have, and `append_to_inittab!` that is
missing or comes too late. Tests and examples are checked too. Builds run the
same check before cargo; the settings `lint` and `lint-allow`, and the comment
`// ferrule: allow(RULE)` in the source, decide what is told.

  ferrule lint                     file:line:column: rule: text
  ferrule lint --json              for programs
  ferrule lint --github            annotations in a workflow of GitHub Actions

exit codes: 0 nothing was found, 1 something was
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import add_cargo_options, add_project_options, make_request

if TYPE_CHECKING:
    import argparse

    from ferrule.lint.finding import Finding

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    add_cargo_options(parser)
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print as JSON")
    output.add_argument(
        "--github", action="store_true", help="print GitHub's workflow commands"
    )
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Print what the lint finds; 1 when there is something."""
    from ferrule.pipeline.linting import lint_project

    with showing_log(options):
        findings = [_from_here(item) for item in lint_project(make_request(options))]
    if options.json:
        print_json({"findings": [item.to_json() for item in findings]})
    else:
        for item in findings:
            print(_annotation(item) if options.github else item.located())
    return 1 if findings else 0


def _from_here(finding: Finding) -> Finding:
    """Return the finding with a path that holds in the current folder."""
    here = os.path.join(os.path.realpath(os.getcwd()), "")
    path = finding.path
    return replace(finding, path=path.removeprefix(here))


def _annotation(finding: Finding) -> str:
    level = "error" if finding.fails else "warning"
    text = finding.text.replace("%", "%25")
    place = f"file={finding.path},line={finding.line},col={finding.column}"
    return f"::{level} {place},title=ferrule {finding.rule}::{text}"
