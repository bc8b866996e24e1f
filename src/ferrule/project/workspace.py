"""Cargo workspaces, as far as finding the project needs them.

cargo itself answers everything else (`cargo metadata`). These functions are
for manifests that cargo would refuse with a message about TOML.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ferrule.errors import FerruleError
from ferrule.errors.cargo import UnknownPackageError
from ferrule.errors.project import VirtualWorkspaceError
from ferrule.project.pyproject import read_toml

__all__ = [
    "find_member",
    "find_workspace_root",
    "is_virtual",
    "member_manifest",
    "refuse_virtual",
]


def refuse_virtual(manifest_path: Path, root: Path) -> Path:
    """Return `manifest_path`, or raise `VirtualWorkspaceError`.

    The error names the packages with a cdylib, relative to `root`, and those with a
    program.
    """
    if not is_virtual(manifest_path):
        return manifest_path
    cdylibs, programs = [], []
    for path, manifest in _members(manifest_path):
        library = manifest.get("lib", {})
        types = library.get("crate-type", library.get("crate_type", ()))
        if "cdylib" in types:
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            cdylibs.append((_package_name(manifest), relative))
        if "bin" in manifest or (path.parent / "src" / "main.rs").is_file():
            programs.append(_package_name(manifest))
    raise VirtualWorkspaceError(manifest_path, cdylibs, programs)


def is_virtual(manifest_path: Path) -> bool:
    """Whether a Cargo.toml has a `[workspace]` and no `[package]`.

    A manifest that is not valid TOML is none: cargo explains it best.
    """
    try:
        lines = manifest_path.read_bytes().splitlines()
    except OSError:
        return False
    if b"[package]" in lines:
        return False
    manifest = _read(manifest_path)
    return "workspace" in manifest and not {"package", "project"} & manifest.keys()


def find_workspace_root(manifest_path: Path) -> Path:
    """Return the folder of the cargo workspace that a manifest belongs to."""
    manifest = _read(manifest_path)
    named = manifest.get("package", {}).get("workspace")
    if isinstance(named, str):
        return Path(os.path.normpath(manifest_path.parent / named))
    for folder in (manifest_path.parent, *manifest_path.parent.parents):
        path = folder / "Cargo.toml"
        if os.path.isfile(path) and "workspace" in _read(path):
            return folder
    return manifest_path.parent


def find_member(manifest_path: Path, package: str) -> Path:
    """Return the manifest of a package of the workspace around a manifest.

    Raises `UnknownPackageError`.
    """
    root = find_workspace_root(manifest_path) / "Cargo.toml"
    found = member_manifest(root, package)
    if found is None:
        known = [_package_name(manifest) for _, manifest in _members(root)]
        raise UnknownPackageError(package, known)
    return found


def member_manifest(manifest_path: Path, package: object) -> Path | None:
    """Return the manifest of a workspace's member, found by package name."""
    for path, manifest in _members(manifest_path):
        if package is not None and _package_name(manifest) == package:
            return path
    return None


def _members(manifest_path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the root package, the listed members and their path dependencies.

    Path dependencies below the root are members without being listed.
    """
    root = manifest_path.parent
    workspace = _read(manifest_path).get("workspace", {})
    excluded = {os.path.normpath(root / name) for name in workspace.get("exclude", ())}
    queue = [manifest_path, *_listed(root, workspace)]
    seen: set[Path] = set()
    while queue:
        path = queue.pop(0)
        if path in seen or not os.path.isfile(path) or str(path.parent) in excluded:
            continue
        seen.add(path)
        manifest = _read(path)
        if {"package", "project"} & manifest.keys():
            yield path, manifest
        queue += [item for item in _depended(path, manifest) if root in item.parents]


def _listed(root: Path, workspace: dict[str, Any]) -> Iterator[Path]:
    import glob

    for pattern in workspace.get("members", ()):
        full = os.path.join(glob.escape(str(root)), pattern, "Cargo.toml")
        for name in sorted(glob.glob(full)):
            yield Path(os.path.normpath(name))


def _depended(path: Path, manifest: dict[str, Any]) -> Iterator[Path]:
    targets = manifest.get("target", {}).values()
    for holder in (manifest, manifest.get("workspace", {}), *targets):
        for kind in ("dependencies", "build-dependencies", "dev-dependencies"):
            for entry in holder.get(kind, {}).values():
                if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                    found = path.parent / entry["path"] / "Cargo.toml"
                    yield Path(os.path.normpath(found))


def _package_name(manifest: dict[str, Any]) -> str:
    return str(manifest.get("package", {}).get("name", "?"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except FerruleError:
        return {}
