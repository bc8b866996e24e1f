"""The files of a Python of another machine, in a folder of this one.

They are `_sysconfigdata*.py`, and from Python 3.14 on `build-details.json`
(PEP 739). PyO3 looks for the first by the names of folders
(`sysconfigdata.find_sysconfigdata`, which `ferrule config` follows). Here the
content of every file decides: which version it is, for which machine and which C
library. So folders may be called as they like (`lib64`, `lib/aarch64-linux-gnu`),
and 3.1 is never 3.13.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import log
from ferrule.errors import did_you_mean
from ferrule.errors.configuration import ConfigurationError
from ferrule.python.foreign import find_library_folder, foreign_from_variables
from ferrule.python.libpython_machine import check_libpython, machine_family

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.selector import Name
    from ferrule.target.triple import Triple

__all__ = ["describe_folder", "find_foreign", "why_another_machine"]

_DEPTH: Final = 5
_FOLDERS: Final = ("python3", "pypy3", "graalpy", "lib_pypy", "lib_graalpython", "lib.")
_PLACES: Final = frozenset(("build", "lib", "lib32", "lib64", "usr", "local", "opt"))


@dataclass(frozen=True)
class _Found:
    """One Python that a folder holds."""

    path: Path
    variables: Mapping[str, str]

    @property
    def version(self) -> str:
        """Return `3.13`, or `3.13t`."""
        flags = "t" if self.variables.get("Py_GIL_DISABLED") == "1" else ""
        return f"{self.variables.get('VERSION', '')}{flags}"


def find_foreign(
    folder: str,
    target: Triple,
    name: Name | None,
    env: Mapping[str, str],
    *,
    asked_by: str = "PYO3_CROSS_LIB_DIR",
) -> Interpreter:
    """Return the one Python below a folder that is the target's and has the name.

    `asked_by` is what named the folder. Raises `ConfigurationError` where there is
    none, or several, or a libpython of another machine.
    """
    every = [*_read_all(folder, env)]
    if not every and _has_libpython(folder):
        # Distributions keep libpython in a folder below that of python3.Y.
        every = [*_read_all(str(Path(folder).parent), env)]
    reasons = {item.path: _why_not(item, target, name) for item in every}
    fitting = _distinct(item for item in every if not reasons[item.path])
    if len(fitting) > 1:
        raise _several(fitting)
    if not every and env.get("_PYTHON_SYSCONFIGDATA_NAME"):
        _check_file_name(folder, env["_PYTHON_SYSCONFIGDATA_NAME"])
    if not fitting:
        raise _none(folder, target, name, asked_by, reasons)
    found = fitting[0]
    log.debug(f"the target's Python: {found.path}")
    version = found.variables.get("LDVERSION") or found.version
    place = find_library_folder(str(found.path.parent), version)
    if not _has_libpython(place):
        place = find_library_folder(folder, version)
    interpreter = foreign_from_variables(found.variables, target, lib_dir=place)
    check_libpython(place, interpreter.ld_version, target)
    return interpreter


def describe_folder(folder: str) -> list[Mapping[str, str]]:
    """Return the build-time variables of every Python below a folder.

    Raises `ConfigurationError` where the folder cannot be listed.
    """
    return [item.variables for item in _read_all(folder, {})]


def why_another_machine(variables: Mapping[str, str], target: Triple) -> str:
    """Return why build-time variables are not those of a target; empty if they are.

    What they leave out is no reason.
    """
    width = variables.get("SIZEOF_VOID_P", "")
    if width.isdecimal() and int(width) * 8 != target.pointer_width:
        return f"its pointers have {int(width) * 8} bits"
    said = variables.get("HOST_GNU_TYPE") or _triplet(variables)
    words = said.split("-")
    if target.is_darwin or len(words) < 2:
        # One build of Python serves all processors of Apple's.
        is_other = bool(said) and target.is_darwin and "linux" in said
        return f"it was built for {said}" if is_other else ""
    if machine_family(words[0]) != machine_family(target.architecture):
        return f"it was built for {said}"
    if target.system == "linux" and not target.is_android:
        libc = "musl" if "musl" in said else "gnu"
        # CPython before 3.11 calls musl "gnu" in its triplet, not in the type.
        is_sure = "HOST_GNU_TYPE" in variables or libc == "musl"
        if is_sure and libc != ("musl" if target.is_musl else "gnu"):
            return f"it was built for {said}, another C library"
    return ""


def _triplet(variables: Mapping[str, str]) -> str:
    # "cpython-312-aarch64-linux-gnu"; PyPy's ends before the platform.
    return variables.get("SOABI", "").partition("-")[2].partition("-")[2]


def _why_not(found: _Found, target: Triple, name: Name | None) -> str:
    other = why_another_machine(found.variables, target)
    if other:
        return other
    if name is None or not name.version:
        return ""
    begin = {"PyPy": "pypy", "GraalVM": "graalpy"}.get(name.implementation, "cpython")
    soabi = found.variables.get("SOABI", begin)
    if not soabi.startswith(begin):
        return f"it is {soabi}"
    flags = ("t" if name.free_threaded else "") + ("d" if name.debug else "")
    wanted = f"{name.version[0]}.{name.version[1]}{flags.rstrip('d')}"
    return "" if found.version == wanted else f"it is Python {found.version}"


def _read_all(folder: str, env: Mapping[str, str]) -> Iterator[_Found]:
    """Yield what the files below a folder say."""
    from ferrule.python.releases import NEWEST_RELEASE
    from ferrule.python.sysconfigdata import parse_sysconfigdata

    wanted = env.get("_PYTHON_SYSCONFIGDATA_NAME")
    paths = dict.fromkeys(Path(os.path.realpath(item)) for item in _walk(folder, 0))
    described: dict[Path, list[_Found]] = {}
    for path in paths:
        if path.suffix == ".py" and wanted in (None, path.stem):
            found = _Found(path, parse_sysconfigdata(path, NEWEST_RELEASE))
            described.setdefault(path.parent, []).append(found)
            yield found
    for path in paths:
        if path.suffix == ".json" and not wanted:
            from ferrule.python.build_details import read_build_details

            found = _Found(path, read_build_details(path))
            if path.parent in described:
                _compare(found, described[path.parent])
            else:
                yield found


def _compare(details: _Found, described: list[_Found]) -> None:
    """Warn where a `build-details.json` speaks of none of the Pythons beside it."""
    suffix = details.variables["EXT_SUFFIX"]
    others = [item.variables.get("EXT_SUFFIX") for item in described]
    if suffix not in others:
        log.warn(
            f"{details.path} speaks of {suffix}, and {described[0].path.name} beside "
            f"it of {others[0]}, which is believed"
        )


def _walk(folder: str, depth: int) -> Iterator[str]:
    try:
        with os.scandir(folder or ".") as entries:
            children = sorted(entries, key=lambda entry: entry.name)
        if not folder:
            raise FileNotFoundError(2, "No such file or directory")
    except OSError as error:
        if depth:
            return  # a folder that only its owner may read
        raise ConfigurationError(
            f"failed to list the entries in '{folder}'",
            causes=[f"{error.strerror} (os error {error.errno})"],
            fix="check the path and its permissions",
        ) from error
    for entry in children:
        name = entry.name
        is_data = name.startswith("_sysconfigdata") and name.endswith(".py")
        if is_data or (name.startswith("build-details") and name.endswith(".json")):
            yield entry.path
        elif depth < _DEPTH and _is_entered(name) and entry.is_dir():
            yield from _walk(entry.path, depth + 1)


def _is_entered(name: str) -> bool:
    return name in _PLACES or name.startswith(_FOLDERS) or "-linux-" in name


def _distinct(found: Iterator[_Found]) -> list[_Found]:
    """Return one of those that say the same: distributions keep copies."""
    names = ("SOABI", "EXT_SUFFIX", "VERSION", "LDVERSION", "Py_GIL_DISABLED")
    known: dict[tuple[str | None, ...], _Found] = {}
    for item in found:
        known.setdefault(tuple(item.variables.get(name) for name in names), item)
    return list(known.values())


def _several(found: list[_Found]) -> ConfigurationError:
    listing = "".join(f"\n\t{item.path}" for item in found)
    return ConfigurationError(
        "Detected multiple possible Python versions. Please set either the "
        "PYO3_CROSS_PYTHON_VERSION variable to the wanted version or the "
        "_PYTHON_SYSCONFIGDATA_NAME variable to the wanted sysconfigdata file "
        f"name.\n\nsysconfigdata files found:{listing}\n",
        fix=f"for example PYO3_CROSS_PYTHON_VERSION={found[0].version}",
    )


def _check_file_name(folder: str, wanted: str) -> None:
    """Raise a `ConfigurationError` if the name alone keeps files from being found."""
    paths = map(Path, _walk(folder, 0))
    names = sorted({path.stem for path in paths if path.suffix == ".py"})
    if names:
        raise ConfigurationError(
            f"no {wanted}.py is below {folder}, which _PYTHON_SYSCONFIGDATA_NAME asks "
            f"for{did_you_mean(wanted, names)}",
            causes=[f"there are {', '.join(names)}"],
            fix="correct the variable, or unset it",
        )


def _none(
    folder: str,
    target: Triple,
    name: Name | None,
    asked_by: str,
    reasons: Mapping[Path, str],
) -> ConfigurationError:
    wanted = f"Python {'.'.join(map(str, name.version))}" if name else "a Python"
    if name is not None and name.free_threaded:
        wanted += "t"
    if not reasons:
        return ConfigurationError(
            f"Could not find _sysconfigdata*.py in {folder}",
            fix=f"{asked_by} is the folder that holds python3.Y/ of the target, "
            "usually <prefix>/lib",
        )
    return ConfigurationError(
        f"no {wanted.removeprefix('a ')} for {target} is below {folder}",
        causes=[f"{path}: {reason}" for path, reason in reasons.items()],
        fix=f"point {asked_by} to the Python of the target, or ask for the version "
        "that is there",
    )


def _has_libpython(folder: str) -> bool:
    try:
        return any(name.startswith("libpython") for name in os.listdir(folder))
    except OSError:
        return False
