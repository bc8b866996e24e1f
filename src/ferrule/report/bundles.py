"""What `ferrule inspect` tells about a bundle: its schema and its page of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ferrule.quantities import bytes_text, count_text
from ferrule.report.text import Style, plain, printable, wrapped

__all__ = ["BundleInspection", "BundleMember", "bundle_lines", "member_lines"]

MemberKind = Literal["program", "module", "library", "file"]
_FEW: Final = 12


@dataclass(frozen=True)
class BundleMember:
    """One file of a bundle, or what seems to be one in a single file."""

    path: str
    kind: MemberKind
    size: int
    """In bytes."""
    stored_size: int
    """What it takes of the bundle in bytes; less where it is compressed."""
    sha256: str
    """Of what is stored, in hexadecimal; empty where it was not computed."""

    def to_json(self) -> dict[str, Any]:
        """Return the member as plain data."""
        return {
            "path": self.path,
            "kind": self.kind,
            "sizeBytes": self.size,
            "storedBytes": self.stored_size,
            "sha256": self.sha256 or None,
        }


@dataclass(frozen=True)
class BundleInspection:
    """Everything about one bundle."""

    path: str
    form: Literal["folder", "single file"]
    size: int
    """In bytes, of all files."""
    facts: Mapping[str, Any]
    """What `bundle.json` says; empty for single files of older versions."""
    members: tuple[BundleMember, ...]
    """Sorted by path."""

    @property
    def groups(self) -> tuple[tuple[str, int, int], ...]:
        """Return the parts with their numbers of files and bytes, largest first."""
        found: dict[str, list[int]] = {}
        for item in self.members:
            row = found.setdefault(_group(item.path), [0, 0])
            row[0] += 1
            row[1] += item.stored_size
        rows = [(name, count, size) for name, (count, size) in found.items()]
        return tuple(sorted(rows, key=lambda row: (-row[2], row[0])))

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "kind": "bundle",
            "path": self.path,
            "form": self.form,
            "sizeBytes": self.size,
            "bundle": dict(self.facts) or None,
            "parts": [
                {"name": name, "files": count, "sizeBytes": size}
                for name, count, size in self.groups
            ],
            "members": [item.to_json() for item in self.members],
        }


def bundle_lines(
    inspection: BundleInspection, *, width: int = 80, style: Style = plain
) -> Iterator[str]:
    """Yield the lines of the page about one bundle."""
    facts = inspection.facts
    name = facts.get("program") or inspection.path.replace("\\", "/").rpartition("/")[2]
    yield style("heading", printable(str(name)))
    rows = [
        ("form", f"{facts.get('mode', 'onefile')} bundle, {inspection.form}"),
        ("python", facts.get("python", "")),
        ("target", facts.get("target", "")),
        ("needs", facts.get("needs", "")),
        ("made by", f"ferrule {facts['ferrule']}" if "ferrule" in facts else ""),
        ("size", bytes_text(inspection.size)),
    ]
    for key, value in rows:
        if value:
            yield f"  {key:8} {printable(str(value))}"
    yield ""
    yield style("heading", "parts")
    groups = inspection.groups
    for label, count, size in groups[:_FEW]:
        files = count_text(count, "file")
        yield f"  {bytes_text(size):>8}  {printable(label)} ({files})"
    if len(groups) > _FEW:
        rest = sum(size for _, _, size in groups[_FEW:])
        yield f"  {bytes_text(rest):>8}  {len(groups) - _FEW} more"
    packages = facts.get("packages") or {}
    libraries = facts.get("libraries") or []
    for title, words in (
        ("packages", [f"{key} {value}" for key, value in packages.items()]),
        ("libraries", [str(item) for item in libraries]),
    ):
        if words:
            yield ""
            yield style("heading", title)
            text = printable(", ".join(words))
            yield from (f"  {line}" for line in wrapped([text], width - 2))


def member_lines(inspection: BundleInspection) -> Iterator[str]:
    """Yield one line for each file: size in bytes, kind and path."""
    for item in inspection.members:
        yield f"{item.size:>10}  {item.kind:8} {printable(item.path)}"


def _group(path: str) -> str:
    """Return the part that a file belongs to: a package, or the standard library.

    >>> _group("lib/python3.12/site-packages/numpy/x.pyc"), _group("lib/libz.so.1")
    ('numpy', 'libraries')
    """
    parts = path.split("/")
    for place, part in enumerate(parts):
        if part in ("site-packages", "dist-packages") and len(parts) > place + 1:
            name = parts[place + 1]
            stem = name.partition("-")[0] if name.endswith("-info") else name
            return stem.partition(".")[0] if len(parts) == place + 2 else stem
    if parts[0] == "licenses" or path in ("bundle.json", "bundle.cdx.json"):
        return "licences and contents"
    if len(parts) > 2 and parts[0].lower() == "lib" and parts[1].startswith("python"):
        return "standard library"
    if parts[0] == "Lib" or parts[0] == "DLLs":
        return "standard library"
    if parts[0] == "lib":
        return "libraries"
    return "program"
