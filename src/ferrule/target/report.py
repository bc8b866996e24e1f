"""What a machine has and lacks for building for one target, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["Step", "TargetReport", "Way"]


@dataclass(frozen=True)
class Step:
    """What is missing for a target, and the commands that bring it."""

    what: str
    commands: tuple[tuple[str, str], ...]
    """Each with whom it is for: `rustup`, `Debian`, `Fedora`, `any`."""

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain data."""
        rows = [{"command": text, "for": whom} for text, whom in self.commands]
        return {"what": self.what, "commands": rows}


@dataclass(frozen=True)
class Way:
    """One of the ways of linking for a target."""

    name: str
    """A value of the setting `linker`."""
    found: str
    """Where it is; empty if it is not on this machine."""
    problem: str = ""


@dataclass(frozen=True)
class TargetReport:
    """What a build for one target would use on this machine."""

    triple: Triple
    has_std: bool
    std_folder: Path
    linker: str
    """The kind of linker that a build takes; empty if there is none."""
    reason: str
    runner: str
    tags: str
    pythons: tuple[str, ...]
    missing: tuple[Step, ...] = ()
    ways: tuple[Way, ...] = ()
    compiles_std: bool = False
    """cargo makes the standard library: `build-std` is configured."""
    program: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data for `--json`."""
        return {
            "target": self.triple.text,
            "ready": not self.missing,
            "std": self.has_std,
            "std_compiled": self.compiles_std,
            "linker": self.linker or None,
            "linker_program": self.program or None,
            "linker_reason": self.reason,
            "runner": self.runner or None,
            "platform_tag": self.tags,
            "pythons": list(self.pythons),
            "ways": [
                {"name": way.name, "found": way.found or None, "problem": way.problem}
                for way in self.ways
            ],
            "variables": dict(self.variables),
            "missing": [step.to_json() for step in self.missing],
        }
