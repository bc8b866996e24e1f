"""Where the parts of an installed or unpacked Python lie.

A bundle copies them. No interpreter is run: the Python may be one of another
machine. Known are installations of Unix and of macOS (also frameworks), the root
folder of a Linux system, and for Windows what the installer makes, NuGet's
package, the embeddable package of python.org, and archives that keep their DLLs
elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors.foreign_bundle import DistributionError

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["Distribution", "find_distribution", "in_any_case", "read_release"]

_UNIX: Final = (
    *("", "lib", "lib64", "usr/lib", "usr/lib64", "usr/local/lib", "local/lib"),
    *("opt/lib", "Versions/{version}/lib"),
    "Python.framework/Versions/{version}/lib",
    "Library/Frameworks/Python.framework/Versions/{version}/lib",
    *("..", "../.."),
)
"""Where `python3.Y` may lie, as seen from a folder that somebody named."""
_WINDOWS: Final = ("", "tools", "bin", "python", "..", "../..")
"""Where Python's DLL, or the folder `Lib`, may lie."""
_MODULES: Final = ("DLLs", "Lib", "")
_LANDMARK: Final = "os.py"


@dataclass(frozen=True)
class Distribution:
    """The parts of one Python."""

    home: Path
    """The folder that everything else is below, where that is so."""
    standard_library: Path
    """A folder, or a zip archive of modules that are compiled already."""
    library: Path | None
    """The shared library that programs are linked to, or load."""
    modules: Path | None = None
    """Windows: the folder of extension modules, if the standard library is not."""
    library_folders: tuple[Path, ...] = ()
    """Windows: folders of the DLLs that Python and its modules need."""

    @property
    def is_compiled(self) -> bool:
        """Whether the standard library is an archive."""
        return self.standard_library.suffix == ".zip"

    def described(self, interpreter: Interpreter) -> Interpreter:
        """Return a Python with the places and the release that were found here."""
        release = read_release(self.library, interpreter.minor_version)
        version = interpreter.version if release is None else release
        paths = dict(interpreter.install_paths)
        paths["stdlib"] = str(self.standard_library)
        return replace(
            interpreter,
            version=version,
            base_prefix=str(self.home),
            prefix=str(self.home),
            install_paths=tuple(sorted(paths.items())),
        )


def find_distribution(folder: Path, interpreter: Interpreter) -> Distribution:
    """Return the parts of a Python that a folder holds.

    Raises `DistributionError` where there is no standard library of its version.
    """
    if interpreter.system == "Windows":
        return _find_windows(folder, interpreter)
    return _find_unix(folder, interpreter)


def read_release(
    library: Path | None, minor: tuple[int, int]
) -> tuple[int, int, int] | None:
    """Return the release that a libpython says it is, such as (3, 11, 2).

    It is the text of `Py_GetVersion`. None where it cannot be told.
    """
    if library is None or not library.is_file():
        return None
    from mmap import ACCESS_READ, mmap

    text = rf"\x00{minor[0]}\.{minor[1]}\.(\d{{1,3}})(?:(?:a|b|rc)\d+)?\+?\x00"
    with library.open("rb") as stream:
        if not library.stat().st_size:
            return None
        with mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
            found = re.search(text.encode(), data)
            return None if found is None else (*minor, int(found[1]))


def _find_unix(folder: Path, interpreter: Interpreter) -> Distribution:
    version = "{}.{}".format(*interpreter.minor_version)
    letter = "t" if interpreter.gil_disabled else ""
    tried = []
    for place in dict.fromkeys((folder, Path(os.path.realpath(folder)))):
        for below in _UNIX:
            parent = place / below.format(version=version)
            for name in (f"python{version}{letter}", f"python{version}"):
                library = Path(os.path.normpath(parent / name))
                tried.append(str(library))
                if (library / _LANDMARK).is_file():
                    home = library.parents[1]
                    shared = _unix_library(home, library.parent, interpreter)
                    return Distribution(home, library, shared)
    if (folder / _LANDMARK).is_file():
        home = folder.parents[1]
        shared = _unix_library(home, folder.parent, interpreter)
        return Distribution(home, folder, shared)
    raise DistributionError(interpreter.display_name, str(folder), tried)


def _unix_library(home: Path, lib: Path, interpreter: Interpreter) -> Path | None:
    version = interpreter.ld_version or "{}.{}".format(*interpreter.minor_version)
    suffix = "dylib" if interpreter.system == "Darwin" else "so"
    folders = [Path(interpreter.lib_dir)] if interpreter.lib_dir else []
    folders += [lib, home, home / "lib64", home / "libs"]
    for folder in folders:
        path = folder / f"libpython{version}.{suffix}"
        if path.is_file():
            return path
    if interpreter.system != "Darwin":
        return None
    paths = (home / name for name in ("Python", "PythonT"))
    return next((path for path in paths if path.is_file()), None)


def _find_windows(folder: Path, interpreter: Interpreter) -> Distribution:
    version = "{}{}".format(*interpreter.minor_version)
    letters = "t" if interpreter.gil_disabled else ""
    letters += "_d" if interpreter.debug else ""
    name = f"python{version}{letters}.dll"
    homes = [Path(os.path.normpath(folder / below)) for below in _WINDOWS]
    libraries = [path for home in homes if (path := in_any_case(home, name))]
    archive = f"python{version}.zip"
    tried = []
    for home in homes:
        library = in_any_case(home, "Lib")
        if library is not None and (library / _LANDMARK).is_file():
            return _windows(home, library, libraries)
        packed = in_any_case(home, archive)
        if packed is not None:
            return _windows(home, packed, libraries)
        tried += [str(home / "Lib" / _LANDMARK), str(home / archive)]
    raise DistributionError(interpreter.display_name, str(folder), tried)


def _windows(home: Path, standard_library: Path, libraries: list[Path]) -> Distribution:
    found = [home if not name else in_any_case(home, name) for name in _MODULES]
    folders = [item for item in found if item is not None and item.is_dir()]
    modules = next((item for item in folders if any(_modules(item))), None)
    bin_folder = in_any_case(home, "bin")
    if bin_folder is not None and bin_folder.is_dir():
        folders.append(bin_folder)
    return Distribution(
        home,
        standard_library,
        libraries[0] if libraries else None,
        None if modules == standard_library else modules,
        tuple(folders),
    )


def _modules(folder: Path) -> Iterator[str]:
    return (name for name in os.listdir(folder) if name.lower().endswith(".pyd"))


def in_any_case(folder: Path, name: str) -> Path | None:
    """Return the entry of a folder with a name but for capitals; None without one."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    if name in names:
        return folder / name
    found = next((item for item in names if item.lower() == name.lower()), None)
    return None if found is None else folder / found
