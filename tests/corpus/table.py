"""The projects: which sdists, and how the installed result is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule.toml import parse_toml

__all__ = ["Project", "read_projects"]

TABLE = Path(__file__).with_name("projects.toml")


@dataclass(frozen=True)
class Project:
    """A published sdist, and a line that uses what it installs."""

    name: str
    version: str
    sha256: str
    shows: str
    use: str | tuple[str, ...]
    """Python code, or the words of a program."""
    answer: str
    constraints: tuple[str, ...]
    """The exact build requirements of the project's own backend."""
    is_quick: bool = False

    @property
    def identity(self) -> str:
        """Return name and version as a requirement spells them."""
        return f"{self.name}=={self.version}"


def read_projects() -> list[Project]:
    """Return the projects in the order of the table."""
    table = parse_toml(TABLE.read_text(encoding="utf-8"))
    return [_read(entry, table["constraints"]) for entry in table["project"]]


def _read(entry: dict[str, Any], constraints: list[str]) -> Project:
    own = {_name(text): text for text in entry.get("constraints", ())}
    merged = {**{_name(text): text for text in constraints}, **own}
    use = entry["use"]
    return Project(
        name=entry["name"],
        version=entry["version"],
        sha256=entry["sha256"],
        shows=entry["shows"],
        use=use if isinstance(use, str) else tuple(use),
        answer=entry["answer"],
        constraints=tuple(sorted(merged.values())),
        is_quick=entry.get("quick", False),
    )


def _name(constraint: str) -> str:
    return constraint.partition("==")[0]
