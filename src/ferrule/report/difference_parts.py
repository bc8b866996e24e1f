"""The sections of the page about what changed between two wheels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ferrule.quantities import bytes_text, count_text
from ferrule.report.components import badge, bar, table
from ferrule.report.markup import Child, Markup, element, fragment

if TYPE_CHECKING:
    from ferrule.report.difference import BinaryChange, NameChanges, WheelDifference
    from ferrule.report.page import Part

__all__ = ["difference_masthead", "difference_parts"]

_KINDS: Final = {"added": "good", "removed": "bad", "changed": "plain"}
_MOST = 200
_MOST_PARTS = 24


def difference_masthead(difference: WheelDifference) -> Child:
    """Return both names and how the size changed."""
    left, right = difference.left, difference.right
    if left.sha256 == right.sha256:
        words = "The files are equal, byte for byte."
    else:
        words = f"{count_text(len(difference.members), 'file')} differ."
    return fragment(
        element(
            "h1",
            right.name,
            " ",
            element("span", f"{left.version} → {right.version}", class_="version"),
        ),
        element(
            "ul",
            element("li", left.filename, class_="tag"),
            element("li", right.filename, class_="tag"),
            class_="tags",
            aria_label="The two wheels",
        ),
        element(
            "div",
            element("p", words, class_="verdict-title"),
            element(
                "p",
                f"The wheel has {_change(left.size, right.size)}; unpacked, it has "
                f"{_change(left.unpacked, right.unpacked)}.",
            ),
            class_="verdict",
        ),
    )


def difference_parts(difference: WheelDifference) -> list[Part]:
    """Return the sections in their order; empty ones are left out."""
    parts: list[Part] = [
        ("files", "Files", _members(difference)),
        ("values", "Tags and metadata", _values(difference)),
        ("binaries", "Binaries", fragment(map(_binary, difference.binaries))),
        ("materials", "Bill of materials", _components(difference.components)),
    ]
    return [part for part in parts if part[2]]


def _change(before: int, after: int) -> str:
    if before == after:
        return f"{bytes_text(after)}, as before"
    more = "more" if after > before else "less"
    return f"{bytes_text(after)}, {bytes_text(abs(after - before))} {more}"


def _growth(before: int, after: int) -> str:
    if before == after:
        return "0 B"
    sign = "+" if after > before else "\N{MINUS SIGN}"
    return f"{sign}{bytes_text(abs(after - before))}"


def _members(difference: WheelDifference) -> Markup | None:
    if not difference.members:
        return None
    shown = difference.members[:_MOST]
    rows = [
        (
            element("code", item.path),
            badge(item.kind, _KINDS[item.kind]),
            bytes_text(item.before) if item.kind != "added" else "",
            bytes_text(item.after) if item.kind != "removed" else "",
            _growth(item.before, item.after),
        )
        for item in shown
    ]
    more = len(difference.members) - len(shown)
    return fragment(
        table(
            ("File", "What", "Before", "After", "Difference"),
            rows,
            caption="Files that differ, the largest difference first",
            numbers=(2, 3, 4),
        ),
        element("p", f"and {more} more", class_="muted") if more else None,
    )


def _values(difference: WheelDifference) -> Markup | None:
    if not difference.values:
        return None
    return table(
        ("What", "Before", "After"),
        [(item.name, item.before, item.after) for item in difference.values],
        caption="Tags, fields, entry points and permissions that differ",
    )


def _binary(binary: BinaryChange) -> Markup:
    return element(
        "article",
        element("h3", element("code", binary.path)),
        element("p", f"It has {_change(binary.before, binary.after)}."),
        [_names(item) for item in binary.names],
        _parts(binary.parts) if binary.parts else None,
        class_="binary",
    )


def _names(changes: NameChanges) -> Markup:
    def listed(names: Sequence[str], word: str, kind: str) -> Markup | None:
        if not names:
            return None
        shown = [fragment(element("code", name), " ") for name in names]
        return element("div", element("dt", badge(word, kind)), element("dd", shown))

    return element(
        "details",
        element(
            "summary",
            f"{changes.what[0].upper()}{changes.what[1:]}: {len(changes.added)} added, "
            f"{len(changes.removed)} removed",
        ),
        element(
            "dl",
            listed(changes.added, "added", "good"),
            listed(changes.removed, "removed", "bad"),
            class_="blockers",
        ),
        open=len(changes.added) + len(changes.removed) <= 24,
    )


def _parts(parts: Sequence[tuple[str, int, int]]) -> Markup:
    shown = parts[:_MOST_PARTS]
    largest = max(abs(after - before) for _, before, after in shown)
    rows = [
        element(
            "tr",
            element("th", name, scope="row"),
            element(
                "td",
                bar(
                    abs(after - before) / largest, "more" if after > before else "less"
                ),
                class_="bar-cell",
            ),
            element("td", _growth(before, after), class_="number"),
            element("td", bytes_text(after), class_="number"),
        )
        for name, before, after in shown
    ]
    return element(
        "table",
        element("caption", "Sections and crates: the difference, and the size now"),
        element("tbody", rows),
        class_="bars",
    )


def _components(changes: NameChanges) -> Markup | None:
    if not (changes.added or changes.removed):
        return None
    rows = [(name, badge("removed", "bad")) for name in changes.removed]
    rows += [(name, badge("added", "good")) for name in changes.added]
    return table(
        ("Component", "What"),
        sorted(rows),
        caption="Components that were added and removed",
    )
