"""The files of an sdist: archive name to file on the disk.

Joins what cargo (or git, or the disk) lists with the Python sources, the files
that the metadata names and the `include` and `exclude` patterns. How manifests
are changed for the archive is decided in `manifest` and `pyproject`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.sdist import (
    LockFileError,
    OutsideFileError,
    PatternError,
    SourceConflictError,
    SourceLeftOutError,
)
from ferrule.sdist.listing import (
    is_product,
    is_skipped,
    list_crate,
    list_tracked,
    walk_folder,
)
from ferrule.sdist.sources import add_vendored

if TYPE_CHECKING:
    from ferrule.sdist.closure import PathCrate, RunCargo
    from ferrule.sdist.layout import Layout

__all__ = [
    "Contents",
    "add_included",
    "collect_contents",
    "find_matches",
    "literal_folder",
    "missing_targets",
]

_NEEDED_KINDS = frozenset(
    ("lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro", "custom-build")
)

_WHEEL_FOLDERS = frozenset(("dist", "wheelhouse", "wheels"))


@dataclass
class Contents:
    """The files of an sdist, found one after the other."""

    layout: Layout
    distribution: str
    skip: Collection[Path]
    """Folders that hold build products."""
    files: dict[str, Path] = field(default_factory=dict)
    excluded: set[str] = field(default_factory=set)
    """Names that the `exclude` setting took away."""
    _verdicts: dict[Path, bool] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Add a file, under the name that its place below the top gives it."""
        name = self.layout.name_of(path)
        if name is not None:
            self.files.setdefault(name, path)

    def claim(self, name: str, path: Path) -> None:
        """Put a file at `name`; raises `SourceConflictError` for another one."""
        there = self.files.setdefault(name, path)
        if there != path and there.read_bytes() != path.read_bytes():
            raise SourceConflictError(name, there, path)

    def add_listed(self, paths: Iterator[Path] | list[Path]) -> None:
        """Add files that a listing found, without build products."""
        for path in paths:
            if is_product(path.name, self.distribution) or self._is_stray(path):
                continue
            # Also what git tracks is left out of such folders: the archive is
            # the list of the next sdist, so one rule must hold for both.
            if not self._is_below_skipped(path.parent):
                self.add(path)

    def _is_stray(self, path: Path) -> bool:
        """Tell whether a wheel lies where builds and downloads put them."""
        if not path.name.endswith(".whl"):
            return False
        top = path.parent in (self.layout.top, self.layout.root)
        return top or path.parent.name in _WHEEL_FOLDERS

    def _is_below_skipped(self, folder: Path) -> bool:
        if folder in {self.layout.top, folder.parent}:
            return False
        if folder not in self._verdicts:
            self._verdicts[folder] = is_skipped(
                folder, self.skip
            ) or self._is_below_skipped(folder.parent)
        return self._verdicts[folder]


def collect_contents(
    layout: Layout, run_cargo: RunCargo, distribution: str, out_dir: Path
) -> Contents:
    """Return every file that the archive holds besides PKG-INFO.

    Raises `PatternError`, `LockFileError`, `OutsideFileError`,
    `SourceLeftOutError` (or `SeveralError`) and `FileListError`.
    """
    skip = {item.target_dir for item in layout.closure.workspaces}
    skip |= set(_target_folders(layout))
    out_dir = Path(os.path.realpath(out_dir))
    if out_dir not in (layout.root, *layout.root.parents):
        skip.add(out_dir)
    contents = Contents(layout, distribution, skip)
    if layout.is_unpacked_sdist:
        # Its list was decided when it was made; asking cargo again outside of
        # git would lose files whose names begin with a dot.
        contents.add_listed(walk_folder(layout.root, skip=skip))
    elif layout.project.settings.sdist_generator == "git":
        _check_reach(layout)
        contents.add_listed(list_tracked(layout.root))
    else:
        for crate in layout.closure.crates:
            contents.add_listed(list_crate(crate, run_cargo, contents.skip, layout))
        _add_python(contents)
    _drop_foreign_files(contents)
    add_included(contents)
    _drop_excluded(contents)
    _add_manifests(contents)
    add_vendored(contents)
    _check_sources(contents)
    return contents


def _target_folders(layout: Layout) -> Iterator[Path]:
    """Yield the folders that cargo builds in where no variable moves them.

    An earlier build may have left one there, without a CACHEDIR.TAG.
    """
    sources = [
        target["src_path"]
        for crate in layout.closure.crates
        for target in crate.package["targets"]
    ]
    places = [item.root for item in layout.closure.workspaces]
    places += [crate.folder for crate in layout.closure.crates]
    for folder in dict.fromkeys(place / "target" for place in places):
        is_source = any(path.startswith(f"{folder}{os.sep}") for path in sources)
        if not is_source and not (folder / "__init__.py").is_file():
            yield folder


def _check_reach(layout: Layout) -> None:
    outside = [
        crate.folder
        for crate in layout.closure.crates
        if layout.root not in (crate.folder, *crate.folder.parents)
    ]
    if outside:
        raise OutsideFileError(layout.root, outside)


# ------------------------------------------------------------------ Python files


def _add_python(contents: Contents) -> None:
    layout = contents.layout
    source = layout.python_source
    if source == layout.root or source in layout.root.parents:
        paths = list(_python_paths(layout))
    else:
        paths = [source]
    paths += _stubs(layout)
    settings = layout.project.settings
    data = [settings.data] if settings.data else [f"{n}.data" for n in layout.modules]
    paths += [layout.root / name for name in data]
    build_system = (layout.project.pyproject or {}).get("build-system", {})
    paths += [layout.root / name for name in build_system.get("backend-path", ())]
    for path in paths:
        if path.is_file():
            contents.add_listed([path])
        elif path.is_dir() and path != layout.root:
            contents.add_listed(
                walk_folder(path, skip=contents.skip, boundary=layout.top)
            )


