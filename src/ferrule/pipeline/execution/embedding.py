"""What tests and programs need to start Python inside of themselves.

An embedded CPython finds its environment as the command `python3` does: by the
first `python3` on PATH, beside which `pyvenv.cfg` lies (`Modules/getpath.py`). So
the environment's folder of programs comes first on PATH, and neither PYTHONHOME
nor PYTHONPATH is set, which every Python that a test starts would inherit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.target_directory import libpython_folder, needs_search_path
from ferrule.errors.development import EmbeddingError, LibpythonMissingError
from ferrule.python.libpython import (
    find_archive,
    find_libpython,
    library_remedy,
    name_libraries,
)

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["check_embedding", "loader_path", "program_environment"]


def check_embedding(interpreter: Interpreter, env: Mapping[str, str]) -> None:
    """Raise `EmbeddingError` or `LibpythonMissingError` if programs cannot be linked.

    A configuration file of the user's own decides for itself.
    """
    if "PYO3_CONFIG_FILE" in env:
        return
    if interpreter.implementation != "CPython":
        raise EmbeddingError(interpreter.display_name, interpreter.executable)
    if interpreter.system != "Linux":
        return
    if find_libpython(interpreter) or find_archive(interpreter):
        return
    raise LibpythonMissingError(
        interpreter.display_name,
        interpreter.executable,
        name_libraries(interpreter),
        library_remedy(interpreter),
    )


def program_environment(
    interpreter: Interpreter | None, target_directory: Path, env: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables with which programs find libpython and the environment."""
    if interpreter is None or interpreter.implementation != "CPython":
        return {}
    added = {}
    folder = os.path.dirname(interpreter.executable)
    path = env.get("PATH", "")
    if path.split(os.pathsep)[0] != folder:
        added["PATH"] = f"{folder}{os.pathsep}{path}" if path else folder
    if interpreter.system == "Windows":
        # There Python looks beside its DLL, and for the environment here.
        if interpreter.is_virtual:
            added["__PYVENV_LAUNCHER__"] = interpreter.executable
        added["PATH"] = os.pathsep.join(
            [interpreter.base_prefix, added.get("PATH", path)]
        )
        return added
    return {**added, **loader_path(interpreter, target_directory, env)}


def loader_path(
    interpreter: Interpreter, target_directory: Path, env: Mapping[str, str]
) -> dict[str, str]:
    """Return the variable by which the loader finds libpython, if it needs one."""
    name = {"Darwin": "DYLD_FALLBACK_LIBRARY_PATH", "Windows": "PATH"}.get(
        interpreter.system, "LD_LIBRARY_PATH"
    )
    folder = interpreter.lib_dir
    if interpreter.system == "Windows":
        folder = interpreter.base_prefix
    elif not needs_search_path(interpreter):
        return {}
    else:
        links = libpython_folder(target_directory, interpreter)
        folder = str(links) if links else folder
    existing = env.get(name)
    return {name: f"{folder}{os.pathsep}{existing}" if existing else folder}
