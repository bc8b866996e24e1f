"""The target that plain cargo would build for, without `--target`.

Source: the Cargo Book, "Configuration": `CARGO_BUILD_TARGET`, then `build.target` of
the nearest `.cargo/config.toml`; a text or a list.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["configured_linker", "configured_targets"]


def configured_targets(folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the targets that cargo would build for in a folder; empty for the host.

    Files that cannot be read or understood are cargo's own to complain about.
    """
    named = env.get("CARGO_BUILD_TARGET")
    if named:
        return (named,)
    for path in _config_files(folder, env):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        # Most configurations name none; parsing them would cost every build.
        if b"target" in text and (found := _read(text)):
            return found
    return ()


def configured_linker(folder: Path, env: Mapping[str, str], target: str) -> str:
    """Return the linker that cargo's configuration names for a target, or nothing.

    The name of a target is compared as it stands; `cfg(...)` tables too may name
    one, and then count whatever they say.
    """
    for path in _config_files(folder, env):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        if b"linker" not in text:
            continue
        for name, table in _table(text, "target").items():
            is_meant = name == target or name.startswith("cfg(")
            if is_meant and isinstance(table, dict) and table.get("linker"):
                return str(table["linker"])
    return ""


def _config_files(folder: Path, env: Mapping[str, str]) -> Iterator[Path]:
    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    folders = [parent / ".cargo" for parent in (folder, *folder.parents)]
    for place in (*folders, Path(home)):
        yield place / "config.toml"
        yield place / "config"


def _read(text: bytes) -> tuple[str, ...]:
    found = _table(text, "build").get("target")
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list):
        return tuple(item for item in found if isinstance(item, str))
    return ()


def _table(text: bytes, name: str) -> dict[str, Any]:
    from ferrule.toml import parse_toml

    try:
        table = parse_toml(text.decode("utf-8")).get(name, {})
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}
