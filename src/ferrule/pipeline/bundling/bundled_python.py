"""The Python that a bundle copies: of this machine, or one for another."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors import FerruleError
from ferrule.errors.bundle import BundledPythonTooOldError, UnbundledPythonError
from ferrule.errors.foreign_bundle import ForeignPythonNeededError
from ferrule.pipeline.execution.surroundings import development_interpreter
from ferrule.pipeline.foreign import foreign_interpreters
from ferrule.python.distribution import Distribution, find_distribution
from ferrule.python.foreign_selection import read_folder, selector_of
from ferrule.python.libpython import find_libpython

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ferrule.pipeline.opening import OpenProject
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple

__all__ = ["BundledPython", "find_bundled_python"]

_OLDEST: Final = (3, 9)
"""The first release that the modules of `bundle/boot/` are written for."""
_SOURCES: Final = {
    "windows": (
        "for Windows: the embeddable package of python.org, the folder `tools` of "
        "NuGet's package `python`, or the folder of an installation"
    ),
    "darwin": "for macOS: python-build-standalone, or an installed framework",
    "linux": "for Linux: python-build-standalone, or the root folder of a system",
}


@dataclass(frozen=True)
class BundledPython:
    """The Python of a bundle."""

    interpreter: Interpreter
    library: Path | None
    """The shared library that programs are linked to, or load."""
    distribution: Distribution | None = None
    """Where its parts lie; None for one of this Linux machine, which was asked."""
    compiler: Interpreter | None = None
    """A Python of this machine that writes the same bytecode."""
    build_python: str = ""
    """For build scripts, where the interpreter does not run here."""


def find_bundled_python(opened: OpenProject) -> BundledPython:
    """Return the one Python; raise before cargo runs where none can be bundled.

    Raises `UnbundledPythonError`, `InterpreterNeededError`,
    `ForeignPythonNeededError`, `DistributionError`, `ConfigurationError` and the
    errors of selecting a Python.
    """
    target = opened.foreign_target
    if target is None:
        return _local(opened)
    folder, interpreter = _foreign(opened, target)
    _check(interpreter, folder)
    distribution = find_distribution(Path(folder), interpreter)
    described = distribution.described(interpreter)
    local = opened.local_interpreter()
    return BundledPython(
        described,
        distribution.library,
        distribution,
        _compiler(local, described, opened.request.env),
        local.executable if local else "",
    )


def _local(opened: OpenProject) -> BundledPython:
    from ferrule.errors.configuration import InterpreterNeededError

    found = development_interpreter(opened)
    if found is None:
        raise opened.missing_interpreter or InterpreterNeededError("ferrule bundle")
    _check(found, found.executable)
    if found.system == "Linux":
        library = find_libpython(found)
        return BundledPython(found, Path(library) if library else None, None, found)
    distribution = find_distribution(Path(found.base_prefix), found)
    return BundledPython(found, distribution.library, distribution, found)


def _check(interpreter: Interpreter, place: str) -> None:
    if interpreter.implementation != "CPython":
        raise UnbundledPythonError(interpreter.display_name, place)
    if interpreter.minor_version < _OLDEST:
        oldest = "{}.{}".format(*_OLDEST)
        raise BundledPythonTooOldError(interpreter.display_name, place, oldest)


def _foreign(opened: OpenProject, target: Triple) -> tuple[str, Interpreter]:
    """Return the folder of the target's Python, and what it is."""
    selectors = opened.request.selectors or opened.settings(None).interpreter
    folders = [item for item in selectors if os.path.isdir(item)]
    if folders:
        return folders[0], read_folder(folders[0], target, None, asked_by="--python")
    found = foreign_interpreters(opened, selectors)[0]
    folder = _folder_of(opened, target, found)
    if folder and found is None:
        asked_by = "PYO3_CROSS_LIB_DIR or the setting sysroot"
        return folder, read_folder(folder, target, None, asked_by=asked_by)
    if found is None or not folder:
        name = found.display_name if found else "its version"
        source = _SOURCES.get(target.system)
        raise ForeignPythonNeededError(target.text, name, [source] if source else [])
    return folder, found


def _folder_of(
    opened: OpenProject, target: Triple, interpreter: Interpreter | None
) -> str:
    """Return the folder that variables, settings or the registry name; or nothing."""
    from ferrule.python.registry import find_registered

    env = opened.request.env
    if env.get("PYO3_CROSS_LIB_DIR"):
        return env["PYO3_CROSS_LIB_DIR"]
    sysroot = opened.settings(None).sysroot
    if sysroot:
        return str(opened.location.root / sysroot)
    if interpreter is None:
        return ""
    found = find_registered(env, target, selector_of(interpreter))
    return found.path if found else ""


def _compiler(
    local: Interpreter | None, interpreter: Interpreter, env: Mapping[str, str]
) -> Interpreter | None:
    """Return a CPython of this machine of the same minor version; None without one.

    Its bytecode is the same: the format belongs to a minor version, whatever the
    machine.
    """
    if local is not None and _writes_same(local, interpreter):
        return local
    from ferrule.python.selection import select_interpreters

    version = "{}.{}".format(*interpreter.minor_version)
    for selector in (version, f"{version}t"):
        try:
            (found,) = select_interpreters([selector], env, requires_python=None)
        except (FerruleError, ValueError):
            continue
        if _writes_same(found, interpreter):
            return found
    return None


def _writes_same(local: Interpreter, interpreter: Interpreter) -> bool:
    return (
        local.implementation == "CPython"
        and not local.is_foreign
        and local.minor_version == interpreter.minor_version
    )
