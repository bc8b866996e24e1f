"""Build again what an editable install points to.

The import finder of an editable install calls this when a module is stale; for
people there is `ferrule develop`. RECORD is the freshness record below the
target directory. Nothing is done where it holds. Standard output is for the
process that imports.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, showing_log, shown_kinds
from ferrule.cli.replaying import replay_name

if TYPE_CHECKING:
    import argparse

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("record", metavar="RECORD", type=Path)
    parser.add_argument(
        "--python", metavar="PYTHON", help="the interpreter that imports"
    )
    parser.add_argument(
        "--scripts",
        metavar="DIR",
        type=Path,
        help="replace the project's Rust programs that are installed there",
    )
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Rebuild, and print what the importing process is to tell."""
    from ferrule.pipeline.development.rebuild import rebuild
    from ferrule.pipeline.development.replay_record import Witness

    with showing_log(options):
        key, start = replay_name(options.words), options.record.parent
        witness = Witness(key, os.environ, start)
        with witness.looking_on():
            result = rebuild(
                options.record.absolute(),
                os.environ,
                interpreter=options.python,
                scripts=options.scripts,
            )
        if result.contents is not None and not result.notes:
            shown = sorted(shown_kinds(options))
            witness.write(
                result.contents, always=False, told="", what="", shown=shown, json=None
            )
    for note in result.notes:
        print(f"warning: {note}")
    return 0
