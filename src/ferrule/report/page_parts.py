"""The sections of the page about one wheel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ferrule.audit.finding import grouped
from ferrule.quantities import bytes_text, count_text, percent_text
from ferrule.report.binary_parts import (
    abi_part,
    binary_part,
    libraries_part,
    platform_part,
)
from ferrule.report.components import (
    badge,
    facts,
    hash_markup,
    listing,
    path_markup,
    table,
)
from ferrule.report.markup import Child, Markup, element, fragment
from ferrule.report.sizes import largest_files
from ferrule.report.words import row_values

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding
    from ferrule.report.model import Inspection
    from ferrule.report.page import Part

__all__ = ["inspection_parts", "masthead"]

_STATES: Final = {
    "right": ("good", "The tag is right"),
    "too wide": ("bad", "The tag promises too much"),
    "could be wider": ("warn", "The tag promises less than it could"),
}
_MANY: Final = 8
_FEW: Final = 5
_SEVERITIES: Final = {"error": "bad", "warning": "warn", "note": "plain"}


def masthead(inspection: Inspection) -> Child:
    """Return the name, the tags and the verdict."""
    header, verdict = inspection.header, inspection.verdict
    kind, words = _STATES[verdict.state]
    summary = inspection.metadata.summary
    return fragment(
        element(
            "h1", header.name, " ", element("span", header.version, class_="version")
        ),
        element("p", summary, class_="lead") if summary else None,
        element(
            "ul",
            [element("li", tag, class_="tag") for tag in header.tags],
            class_="tags",
            aria_label="Tags",
        ),
        element(
            "div",
            element("p", words, class_="verdict-title"),
            element("p", verdict.summary),
            class_=f"verdict {kind}",
        ),
    )


def inspection_parts(inspection: Inspection) -> list[Part]:
    """Return the sections in their order; empty ones are left out."""
    parts: list[tuple[str, str, Child]] = [
        ("overview", "Overview", _overview(inspection)),
        ("findings", "Findings", _findings(inspection.findings)),
        ("sizes", "What takes the room", _sizes(inspection)),
        ("platform", "Why this platform tag", platform_part(inspection.verdict)),
        ("libraries", "Libraries", libraries_part(inspection.binaries)),
        (
            "binaries",
            "Binaries",
            _folded([(item.path, binary_part(item)) for item in inspection.binaries]),
        ),
        (
            "python",
            "Stable ABI",
            _folded([(item.path, abi_part(item)) for item in inspection.stable_abi]),
        ),
        ("metadata", "Metadata", _metadata(inspection)),
        ("materials", "Bill of materials", _boms(inspection)),
        ("reproducibility", "Reproducibility", _reproducibility(inspection)),
    ]
    return [part for part in parts if part[2]]


def _folded(parts: Sequence[tuple[str, Markup]]) -> Markup:
    """Return the parts about files; many of them are folded, each under its name."""
    if len(parts) <= _MANY:
        return fragment(part for _, part in parts)
    return fragment(
        element(
            "details",
            element("summary", path_markup(path)),
            part,
            class_="folded",
        )
        for path, part in parts
    )


def _overview(inspection: Inspection) -> Markup:
    rows: list[tuple[str, Child]] = [
        (name, hash_markup(value) if name == "SHA-256" else value)
        for name, value in row_values(inspection)
    ]
    return facts(rows)


def _findings(findings: Sequence[Finding]) -> Markup | None:
    if not findings:
        return None
    return element("ul", map(_group, grouped(findings)), class_="findings")


def _group(findings: Sequence[Finding]) -> Markup:
    first, rest = findings[0], findings[_FEW:]
    # One more would take as much room as saying that there is one.
    rest = rest if len(rest) > 1 else ()
    shown = findings[: len(findings) - len(rest)]
    return element(
        "li",
        badge(first.severity, _SEVERITIES[first.severity]),
        element("code", first.rule, class_="rule"),
        map(_finding, shown),
        element("details", element("summary", f"{len(rest)} more"), map(_finding, rest))
        if rest
        else None,
        element("p", _with_code(first.fix), class_="muted") if first.fix else None,
    )


def _finding(finding: Finding) -> Markup:
    place = (element("code", finding.path), ": ") if finding.path else ()
    return fragment(
        element("p", place, _with_code(finding.what)),
        listing([element("code", item) for item in finding.details])
        if finding.details
        else None,
    )


def _with_code(text: str) -> Markup:
    """Return a sentence; what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return fragment(text)
    return fragment(
        element("code", part) if number % 2 else part
        for number, part in enumerate(parts)
    )


def _sizes(inspection: Inspection) -> Markup:
    total = inspection.header.unpacked
    rows = [
        (
            path_markup(path),
            bytes_text(node.size),
            bytes_text(node.compressed),
            percent_text(node.size, total),
        )
        for path, node in largest_files(inspection.sizes, 10)
    ]
    return fragment(
        element(
            "div",
            element("nav", class_="crumbs", aria_label="Place in the size map"),
            element("div", class_="map"),
            element("p", class_="map-detail", aria_live="polite"),
            element(
                "p",
                "Arrow keys go from tile to tile, Enter opens one, Escape goes back.",
                class_="muted map-help",
            ),
            class_="size-map",
            hidden=True,
        ),
        table(
            ("Largest files", "Size", "In the wheel", "Share"),
            rows,
            caption="The largest files, with their size before and after packing",
            numbers=(1, 2, 3),
        ),
    )


def _metadata(inspection: Inspection) -> Markup:
    metadata = inspection.metadata
    points = [
        (element("code", name), group, element("code", target))
        for group, name, target in metadata.entry_points
    ]
    return fragment(
        facts(
            (name, value)
            for name, value in (
                ("Requires", _requirements(metadata.requires)),
                ("Extras", ", ".join(metadata.extras)),
                ("Licence", metadata.license),
                ("Licence files", ", ".join(metadata.license_files)),
                ("Types", _types(inspection)),
            )
            if value
        ),
        table(("Entry point", "Group", "Target"), points, caption="Entry points")
        if points
        else None,
        element(
            "details",
            element("summary", count_text(len(metadata.fields), "field")),
            facts(metadata.fields),
        ),
    )


def _requirements(requires: Sequence[str]) -> Markup | None:
    if not requires:
        return None
    is_long = len(requires) > _MANY
    return listing(requires, "plain-list in-columns" if is_long else "plain-list")


def _types(inspection: Inspection) -> str:
    stubs = count_text(inspection.metadata.stubs, "stub file")
    if inspection.metadata.is_typed:
        return f"py.typed, {stubs}" if inspection.metadata.stubs else "py.typed"
    return stubs if inspection.metadata.stubs else "none"


def _boms(inspection: Inspection) -> Markup | None:
    if not inspection.boms:
        return None
    return fragment(
        element(
            "details",
            element(
                "summary",
                path_markup(bom.path.rpartition("/")[2]),
                f" {bom.format or 'of an unknown format'}, ",
                count_text(len(bom.components), "component"),
            ),
            listing(bom.components, "columns-list"),
        )
        for bom in inspection.boms
    )


def _reproducibility(inspection: Inspection) -> Markup:
    found = inspection.reproducibility
    rows: list[tuple[str, Child]] = [
        ("Times of the files", found.times),
        ("Order of the files", "sorted" if found.is_sorted else "not sorted"),
    ]
    for path, leaked in found.leaked:
        paths = [element("code", item) for item in leaked]
        rows.append((f"Paths in {path.rpartition('/')[2]}", listing(paths)))
    return facts(rows)
