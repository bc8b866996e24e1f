"""Finding the project: its folder, its pyproject.toml and its Cargo.toml."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ferrule.errors import FerruleError
from ferrule.errors.project import MissingManifestError
from ferrule.project.pyproject import read_pyproject
from ferrule.project.workspace import (
    find_member,
    find_workspace_root,
    is_virtual,
    member_manifest,
    refuse_virtual,
)
from ferrule.records import dataclass

__all__ = ["Location", "find_manifest", "locate_project", "runs_setup_py"]

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Location:
    """Where a project lies."""

    root: Path
    """The folder of pyproject.toml, or of Cargo.toml where there is none."""
    pyproject_path: Path | None
    manifest_path: Path
    """Cargo.toml of the main crate, which has a `[package]`."""
    pyproject: dict[str, Any] | None = None
    """The content of pyproject.toml, which had to be read anyway."""


def locate_project(
    start: Path,
    *,
    manifest_path: Path | str | None,
    package: str | None = None,
    chosen: Mapping[str, str] = _NOTHING,
    env: Mapping[str, str] = _NOTHING,
) -> Location:
    """Find the project that `start` lies in, or that the arguments name.

    Without `manifest_path` and `package`, the search goes up from `start` to the
    folder that holds `.git`. With one, pyproject.toml is searched from the
    manifest up to the folder above the cargo workspace. `package` is a member
    of the workspace around `manifest_path` or `start`. `chosen` holds settings
    (`manifest-path`, `package`) that win over those of pyproject.toml. A project
    that is described in setuptools' words is returned in ferrule's; `env` is for
    the variables that setuptools reads. Raises `MissingManifestError`,
    `VirtualWorkspaceError`, `UnknownPackageError`, or what `read_pyproject` and
    `adopt_setuptools` raise.
    """
    start = Path(os.path.abspath(start))
    if package is not None:
        near = manifest_path or _nearest_manifest(start, env)
        manifest_path = find_member(_given_manifest(start, near), package)
    if manifest_path is not None:
        return _locate_manifest(start, manifest_path, env)
    for folder in _upwards(start):
        has_manifest = os.path.isfile(folder / "Cargo.toml")
        pyproject = _read_if_present(folder, env) or _read_setup_py(folder, env)
        if pyproject is not None and (has_manifest or _is_project(pyproject)):
            manifest = find_manifest(folder, pyproject, chosen)
            return Location(folder, folder / "pyproject.toml", manifest, pyproject)
        if has_manifest:
            return _beside_manifest(folder / "Cargo.toml", chosen, env)
    tried = [start / "pyproject.toml", start / "Cargo.toml"]
    tried += list(_upwards(start))[1:]
    raise MissingManifestError(tried)


def find_manifest(
    root: Path,
    pyproject: Mapping[str, Any] | None,
    chosen: Mapping[str, str] = _NOTHING,
) -> Path:
    """Return Cargo.toml of the project in `root`.

    In this order: `manifest-path` of `chosen` or of the tool's table,
    rust/Cargo.toml in a src layout, Cargo.toml, rust/Cargo.toml in any layout,
    and the manifest of the first of several modules or binaries; then the
    member that `package` names in its workspace. Raises `MissingManifestError`,
    `VirtualWorkspaceError` and `UnknownPackageError`.
    """
    tables = _tool_tables(pyproject)
    package = chosen.get("package")
    for name, table in tables:
        if package is None and name == "ferrule":
            package = table.get("package")
    for where, given in _given_manifests(tables, chosen):
        path = _manifest_in(root, given)
        if not os.path.isfile(path):
            raise MissingManifestError([path], given_by=where)
        return _select(path, package, root)
    rust, plain = root / "rust" / "Cargo.toml", root / "Cargo.toml"
    parts = _part_tables(tables)
    candidates = [rust, plain] if _is_src_layout(root, pyproject) else [plain, rust]
    candidates += [
        _manifest_in(root, part["manifest-path"])
        for part in parts
        if isinstance(part.get("manifest-path"), str)
    ]
    present = [path for path in candidates if os.path.isfile(path)]
    if not present:
        raise MissingManifestError(tuple(dict.fromkeys(candidates)))
    if isinstance(package, str):
        return find_member(present[0], package)
    concrete = next((path for path in present if not is_virtual(path)), None)
    if concrete:
        return concrete
    for part in parts:
        found = member_manifest(present[0], part.get("package"))
        if found:
            return found
    return refuse_virtual(present[0], root)


def _given_manifests(
    tables: list[tuple[str, dict[str, Any]]], chosen: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if "manifest-path" in chosen:
        yield "the setting `manifest-path`", chosen["manifest-path"]
    for name, table in tables:
        if isinstance(table.get("manifest-path"), str):
            yield f"`manifest-path` in [tool.{name}]", table["manifest-path"]


def _select(path: Path, package: object, root: Path) -> Path:
    if isinstance(package, str):
        return find_member(path, package)
    return refuse_virtual(path, root)


def _given_manifest(start: Path, manifest_path: Path | str) -> Path:
    manifest = Path(os.path.normpath(_manifest_in(start, manifest_path)))
    if not os.path.isfile(manifest):
        raise MissingManifestError([manifest], given_by="--manifest-path")
    return manifest


def _nearest_manifest(start: Path, env: Mapping[str, str]) -> Path:
    """Return the first Cargo.toml above, or that of the project around `start`."""
    for folder in _upwards(start):
        path = folder / "Cargo.toml"
        if os.path.isfile(path):
            return path
        pyproject = _read_if_present(folder, env)
        given = _given_manifests(_tool_tables(pyproject), _NOTHING)
        paths = [_manifest_in(folder, item) for _, item in given]
        for path in (*paths, folder / "rust" / "Cargo.toml"):
            if os.path.isfile(path):
                return path
    raise MissingManifestError([folder / "Cargo.toml" for folder in _upwards(start)])


def _locate_manifest(
    start: Path, manifest_path: Path | str, env: Mapping[str, str]
) -> Location:
    manifest = _given_manifest(start, manifest_path)
    refuse_virtual(manifest, start)
    beside = manifest.parent
    for folder in (beside, *_folders_above(manifest)):
        pyproject = _read_if_present(folder, env)
        if pyproject is not None and (folder == beside or _is_project(pyproject)):
            return Location(folder, folder / "pyproject.toml", manifest, pyproject)
    return Location(beside, None, manifest)


def _beside_manifest(
    manifest: Path, chosen: Mapping[str, str], env: Mapping[str, str]
) -> Location:
    """Return the project above a manifest that claims it, or the crate alone."""
    for folder in _folders_above(manifest):
        pyproject = _read_if_present(folder, env)
        if pyproject is not None and _is_project(pyproject):
            if _claims(folder, pyproject, manifest):
                return Location(folder, folder / "pyproject.toml", manifest, pyproject)
            break
    if chosen:
        return Location(
            manifest.parent, None, find_manifest(manifest.parent, None, chosen)
        )
    refuse_virtual(manifest, manifest.parent)
    return Location(manifest.parent, None, manifest)


def _folders_above(manifest: Path) -> list[Path]:
    """Return the folders above a manifest, up to the one above the workspace."""
    above = list(manifest.parent.parents)
    limit = find_workspace_root(manifest).parent
    return above[: above.index(limit) + 1] if limit in above else []


def _claims(folder: Path, pyproject: dict[str, Any], manifest: Path) -> bool:
    from ferrule.errors.project import ProjectError

    try:
        return os.path.samefile(find_manifest(folder, pyproject), manifest)
    except ProjectError:
        return False


def _upwards(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder
        if os.path.exists(folder / ".git"):
            return


def _read_if_present(folder: Path, env: Mapping[str, str]) -> dict[str, Any] | None:
    path = folder / "pyproject.toml"
    if not os.path.isfile(path):
        return None
    pyproject = read_pyproject(path)
    if _tool_tables(pyproject) or not _may_be_setuptools(folder, pyproject):
        return pyproject
    from ferrule.project.setuptools.adoption import adopt_setuptools

    try:
        adopted = adopt_setuptools(folder, pyproject, env=env)
    except FerruleError:
        if runs_setup_py(pyproject):
            return pyproject
        raise
    return adopted.for_reading() if adopted else pyproject


def _read_setup_py(folder: Path, env: Mapping[str, str]) -> dict[str, Any] | None:
    """Return a project that has a setup.py only, in ferrule's words."""
    if not os.path.isfile(folder / "setup.py"):
        return None
    from ferrule.project.setuptools.adoption import adopt_setuptools
    from ferrule.project.setuptools.setup_py import defines_extensions

    if not defines_extensions(folder / "setup.py"):
        return None
    adopted = adopt_setuptools(folder, None, env=env)
    return adopted.for_reading() if adopted else None


