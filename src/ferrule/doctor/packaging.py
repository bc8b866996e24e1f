"""Findings about pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ferrule.doctor.finding import Finding, Fix
from ferrule.project.names import requirement_name

__all__ = ["check_backend", "check_cache_keys", "check_classifiers"]

_BACKENDS: Final = {
    "ferrule": ("ferrule",),
    "ferrule.setuptools": ("ferrule", "setuptools"),
    "maturin": ("maturin",),
    "setuptools.build_meta": ("setuptools", "setuptools-rust"),
    "setuptools.build_meta:__legacy__": ("setuptools", "setuptools-rust"),
}
"""What `requires` has to name for each backend."""


def check_backend(pyproject: Mapping[str, Any] | None, folder: Path) -> list[Finding]:
    """Return the build backend, and what is missing for it."""
    path = folder / "pyproject.toml"
    system = (pyproject or {}).get("build-system")
    if not isinstance(system, dict) or not isinstance(system.get("build-backend"), str):
        what = f"{path} names no build backend" if path.is_file() else f"no {path}"
        return [
            Finding(
                "project-backend",
                "warning",
                what,
                why="pip and other front ends cannot build the project",
                remedy=(
                    "# pyproject.toml",
                    "[build-system]",
                    'requires = ["ferrule"]',
                    'build-backend = "ferrule"',
                ),
            )
        ]
    backend = system["build-backend"]
    items = system.get("requires")
    requires = [item for item in items or () if isinstance(item, str)]
    missing = [
        name
        for name in _BACKENDS.get(backend, ())
        if name not in map(requirement_name, requires)
    ]
    if missing:
        wanted = ", ".join(f'"{item}"' for item in [*requires, *missing])
        return [
            Finding(
                "project-backend",
                "error",
                f"requires does not name {' and '.join(missing)}, which the backend "
                f'"{backend}" needs',
                (f"requires = {requires}".replace("'", '"'),),
                "pip builds in an environment that holds what `requires` names only",
                ("# pyproject.toml, [build-system]", f"requires = [{wanted}]"),
            )
        ]
    findings = [Finding("project-backend", "ok", f"build backend: {backend}")]
    if not backend.startswith("ferrule"):
        findings.append(_other_backend(backend))
    return findings


def _other_backend(backend: str) -> Finding:
    return Finding(
        "project-backend",
        "note",
        f"pip builds with {backend}, the commands of ferrule with ferrule",
        why="the two compile PyO3 for themselves, each with its own configuration",
        remedy=(
            "ferrule migrate   # shows what would change, and compares the wheels",
        ),
    )


def check_classifiers(project: Mapping[str, Any]) -> list[Finding]:
    """Return classifiers for Pythons that `requires-python` excludes."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    requires, items = project.get("requires-python"), project.get("classifiers")
    if not isinstance(requires, str) or not isinstance(items, list):
        return []
    try:
        wanted = SpecifierSet(requires)
    except InvalidSpecifier:
        return []
    start = "Programming Language :: Python :: 3."
    excluded = [
        item
        for item in items
        if isinstance(item, str)
        and item.startswith(start)
        and item[len(start) :].isdecimal()
        and not any(
            wanted.contains(f"3.{item[len(start) :]}.{micro}")
            for micro in (0, 1, 5, 30)
        )
    ]
    if not excluded:
        return []
    return [
        Finding(
            "project-classifiers",
            "warning",
            f"{len(excluded)} classifiers name Pythons that requires-python = "
            f'"{requires}" excludes',
            tuple(excluded),
            "package indexes show the one, installers obey the other",
            ("# pyproject.toml: take them out of classifiers",),
        )
    ]


# --- uv ---------------------------------------------------------------------------


def check_cache_keys(
    root: Path, pyproject: Mapping[str, Any] | None, crates: Sequence[Path]
) -> list[Finding]:
    """Return a finding if uv would take an old build for the present source.

    uv builds a project again when pyproject.toml changes, or what `cache-keys`
    names (uv's documentation, "Dynamic metadata"). `crates` are the folders of
    the crates that the module is made of.
    """
    if pyproject is None or not _uses_uv(root, pyproject):
        return []
    tool = pyproject.get("tool")
    table = tool.get("uv") if isinstance(tool, dict) else None
    if isinstance(table, dict) and "cache-keys" in table:
        return []
    keys = _cache_keys(root, crates)
    rows = [f'    {{ file = "{key}" }},' for key in keys]
    lines = ["[tool.uv]", "cache-keys = [", *rows, "]"]
    path = root / "pyproject.toml"
    return [
        Finding(
            "project-cache-keys",
            "warning",
            "uv does not notice changes of the Rust sources",
            why="`uv sync` and `uv run` keep the module of the last build until "
            "pyproject.toml changes",
            remedy=("# pyproject.toml", *lines),
            fix=Fix(
                (f"write {path}: [tool.uv] cache-keys", *lines[1:]),
                lambda: _write_keys(path, keys),
            ),
        )
    ]


def _uses_uv(root: Path, pyproject: Mapping[str, Any]) -> bool:
    tool = pyproject.get("tool")
    if isinstance(tool, dict) and "uv" in tool:
        return True
    if any((folder / "uv.lock").is_file() for folder in (root, *root.parents[:2])):
        return True
    from ferrule.editable.environment import read_pyvenv

    return "uv" in read_pyvenv(root / ".venv")


def _cache_keys(root: Path, crates: Sequence[Path]) -> list[str]:
    keys = ["pyproject.toml"]
    if (root / "Cargo.lock").is_file():
        keys.append("Cargo.lock")
    for folder in crates:
        if folder != root and root not in folder.parents:
            continue  # uv takes no path above the project
        start = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
        keys += [f"{start}Cargo.toml", f"{start}src/**/*.rs"]
        if (folder / "build.rs").is_file():
            keys.append(f"{start}build.rs")
    return list(dict.fromkeys(keys))


def _write_keys(path: Path, keys: Sequence[str]) -> None:
    import copy

    from ferrule import atomic, toml_text

    text = path.read_text(encoding="utf-8")
    document = copy.deepcopy(toml_text.parse(text))
    table = document.setdefault("tool", {}).setdefault("uv", {})
    is_new = not table
    if is_new:
        # A table of its own at the end, spelled as people write it.
        rows = "".join(f'    {{ file = "{key}" }},\n' for key in keys)
        separator = "" if text.endswith("\n") else "\n"
        lines = f"{separator}\n[tool.uv]\ncache-keys = [\n{rows}]\n"
        new = text + lines
    else:
        table["cache-keys"] = [{"file": key} for key in keys]
        new = toml_text.edit(text, document)
    atomic.write_text(path, new)
