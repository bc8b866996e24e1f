"""Examine this machine and project.

One page: what is wrong comes first, each finding with what it means here and the
lines that mend it. Nothing is built and nothing is changed, except by --fix,
which makes the safe changes: inside the project and ferrule's cache, and to what
ferrule itself installed for projects that are gone; never in a toolchain. Outside
of a project the machine alone is examined.
The exit code is 1 if there are errors, otherwise 0.

  ferrule doctor                    the page
  ferrule doctor -i 3.12            as a build for another Python would see it
  ferrule doctor --fix --dry-run    what --fix would change
  ferrule doctor --fix              change it, and examine again
  ferrule doctor --json             for programs
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ferrule.cli.console import add_verbosity, print_json, showing_log, use_colour
from ferrule.cli.options import add_project_options, make_request

if TYPE_CHECKING:
    import argparse

    from ferrule.doctor.finding import Finding
    from ferrule.pipeline.machine.checkup import Checkup

__all__ = ["configure", "run"]

_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36", "ok": "1;32"}
_SYMBOLS = {"error": "✗", "warning": "!", "note": "·", "ok": "✓"}
_WIDTH = 100
"""Longer lines are hard to read, however wide the terminal is."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    parser.add_argument("--fix", action="store_true", help="make the safe changes")
    parser.add_argument(
        "--dry-run", action="store_true", help="with --fix: show the changes only"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Print the findings; 1 if there are errors among them."""
    from ferrule.errors.usage import UsageError
    from ferrule.pipeline.machine.checkup import examine

    if options.dry_run and not options.fix:
        raise UsageError("--dry-run changes nothing without --fix", fix="add --fix")
    request = make_request(options)
    with showing_log(options):
        checkup = examine(request)
        changes = _fix(checkup, dry_run=options.dry_run) if options.fix else []
        if changes and not options.dry_run:
            checkup = examine(request)
    if options.json:
        print_json(_as_json(checkup, changes))
    else:
        for change in changes:
            print(f"{'would' if options.dry_run else 'done'}: {change}")
        if options.fix and not changes:
            print("nothing can be changed safely")
        print(_title(checkup))
        _Page(checkup, show_all=not options.quiet).print()
    return 1 if checkup.count("error") else 0


def _fix(checkup: Checkup, *, dry_run: bool) -> list[str]:
    """Apply the fixes and return what was changed, or would be."""
    from ferrule import log
    from ferrule.errors import FerruleError

    changes = []
    for finding in checkup.findings:
        if finding.fix is None:
            continue
        # Two findings may ask for the same lines to be written.
        steps = [step for step in finding.fix.steps if step not in changes]
        if not steps:
            continue
        if not dry_run:
            try:
                finding.fix.apply()
            except (FerruleError, OSError) as error:
                log.warn(f"{finding.id} was not fixed: {error}")
                continue
        changes += steps
    return changes


def _as_json(checkup: Checkup, changes: Sequence[str]) -> dict[str, Any]:
    from ferrule.doctor.finding import SEVERITIES

    return {
        "version": 1,
        "project": str(checkup.root) if checkup.root else None,
        "counts": {name: checkup.count(name) for name in SEVERITIES},
        "changes": list(changes),
        "findings": [finding.to_json() for finding in checkup.findings],
    }


def _title(checkup: Checkup) -> str:
    where = str(checkup.root) if checkup.root else "this machine"
    counts = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for name in ("error", "warning", "note")
        if (count := checkup.count(name))
    ]
    return f"{where}: {', '.join(counts) or 'nothing to complain about'}\n"


class _Page:
    """Prints findings: problems with their remedies, then what is well."""

    def __init__(self, checkup: Checkup, *, show_all: bool) -> None:
        import shutil

        self.checkup = checkup
        self.show_all = show_all
        self.colour = use_colour(sys.stdout)
        self.width = min(shutil.get_terminal_size().columns, _WIDTH)
        self.marks = _marks()
        self.indent = " " * (max(map(len, self.marks.values())) + 1)

    def print(self) -> None:
        """Print the page."""
        findings = self.checkup.findings
        for finding in findings:
            if finding.severity != "ok":
                self._print_problem(finding)
        if self.show_all:
            self._print_good([item for item in findings if item.severity == "ok"])
        fixable = sum(item.fix is not None for item in findings)
        if fixable:
            which = "1 of them" if fixable == 1 else f"{fixable} of them"
            print(f"\nferrule doctor --fix mends {which}")

    def _print_problem(self, finding: Finding) -> None:
        mark = self.marks[finding.severity].ljust(len(self.indent) - 1)
        head, *rest = list(self._wrapped(finding.what)) or [""]
        print(f"{self._painted(mark, finding.severity)} {self._bold(head)}")
        for line in rest:
            print(f"{self.indent}{self._bold(line)}")
        for detail in finding.details:
            print(f"{self.indent}{detail}")
        for line in self._wrapped(finding.why):
            print(f"{self.indent}{line}")
        for line in finding.remedy:
            print(f"{self.indent}    {self._painted(line, 'ok')}")
        print(f"{self.indent}{self._dim(f'[{finding.id}]')}\n")

    def _print_good(self, findings: Sequence[Finding]) -> None:
        section = ""
        width = max((len(item.section) for item in findings), default=0)
        mark = self._painted(self.marks["ok"], "ok")
        for finding in findings:
            name = finding.section if finding.section != section else ""
            section = finding.section
            print(f"{mark} {name.ljust(width)}  {finding.what}")
            for detail in finding.details:
                print(f"{' ' * len(self.marks['ok'])} {' ' * width}    {detail}")

    def _wrapped(self, text: str) -> Iterator[str]:
        import textwrap

        yield from textwrap.wrap(
            text,
            max(self.width - len(self.indent), 40),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _painted(self, text: str, severity: str) -> str:
        return f"\033[{_COLOURS[severity]}m{text}\033[0m" if self.colour else text

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self.colour else text

    def _dim(self, text: str) -> str:
        return f"\033[2m{text}\033[0m" if self.colour else text


def _marks() -> dict[str, str]:
    """Return symbols for a terminal that can show them, words otherwise."""
    if sys.stdout.isatty():
        try:
            "".join(_SYMBOLS.values()).encode(sys.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            pass
        else:
            return _SYMBOLS
    return {name: name for name in _COLOURS}
