"""A copy of a project in which it is built before and after a migration.

The project itself is never built in: a peer would leave products there. The
copy holds the whole repository, or without git the project and every crate it
refers to by path, so that workspaces and crates above the project are found.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ferrule.errors import FerruleError
from ferrule.project.pyproject import read_toml
from ferrule.project.workspace import find_workspace_root

__all__ = ["copy_project", "repository_of"]

_SKIPPED = frozenset((".git", ".hg", ".svn", ".jj", ".tox", ".nox", "node_modules"))


def copy_project(root: Path, into: Path) -> Path:
    """Copy a project and what it needs around it; return its root in the copy.

    Build products (folders with a CACHEDIR.TAG) and virtual environments are
    left out. A git repository stays one: version plugins and file lists ask it.
    Raises `ReadError`.
    """
    from ferrule.errors.files import ReadError

    root = Path(os.path.realpath(root))
    repository = repository_of(root)
    folders = [repository] if repository else sorted(_needed_folders(root))
    base = repository or Path(os.path.commonpath(folders))
    try:
        for folder in folders:
            target = into / base.name / folder.relative_to(base)
            _copy_tree(folder, target)
        if repository:
            _link_repository(repository, into / base.name)
    except shutil.Error as error:
        source, _, reason = error.args[0][0]
        raise ReadError(Path(source), OSError(0, str(reason))) from error
    except OSError as error:
        raise ReadError(Path(error.filename or root), error) from error
    return into / base.name / root.relative_to(base)


def repository_of(folder: Path) -> Path | None:
    """Return the top folder of the git work tree around a folder, or None."""
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return parent
    return None


def _link_repository(repository: Path, copy: Path) -> None:
    """Make the copy a work tree of the same repository, which is only read."""
    own = repository / ".git"
    if own.is_file():
        # A worktree or submodule names its folder, perhaps relative to itself.
        named = own.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
        own = Path(os.path.normpath(repository / named))
    (copy / ".git").write_text(f"gitdir: {own}\n", encoding="utf-8")


def _copy_tree(folder: Path, target: Path) -> None:
    def ignored(path: str, names: list[str]) -> set[str]:
        return {name for name in names if _is_product(os.path.join(path, name))}

    shutil.copytree(folder, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)


def _is_product(path: str) -> bool:
    if os.path.basename(path) in _SKIPPED:
        return True
    return os.path.isdir(path) and (
        os.path.exists(os.path.join(path, "CACHEDIR.TAG"))
        or os.path.exists(os.path.join(path, "pyvenv.cfg"))
    )


def _needed_folders(root: Path) -> set[Path]:
    """Return the project, its workspaces and the crates it refers to by path."""
    found = {root}
    queue = list(_manifests_below(root))
    seen: set[Path] = set()
    while queue:
        manifest = queue.pop()
        if manifest in seen or not manifest.is_file():
            continue
        seen.add(manifest)
        found |= {manifest.parent, find_workspace_root(manifest)}
        try:
            content = read_toml(manifest)
        except FerruleError:
            continue  # cargo will tell what is wrong with it
        queue += [
            Path(os.path.normpath(manifest.parent / path / "Cargo.toml"))
            for path in _paths_in(content)
        ]
        queue.append(find_workspace_root(manifest) / "Cargo.toml")
    return {f for f in found if not any(parent in found for parent in f.parents)}


def _manifests_below(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if not _is_product(os.path.join(folder, n))]
        if "Cargo.toml" in files:
            yield Path(folder, "Cargo.toml")


def _paths_in(value: Any) -> Iterator[str]:
    """Yield the `path` of every dependency, patch and workspace dependency."""
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield value["path"]
        for item in value.values():
            yield from _paths_in(item)
