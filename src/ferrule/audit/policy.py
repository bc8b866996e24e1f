"""The manylinux and musllinux policies.

Standards: PEP 513, 571, 599 and 600 (manylinux), PEP 656 (musllinux). The
tables are data; where they come from is told in README.md beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ferrule.records import dataclass

__all__ = ["Family", "Libc", "Policy", "load_policies"]

Libc = Literal["glibc", "musl"]
Family = Literal["glibc", "musl", "android"]


@dataclass(frozen=True)
class Policy:
    """What one platform tag promises about the systems it names."""

    name: str
    """Without architecture, for example `manylinux_2_17` or `android_24`."""
    aliases: tuple[str, ...]
    """Older names, for example `manylinux2014`."""
    versions: Mapping[str, frozenset[str]]
    """Symbol versions by their prefix: `GLIBC` to `2.2.5`, `2.3`, ..."""
    libraries: frozenset[str]
    """Libraries that exist on every such system."""
    forbidden: Mapping[str, frozenset[str]]
    """Symbols that must not be used, by library."""

    @property
    def version(self) -> tuple[int, int]:
        """Return the version of the C library, for example (2, 17)."""
        major, minor = self.name.split("_")[1:]
        return int(major), int(minor)

    def tags(self, arch: str) -> tuple[str, ...]:
        """Return the platform tags that this policy allows, sorted."""
        return tuple(sorted(f"{name}_{arch}" for name in (self.name, *self.aliases)))


@cache
def load_policies(libc: Family, arch: str) -> tuple[Policy, ...]:
    """Return the policies of an architecture, those of the oldest systems first.

    The result is empty for an architecture without policies.
    """
    import json

    path = Path(__file__).with_name("policies.json")
    table = json.loads(path.read_text(encoding="utf-8"))[libc]
    versions: dict[str, frozenset[str]] = {}
    libraries: frozenset[str] = frozenset()
    policies = []
    for item in table:
        libraries |= frozenset(item["libraries"])
        if arch in item["versions"]:
            versions = _extended(versions, item["versions"][arch])
            policies.append(_policy(item, versions, libraries))
    return tuple(policies)


def _extended(
    versions: dict[str, frozenset[str]], added: dict[str, list[str]]
) -> dict[str, frozenset[str]]:
    prefixes = {**versions, **added}
    empty: frozenset[str] = frozenset()
    return {
        prefix: versions.get(prefix, empty) | frozenset(added.get(prefix, ()))
        for prefix in prefixes
    }


def _policy(
    item: dict[str, Any],
    versions: Mapping[str, frozenset[str]],
    libraries: frozenset[str],
) -> Policy:
    return Policy(
        name=item["name"],
        aliases=tuple(item["aliases"]),
        versions=versions,
        libraries=libraries,
        forbidden={
            library: frozenset(symbols)
            for library, symbols in item["forbidden"].items()
        },
    )
