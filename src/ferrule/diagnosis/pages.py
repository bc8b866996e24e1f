"""The page of one failure: for the terminal, for JSON and for the documentation."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from ferrule.diagnosis.diagnose import diagnose
from ferrule.diagnosis.rules import all_rules

if TYPE_CHECKING:
    from ferrule.diagnosis.model import Rule

__all__ = ["documentation", "page_data", "page_lines"]

_WIDTH = 84
_HEAD = """\
# Known failures

<!-- made by tests/unit/diagnosis/test_pages.py from the rules; do not edit -->

When cargo, a linker or an import fails in a way that ferrule knows, the error says
what it means for this build, which value is wrong, and what ends it. A log from
anywhere else can be explained too: of plain cargo, maturin, setuptools-rust, pip, a
CI service, with or without colours and time stamps, with the prefixes of containers
and nix, and with lines that uv or a terminal broke.

```text
$ cargo test 2>&1 | ferrule explain
$ ferrule explain build.log
$ ferrule explain undefined-python-symbols
```

`ferrule explain` exits with 0 if it recognised something and with 1 if not; `--json`
prints the same as data. `ferrule explain --list` lists what follows.
"""


def page_lines(rule: Rule) -> list[str]:
    """Return the page of a rule as lines for a terminal."""
    lines = [rule.title, f"  ({rule.id})", ""]
    lines += textwrap.wrap(rule.meaning, _WIDTH, break_long_words=False)
    lines += ["", "typical text:"]
    for example in rule.examples:
        lines += [f"  | {line}" for line in example.splitlines()]
    for title, fixes in _answers(rule):
        lines += ["", f"what ends it ({title}):" if title else "what ends it:"]
        for item in fixes:
            lines.append(f"  {item[0]}")
            lines += textwrap.wrap(
                item[1],
                _WIDTH,
                initial_indent="      ",
                subsequent_indent="      ",
                break_long_words=False,
            )
    if rule.url:
        lines += ["", f"see: {rule.url}"]
    return lines


def page_data(rule: Rule) -> dict[str, Any]:
    """Return the page of a rule as plain data."""
    return {
        "id": rule.id,
        "title": rule.title,
        "meaning": rule.meaning,
        "examples": list(rule.examples),
        "fixes": [
            {"case": title, "line": line, "purpose": purpose}
            for title, fixes in _answers(rule)
            for line, purpose in fixes
        ],
        "url": rule.url,
    }


def documentation() -> str:
    """Return docs/explain.md."""
    parts = [_HEAD]
    for rule in all_rules():
        parts.append(f"\n## {rule.title}\n\n`{rule.id}`\n\n")
        parts.append(
            "\n".join(textwrap.wrap(rule.meaning, _WIDTH, break_long_words=False))
        )
        parts.append("\n\n```text\n" + "\n".join(rule.examples) + "\n```\n")
        for title, fixes in _answers(rule):
            parts.append(f"\n{title}:\n\n" if title else "\n")
            parts.extend(_item(line, purpose) for line, purpose in fixes)
        if rule.url:
            parts.append(f"\nMore: <{rule.url}>\n")
    return "".join(parts)


def _item(line: str, purpose: str) -> str:
    fence = "``" if "`" in line else "`"
    space = " " if fence == "``" else ""
    text = f"{fence}{space}{line}{space}{fence}" + (f": {purpose}" if purpose else "")
    return (
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def _answers(rule: Rule) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what is said about the examples: each set of fixes once.

    The first case has no title of its own unless it differs from the rule's.
    """
    answers: list[tuple[str, list[tuple[str, str]]]] = []
    for example in rule.examples:
        for item in diagnose(example):
            if item.id != rule.id:
                continue
            fixes = [(fix.line, fix.purpose) for fix in item.fixes]
            known = [known_title for known_title, _ in answers]
            title = "" if item.title == rule.title else item.title
            if title not in known:
                answers.append((title, fixes))
    return answers
