"""The one view of a project that the rest of ferrule works with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.project.metadata import CoreMetadata
    from ferrule.settings.model import Settings

__all__ = ["Project"]


@dataclass(frozen=True)
class Project:
    """A Rust and Python project, read and validated."""

    root: Path
    """The folder of pyproject.toml, or of Cargo.toml where there is none."""
    pyproject: dict[str, Any] | None
    """The parsed pyproject.toml, or None."""
    manifest_path: Path
    """Cargo.toml of the project's main crate."""
    settings: Settings
    metadata: CoreMetadata
