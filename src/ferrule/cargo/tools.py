"""Rust programs that a build needs, installed once per user.

They are built by the user's own cargo into ferrule's cache, in a version that
ferrule fixes; nothing outside of the cache changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ferrule import cache
from ferrule.cargo.process import run_cargo
from ferrule.cargo.toolchain import find_cargo

__all__ = ["find_tool", "install_tool"]

_PROJECT_VARIABLES = (
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTFLAGS",
)
"""What is meant for the project that is built, not for a program that helps."""


def find_tool(name: str, version: str, *, env: Mapping[str, str]) -> Path | None:
    """Return the program that `install_tool` made, or None."""
    folder = cache.folder(env, "tools")
    program = _program(folder, name, version) if folder else None
    return program if program is not None and program.is_file() else None


def install_tool(
    name: str, version: str, folder: Path, *, env: Mapping[str, str]
) -> Path | None:
    """Install a crate's program with the toolchain that is in force in `folder`.

    Returns None when there is no cache or cargo fails, whose messages went to
    standard error. Raises `CargoNotFoundError`.
    """
    tools = cache.folder(env, "tools")
    if tools is None:
        return None
    program = _program(tools, name, version)
    argv = [find_cargo(env), "install", name, f"--version={version}", "--locked"]
    # Compiling with optimisation takes longer than it ever saves.
    argv += ["--debug", "--config=profile.dev.debug=false"]
    argv += ["--quiet", f"--root={program.parents[1]}"]
    full = {key: env[key] for key in env if key not in _PROJECT_VARIABLES}
    status = run_cargo(argv, env=full, cwd=folder, shown={})
    return program if status == 0 and program.is_file() else None


def _program(folder: Path, name: str, version: str) -> Path:
    import sys

    suffix = ".exe" if sys.platform == "win32" else ""
    return folder / f"{name}-{version}" / "bin" / f"{name}{suffix}"
