"""Where built files go, and what must not stay beside them.

An extension that was built for another name, another ABI or in place would be
packed, or imported, instead of the one that was just built.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from ferrule import atomic, log

__all__ = ["Ledger", "is_module_file", "place_file", "remove_siblings"]

_SUFFIX = re.compile(r"(\.(cpython-|abi3|pypy|graalpy|cp\d)[^.]*)?\.(so|pyd)")


def place_file(source: Path, target: Path, *, mode: int = 0o755) -> None:
    """Copy a file so that nobody ever sees, or has mapped, half of it.

    Raises `WriteError`.
    """
    with open(source, "rb") as stream, atomic.replacing(target, mode=mode) as out:
        shutil.copyfileobj(stream, out)


def is_module_file(name: str, module: str) -> bool:
    """Return whether a file name is one under which Python finds a module.

    >>> is_module_file("_core.cpython-312-x86_64-linux-gnu.so", "_core")
    True
    >>> is_module_file("_core.py", "_core")
    False
    """
    return name.startswith(f"{module}.") and bool(
        _SUFFIX.fullmatch(name[len(module) :])
    )


def remove_siblings(folder: Path, module: str, *, keep: str, only_own: bool) -> None:
    """Remove other files of the same module from a folder.

    With `only_own`, those that this Python does not import stay: they belong to
    the installations of other Pythons.
    """
    if not folder.is_dir():
        return
    for name in sorted(os.listdir(folder)):
        if name == keep or not is_module_file(name, module):
            continue
        if only_own and name[len(module) :] not in EXTENSION_SUFFIXES:
            continue
        log.info(f"removing {name}, left by an earlier build")
        (folder / name).unlink()


class Ledger:
    """The files that the last build placed, kept in the build folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def clear(self) -> None:
        """Remove the files of the last build: what is still meant is built again."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            path = self.path.parent / line
            if path.is_file():
                path.unlink()
        self.path.unlink()

    def write(self, files: Iterable[str]) -> None:
        """Remember the files of this build."""
        # Relative, so that a copied build folder never speaks about the original.
        lines = sorted(os.path.relpath(name, self.path.parent) for name in files)
        atomic.write_text(self.path, "".join(f"{line}\n" for line in lines))
