"""What cargo knows about a crate that only an examination asks.

Minimum Rust releases of all packages, and how members of the workspace declare
their dependency on PyO3. The answer is cached like that of `graph`; unlike a
build, an examination never changes Cargo.lock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import cache
from ferrule.cargo.graph import FeatureSelection
from ferrule.cargo.metadata import cargo_metadata, metadata_inputs, metadata_key
from ferrule.project.crate import Crate
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["Pyo3Declaration", "RustNeed", "Survey", "read_survey"]

_TARGET_PLACES = ("src", "src/bin", "tests", "benches", "examples", "build.rs")
_ANSWER = 1
"""Raised whenever `_reduce` gives something else than before."""


@dataclass(frozen=True)
class RustNeed:
    """A package that says which Rust it needs."""

    name: str
    version: str
    rust_version: str
    is_local: bool


@dataclass(frozen=True)
class Pyo3Declaration:
    """An entry for pyo3 or pyo3-ffi in the crate's own manifest."""

    name: str
    """The package: `pyo3` or `pyo3-ffi`."""
    key: str
    """What the manifest calls it."""
    features: tuple[str, ...]
    optional: bool
    kind: str
    """`normal`, `dev` or `build`."""


@dataclass(frozen=True)
class Survey:
    """A crate and what its dependencies say about themselves."""

    root: Crate
    workspace_root: Path
    target_directory: Path
    needs: tuple[RustNeed, ...]
    """Packages that the crate is compiled from and that name a Rust release."""
    declarations: tuple[Pyo3Declaration, ...]
    features: Mapping[str, tuple[str, ...]]
    """The crate's own features."""
    enabled: frozenset[str]
    """Those that are on."""
    pyo3_version: str | None
    """Version of pyo3-ffi; None where the crate does not reach it."""
    pyo3_features: frozenset[str]
    """Enabled features of pyo3 and pyo3-ffi."""
    folders: tuple[Path, ...]
    """Folders of the local crates that it is compiled from."""
    build_config_is_script: bool
    """Whether pyo3-build-config reads the configuration (PyO3 0.28 and older)."""

    @property
    def root_rust_version(self) -> str:
        """Return the crate's own `rust-version`, or an empty text."""
        return self.root.rust_version or ""


def read_survey(
    manifest_path: Path,
    selection: FeatureSelection,
    toolchain: Toolchain,
    *,
    arguments: Sequence[str] = (),
    env: Mapping[str, str],
) -> Survey:
    """Return the survey of the crate at `manifest_path`.

    Raises what `cargo_metadata` raises; where Cargo.lock would have to change,
    a `CargoMetadataError` that names `--locked`.
    """
    words = list(arguments)
    if not {"--locked", "--frozen"}.intersection(words):
        words.append("--locked")
    asked = (selection.arguments(), words)
    key = metadata_key(f"survey {_ANSWER}", manifest_path, asked, toolchain, env)
    reduced = cache.read_tracked(env, "metadata", key)
    if reduced is None:
        wanted = FeatureSelection(selection.features, all_features=True)
        line = [f"--filter-platform={toolchain.host}", *wanted.arguments(), *words]
        metadata = cargo_metadata(manifest_path, line, env=env)
        reduced = _reduce(metadata, manifest_path, selection)
        inputs = metadata_inputs(metadata, manifest_path, env, _TARGET_PLACES)
        cache.write_tracked(env, "metadata", key, reduced, inputs=inputs)
    return _from_json(reduced)


def _reduce(
    metadata: dict[str, Any], manifest_path: Path, selection: FeatureSelection
) -> dict[str, Any]:
    from ferrule.cargo.features import enabled_features

    packages = metadata["packages"]
    real = os.path.realpath(manifest_path)
    root = next(
        item for item in packages if os.path.realpath(item["manifest_path"]) == real
    )
    enabled = enabled_features(
        metadata,
        root["id"],
        features=selection.features,
        all_features=selection.all_features,
        default_features=not selection.no_default_features,
    )
    reached = [item for item in packages if item["id"] in enabled]
    version, is_script = None, False
    own: set[str] = set()
    for item in reached:
        if item["name"] == "pyo3-ffi":
            version = item["version"]
        if item["name"] in ("pyo3", "pyo3-ffi"):
            own |= enabled[item["id"]]
        if item["name"] == "pyo3-build-config":
            is_script = any("custom-build" in t["kind"] for t in item["targets"])
    return {
        "root": {**root, "dependencies": [], "metadata": None},
        "workspace_root": metadata["workspace_root"],
        "target_directory": metadata["target_directory"],
        "needs": [
            asdict(
                RustNeed(
                    item["name"],
                    item["version"],
                    item["rust_version"],
                    item["source"] is None,
                )
            )
            for item in reached
            if item.get("rust_version")
        ],
        "declarations": [
            asdict(_declaration(item))
            for item in root["dependencies"]
            if item["name"] in ("pyo3", "pyo3-ffi")
        ],
        "features": root["features"],
        "enabled": sorted(enabled[root["id"]]),
        "pyo3_version": version,
        "pyo3_features": sorted(own),
        "folders": sorted(
            os.path.dirname(item["manifest_path"])
            for item in reached
            if item["source"] is None
        ),
        "build_config_is_script": is_script,
    }


def _declaration(item: Mapping[str, Any]) -> Pyo3Declaration:
    return Pyo3Declaration(
        name=item["name"],
        key=item["rename"] or item["name"],
        features=tuple(item["features"]),
        optional=item["optional"],
        kind=item["kind"] or "normal",
    )


def _from_json(data: Mapping[str, Any]) -> Survey:
    return Survey(
        root=Crate.from_metadata(data["root"]),
        workspace_root=Path(data["workspace_root"]),
        target_directory=Path(data["target_directory"]),
        needs=tuple(RustNeed(**item) for item in data["needs"]),
        declarations=tuple(
            Pyo3Declaration(**{**item, "features": tuple(item["features"])})
            for item in data["declarations"]
        ),
        features={name: tuple(items) for name, items in data["features"].items()},
        enabled=frozenset(data["enabled"]),
        pyo3_version=data["pyo3_version"],
        pyo3_features=frozenset(data["pyo3_features"]),
        folders=tuple(map(Path, data["folders"])),
        build_config_is_script=data["build_config_is_script"],
    )
