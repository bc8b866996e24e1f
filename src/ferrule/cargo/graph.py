"""What a crate's dependency graph says, as far as ferrule needs it.

The answer of `cargo metadata` is reduced, and cached on disk for as long as what it
depends on stays the same (`ferrule.cargo.metadata`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import cache
from ferrule.cargo.metadata import cargo_metadata, metadata_inputs, metadata_key
from ferrule.project.crate import CRATE_FIELDS, Crate
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = [
    "FeatureSelection",
    "Graph",
    "OwnCrate",
    "Pyo3Use",
    "UniffiUse",
    "read_graph",
]


_TARGET_PLACES = ("src", "src/bin", "build.rs")
_ANSWER = 7
"""Raised whenever `_reduce` gives something else than before."""


@dataclass(frozen=True)
class FeatureSelection:
    """The cargo features that a build switches on."""

    features: tuple[str, ...] = ()
    all_features: bool = False
    no_default_features: bool = False

    def arguments(self) -> list[str]:
        """Return the selection as cargo arguments."""
        arguments = []
        if self.features:
            arguments.append(f"--features={','.join(self.features)}")
        if self.all_features:
            arguments.append("--all-features")
        if self.no_default_features:
            arguments.append("--no-default-features")
        return arguments


@dataclass(frozen=True)
class Pyo3Use:
    """How one crate uses PyO3."""

    version: str
    """Version of pyo3-ffi (pyo3 and pyo3-build-config are pinned to it)."""
    features: frozenset[str]
    """Enabled features of pyo3-ffi, together with those of pyo3."""
    configured_by_build_config: bool
    """Whether pyo3-build-config has a build script (PyO3 0.28 and older)."""
    runs_python: bool
    """Whether a build script outside of PyO3 runs the interpreter that PyO3's
    configuration names (`run_python_script`)."""
    dependency: str | None = None
    """What the crate's own manifest calls pyo3, or else pyo3-ffi; None where
    only other crates depend on it."""


@dataclass(frozen=True)
class UniffiUse:
    """How one crate uses UniFFI."""

    version: str
    """Version of the crate `uniffi`."""


@dataclass(frozen=True)
class OwnCrate:
    """A crate of the project that is compiled and depends on PyO3 itself."""

    crate: Crate
    features: frozenset[str]
    """The enabled ones."""
    pyo3_name: str
    """What its sources call PyO3."""


@dataclass(frozen=True)
class Graph:
    """The workspace as seen from one crate."""

    workspace_root: Path
    target_directory: Path
    crates: tuple[Crate, ...]
    """Workspace members and path dependencies."""
    root: Crate
    pyo3: Pyo3Use | None
    """None when the crate does not reach pyo3-ffi."""
    uniffi: UniffiUse | None = None
    """None when the crate does not reach uniffi."""
    names_pyo3: bool = False
    """Whether the manifest names pyo3, perhaps behind a feature that is off."""
    features: frozenset[str] = frozenset()
    """Enabled features of the crate itself."""
    selection: FeatureSelection = FeatureSelection()
    """The features that were asked for."""
    own_crates: tuple[OwnCrate, ...] = ()
    """Those that the crate reaches, itself included."""
    component_rows: tuple[list[Any], ...] = field(default=(), repr=False, hash=False)
    """What `ferrule.cargo.components.read_components` reads."""
    members: frozenset[str] = frozenset()
    """The ids of the workspace members among `crates`."""

    def local_dependencies(self) -> list[Crate]:
        """Return the other workspace members that the crate is made of, by name."""
        reached = {(row[0], row[1]) for row in self.component_rows if row[2] is None}
        found = [
            crate
            for crate in self.crates
            if crate.id in self.members
            and crate.id != self.root.id
            and (crate.name, crate.version) in reached
        ]
        return sorted(found, key=lambda crate: crate.name)


def read_graph(
    manifest_path: Path,
    selection: FeatureSelection,
    toolchain: Toolchain,
    *,
    arguments: Sequence[str] = (),
    env: Mapping[str, str],
    target: str = "",
) -> Graph:
    """Return the dependency graph of the crate at `manifest_path`.

    `arguments` are further cargo arguments (`--locked`, `--offline`, ...);
    `target` is the triple that is built for, by default the host's.
    Raises what `cargo_metadata` raises.
    """
    asked = (selection.arguments(), list(arguments), target or toolchain.host)
    key = metadata_key(_ANSWER, manifest_path, asked, toolchain, env)
    cached = cache.read_tracked(env, "metadata", key)
    if cached is not None:
        return _from_json(cached, selection)
    # All features, so that every edge is there; which of them this crate takes
    # is walked afterwards. The wanted ones go along so that cargo checks them.
    wanted = FeatureSelection(selection.features, all_features=True)
    metadata = cargo_metadata(
        manifest_path,
        [
            f"--filter-platform={target or toolchain.host}",
            *wanted.arguments(),
            *arguments,
        ],
        env=env,
    )
    reduced = _reduce(metadata, manifest_path, selection)
    inputs = metadata_inputs(metadata, manifest_path, env, _TARGET_PLACES)
    cache.write_tracked(env, "metadata", key, reduced, inputs=inputs)
    return _from_json(reduced, selection)


def _reduce(
    metadata: dict[str, Any], manifest_path: Path, selection: FeatureSelection
) -> dict[str, Any]:
    from ferrule.cargo.components import reduce_components
    from ferrule.cargo.features import enabled_features

    packages = metadata["packages"]
    root = next(
        item
        for item in packages
        if os.path.realpath(item["manifest_path"]) == os.path.realpath(manifest_path)
    )
    enabled = enabled_features(
        metadata,
        root["id"],
        features=selection.features,
        all_features=selection.all_features,
        default_features=not selection.no_default_features,
    )
    crates = [
        {name: item.get(name) for name in CRATE_FIELDS}
        for item in packages
        if item["source"] is None
    ]
    return {
        "workspace_root": metadata["workspace_root"],
        "target_directory": metadata["target_directory"],
        "crates": crates,
        "root": root["id"],
        "own": _own_crates(packages, enabled),
        "members": sorted(metadata["workspace_members"]),
        "features": sorted(enabled[root["id"]]),
        "pyo3": _pyo3_use(metadata, root, enabled),
        "uniffi": _uniffi_version(metadata, enabled),
        "names_pyo3": any(
            item["name"] in ("pyo3", "pyo3-ffi") for item in root["dependencies"]
        ),
        "components": reduce_components(
            metadata,
            root["id"],
            enabled,
            Path(metadata["workspace_root"], "Cargo.lock"),
        ),
    }


def _pyo3_use(
    metadata: dict[str, Any],
    root: dict[str, Any],
    enabled: Mapping[str, frozenset[str]],
) -> dict[str, Any] | None:
    reached = {
        item["id"]: item for item in metadata["packages"] if item["id"] in enabled
    }
    ffi = [item for item in reached.values() if item["name"] == "pyo3-ffi"]
    if not ffi:
        return None
    features: set[str] = set()
    configured_by_build_config = runs_python = False
    for item in reached.values():
        own = item["name"].startswith("pyo3")
        if item["name"] in ("pyo3", "pyo3-ffi"):
            features |= enabled[item["id"]]
        if item["name"] == "pyo3-build-config":
            kinds = [kind for target in item["targets"] for kind in target["kind"]]
            configured_by_build_config = "custom-build" in kinds
        uses = [dependency["name"] for dependency in item["dependencies"]]
        if not own and "pyo3-build-config" in uses:
            runs_python = runs_python or _script_runs_python(item)
    return {
        "version": ffi[0]["version"],
        "features": sorted(features),
        "configured_by_build_config": configured_by_build_config,
        "runs_python": runs_python,
        "dependency": _pyo3_dependency(root),
    }


def _own_crates(
    packages: Sequence[dict[str, Any]], enabled: Mapping[str, frozenset[str]]
) -> list[list[Any]]:
    """Return id, enabled features and the name of PyO3."""
    found = []
    for item in packages:
        if item["source"] is None and item["id"] in enabled:
            for used in item["dependencies"]:
                if used["name"] == "pyo3" and used["kind"] is None:
                    name = str(used["rename"] or "pyo3").replace("-", "_")
                    found.append([item["id"], sorted(enabled[item["id"]]), name])
                    break
    return found


def _pyo3_dependency(root: dict[str, Any]) -> str | None:
    for name in ("pyo3", "pyo3-ffi"):
        for item in root["dependencies"]:
            if item["name"] == name and item["kind"] is None:
                return str(item["rename"] or name)
    return None


def _uniffi_version(
    metadata: dict[str, Any], enabled: Mapping[str, frozenset[str]]
) -> str | None:
    for item in metadata["packages"]:
        if item["name"] == "uniffi" and item["id"] in enabled:
            return str(item["version"])
    return None


def _script_runs_python(package: dict[str, Any]) -> bool:
    for target in package["targets"]:
        if "custom-build" in target["kind"]:
            try:
                text = Path(target["src_path"]).read_bytes()
            except OSError:
                return True
            return b"run_python_script" in text
    return False


def _from_json(data: dict[str, Any], selection: FeatureSelection) -> Graph:
    crates = tuple(Crate.from_metadata(item) for item in data["crates"])
    use = data["pyo3"]
    by_id = {crate.id: crate for crate in crates}
    return Graph(
        workspace_root=Path(data["workspace_root"]),
        target_directory=Path(data["target_directory"]),
        crates=crates,
        root=next(crate for crate in crates if crate.id == data["root"]),
        pyo3=use and Pyo3Use(**{**use, "features": frozenset(use["features"])}),
        uniffi=UniffiUse(data["uniffi"]) if data["uniffi"] else None,
        names_pyo3=data["names_pyo3"],
        features=frozenset(data["features"]),
        own_crates=tuple(
            OwnCrate(by_id[key], frozenset(features), name)
            for key, features, name in data["own"]
        ),
        selection=selection,
        component_rows=tuple(data["components"]),
        members=frozenset(data["members"]),
    )
