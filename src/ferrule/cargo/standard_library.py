"""Whether the toolchain has Rust's standard library for a target.

Without it, every crate fails with "can't find crate for `std`"; asked before
cargo runs, one sentence tells what is missing. rustc keeps the library of each
target in `<sysroot>/lib/rustlib/<triple>/lib` (The rustc book, "Target
Specific").
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.toolchain import ask_sysroot, ask_target_list
from ferrule.errors.cargo import StandardLibraryError, UnknownRustTargetError

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["check_standard_library", "has_standard_library"]


def has_standard_library(sysroot: Path, target: str) -> bool:
    """Return whether a sysroot holds the standard library of a target."""
    folder = sysroot / "lib" / "rustlib" / target / "lib"
    try:
        return any(name.startswith("libstd-") for name in os.listdir(folder))
    except OSError:
        return False


def check_standard_library(
    target: str,
    toolchain: Toolchain,
    *,
    folder: Path,
    arguments: Sequence[str],
    env: Mapping[str, str],
) -> None:
    """Raise `StandardLibraryError` or `UnknownRustTargetError` before cargo fails.

    `arguments` are cargo's: with `-Z build-std` the library is compiled. A
    target that is a JSON file is cargo's own affair.
    """
    if target == toolchain.host or target.endswith(".json"):
        return
    if _compiles_it(arguments, env):
        return
    sysroot = ask_sysroot(env, folder)
    if has_standard_library(sysroot, target):
        return
    known = ask_target_list(env, folder)
    if target not in known:
        raise UnknownRustTargetError(target, known)
    rustup = env.get("RUSTUP_HOME") or os.path.expanduser("~/.rustup")
    is_rustup = sysroot.is_relative_to(Path(rustup) / "toolchains")
    name = sysroot.name if is_rustup else ""
    raise StandardLibraryError(target, sysroot, toolchain_name=name)


def _compiles_it(arguments: Sequence[str], env: Mapping[str, str]) -> bool:
    named = "CARGO_UNSTABLE_BUILD_STD" in env
    return named or any("build-std" in word for word in arguments)
