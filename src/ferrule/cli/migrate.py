"""Rewrite a maturin or setuptools-rust project to ferrule, and prove it equal.

The configuration moves to [tool.ferrule] in pyproject.toml; comments and
everything that has nothing to do with the build stay as they are. The diff is
shown first. Then the project is built before and after, in temporary copies,
and what was built is compared: files, METADATA, entry points, tags, sdist.
Differences that are known improvements are listed with their reason; any other
one stops the command. On a terminal you are asked before files are written.

The reference is built by the project's own backend if that is installed, with
--use-peer by a fresh installation of it, and otherwise by ferrule itself, out
of the old configuration.

Lines of CI files, task runners and requirement lists that still name the old
tool are listed, not changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.cli.console import add_verbosity, print_json, showing_log, use_colour

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ferrule.migrate.changes import Migration
    from ferrule.migrate.hints import Hint
    from ferrule.migrate.proof import Proof
    from ferrule.wheel.comparison import Difference

__all__ = ["configure", "run"]

_EPILOG = """\
exit codes:
  0  migrated; nothing to do; with --check: proven equal
  1  nothing was written: there are unexplained differences, or nobody agreed
  others as for every command (`ferrule --help`)

examples:
  ferrule migrate --check            diff and proof, nothing is written
  ferrule migrate                    diff, proof, question
  ferrule migrate --yes --use-peer   in a script, measured against the old tool
  ferrule migrate --setuptools       for a setup.py that has to run
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "folder", nargs="?", default=".", help="the project (default: found from here)"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--check", action="store_true", help="show and prove, but write nothing"
    )
    action.add_argument("-y", "--yes", action="store_true", help="write without asking")
    proof = parser.add_mutually_exclusive_group()
    proof.add_argument(
        "--use-peer",
        action="store_true",
        help="install the old tool into a temporary environment for the proof",
    )
    proof.add_argument(
        "--no-proof", action="store_true", help="build nothing, only rewrite"
    )
    parser.add_argument(
        "--setuptools",
        action="store_true",
        help="keep setup.py and build with ferrule.setuptools, which runs it",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write although git does not hold the present state of the files, or "
        "although there are differences",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Plan, show, prove, ask and write."""
    from ferrule.errors.usage import UsageError
    from ferrule.migrate.detection import find_root
    from ferrule.migrate.planning import plan_migration

    if options.check and options.no_proof:
        what = "--check without a proof would check nothing"
        raise UsageError(what, fix="leave out --check to see the diff only")
    root = find_root(Path(options.folder))
    with showing_log(options):
        migration = plan_migration(root, env=os.environ, runs_setup=options.setuptools)
        if migration is None:
            return _report_nothing(root, as_json=options.json)
        return _migrate(migration, options)


def _migrate(migration: Migration, options: argparse.Namespace) -> int:
    from ferrule.migrate.changes import apply_changes
    from ferrule.migrate.hints import find_hints
    from ferrule.migrate.proof import prove
    from ferrule.migrate.tracking import refuse_unsafe_changes

    rewritten = {change.name: change.after for change in migration.changes}
    hints = find_hints(migration.root, rewritten)
    may_ask = sys.stdin.isatty() and sys.stdout.isatty() and not options.json
    is_preview = not (options.check or options.yes or may_ask)
    if not options.json:
        _show_migration(migration, hints)
    if not (options.check or options.force or is_preview):
        refuse_unsafe_changes(migration.root, migration.changes, os.environ)
    proof = None
    if not (options.no_proof or is_preview):
        proof = prove(migration, env=os.environ, use_peer=options.use_peer)
        if not options.json:
            _show_proof(proof)
    is_equal = proof is None or proof.is_equal
    is_written = False
    if not (options.check or is_preview) and (is_equal or options.force):
        is_written = options.yes or _agrees()
        if is_written:
            apply_changes(migration.root, migration.changes)
    if options.json:
        print_json(_to_json(migration, hints, proof, is_written=is_written))
    else:
        _show_end(migration, options, is_equal=is_equal, is_written=is_written)
    return 0 if is_written or (options.check and is_equal) else 1


def _report_nothing(root: Path, *, as_json: bool) -> int:
    if as_json:
        print_json({"project": str(root), "peer": None, "changes": []})
    else:
        print(f"nothing to do: {root} is built by ferrule already")
    return 0


def _show_migration(migration: Migration, hints: Sequence[Hint]) -> None:
    from ferrule.migrate.changes import unified_diff

    for line in unified_diff(migration.changes).splitlines():
        print(_coloured(line))
    for note in migration.notes:
        print(f"note: {note}")
    if hints:
        print("\nstill naming the old tool (not changed):")
        for hint in hints:
            print(f"  {hint.name}:{hint.line}: {hint.text}")
            print(f"      {hint.advice}")
    # The builds that follow write to standard error.
    sys.stdout.flush()


def _coloured(line: str) -> str:
    colours = {"+": "32", "-": "31", "@": "36"}
    colour = colours.get(line[:1])
    if colour is None or not use_colour(sys.stdout):
        return line
    return f"\033[{colour}m{line}\033[0m"


def _show_proof(proof: Proof) -> None:
    print(f"\nbefore: {proof.before}: {proof.wheels[0]}")
    print(f"after:  {proof.after}: {proof.wheels[1]}")
    for title, found in (("wheel", proof.wheel), ("sdist", proof.sdist)):
        unexplained = [item for item in found if not item.explanation]
        if not found:
            print(f"{title}: equal")
            continue
        print(f"{title}: {len(found)} differences, {len(unexplained)} unexplained")
        for item in sorted(found, key=lambda item: item.explanation is not None):
            _show_difference(item)


def _show_difference(item: Difference) -> None:
    mark = "  ok" if item.explanation else "DIFF"
    print(f"  {mark}  {item.kind} {item.name}")
    if item.kind == "file" and None in (item.left, item.right):
        print(f"        only {'before' if item.right is None else 'after'}")
    else:
        sides = (
            "nothing" if side is None else side for side in (item.left, item.right)
        )
        print("        " + " -> ".join(_short(side) for side in sides))
    if item.explanation:
        print(f"        {item.explanation}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def _agrees() -> bool:
    try:
        return input("\nwrite these changes? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _show_end(
    migration: Migration,
    options: argparse.Namespace,
    *,
    is_equal: bool,
    is_written: bool,
) -> None:
    names = ", ".join(change.name for change in migration.changes)
    if is_written:
        print(f"\nmigrated from {migration.peer}: {names}")
    elif not is_equal:
        print(
            "\nnothing was written: the migrated project is not the same. Look at the "
            "differences marked DIFF, or write it all the same with --force"
        )
    elif options.check:
        print("\nproven equal; nothing was written (--check)")
    elif sys.stdin.isatty() and sys.stdout.isatty():
        print("\nnothing was written")
    else:
        print(
            "\nnothing was written: this is no terminal to ask on. Use --yes to "
            "write, --check to prove the migration"
        )


def _to_json(
    migration: Migration,
    hints: Sequence[Hint],
    proof: Proof | None,
    *,
    is_written: bool,
) -> dict[str, Any]:
    from dataclasses import asdict

    from ferrule.migrate.changes import unified_diff

    changes = [
        {
            "file": change.name,
            "action": "delete"
            if change.after is None
            else "create"
            if change.before is None
            else "change",
            "diff": unified_diff([change]),
        }
        for change in migration.changes
    ]
    result: dict[str, Any] = {
        "project": str(migration.root),
        "peer": migration.peer,
        "changes": changes,
        "notes": list(migration.notes),
        "hints": [asdict(hint) for hint in hints],
        "written": is_written,
        "proof": None,
    }
    if proof is not None:
        result["proof"] = {"equal": proof.is_equal, **asdict(proof)}
    return result
