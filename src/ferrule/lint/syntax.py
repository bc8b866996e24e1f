"""The items of a Rust source file, as far as attributes and names need them.

No full grammar: attributes, the items that they stand on, and the regions of
the text that are certainly compiled. Follows the chapters "Items" and
"Attributes" of the Rust Reference.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from ferrule.lint.cfg import both
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.lint.cfg import Conditions, Truth
    from ferrule.lint.source import Source

__all__ = ["Attribute", "Item", "Tree", "parse_items"]

_BEFORE_ITEM: Final = frozenset(("pub", "default", "unsafe", "async", "safe", "auto"))
_TO_SEMICOLON: Final = frozenset(("use", "type", "static", "const"))
_NAMED: Final = frozenset(("mod", "struct", "enum", "union", "trait", "fn", "type"))
_STATEMENT_STARTS: Final = frozenset("{};")
_OPEN_MACROS: Final = frozenset(
    (
        *("assert", "assert_eq", "assert_ne", "dbg", "debug_assert", "format"),
        *("debug_assert_eq", "debug_assert_ne", "eprint", "eprintln", "panic"),
        *("print", "println", "todo", "unimplemented", "unreachable", "vec"),
        *("write", "writeln"),
    )
)
"""Macros of the standard library whose arguments are expressions."""


_BLOCK_STARTS: Final = frozenset(("{", "if", "match", "for", "loop", "while"))
_OPERATORS: Final = frozenset(("return", "in", "if", "while", "match", "else", "break"))
"""Words behind which `!` negates."""


@dataclass(frozen=True)
class Attribute:
    """`#[path(arguments)]` or `#[path = value]`."""

    path: tuple[str, ...]
    start: int
    """Index of the first token of the path."""
    arguments: tuple[int, int] | None = None
    """Range of the tokens between the brackets."""
    value: tuple[int, int] | None = None


@dataclass
class Item:
    """One item, or a statement that has attributes."""

    kind: str
    """The keyword; `macro_rules` for macros, `statement` for anything else."""
    name: str
    attributes: list[Attribute]
    """With every `cfg_attr` that holds replaced by its attributes."""
    live: Truth
    """Whether it is compiled, itself and all that it is in."""
    start: int
    """Index of the first token, attributes included."""
    keyword: int
    end: int
    body: tuple[int, int] | None = None
    """Range of the tokens inside of the braces."""
    children: list[Item] = field(default_factory=list)


@dataclass
class Tree:
    """The items of one file."""

    source: Source
    items: list[Item]
    hidden: list[tuple[int, int]]
    """Ranges of tokens that are not, or perhaps not, compiled."""
    live: Truth
    """What `#![cfg]` and the caller say of the whole file."""

    def all_items(self) -> list[Item]:
        """Return the items and all that they hold, in the order of the text."""
        found: list[Item] = []
        queue = list(reversed(self.items))
        while queue:
            item = queue.pop()
            found.append(item)
            queue += reversed(item.children)
        return found


def parse_items(source: Source, conditions: Conditions, live: Truth) -> Tree:
    """Return the items of a file; none where its brackets do not fit."""
    tree = Tree(source, [], [], live)
    if source.is_balanced:
        parser = _Parser(source, conditions, tree.hidden)
        tree.live = parser.block(0, len(source.tokens), live, tree.items)
    return tree


class _Parser:
    def __init__(
        self, source: Source, conditions: Conditions, hidden: list[tuple[int, int]]
    ) -> None:
        self.source = source
        self.conditions = conditions
        self.hidden = hidden

    def block(self, start: int, end: int, live: Truth, into: list[Item]) -> Truth:
        """Read what stands between braces; returns what `#![cfg]` makes of it."""
        source = self.source
        index = start
        attributes: list[Attribute] = []
        guard: Truth = True
        first: int | None = None
        while index < end:
            if source.is_punct(index, "#"):
                inner = source.is_punct(index + 1, "!")
                bracket = index + 2 if inner else index + 1
                if source.is_punct(bracket, "["):
                    close = source.closing[bracket]
                    found: list[Attribute] = []
                    holds = self._attribute(bracket + 1, close, found)
                    if inner:
                        live = self._narrowed(live, holds, index, end)
                    else:
                        first = index if first is None else first
                        attributes += found
                        guard = both(guard, holds)
                    index = close + 1
                    continue
            begin = index if first is None else first
            item = self._item(index, end, begin, attributes, both(live, guard))
            if item is not None:
                into.append(item)
                index = item.end
            elif first is not None:
                index = self._statement(
                    index, end, begin, attributes, live, guard, into
                )
            else:
                index = self._step(index, live, into)
            attributes, guard, first = [], True, None
        return live

    def _narrowed(self, live: Truth, holds: Truth, start: int, end: int) -> Truth:
        result = both(live, holds)
        if result is not True:
            self.hidden.append((start, end))
        return result

    def _attribute(self, start: int, end: int, into: list[Attribute]) -> Truth:
        """Read one attribute; returns what a `cfg` says, True for others."""
        source = self.source
        if source.word(start) == "unsafe" and source.is_punct(start + 1, "("):
            return self._attribute(start + 2, source.closing[start + 1], into)
        path, index = source.path_at(start)
        if source.is_punct(index, "("):
            arguments = (index + 1, source.closing[index])
            if path == ("cfg",):
                return self.conditions.holds(source, *arguments)
            if path == ("cfg_attr",):
                self._conditional(arguments, into)
                return True
            into.append(Attribute(path, start, arguments=arguments))
        elif source.is_punct(index, "="):
            into.append(Attribute(path, start, value=(index + 1, end)))
        else:
            into.append(Attribute(path, start))
        return True

    def _conditional(self, arguments: tuple[int, int], into: list[Attribute]) -> None:
        pieces = list(self.source.pieces(*arguments))
        if not pieces or self.conditions.holds(self.source, *pieces[0]) is not True:
            return
        for piece in pieces[1:]:
            self._attribute(*piece, into)

    def _statement(  # noqa: PLR0913, PLR0917 - the state of one loop
        self,
        index: int,
        end: int,
        begin: int,
        attributes: list[Attribute],
        live: Truth,
        guard: Truth,
        into: list[Item],
    ) -> int:
        """Read what attributes stand on, if that is no item: up to `;` or `,`."""
        stop = self._statement_end(index, end)
        inside = both(live, guard)
        if inside is not True and live is True:
            self.hidden.append((begin, stop))
        item = Item("statement", "", attributes, inside, begin, index, stop)
        into.append(item)
        while index < stop:
            index = self._step(index, inside, item.children)
        return max(stop, index)

    def _statement_end(self, index: int, end: int) -> int:
        """Return the index of the `;` or `,` behind a statement, field or arm."""
        source = self.source
        by_brace = source.word(index) in _BLOCK_STARTS
        angles = 0
        while index < end:
            if source.is_punct(index, ";"):
                break
            if source.is_punct(index, ",") and not angles:
                break
            if source.is_punct(index, "<") and (
                source.is_name(index - 1) or source.is_punct(index - 1, "::")
            ):
                angles += 1  # a comparison too: then more is covered than needed
            elif source.is_punct(index, ">") and angles:
                angles -= 1
            if source.is_punct(index, "{") and (
                by_brace or source.is_punct(index - 1, "!")
            ):
                index = source.after(index)
                if source.word(index) == "else":
                    continue
                break
            index = source.after(index)
        return min(index, end)

    def _step(self, index: int, live: Truth, into: list[Item]) -> int:
        """Go past one token or group, and read what the group holds."""
        source = self.source
        is_macro = (
            source.is_name(index - 1) and source.word(index - 1) not in _OPERATORS
        )
        if is_macro and source.is_punct(index, "!"):
            opening = index + 1
            if opening in source.closing:
                close = source.closing[opening]
                if source.word(index - 1) not in _OPEN_MACROS:
                    self.hidden.append((opening, close + 1))
                else:
                    self._inside(opening, live, into)
                return close + 1
        if index in source.closing:
            self._inside(index, live, into)
            return source.closing[index] + 1
        return index + 1

    def _inside(self, opening: int, live: Truth, into: list[Item]) -> None:
        start, end = opening + 1, self.source.closing[opening]
        self.block(start, end, live, into)

    def _item(
        self,
        index: int,
        end: int,
        begin: int,
        attributes: list[Attribute],
        live: Truth,
    ) -> Item | None:
        source = self.source
        if not source.is_name(index) or not self._may_begin(begin):
            return None
        keyword = self._keyword(index)
        word = source.word(keyword)
        item = Item(word, "", attributes, live, begin, keyword, keyword)
        if word in _NAMED and source.is_name(keyword + 1):
            item.name = source.word(keyword + 1)
        elif word == "macro_rules" and source.is_punct(keyword + 1, "!"):
            item.name = source.word(keyword + 2)
        elif word == "extern" and source.word(keyword + 1) == "crate":
            item.kind = "extern crate"
        elif word not in ("impl", "use", "static", "const", "extern"):
            return None
        self._extent(item, end)
        if live is not True:
            self.hidden.append((item.start, item.end))
        if item.kind == "macro_rules":
            self.hidden.append((item.start, item.end))
            return item
        place = keyword + 1
        while place < (item.body[0] - 1 if item.body else item.end):
            place = self._step(place, live, item.children)
        if item.body is not None:
            inside = self.block(*item.body, live, item.children)
            if item.kind == "mod":
                item.live = inside
        return item

    def _may_begin(self, index: int) -> bool:
        """Tell whether a token begins a statement of a block."""
        before = index - 1
        return (
            before < 0
            or self.source.tokens[before].text in _STATEMENT_STARTS
            or (self.source.is_punct(before, "]"))
        )

    def _keyword(self, index: int) -> int:
        """Return the index of an item's keyword, behind `pub(crate) unsafe ...`."""
        source = self.source
        while True:
            word = source.word(index)
            if word in _BEFORE_ITEM:
                index += 1
                if word == "pub" and source.is_punct(index, "("):
                    index = source.after(index)
            elif (
                word == "const"
                and source.word(index + 1) in (*("fn", "unsafe", "async", "extern"),)
            ) or (word == "extern" and source.word(index + 1) == "fn"):
                index += 1
            elif (
                word == "extern"
                and index + 1 < len(source.tokens)
                and source.tokens[index + 1].kind == "string"
                and source.word(index + 2) == "fn"
            ):
                index += 2
            else:
                return index

    def _extent(self, item: Item, end: int) -> None:
        """Find where an item ends, and the braces that it has."""
        source = self.source
        if item.kind == "macro_rules":
            last = source.after(item.keyword + 3)  # behind `macro_rules ! name`
            ends_so = source.is_punct(last, ";")
            item.end = min(last + 1 if ends_so else last, end)
            return
        index = item.keyword
        braces = item.kind not in _TO_SEMICOLON and item.kind != "extern crate"
        while index < end:
            if source.is_punct(index, ";"):
                break
            if braces and source.is_punct(index, "{"):
                item.body = (index + 1, source.closing[index])
                index = source.closing[index]
                break
            index = source.after(index)
        item.end = min(index + 1, end)
