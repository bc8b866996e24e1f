"""Leaving out of `[tool.ferrule]` what ferrule does without being told.

A key goes only where the same result is certain: its value is the default, or
ferrule was asked what it finds by itself. In doubt it stays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule import log
from ferrule.errors import FerruleError

__all__ = [
    "Known",
    "ask_project",
    "found_manifest",
    "leave_out_defaults",
    "name_readme",
]

_EXTENSION_MODULE = "pyo3/extension-module"


@dataclass(frozen=True)
class Known:
    """What ferrule finds out about a project by itself."""

    bindings: str | None = None
    """None where it does not find any."""
    manifest_path: str | None = None
    """Relative to the project."""
    sets_extension_module: bool = False
    """Whether PyO3 learns by a variable that an extension module is built."""


def leave_out_defaults(table: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return the table without what ferrule does anyway.

    >>> known = Known(bindings="pyo3", manifest_path="Cargo.toml")
    >>> leave_out_defaults({"bindings": "pyo3", "strip": False, "jobs": 2}, known)
    {'jobs': 2}
    """
    result = {}
    for key, value in table.items():
        kept = value
        if key == "features" and known.sets_extension_module:
            kept = _without_extension_module(value)
        is_found = key == "bindings" and value == known.bindings
        if key == "manifest-path" and isinstance(value, str):
            is_found = _normal(value) == known.manifest_path
        if not is_found and not _is_default(key, kept):
            result[key] = kept
    return result


def _is_default(key: str, value: Any) -> bool:
    return (
        value is False
        or value in ([], {})
        or (key, value) == ("sdist-generator", "cargo")
    )


def ask_project(root: Path, env: Mapping[str, str]) -> Known:
    """Return what ferrule finds out about a project; nothing where it fails.

    `root` is a copy: cargo may write a lock file.
    """
    from ferrule.pipeline.opening import open_project
    from ferrule.pipeline.request import Request
    from ferrule.plan.context import find_selection
    from ferrule.plan.planner import graph_kind
    from ferrule.python.releases import Pyo3Release

    try:
        # Warnings about the old configuration are the migration's notes.
        with log.sink_to(lambda _kind, _message: None):
            opened = open_project(Request(start=root, env=env))
            settings = opened.settings(None)
            graph = opened.graph(settings, find_selection(settings, None, ()))
            bindings = graph_kind(graph)
            manifest = found_manifest(opened.location.root, opened.pyproject or {})
        variable = (
            graph.pyo3 is not None
            and Pyo3Release.parse(graph.pyo3.version).knows_build_extension_module_env
        )
    except FerruleError:
        return Known()
    return Known(bindings, manifest, sets_extension_module=variable)


def found_manifest(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    """Return the manifest that is found when nothing names it, or None."""
    from ferrule.project.location import find_manifest

    tool = {
        name: {key: item for key, item in table.items() if key != "manifest-path"}
        for name, table in pyproject.get("tool", {}).items()
        if isinstance(table, dict)
    }
    try:
        found = find_manifest(root, {**pyproject, "tool": tool})
    except FerruleError:
        return None
    return _normal(os.path.relpath(found, root))


def name_readme(root: Path, project: Mapping[str, Any]) -> dict[str, Any]:
    """Return `[project]` with its readme named as a file where it is one.

    A setup.py reads the file and hands over its text; the file is meant.
    """
    readme = project.get("readme")
    if not isinstance(readme, dict):
        return dict(project)
    kind = readme.get("content-type", "")
    name = readme.get("file") or _file_with(root, readme.get("text"))
    if not isinstance(name, str):
        return dict(project)
    is_usual = _README_TYPES.get(os.path.splitext(name)[1].lower()) == kind
    named = name if is_usual else {**readme, "file": name}
    if isinstance(named, dict):
        named.pop("text", None)
    return {**project, "readme": named}


_README_TYPES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}


def _file_with(root: Path, text: object) -> str | None:
    """Return the README whose content a text is, or None."""
    for path in sorted(root.glob("README*")):
        try:
            content = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if content.replace("\r\n", "\n") == text:
            return path.name
    return None


def _normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")


def _without_extension_module(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        item
        for item in value
        if item not in (_EXTENSION_MODULE, {"feature": _EXTENSION_MODULE})
    ]
