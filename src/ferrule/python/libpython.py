"""Where the library of an interpreter lies that programs are linked to."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "find_archive",
    "find_libpython",
    "library_remedy",
    "name_libraries",
    "static_library_places",
]

_LINKER_FOLDERS = (
    "/usr/local/lib",
    "/lib/*-linux-*",
    "/usr/lib/*-linux-*",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
)
"""Where the linker looks by itself; distributions differ in which exist."""


def find_libpython(interpreter: Interpreter) -> str | None:
    """Return the shared library that the linker takes for an interpreter.

    None where there is no such file: its development package is not installed,
    or the interpreter was built without a shared library. On systems other than
    Linux, and for other implementations than CPython, None is returned always.
    """
    if not interpreter.shared:
        return None
    return _find(interpreter, name_libraries(interpreter)[0])


def find_archive(interpreter: Interpreter) -> str | None:
    """Return the static libpython of an interpreter that has no shared one."""
    if interpreter.shared:
        return None
    return _find(interpreter, name_libraries(interpreter)[1])


def static_library_places(interpreter: Interpreter) -> tuple[str, ...]:
    """Return where an installation keeps its static libpython, best place first.

    Places of other installations are not among them, although a linker looks
    there: the system's Python may have the same version.
    """
    version = interpreter.ld_version or "{}.{}".format(*interpreter.minor_version)
    base = interpreter.base_prefix
    home = dict(interpreter.install_paths).get("stdlib") or os.path.join(
        base, "lib", f"python{version}"
    )
    folders = sorted(glob.glob(os.path.join(glob.escape(home), "config-*")))
    folders += [interpreter.lib_dir] if interpreter.lib_dir else []
    folders += [os.path.join(base, "lib"), os.path.join(base, "lib64")]
    name = f"libpython{version}.a"
    return tuple(dict.fromkeys(os.path.join(folder, name) for folder in folders))


def name_libraries(interpreter: Interpreter) -> tuple[str, str]:
    """Return the file names of the shared and of the static libpython."""
    version = interpreter.ld_version or "{}.{}".format(*interpreter.minor_version)
    return f"libpython{version}.so", f"libpython{version}.a"


def _find(interpreter: Interpreter, name: str) -> str | None:
    if interpreter.system != "Linux" or interpreter.implementation != "CPython":
        return None
    version = "{}.{}".format(*interpreter.minor_version)
    home = os.path.join(interpreter.base_prefix, "lib", f"python{version}")
    folders = [interpreter.lib_dir] if interpreter.lib_dir else []
    # An installation that was moved says where it was built.
    folders.append(os.path.join(interpreter.base_prefix, "lib"))
    if name.endswith(".a"):
        folders += sorted(glob.glob(os.path.join(home, "config-*")))
    for pattern in _LINKER_FOLDERS:
        folders += sorted(glob.glob(pattern))
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.path.exists(path)), None)


def library_remedy(interpreter: Interpreter) -> str:
    """Return how one gets a shared libpython for an installation, as a sentence."""
    version = "{}.{}".format(*interpreter.minor_version)
    base = interpreter.base_prefix
    if f"{os.sep}.pyenv{os.sep}" in base + os.sep:
        return (
            "build it with a shared library: PYTHON_CONFIGURE_OPTS=--enable-shared "
            f"pyenv install --force {interpreter.version_text}"
        )
    if base == "/usr":
        return (
            f"install libpython{version}-dev (Debian, Ubuntu) or python3-devel (Fedora)"
        )
    return f"install a Python that brings it: uv python install {version}"
