"""Write type stubs of the extension modules.

Builds the modules with the development profile and writes what PyO3 recorded in
them (its feature experimental-inspect, since 0.25) as `.pyi` files beside the
Python sources. With --runtime the modules are imported instead of, or besides:
that gives names, signatures and docstrings with every release of PyO3, and
completes modules that are Rust functions.

  ferrule stubs                                  write the stubs
  ferrule stubs -F pyo3/experimental-inspect     without a change of Cargo.toml
  ferrule stubs --runtime                        import the module too
  ferrule stubs --check                          for CI: fail if they are out of date
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import add_verbosity, print_json, showing_log
from ferrule.cli.options import add_cargo_options, add_project_options, make_request

if TYPE_CHECKING:
    import argparse

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_project_options(parser)
    parser.add_argument(
        "-o",
        "--out",
        metavar="PATH",
        help="a folder, or a .pyi file (default: beside the Python sources)",
    )
    parser.add_argument(
        "--runtime",
        action="store_true",
        help="import the built modules for what PyO3 does not record",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; show what differs and return 1 if anything does",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace stubs that ferrule did not make"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_cargo_options(parser)
    add_verbosity(parser)


def run(options: argparse.Namespace) -> int:
    """Write or check the stubs, and print the paths of those that changed."""
    from ferrule.pipeline.build.stubs import check_stubs, make_stubs, write_stubs

    out = Path(options.out) if options.out else None
    with showing_log(options):
        files = make_stubs(make_request(options), out=out, runtime=options.runtime)
        if options.check:
            check_stubs(files)
            changed = []
        else:
            changed = write_stubs(files, force=options.force)
    if options.json:
        print_json(
            {
                "files": [str(item.path) for item in files],
                "changed": [str(path) for path in changed],
            }
        )
    else:
        for path in changed:
            print(path)
    return 0
