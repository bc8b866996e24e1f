"""Builds HTML so that text is always escaped.

Only what this module made is `Markup`; every other string is text, wherever it
comes from, and cannot become an element or leave an attribute.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

__all__ = ["Child", "Markup", "element", "fragment"]

_VOID = frozenset({"br", "hr", "input", "wbr"})
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
)


class Markup(str):
    """HTML that is finished."""

    __slots__ = ()


Child = Union[str, Markup, None, Iterable["Child"]]


def element(
    name: str, *children: Child, **attributes: str | float | bool | None
) -> Markup:
    """Return an element.

    `class_` is the attribute `class`, `aria_label` is `aria-label`; True makes an
    attribute without value, and False or None none.

    >>> element("a", "<b>", href='x"y', hidden=True)
    '<a href="x&quot;y" hidden>&lt;b&gt;</a>'
    """
    words = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        shown = key.rstrip("_").replace("_", "-")
        words.append(shown if value is True else f'{shown}="{_escaped(str(value))}"')
    opening = f"<{' '.join(words)}>"
    if name in _VOID:
        return Markup(opening)
    return Markup(f"{opening}{fragment(*children)}</{name}>")


def fragment(*children: Child) -> Markup:
    """Return children one after the other, texts escaped."""
    return Markup("".join(_rendered(item) for item in children))


def _rendered(item: Child) -> str:
    if item is None:
        return ""
    if isinstance(item, Markup):
        return str(item)
    if isinstance(item, str):
        return _escaped(item)
    return "".join(_rendered(part) for part in item)


def _escaped(text: str) -> str:
    # Control characters are not allowed in HTML, and hide in a page.
    clean = "".join(
        sign if sign >= " " or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for sign in text
    )
    return clean.translate(_ESCAPES)
