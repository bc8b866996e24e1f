"""The packages that one crate is really compiled from.

`cargo metadata` lists what any member, feature or platform might need. Here
are the packages that one crate reaches on one platform with its features, with
the checksums of Cargo.lock: what a bill of materials has to name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ferrule.records import dataclass

__all__ = ["Component", "read_components", "reduce_components"]

_COLUMNS = ("name", "version", "source", "license", "checksum", "is_linked", "needs")


@dataclass(frozen=True)
class Component:
    """One package of a crate's dependency graph."""

    name: str
    version: str
    source: str | None
    """cargo's source (`git+...`, `registry+...`; `registry` for the default
    registry); None for a local path."""
    license: str | None
    """As the manifest says it; old ones write `/` for OR."""
    checksum: str | None
    """SHA-256 of the crate file in hexadecimal, from Cargo.lock."""
    is_linked: bool
    """Whether its code is part of the product. Build scripts, procedural
    macros and what only they need are not."""
    needs: tuple[int, ...]
    """Positions of its dependencies in the list."""


def reduce_components(
    metadata: Mapping[str, Any], root: str, reached: Iterable[str], lock: Path
) -> list[list[Any]]:
    """Return the packages as rows for the cache, the crate itself first.

    `reached` are the package ids that `root` enables, `lock` is Cargo.lock,
    which may be absent.
    """
    packages = {item["id"]: item for item in metadata["packages"]}
    others = set(reached) - {root}
    order = [root, *sorted(others, key=lambda item: _sort_key(packages[item]))]
    position = {package: number for number, package in enumerate(order)}
    edges = {
        node["id"]: node["deps"]
        for node in metadata["resolve"]["nodes"]
        if node["id"] in position
    }
    linked = _linked(root, packages, edges)
    checksums = _checksums(lock)
    defaults = _default_sources(metadata)
    rows = []
    for package in order:
        item = packages[package]
        needs = {
            position[edge["pkg"]]
            for edge in edges.get(package, ())
            if edge["pkg"] in position and _is_used(edge)
        }
        source = item["source"]
        checksum = checksums.get((item["name"], item["version"], source))
        rows.append(
            [
                item["name"],
                item["version"],
                "registry" if source in defaults else source,
                item.get("license"),
                checksum,
                package in linked,
                sorted(needs),
            ]
        )
    return rows


def read_components(rows: Iterable[list[Any]]) -> tuple[Component, ...]:
    """Return the packages of cached rows."""
    return tuple(
        Component(**{**dict(zip(_COLUMNS, row)), "needs": tuple(row[-1])})
        for row in rows
    )


def _default_sources(metadata: Mapping[str, Any]) -> set[str]:
    # `cargo metadata`: no registry is named where a dependency is from cargo's own.
    return {
        dependency["source"]
        for package in metadata["packages"]
        for dependency in package["dependencies"]
        if dependency.get("registry") is None
        and (dependency["source"] or "").startswith(("registry+", "sparse+"))
    }


def _sort_key(package: Mapping[str, Any]) -> tuple[str, str, str]:
    return (package["name"], package["version"], package["source"] or "")


def _is_used(edge: Mapping[str, Any]) -> bool:
    return any(kind["kind"] != "dev" for kind in edge["dep_kinds"])


def _linked(
    root: str, packages: Mapping[str, Any], edges: Mapping[str, Any]
) -> set[str]:
    found: set[str] = set()
    queue = [root]
    while queue:
        package = queue.pop()
        kinds = {
            kind for target in packages[package]["targets"] for kind in target["kind"]
        }
        if package in found or "proc-macro" in kinds:
            continue
        found.add(package)
        queue += [
            edge["pkg"]
            for edge in edges.get(package, ())
            if any(kind["kind"] is None for kind in edge["dep_kinds"])
        ]
    return found


def _checksums(lock: Path) -> dict[tuple[str, str, str | None], str]:
    from ferrule.project.pyproject import read_toml

    if not lock.is_file():
        return {}
    return {
        (item["name"], item["version"], item.get("source")): item["checksum"]
        for item in read_toml(lock).get("package", ())
        if "checksum" in item
    }
