"""The Rust targets that a request builds for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.cargo.configured_target import configured_targets
from ferrule.plan.context import cargo_arguments

if TYPE_CHECKING:
    from ferrule.pipeline.opening import OpenProject
    from ferrule.target.linker import Linker

__all__ = ["linker_of", "wanted_targets"]


def wanted_targets(opened: OpenProject) -> tuple[str, ...]:
    """Return the targets to build for, in order; empty for this machine alone.

    That are the setting `target`, then what cargo itself would build for
    (`CARGO_BUILD_TARGET`, `build.target` of its configuration), then on macOS what
    `ARCHFLAGS` asks of compilers. Raises what reading the settings raises.
    """
    opened.settings(None)
    env = opened.request.env
    targets = opened.named_targets or configured_targets(opened.location.root, env)
    if not targets and sys.platform == "darwin" and "ARCHFLAGS" in env:
        targets = _of_flags(env["ARCHFLAGS"], opened.toolchain.host)
    host = opened.toolchain.host
    return () if targets == (host,) else tuple(dict.fromkeys(targets))


def linker_of(opened: OpenProject) -> Linker | None:
    """Return what links for the target that a project is opened for.

    None for this machine. Raises `StandardLibraryError`, `UnknownRustTargetError`
    and `LinkerNotFoundError`, so that nothing is compiled in vain.
    """
    target = opened.foreign_target
    if target is None:
        return None
    from ferrule.cargo.configured_target import configured_linker
    from ferrule.cargo.standard_library import check_standard_library
    from ferrule.target.linker import Linker, find_linker
    from ferrule.target.triple import parse_triple

    env, folder = opened.request.env, opened.location.root
    check_standard_library(
        target.text,
        opened.toolchain,
        folder=folder,
        arguments=cargo_arguments(opened.settings(None)),
        env=env,
    )
    named = configured_linker(folder, env, target.text)
    if named:
        return Linker("configured", reason=f"cargo's configuration names {named}")
    linker = find_linker(target, parse_triple(opened.toolchain.host), env)
    log.debug(f"{target} is linked by {linker.program or 'cc'} ({linker.reason})")
    return linker


def _of_flags(text: str, host: str) -> tuple[str, ...]:
    words = text.split()
    machines = {word for before, word in zip(words, words[1:]) if before == "-arch"}
    names = {"arm64": "aarch64", "x86_64": "x86_64"}
    found = tuple(f"{names[item]}-apple-darwin" for item in sorted(machines & {*names}))
    if len(found) == 2:
        return ("universal2-apple-darwin",)
    return () if found == (host,) else found
