"""What cargo's configuration says about targets.

Which it builds for without `--target`, what links for one, and whether it compiles
the standard library. Source: the Cargo Book, "Configuration" and "Unstable
Features": variables, then the nearest `.cargo/config.toml`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = [
    "compiles_standard_library",
    "configured_linker",
    "configured_targets",
    "leads_elsewhere",
]


def configured_targets(
    folder: Path, env: Mapping[str, str], host: str = ""
) -> tuple[str, ...]:
    """Return the targets that cargo would build for in a folder; empty for the host.

    `host-tuple` is replaced by the `host`, as cargo does. Files that cannot be read
    or understood are cargo's own to complain about.
    """
    found = _named_targets(folder, env) or ()
    return tuple(host or item if item == "host-tuple" else item for item in found)


def leads_elsewhere(folder: Path, env: Mapping[str, str], host: str) -> bool:
    """Return whether cargo without `--target` would not build for the host alone.

    Cargo refuses an empty `CARGO_BUILD_TARGET`, which CI jobs without a target set.
    """
    if env.get("CARGO_BUILD_TARGET") == "":
        return True
    found = _named_targets(folder, env)
    return found is not None and found not in ((host,), ("host-tuple",))


def _named_targets(folder: Path, env: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the targets of cargo's configuration, which may be none; None without."""
    named = env.get("CARGO_BUILD_TARGET")
    if named:
        return (named,)
    for path in _config_files(folder, env):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        # Most configurations name none; parsing them would cost every build.
        if b"target" in text and (found := _read(text)) is not None:
            return found
    return None


def configured_linker(folder: Path, env: Mapping[str, str], target: str) -> str:
    """Return the linker that cargo's configuration names for a target, or nothing.

    The nearest file counts, in it the table of the target itself, then those of
    `cfg(...)`. A path is relative to the folder that `.cargo` is in.
    """
    from ferrule.cargo.cfg import holds

    for path in _config_files(folder, env):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        if b"linker" not in text:
            continue
        tables = _table(text, "target")
        named = [target, *(key for key in tables if key.startswith("cfg("))]
        for key in named:
            table = tables.get(key)
            if not isinstance(table, dict) or not table.get("linker"):
                continue
            if key == target or holds(key, target):
                linker = str(table["linker"])
                is_path = "/" in linker or os.sep in linker
                return str(path.parent.parent / linker) if is_path else linker
    return ""


def compiles_standard_library(folder: Path, env: Mapping[str, str]) -> bool:
    """Return whether cargo is configured to compile the standard library.

    That is `build-std` of the table `unstable`, which nightly toolchains read.
    """
    if env.get("CARGO_UNSTABLE_BUILD_STD"):
        return True
    for path in _config_files(folder, env):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        if b"build-std" in text and _table(text, "unstable").get("build-std"):
            return True
    return False


def _config_files(folder: Path, env: Mapping[str, str]) -> Iterator[Path]:
    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    folders = [parent / ".cargo" for parent in (folder, *folder.parents)]
    for place in (*folders, Path(home)):
        yield place / "config.toml"
        yield place / "config"


def _read(text: bytes) -> tuple[str, ...] | None:
    found = _table(text, "build").get("target")
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list):
        return tuple(item for item in found if isinstance(item, str))
    return None


def _table(text: bytes, name: str) -> dict[str, Any]:
    from ferrule.toml import parse_toml

    try:
        table = parse_toml(text.decode("utf-8")).get(name, {})
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}
