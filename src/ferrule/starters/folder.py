"""The folder of a project, and the plan for one that is empty."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.files import ReadError, WriteError
from ferrule.errors.starters import FolderInUseError
from ferrule.starters.plan import Plan, PlannedFile

if TYPE_CHECKING:
    from ferrule.starters.rendering import Starter

__all__ = ["check_folder", "check_new_folder", "plan_new"]


def check_new_folder(root: Path) -> None:
    """Raise `FolderInUseError` if the folder exists and holds more than `.git`."""
    if os.path.lexists(root) and not root.is_dir():
        raise FolderInUseError(root, ["a file of that name"])
    if not root.is_dir():
        return
    try:
        found = sorted(name for name in os.listdir(root) if name != ".git")
    except OSError as error:
        raise WriteError(root, error) from error
    if found:
        raise FolderInUseError(root, found)


def check_folder(root: Path) -> None:
    """Raise `ReadError` if a folder is missing or cannot be listed."""
    try:
        os.listdir(root)
    except OSError as error:
        raise ReadError(root, error) from error


def plan_new(root: Path, starter: Starter) -> Plan:
    """Return the plan for an empty folder.

    Raises `UnknownReleaseError` for an unusable version of PyO3.
    """
    from ferrule.starters.rendering import render_starter

    files = render_starter(starter)
    planned = [PlannedFile(path, None, text) for path, text in files.items()]
    return Plan(root, starter.kind.name, tuple(planned))
