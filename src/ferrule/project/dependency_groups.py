"""Dependency groups of pyproject.toml (PEP 735)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ferrule.errors.pgo import DependencyGroupError
from ferrule.project.names import normal_name

__all__ = ["group_requirements"]


def group_requirements(pyproject: Mapping[str, Any] | None, name: str) -> list[str]:
    """Return the requirements of a group, with included groups expanded.

    Raises `DependencyGroupError` for a group that does not exist, includes
    itself, or holds something else than requirements and inclusions.
    """
    table = (pyproject or {}).get("dependency-groups", {})
    groups = {normal_name(key): value for key, value in table.items()}
    return _expand(groups, name, list(table), ())


def _expand(
    groups: Mapping[str, Any], name: str, known: list[str], above: tuple[str, ...]
) -> list[str]:
    normal = normal_name(name)
    if normal in above:
        raise DependencyGroupError(name, known, "includes itself")
    if normal not in groups:
        raise DependencyGroupError(name, known, "does not exist")
    found: list[str] = []
    for item in groups[normal]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            inner = _expand(groups, item["include-group"], known, (*above, normal))
            found += inner
        else:
            raise DependencyGroupError(name, known, f"holds {item!r}")
    return list(dict.fromkeys(found))
