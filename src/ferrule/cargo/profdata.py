"""llvm-profdata: finding it and merging raw profiles."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrule import log
from ferrule.cargo.toolchain import Toolchain, ask_sysroot
from ferrule.errors.pgo import ProfdataError, ProfdataMissingError
from ferrule.python.search import find_command

__all__ = ["find_profdata", "merge_profiles"]

_OLDEST = 11
"""LLVM whose raw profiles have nothing in common with today's any more."""


def find_profdata(toolchain: Toolchain, *, folder: Path, env: Mapping[str, str]) -> str:
    """Return llvm-profdata: rustup's component, then PATH, newest version first.

    Raises `ProfdataMissingError`.
    """
    sysroot = ask_sysroot(env, folder)
    suffix = ".exe" if os.name == "nt" else ""
    tools = sysroot / "lib" / "rustlib" / toolchain.host / "bin"
    own = tools / f"llvm-profdata{suffix}"
    if own.is_file():
        return str(own)
    versions = range(llvm_major(toolchain), _OLDEST, -1)
    names = [f"llvm-profdata-{number}" for number in versions]
    # Debian's plain name is often an old LLVM's, so numbered ones come first.
    for name in [*names, "llvm-profdata"]:
        found = find_command(name, env)
        if found:
            return found
    raise ProfdataMissingError([own])


def llvm_major(toolchain: Toolchain) -> int:
    """Return the major version of rustc's LLVM; 99 where it does not say."""
    found = re.search(r"^LLVM version: (\d+)", toolchain.verbose_version, re.MULTILINE)
    return int(found[1]) if found else 99


def merge_profiles(
    tool: str, profiles: Sequence[Path], target: Path, toolchain: Toolchain
) -> None:
    """Merge raw profiles into the indexed profile `target`.

    Raises `ProfdataError`.
    """
    argv = [tool, "merge", f"--output={target}", *map(str, profiles)]
    log.command(argv)
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ProfdataError(
            tool, result.stderr or result.stdout, f"LLVM {llvm_major(toolchain)}"
        )
