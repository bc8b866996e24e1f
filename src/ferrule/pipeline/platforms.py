"""The platform part of a wheel's tag."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.wheel import (
    PolicyNameError,
    PolicyNotMetError,
    RefusedTagError,
)
from ferrule.target.macos import DEPLOYMENT_VARIABLE

if TYPE_CHECKING:
    from ferrule.plan.build import Build

__all__ = ["wheel_platforms"]


def wheel_platforms(
    build: Build,
    binaries: Sequence[Path],
    *,
    is_local: bool = False,
    insists: bool = True,
) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return the platform tags of a wheel, and why there is no better one.

    `is_local` is for wheels that never leave the machine (editable installs,
    metadata): they promise nothing, and nothing is judged. Without `insists`, a
    wheel that is not what the settings want promises nothing either. Raises the
    errors of `platform_tags`, and `RefusedTagError`.
    """
    try:
        return _wanted_platforms(build, binaries, is_local=is_local)
    except (PolicyNameError, PolicyNotMetError, RefusedTagError) as error:
        if insists:
            raise
        tags, _ = _wanted_platforms(build, binaries, is_local=True)
        return tags, (f"{error.what}: the wheel is for this machine only",)


def _wanted_platforms(
    build: Build, binaries: Sequence[Path], *, is_local: bool
) -> tuple[tuple[str, ...], Sequence[str]]:
    settings = build.project.settings
    wanted = "linux" if is_local else settings.compatibility
    if sys.platform == "linux":
        from ferrule.audit.judgement import platform_tags

        tags, notes = platform_tags(
            binaries,
            wanted="auto" if wanted == "pypi" else wanted,
            machine=_linux_machine(build),
            env=build.env,
            audit="repair" if is_local else settings.audit,
        )
    else:
        from ferrule.target.platform_tag import platform_tag

        oldest = _deployment_target(build)
        tags, notes = (platform_tag(build.interpreter, deployment_target=oldest),), ()
    if wanted == "pypi":
        from ferrule.audit.index import check_tags

        check_tags(tags, notes)
    return tags, notes


def _linux_machine(build: Build) -> str:
    interpreter = build.interpreter
    if interpreter is None or not interpreter.platform.startswith("linux-"):
        return ""
    return interpreter.platform.partition("-")[2]


def _deployment_target(build: Build) -> str | None:
    for key in build.keys:
        if DEPLOYMENT_VARIABLE in key.env:
            return key.env[DEPLOYMENT_VARIABLE]
    return build.env.get(DEPLOYMENT_VARIABLE)
