"""The one view of a project that the rest of ferrule works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.records import dataclass

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
    library_name: str | None
    """Name of the main crate's library target, if it has one."""

    @property
    def module_name(self) -> str:
        """Return the import path of the main module.

        `module-name`, else the library's name, else the project's.
        """
        name = self.settings.module_name or self.library_name or self.metadata.name
        return name.replace("-", "_")

    @property
    def module_names(self) -> tuple[str, ...]:
        """Return the import paths of all modules that the settings name."""
        if self.settings.modules:
            return tuple(item.name for item in self.settings.modules)
        return (self.module_name,)
