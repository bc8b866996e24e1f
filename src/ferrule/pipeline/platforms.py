"""The platform part of a wheel's tag."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.wheel import (
    PolicyNameError,
    PolicyNotMetError,
    RefusedTagError,
)
from ferrule.target.macos import DEPLOYMENT_VARIABLE

if TYPE_CHECKING:
    from ferrule.audit.judgement import TagAnswer
    from ferrule.plan.build import Build
    from ferrule.wheel.member import Member

__all__ = ["wanted_here", "wheel_binaries", "wheel_platforms"]

_ENDINGS = (".so", ".pyd", ".dll", ".dylib", ".exe")


def wheel_binaries(members: Sequence[Member], built: Sequence[Path]) -> dict[str, Path]:
    """Return the members that decide about the platform, by path.

    These are the files that were `built`, and those of the project that have the
    names of libraries and programs.
    """
    made = set(built)
    return {
        member.path: member.source
        for member in members
        if isinstance(member.source, Path)
        and (member.source in made or _is_binary_name(member.path))
    }


def _is_binary_name(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.endswith(_ENDINGS) or ".so." in name


def wheel_platforms(
    build: Build,
    binaries: Mapping[str, Path],
    *,
    is_local: bool = False,
    insists: bool = True,
    python: str = "",
    left_out: Sequence[str] = (),
) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return the platform tags of a wheel, and why there is no better one.

    `binaries` are its libraries and programs by their path in it, `python` is its
    Python tag; `left_out` are libraries that count as promised. `is_local` is for
    wheels that never leave the machine (editable installs, metadata): they promise
    nothing, and nothing is judged. Without `insists`, a wheel that is not what the
    settings want promises nothing either. Raises the errors of `platform_tags` and
    `native_tags`, and `RefusedTagError`.
    """
    try:
        return _wanted_platforms(
            build, binaries, is_local=is_local, python=python, left_out=left_out
        )
    except (PolicyNameError, PolicyNotMetError, RefusedTagError) as error:
        if insists:
            raise
        tags, _ = _wanted_platforms(build, binaries, is_local=True, python=python)
        return tags, (f"{error.what}: the wheel is for this machine only",)


def _wanted_platforms(
    build: Build,
    binaries: Mapping[str, Path],
    *,
    is_local: bool,
    python: str,
    left_out: Sequence[str] = (),
) -> tuple[tuple[str, ...], Sequence[str]]:
    wanted = "linux" if is_local else build.project.settings.compatibility
    wanted = wanted_here(wanted)
    if sys.platform == "linux":
        answer = _linux_answer(
            build, binaries, wanted, is_local=is_local, left_out=left_out
        )
    else:
        answer = _native_answer(build, binaries, wanted, python)
    if wanted == "pypi":
        from ferrule.audit.index import check_tags

        check_tags(answer.tags, answer.reasons)
    return answer.tags, (*answer.reasons, *answer.warnings)


def wanted_here(wanted: str) -> str:
    """Return what is wanted of this system's wheels: `auto` without any of it."""
    if wanted in ("auto", "linux", "pypi"):
        return wanted
    systems = {"linux": "linux", "darwin": "macos", "win32": "windows"}
    from ferrule.audit.platforms import system_of_tag

    system = systems.get(sys.platform, "")
    words = [word for word in wanted.split(",") if system_of_tag(word) == system]
    return ",".join(words) or "auto"


def _linux_answer(
    build: Build,
    binaries: Mapping[str, Path],
    wanted: str,
    *,
    is_local: bool,
    left_out: Sequence[str],
) -> TagAnswer:
    from ferrule.audit.judgement import LinuxWish, platform_tags

    wish = LinuxWish(
        wanted="auto" if wanted == "pypi" else wanted,
        machine=_linux_machine(build),
        audit="repair" if is_local else build.project.settings.audit,
        cpu="" if wanted == "linux" else _cpu(build),
        left_out=tuple(left_out),
    )
    return platform_tags(binaries, wish, env=build.env)


def _native_answer(
    build: Build, binaries: Mapping[str, Path], wanted: str, python: str
) -> TagAnswer:
    """Return what the files say; without files, what the interpreter says."""
    from ferrule.audit.judgement import TagAnswer, native_tags
    from ferrule.target.platform_tag import platform_tag

    oldest = _deployment_target(build)
    if wanted != "linux" and binaries:
        answer = native_tags(
            binaries,
            wanted=wanted,
            target=oldest or "",
            python=python,
            env=build.env,
            cpu=_cpu(build),
        )
        if answer.tags:
            return answer
    return TagAnswer((platform_tag(build.interpreter, deployment_target=oldest),))


def _cpu(build: Build) -> str:
    """Return the processor that rustc was told to use; empty for any."""
    from ferrule.cargo.processor import chosen_processor

    if "cpu-features" in build.project.settings.check.ignore:
        return ""
    found = (chosen_processor(key, env=build.env) for key in build.keys)
    return "; ".join(dict.fromkeys(item for item in found if item))


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
