"""The platform part of a wheel's tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.wheel import (
    PolicyNameError,
    PolicyNotMetError,
    RefusedTagError,
    UnknownPlatformTagError,
)
from ferrule.target.macos import DEPLOYMENT_VARIABLE, macos_tag

if TYPE_CHECKING:
    from ferrule.audit.judgement import TagAnswer
    from ferrule.plan.build import Build
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple
    from ferrule.wheel.member import Member

__all__ = [
    "check_release",
    "target_of",
    "wanted_here",
    "wheel_binaries",
    "wheel_platforms",
]

_NATIVE = ("macos", "windows", "ios", "android")
"""Systems whose files tell what the tag has to say."""
_IOS_OLDEST = "13.0"
"""Python itself runs on nothing older (PEP 730)."""
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
    target = target_of(build)
    wanted = "linux" if is_local else build.project.settings.compatibility
    wanted = wanted_here(wanted, target)
    system = system_of(target)
    if system == "linux":
        answer = _linux_answer(
            build, binaries, wanted, is_local=is_local, left_out=left_out
        )
    elif system in _NATIVE:
        answer = _native_answer(build, binaries, wanted, python)
    else:
        answer = _named_answer(build, wanted, target)
    if wanted == "pypi":
        from ferrule.audit.index import check_tags

        check_tags(answer.tags, answer.reasons)
    return answer.tags, (*answer.reasons, *answer.warnings)


def check_release(build: Build) -> None:
    """Check that the tag of a foreign build is known, before anything is compiled.

    The files of some systems do not tell it. Raises `UnknownPlatformTagError`.
    """
    target = target_of(build)
    if system_of(target) not in ("linux", *_NATIVE):
        wanted = wanted_here(build.project.settings.compatibility, target)
        _named_answer(build, wanted, target)


def target_of(build: Build) -> Triple:
    """Return the Rust target that a build is for."""
    from ferrule.target.triple import guess_host, parse_triple

    # Universal builds are for what their first half is for.
    named = [*build.project.settings.target, *(key.triple for key in build.keys)]
    text = next(filter(None, named), "")
    return parse_triple(text) if text else guess_host(build.env)


def system_of(target: Triple) -> str:
    """Return the system of a target as the audit calls it."""
    if target.is_android:
        return "android"
    return "macos" if target.is_darwin else target.system


def wanted_here(wanted: str, target: Triple) -> str:
    """Return what is wanted of a target's wheels: `auto` without any of it."""
    if wanted in ("auto", "linux", "pypi"):
        return wanted
    from ferrule.audit.platforms import system_of_tag

    system = system_of(target)
    starts = {"emscripten": ("pyodide_", "pyemscripten_", "emscripten_")}
    words = [
        word
        for word in wanted.split(",")
        if (system_of_tag(word) or "other") == system
        or word.startswith(starts.get(system, (f"{system}_",)))
    ]
    return ",".join(words) or "auto"


def _named_answer(build: Build, wanted: str, target: Triple) -> TagAnswer:
    """Return the tag of a system whose files do not tell it."""
    from ferrule.audit.judgement import TagAnswer
    from ferrule.target.platform_tag import platform_tag

    if wanted not in ("auto", "linux", "pypi"):
        return TagAnswer(tuple(wanted.split(",")))
    interpreter = build.interpreter
    if target.system == "emscripten":
        return TagAnswer(*_pyodide_tag(interpreter, target))
    tag = platform_tag(interpreter).lower()
    if not build.project.settings.target:
        return TagAnswer((tag,))
    # Without a release, a foreign description says no more than "freebsd-amd64".
    if interpreter is not None and len(tag.split("_")) > 2:
        return TagAnswer(
            (tag,),
            (f"{tag} is the release that ferrule knows: name yours in compatibility",),
        )
    raise UnknownPlatformTagError(target.text)


def _pyodide_tag(
    interpreter: Interpreter | None, target: Triple
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tag of Pyodide's platform for a Python (PEP 783)."""
    from ferrule.python.recorded import find_recorded, recorded_pythons

    known = [row for row in recorded_pythons() if row.target == target.text and row.tag]
    if interpreter is not None:
        major, minor = interpreter.minor_version
        seen = find_recorded("CPython", f"{major}.{minor}", target)
        if seen is not None and seen.tag:
            return (seen.tag,), ()
    if not known:
        raise UnknownPlatformTagError(target.text)
    tag = known[-1].tag or ""
    reason = (
        f"{tag} is the newest platform that ferrule knows: name it in compatibility"
    )
    return (tag,), (reason,)


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
    from ferrule.target.platform_tag import platform_tag, tag_of_target

    oldest = _deployment_target(build)
    target = target_of(build)
    if wanted != "linux" and binaries:
        answer = native_tags(
            binaries,
            wanted=wanted,
            target=_IOS_OLDEST if target.system == "ios" else oldest or "",
            python=python,
            claimed=_android_claim(build) if target.is_android else "",
            env=build.env,
            cpu=_cpu(build),
        )
        if answer.tags:
            return answer
    if build.further:
        return TagAnswer((f"{macos_tag(oldest or '11.0', 'universal2')}",))
    interpreter = build.interpreter
    is_foreign = interpreter is None or interpreter.is_foreign
    if is_foreign and build.project.settings.target:
        return TagAnswer((tag_of_target(target, deployment_target=oldest),))
    return TagAnswer((platform_tag(interpreter, deployment_target=oldest),))


def _android_claim(build: Build) -> str:
    """Return the tag of the API level that the NDK was told, if it was."""
    level = build.env.get("ANDROID_API_LEVEL", "")
    names = {"aarch64": "arm64_v8a", "x86_64": "x86_64", "i686": "x86"}
    machine = names.get(target_of(build).architecture, "armeabi_v7a")
    return f"android_{level}_{machine}" if level.isdecimal() else ""


def _cpu(build: Build) -> str:
    """Return the processor that rustc was told to use; empty for any."""
    from ferrule.cargo.processor import chosen_processor

    if "cpu-features" in build.project.settings.check.ignore:
        return ""
    found = (chosen_processor(key, env=build.env) for key in build.keys)
    return "; ".join(dict.fromkeys(item for item in found if item))


def _linux_machine(build: Build) -> str:
    interpreter = build.interpreter
    if interpreter is None and build.project.settings.target:
        from ferrule.python.foreign import machine_of

        return machine_of(target_of(build))
    if interpreter is None or not interpreter.platform.startswith("linux-"):
        return ""
    return interpreter.platform.partition("-")[2]


def _deployment_target(build: Build) -> str | None:
    if build.further:
        # Each half has its own, which its files say.
        return None
    for key in build.keys:
        if DEPLOYMENT_VARIABLE in key.env:
            return key.env[DEPLOYMENT_VARIABLE]
    return build.env.get(DEPLOYMENT_VARIABLE)
