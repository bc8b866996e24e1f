"""Check finished wheels: metadata, files, tags, binaries.

Reads any wheel, whoever built it, without installing it or unpacking it to disk.
Findings are errors (the wheel does not do what it promises), warnings (users will
meet trouble) and notes (it could promise more, or be smaller). Rules are ignored
with --ignore, or with `ignore` in [tool.ferrule.check] of the pyproject.toml in
the current folder; RULE:GLOB ignores a rule for some files only.

  ferrule check dist                          every wheel in a folder
  ferrule check a.whl b.whl --strict          warnings fail, too
  ferrule check a.whl --ignore no-license --ignore "debug-info:pkg/vendor/*"
  ferrule check --rules                       every rule, and what it is for

exit codes: 0 no errors, 1 a wheel has errors (with --strict: or warnings)
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cli.console import print_json, use_colour

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from ferrule.audit.finding import Finding
    from ferrule.audit.ignoring import IgnoreList
    from ferrule.pipeline.finished.checking import CheckedWheel

__all__ = ["configure", "run"]

_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36", "good": "1;32"}
_MOST_FILES = 4
_MOST_DETAILS = 5
_SCHEMA = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "wheels", metavar="WHEEL", nargs="*", help="a wheel, or a folder of wheels"
    )
    parser.add_argument(
        "--ignore",
        metavar="RULE[:GLOB]",
        action="append",
        default=[],
        help="do not report a rule; may repeat, or be a list with commas",
    )
    parser.add_argument(
        "--pyproject",
        metavar="PATH",
        help="the pyproject.toml with [tool.ferrule.check] (default: the current "
        "folder's)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail for warnings, too, not for notes"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print as JSON")
    output.add_argument(
        "--rules", action="store_true", help="list the rules instead of checking"
    )
    detail = parser.add_mutually_exclusive_group()
    detail.add_argument(
        "-v", "--verbose", action="store_true", help="list every file and detail"
    )
    detail.add_argument("-q", "--quiet", action="store_true", help="show no notes")


def run(options: argparse.Namespace) -> int:
    """Print what is found; 1 when it is an error."""
    if options.rules:
        return _print_rules()
    from ferrule.audit.ignoring import parse_ignore_list
    from ferrule.pipeline.finished.checking import check_files, find_wheels

    words = [word for item in options.ignore for word in item.split(",") if word]
    ignored = parse_ignore_list(words, "--ignore").joined(_settings(options.pyproject))
    checked = check_files(find_wheels(options.wheels), ignored)
    severities = ("error", "warning") if options.strict else ("error",)
    fails = any(item.count(severity) for item in checked for severity in severities)
    if options.json:
        wheels = [item.to_json() for item in checked]
        print_json({"schema": _SCHEMA, "ok": not fails, "wheels": wheels})
    else:
        _print_all(checked, options)
    return 1 if fails else 0


def _settings(pyproject: str | None) -> IgnoreList:
    from ferrule.audit.ignoring import IgnoreList
    from ferrule.pipeline.finished.checking import read_ignore_list

    path = Path(pyproject or "pyproject.toml")
    if pyproject is None and not path.is_file():
        return IgnoreList()
    return read_ignore_list(path)


def _print_rules() -> int:
    from ferrule.audit.rules import RULES

    width = max(map(len, RULES))
    for rule, info in RULES.items():
        print(f"{rule:{width}}  {info.title}")
    return 0


def _print_all(checked: Sequence[CheckedWheel], options: argparse.Namespace) -> None:
    for wheel in checked:
        _print_wheel(wheel, options)
    if len(checked) > 1:
        total: Counter[str] = Counter(
            item.severity for wheel in checked for item in wheel.findings
        )
        print(f"{len(checked)} wheels: {_summary(total)}")


def _print_wheel(wheel: CheckedWheel, options: argparse.Namespace) -> None:
    counts: Counter[str] = Counter(item.severity for item in wheel.findings)
    tail = f" ({wheel.ignored} ignored)" if wheel.ignored else ""
    colour = next((key for key in ("error", "warning") if counts[key]), "good")
    print(f"{wheel.path}: {_coloured(colour, _summary(counts))}{tail}")
    from ferrule.audit.finding import grouped

    told = [
        item for item in wheel.findings if item.severity != "note" or not options.quiet
    ]
    for items in grouped(told):
        severity, rule, fix = items[0].severity, items[0].rule, items[0].fix
        head = _coloured(severity, severity)
        print(f"  {head} {rule}")
        for line in _lines(items, everything=options.verbose):
            print(f"    {_printable(line)}")
        if fix:
            print(f"    fix: {_printable(fix)}")


def _lines(items: Sequence[Finding], *, everything: bool) -> Iterator[str]:
    files = len(items) if everything else _MOST_FILES
    # One more line would take as much room as saying that there is one.
    files = len(items) if len(items) == files + 1 else files
    for item in items[:files]:
        yield f"{item.path}: {item.what}" if item.path else item.what
        details = len(item.details) if everything else _MOST_DETAILS
        for line in item.details[:details]:
            yield f"  {line}"
        if len(item.details) > details:
            yield f"  and {len(item.details) - details} more"
    if len(items) > files:
        yield f"and {len(items) - files} more (-v shows them)"


def _printable(text: str) -> str:
    """Return text of a stranger's wheel without what would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _summary(counts: Counter[str]) -> str:
    parts = [
        f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}"
        for severity in ("error", "warning", "note")
        if counts[severity]
    ]
    return ", ".join(parts) or "nothing found"


def _coloured(kind: str, text: str) -> str:
    if not use_colour(sys.stdout):
        return text
    return f"\033[{_COLOURS[kind]}m{text}\033[0m"
