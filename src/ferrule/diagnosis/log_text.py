"""Logs as people paste them: cleaned, cut into blocks, and their plain facts.

Colours, the time stamps of CI services and Windows line ends are removed. Long
logs go through in blocks, so memory stays bounded; no expression here or in a
rule can run for longer than the line is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ferrule.diagnosis.model import Sign

__all__ = ["FACTS", "LINE_LIMIT", "clean_blocks", "clean_text", "join_lines"]

LINE_LIMIT: Final = 8_000
"""Longer lines are cut: the first and the last half stay."""
_WIDEST: Final = 240
"""No terminal is wider: longer lines were not broken."""

_CONTROL: Final = re.compile(
    # Colours and cursor movements; then titles and links of terminals.
    r"\x1b\[[0-9;:?]{0,32}[ -/]?[@-~]|\x1b\][^\x07\x1b\n]{0,512}(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_STAMP: Final = re.compile(
    # GitHub Actions, and `docker logs --timestamps`; loggers write a comma and no
    # zone, Buildkite brackets.
    r"^(?:\ufeff)?(?: *\| )?\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?:Z|[+-]\d\d:?\d\d)?\]? ?"
    # GitLab, after the time, and Azure.
    r"(?:\d\d[OE][+ ]? ?)?",
    re.MULTILINE,
)
# What tools put before each line of another's output: BuildKit `#10 659.0 `, docker
# compose `web-1  | `, nix `demo> ` and ` > `, and mail.
_PREFIX: Final = re.compile(
    r"^(?:#\d{1,4} \d{1,7}\.\d{1,3}(?: |$)|[a-z][\w.-]{0,60}[-_]\d{1,3} +\| ?"
    r"|(?: {2,8}|[\w.+-]{1,60})?>(?: |$))",
    re.MULTILINE,
)
_QUOTES: Final = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x201E: '"'}
# Job and step before the time, as `gh run view --log` prints them.
_STEP: Final = re.compile(
    r"^[^\t\n]{1,200}\t[^\t\n]{1,200}\t(?=(?:\ufeff)?\d{4}-)", re.MULTILINE
)


def clean_text(text: str) -> str:
    """Return a text without colours, time stamps and carriage returns."""
    if "\x1b" in text or "\x00" in text:
        text = _CONTROL.sub("", text)
    # Compilers quote like this in UTF-8 locales.
    if "\u2018" in text or "\u201c" in text or "\u201e" in text:
        text = text.translate(_QUOTES)
    # A bare carriage return starts the line again: what a progress bar does.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in text:
        text = _STEP.sub("", text)
    return _PREFIX.sub("", _STAMP.sub("", text))


def join_lines(text: str) -> str:
    """Return a text whose lines go on with the three that follow each.

    Tools that draw frames around the output of others (uv, Rich) break its lines at
    the width of the terminal, between any two words.
    """
    lines = [line.strip() for line in text.split("\n")]
    joined: list[str] = []
    for number, line in enumerate(lines):
        if not line or len(line) > _WIDEST:
            continue
        rest = [other for other in lines[number + 1 : number + 4] if other]
        joined.append(" ".join((line, *rest)))
    return "\n".join(joined)


def clean_blocks(blocks: Iterable[str]) -> Iterator[str]:
    """Clean a log that comes in blocks; yield blocks of whole lines."""
    rest = ""
    for block in blocks:
        joined = rest + block
        whole, newline, rest = joined.rpartition("\n")
        if newline:
            yield clean_text(whole)
        elif len(rest) > 64 * LINE_LIMIT:
            # Not a text of lines at all.
            yield clean_text(rest)
            rest = ""
    if rest:
        yield clean_text(rest)


FACTS: Final = (
    Sign("pyo3-ffi", r"\bpyo3-ffi(?:@| v)(?P<pyo3>0\.\d+\.\d+[\w.-]*)"),
    Sign("pyo3 v", r"\bpyo3 v(?P<pyo3>0\.\d+\.\d+[\w.-]*)"),
    Sign("extension-module", r'feature="(?P<feature>extension-module)"'),
    Sign("PYO3_BUILD_EXTENSION_MODULE", r"(?P<variable>PYO3_BUILD_EXTENSION_MODULE=)"),
    Sign("-dynamiclib", r'"(?P<cdylib>-dynamiclib)"'),
    Sign("-shared", r'"(?P<cdylib>-shared)"'),
    Sign("(lib)", r"could not compile `(?P<crate>[\w-]+)` \((?P<part>lib)\)"),
    Sign(
        '" test)',
        r'could not compile `(?P<crate>[\w-]+)` \((?P<part>(?:bin|example) "[\w-]+" '
        r"test)\)",
    ),
    Sign("lib test)", r"could not compile `(?P<crate>[\w-]+)` \((?P<part>lib test)\)"),
    Sign(
        '")',
        r'could not compile `(?P<crate>[\w-]+)` \((?P<part>(?:bin|test|example|bench) "'
        r'[\w-]+")\)',
    ),
    Sign("libpython", r"(?P<static>[^\s\"'`(]*libpython[\w.-]*\.a)\b"),
    Sign("/target/", r"/target/(?P<target>\w+-\w+-\w+(?:-\w+)?)/(?:debug|release)/"),
    Sign("maturin", r"(?P<maturin>\bmaturin failed|Using build options .* maturin)"),
    Sign("Found pyo3 bindings", r"(?P<maturin>Found pyo3 bindings)"),
    Sign("build_rust", r"(?P<setuptools>running build_rust|build_rust\b)"),
    Sign("error: the Rust code does not", r"(?P<ferrule>the Rust code does not)"),
    Sign("(signal: 9", r"(?P<killed>\(signal: 9, SIGKILL)"),
)
"""Lines that are no failure, but tell what is built."""
