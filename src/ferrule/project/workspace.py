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
from ferrule.errors.project import VirtualWorkspaceError
from ferrule.project.pyproject import read_toml

__all__ = ["find_workspace_root", "is_virtual", "member_manifest", "refuse_virtual"]


def refuse_virtual(manifest_path: Path, root: Path) -> Path:
    """Return `manifest_path`, or raise `VirtualWorkspaceError`.

    The error names the packages with a cdylib, relative to `root`.
    """
    if not is_virtual(manifest_path):
        return manifest_path
    cdylibs = []
    for path, manifest in _members(manifest_path):
        library = manifest.get("lib", {})
        types = library.get("crate-type", library.get("crate_type", ()))
        if "cdylib" in types:
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            cdylibs.append((_package_name(manifest), relative))
    raise VirtualWorkspaceError(manifest_path, cdylibs)


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


def member_manifest(manifest_path: Path, package: object) -> Path | None:
    """Return the manifest of a workspace's member, found by package name."""
    for path, manifest in _members(manifest_path):
        if package is not None and _package_name(manifest) == package:
            return path
    return None


def _members(manifest_path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    import glob

    workspace = _read(manifest_path).get("workspace", {})
    folder = manifest_path.parent
    excluded = {
        os.path.normpath(folder / name) for name in workspace.get("exclude", ())
    }
    for pattern in workspace.get("members", ()):
        full = os.path.join(glob.escape(str(folder)), pattern, "Cargo.toml")
        for name in sorted(glob.glob(full)):
            path = Path(os.path.normpath(name))
            if str(path.parent) not in excluded:
                yield path, _read(path)


def _package_name(manifest: dict[str, Any]) -> str:
    return str(manifest.get("package", {}).get("name", "?"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except FerruleError:
        return {}
