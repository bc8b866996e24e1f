"""A TOML document that is changed statement by statement (TOML 1.0).

What is not touched keeps every byte: comments, order, line ends, a byte order
mark. A comment above or behind a key belongs to it and moves or goes with it.
Whoever changes a document compares `content()` with what was wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ferrule.migrate.arrays import array_text, comments_in
from ferrule.toml_text import (
    Statement,
    dumps,
    find_end,
    key_text,
    parse,
    read_statements,
    value_text,
)

__all__ = ["Document"]

Path = tuple["str | int", ...]
_LINE = 88
# Tables and lists of small tables that read better as values, one per line.
_INLINE = ("readme", "license", "include", "exclude", "features", "targets")


class Document:
    """The statements of a TOML text, with operations that keep the rest."""

    def __init__(self, text: str) -> None:
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text[len(self._mark) :]
        self._is_crlf = text.count("\r\n") == text.count("\n") > 0
        if self._is_crlf:
            text = text.replace("\r\n", "\n")
        self._read(text)

    @property
    def text(self) -> str:
        """Return the document as it would stand in the file."""
        text = self._joined()
        return self._mark + (text.replace("\n", "\r\n") if self._is_crlf else text)

    def content(self) -> dict[str, Any]:
        """Return what the document means."""
        return parse(self._joined())

    def has(self, path: Path) -> bool:
        """Tell whether a path is written down, in a header or in a pair."""
        return any(_starts(item.path, path) for item in self.statements)

    def is_block(self, path: Path) -> bool:
        """Tell whether a table's keys are statements, not parts of a value."""
        return self.has(path) and not any(
            item.kind == "pair" and _starts(path, item.path) for item in self.statements
        )

    def rename(self, old: Path, new: Path) -> None:
        """Give a key or table another name; its parents stay the same.

        Nothing happens where the name stands inside an inline table.
        """
        last = len(old) - 1
        for item in self.statements:
            if not _starts(item.path, old):
                continue
            path = (*item.path[:last], new[last], *item.path[len(old) :])
            is_inside = _starts(item.block, old)
            block = (*item.block[:last], new[last], *item.block[len(old) :])
            if item.kind == "header":
                item.text = _renamed_header(item.text, path)
            elif not is_inside:
                key = item.text[: find_end(item.text, 0, "=")]
                indent = key[: len(key) - len(key.lstrip())]
                gap = key[len(key.rstrip()) :]
                name = _dotted(path[len(item.block) :])
                item.text = indent + name + gap + item.text[len(key) :]
            item.path = path
            if is_inside:
                item.block = block
        for item in self.statements:
            if item.kind == "trivia" and _starts(item.block, old):
                item.block = (*item.block[:last], new[last], *item.block[len(old) :])

    def remove(self, path: Path) -> None:
        """Remove a key or a table with everything below it."""
        gone: set[int] = set()
        for number, item in enumerate(self.statements):
            if item.kind == "trivia" or not _starts(item.path, path):
                continue
            gone.add(number)
            if item.kind == "header":
                gone.update(self._rest_of_block(number))
            if not self._heads_more(number, path):
                gone.update(self._comments_above(number))
        kept = [
            item for number, item in enumerate(self.statements) if number not in gone
        ]
        if gone:
            self._close_gap(kept, min(gone))
        self._read("".join(item.text for item in kept))

    def put(self, path: Path, value: Any) -> None:
        """Give a key another value, or add it to its table."""
        for item in self.statements:
            if item.kind != "pair" or not _starts(path, item.path):
                continue
            old = _lookup(self.content(), item.path)
            new = _replaced(old, path[len(item.path) :], value)
            item.text = _with_value(item.text, old, new)
            self._read(self._joined())
            return
        if self.has(path):
            self.remove(path)
        self._add(path, value)

    def update(self, path: Path, new: dict[str, Any]) -> None:
        """Change a table until it means `new`, as little as possible.

        A key that only lost its name is renamed, not written anew.
        """
        old = _lookup(self.content(), path)
        if not isinstance(old, dict) or not self.is_block(path):
            if old != new:
                self.put(path, new)
            return
        added = [key for key in new if key not in old]
        for key in [key for key in old if key not in new]:
            same = next((name for name in added if new[name] == old[key]), None)
            if same is None:
                self.remove((*path, key))
            else:
                self.rename((*path, key), (*path, same))
                added.remove(same)
        for key, value in new.items():
            self._update_value((*path, key), value)

    def insert_first(self, text: str) -> None:
        """Put a block before the first table, or at the end."""
        headers = [
            number
            for number, item in enumerate(self.statements)
            if item.kind == "header"
        ]
        place = len(self.statements)
        if headers:
            place = min([headers[0], *self._comments_above(headers[0])])
        before = "".join(item.text for item in self.statements[:place])
        after = "".join(item.text for item in self.statements[place:])
        if before and not after:
            before = before.rstrip("\n") + "\n\n"
        self._read(f"{before}{text}" + (f"\n{after}" if after else ""))

    def insert_after(self, table: str, path: Path, value: dict[str, Any]) -> None:
        """Add a table behind the blocks of another one, or at the end."""
        numbers = [
            number
            for number, item in enumerate(self.statements)
            if item.kind != "trivia" and item.path[:1] == (table,)
        ]
        place = numbers[-1] + 1 if numbers else len(self.statements)
        self._insert(place, f"\n{_block(path, value)}")

    def _update_value(self, path: Path, value: Any) -> None:
        old = _lookup(self.content(), path)
        if old == value and type(old) is type(value):
            return
        if isinstance(old, dict) and isinstance(value, dict):
            self.update(path, value)
        elif (
            isinstance(old, list)
            and isinstance(value, list)
            and len(old) == len(value)
            and self.is_block(path)
        ):
            for number, item in enumerate(value):
                self.update((*path, number), item)
        else:
            self.put(path, value)

    def _add(self, path: Path, value: Any) -> None:
        *parents, name = path
        table = tuple(parents)
        pair = f"{key_text(str(name))} = {value_text(value)}\n"
        # `[project]` and `[tool.name]` are never written as values.
        is_top = isinstance(value, dict) and len(path) <= 2
        is_block = is_top or (name not in _INLINE and _needs_block(value))
        place = self._last(lambda item: item.block == table and item.kind != "trivia")
        dotted = self._last(
            lambda item: item.kind == "pair" and item.path[:-1] == table
        )
        if is_block:
            self._insert_block(table, _block(path, value))
        elif place is not None or not table:
            self._insert(0 if place is None else place + 1, pair)
        elif dotted is not None:
            block = self.statements[dotted].block
            key = _dotted(path[len(block) :])
            self._insert(dotted + 1, f"{key} = {value_text(value)}\n")
        else:
            self._insert_block(table, f"[{_dotted(table)}]\n{pair}", first=True)

    def _insert_block(self, table: Path, text: str, *, first: bool = False) -> None:
        """Insert a block beside the others of its table, or at the end."""
        numbers: list[int] = []
        for length in range(len(table), 0, -1):
            numbers = [
                number
                for number, item in enumerate(self.statements)
                if item.kind != "trivia" and _starts(item.path, table[:length])
            ]
            if numbers:
                break
        first = first and self.has(table)
        if first and numbers:
            number = min([numbers[0], *self._comments_above(numbers[0])])
            self._insert(number, f"{text}\n")
            return
        place = numbers[-1] + 1 if numbers else len(self.statements)
        blank = "" if place == 0 else "\n"
        self._insert(place, f"{blank}{text}")

    def _insert(self, place: int, text: str) -> None:
        before = "".join(item.text for item in self.statements[:place])
        after = "".join(item.text for item in self.statements[place:])
        if before and not before.endswith("\n"):
            before += "\n"
        self._read(before + text + after)

    def _last(self, wanted: Callable[[Statement], bool]) -> int | None:
        numbers = [n for n, item in enumerate(self.statements) if wanted(item)]
        return numbers[-1] if numbers else None

    def _rest_of_block(self, header: int) -> list[int]:
        """Return the statements behind a header, but not what is above the next."""
        rest: list[int] = []
        for number in range(header + 1, len(self.statements)):
            if self.statements[number].kind == "header":
                above = self._comments_above(number)
                return [item for item in rest if item not in above]
            rest.append(number)
        return rest

    def _comments_above(self, number: int) -> list[int]:
        """Return the comment lines directly above a statement."""
        found: list[int] = []
        for above in range(number - 1, -1, -1):
            item = self.statements[above]
            if item.kind != "trivia" or not item.text.strip():
                break
            found.append(above)
        return found

    def _heads_more(self, number: int, path: Path) -> bool:
        """Tell whether another pair follows directly that stays.

        A comment above several keys is as likely about all of them.
        """
        following = self.statements[number + 1 : number + 2]
        return self.statements[number].kind == "pair" and any(
            item.kind == "pair" and not _starts(item.path, path) for item in following
        )

    def _close_gap(self, kept: list[Statement], place: int) -> None:
        """Keep one of two blank lines that come together at a place."""
        around = kept[max(place - 1, 0) : place + 1]
        is_start = place == 0 and bool(kept)
        both_blank = len(around) == 2 and not any(item.text.strip() for item in around)
        at_end = place == len(kept) and place > 0
        if both_blank or (is_start and not kept[0].text.strip()):
            del kept[place]
        elif at_end:
            while kept and not kept[-1].text.strip():
                del kept[-1]

    def _joined(self) -> str:
        return "".join(item.text for item in self.statements)

    def _read(self, text: str) -> None:
        self.statements = read_statements(text)


