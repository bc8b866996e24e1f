"""Build a source distribution: everything that is needed to build the wheel.

Workspace members and path dependencies are included and their manifests
rewritten, so that the archive builds anywhere. An sdist made from an unpacked
sdist is identical.

  ferrule sdist
  ferrule sdist --vendor -o out
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import (
    add_package_option,
    add_sdist_options,
    add_strict_option,
    make_request,
)

if TYPE_CHECKING:
    import argparse

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("-m", "--manifest-path", metavar="PATH")
    add_package_option(parser)
    parser.add_argument(
        "-o", "--out", metavar="DIR", help="folder for the archive (default: dist)"
    )
    add_sdist_options(parser)
    add_strict_option(parser)
    parser.add_argument("--locked", action="store_true", help="require Cargo.lock")
    parser.add_argument("--offline", action="store_true", help="do not use the network")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Build the archive and print its path."""
    from ferrule.pipeline.build.sdists import build_source

    request = make_request(options, state="sdist")
    with showing_log(options):
        path = build_source(request, Path(options.out) if options.out else None)
    if options.json:
        print_json({"sdist": str(path)})
    else:
        print(path)
    return 0
