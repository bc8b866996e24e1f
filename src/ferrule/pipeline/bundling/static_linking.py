"""How rustc links programs here, as `ferrule.bundle.linkers` wants to know it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ferrule.bundle.linkers import RustLinker
from ferrule.cargo.driver import ask_gcc_release
from ferrule.cargo.rustflags import effective_rustflags
from ferrule.cargo.toolchain import ask_sysroot
from ferrule.python.search import find_command
from ferrule.target.linkers.model import variable_name

if TYPE_CHECKING:
    from ferrule.pipeline.opening import OpenProject
    from ferrule.target.triple import Triple

__all__ = ["describe_linking"]


def describe_linking(opened: OpenProject, target: Triple) -> RustLinker:
    """Return what links for a target when nothing is added.

    Raises `CargoNotFoundError`, `ToolchainMissingError` and the errors of reading
    cargo's configuration.
    """
    toolchain, env = opened.toolchain, opened.request.env
    folder = opened.location.root
    llvm = re.search(r"^LLVM version: (\d+)", toolchain.verbose_version, re.MULTILINE)
    tools = ask_sysroot(env, folder) / "lib" / "rustlib" / toolchain.host / "bin"
    own_lld = tools / "gcc-ld"
    driver = env.get(variable_name(target)) or "cc"
    return RustLinker(
        target.text,
        toolchain.release,
        int(llvm[1]) if llvm else 0,
        own_lld if (own_lld / "ld.lld").is_file() else None,
        rustflags=tuple(
            effective_rustflags(folder=folder, triple=target.text, env=env)
        ),
        find_program=lambda name: find_command(name, env),
        driver_release=lambda: ask_gcc_release(driver, env),
    )
