"""Which PyO3 a project uses, read from its files without starting cargo.

`cargo metadata` knows more; this is for questions that must be quick and must
work where cargo is not installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ferrule.project.pyproject import read_toml

__all__ = ["find_upwards", "locked_pyo3_version", "project_features"]

_CRATES: Final = ("pyo3", "pyo3-ffi")


def find_upwards(name: str, start: Path) -> Path | None:
    """Return the nearest file of that name in `start` or a folder above it."""
    for folder in (start, *start.parents):
        path = folder / name
        if path.is_file():
            return path
    return None


def locked_pyo3_version(lock: Path) -> str | None:
    """Return the version of pyo3-ffi in a Cargo.lock; the newest of several.

    Raises `ReadError` or `InvalidTomlError`.
    """
    versions = [
        str(package.get("version", ""))
        for package in read_toml(lock).get("package", [])
        if package.get("name") == "pyo3-ffi"
    ]
    return max(versions, key=_version_key, default=None)


def _version_key(version: str) -> tuple[int, ...]:
    core = version.partition("-")[0].partition("+")[0]
    return tuple(int(part) for part in core.split(".") if part.isdecimal())


def project_features(start: Path) -> frozenset[str]:
    """Return the features of pyo3 that the project in `start` enables.

    Counts the dependency's own features, the crate's default features, and
    `features` of `[tool.ferrule]` and `[tool.maturin]`. Other members of a
    workspace are not looked at.
    """
    manifest_path = find_upwards("Cargo.toml", start)
    if manifest_path is None:
        return frozenset()
    manifest = read_toml(manifest_path)
    wanted = ["default", *_tool_features(manifest_path.parent)]
    enabled = _expand(manifest.get("features", {}), wanted)
    for name in _CRATES:
        dependency = manifest.get("dependencies", {}).get(name)
        enabled |= _dependency_features(dependency)
    return frozenset(enabled)


def _dependency_features(dependency: object) -> set[str]:
    if not isinstance(dependency, dict):
        return set()
    features = dependency.get("features", [])
    return {item for item in features if isinstance(item, str)}


def _tool_features(folder: Path) -> list[str]:
    path = folder / "pyproject.toml"
    if not path.is_file():
        return []
    tool = read_toml(path).get("tool", {})
    found = []
    for name in ("ferrule", "maturin"):
        features = tool.get(name, {}).get("features", [])
        found += [item for item in features if isinstance(item, str)]
    return found


def _expand(features: dict[str, Any], wanted: list[str]) -> set[str]:
    """Return features of pyo3 that the crate's own features lead to."""
    found: set[str] = set()
    seen: set[str] = set()
    queue = list(wanted)
    while queue:
        item = queue.pop()
        if item in seen:
            continue
        seen.add(item)
        crate, slash, feature = item.partition("/")
        if slash and crate.rstrip("?") in _CRATES:
            found.add(feature)
        queue += features.get(item, [])
    return found
