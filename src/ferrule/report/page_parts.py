"""The sections of the page about one wheel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ferrule.report.markup import Child, Markup, element, fragment
from ferrule.report.sizes import largest_files
from ferrule.report.words import (
    bytes_text,
    count_text,
    percent_text,
    row_values,
)

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding
    from ferrule.report.model import (
        Binary,
        Inspection,
        Obstacle,
        Rung,
        StableAbi,
        Verdict,
    )
    from ferrule.report.page import Part

__all__ = ["badge", "inspection_parts", "masthead", "table"]

_STATES: Final = {
    "right": ("good", "The tag is right"),
    "too wide": ("bad", "The tag promises too much"),
    "could be wider": ("warn", "The tag promises less than it could"),
}
_SEVERITIES: Final = {"error": "bad", "warning": "warn", "note": "plain"}
_GROUPS: Final = {
    "system": ("plain", "system"),
    "runtime": ("plain", "C and C++ runtime"),
    "python": ("plain", "Python"),
    "grafted": ("good", "in this wheel"),
    "external": ("bad", "must be there already"),
}
_MOST_BARS = 16
_NO_CODE: Final = element("code", "")


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
        ("platform", "Why this platform tag", _platform(inspection.verdict)),
        ("libraries", "Libraries", _libraries(inspection.binaries)),
        ("binaries", "Binaries", fragment(map(_binary, inspection.binaries))),
        ("python", "Stable ABI", fragment(map(_abi, inspection.stable_abi))),
        ("metadata", "Metadata", _metadata(inspection)),
        ("materials", "Bill of materials", _boms(inspection)),
        ("reproducibility", "Reproducibility", _reproducibility(inspection)),
    ]
    return [part for part in parts if part[2]]


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


def _facts(rows: Iterable[tuple[str, Child]]) -> Markup:
    return element(
        "dl",
        [
            element("div", element("dt", name), element("dd", value))
            for name, value in rows
        ],
        class_="facts",
    )


def _list(items: Iterable[Child], class_: str = "plain-list") -> Markup:
    return element("ul", [element("li", item) for item in items], class_=class_)


def _overview(inspection: Inspection) -> Markup:
    rows: list[tuple[str, Child]] = [
        (name, _hash(value) if name == "SHA-256" else value)
        for name, value in row_values(inspection)
    ]
    return _facts(rows)


def _findings(findings: Sequence[Finding]) -> Markup | None:
    if not findings:
        return None
    return element("ul", map(_finding, findings), class_="findings")


def _finding(finding: Finding) -> Markup:
    return element(
        "li",
        badge(finding.severity, _SEVERITIES[finding.severity]),
        element("code", finding.rule, class_="rule"),
        element(
            "p",
            element("code", finding.path),
            ": " if finding.path else "",
            finding.what,
        )
        if finding.path
        else element("p", finding.what),
        element("p", finding.fix, class_="muted") if finding.fix else None,
        _list([element("code", item) for item in finding.details])
        if finding.details
        else None,
    )


# ----------------------------------------------------------------------- sizes


def _sizes(inspection: Inspection) -> Markup:
    total = inspection.header.unpacked
    rows = [
        (
            _path(path),
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


def _path(path: str) -> Markup:
    """Return a path that may be broken after each slash."""
    parts = path.split("/")
    return element(
        "code",
        [
            fragment(part, "/" if number < len(parts) - 1 else None, element("wbr"))
            for number, part in enumerate(parts)
        ],
    )


def _bars(rows: Sequence[tuple[str, int]], total: int, caption: str) -> Markup:
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
                    element("td", _bar(size / largest), class_="bar-cell"),
                    element("td", bytes_text(size), class_="number"),
                    element("td", percent_text(size, total), class_="number"),
                    class_="others" if hidden and number == _MOST_BARS else None,
                )
                for number, (name, size) in enumerate(shown)
            ],
        ),
        class_="bars",
    )


def _bar(share: float) -> Markup:
    return element(
        "svg",
        element("rect", width=f"{100 * share:.2f}", height="10"),
        class_="bar",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


# -------------------------------------------------------------------- platform


def _platform(verdict: Verdict) -> Markup | None:
    if not verdict.ladder and not verdict.reasons:
        return None
    reasons = _list(verdict.reasons) if verdict.reasons else None
    return fragment(
        element("p", "What decides it:") if reasons else None,
        reasons,
        element("ol", _rungs(verdict.ladder), class_="ladder")
        if verdict.ladder
        else None,
    )


def _rungs(ladder: Sequence[Rung]) -> Iterator[Markup]:
    newer: list[Rung] = []
    has_met = False
    for rung in ladder:
        is_plain = rung.is_met and has_met and not rung.is_claimed
        if is_plain and rung.tag.startswith(("manylinux", "musllinux")):
            newer.append(rung)
            continue
        has_met = has_met or rung.is_met
        yield _rung(rung)
    if newer:
        names = f"{newer[0].tag} to {newer[-1].tag}"
        text = names if len(newer) > 1 else newer[0].tag
        yield element(
            "li",
            element("p", text, " ", badge("newer systems, too")),
            class_="met newer",
        )


def _rung(rung: Rung) -> Markup:
    title = fragment(
        element("strong", rung.tag),
        [element("span", f" {name}", class_="muted") for name in rung.aliases],
        " ",
        badge("claimed", "accent") if rung.is_claimed else None,
        " ",
        badge("works", "good")
        if rung.is_met
        else badge("does not work", "bad")
        if rung.is_claimed
        else None,
    )
    kind = "met" if rung.is_met else "blocked"
    if not rung.obstacles:
        return element("li", element("p", title), class_=kind)
    brief = ", ".join(item.brief for item in rung.obstacles[-3:])
    more = "… " if len(rung.obstacles) > 3 else ""
    return element(
        "li",
        element(
            "details",
            element(
                "summary",
                title,
                element("span", f"{more}{brief}", class_="muted brief"),
            ),
            element("dl", map(_obstacle, rung.obstacles), class_="blockers"),
        ),
        class_=kind,
    )


def _obstacle(item: Obstacle) -> Markup:
    shown = [fragment(element("code", name), " ") for name in item.symbols]
    return element(
        "div", element("dt", item.text), element("dd", shown) if shown else None
    )


# ------------------------------------------------------------------- libraries


def _libraries(binaries: Sequence[Binary]) -> Markup | None:
    users: dict[tuple[str, str], list[str]] = {}
    versions: dict[tuple[str, str], dict[str, None]] = {}
    for binary in binaries:
        for item in binary.libraries:
            key = (item.group, item.name)
            users.setdefault(key, []).append(binary.path.rpartition("/")[2])
            versions.setdefault(key, {}).update(dict.fromkeys(item.versions))
    if not users:
        return None
    order = ("external", "grafted", "runtime", "python", "system")
    keys = sorted(users, key=lambda key: (order.index(key[0]), key[1].lower()))
    has_versions = any(versions.values())
    headings = ("Library", "From", "Needed by", "Newest version asked for")
    rows = [
        (
            element("code", name),
            badge(_GROUPS[group][1], _GROUPS[group][0]),
            _some(users[group, name]),
            (list(versions[group, name]) or [""])[-1],
        )[: 4 if has_versions else 3]
        for group, name in keys
    ]
    return table(
        headings[: 4 if has_versions else 3],
        rows,
        caption="Libraries that the binaries need",
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _binary(binary: Binary) -> Markup:
    formats = {"elf": "ELF", "macho": "Mach-O", "pe": "PE"}
    arches = ", ".join(
        " ".join(filter(None, (item.arch, item.minimum_os, item.signature)))
        for item in binary.slices
    )
    rows: list[tuple[str, Child]] = [
        ("Format", f"{formats[binary.format]}, {arches}"),
        ("Size", f"{bytes_text(binary.size)}, {bytes_text(binary.compressed)} packed"),
        ("Python ABI", binary.python_abi),
        ("Makes modules", element("code", ", ".join(binary.inits))),
        ("Symbols", _symbols(binary)),
        ("Search paths", element("code", ":".join(binary.rpaths))),
        ("Build id", _hash(binary.build_id)),
        *binary.hardening,
    ]
    sections = [(item.name, item.size) for item in binary.sections]
    crates = [
        (item.crate or "not Rust, or unnamed", item.size) for item in binary.crates
    ]
    code = sum(size for _, size in crates)
    return element(
        "article",
        element("h3", _path(binary.path)),
        _facts(
            (name.capitalize() if name[0].islower() else name, value)
            for name, value in rows
            if value and value != _NO_CODE
        ),
        element(
            "div",
            _bars(sections, binary.size, "Sections") if sections else None,
            _bars(crates, code, "Machine code by crate") if crates else None,
            class_="columns",
        ),
        class_="binary",
    )


def _hash(text: str) -> Markup | None:
    return element("code", text, class_="hash") if text else None


def _symbols(binary: Binary) -> str:
    if binary.debug:
        return f"not stripped; {bytes_text(binary.debug)} of debug information"
    return "not stripped" if binary.has_symbol_table else "stripped"


# ------------------------------------------------------------------ the others


def _abi(abi: StableAbi) -> Markup:
    claim = (
        f"The tag promises every CPython from {abi.claimed} on. " if abi.claimed else ""
    )
    truth = (
        f"Everything used is in the stable ABI of CPython {abi.needed}."
        if abi.needed
        else "Some of what it uses is not in the stable ABI."
    )
    name = abi.path.rpartition("/")[2]
    unstable = sum(not since for _, since in abi.symbols)
    rows = [
        (element("code", symbol), since or badge("not stable", "warn"))
        for symbol, since in sorted(
            abi.symbols, key=lambda item: (_minor(item[1]), item[0])
        )
    ]
    number = count_text(len(abi.symbols), "name")
    return element(
        "article",
        element("h3", _path(abi.path)),
        element("p", claim, truth, f" {unstable} are not." if unstable else None),
        element(
            "label",
            element("span", f"Search {number} of {name}"),
            element("input", type="search", autocomplete="off", spellcheck="false"),
            class_="search",
            hidden=True,
        ),
        element("p", number, class_="muted count", aria_live="polite"),
        element(
            "div",
            table(
                ("Name", "Stable since"),
                rows,
                caption=f"Names of Python that {name} uses",
                row_class="symbol",
            ),
            class_="scroller",
            tabindex="0",
            role="region",
            aria_label=f"Names of Python that {name} uses",
        ),
        class_="abi",
    )


def _minor(since: str) -> int:
    return -int(since.partition(".")[2]) if since else -1000


def _metadata(inspection: Inspection) -> Markup:
    metadata = inspection.metadata
    points = [
        (element("code", name), group, element("code", target))
        for group, name, target in metadata.entry_points
    ]
    return fragment(
        _facts(
            (name, value)
            for name, value in (
                ("Requires", _list(metadata.requires) if metadata.requires else ""),
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
            _facts(metadata.fields),
        ),
    )


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
                _path(bom.path.rpartition("/")[2]),
                f" {bom.format or 'of an unknown format'}, ",
                count_text(len(bom.components), "component"),
            ),
            _list(bom.components, "columns-list"),
        )
        for bom in inspection.boms
    )


def _reproducibility(inspection: Inspection) -> Markup:
    facts = inspection.reproducibility
    rows: list[tuple[str, Child]] = [
        ("Times of the files", facts.times),
        ("Order of the files", "sorted" if facts.is_sorted else "not sorted"),
    ]
    for path, leaked in facts.leaked:
        found = [element("code", item) for item in leaked]
        rows.append((f"Paths in {path.rpartition('/')[2]}", _list(found)))
    return _facts(rows)
