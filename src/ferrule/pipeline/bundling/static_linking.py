"""How rustc links programs here, as `bundle.static.linkers` wants to know it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ferrule.bundle.static.linkers import RustLinker, named_driver
from ferrule.cargo.configured_target import configured_linker
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

    The driver is what rustc would start: `-C linker` of the flags, which is the last
    word, then cargo's variable, then its configuration files. Raises
    `CargoNotFoundError`, `ToolchainMissingError` and the errors of reading cargo's
    configuration.
    """
    toolchain, env = opened.toolchain, opened.request.env
    folder = opened.location.root
    llvm = re.search(r"^LLVM version: (\d+)", toolchain.verbose_version, re.MULTILINE)
    tools = ask_sysroot(env, folder) / "lib" / "rustlib" / toolchain.host / "bin"
    own_lld = tools / "gcc-ld"
    flags = tuple(effective_rustflags(folder=folder, triple=target.text, env=env))
    driver = (
        named_driver(flags)
        or env.get(variable_name(target))
        or configured_linker(folder, env, target.text)
        or "cc"
    )
    return RustLinker(
        target.text,
        toolchain.release,
        int(llvm[1]) if llvm else 0,
        own_lld if (own_lld / "ld.lld").is_file() else None,
        rustflags=flags,
        find_program=lambda name: find_command(name, env),
        driver=driver,
        driver_release=lambda: ask_gcc_release(driver, env),
    )
