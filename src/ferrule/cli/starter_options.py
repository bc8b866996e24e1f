"""What `ferrule new` and `ferrule init` share: options, questions and reports."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from ferrule.cli.console import print_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ferrule.starters.kinds import Kind
    from ferrule.starters.names import Names
    from ferrule.starters.plan import Plan
    from ferrule.starters.rendering import Starter

__all__ = [
    "add_starter_options",
    "ask",
    "choose_kind",
    "choose_starter",
    "list_kinds",
    "may_ask",
    "report",
    "start_repository",
]


def add_starter_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a new project."""
    parser.add_argument(
        "-k", "--kind", metavar="KIND", help="what to start; --list shows the kinds"
    )
    parser.add_argument(
        "--name", metavar="NAME", help="name of the project (default: the folder's)"
    )
    parser.add_argument(
        "--pyo3",
        metavar="VERSION",
        help="release of PyO3 that the code is written for, such as 0.22 "
        "(default: the newest)",
    )
    parser.add_argument("--description", metavar="TEXT", default="")
    parser.add_argument(
        "--author",
        metavar="TEXT",
        help='"Name <address>" (default: what git knows); "" for none',
    )
    parser.add_argument(
        "--license",
        metavar="SPDX",
        default="",
        help="licence, such as MIT or Apache-2.0; for MIT its text is written too",
    )
    parser.add_argument(
        "--vcs",
        choices=["git", "none"],
        default="git",
        help="make the folder a repository of git, unless it lies in one (the default)",
    )
    parser.add_argument(
        "-y", "--yes", action="store_true", help="ask nothing, take the defaults"
    )
    parser.add_argument(
        "-n", "--dry-run", action="store_true", help="show what would be written"
    )
    parser.add_argument("--list", action="store_true", help="show the kinds")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def may_ask(options: argparse.Namespace) -> bool:
    """Whether questions can be asked and answered."""
    if options.yes or options.json:
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str, check: Callable[[str], object]) -> str:
    """Return the answer to a question; ask again until `check` raises nothing."""
    from ferrule.errors import FerruleError

    while True:
        shown = f" [{default}]" if default else ""
        try:
            answer = input(f"{question}{shown}: ").strip() or default
        except EOFError:
            print()
            answer = default
            check(answer)
            return answer
        try:
            check(answer)
        except FerruleError as error:
            print(error)
        else:
            return answer


def list_kinds(*, as_json: bool) -> int:
    """Print every kind with its summary."""
    from ferrule.starters.kinds import KINDS

    if as_json:
        print_json([{"kind": k.name, "summary": k.summary} for k in KINDS.values()])
        return 0
    width = max(map(len, KINDS))
    for kind in KINDS.values():
        print(f"{kind.name:<{width}}  {kind.summary}")
    return 0


def choose_kind(options: argparse.Namespace, default: str) -> Kind:
    """Return the kind that was given, is answered, or is the default.

    Raises `UnknownKindError`.
    """
    from ferrule.starters.kinds import find_kind

    name = options.kind or default
    if options.kind is None and may_ask(options):
        list_kinds(as_json=False)
        name = ask("kind", default, find_kind)
    return find_kind(name)


def choose_starter(
    options: argparse.Namespace,
    kind: Kind,
    names: Names,
    *,
    pyo3: str | None = None,
    description: str = "",
) -> Starter:
    """Return the starter that options and answers describe.

    `pyo3` and `description` are what the folder says already. Raises
    `UnknownReleaseError` and `LicenseExpressionError`.
    """
    from ferrule.starters.release_values import DEFAULT_REQUIREMENT, release_values
    from ferrule.starters.rendering import Starter
    from ferrule.starters.repository import find_author, parse_author

    author = find_author(os.environ)
    interactive = may_ask(options)
    version = options.pyo3 or pyo3 or DEFAULT_REQUIREMENT
    if options.pyo3 is None and pyo3 is None and interactive:
        version = ask("release of PyO3", version, release_values)
    release_values(version)
    if options.author is not None:
        author = parse_author(options.author)
    elif interactive:
        known = f"{author.name} <{author.email}>" if author else ""
        author = parse_author(ask("author", known, str))
    return Starter(
        kind,
        names,
        version,
        " ".join((options.description or description).split()),
        author,
        _check_license(options.license),
        time.localtime().tm_year,
    )


def _check_license(text: str) -> str:
    if not text:
        return ""
    from packaging.licenses import (
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )

    from ferrule.errors.project import LicenseExpressionError

    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression as error:
        raise LicenseExpressionError(text, str(error)) from error


def start_repository(options: argparse.Namespace, plan: Plan) -> None:
    """Make the folder a repository if that is wanted."""
    from ferrule.starters.repository import make_repository

    if options.vcs == "git":
        make_repository(plan.root, os.environ)


def report(options: argparse.Namespace, plan: Plan, next_steps: list[str]) -> int:
    """Print what was written, or would be."""
    if options.json:
        print_json(
            {
                "folder": str(plan.root),
                "kind": plan.kind,
                "files": [{"path": f.path, "action": f.action} for f in plan.files],
                "notes": list(plan.notes),
                "written": not options.dry_run,
            }
        )
        return 0
    for file in plan.files:
        print(f"{file.action:>6}  {file.path}")
    if options.dry_run:
        _show_changes(plan)
    for note in plan.notes:
        print(f"note: {note}")
    if options.dry_run:
        print("nothing was written (--dry-run)")
        return 0
    print("next:")
    for step in next_steps:
        print(f"  {step}")
    return 0


def _show_changes(plan: Plan) -> None:
    from difflib import unified_diff

    for file in plan.files:
        if file.action == "change" and file.before is not None:
            old, new = file.before.splitlines(), file.after.splitlines()
            names = f"a/{file.path}", f"b/{file.path}"
            print("\n".join(unified_diff(old, new, *names, lineterm="")))
