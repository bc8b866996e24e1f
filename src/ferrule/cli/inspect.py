"""Show what is in a wheel: why its tag is what it is, what it needs, what it weighs.

Reads any wheel, from whatever tool and for whatever system, without unpacking it.

  ferrule inspect dist/x.whl               one page of text
  ferrule inspect dist/x.whl --json        everything, for programs
  ferrule inspect dist/x.whl --html        a page for the browser, x.whl.html
  ferrule inspect old.whl --diff new.whl   what changed; also with --json and --html
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import print_json, use_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ferrule.report.text import Style

__all__ = ["configure", "run"]

_COLOURS = {"heading": "1", "good": "32", "warn": "33", "bad": "31", "dim": "2"}
_LARGE_BYTES = 24 << 20
"""Of larger wheels, text does not tell the crates: that alone would take longer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("wheel", type=Path, metavar="WHEEL", help="the file to read")
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
