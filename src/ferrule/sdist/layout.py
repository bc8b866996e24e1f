"""Where the project's folders are inside the archive.

The archive's top is the common folder of everything that is needed; below it
the layout of the disk is kept. Only pyproject.toml always lies at the top.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.sdist import LayoutError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.project.model import Project
    from ferrule.sdist.closure import Closure

__all__ = ["Layout", "compute_layout"]


@dataclass(frozen=True)
class Layout:
    """The folders of a project that becomes an sdist."""

    project: Project
    closure: Closure
    root: Path
    """Folder of pyproject.toml, without symbolic links."""
    top: Path
    """The folder that becomes the archive's only top folder."""
    python_source: Path
    modules: tuple[str, ...]
    """Dotted names of the extension modules, then that of the distribution."""

    @property
    def is_unpacked_sdist(self) -> bool:
        """Whether the project itself came out of an sdist."""
        if self.top != self.root or (self.root / ".git").exists():
            return False
        try:
            with open(self.root / "PKG-INFO", "rb") as stream:
                return stream.read(17) == b"Metadata-Version:"
        except OSError:
            return False

    @property
    def main_manifest(self) -> Path:
        """Return Cargo.toml of the main crate, without symbolic links."""
        path = self.project.manifest_path
        return Path(os.path.realpath(path.parent)) / path.name

    def name_of(self, path: Path) -> str | None:
        """Return a path's name below the top, or None where it is outside."""
        path = Path(os.path.normpath(path))
        try:
            return path.relative_to(self.top).as_posix()
        except ValueError:
            return None


def compute_layout(project: Project, closure: Closure) -> Layout:
    """Return where everything goes; raises `LayoutError`."""
    root = Path(os.path.realpath(project.root))
    # A project of programs only may have a package named like itself.
    names = (*project.module_names, project.metadata.distribution_name)
    modules = tuple(dict.fromkeys(names))
    python_source = _python_source(project, root, modules)
    folders = [root, python_source, *(crate.folder for crate in closure.crates)]
    folders += [item.root for item in closure.workspaces]
    if project.settings.data:
        folders.append(Path(os.path.realpath(root / project.settings.data)))
    try:
        top = Path(os.path.commonpath(folders))
    except ValueError:  # several drives
        raise LayoutError(folders) from None
    if top == Path(top.anchor) and root != top:
        raise LayoutError(sorted(set(folders)))
    return Layout(project, closure, root, top, python_source, modules)


def _python_source(project: Project, root: Path, modules: tuple[str, ...]) -> Path:
    settings = project.settings
    if settings.python_source is not None:
        return Path(os.path.realpath(root / settings.python_source))
    # The same order as that of the wheel, or the two would differ.
    packages = {name.split(".")[0] for name in modules} | set(settings.python_packages)
    for folder in (root, root / "python", root / "src"):
        if any((folder / name / "__init__.py").is_file() for name in packages):
            return folder
    return root
