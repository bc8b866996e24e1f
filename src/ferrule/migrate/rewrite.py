"""The text of pyproject.toml after a migration.

What the tables mean is decided by `settings.compat` and
`project.setuptools`; here their answer is written down, and the result is
read again: outside of the touched tables nothing may differ.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule.errors.migrate import RewriteError
from ferrule.migrate.build_system import wanted_build_system
from ferrule.migrate.document import Document
from ferrule.settings.compat.maturin import translate_maturin
from ferrule.toml_text import dumps

__all__ = ["Rewritten", "Simplify", "rewrite_maturin", "rewrite_tables"]

_NO_TOOL: tuple[str, dict[str, Any]] = ("tool", {})
Simplify = Callable[[dict[str, Any]], dict[str, Any]]
"""Leaves out of `[tool.ferrule]` what ferrule does anyway."""


@dataclass(frozen=True)
class Rewritten:
    """A new text, and what a user should know about it."""

    text: str
    notes: tuple[str, ...]


def rewrite_maturin(
    text: str, *, path: Path, requirement: str, simplify: Simplify
) -> Rewritten:
    """Return pyproject.toml of a maturin project, written for ferrule.

    Keys keep their order, comments and formatting wherever their value stays.
    Raises `RewriteError` and what `translate_maturin` raises.
    """
    document = Document(text)
    content = document.content()
    table = content.get("tool", {}).get("maturin")
    notes: tuple[str, ...] = ()
    wanted = copy.deepcopy(content)
    if isinstance(table, dict):
        translated, notes = translate_maturin(table)
        ferrule = simplify(_as_written(_plain(translated), table))
        wanted["tool"] = {
            name: value for name, value in wanted["tool"].items() if name != "maturin"
        }
        if ferrule:
            wanted["tool"]["ferrule"] = ferrule
        _rewrite_table(document, table, ferrule)
    build = wanted_build_system(
        wanted.get("build-system", {}), peer="maturin", requirement=requirement
    )
    _rewrite_build_system(document, wanted, build)
    return Rewritten(_checked(document, wanted, path), notes)


def rewrite_tables(
    text: str,
    wanted: Mapping[str, Any],
    *,
    path: Path,
    requirement: str,
    backend: str = "ferrule",
) -> Rewritten:
    """Return pyproject.toml with other `[project]` and `[tool.*]` tables.

    `wanted` is the whole document that is meant, `[build-system]` aside.
    Tables that `wanted` lacks go. Raises `RewriteError`.
    """
    document = Document(text)
    new = copy.deepcopy(dict(wanted))
    build = wanted_build_system(
        document.content().get("build-system", {}),
        peer="setuptools-rust",
        requirement=requirement,
        backend=backend,
    )
    _rewrite_build_system(document, new, build)
    old = document.content()
    for name in [name for name in old if name not in new]:
        document.remove((name,))
    for name, value in new.items():
        if name == "tool":
            _rewrite_tools(document, old.get("tool", {}), value)
        elif isinstance(value, dict) and name not in old:
            document.insert_after("build-system", (name,), value)
        elif isinstance(value, dict):
            document.update((name,), value)
    return Rewritten(_checked(document, new, path), ())


def _rewrite_tools(
    document: Document, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    for name in old:
        if name not in new:
            document.remove(("tool", name))
    for name, value in new.items():
        if old.get(name) != value:
            document.update(("tool", name), value)


def _rewrite_table(
    document: Document, table: Mapping[str, Any], wanted: dict[str, Any]
) -> None:
    """Turn the statements of `[tool.maturin]` into those of `[tool.ferrule]`."""
    if not wanted:
        document.remove(("tool", "maturin"))
        return
    document.rename(("tool", "maturin"), ("tool", "ferrule"))
    if document.is_block(("tool", "ferrule")):
        taken: set[str] = set()
        for key, value in table.items():
            translated, _ = translate_maturin({key: value})
            names = [name for name in translated if name in wanted]
            if len(names) == 1 and names[0] not in taken:
                document.rename(("tool", "ferrule", key), ("tool", "ferrule", names[0]))
                taken.add(names[0])
            else:
                document.remove(("tool", "ferrule", key))
    if document.has(("tool", "ferrule")):
        document.update(("tool", "ferrule"), wanted)
    else:
        document.put(("tool", "ferrule"), wanted)


def _rewrite_build_system(
    document: Document, wanted: dict[str, Any], build: dict[str, Any]
) -> None:
    wanted["build-system"] = build
    if document.has(("build-system",)):
        document.update(("build-system",), build)
    else:
        document.insert_first(f"[build-system]\n{dumps(build)}")


def _plain(value: Any) -> Any:
    """Return a translated value in TOML's own types."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _as_written(value: Any, old: Any) -> Any:
    """Undo the spelling of `format = "x"` as a list of one, which ferrule reads too."""
    if isinstance(value, dict) and isinstance(old, Mapping):
        return {
            key: old[key]
            if key == "format" and item == [old.get(key)]
            else _as_written(item, old.get(key))
            for key, item in value.items()
        }
    if isinstance(value, list) and isinstance(old, list) and len(value) == len(old):
        return [_as_written(item, before) for item, before in zip(value, old)]
    return value


def _checked(document: Document, wanted: dict[str, Any], path: Path) -> str:
    try:
        is_right = _meaning(document.content()) == _meaning(wanted)
    except ValueError:
        is_right = False
    if is_right:
        return document.text
    tool = wanted.get("tool", {})
    tables = {"build-system": wanted["build-system"]}
    if "ferrule" in tool:
        tables["tool"] = {"ferrule": tool["ferrule"]}
    raise RewriteError(path, dumps(tables).strip())


def _meaning(content: dict[str, Any]) -> dict[str, Any]:
    """Return a document without a `[tool]` that holds nothing."""
    return {key: value for key, value in content.items() if (key, value) != _NO_TOOL}