def _starts(path: Path, prefix: Path) -> bool:
    return path[: len(prefix)] == prefix


def _lookup(content: Any, path: Path) -> Any:
    for part in path:
        if isinstance(content, list) and isinstance(part, int):
            content = content[part]
        else:
            content = content.get(part) if isinstance(content, dict) else None
    return content


def _replaced(old: Any, path: Path, value: Any) -> Any:
    """Return a copy of a value in which the one at `path` is another."""
    if not path:
        return value
    if isinstance(old, list):
        number = int(path[0])
        changed = _replaced(old[number], path[1:], value)
        return [*old[:number], changed, *old[number + 1 :]]
    inner = _replaced(old.get(path[0], {}), path[1:], value)
    return {**old, path[0]: inner}


def _block(path: Path, value: Any) -> str:
    """Return a table or a list of tables as text that begins with a header."""
    inline: dict[str, str] = {}
    if isinstance(value, dict):
        inline = {key: value_text(value[key]) for key in _INLINE if key in value}
        value = {key: item for key, item in value.items() if key not in inline}
    for name in reversed([part for part in path if isinstance(part, str)]):
        value = {name: value}
    text = dumps(value).lstrip("\n")
    pairs = "".join(f"{key} = {written}\n" for key, written in inline.items())
    if not pairs:
        return text
    header = f"[{_dotted(path)}]\n"
    own, blank, tables = text.partition("\n\n")
    if not own.startswith(header):
        return f"{header}{pairs}\n{text}"
    return f"{own.rstrip()}\n{pairs}" + (f"\n{tables}" if blank else "")


