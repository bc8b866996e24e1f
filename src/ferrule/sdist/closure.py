"""Which crates of the disk a project needs to be built somewhere else.

Starts at the crates that are built and follows every path dependency: those
of the resolved graph, the declared ones (optional ones too, because cargo
wants their folders), and paths in `[patch]`. It answers with folders and
workspaces; which files these hold is decided in `contents`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors.sdist import MissingPathDependencyError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.project.model import Project

__all__ = [
    "Closure",
    "PathCrate",
    "RunCargo",
    "Workspace",
    "compute_closure",
    "patched_manifests",
]

RunCargo = Callable[[Sequence[str], Path], str]
"""Runs cargo with arguments in a folder and returns its standard output."""


@dataclass(frozen=True)
class PathCrate:
    """A crate whose source is a folder of this machine."""

    name: str
    manifest: Path
    package: dict[str, Any]
    """Its entry in `packages` of `cargo metadata`."""
    workspace: Path | None
    """Workspace root, when it is a member of a workspace that is packed."""
    is_built: bool
    """Whether it is one of the crates that the wheel is made from."""

    @property
    def folder(self) -> Path:
        """Return the folder of the manifest."""
        return self.manifest.parent


@dataclass(frozen=True)
class Workspace:
    """A workspace with at least one crate that is built."""

    root: Path
    members: tuple[Path, ...]
    """Folders of all its members, needed or not."""
    target_dir: Path

    @property
    def manifest(self) -> Path:
        """Return the Cargo.toml of the workspace root."""
        return self.root / "Cargo.toml"


@dataclass(frozen=True)
class Closure:
    """Everything from this machine that cargo reads to build the project."""

    crates: tuple[PathCrate, ...]
    """Sorted by folder."""
    workspaces: tuple[Workspace, ...]
    """The first one is that of the project's main crate."""

    def crate_at(self, folder: Path) -> PathCrate | None:
        """Return the crate whose manifest is in `folder`, if it is needed."""
        return next((item for item in self.crates if item.folder == folder), None)


def _real(path: str | Path) -> Path:
    path = Path(path)
    return Path(os.path.realpath(path.parent)) / path.name


@dataclass
class _Walk:
    run_cargo: RunCargo
    packages: dict[Path, dict[str, Any]] = field(default_factory=dict)
    edges: dict[str, list[str]] = field(default_factory=dict)
    manifests: dict[str, Path] = field(default_factory=dict)
    """Manifest of each local package id."""
    members: dict[str, Path] = field(default_factory=dict)
    """Workspace root of each member id."""
    workspaces: dict[Path, Workspace] = field(default_factory=dict)
    problems: list[MissingPathDependencyError] = field(default_factory=list)

    def add_metadata(self, metadata: dict[str, Any]) -> None:
        """Learn the packages and the graph of one `cargo metadata` answer."""
        for package in metadata["packages"]:
            if package["source"] is None:
                manifest = _real(package["manifest_path"])
                self.packages[manifest] = package
                self.manifests[package["id"]] = manifest
        for node in (metadata.get("resolve") or {"nodes": ()})["nodes"]:
            self.edges[node["id"]] = list(node["dependencies"])
        root = Path(os.path.realpath(metadata["workspace_root"]))
        member_ids = [
            item for item in metadata["workspace_members"] if item in self.manifests
        ]
        self.members.update(dict.fromkeys(member_ids, root))
        self.workspaces[root] = Workspace(
            root,
            tuple(sorted(self.manifests[item].parent for item in member_ids)),
            _real(metadata["target_directory"]),
        )

    def load(self, manifest: Path) -> dict[str, Any]:
        """Return the package of a manifest, asking cargo for unknown ones."""
        import json

        if manifest not in self.packages:
            argv = ["metadata", "--format-version", "1", "--no-deps"]
            argv += ["--manifest-path", str(manifest)]
            answer = json.loads(self.run_cargo(argv, manifest.parent))
            for package in answer["packages"]:
                found = _real(package["manifest_path"])
                self.packages.setdefault(found, package)
                self.manifests.setdefault(package["id"], found)
        return self.packages[manifest]

    def neighbours(self, package: dict[str, Any]) -> Iterator[Path]:
        """Yield the manifests of the path dependencies of a package."""
        for name in self.edges.get(package["id"], ()):
            if name in self.manifests:
                yield self.manifests[name]
        is_member = package["id"] in self.members
        for dependency in package["dependencies"]:
            if not dependency.get("path"):
                continue
            manifest = _real(Path(dependency["path"]) / "Cargo.toml")
            is_dev = dependency["kind"] == "dev"
            if manifest.is_file():
                # Cargo ignores what a crate outside of the workspace needs to
                # be developed, so following it would only widen the archive.
                if is_member or not is_dev:
                    yield manifest
            elif is_member or not (is_dev or dependency["optional"]):
                self.problems.append(
                    MissingPathDependencyError(
                        package["name"], dependency["name"], manifest
                    )
                )


def patched_manifests(workspace: Workspace) -> Iterator[Path]:
    """Yield the manifests that `[patch]` and `[replace]` point to."""
    from ferrule.toml_text import parse

    document = parse(workspace.manifest.read_text(encoding="utf-8-sig"))
    sources = [*document.get("patch", {}).values(), document.get("replace", {})]
    for source in sources:
        for entry in source.values():
            if isinstance(entry, dict) and "path" in entry:
                manifest = _real(workspace.root / entry["path"] / "Cargo.toml")
                if manifest.is_file():
                    yield manifest


def _built_manifests(project: Project, walk: _Walk) -> Iterator[Path]:
    """Yield the main crate's manifest, then those of modules and binaries."""
    yield _real(project.manifest_path)
    settings = project.settings
    parts = [(item.manifest_path, item.package) for item in settings.modules]
    parts += [(item.manifest_path, item.package) for item in settings.binaries]
    for manifest_path, package_name in parts:
        if manifest_path:
            yield _real(project.root / manifest_path)
        elif package_name:
            for manifest, package in walk.packages.items():
                if package["name"] == package_name:
                    yield manifest


def compute_closure(
    project: Project, metadata: dict[str, Any], run_cargo: RunCargo
) -> Closure:
    """Return the crates and workspaces that the project's build reads.

    `metadata` is what `cargo metadata --format-version 1` says about the main
    manifest. Raises `MissingPathDependencyError`, or `SeveralError`.
    """
    import json

    from ferrule.errors import SeveralError

    walk = _Walk(run_cargo)
    walk.add_metadata(metadata)
    built = list(dict.fromkeys(_built_manifests(project, walk)))
    for manifest in built:
        if manifest not in walk.packages:
            argv = ["metadata", "--format-version", "1", "--manifest-path"]
            text = run_cargo([*argv, str(manifest)], manifest.parent)
            walk.add_metadata(json.loads(text))
    queue = [*built]
    for workspace in walk.workspaces.values():
        queue += patched_manifests(workspace)
    seen: dict[Path, dict[str, Any]] = {}
    while queue:
        manifest = queue.pop()
        if manifest not in seen:
            seen[manifest] = walk.load(manifest)
            queue += walk.neighbours(seen[manifest])
    if len(walk.problems) == 1:
        raise walk.problems[0]
    if walk.problems:
        raise SeveralError("the sdist would not be complete", walk.problems)
    crates = tuple(
        PathCrate(
            name=package["name"],
            manifest=manifest,
            package=package,
            workspace=walk.members.get(package["id"]),
            is_built=manifest in built,
        )
        for manifest, package in sorted(seen.items())
    )
    return Closure(crates, tuple(walk.workspaces.values()))
