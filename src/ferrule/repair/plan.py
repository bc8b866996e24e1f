"""What a repair will do, as data: `--dry-run` prints it, `application` does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.formats.elf_edit import ElfEdit
    from ferrule.formats.macho_edit import MachOEdit
    from ferrule.formats.pe_edit import PeEdit

__all__ = ["Edit", "Graft", "RepairPlan"]

Edit = Union["ElfEdit", "MachOEdit", "PeEdit"]


@dataclass(frozen=True)
class Graft:
    """A library from outside that joins the wheel."""

    path: str
    """Its place in the wheel."""
    source: Path
    asked: str
    """The name under which it was asked for."""
    sha256: str
    """Of the content before it is edited, in hexadecimal."""
    needed_by: tuple[str, ...]
    """Files of the wheel, and other grafts, that need it; none for `--include`."""

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "path": self.path,
            "source": str(self.source),
            "name": self.asked,
            "sha256": self.sha256,
            "neededBy": list(self.needed_by),
        }


@dataclass(frozen=True)
class RepairPlan:
    """Everything that changes in one wheel."""

    grafts: tuple[Graft, ...] = ()
    edits: Mapping[str, Edit] = field(default_factory=dict)
    """By their places, the changes of binaries, of grafts too."""
    texts: Mapping[str, bytes] = field(default_factory=dict)
    """Python files with new content."""
    moves: Mapping[str, str] = field(default_factory=dict)
    """New places of files, which are edited under their old ones."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Libraries that are not grafted, with the reason."""
    platforms: tuple[str, ...] = ()
    """The platform tags of the result; empty: they stay."""
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether no file changes."""
        return not (self.grafts or self.edits or self.texts or self.moves)

    def with_platforms(
        self, platforms: tuple[str, ...], notes: tuple[str, ...] = ()
    ) -> RepairPlan:
        """Return the plan with platform tags and further notes."""
        return replace(self, platforms=platforms, notes=(*self.notes, *notes))

    def to_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            "grafts": [item.to_json() for item in self.grafts],
            "edits": {
                path: _edit_json(self.edits[path]) for path in sorted(self.edits)
            },
            "texts": sorted(self.texts),
            "moves": dict(sorted(self.moves.items())),
            "leftOut": dict(sorted(self.left_out.items())),
            "platforms": list(self.platforms),
            "notes": list(self.notes),
        }

    def to_lines(self) -> list[str]:
        """Return the plan as text, one line for each change."""
        lines = [f"graft {item.source} as {item.path}" for item in self.grafts]
        lines += [f"move {old} to {new}" for old, new in sorted(self.moves.items())]
        for path in sorted(self.edits):
            lines += [f"edit {path}: {text}" for text in _edit_lines(self.edits[path])]
        lines += [f"edit {path}" for path in sorted(self.texts)]
        lines += [
            f"leave out {name}: {reason}"
            for name, reason in sorted(self.left_out.items())
        ]
        return lines


def _edit_json(edit: Edit) -> dict[str, Any]:
    found: dict[str, Any] = {}
    values = edit._asdict() if isinstance(edit, tuple) else vars(edit)
    for name, value in values.items():
        if value not in (None, "", False) and value != {}:
            words = name.split("_")
            key = words[0] + "".join(word.title() for word in words[1:])
            found[key] = list(value) if isinstance(value, tuple) else value
    return found


def _edit_lines(edit: Edit) -> list[str]:
    lines = []
    for name, value in _edit_json(edit).items():
        if isinstance(value, dict):
            lines += [
                f"{old} becomes {new}" if new else f"{old} is no longer needed"
                for old, new in value.items()
            ]
        elif isinstance(value, list):
            lines.append(f"{name} {':'.join(value) or '(none)'}")
        else:
            lines.append(name if value is True else f"{name} {value}")
    return lines
