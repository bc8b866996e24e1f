"""Checks beyond types: values that have the right form and mean nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.settings import SettingConflictError, SettingValueError
from ferrule.settings.conditions import PLATFORMS, Condition
from ferrule.settings.model import (
    BinarySettings,
    Feature,
    FilePattern,
    ModuleSettings,
    Settings,
)
from ferrule.settings.python_condition import specifier_problem

__all__ = ["check_item", "check_settings", "compatibility_problem"]

_OTHER_PLATFORM_NAMES = {
    "windows": "win32",
    "win": "win32",
    "macos": "darwin",
    "macosx": "darwin",
    "osx": "darwin",
}


def check_item(item: object, where: str, problems: list[FerruleError]) -> None:
    """Record what is wrong with one table of the model."""
    if isinstance(item, Feature):
        _check_specifier(item.python_version, f"{where}.python-version", problems)
    elif isinstance(item, FilePattern):
        _check_pattern(item, where, problems)
    elif isinstance(item, (ModuleSettings, BinarySettings)):
        if item.manifest_path and item.package:
            fix = "name the crate in one way"
            first, second = f"{where}.manifest-path", f"{where}.package"
            problems.append(SettingConflictError(first, second, fix=fix))
        if isinstance(item, ModuleSettings):
            _check_module_name(item.name, f"{where}.name", problems)
    elif isinstance(item, Condition):
        _check_condition(item, where, problems)


def check_settings(
    settings: Settings, origin: Mapping[str, str], problems: list[FerruleError]
) -> None:
    """Record what contradicts itself in otherwise valid settings.

    `origin` says where each field came from; messages name that place.
    """
    if settings.modules and settings.module_name:
        fix = "a project with several modules names each in its own table"
        first, second = origin["module_name"], origin["modules"]
        problems.append(SettingConflictError(first, second, fix=fix))
    if settings.module_name is not None:
        # The name of a program may have hyphens, which only the crate can tell.
        name = settings.module_name
        name = name if settings.bindings == "pyo3" else name.replace("-", "_")
        _check_module_name(name, origin["module_name"], problems)
    if settings.targets and settings.modules:
        fix = "a project with several modules names its programs in `binaries`"
        first, second = origin["targets"], origin["modules"]
        problems.append(SettingConflictError(first, second, fix=fix))
    names = [module.name for module in settings.modules]
    _check_unique(names, origin.get("modules", ""), "module", problems)
    scripts = [
        binary.to or binary.script or binary.name for binary in settings.binaries
    ]
    _check_unique(scripts, origin.get("binaries", ""), "script", problems)
    for number, pattern in enumerate(settings.include):
        _check_relative(pattern.path, f"{origin['include']}[{number}]", problems)
    if settings.jobs == 0:
        fix = "leave it out to let cargo choose"
        problems.append(SettingValueError(origin["jobs"], "is 0", fix=fix))
    if "compatibility" in origin:
        problem = compatibility_problem(settings.compatibility)
        if problem:
            where = origin["compatibility"]
            fix = "use auto, linux, or a policy such as manylinux_2_28 or musllinux_1_2"
            problems.append(SettingValueError(where, problem, fix=fix))
    _check_toolchain(settings, origin, problems)
    _check_sboms(settings.sbom.include, origin.get("sbom", ""), problems)


def _check_specifier(
    specifier: str | None, where: str, problems: list[FerruleError]
) -> None:
    problem = specifier_problem(specifier) if specifier is not None else None
    if problem:
        fix = 'write for example ">=3.11" or "<3.13"'
        problems.append(SettingValueError(where, problem, fix=fix))


def _check_pattern(item: FilePattern, where: str, problems: list[FerruleError]) -> None:
    if not item.format:
        fix = 'use "wheel", "sdist" or both'
        problems.append(SettingValueError(f"{where}.format", "is empty", fix=fix))
    if item.source and not item.to:
        fix = 'add for example to = "pkg/generated"'
        problem = 'has `from` but lacks the key "to"'
        problems.append(SettingValueError(where, problem, fix=fix))
    if item.crate and not item.source:
        fix = 'add from = "out-dir", or remove the key'
        problem = "counts only together with `from`"
        problems.append(SettingValueError(f"{where}.crate", problem, fix=fix))
    if item.to:
        _check_relative(item.to, f"{where}.to", problems)


def _check_module_name(name: str, where: str, problems: list[FerruleError]) -> None:
    if not all(part.isidentifier() for part in name.split(".")):
        problem = f'is "{name}", which Python cannot import'
        fix = "write names with letters, digits and _, joined by dots: pkg._core"
        problems.append(SettingValueError(where, problem, fix=fix))


def _check_unique(
    names: Sequence[str], where: str, noun: str, problems: list[FerruleError]
) -> None:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problem = f'gives the {noun} "{name}" {names.count(name)} times'
            problems.append(SettingValueError(where, problem))


def _check_relative(path: str, where: str, problems: list[FerruleError]) -> None:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    has_root = parts[:1] == ("/",) or (parts and parts[0][1:2] == ":")
    if has_root or ".." in parts:
        problem = f'is "{path}", which leaves the project'
        fix = "write a path below the project root, without .."
        problems.append(SettingValueError(where, problem, fix=fix))


def _check_condition(item: Condition, where: str, problems: list[FerruleError]) -> None:
    _check_specifier(item.python_version, f"{where}.python-version", problems)
    for platform in item.platform:
        if not platform.startswith(PLATFORMS):
            other = _OTHER_PLATFORM_NAMES.get(platform.lower())
            hint = f' (did you mean "{other}"?)' if other else ""
            hint = hint or did_you_mean(platform, PLATFORMS)
            problem = f'is "{platform}"{hint}'
            fix = f"use a value of sys.platform: {', '.join(PLATFORMS)}"
            path = f"{where}.platform"
            problems.append(SettingValueError(path, problem, fix=fix))
    for variable, test in item.env.items():
        if isinstance(test, str):
            import re

            try:
                re.compile(test)
            except re.error as error:
                problem = f'is "{test}", which is no regular expression: {error}'
                path = f"{where}.env.{variable}"
                problems.append(SettingValueError(path, problem))


def compatibility_problem(value: str) -> str | None:
    """Return what is wrong with a value of `compatibility`, or None.

    It is one word, or several policies and platform tags separated by commas.
    """
    words = value.split(",")
    for word in words:
        is_choice = word in ("auto", "linux", "pypi") and len(words) == 1
        if not is_choice and not _is_platform(word):
            known = ("auto", "linux", "pypi", "manylinux_2_28", "musllinux_1_2")
            return f'is "{value}"{did_you_mean(value, known)}'
    return None


def _is_platform(word: str) -> bool:
    """Return whether a word is a policy, with or without architecture, or a tag."""
    family, *rest = word.split("_")
    if family in ("manylinux1", "manylinux2010", "manylinux2014"):
        return all(rest)
    if word in ("win32", "win_amd64", "win_arm64"):
        return True
    has_version = len(rest) >= 2 and rest[0].isdecimal() and rest[1].isdecimal()
    if family in ("macosx", "ios", "pyodide", "pyemscripten", "emscripten", "freebsd"):
        return has_version and len(rest) >= 3 and all(rest)
    if family == "android":
        return len(rest) >= 2 and rest[0].isdecimal() and all(rest)
    return family in ("manylinux", "musllinux") and has_version and all(rest)


def _check_toolchain(
    settings: Settings, origin: Mapping[str, str], problems: list[FerruleError]
) -> None:
    if settings.abi3 is not None:
        major, _, minor = settings.abi3.partition(".")
        if major != "3" or not (minor.isascii() and minor.isdecimal()):
            problem = f'is "{settings.abi3}", which is no minor version of Python'
            fix = 'write for example "3.9"'
            problems.append(SettingValueError(origin["abi3"], problem, fix=fix))
    if settings.rust_version is not None:
        from ferrule.settings.rust_version import rust_version_problem

        problem = rust_version_problem(settings.rust_version) or ""
        if problem:
            fix = 'write for example ">=1.74", "^1.74" or ">=1.70,<2"'
            where = origin["rust_version"]
            problems.append(SettingValueError(where, problem, fix=fix))
    for triple, version in settings.macos_deployment_target.items():
        path = f"{origin['macos_deployment_target']}.{triple}"
        if not triple.endswith("-apple-darwin"):
            known = ("aarch64-apple-darwin", "x86_64-apple-darwin")
            hint = did_you_mean(triple, known)
            fix = f"use {' or '.join(known)}"
            problem = f"is not about a Rust triple of macOS{hint}"
            problems.append(SettingValueError(path, problem, fix=fix))
        elif not all(part.isdecimal() for part in version.split(".")):
            problem = f'is "{version}", which is no version of macOS'
            fix = 'write for example "11.0"'
            problems.append(SettingValueError(path, problem, fix=fix))


def _check_sboms(
    paths: Sequence[str], where: str, problems: list[FerruleError]
) -> None:
    for path in paths:
        if ".." in PurePosixPath(path.replace("\\", "/")).parts:
            problem = f'has the file "{path}", which leaves the project'
            fix = "write a path below the project root, without .."
            problems.append(SettingValueError(f"{where}.include", problem, fix=fix))
    names = [PurePosixPath(path).name for path in dict.fromkeys(paths)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problem = f'names several files "{name}", which share one place in a wheel'
            fix = "give each file its own name"
            problems.append(SettingValueError(f"{where}.include", problem, fix=fix))
