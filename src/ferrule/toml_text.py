"""Changing TOML documents while keeping their comments and order.

`edit` turns the text of one document into the text of another one: statements
whose value stays are copied as they are, the others are replaced, removed or
added. The result is always checked against the wanted document; what cannot
be edited is written anew, without comments. TOML 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Union

from ferrule.toml import parse_toml

__all__ = [
    "Statement",
    "dumps",
    "edit",
    "find_end",
    "key_text",
    "parse",
    "read_statements",
    "skip_string",
    "value_text",
]

Path = tuple[Union[str, int], ...]
Table = dict[str, Any]
_MISSING = object()


def parse(text: str) -> Table:
    """Parse a TOML document; raises ValueError."""
    return parse_toml(text)


# ---------------------------------------------------------------- writing anew


def key_text(name: str) -> str:
    """Return a key as TOML text, quoted where it must be."""
    bare = name and all(char.isalnum() or char in "-_" for char in name)
    return name if bare and name.isascii() else _string(name)


def _string(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def value_text(value: Any) -> str:
    """Return a value as TOML text."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (bool, int, float)):
        return repr(value).lower()
    if isinstance(value, dict):
        pairs = ", ".join(f"{key_text(k)} = {value_text(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        words = [value_text(item) for item in value]
        if len(words) > 1 and sum(map(len, words)) > 60:
            return "[\n" + "".join(f"    {word},\n" for word in words) + "]"
        return f"[{', '.join(words)}]"
    return str(value.isoformat())


def _is_table_list(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) for item in value)
    )


def dumps(document: Table, *, prefix: tuple[str, ...] = ()) -> str:
    """Return `document` as TOML text, tables as `[headers]`."""
    lines: list[str] = []
    blocks: list[str] = []
    for name, value in document.items():
        path = (*prefix, name)
        header = ".".join(map(key_text, path))
        if isinstance(value, dict):
            only_tables = value and all(
                isinstance(item, dict) or _is_table_list(item)
                for item in value.values()
            )
            title = "" if only_tables else f"\n[{header}]\n"
            blocks.append(title + dumps(value, prefix=path))
        elif _is_table_list(value):
            blocks += [f"\n[[{header}]]\n{dumps(item, prefix=path)}" for item in value]
        else:
            lines.append(f"{key_text(name)} = {value_text(value)}\n")
    return "".join(lines + blocks)


# ------------------------------------------------------------ reading statements


@dataclass
class Statement:
    """A piece of the text: a blank or comment line, a header, or a pair."""

    kind: str
    """`trivia`, `header` or `pair`."""
    text: str
    block: Path = ()
    path: Path = ()
    """Where the header or pair points, array indices included."""


def skip_string(text: str, start: int) -> int:
    """Return where the string that begins at `start` has ended."""
    quote = text[start]
    fence = quote * 3 if text.startswith(quote * 3, start) else quote
    position = start + len(fence)
    while not text.startswith(fence, position):
        position += 2 if quote == '"' and text[position] == "\\" else 1
    position += len(fence)
    if len(fence) == 3:
        while text.startswith(quote, position):
            position += 1
    return position


def find_end(text: str, start: int, stop: str) -> int:
    """Return where the first `stop` outside of strings and brackets is.

    That is the end of the text if there is none.
    """
    position, depth = start, 0
    while position < len(text):
        char = text[position]
        if depth == 0 and char == stop:
            return position
        if char in "\"'":
            position = skip_string(text, position)
            continue
        if char == "#":
            newline = text.find("\n", position)
            position = len(text) if newline < 0 else newline
            continue
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(char, 0)
        position += 1
    return len(text)


def _parse_key(text: str) -> tuple[str, ...]:
    table: Any = parse(f"{text} = 0")
    path: list[str] = []
    while isinstance(table, dict):
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path)


def read_statements(text: str) -> list[Statement]:
    """Split a valid document into statements; their texts make the document."""
    return _Reader(text).read()


@dataclass
class _Reader:
    """Splits a valid document into statements."""

    text: str
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)

    def read(self) -> list[Statement]:
        statements: list[Statement] = []
        block: Path = ()
        position = 0
        while position < len(self.text):
            end = find_end(self.text, position, "\n") + 1
            piece = self.text[position:end]
            bare = piece.strip()
            if not bare or bare.startswith("#"):
                # A comment may hold quotes and brackets: it ends with its line.
                end = (self.text.find("\n", position) + 1) or len(self.text)
                piece = self.text[position:end]
                statements.append(Statement("trivia", piece, block))
            elif bare.startswith("["):
                block = self._open(piece)
                statements.append(Statement("header", piece, block, block))
            else:
                key = piece[: find_end(piece, 0, "=")]
                path = (*block, *_parse_key(key.strip()))
                statements.append(Statement("pair", piece, block, path))
            position = end
        return statements

    def _open(self, line: str) -> Path:
        """Return the path of a header line, with indices of table arrays."""
        is_array = line.strip().startswith("[[")
        start = line.index("[") + (2 if is_array else 1)
        raw = _parse_key(line[start : find_end(line, start, "]")].strip())
        if is_array:
            number = self.counts.get(raw, -1) + 1
            for known in [key for key in self.counts if key[: len(raw)] == raw]:
                del self.counts[known]
            self.counts[raw] = number
        path: list[str | int] = []
        for length, name in enumerate(raw, 1):
            path.append(name)
            if raw[:length] in self.counts:
                path.append(self.counts[raw[:length]])
        return tuple(path)


