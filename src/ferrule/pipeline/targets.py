"""The Rust targets that a request builds for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ferrule.cargo.configured_target import configured_targets

if TYPE_CHECKING:
    from ferrule.pipeline.opening import OpenProject

__all__ = ["wanted_targets"]


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


def _of_flags(text: str, host: str) -> tuple[str, ...]:
    words = text.split()
    machines = {word for before, word in zip(words, words[1:]) if before == "-arch"}
    names = {"arm64": "aarch64", "x86_64": "x86_64"}
    found = tuple(f"{names[item]}-apple-darwin" for item in sorted(machines & {*names}))
    if len(found) == 2:
        return ("universal2-apple-darwin",)
    return () if found == (host,) else found
