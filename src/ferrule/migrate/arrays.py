"""Changing items of a TOML array while the rest keeps comments and layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ferrule.toml_text import find_end, parse, skip_string, value_text

__all__ = ["array_text", "comments_in"]


@dataclass(frozen=True)
class _Item:
    lead: str
    """Blanks, line breaks and comments before the value."""
    value: str
    tail: str
    """What stands between the value and the comma."""
    after: str
    """A comment behind the comma, on the same line."""


def array_text(text: str, old: Sequence[object], new: Sequence[object]) -> str | None:
    r"""Return the text of an array that means `new`, close to `text`.

    Comments of an item leave with it. Returns None where that cannot be done.

    >>> array_text('["a", "b"]  ', ["a", "b"], ["b"])
    '["b"]'
    >>> array_text('[\n  "a", # first\n  "b",\n]', ["a", "b"], ["a", "c"])
    '[\n  "a", # first\n  "c",\n]'
    """
    try:
        items, closing, has_comma = _split(text.strip())
        if len(items) == len(old) and new:
            changed = _align(items, old, new)
            result = _join(changed, closing, has_comma=has_comma)
            if parse(f"x = {result}")["x"] == list(new):
                return result
    except (ValueError, IndexError):
        pass  # An unusual spelling, which is written anew.
    return None


def comments_in(text: str) -> list[str]:
    """Return the comments inside a value, which may span lines."""
    found = []
    position = 0
    while position < len(text):
        if text[position] in "\"'":
            position = skip_string(text, position)
        elif text[position] == "#":
            end = (text + "\n").index("\n", position)
            found.append(text[position:end].rstrip())
            position = end
        else:
            position += 1
    return found


def _split(text: str) -> tuple[list[_Item], str, bool]:
    """Return the items, what stands before the bracket, and the last comma."""
    inner = text[1:-1]
    pieces = []
    position = 0
    while position <= len(inner):
        end = find_end(inner, position, ",")
        pieces.append(inner[position:end])
        position = end + 1
        if end == len(inner):
            break
    items: list[_Item] = []
    for number, piece in enumerate(pieces):
        rest = piece
        if number:
            after, rest = _comment_behind(piece)
            items[-1] = replace(items[-1], after=after)
        lead = _lead(rest)
        value = rest[len(lead) :]
        if not value:
            return items, lead, bool(items)
        end = find_end(value, 0, "#")
        core = value[:end].rstrip()
        items.append(_Item(lead, core, value[len(core) :], ""))
    if not items:
        return items, "", False
    closing = items[-1].tail
    items[-1] = replace(items[-1], tail="")
    return items, closing, False


def _comment_behind(piece: str) -> tuple[str, str]:
    """Split off a comment that belongs to the item before the comma."""
    line, newline, _ = piece.partition("\n")
    if newline and line.lstrip().startswith("#"):
        return line, piece[len(line) :]
    return "", piece


def _lead(text: str) -> str:
    """Return the blanks, line breaks and comments that a text begins with."""
    position = 0
    while position < len(text):
        if text[position] == "#":
            newline = text.find("\n", position)
            position = len(text) if newline < 0 else newline
        elif not text[position].isspace():
            break
        position += 1
    return text[:position]


def _align(
    items: list[_Item], old: Sequence[object], new: Sequence[object]
) -> list[_Item]:
    from difflib import SequenceMatcher

    texts = [[repr(value) for value in values] for values in (old, new)]
    result: list[_Item] = []
    matcher = SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        if texts[0][i1:i2] == texts[1][j1:j2]:
            result += items[i1:i2]
            continue
        for offset, value in enumerate(new[j1:j2]):
            model = items[min(i1 + offset, len(items) - 1)]
            written = value_text(value)
            if i1 + offset < i2:
                result.append(replace(model, value=written))
            else:
                blank = model.lead[: len(model.lead) - len(model.lead.lstrip())]
                result.append(_Item(blank, written, "", ""))
    if result and result[0] not in items[:1] and not items[0].lead.strip():
        # A new first item stands where the old one stood.
        result[0] = replace(result[0], lead=items[0].lead)
    return result


def _join(items: list[_Item], closing: str, *, has_comma: bool) -> str:
    parts = ["["]
    for number, item in enumerate(items, 1):
        comma = "," if number < len(items) or has_comma else ""
        parts += [item.lead, item.value, item.tail, comma, item.after]
    return "".join([*parts, closing, "]"])
