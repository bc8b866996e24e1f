"""Explain a failure of a build, of a link or of an import.

Reads a log from standard input or from files, and says for each failure that it
knows what it means, which value is wrong, and what ends it. With the name of a
failure, prints its page; without anything, lists all. Exits with 1 if nothing
was recognised.

  cargo test 2>&1 | ferrule explain       diagnose what was printed
  ferrule explain build.log               diagnose a saved log
  ferrule explain                         list every failure that is known
  ferrule explain pyinit-mismatch         the page of one
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from ferrule.cli.console import print_json, use_colour

if TYPE_CHECKING:
    import argparse

    from ferrule.diagnosis import Diagnosis, Rule

__all__ = ["configure", "run"]

_BLOCK = 4 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "subjects",
        nargs="*",
        metavar="ID | FILE",
        help="failures to describe, or logs to read; `-` is standard input",
    )
    parser.add_argument(
        "--list", action="store_true", help="list all failures, whatever is piped in"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Explain, list or describe."""
    from ferrule.diagnosis.rules import find_rule

    subjects: Sequence[str] = options.subjects
    if options.list or (not subjects and _is_interactive()):
        return _list(as_json=options.json)
    rules = [find_rule(word) for word in subjects]
    known = [rule for rule in rules if rule is not None]
    if subjects and len(known) == len(subjects):
        return _describe(known, as_json=options.json)
    return _diagnose(subjects or ["-"], as_json=options.json)


def _is_interactive() -> bool:
    return sys.stdin is None or sys.stdin.isatty()


def _list(*, as_json: bool) -> int:
    from ferrule.diagnosis.rules import all_rules

    rules = all_rules()
    if as_json:
        print_json([{"id": rule.id, "title": rule.title} for rule in rules])
        return 0
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        print(f"{rule.id:{width}}  {rule.title}")
    return 0


def _describe(rules: Sequence[Rule], *, as_json: bool) -> int:
    from ferrule.diagnosis.pages import page_data, page_lines

    if as_json:
        print_json([page_data(rule) for rule in rules])
        return 0
    for number, rule in enumerate(rules):
        if number:
            print()
        print("\n".join(page_lines(rule)))
    return 0


def _diagnose(subjects: Sequence[str], *, as_json: bool) -> int:
    from ferrule.diagnosis import diagnose

    found: dict[str, Diagnosis] = {}
    for subject in subjects:
        for item in diagnose(_blocks(subject)):
            found.setdefault(item.id, item)
    if as_json:
        print_json([item.as_data() for item in found.values()])
        return 0 if found else 1
    if not found:
        print("nothing that ferrule knows; `ferrule explain --list` shows what it does")
        return 1
    for number, item in enumerate(found.values()):
        if number:
            print()
        print(_heading(item.title))
        print("\n".join(f"  {line}" for line in item.lines()))
    return 0


def _heading(text: str) -> str:
    return f"\033[1m{text}\033[0m" if use_colour(sys.stdout) else text


def _blocks(subject: str) -> Iterator[str]:
    """Yield a log in blocks, decoded with replacements where it is not text."""
    from ferrule.errors.usage import UnknownFailureError

    if subject == "-":
        yield from _decoded(sys.stdin.buffer)
        return
    try:
        stream = open(subject, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        from ferrule.diagnosis.rules import all_rules

        names = [rule.id for rule in all_rules()]
        raise UnknownFailureError(subject, error.strerror or "", names) from None
    with stream:
        yield from _decoded(stream)


def _decoded(stream: BinaryIO) -> Iterator[str]:
    import codecs

    first = stream.read(_BLOCK)
    # PowerShell's `>` writes UTF-16 with a mark at the beginning.
    is_wide = first[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8")("replace")
    block = first
    while block:
        yield decoder.decode(block)
        block = stream.read(_BLOCK)
