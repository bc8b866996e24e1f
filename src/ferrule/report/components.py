"""The pieces of which the sections of a page are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ferrule.quantities import bytes_text, percent_text
from ferrule.report.markup import Child, Markup, element, fragment

__all__ = [
    "badge",
    "bar",
    "bars",
    "facts",
    "hash_markup",
    "listing",
    "path_markup",
    "table",
]

_MOST_BARS: Final = 16


def badge(text: str, kind: str = "plain") -> Markup:
    """Return a word in a frame; `kind` is good, warn, bad or plain."""
    return element("span", text, class_=f"badge {kind}")


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Child]],
    *,
    caption: str,
    numbers: Sequence[int] = (),
    row_class: str = "",
) -> Markup:
    """Return a table whose first column names the row.

    `numbers` are the columns that are set to the right. On narrow screens the
    rows become blocks, which show the headings.
    """

    def cell(number: int, content: Child) -> Markup:
        kind = "number" if number in numbers else None
        if number == 0:
            return element("th", content, scope="row")
        return element("td", content, class_=kind, data_heading=headings[number])

    return element(
        "table",
        element("caption", caption),
        element(
            "thead",
            element(
                "tr",
                [
                    element(
                        "th",
                        text,
                        scope="col",
                        class_="number" if number in numbers else None,
                    )
                    for number, text in enumerate(headings)
                ],
            ),
        ),
        element(
            "tbody",
            [
                element(
                    "tr",
                    [cell(number, item) for number, item in enumerate(row)],
                    class_=row_class or None,
                )
                for row in rows
            ],
        ),
    )


def facts(rows: Iterable[tuple[str, Child]]) -> Markup:
    """Return names with their values, as a grid."""
    return element(
        "dl",
        [
            element("div", element("dt", name), element("dd", value))
            for name, value in rows
        ],
        class_="facts",
    )


def listing(items: Iterable[Child], class_: str = "plain-list") -> Markup:
    """Return a list without marks."""
    return element("ul", [element("li", item) for item in items], class_=class_)


def path_markup(path: str) -> Markup:
    """Return a path that may be broken after each slash."""
    parts = path.split("/")
    return element(
        "code",
        [
            fragment(part, "/" if number < len(parts) - 1 else None, element("wbr"))
            for number, part in enumerate(parts)
        ],
    )


def bars(rows: Sequence[tuple[str, int]], total: int, caption: str) -> Markup:
    """Return rows with a bar for each size; what is small is joined."""
    shown, hidden = rows[:_MOST_BARS], rows[_MOST_BARS:]
    if hidden:
        rest = sum(size for _, size in hidden)
        shown = [*shown, (f"{len(hidden)} more", rest)]
    largest = max((size for _, size in shown), default=1) or 1
    return element(
        "table",
        element("caption", caption),
        element(
            "tbody",
            [
                element(
                    "tr",
                    element("th", name, scope="row"),
                    element("td", bar(size / largest), class_="bar-cell"),
                    element("td", bytes_text(size), class_="number"),
                    element("td", percent_text(size, total), class_="number"),
                    class_="others" if hidden and number == _MOST_BARS else None,
                )
                for number, (name, size) in enumerate(shown)
            ],
        ),
        class_="bars",
    )


def bar(share: float, kind: str = "") -> Markup:
    """Return a bar for a share from 0 to 1; `kind` is its class."""
    return element(
        "svg",
        element("rect", width=f"{100 * share:.2f}", height="10", class_=kind or None),
        class_="bar",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def hash_markup(text: str) -> Markup | None:
    """Return an identifier in fixed width; None for an empty one."""
    """Return a bar for a share between 0 and 1, or with a class of its own."""
    """Return rows with a bar for each size; what is small is joined."""
    """Return a list without marks."""
    """Return names with their values, as a grid."""
    return element("code", text, class_="hash") if text else None
