"""Show or clear ferrule's per-user cache.

The cache keeps the answers of interpreters and of cargo, PyO3 configuration
files, and crates that builds in temporary folders have compiled. Everything
in it can be made again. It is in FERRULE_CACHE_DIR, or where the platform
keeps caches.

sections:
  interpreters   what each Python said about itself
  toolchain      what cargo and rustc said about themselves
  metadata       answers of cargo about projects
  pyo3-config    configuration files that cargo projects refer to; `clear`
                 leaves them alone unless they are named, or with --all
  builds         compiled crates of builds in temporary folders
  programs       what single files of `ferrule bundle` have written on this machine,
                 in a folder of their own; `clear` removes it only if it is named, and
                 leaves what a running program uses

  ferrule cache                     sizes of the sections
  ferrule cache show --all          every entry
  ferrule cache clear               everything but pyo3-config
  ferrule cache clear builds        only the compiled crates
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.quantities import bytes_text

if TYPE_CHECKING:
    from ferrule.cache_entries import Entry

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="[show | clear]")
    show = actions.add_parser("show", help="show what the cache holds (the default)")
    clear = actions.add_parser("clear", help="remove what the cache holds")
    for command, text in (
        (parser, "show every entry"),
        (show, "show every entry"),
        (clear, "remove the files of pyo3-config, too"),
    ):
        # An option of the default action is not undone by the action's name.
        default = False if command is parser else argparse.SUPPRESS
        command.add_argument("--all", action="store_true", default=default, help=text)
        command.add_argument(
            "--json", action="store_true", default=default, help="print as JSON"
        )
        add_verbosity(command)
        if command is not parser:
            command.add_argument(
                "sections", nargs="*", metavar="SECTION", help="only these sections"
            )


def run(options: argparse.Namespace) -> int:
    """Show or clear the cache."""
    from ferrule.cache import cache_folder
    from ferrule.cache_entries import DISPOSABLE, SECTIONS, clear, entries
    from ferrule.program_cache import SECTION, clear_programs, program_entries

    is_clear = options.action == "clear"
    sections: Sequence[str] = getattr(options, "sections", None) or (
        DISPOSABLE if is_clear and not options.all else SECTIONS
    )
    named = getattr(options, "sections", None) or ()
    own = [item for item in sections if item != SECTION]
    folder = str(cache_folder(os.environ))
    with showing_log(options):
        found = (clear if is_clear else entries)(os.environ, own) if own else ()
        if SECTION in named or not (named or is_clear):
            more = (clear_programs if is_clear else program_entries)(os.environ)
            sections = [*own, *([SECTION] if more or named else [])]
            found = (*found, *more)
    if options.json:
        print_json(
            {
                "folder": folder,
                "removed" if is_clear else "entries": [
                    entry.to_json() for entry in found
                ],
                "size_bytes": _total(found),
            }
        )
    elif is_clear:
        print(f"removed {_describe(found)} from {folder}")
    else:
        _show(folder, found, sections, show_all=options.all)
    return 0


def _show(
    folder: str, found: Sequence[Entry], sections: Sequence[str], *, show_all: bool
) -> None:
    print(folder)
    for section in sections:
        inside = [entry for entry in found if entry.section == section]
        size = bytes_text(_total(inside))
        count = f"{len(inside)} {'entry' if len(inside) == 1 else 'entries'}"
        print(f"  {section:<14}{size:>10}  {count}")
        if show_all:
            for entry in inside:
                print(f"      {bytes_text(entry.size_bytes):>10}  {entry.label}")
    print(f"  {'total':<14}{bytes_text(_total(found)):>10}")


def _total(found: Sequence[Entry]) -> int:
    return sum(entry.size_bytes for entry in found)


def _describe(found: Sequence[Entry]) -> str:
    noun = "entry" if len(found) == 1 else "entries"
    return f"{len(found)} {noun} ({bytes_text(_total(found))})"
