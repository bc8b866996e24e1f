"""What lies above a new project: a cargo workspace would claim its crate."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find_workspace_note"]


def find_workspace_note(root: Path) -> str | None:
    """Return what to do about a cargo workspace above the project, if there is one."""
    from ferrule.errors import FerruleError
    from ferrule.project.pyproject import read_toml

    for folder in root.absolute().parents:
        path = folder / "Cargo.toml"
        if not path.is_file():
            continue
        try:
            workspace = read_toml(path).get("workspace")
        except FerruleError:
            return None
        if isinstance(workspace, dict):
            member = root.absolute().relative_to(folder).as_posix()
            if member in workspace.get("members", ()):
                return None
            return (
                f'{path} is a workspace around the project: add "{member}" to its '
                "`members`, or to `exclude`"
            )
    return None
