"""The sections of the page that tell what the binaries of a wheel need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ferrule.quantities import bytes_text, count_text
from ferrule.report.components import (
    badge,
    bars,
    facts,
    hash_markup,
    listing,
    path_markup,
    table,
)
from ferrule.report.markup import Child, Markup, element, fragment

if TYPE_CHECKING:
    from ferrule.report.model import Binary, Obstacle, Rung, StableAbi, Verdict

__all__ = ["abi_part", "binary_part", "libraries_part", "platform_part"]

_GROUPS: Final = {
    "system": ("plain", "system"),
    "runtime": ("plain", "C and C++ runtime"),
    "python": ("plain", "Python"),
    "grafted": ("good", "in this wheel"),
    "external": ("bad", "must be there already"),
}
_NO_CODE: Final = element("code", "")


def platform_part(verdict: Verdict) -> Markup | None:
    """Return what decides the platform tag, and the ladder of tags."""
    if not verdict.ladder and not verdict.reasons:
        return None
    reasons = listing(verdict.reasons) if verdict.reasons else None
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


def libraries_part(binaries: Sequence[Binary]) -> Markup | None:
    """Return the table of needed libraries; None if there are none."""
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


def binary_part(binary: Binary) -> Markup:
    """Return everything about one binary."""
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
        ("Build id", hash_markup(binary.build_id)),
        *binary.hardening,
    ]
    sections = [(item.name, item.size) for item in binary.sections]
    crates = [
        (item.crate or "not Rust, or unnamed", item.size) for item in binary.crates
    ]
    code = sum(size for _, size in crates)
    return element(
        "article",
        element("h3", path_markup(binary.path)),
        facts(
            (name.capitalize() if name[0].islower() else name, value)
            for name, value in rows
            if value and value != _NO_CODE
        ),
        element(
            "div",
            bars(sections, binary.size, "Sections") if sections else None,
            bars(crates, code, "Machine code by crate")
            if any(item.crate for item in binary.crates)
            else None,
            class_="columns",
        ),
        class_="binary",
    )


def _symbols(binary: Binary) -> str:
    if binary.debug:
        return f"not stripped; {bytes_text(binary.debug)} of debug information"
    return "not stripped" if binary.has_symbol_table else "stripped"


def abi_part(abi: StableAbi) -> Markup:
    """Return the searchable names of Python that one module uses."""
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
        element("h3", path_markup(abi.path)),
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
    """Return the searchable names of Python that one module uses."""
    """Return everything about one binary."""
    """Return the table of needed libraries; None if there are none."""
    """Return what decides the platform tag, and the ladder of tags."""
    return -int(since.partition(".")[2]) if since else -1000
