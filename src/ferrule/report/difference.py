"""What changed from one wheel to another, as plain data.

`WheelDifference.to_json` is the published form, with the same promises as
`ferrule.report.model`. Files are paired by name, compiled modules without their
ABI suffix, the wheel's own folders without their version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ferrule.report.model import SCHEMA, Binary, Header

if TYPE_CHECKING:
    from ferrule.report.model import Bom, Inspection
    from ferrule.wheel.comparison import Difference
    from ferrule.wheel.entry import Entry

__all__ = [
    "BinaryChange",
    "MemberChange",
    "NameChanges",
    "ValueChange",
    "WheelDifference",
    "compare_inspections",
]


@dataclass(frozen=True)
class MemberChange:
    """A file that only one wheel has, or whose content differs."""

    kind: Literal["added", "removed", "changed"]
    path: str
    """In the second wheel; in the first for what was removed."""
    before: int
    """Bytes in the first wheel; 0 for what was added."""
    after: int
    packed_before: int
    packed_after: int


@dataclass(frozen=True)
class ValueChange:
    """A tag, field, permission or entry point that differs."""

    kind: str
    """`tag`, `metadata`, `mode`, `entry point` or `file`."""
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class NameChanges:
    """The names that came and went, sorted."""

    what: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class BinaryChange:
    """What differs in a binary that both wheels have."""

    path: str
    before: int
    after: int
    names: tuple[NameChanges, ...]
    """Needed libraries, symbol versions, functions of Python, entry points."""
    parts: tuple[tuple[str, int, int], ...]
    """Sections and crates whose size differs, with both sizes; the largest
    difference first."""


@dataclass(frozen=True)
class WheelDifference:
    """Everything that differs; all is empty for equal wheels."""

    left: Header
    right: Header
    values: tuple[ValueChange, ...]
    members: tuple[MemberChange, ...]
    """The largest difference first."""
    binaries: tuple[BinaryChange, ...]
    components: NameChanges
    """Of the bills of materials: `name version`."""

    def to_json(self) -> dict[str, Any]:
        """Return the published form: lists and dictionaries."""
        return {"schema": SCHEMA, **asdict(self)}


Entries = Mapping[str, "Entry"]


def compare_inspections(
    left: Inspection,
    right: Inspection,
    entries: tuple[Entries, Entries],
    differences: Sequence[Difference],
) -> WheelDifference:
    """Return what changed from `left` to `right`.

    `entries` are the members of both; `differences` are what
    `ferrule.wheel.comparison` found.
    """
    old = {_paired_name(path): item for path, item in entries[0].items()}
    new = {_paired_name(path): item for path, item in entries[1].items()}
    told = ("tag", "metadata", "mode", "entry point")
    return WheelDifference(
        left=left.header,
        right=right.header,
        values=tuple(
            ValueChange(item.kind, item.name, item.left, item.right)
            for item in differences
            if item.kind in told or (item.kind == "file" and item.left and item.right)
        ),
        members=tuple(_members(old, new)),
        binaries=tuple(_binaries(left.binaries, right.binaries)),
        components=_names(
            "components", _components(left.boms), _components(right.boms)
        ),
    )


def _paired_name(path: str) -> str:
    """Return a name that does not hold the version of the wheel or of Python."""
    from ferrule.wheel.module_names import module_key

    top, slash, rest = path.partition("/")
    for ending in (".dist-info", ".data"):
        if slash and top.endswith(ending):
            return f"*{ending}/{rest}"
    return module_key(path)


def _members(old: Entries, new: Entries) -> Iterator[MemberChange]:
    found = []
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if before and after:
            if (before.crc32, before.size) == (after.crc32, after.size):
                continue
            kind: Literal["added", "removed", "changed"] = "changed"
        else:
            kind = "added" if after else "removed"
        known = after or before
        if known is not None:
            found.append(
                MemberChange(
                    kind,
                    known.path,
                    before.size if before else 0,
                    after.size if after else 0,
                    before.compressed_size if before else 0,
                    after.compressed_size if after else 0,
                )
            )
    yield from sorted(
        found, key=lambda item: (-abs(item.after - item.before), item.path)
    )


def _binaries(
    left: Iterable[Binary], right: Iterable[Binary]
) -> Iterator[BinaryChange]:
    old = {_paired_name(item.path): item for item in left}
    for item in right:
        before = old.get(_paired_name(item.path))
        if before is None:
            continue
        names = tuple(
            change
            for change in (
                _names("libraries", _libraries(before), _libraries(item)),
                _names("symbol versions", _versions(before), _versions(item)),
                _names("names of Python", before.python_symbols, item.python_symbols),
                _names("entry points", before.inits, item.inits),
                _names("search paths", before.rpaths, item.rpaths),
                _names("oldest system", _systems(before), _systems(item)),
                _names("properties", _properties(before), _properties(item)),
            )
            if change.added or change.removed
        )
        parts = tuple(_parts(before, item))
        if names or parts or before.size != item.size:
            yield BinaryChange(item.path, before.size, item.size, names, parts)


def _libraries(binary: Binary) -> Iterator[str]:
    return (item.name for item in binary.libraries)


def _versions(binary: Binary) -> Iterator[str]:
    for item in binary.libraries:
        for version in item.versions:
            yield f"{version} of {item.name}"


def _systems(binary: Binary) -> Iterator[str]:
    return (f"{item.arch} {item.minimum_os}".strip() for item in binary.slices)


def _properties(binary: Binary) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in binary.hardening)


def _parts(before: Binary, after: Binary) -> Iterator[tuple[str, int, int]]:
    sizes: dict[str, list[int]] = {}
    for number, binary in enumerate((before, after)):
        named = [(item.name, item.size) for item in binary.sections]
        named += [
            (
                f"crate {item.crate}" if item.crate else "code that is not Rust",
                item.size,
            )
            for item in binary.crates
        ]
        for name, size in named:
            sizes.setdefault(name, [0, 0])[number] += size
    changed = [(name, old, new) for name, (old, new) in sizes.items() if old != new]
    yield from sorted(changed, key=lambda item: (-abs(item[2] - item[1]), item[0]))


def _components(boms: Iterable[Bom]) -> Iterator[str]:
    return (name for bom in boms for name in bom.components)


def _names(what: str, before: Iterable[str], after: Iterable[str]) -> NameChanges:
    old, new = set(before), set(after)
    return NameChanges(what, tuple(sorted(new - old)), tuple(sorted(old - new)))
