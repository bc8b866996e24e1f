"""Which cargo features one package really enables in its dependencies.

`cargo metadata` unifies the features of all workspace members, so a sibling
that enables `abi3` would change what another member seems to be. This module
walks the graph from one package only (The Cargo Book, "Features").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["enabled_features"]


class _Walk:
    def __init__(self, metadata: dict[str, Any]) -> None:
        self.packages = {item["id"]: item for item in metadata["packages"]}
        self.edges: dict[str, dict[str, str]] = {}
        for node in metadata["resolve"]["nodes"]:
            self.edges[node["id"]] = {
                edge["name"]: edge["pkg"]
                for edge in node["deps"]
                if any(kind["kind"] != "dev" for kind in edge["dep_kinds"])
            }
        self.enabled: dict[str, set[str]] = {}
        self.active: dict[str, set[str]] = {}
        self.waiting: list[tuple[str, str, str]] = []

    def enable(self, package: str, feature: str) -> None:
        """Enable one feature of a package and everything that it implies."""
        features = self.enabled.setdefault(package, set())
        if feature in features or feature not in self.packages[package]["features"]:
            return
        features.add(feature)
        for item in self.packages[package]["features"][feature]:
            self.follow(package, item)

    def follow(self, package: str, item: str) -> None:
        """Follow one entry of a feature's list."""
        if item.startswith("dep:"):
            self.activate(package, item[4:])
        elif "/" in item:
            name, feature = item.split("/", 1)
            if name.endswith("?"):
                self.waiting.append((package, name[:-1], feature))
            else:
                self.activate(package, name)
                self.enable_in_dependency(package, name, feature)
        else:
            self.enable(package, item)

    def enable_in_dependency(self, package: str, name: str, feature: str) -> None:
        """Enable a feature of the dependency that `package` calls `name`."""
        target = self.edges.get(package, {}).get(_extern_name(name))
        if target is None:
            for dependency in self.dependencies(package, name):
                target = self.find(package, dependency["name"])
        if target is not None:
            self.enable(target, feature)

    def find(self, package: str, name: str) -> str | None:
        """Return the resolved id of the dependency with that package name."""
        for target in self.edges.get(package, {}).values():
            if self.packages[target]["name"] == name:
                return target
        return None

    def dependencies(self, package: str, name: str) -> list[dict[str, Any]]:
        """Return the declarations of a dependency by the name it is used under."""
        return [
            item
            for item in self.packages[package]["dependencies"]
            if (item.get("rename") or item["name"]) == name and item["kind"] != "dev"
        ]

    def activate(self, package: str, name: str) -> None:
        """Activate the dependency that `package` calls `name`."""
        active = self.active.setdefault(package, set())
        if name in active:
            return
        active.add(name)
        for item in self.dependencies(package, name):
            target = self.find(package, item["name"])
            if target is None:
                continue
            self.visit(target)
            if item["uses_default_features"]:
                self.enable(target, "default")
            for feature in item["features"]:
                self.enable(target, feature)

    def visit(self, package: str) -> None:
        """Enter a package: its required dependencies are active at once."""
        if package in self.enabled:
            return
        self.enabled[package] = set()
        for item in self.packages[package]["dependencies"]:
            if not item["optional"] and item["kind"] != "dev":
                self.activate(package, item.get("rename") or item["name"])

    def settle(self) -> None:
        """Apply `name?/feature` entries until none changes anything."""
        changed = True
        while changed:
            changed = False
            for package, name, feature in list(self.waiting):
                if name in self.active.get(package, ()):
                    self.waiting.remove((package, name, feature))
                    self.enable_in_dependency(package, name, feature)
                    changed = True


def _extern_name(name: str) -> str:
    return name.replace("-", "_")


def enabled_features(
    metadata: dict[str, Any],
    root: str,
    *,
    features: Iterable[str] = (),
    all_features: bool = False,
    default_features: bool = True,
) -> dict[str, frozenset[str]]:
    """Return the enabled features of every package that `root` reaches.

    Keys are package ids. Packages that are not reached are absent.
    """
    walk = _Walk(metadata)
    walk.visit(root)
    if default_features:
        walk.enable(root, "default")
    wanted = list(walk.packages[root]["features"]) if all_features else list(features)
    for feature in wanted:
        if "/" in feature:
            walk.follow(root, feature)
        else:
            walk.enable(root, feature)
    walk.settle()
    return {package: frozenset(names) for package, names in walk.enabled.items()}
