"""Everything that describes one setuptools project, before it is judged."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.project.setuptools.values import Keywords

__all__ = ["Sources"]


@dataclass
class Sources:
    """What was read, joined in setuptools' order."""

    root: Path
    pyproject: Mapping[str, Any]
    keywords: Keywords
    dynamic: Mapping[str, Any]
    """`[tool.setuptools.dynamic]`."""
    commands: Mapping[str, Mapping[str, str]]
    """Options of commands, such as those of `bdist_wheel`."""
    setup_line: int
    """Line of `setup()` in setup.py, or 0."""
    is_declarative: bool
    """Whether pyproject.toml configures setuptools: its defaults differ."""
    inputs: list[Path] = field(default_factory=list)
    """Files that were read."""

    @property
    def place(self) -> str:
        """Return what to call the place of command options in messages."""
        return "bdist_wheel"

    def input_names(self) -> tuple[str, ...]:
        """Return the files that were read inside the project, relative to it."""
        return tuple(dict.fromkeys(name for _, name in self.named_inputs()))

    def named_inputs(self) -> Iterator[tuple[Path, str]]:
        """Yield the files that were read inside the project, with their names."""
        for path in self.inputs:
            name = os.path.relpath(path, self.root).replace(os.sep, "/")
            if not name.startswith("../"):
                yield path, name
