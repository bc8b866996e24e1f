"""What is in a folder that `ferrule init` is to complete."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule.errors.starters import PeerProjectError, UnfitProjectError
from ferrule.project.pyproject import read_toml

__all__ = ["Existing", "inspect_folder"]

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Existing:
    """The parts of a project that are there already."""

    root: Path
    manifest: Table | None
    """Content of Cargo.toml."""
    pyproject: Table | None
    has_setup_py: bool

    @property
    def is_bare(self) -> bool:
        """Whether there is no project at all."""
        return (
            self.manifest is None and self.pyproject is None and not self.has_setup_py
        )

    @property
    def has_legacy_setup(self) -> bool:
        """Whether setuptools is used without being named (PEP 517)."""
        return self.is_built_by_setuptools and not self.backend

    @property
    def dynamic_fields(self) -> list[str]:
        """Return `dynamic` of `[project]`."""
        return list(_table(self.pyproject, "project").get("dynamic", ()))

    @property
    def description(self) -> str:
        """Return the description that a manifest gives, or nothing."""
        for table in (
            _table(self.pyproject, "project"),
            _table(self.manifest, "package"),
        ):
            if isinstance(table.get("description"), str):
                return str(table["description"])
        return ""

    @property
    def backend(self) -> str:
        """Return `build-backend`, or nothing."""
        return str(_table(self.pyproject, "build-system").get("build-backend", ""))

    @property
    def is_built_by_ferrule(self) -> bool:
        """Whether ferrule builds the project already."""
        return self.backend.partition(".")[0] == "ferrule"

    @property
    def is_built_by_setuptools(self) -> bool:
        """Whether setuptools builds the Python part, by code in setup.py."""
        return self.has_setup_py and self.backend.partition(".")[0] in (
            "",
            "setuptools",
        )

    @property
    def project_name(self) -> str:
        """Return the name that pyproject.toml or Cargo.toml gives, or nothing."""
        for table in (
            _table(self.pyproject, "project"),
            _table(self.manifest, "package"),
        ):
            if isinstance(table.get("name"), str):
                return str(table["name"])
        packages = self._list_packages() if self.has_setup_py else []
        return packages[0] if len(packages) == 1 else ""

    def _list_packages(self) -> list[str]:
        """Return the names of the top-level Python packages."""
        found = [
            path.parent.name
            for folder in (self.root / "src", self.root)
            for path in folder.glob("*/__init__.py")
        ]
        return sorted(set(found) - {"doc", "docs", "examples", "test", "tests"})

    @property
    def pyo3_requirement(self) -> str | None:
        """Return what Cargo.toml asks of PyO3; nothing if the release is open."""
        if "pyo3" not in _table(self.manifest, "dependencies"):
            return None
        found = _table(self.manifest, "dependencies")["pyo3"]
        if isinstance(found, dict):
            found = found.get("version", "")
        return str(found).strip().lstrip("^=~ ")

    @property
    def library_path(self) -> str:
        """Return the root file of the Rust library, relative to the folder."""
        return str(_table(self.manifest, "lib").get("path", "src/lib.rs"))

    @property
    def library_name(self) -> str:
        """Return the name of the Rust library, as cargo makes it."""
        package = str(_table(self.manifest, "package").get("name", ""))
        return str(_table(self.manifest, "lib").get("name", package.replace("-", "_")))

    def find_package(self, package: str) -> str | None:
        """Return the folder that holds a Python package: `src/`, `python/`, ``."""
        path = package.replace(".", "/")
        for folder in ("src/", "python/", ""):
            if (self.root / folder / path / "__init__.py").is_file():
                return folder
        return None


def inspect_folder(root: Path) -> Existing:
    """Read the manifests of a folder, any of which may be missing.

    Raises `PeerProjectError` for projects of maturin and setuptools-rust,
    `UnfitProjectError` for manifests that cannot be completed, and what
    `read_toml` raises.
    """
    manifest = _read(root / "Cargo.toml")
    pyproject = _read(root / "pyproject.toml")
    existing = Existing(root, manifest, pyproject, (root / "setup.py").is_file())
    _refuse_peers(existing)
    if manifest is not None and "package" not in manifest:
        raise UnfitProjectError(
            f"{root / 'Cargo.toml'} is a workspace without a package of its own",
            why=["a Python module is a library crate"],
            fix="run it for a member: ferrule init PATH/OF/MEMBER",
        )
    if "poetry" in _table(pyproject, "tool") and "project" not in (pyproject or {}):
        raise UnfitProjectError(
            f"{root / 'pyproject.toml'} describes the project in [tool.poetry] only",
            why=["ferrule reads the standard table [project] (PEP 621)"],
            fix="move name, version and dependencies to [project], then run it again",
        )
    return existing


def _refuse_peers(existing: Existing) -> None:
    tool = _table(existing.pyproject, "tool")
    build = _table(existing.pyproject, "build-system")
    backend = existing.backend.partition(".")[0]
    words = " ".join(map(str, build.get("requires", ())))
    if "maturin" in tool or backend == "maturin":
        raise PeerProjectError(existing.root, "maturin")
    if backend == "ferrule":
        return
    if "setuptools-rust" in tool or "setuptools-rust" in words:
        raise PeerProjectError(existing.root, "setuptools-rust")
    if existing.has_setup_py:
        path = existing.root / "setup.py"
        if b"setuptools_rust" in path.read_bytes():
            raise PeerProjectError(existing.root, "setuptools-rust")


def _read(path: Path) -> Table | None:
    return read_toml(path) if os.path.isfile(path) else None


def _table(parent: Table | None, key: str) -> Mapping[str, Any]:
    value = (parent or {}).get(key)
    return value if isinstance(value, dict) else {}
