"""A Python for Windows in a folder of this machine: its DLL tells what it is."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.foreign import describe_foreign
from ferrule.python.libpython_machine import check_libpython
from ferrule.python.selector import Name

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple

__all__ = [
    "find_windows_python",
    "library_folder",
    "windows_machine",
    "windows_names",
]

_FOLDERS: Final = ("", "libs", "lib", "bin", "DLLs", "tools")
_LIBRARY: Final = re.compile(r"(?:lib)?python(3)\.?(\d+)(t?)(_d|)\.(dll|lib|dll\.a)$")


def windows_names(folder: str) -> list[Name]:
    """Return which CPythons have a DLL or an import library in a folder, sorted."""
    found = {
        (int(match[1]), int(match[2]), match[3], match[4])
        for _, name in _files(folder)
        if (match := _LIBRARY.match(name))
    }
    return [
        Name("", (major, minor), bool(flag), bool(debug))
        for major, minor, flag, debug in sorted(found)
    ]


def windows_machine(folder: str) -> str:
    """Return the processor of the DLLs in a folder as Rust calls it, or nothing."""
    from ferrule.python.libpython_machine import library_machines

    names = {"x86": "i686"}
    found = {
        names.get(machine, machine)
        for place, file in _files(folder)
        if file.endswith(".dll") and _LIBRARY.match(file)
        for machine in library_machines(Path(place, file))
    }
    return found.pop() if len(found) == 1 else ""


def library_folder(folder: str, name: Name) -> str:
    """Return where the import library of a CPython lies; the folder without one."""
    for place, file in _files(folder):
        match = _LIBRARY.match(file)
        if match and match[5] != "dll" and _is(match, name):
            return place
    return folder


def find_windows_python(
    folder: str, target: Triple, name: Name | None, *, asked_by: str
) -> Interpreter:
    """Return the Python for Windows that a folder holds.

    `asked_by` is what named the folder. Raises `ConfigurationError` where there is
    none, or several, or a DLL for another processor.
    """
    names = windows_names(folder)
    wanted = [item for item in names if name is None or _same(item, name)]
    if len(wanted) != 1:
        seen = ", ".join(_text(item) for item in names) or "none"
        what = f"Python {_text(name)}" if name else "one Python"
        raise ConfigurationError(
            f"{folder} does not hold {what} for Windows",
            causes=[f"DLLs and import libraries in it are those of: {seen}"],
            fix=f"point {asked_by} to a folder with python3XY.dll or its libs, and "
            "choose the version with --interpreter",
        )
    chosen = wanted[0]
    version = f"{chosen.version[0]}.{chosen.version[1]}"
    for place in _FOLDERS:
        letters = "t" if chosen.free_threaded else ""
        check_libpython(os.path.join(folder, place), f"{version}{letters}", target)
    return replace(
        describe_foreign(chosen, target), lib_dir=library_folder(folder, chosen)
    )


def _is(match: re.Match[str], name: Name) -> bool:
    version = (int(match[1]), int(match[2]))
    kind = (bool(match[3]), bool(match[4]))
    return version == name.version[:2] and kind == (name.free_threaded, name.debug)


def _same(first: Name, second: Name) -> bool:
    return first.version == second.version[:2] and (
        first.free_threaded,
        first.debug,
    ) == (second.free_threaded, second.debug)


def _text(name: Name) -> str:
    letters = ("t" if name.free_threaded else "") + ("d" if name.debug else "")
    return f"{'.'.join(map(str, name.version))}{letters}"


def _files(folder: str) -> list[tuple[str, str]]:
    found = []
    for child in _FOLDERS:
        place = Path(folder, child)
        try:
            names = sorted(os.listdir(place))
        except OSError:
            continue
        found += [(str(place), name) for name in names]
    return found
