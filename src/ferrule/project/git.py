"""Whether git says which files belong to a project."""

from __future__ import annotations

from pathlib import Path

__all__ = ["is_kept_by_git"]


def is_kept_by_git(root: Path) -> bool:
    """Return whether .gitignore files count in the project at `root`.

    They do where git keeps the project, as for cargo. An unpacked sdist is what
    its maker chose, also inside somebody else's repository.
    """
    if (root / "PKG-INFO").is_file():
        return False
    return any((folder / ".git").exists() for folder in (root, *root.parents))
