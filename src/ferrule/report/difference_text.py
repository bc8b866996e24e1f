"""What `ferrule inspect --diff` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.quantities import bytes_text, count_text
from ferrule.report.text import Style, plain, printable, section_lines, wrapped

if TYPE_CHECKING:
    from ferrule.report.difference import BinaryChange, NameChanges, WheelDifference

__all__ = ["change_text", "difference_lines"]

_MARKS = {"added": ("+", "good"), "removed": ("-", "bad"), "changed": ("~", "warn")}
_MOST = 40


def difference_lines(
    difference: WheelDifference, *, width: int = 80, style: Style = plain
) -> Iterator[str]:
    """Yield the lines about what changed between two wheels."""
    left, right = difference.left, difference.right
    yield style("bad", "-") + f" {printable(left.filename)}"
    yield style("good", "+") + f" {printable(right.filename)}"
    yield f"  size {change_text(left.size, right.size)}"
    yield f"  unpacked {change_text(left.unpacked, right.unpacked)}"
    if left.sha256 == right.sha256:
        yield "  the files are equal, byte for byte"
        return
    if difference.values:
        yield from section_lines("Tags and metadata", style)
    for item in difference.values:
        yield f"  {printable(item.name)}"
        for text, mark in ((item.before, "removed"), (item.after, "added")):
            if text:
                sign, kind = _MARKS[mark]
                shown = list(wrapped([text], width - 6))
                yield f"    {style(kind, sign)} {shown[0] if shown else ''}"
                yield from (f"      {line}" for line in shown[1:])
    if difference.members:
        number = count_text(len(difference.members), "file")
        yield from section_lines(f"{number} differ", style)
    for member in difference.members[:_MOST]:
        sign, kind = _MARKS[member.kind]
        text = change_text(member.before, member.after)
        yield f"  {style(kind, sign)} {printable(member.path)}  {text}"
    if len(difference.members) > _MOST:
        yield f"    and {len(difference.members) - _MOST} more"
    for binary in difference.binaries:
        yield from _binary_lines(binary, width, style)
    yield from _components(difference.components, style)
    if not (difference.members or difference.values or difference.binaries):
        yield ""
        yield "The same files with the same content; only the packing differs."


def change_text(before: int, after: int) -> str:
    """Return two sizes and their difference.

    >>> change_text(1000, 1500), change_text(0, 10), change_text(5, 5)
    ('1.0 kB -> 1.5 kB (+500 B)', '10 B', '5 B')
    """
    if before == after or not before:
        return bytes_text(after)
    if not after:
        return bytes_text(before)
    sign = "+" if after > before else "-"
    more = bytes_text(abs(after - before))
    return f"{bytes_text(before)} -> {bytes_text(after)} ({sign}{more})"


def _binary_lines(binary: BinaryChange, width: int, style: Style) -> Iterator[str]:
    yield from section_lines(binary.path, style)
    yield f"  size {change_text(binary.before, binary.after)}"
    for item in binary.names:
        yield f"  {item.what}"
        for names, mark in ((item.removed, "removed"), (item.added, "added")):
            sign, kind = _MARKS[mark]
            lines = list(wrapped([", ".join(names)], width - 6))
            for number, line in enumerate(lines):
                yield f"    {style(kind, sign) if number == 0 else ' '} {line}"
    for name, before, after in binary.parts[:12]:
        sign = "+" if after > before else "-"
        yield f"  {sign}{bytes_text(abs(after - before)):>9}  {printable(name)}"


def _components(changes: NameChanges, style: Style) -> Iterator[str]:
    if changes.added or changes.removed:
        yield from section_lines("Bill of materials", style)
    for names, mark in ((changes.removed, "removed"), (changes.added, "added")):
        sign, kind = _MARKS[mark]
        yield from (f"  {style(kind, sign)} {printable(name)}" for name in names)
