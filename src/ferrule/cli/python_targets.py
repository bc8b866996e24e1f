"""The actions of `ferrule python` about Pythons of other machines."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log

if TYPE_CHECKING:
    from ferrule.python.registry import RegisteredPython

__all__ = ["configure_targets", "print_for_target", "run_targets"]

_ADD_DESCRIPTION = """\
Register a Python of another machine that lies in a folder of this one.

Builds for its target then use it by themselves: programs that embed Python, and
modules for Android and iOS, are linked to its libpython. Extension modules for Linux,
macOS and Windows need none.
"""
_ADD_EPILOG = """\
examples:
  ferrule python add-target ~/arm64-root
  ferrule python add-target ~/android-python --target aarch64-linux-android --name phone
"""


def configure_targets(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add `add-target` and `remove-target`."""
    adding = actions.add_parser(
        "add-target",
        help="register a Python of another machine",
        description=_ADD_DESCRIPTION,
        epilog=_ADD_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    adding.add_argument("folder", metavar="DIR", help="where it was unpacked")
    adding.add_argument("--name", help="what to call it (default: target and version)")
    adding.add_argument(
        "--target", metavar="TRIPLE", help="its Rust target, where it does not tell"
    )
    adding.add_argument(
        "-i", "--interpreter", metavar="VERSION", help="which one, where it has several"
    )
    add_verbosity(adding)
    removing = actions.add_parser(
        "remove-target", help="forget a registered Python", description="Forget it."
    )
    removing.add_argument("name", metavar="NAME", help="name, target or folder")
    add_verbosity(removing)


def run_targets(options: argparse.Namespace) -> int:
    """Register or forget a Python of another machine."""
    from ferrule.python.registering import register
    from ferrule.python.registry import remove_registered

    with showing_log(options):
        if options.action == "remove-target":
            for row in remove_registered(os.environ, options.name):
                print(f"forgot {row.name}: {row.path}")
            return 0
        row = register(
            os.path.abspath(os.path.expanduser(options.folder)),
            os.environ,
            target=options.target,
            name=options.name,
            version=options.interpreter,
        )
    print(f"registered {_line(row)}")
    return 0


def print_for_target(target: str, *, as_json: bool) -> int:
    """Print the Pythons that a build for a target can have; 0."""
    from dataclasses import asdict

    from ferrule.python.foreign import existing_versions
    from ferrule.python.registry import read_registered
    from ferrule.target.triple import parse_triple

    triple = parse_triple(target)
    rows = [row for row in read_registered(os.environ) if row.target == triple.text]
    words = {"CPython": "", "PyPy": "pypy", "GraalVM": "graalpy"}
    known = [
        f"{words[name]}{major}.{minor}"
        for name, versions in existing_versions(triple).items()
        for major, minor in versions
    ]
    known += [f"3.{minor}t" for minor in range(13, 16)]
    if as_json:
        print_json(
            {
                "target": triple.text,
                "registered": [asdict(row) for row in rows],
                "described": known,
            }
        )
        return 0
    for row in rows:
        print(_line(row))
    if not rows:
        print(f"No Python for {triple} is registered (ferrule python add-target DIR).")
    print(f"\nextension modules need none: -i {', '.join(known)}")
    return 0


def _line(row: RegisteredPython) -> str:
    return f"{row.name}: Python {row.python} for {row.target}, {row.path}"
