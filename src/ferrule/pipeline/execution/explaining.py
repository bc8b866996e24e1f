"""Saying why a program or a test failed, where what it printed is known."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ferrule.cargo.compile import CompileKey
    from ferrule.diagnosis import Context

__all__ = ["explain_output", "explain_run", "module_names"]

_SKIPPED = frozenset({"target", "node_modules", "__pycache__"})
_MODULE = re.compile(
    r"#\[\s*(?:\w+::)*pymodule\b(?P<after>[^\n]*(?:\s*#\[[^\]]*\]|\s*//[^\n]*)*)\s*"
    r"(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:fn|mod)\s+(?:r#)?(?P<name>\w+)"
)
_NAME = re.compile(r'\bname\s*=\s*"(\w+)"')


def explain_output(text: str, context: Context, folders: Iterable[Path]) -> None:
    """Warn of each known failure that the output of a failed run shows.

    `folders` are those of the crates in it.
    """
    from ferrule.diagnosis import diagnose

    if "No module named" in text:
        names = [pair for folder in folders for pair in module_names(folder).items()]
        context = replace(context, modules=tuple(names))
    for found in diagnose(text, context):
        log.warn("\n  ".join([found.title, *found.lines()]))


def explain_run(text: str, key: CompileKey) -> None:
    """Do what `explain_output` does, for a program or for tests of one crate."""
    from ferrule.cargo.known_context import known_context

    crates = [own.crate for own in key.own_crates] or [key.crate]
    explain_output(text, known_context(key), [crate.folder for crate in crates])


def module_names(folder: Path) -> dict[str, str]:
    """Return the `#[pymodule]`s in the Rust files of a folder.

    They are the names that Rust has, by those that Python knows.
    """
    found = {}
    for path in _rust_files(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        if "pymodule" not in text:
            continue
        for match in _MODULE.finditer(text):
            renamed = _NAME.search(match["after"])
            found[renamed[1] if renamed else match["name"]] = match["name"]
    return found


def _rust_files(folder: Path) -> Iterator[Path]:
    for place, names, files in os.walk(folder):
        names[:] = sorted(
            name for name in names if name not in _SKIPPED and name[0] != "."
        )
        yield from (Path(place, name) for name in sorted(files) if name.endswith(".rs"))