def _python_paths(layout: Layout) -> Iterator[Path]:
    """Yield packages, modules and stubs where they share the project root."""
    source = layout.python_source
    names = {name.split(".")[0] for name in layout.modules}
    for name in sorted(names | set(layout.project.settings.python_packages)):
        folder = source / name
        if (folder / "__init__.py").is_file() or not (folder / "Cargo.toml").exists():
            yield folder
        yield source / f"{name}.py"
        yield source / f"{name}.pyi"


def _stubs(layout: Layout) -> Iterator[Path]:
    """Yield the places where a wheel looks for the stub of a lone module."""
    for folder in dict.fromkeys((layout.root, layout.main_manifest.parent)):
        for name in layout.modules:
            yield folder / (name.split(".")[-1] + ".pyi")


# ------------------------------------------------------------ include and exclude


def literal_folder(pattern: str) -> str:
    """Return the leading part of a glob that holds no wildcard.

    >>> literal_folder("python/pkg/**/*.json")
    'python/pkg'
    """
    parts = pattern.split("/")
    for number, part in enumerate(parts):
        if any(char in part for char in "*?["):
            return "/".join(parts[:number])
    return "/".join(parts)


def find_matches(base: Path, pattern: str, skip: Collection[Path]) -> list[Path]:
    """Return the files below `base` that an include pattern names."""
    from pathspec import GitIgnoreSpec

    start = base / literal_folder(pattern)
    if start.is_file():
        return [start]
    if not start.is_dir():
        return []
    spec = GitIgnoreSpec.from_lines([f"/{pattern}"])
    return [
        path
        for path in walk_folder(start, skip=skip)
        if spec.match_file(path.relative_to(base).as_posix())
    ]


def add_included(contents: Contents) -> None:
    """Add what the `include` setting names; raises `PatternError`."""
    layout = contents.layout
    for pattern in layout.project.settings.include:
        if "sdist" not in pattern.format or pattern.source:
            continue
        path = pattern.path.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":":
            raise PatternError(pattern.path)
        path = os.path.normpath(path).replace(os.sep, "/")
        found = find_matches(layout.root, path, contents.skip)
        found = found or find_matches(layout.python_source, path, contents.skip)
        if not found:
            log.warn(f'include pattern "{pattern.path}" matches no file')
        for item in found:
            contents.add(item)


def _drop_excluded(contents: Contents) -> None:
    patterns = [
        pattern.path
        for pattern in contents.layout.project.settings.exclude
        if "sdist" in pattern.format
    ]
    if not patterns:
        return
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    root = contents.layout.root
    for name, path in list(contents.files.items()):
        if root in path.parents and spec.match_file(path.relative_to(root).as_posix()):
            del contents.files[name]
            contents.excluded.add(name)


# ------------------------------------------------- manifests, locks and the checks


def _drop_foreign_files(contents: Contents) -> None:
    """Drop what only means something in the place where it was."""
    layout = contents.layout
    locks = {item.root / "Cargo.lock" for item in layout.closure.workspaces}
    for crate in layout.closure.crates:
        for name in ("Cargo.lock", "Cargo.toml.orig"):
            path = crate.folder / name
            if path not in locks:
                contents.files.pop(layout.name_of(path) or "", None)
    contents.files.pop("PKG-INFO", None)
    contents.files.pop(layout.name_of(layout.root / "pyproject.toml") or "", None)


def _add_manifests(contents: Contents) -> None:
    layout = contents.layout
    for crate in layout.closure.crates:
        contents.add(crate.manifest)
    settings = layout.project.settings
    for workspace in layout.closure.workspaces:
        contents.add(workspace.manifest)
        lock = workspace.root / "Cargo.lock"
        if lock.is_file():
            contents.add(lock)
        elif settings.locked or settings.frozen:
            setting = "locked" if settings.locked else "frozen"
            raise LockFileError(lock, setting)
        else:
            log.warn(
                f"there is no {lock}: the sdist will be built with whatever "
                "dependencies are the newest then"
            )


def missing_targets(contents: Contents, crate: PathCrate) -> list[tuple[str, str]]:
    """Return kind and name of the crate's targets whose source is left out."""
    result: list[tuple[str, str]] = []
    for target in crate.package["targets"]:
        folder = Path(crate.package["manifest_path"]).parent
        path = crate.folder / os.path.relpath(target["src_path"], folder)
        name = contents.layout.name_of(path)
        if name not in contents.files:
            result.append((target["kind"][0], target["name"]))
    return result


def _check_sources(contents: Contents) -> None:
    problems: list[SourceLeftOutError] = []
    for crate in contents.layout.closure.crates:
        paths = {
            (item["kind"][0], item["name"]): Path(item["src_path"])
            for item in crate.package["targets"]
        }
        for kind, name in missing_targets(contents, crate):
            if kind in _NEEDED_KINDS or (kind == "bin" and crate.is_built):
                noun = {"custom-build": "build script", "bin": f"program {name}"}
                problems.append(
                    SourceLeftOutError(
                        crate.name, noun.get(kind, "library"), paths[kind, name]
                    )
                )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        from ferrule.errors import SeveralError

        raise SeveralError("the sdist would not be complete", problems)
