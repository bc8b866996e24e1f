"""Checks what is asked of a bundle, before anything is looked for or compiled.

The types of settings were checked when they were read; here are values that mean
nothing, files that are not there, and wishes that contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.bundle.boot.sources import BOOT_MODULE
from ferrule.bundle.modes import MODES
from ferrule.errors.bundle import ModeMissingError
from ferrule.errors.bundle_wishes import BundleWishesError, VitalModuleError
from ferrule.errors.settings import SettingConflictError, SettingValueError

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.settings.model import BundleSettings

__all__ = ["check_wishes", "unmatched_notes"]

_OF_STATIC: Final = ("static_libs", "builtins", "ld")
_OF_ONEFILE: Final = ("ext_load", "ext_load_override", "ext_load_verify", "compress")
_GLOB: Final = r"[\w.*?\[\]!-]+"
_VITAL: Final = (
    *("encodings", "encodings.aliases", "encodings.utf_8", "codecs", "io", "abc"),
    *("os", "posixpath", "stat", "_collections_abc", BOOT_MODULE),
)
_LEVELS: Final = (0, 1, 2)


def check_wishes(settings: BundleSettings, format_: str, root: Path) -> None:
    """Raise `BundleWishesError` with everything that is wrong.

    `format_` is that of the output, `root` the folder that paths are relative to.
    """
    problems = [
        *_values(settings),
        *_globs(settings),
        *_files(settings, root),
        *_requirements(settings),
        *_conflicts(settings, format_),
    ]
    if problems:
        raise BundleWishesError(problems)


def unmatched_notes(settings: BundleSettings, known: Sequence[str]) -> Iterator[str]:
    """Yield a note for each glob of `include` and `exclude` that means nothing.

    `known` are the modules that could have been meant.
    """
    from ferrule.errors import did_you_mean

    for key in ("include", "exclude"):
        for glob in getattr(settings, key):
            if not any(_is_below(name, glob) for name in known):
                hint = did_you_mean(glob, known)
                yield f"`{key}` has {glob}, and there is no such module{hint}"


def _values(settings: BundleSettings) -> Iterator[FerruleError]:
    if settings.mode != "auto" and settings.mode not in MODES:
        yield ModeMissingError(settings.mode, ("auto", *MODES))
    if settings.optimize not in _LEVELS:
        fix = "0 keeps everything, 1 removes assertions, 2 docstrings too"
        yield SettingValueError("optimize", f"is {settings.optimize}", fix=fix)
    name = settings.name
    if name is not None and (
        not name.strip(" .") or re.search(r'[/\\\0-\x1f\x7f:*?"<>|]', name)
    ):
        fix = "write the name of a file, without folders"
        shown = name if name.isprintable() else ascii(name)[1:-1]
        yield SettingValueError("name", f'is "{shown}"', fix=fix)


def _globs(settings: BundleSettings) -> Iterator[FerruleError]:
    for key in ("include", "exclude", "keep"):
        for glob in getattr(settings, key):
            if not re.fullmatch(_GLOB, glob):
                fix = "write dotted names of modules, also with *: numpy.tests"
                yield SettingValueError(key, f'has "{glob}"', fix=fix)
    for glob in settings.exclude:
        vital = [name for name in _VITAL if _is_below(name, glob)]
        if vital:
            yield VitalModuleError(glob, vital[0])
        for key in ("include", "keep"):
            if glob in getattr(settings, key):
                fix = f"{glob} is either in the bundle or it is not"
                yield SettingConflictError(f"`{key}`", "`exclude`", fix=fix)


def _is_below(name: str, glob: str) -> bool:
    """Tell whether a glob leaves out a module, or a package that holds it."""
    while name:
        if fnmatchcase(name, glob):
            return True
        name = name.rpartition(".")[0]
    return False


def _files(settings: BundleSettings, root: Path) -> Iterator[FerruleError]:
    for name in settings.requirements:
        if not (root / name).is_file():
            fix = f"paths are relative to {root}"
            yield SettingValueError("requirements", f"has no file {name}", fix=fix)
    if settings.lock is not None:
        path = root / settings.lock
        is_lock = re.fullmatch(r"pylock(\.[^.]+)?\.toml|uv\.lock", path.name)
        if not path.is_file():
            fix = f"paths are relative to {root}"
            yield SettingValueError("lock", f"is {settings.lock}, no file", fix=fix)
        elif not is_lock:
            fix = "name a pylock.toml (PEP 751) or a uv.lock; others are `requirements`"
            yield SettingValueError("lock", f"is {settings.lock}", fix=fix)
        elif path.name != "uv.lock":  # uv reads its own
            yield from _lock(path)
    if settings.environment is not None and not (root / settings.environment).is_dir():
        fix = f"paths are relative to {root}"
        what = f"is {settings.environment}, no folder"
        yield SettingValueError("environment", what, fix=fix)
    for name in settings.lib_paths:
        if not (root / name).is_dir():
            fix = f"paths are relative to {root}"
            yield SettingValueError("lib-paths", f"has no folder {name}", fix=fix)


def _lock(path: Path) -> Iterator[FerruleError]:
    from ferrule.bundle.pylock import requirements_of_lock
    from ferrule.errors.bundle import RequirementsFileError

    try:
        requirements_of_lock(path)
    except RequirementsFileError as error:
        yield error


def _requirements(settings: BundleSettings) -> Iterator[FerruleError]:
    wanted = [text for text in settings.packages if not _is_place(text)]
    if not wanted:
        return
    from packaging.requirements import InvalidRequirement, Requirement

    def reason(text: str) -> str:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            return str(error).partition("\n")[0]
        return ""

    for text in wanted:
        problem = reason(text)
        if problem:
            what = f'has "{text}", which is no requirement: {problem}'
            fix = "write it as pip takes it: requests>=2.31"
            yield SettingValueError("packages", what, fix=fix)


def _is_place(text: str) -> bool:
    """Tell whether pip takes it as a file, a folder or an address."""
    return (
        text.startswith((".", "git+", "hg+", "file:", "http:", "https:"))
        or "/" in text.partition("@")[0]
        or "\\" in text
        or text.endswith((".whl", ".tar.gz", ".zip"))
    )


def _conflicts(settings: BundleSettings, format_: str) -> Iterator[FerruleError]:
    mode = settings.mode
    if mode == "dynamic":
        for key in _changed(settings, _OF_STATIC):
            fix = "it belongs to a static Python: mode static or onefile"
            yield SettingConflictError(f"`{key}`", "mode dynamic", fix=fix)
    if mode != "onefile":
        for key in _changed(settings, _OF_ONEFILE):
            fix = "it belongs to a single file: mode onefile"
            yield SettingConflictError(f"`{key}`", f"mode {mode}", fix=fix)
        if format_ == "file":
            fix = "only mode onefile makes one file"
            yield SettingConflictError("--format file", f"mode {mode}", fix=fix)
    elif format_ == "file" and settings.ext_load == "beside":
        fix = "the libraries beside the program are files too: --format dir"
        yield SettingConflictError("--format file", "`ext-load` beside", fix=fix)


def _changed(settings: BundleSettings, names: Sequence[str]) -> list[str]:
    """Return the keys of settings that differ from their defaults."""
    return [
        item.name.replace("_", "-")
        for item in fields(settings)
        if item.name in names and getattr(settings, item.name) != item.default
    ]
