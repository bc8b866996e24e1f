"""The target that plain cargo would build for, without `--target`.

Source: the Cargo Book, "Configuration": `CARGO_BUILD_TARGET`, then `build.target` of
the nearest `.cargo/config.toml`; a text or a list.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["configured_targets"]


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


def _config_files(folder: Path, env: Mapping[str, str]) -> Iterator[Path]:
    home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
    folders = [parent / ".cargo" for parent in (folder, *folder.parents)]
    for place in (*folders, Path(home)):
        yield place / "config.toml"
        yield place / "config"


def _read(text: bytes) -> tuple[str, ...]:
    from ferrule.toml import parse_toml

    try:
        build = parse_toml(text.decode("utf-8")).get("build", {})
    except ValueError:
        return ()
    found = build.get("target") if isinstance(build, dict) else None
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list):
        return tuple(item for item in found if isinstance(item, str))
    return ()