def _dotted(path: Path) -> str:
    return ".".join(key_text(part) for part in path if isinstance(part, str))


def _needs_block(value: Any) -> bool:
    """Tell whether a value reads better as `[table]` or `[[tables]]`."""
    if isinstance(value, dict):
        return any(isinstance(item, (dict, list)) for item in value.values()) or (
            len(value_text(value)) > _LINE // 2
        )
    is_tables = isinstance(value, list) and any(isinstance(i, dict) for i in value)
    return is_tables and len(value_text(value)) > _LINE // 2


def _renamed_header(text: str, path: Path) -> str:
    brackets = 2 if text.lstrip().startswith("[[") else 1
    start = text.index("[") + brackets
    inner = text[start : find_end(text, start, "]")]
    lead = inner[: len(inner) - len(inner.lstrip())]
    tail = inner[len(inner.rstrip()) :]
    name = f"{lead}{_dotted(path)}{tail}"
    return text[:start] + name + text[start + len(inner) :]


def _with_value(text: str, old: Any, new: Any) -> str:
    """Return a pair's text with another value; its comments stay."""
    start = find_end(text, 0, "=") + 1
    start += len(text[start:]) - len(text[start:].lstrip(" \t"))
    end = find_end(text, start, "#")
    value = text[start:end].rstrip()
    behind = text[start + len(value) :]
    if isinstance(old, list) and isinstance(new, list):
        written = array_text(value, old, new)
        if written is not None:
            return text[:start] + written + behind
    indent = text[: len(text) - len(text.lstrip())]
    lost = comments_in(value) if "\n" in value else []
    above = "".join(f"{indent}{line}\n" for line in lost)
    return above + text[:start] + value_text(new) + behind
