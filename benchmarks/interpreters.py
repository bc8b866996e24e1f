"""Finds the CPythons of the machine as a user would: on PATH and in pyenv."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

__all__ = ["DEFAULT_VERSIONS", "find_interpreters"]

DEFAULT_VERSIONS: Final = ("3.9", "3.10", "3.11", "3.12", "3.13")
FACTS: Final = """
import sys, sysconfig
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print("%d.%d" % sys.version_info[:2], sys.implementation.name, free_threaded)
print(sys.executable)
"""


def find_interpreters(wanted: Sequence[str]) -> dict[str, Path]:
    """Return the executable for each wanted version that the machine has.

    A wanted item is a version (`3.12`) or the path of an executable.
    """
    found = {}
    for item in wanted:
        candidates = [Path(item)] if os.sep in item else _find_candidates(item)
        for candidate in candidates:
            facts = _ask(candidate)
            if facts and (os.sep in item or facts[0] == item):
                found[facts[0]] = facts[1]
                break
    return found


def _find_candidates(version: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path)


def _ask(executable: Path) -> tuple[str, Path] | None:
    """Return version and `sys.executable` of a CPython with the GIL."""
    try:
        answer = subprocess.run(
            [executable, "-c", FACTS], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    facts, path = answer.splitlines()
    version, implementation, free_threaded = facts.split()
    if implementation != "cpython" or free_threaded == "True":
        return None
    return version, Path(path)
