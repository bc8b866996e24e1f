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

__all__ = ["check_standard_library", "has_standard_library", "is_compiled"]


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
    if is_compiled(arguments, folder, env):
        return
    sysroot = ask_sysroot(env, folder)
    if has_standard_library(sysroot, target):
        return
    known = ask_target_list(env, folder)
    if target not in known:
        raise UnknownRustTargetError(target, known, meant=_meant(target, known))
    rustup = env.get("RUSTUP_HOME") or os.path.expanduser("~/.rustup")
    is_rustup = sysroot.is_relative_to(Path(rustup) / "toolchains")
    name = sysroot.name if is_rustup else ""
    raise StandardLibraryError(
        target, sysroot, toolchain_name=name, packages=_packages(target)
    )


def _packages(target: str) -> list[tuple[str, str]]:
    from ferrule.errors.configuration import UnknownTripleError
    from ferrule.target.known import standard_library_packages
    from ferrule.target.triple import parse_triple

    try:
        return standard_library_packages(parse_triple(target))
    except UnknownTripleError:
        return []


def _meant(target: str, known: Sequence[str]) -> str:
    """Return the target that another name for a machine means, if not a misspelling."""
    import difflib

    from ferrule.target.suggestion import suggest_target

    if difflib.get_close_matches(target, known, n=1, cutoff=0.9):
        return ""
    return suggest_target(target)


def is_compiled(arguments: Sequence[str], folder: Path, env: Mapping[str, str]) -> bool:
    """Return whether cargo compiles the standard library itself (`build-std`)."""
    from ferrule.cargo.configured_target import compiles_standard_library

    named = any("build-std" in word for word in arguments)
    return named or compiles_standard_library(folder, env)