# ------------------------------------------------------------------------ editing


def _lookup(document: Any, path: Path) -> Any:
    for part in path:
        if isinstance(part, int):
            known = isinstance(document, list) and part < len(document)
        else:
            known = isinstance(document, dict) and part in document
        if not known:
            return _MISSING
        document = document[part]
    return document


def _moved_index(old: list[Any], new: list[Any], index: int) -> int | None:
    """Return where item `index` of `old` is in `new`, or None if it went away."""
    if len(old) == len(new):
        return index
    place = 0
    for number, item in enumerate(old):
        here = place < len(new) and item == new[place]
        if number == index:
            return place if here else None
        place += here
    return None


@dataclass
class _Editor:
    old: Table
    new: Table
    pieces: list[str] = field(default_factory=list)
    ends: dict[Path, int] = field(default_factory=lambda: {(): 0})
    """Number of pieces up to the end of each table that has its own block."""
    written: set[Path] = field(default_factory=set)

    def edit(self, text: str) -> str:
        statements = _Reader(text).read()
        removed = False
        for number, item in enumerate(statements):
            if item.kind == "header":
                path = self._translate(item.path)
                removed = path is None or not isinstance(_lookup(self.new, path), dict)
                if not removed and path is not None:
                    self._put(item.text, path)
            elif removed and item.kind == "pair":
                continue
            elif item.kind == "pair":
                self._pair(item)
            elif not removed or _leads_to_header(statements, number):
                self.pieces.append(item.text)
        additions = self._additions(self.old, self.new, ())
        return self._insert(additions)

    def _translate(self, path: Path) -> Path | None:
        result: list[str | int] = []
        for position, part in enumerate(path):
            if isinstance(part, int):
                old = _lookup(self.old, path[:position])
                new = _lookup(self.new, tuple(result))
                if not isinstance(new, list):
                    return None
                moved = _moved_index(old, new, part)
                if moved is None:
                    return None
                part = moved  # noqa: PLW2901 - the same part, in the new document
            result.append(part)
        return tuple(result)

    def _put(self, text: str, block: Path) -> None:
        self.pieces.append(text if text.endswith("\n") else text + "\n")
        self.ends[block] = len(self.pieces)

    def _pair(self, item: Statement) -> None:
        block, path = self._translate(item.block), self._translate(item.path)
        if block is None or path is None:
            return
        old, new = _lookup(self.old, item.path), _lookup(self.new, path)
        while new is _MISSING and len(path) > len(block) + 1:
            path = path[:-1]
            new = _lookup(self.new, path)
            if isinstance(new, dict):
                return
        if new is _MISSING or path in self.written:
            return
        if new == old and len(path) == len(item.path):
            self._put(item.text, block)
            self.written.add(path)
            return
        self.written.add(path)
        self._put(_pair_text(path[len(block) :], new), block)

    def _additions(self, old: Table, new: Table, path: Path) -> list[Path]:
        result: list[Path] = []
        for name, value in new.items():
            here = (*path, name)
            if here in self.written:
                continue
            before = old.get(name, _MISSING)
            if before is _MISSING:
                result.append(here)
            elif isinstance(value, dict) and isinstance(before, dict):
                result += self._additions(before, value, here)
            elif isinstance(value, list) and isinstance(before, list):
                pairs = zip(before, value) if len(value) == len(before) else ()
                for number, (was, item) in enumerate(pairs):
                    if isinstance(was, dict) and isinstance(item, dict):
                        result += self._additions(was, item, (*here, number))
        return result

    def _insert(self, additions: list[Path]) -> str:
        tail = ""
        inserted: dict[int, list[str]] = {}
        for path in additions:
            value = _lookup(self.new, path)
            length = max(n for n in range(len(path)) if path[:n] in self.ends)
            strings = tuple(part for part in path if isinstance(part, str))
            if isinstance(value, dict) and (length == 0 or length < len(path) - 1):
                tail += dumps(_nested(strings, value))
                continue
            text = _pair_text(path[length:], value)
            inserted.setdefault(self.ends[path[:length]], []).append(text)
        result: list[str] = []
        for number, piece in enumerate([*self.pieces, ""], 0):
            result += inserted.get(number, ())
            result.append(piece)
        return "".join(result) + tail


def _nested(path: tuple[str, ...], value: Any) -> Table:
    for name in reversed(path):
        value = {name: value}
    return dict(value)


def _pair_text(path: Path, value: Any) -> str:
    name = ".".join(key_text(str(part)) for part in path)
    return f"{name} = {value_text(value)}\n"


def _leads_to_header(statements: list[Statement], number: int) -> bool:
    """Tell whether a comment stands directly above the next header."""
    for item in statements[number:]:
        if item.kind == "header":
            return True
        if item.kind == "pair" or not item.text.strip():
            return False
    return False


def edit(text: str, new: Table) -> str:
    r"""Return TOML text that means `new` and otherwise stays close to `text`.

    >>> edit("[a]\nb = 1 # one\nc = 2\n", {"a": {"b": 1, "d": [3]}})
    '[a]\nb = 1 # one\nd = [3]\n'
    """
    old = parse(text)
    if old == new:
        return text
    try:
        result = _Editor(old, new).edit(text)
        if parse(result) == new:
            return result
    except (ValueError, IndexError, KeyError):
        pass  # An unusual spelling: the document is right when written anew.
    return dumps(new)