def runs_setup_py(pyproject: Mapping[str, Any] | None) -> bool:
    """Return whether the build backend runs the project's setup.py.

    Then it may compute whatever it likes: cargo's own files say enough for what
    ferrule does besides building.
    """
    system = (pyproject or {}).get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else None
    return isinstance(backend, str) and backend.startswith("ferrule.setuptools")


def _may_be_setuptools(folder: Path, pyproject: Mapping[str, Any]) -> bool:
    """Tell cheaply whether it is worth to ask `adopt_setuptools`."""
    tools = pyproject.get("tool")
    if isinstance(tools, dict) and (
        "setuptools" in tools or "setuptools-rust" in tools
    ):
        return True
    names = ("setup.py", "setup.cfg")
    return any(os.path.isfile(folder / name) for name in names)


def _is_project(pyproject: Mapping[str, Any]) -> bool:
    # Many files named pyproject.toml only configure linters.
    return (
        "project" in pyproject
        or "build-system" in pyproject
        or bool(_tool_tables(pyproject))
    )


def _tool_tables(
    pyproject: Mapping[str, Any] | None,
) -> list[tuple[str, dict[str, Any]]]:
    tools = (pyproject or {}).get("tool", {})
    if not isinstance(tools, dict):
        return []
    found = [(name, tools.get(name)) for name in ("ferrule", "maturin")]
    return [(name, table) for name, table in found if isinstance(table, dict)]


def _part_tables(tables: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    parts = []
    for _, table in tables:
        for key in ("modules", "binaries"):
            value = table.get(key)
            if isinstance(value, list):
                parts += [part for part in value if isinstance(part, dict)]
    return parts


def _manifest_in(folder: Path, given: Path | str) -> Path:
    path = Path(os.path.normpath(folder / given))
    return path / "Cargo.toml" if os.path.isdir(path) else path


def _is_src_layout(root: Path, pyproject: Mapping[str, Any] | None) -> bool:
    if not os.path.isfile(root / "rust" / "Cargo.toml"):
        return False
    tables = [table for _, table in _tool_tables(pyproject)]
    if any("python-source" in table for table in tables):
        return True
    names = [name for table in tables for name in _strings(table, "python-packages")]
    project = (pyproject or {}).get("project", {})
    if isinstance(project, dict) and isinstance(project.get("name"), str):
        names.append(project["name"].replace("-", "_"))
    return any(os.path.isfile(root / "src" / name / "__init__.py") for name in names)


def _strings(table: dict[str, Any], key: str) -> list[str]:
    value = table.get(key)
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]
