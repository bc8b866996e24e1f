"""The tokens of Rust source text.

Follows the chapters "Tokens", "Comments" and "Whitespace" of the Rust
Reference. The tokens of a text always join to that text again, whatever it
holds: what the language does not allow becomes a token too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Token", "decode", "tokenize"]


class Token(NamedTuple):
    """A piece of source text."""

    kind: str
    """`space`, `comment`, `ident`, `lifetime`, `char`, `string`, `number` or
    `punct`. A raw identifier keeps its `r#`."""
    text: str
    offset: int
    """Characters before it."""


def decode(content: bytes) -> str:
    """Return the text of a source file; no bytes make it fail.

    A byte order mark is dropped. Bytes that are no UTF-8 become replacement
    characters: rustc refuses such a file, and says so itself.
    """
    return content.decode("utf-8-sig", "replace")


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    # The order matters: a raw string before an identifier, a character before a
    # lifetime.
    return re.compile(
        r"(?P<space>\s+)"
        r"|(?P<line>//[^\n]*)"
        r"|(?P<block>/\*)"
        r'|(?P<raw>(?:br|cr|r)(?P<hashes>\#*)")'
        r'|(?P<quote>[bc]?")'
        r"|(?P<char>b?'(?:[^'\\\n\r\t]|\\(?:u\{[^}'\n]*\}|x[0-9A-Fa-f]{2}|[^ux\n]))')"
        r"|(?P<lifetime>'(?:r\#)?[^\W\d]\w*)"
        r"|(?P<ident>(?:r\#)?[^\W\d]\w*)"
        r"|(?P<number>\d\w*(?:\.\d\w*)?)"
        r"|(?P<punct>::|->|=>|.)",
        re.DOTALL,
    )


@lru_cache(maxsize=1)
def _string_rest() -> re.Pattern[str]:
    return re.compile(r'[^"\\]+|\\.|"', re.DOTALL)


@lru_cache(maxsize=1)
def _comment_edge() -> re.Pattern[str]:
    return re.compile(r"/\*|\*/")


def tokenize(text: str) -> list[Token]:
    """Return all tokens of a text, blanks and comments too.

    A string or comment that never ends reaches to the end of the text.
    """
    tokens: list[Token] = []
    match_at = _pattern().match
    offset = _shebang_end(text)
    if offset:
        tokens.append(Token("comment", text[:offset], 0))
    size = len(text)
    while offset < size:
        found = match_at(text, offset)
        if found is None:  # cannot be: `punct` takes any character
            break
        kind = str(found.lastgroup)
        end = found.end()
        if kind == "line":
            kind = "comment"
        elif kind == "block":
            kind, end = "comment", _block_end(text, end)
        elif kind == "quote":
            kind, end = "string", _string_end(text, end)
        elif kind == "raw":
            closing = '"' + found["hashes"]
            close = text.find(closing, end)
            kind, end = "string", size if close < 0 else close + len(closing)
        tokens.append(Token(kind, text[offset:end], offset))
        offset = end
    return tokens


def _shebang_end(text: str) -> int:
    """Return where a first line that is meant for the system ends, or 0.

    `#![` begins an attribute instead; blanks and comments may stand between.
    """
    if not text.startswith("#!"):
        return 0
    offset = 2
    while found := _pattern().match(text, offset):
        if found.lastgroup == "block":
            offset = _block_end(text, found.end())
        elif found.lastgroup in ("space", "line"):
            offset = found.end()
        else:
            break
    if text.startswith("[", offset):
        return 0
    end = text.find("\n")
    return len(text) if end < 0 else end


def _block_end(text: str, offset: int) -> int:
    depth = 1
    for edge in _comment_edge().finditer(text, offset):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return len(text)


def _string_end(text: str, offset: int) -> int:
    for part in _string_rest().finditer(text, offset):
        if part[0] == '"':
            return part.end()
    return len(text)
