"""Show what is in a wheel or a bundle: what it needs, what it weighs, and why.

Reads any wheel, from whatever tool and for whatever system, without unpacking it, and
what `ferrule bundle` made: a folder, or the one program with everything in it.

  ferrule inspect dist/x.whl               one page of text
  ferrule inspect dist/x.whl --json        everything, for programs
  ferrule inspect dist/x.whl --html        a page for the browser, x.whl.html
  ferrule inspect old.whl --diff new.whl   what changed; also with --json and --html
  ferrule inspect dist/app                 what is in a bundle
  ferrule inspect dist/app --files         every file in it
  ferrule inspect app --extract out --only 'licenses/*'
                                           take files out of a single file
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import print_json, use_colour

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ferrule.report.text import Style

__all__ = ["configure", "run"]

_COLOURS = {"heading": "1", "good": "32", "warn": "33", "bad": "31", "dim": "2"}
_LARGE_BYTES = 24 << 20
"""Of larger wheels, text does not tell the crates: that alone would take longer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "wheel", type=Path, metavar="FILE", help="the wheel or bundle to read"
    )
    bundles = parser.add_argument_group("bundles")
    bundles.add_argument(
        "--files", action="store_true", help="list every file with its size"
    )
    bundles.add_argument(
        "--extract",
        type=Path,
        metavar="DIR",
        help="write what is behind a single file into a new folder",
    )
    bundles.add_argument(
        "--only",
        metavar="GLOB",
        action="append",
        default=[],
        help="extract these files, for example 'licenses/*'",
    )
    parser.add_argument(
        "--diff",
        type=Path,
        metavar="OTHER",
        help="tell what changed from WHEEL to OTHER",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print as JSON")
    output.add_argument(
        "--html",
        type=Path,
        nargs="?",
        const=Path(),
        metavar="FILE",
        help="write one page that needs no network (default: NAME.whl.html in "
        "the current folder; `-` prints it)",
    )


def run(options: argparse.Namespace) -> int:
    """Print or write what was asked for."""
    if _is_bundle(options):
        return _bundle(options)
    if options.html is not None and options.html.suffix == ".whl":
        from ferrule.errors.usage import UsageError

        raise UsageError(
            f"--html would write the page over {options.html}",
            fix="name the page's file after --html, or put --html behind WHEEL; "
            "--diff names a second wheel",
        )
    if options.diff is not None:
        return _difference(options)
    from ferrule.pipeline.finished.inspection import inspect_wheel

    is_text = not options.json and options.html is None
    with_crates = not is_text or _size(options.wheel) < _LARGE_BYTES
    inspection = inspect_wheel(options.wheel, with_crates=with_crates)
    if options.json:
        print_json(inspection.to_json())
    elif options.html is not None:
        from ferrule.report.page import inspection_page

        _write_page(options.html, options.wheel, inspection_page(inspection))
    else:
        from ferrule.report.text import inspection_lines

        _print_lines(inspection_lines(inspection, width=_width(), style=_style()))
    return 0


def _is_bundle(options: argparse.Namespace) -> bool:
    """Return whether a bundle is meant; raise `UsageError` for what it has not."""
    from ferrule.errors.usage import UsageError

    wants_bundle = options.files or options.extract is not None or options.only
    if options.wheel.suffix == ".whl" and not options.wheel.is_dir():
        if wants_bundle:
            raise UsageError(
                "--files and --extract are for bundles",
                fix=f"a wheel is a zip archive: python -m zipfile -l {options.wheel}",
            )
        return False
    from ferrule.pipeline.finished.bundle_inspection import is_bundle

    if not is_bundle(options.wheel):
        if wants_bundle or options.wheel.is_dir():
            raise UsageError(
                f"{options.wheel} is no bundle",
                fix="name a folder or a single file that `ferrule bundle` made",
            )
        return False
    if options.diff is not None or options.html is not None:
        raise UsageError(
            "--diff and --html are for wheels", fix="use --json for bundles"
        )
    if options.only and options.extract is None:
        raise UsageError("--only chooses files to extract", fix="add --extract DIR")
    return True


def _bundle(options: argparse.Namespace) -> int:
    from ferrule.pipeline.finished.bundle_inspection import (
        extract_bundle,
        inspect_bundle,
    )
    from ferrule.quantities import count_text
    from ferrule.report.bundles import bundle_lines, member_lines

    if options.extract is not None:
        globs = tuple(options.only)
        count = extract_bundle(options.wheel, options.extract, globs)
        if options.json:
            print_json({"folder": str(options.extract), "files": count})
            return 0
        files = count_text(count, "file")
        print(f"{options.extract}: {files} of {options.wheel.name}")
        return 0
    inspection = inspect_bundle(options.wheel)
    if options.json:
        print_json(inspection.to_json())
    elif options.files:
        _print_lines(member_lines(inspection))
    else:
        _print_lines(bundle_lines(inspection, width=_width(), style=_style()))
    return 0


def _difference(options: argparse.Namespace) -> int:
    from ferrule.pipeline.finished.inspection import compare_inspected

    difference = compare_inspected(options.wheel, options.diff)
    if options.json:
        print_json(difference.to_json())
    elif options.html is not None:
        from ferrule.report.page import difference_page

        _write_page(options.html, options.diff, difference_page(difference))
    else:
        from ferrule.report.difference_text import difference_lines

        _print_lines(difference_lines(difference, width=_width(), style=_style()))
    return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _print_lines(lines: Iterator[str]) -> None:
    print("\n".join(lines))


def _write_page(asked: Path, wheel: Path, page: str) -> None:
    from ferrule import atomic

    if str(asked) == "-":
        sys.stdout.buffer.write(page.encode("utf-8"))
        return
    path = Path(f"{wheel.name}.html") if asked == Path() else asked
    atomic.write_text(path, page)
    print(path)


def _width() -> int:
    """Return how wide lines may be: the terminal's width, within what reads well."""
    import shutil

    return max(40, min(shutil.get_terminal_size((88, 24)).columns, 100))


def _style() -> Style:
    if not use_colour(sys.stdout):
        from ferrule.report.text import plain

        return plain
    return lambda kind, text: f"\033[{_COLOURS[kind]}m{text}\033[0m"
