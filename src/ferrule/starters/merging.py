"""Completing files that belong to the user: what is there stays.

Every function takes the text that is there and returns the new text; comments
and order are kept. Nothing is read or written here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ferrule.toml_text import edit, parse

__all__ = ["add_module", "merge_ignore", "merge_manifest", "merge_pyproject"]

Table = dict[str, Any]


def merge_ignore(text: str, wanted: str) -> str:
    r"""Return the text of a .gitignore with the wanted patterns that it lacks.

    >>> merge_ignore("target\n", "/target/\n*.so\n")
    'target\n*.so\n'
    """
    known = {line.strip().strip("/") for line in text.splitlines()}
    missing = [
        line
        for line in wanted.splitlines()
        if line and not line.startswith("#") and line.strip("/") not in known
    ]
    return _append(text, missing)


def add_module(text: str, name: str) -> str:
    r"""Return the text of a crate root that declares one more module.

    >>> add_module("fn one() {}\n", "python")
    'fn one() {}\n\nmod python;\n'
    """
    return _append(text, ["", f"mod {name};"])


def _append(text: str, lines: Sequence[str]) -> str:
    if not lines:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    return text + "".join(line + newline for line in lines)


def merge_manifest(text: str, wanted: Mapping[str, Any]) -> str:
    """Return a Cargo.toml whose library is a module that uses PyO3.

    `wanted` is the manifest of the starter. The library becomes a `cdylib` and
    stays what it was; PyO3 and the feature that it needs are added.
    """
    document = parse(text)
    result = copy.deepcopy(document)
    library = result.setdefault("lib", {})
    types = list(library.get("crate-type", library.pop("crate_type", ["rlib"])))
    if "cdylib" not in types:
        library["crate-type"] = ["cdylib", *types]
    dependencies = result.setdefault("dependencies", {})
    if "pyo3" not in dependencies:
        dependencies["pyo3"] = wanted["dependencies"]["pyo3"]
        features = wanted.get("features", {})
        for name, value in features.items():
            result.setdefault("features", {}).setdefault(name, value)
    return _edit(text, document, result)


def merge_pyproject(text: str, wanted: Mapping[str, Any]) -> str:
    """Return a pyproject.toml that ferrule builds.

    `wanted` is the file of the starter. `[build-system]` and `[tool.ferrule]` are
    its; `[project]`, `[dependency-groups]` and uv's cache keys are added where
    there are none; settings of other tools stay the user's.
    """
    document = parse(text)
    result = copy.deepcopy(document)
    system = result.setdefault("build-system", {})
    ours = wanted["build-system"]
    if not str(system.get("build-backend", "")).startswith("ferrule"):
        system["requires"] = _requirements(system, ours["requires"])
        system["build-backend"] = ours["build-backend"]
    for name in ("project", "dependency-groups"):
        if name in wanted:
            result.setdefault(name, copy.deepcopy(wanted[name]))
    tool = result.setdefault("tool", {})
    for name in ("ferrule", "setuptools-rust"):
        if name in wanted["tool"]:
            tool[name] = {**copy.deepcopy(wanted["tool"][name]), **tool.get(name, {})}
    uv = wanted["tool"].get("uv", {})
    if "cache-keys" in uv:
        tool.setdefault("uv", {}).setdefault("cache-keys", uv["cache-keys"])
    return _edit(text, document, result)


def _requirements(system: Mapping[str, Any], ours: Sequence[str]) -> list[str]:
    """Return `requires`, without the backend that is replaced."""
    if not any(item.startswith("ferrule[setuptools]") for item in ours):
        return list(ours)
    # setuptools goes on running, with what setup.py imports.
    kept = [
        item
        for item in system.get("requires", ())
        if not item.replace(" ", "").lower().startswith(("setuptools>", "setuptools="))
        and item.strip().lower() not in ("setuptools", "wheel")
    ]
    return [*ours, *kept]


def _edit(text: str, old: Table, new: Table) -> str:
    if old == new:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    result = edit(text, new)
    return result.replace("\r\n", "\n").replace("\n", newline)
