"""Errors about new projects and about folders that become one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "AlreadyBuiltError",
    "FolderInUseError",
    "InvalidNameError",
    "PeerProjectError",
    "StarterError",
    "UnfitProjectError",
    "UnknownKindError",
]


class StarterError(FerruleError):
    """A project that cannot be started as it was asked for."""

    exit_code = 2


class InvalidNameError(StarterError):
    """A name that Python, cargo or a package index would refuse."""

    def __init__(self, name: str, reasons: Sequence[str], suggestion: str) -> None:
        super().__init__(
            f'"{name}" cannot be the name of a project',
            why=reasons,
            fix=f'choose another name, such as "{suggestion}"',
        )
        self.name = name
        self.suggestion = suggestion


class UnknownKindError(StarterError):
    """A kind of project that there is no starter for."""

    def __init__(self, kind: str, known: Sequence[str]) -> None:
        super().__init__(
            f'there is no starter "{kind}"{did_you_mean(kind, known)}',
            why=[f"the starters are {', '.join(known)}"],
            fix="ferrule new --list says what each of them is",
        )


class FolderInUseError(StarterError):
    """`ferrule new` was asked to write into a folder that is not empty."""

    def __init__(self, folder: Path, found: Sequence[str]) -> None:
        shown = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
        super().__init__(
            f"{folder} is there already, and not empty",
            why=[f"it holds {shown}"],
            fix=f"choose another folder, or run: ferrule init {folder}",
        )


class PeerProjectError(StarterError):
    """`ferrule init` in a project that another tool builds with Rust."""

    def __init__(self, root: Path, peer: str) -> None:
        super().__init__(
            f"{root} is a project of {peer}",
            why=["its settings have to be translated, not added to"],
            fix=f"cd {root} && ferrule migrate --check",
        )


class AlreadyBuiltError(StarterError):
    """`ferrule init` in a project that ferrule builds, where nothing is missing."""

    def __init__(self, root: Path, kind: str, actual: str) -> None:
        super().__init__(
            f"{root} is built by ferrule already, and is no {kind} project",
            why=[f"it looks like: {actual}"],
            fix="leave out --kind, and only missing files are written",
        )


class UnfitProjectError(StarterError):
    """`ferrule init` in a folder that has to be changed by hand first."""
