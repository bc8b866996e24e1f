"""What `ferrule inspect` prints: one page of text.

Lines are broken to the width of the terminal; `Style` adds what terminals show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ferrule.audit.finding import grouped
from ferrule.quantities import bytes_text, count_text, percent_text
from ferrule.report.sizes import largest_files
from ferrule.report.words import row_values

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding
    from ferrule.report.model import Binary, Inspection, StableAbi, Verdict

__all__ = [
    "Style",
    "inspection_lines",
    "plain",
    "printable",
    "section_lines",
    "wrapped",
]

Style = Callable[[str, str], str]
"""Takes a kind (heading, good, warn, bad, dim) and a text, and returns the text."""

_STATES = {
    "right": ("good", "right"),
    "too wide": ("bad", "promises too much"),
    "could be wider": ("warn", "promises less than it could"),
}
_SEVERITIES = {"error": "bad", "warning": "warn", "note": "dim"}
_GROUPS = {
    "external": "must be there",
    "grafted": "in this wheel",
    "runtime": "C++ runtime",
    "python": "Python",
    "system": "system",
}
_NAME_WIDTH = 14
_FEW = 8
_FEW_CRATES = 12


def plain(_kind: str, text: str) -> str:
    """Return text without any style."""
    return text


def inspection_lines(
    inspection: Inspection, *, width: int = 80, style: Style = plain
) -> Iterator[str]:
    """Yield the lines of the page about one wheel."""
    header = inspection.header
    yield style("heading", printable(f"{header.name} {header.version}"))
    if inspection.metadata.summary:
        yield from wrapped([inspection.metadata.summary], width)
    yield ""
    rows = [
        ("Tags", header.tags),
        *((name, [text]) for name, text in row_values(inspection)),
    ]
    yield from _named(rows, width)
    yield from _verdict_lines(inspection.verdict, width, style)
    if inspection.findings:
        yield from section_lines("Findings", style)
        for items in grouped(inspection.findings):
            yield from _finding_lines(items, width, style)
    for binary in inspection.binaries:
        yield from _binary_lines(binary, width, style)
    for abi in inspection.stable_abi:
        yield from _abi_lines(abi, width, style)
    yield from _metadata_lines(inspection, width, style)
    yield from _size_lines(inspection, width, style)
    yield from _reproducibility_lines(inspection, width, style)


def _finding_lines(items: Sequence[Finding], width: int, style: Style) -> Iterator[str]:
    for item in items[:_FEW]:
        mark = style(_SEVERITIES[item.severity], item.severity)
        place = f"{item.path}: " if item.path else ""
        text = f"{place}{item.what} ({item.rule})"
        shown = list(wrapped([text], width - 2 - len(item.severity) - 1))
        yield f"  {mark} {shown[0]}"
        yield from (f"    {line}" for line in shown[1:])
    if len(items) > _FEW:
        yield f"    and {len(items) - _FEW} more of {items[0].rule}"


def printable(text: str) -> str:
    """Return text in one line that cannot steer a terminal."""
    return "".join(
        sign if sign.isprintable() else " " if sign.isspace() else "?" for sign in text
    )


def section_lines(title: str, style: Style) -> Iterator[str]:
    """Yield a blank line and a heading."""
    yield ""
    yield style("heading", printable(title))


def wrapped(words: Iterable[str], width: int, indent: str = "") -> Iterator[str]:
    """Yield texts filled into lines; nothing is cut, and no word is broken."""
    line = ""
    for word in printable(" ".join(words)).split(" "):
        if not word:
            continue
        if line and len(indent) + len(line) + 1 + len(word) > width:
            yield indent + line
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        yield indent + line


def _named(rows: Iterable[tuple[str, Sequence[str]]], width: int) -> Iterator[str]:
    """Yield lines of a name and texts, which are aligned."""
    for name, texts in rows:
        pad = " " * (_NAME_WIDTH + 2)
        filled = [*wrapped(texts, width, pad)] or [pad]
        yield f"  {name:<{_NAME_WIDTH}}{filled[0][len(pad) :]}"
        yield from filled[1:]


def _verdict_lines(verdict: Verdict, width: int, style: Style) -> Iterator[str]:
    kind, words = _STATES[verdict.state]
    yield ""
    yield style("heading", "Platform tag") + ": " + style(kind, words)
    yield from wrapped([verdict.summary], width, "  ")
    for reason in verdict.reasons:
        yield from wrapped([reason], width, "  ")
    met = next((rung for rung in verdict.ladder if rung.is_met), None)
    for rung in verdict.ladder:
        if rung is met or (rung.is_claimed and rung.is_met):
            yield f"  {style('good', '+')} {rung.tag}"
        elif not rung.is_met:
            newest = ", ".join(item.brief for item in rung.obstacles[-3:])
            more = "... " if len(rung.obstacles) > 3 else ""
            mark = style("bad" if rung.is_claimed else "dim", "-")
            yield f"  {mark} {rung.tag}: needs {more}{newest}"


def _binary_lines(binary: Binary, width: int, style: Style) -> Iterator[str]:
    yield from section_lines(binary.path, style)
    formats = {"elf": "ELF", "macho": "Mach-O", "pe": "PE"}
    arches = ", ".join(
        " ".join(filter(None, (item.arch, item.minimum_os, item.signature)))
        for item in binary.slices
    )
    symbols = "not stripped" if binary.has_symbol_table else "stripped"
    if binary.debug:
        symbols = f"not stripped, {bytes_text(binary.debug)} of debug information"
    size = (
        f"{bytes_text(binary.size)}, {bytes_text(binary.compressed)} packed, {symbols}"
    )
    rows = [
        ("Format", [f"{formats[binary.format]}, {arches}"]),
        ("Size", [size]),
        ("Python ABI", [binary.python_abi]),
        ("Modules", [_some(binary.inits)]),
        *(
            (title if number == 0 else "", [f"{_GROUPS[group]}: {names}"])
            for number, (title, group, names) in enumerate(_libraries(binary))
        ),
        ("Search paths", list(binary.rpaths)),
        ("Build id", [binary.build_id]),
        (
            "Protection",
            [", ".join(f"{name} {value}" for name, value in binary.hardening)],
        ),
        (
            "Sections",
            [_shares([(i.name, i.size) for i in binary.sections], binary.size)],
        ),
    ]
    if binary.crates:
        code = sum(item.size for item in binary.crates)
        crates = [(item.crate or "not Rust", item.size) for item in binary.crates]
        rows.append(("Crates", [_shares(crates, code, _FEW_CRATES)]))
    yield from _named([(name, text) for name, text in rows if any(text)], width)


def _libraries(binary: Binary) -> Iterator[tuple[str, str, str]]:
    for group in _GROUPS:
        names = [item.name for item in binary.libraries if item.group == group]
        if names:
            yield "Libraries", group, ", ".join(names)


def _shares(rows: Sequence[tuple[str, int]], whole: int, few: int = _FEW) -> str:
    return ", ".join(
        f"{name} {_unbroken(bytes_text(size))} ({_unbroken(percent_text(size, whole))})"
        for name, size in rows[:few]
    )


def _unbroken(text: str) -> str:
    return text.replace(" ", "")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def _abi_lines(abi: StableAbi, width: int, style: Style) -> Iterator[str]:
    yield from section_lines(f"Stable ABI of {abi.path.rpartition('/')[2]}", style)
    number = count_text(len(abi.symbols), "name")
    claim = f"; the tag promises {abi.claimed}" if abi.claimed else ""
    if abi.needed:
        text = f"{number} of Python, all stable since {abi.needed} at the latest{claim}"
    else:
        unstable = [name for name, since in abi.symbols if not since]
        text = (
            f"{number} of Python, {len(unstable)} not stable{claim}: {_some(unstable)}"
        )
    yield from wrapped([text], width, "  ")
    newest = [name for name, since in abi.symbols if since and since == abi.needed]
    if newest and abi.needed != "3.2":
        yield from wrapped([f"new in {abi.needed}: {_some(newest)}"], width, "  ")


def _metadata_lines(inspection: Inspection, width: int, style: Style) -> Iterator[str]:
    metadata = inspection.metadata
    yield from section_lines("Metadata", style)
    types = "py.typed, " if metadata.is_typed else ""
    rows = [
        ("Version", [metadata.version]),
        ("Requires", _requirements(metadata.requires)),
        ("Extras", [", ".join(metadata.extras)]),
        ("Licence", [" ".join(metadata.license.split())[:200]]),
        ("Licence files", [", ".join(metadata.license_files)]),
        (
            "Entry points",
            [", ".join(f"{name} = {to}" for _, name, to in metadata.entry_points)],
        ),
        ("Types", [f"{types}{count_text(metadata.stubs, 'stub file')}"]),
        *(
            (
                "Materials",
                [
                    f"{bom.path.rpartition('/')[2]}: {bom.format or 'unknown format'}, "
                    + count_text(len(bom.components), "component")
                ],
            )
            for bom in inspection.boms
        ),
    ]
    yield from _named([(name, text) for name, text in rows if any(text)], width)


def _requirements(requires: Sequence[str]) -> list[str]:
    """Return what is always required, and how much the extras add."""
    always = [item for item in requires if "extra ==" not in item]
    extra = count_text(len(requires) - len(always), "requirement")
    words = always if len(always) == len(requires) else [*always, f"{extra} of extras"]
    return ["; ".join(words)]


def _size_lines(inspection: Inspection, width: int, style: Style) -> Iterator[str]:
    yield from section_lines("Largest files", style)
    for path, node in largest_files(inspection.sizes, _FEW):
        share = percent_text(node.size, inspection.header.unpacked)
        room = max(width - 20, 20)
        shown = path if len(path) <= room else f"...{path[3 - room :]}"
        yield f"  {bytes_text(node.size):>8} {share:>6}  {printable(shown)}"


def _reproducibility_lines(
    inspection: Inspection, width: int, style: Style
) -> Iterator[str]:
    facts = inspection.reproducibility
    yield from section_lines("Reproducibility", style)
    rows = [
        ("Times", [facts.times]),
        ("Order", ["sorted" if facts.is_sorted else "not sorted"]),
        *(
            ("Paths", [f"{path.rpartition('/')[2]}:", _some(found)])
            for path, found in facts.leaked
        ),
    ]
    yield from _named(rows, width)
