"""A Rust source file, ready to be searched: its tokens and their groups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from ferrule.lint.lexer import Token, decode, tokenize

__all__ = ["Source", "read_source"]

_OPENING = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 120
"""Nesting beyond it is not read: rustc gives up near 128 (`recursion_limit`)."""
_MARK = "ferrule: allow("


@dataclass
class Source:
    """The text of one file."""

    path: str
    text: str
    tokens: list[Token]
    """Without blanks and comments."""
    closing: dict[int, int]
    """Index of each closing bracket by the index of its opening one."""
    is_balanced: bool
    """Whether every bracket has its partner, and none is nested too deep; nothing
    is found otherwise."""
    allowed: dict[int, frozenset[str]] = field(default_factory=dict)
    """Rules that a comment switches off, by line."""
    marks: list[tuple[str, int]] = field(default_factory=list)
    """The rules that comments name, each with its offset in the text."""
    _starts: list[int] = field(default_factory=list)

    def word(self, index: int) -> str:
        """Return the text of a token, "" behind the last; `r#` is left out."""
        if not 0 <= index < len(self.tokens):
            return ""
        token = self.tokens[index]
        raw = token.kind == "ident" and token.text.startswith("r#")
        return token.text[2:] if raw else token.text

    def is_name(self, index: int) -> bool:
        """Tell whether a token is an identifier."""
        return 0 <= index < len(self.tokens) and self.tokens[index].kind == "ident"

    def is_punct(self, index: int, text: str) -> bool:
        """Tell whether a token is the punctuation `text`."""
        return 0 <= index < len(self.tokens) and self.tokens[index][:2] == (
            "punct",
            text,
        )

    def after(self, index: int) -> int:
        """Return the index behind a token, or behind the group that it opens."""
        return self.closing.get(index, index) + 1

    def position(self, index: int) -> tuple[int, int]:
        """Return line and column of a token as rustc counts them."""
        return self.place(self.tokens[index].offset)

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character as rustc counts them."""
        if not self._starts:
            self._starts = [0]
            find = self.text.find
            end = find("\n")
            while end >= 0:
                self._starts.append(end + 1)
                end = find("\n", end + 1)
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Return the ranges between the commas of a group's content."""
        begin = index = start
        while index < end:
            if self.is_punct(index, ","):
                if begin < index:
                    yield begin, index
                begin = index + 1
            index = self.after(index)
        if begin < end:
            yield begin, end

    def path_at(self, index: int) -> tuple[tuple[str, ...], int]:
        """Return the `a::b` that begins at a token, and the index behind it.

        A leading `::` becomes an empty first segment.
        """
        segments = []
        if self.is_punct(index, "::"):
            segments.append("")
            index += 1
        while self.is_name(index):
            segments.append(self.word(index))
            index += 1
            if not (self.is_punct(index, "::") and self.is_name(index + 1)):
                break
            index += 1
        return tuple(segments), index


def read_source(path: str, content: bytes) -> Source:
    """Return the tokens and groups of a file's content."""
    text = decode(content)
    everything = tokenize(text)
    tokens = [item for item in everything if item.kind not in ("space", "comment")]
    closing: dict[int, int] = {}
    waiting: list[tuple[str, int]] = []
    is_balanced = True
    for index, token in enumerate(tokens):
        if token.kind != "punct":
            continue
        if token.text in _OPENING:
            waiting.append((_OPENING[token.text], index))
            if len(waiting) > _DEEPEST:
                is_balanced = False
                break
        elif token.text in ")]}":
            if not waiting or waiting[-1][0] != token.text:
                is_balanced = False
                break
            closing[waiting.pop()[1]] = index
    source = Source(path, text, tokens, closing, is_balanced and not waiting)
    if _MARK in text:
        _read_marks(source, everything)
    return source


def _read_marks(source: Source, everything: list[Token]) -> None:
    """Note what `// ferrule: allow(rule)` switches off.

    The comment counts for its own line, and one that stands alone for the next
    line with code.
    """
    found: dict[int, set[str]] = {}
    for number, token in enumerate(everything):
        if token.kind != "comment" or _MARK not in token.text:
            continue
        inside = token.text.partition(_MARK)[2].partition(")")[0]
        rules = {word.strip() for word in inside.split(",")}
        start = token.offset + token.text.index(_MARK) + len(_MARK)
        for word in inside.split(","):
            place = start + len(word) - len(word.lstrip())
            source.marks.append((word.strip(), place))
            start += len(word) + 1
        line = source.place(token.offset)[0]
        found.setdefault(line, set()).update(rules)
        following = (
            item for item in everything[number + 1 :] if item.kind not in _TRIVIA
        )
        before = everything[number - 1] if number else None
        alone = before is None or (before.kind == "space" and "\n" in before.text)
        code = next(following, None)
        if (alone or number == 1) and code is not None:
            line = source.place(code.offset)[0]
            found.setdefault(line, set()).update(rules)
    source.allowed = {line: frozenset(rules) for line, rules in found.items()}


_TRIVIA = ("space", "comment")
