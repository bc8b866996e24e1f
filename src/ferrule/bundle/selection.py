"""Which files of the standard library a bundle holds.

Left out is what a program does not use at run time: tests, developers' tools and
what cannot work without its own installed data. Each has a reason, and the
setting `include` brings it back.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

__all__ = [
    "LEFT_OUT",
    "Selected",
    "Selection",
    "select_modules",
    "select_standard_library",
]

_TESTS = "tests of Python itself"
_TOOL = "a tool for developers"
_TK = "Tcl/Tk and its script library are not part of Python"

LEFT_OUT: Final[Mapping[str, str]] = {
    "test": _TESTS,
    "*.test": _TESTS,
    "*.tests": _TESTS,
    "_test*": _TESTS,
    "_xxtestfuzz": _TESTS,
    "_ctypes_test": _TESTS,
    "xx*": "an example for authors of extension modules",
    "__phello__": _TESTS,
    "idlelib": _TK,
    "turtledemo": _TK,
    "turtle": _TK,
    "tkinter": _TK,
    "_tkinter": _TK,
    "ensurepip": "it installs pip, and a bundle is complete",
    "pip": "it installs packages, and a bundle is complete",
    "*.dist-info": "it describes a package that is not taken",
    "venv": "it copies a python program, which a bundle does not have",
    "lib2to3": _TOOL,
    "pydoc_data": "texts for the interactive help",
    "nis": "it needs libnsl, libtirpc and Kerberos, for a service of the 1980s",
    "sitecustomize": "it belongs to the machine that built the bundle",
    "usercustomize": "it belongs to the machine that built the bundle",
}
"""Globs of dotted module names, and why."""

_FOLDERS: Final = ("__pycache__", "site-packages", "dist-packages")
_ABOVE_ALL: Final = ("lib-dynload",)
_CODE: Final = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib")
_RUBBISH: Final = (
    *(".pyo", ".a", ".o", ".exe", ".bat", ".orig", ".swp"),
    # Of Windows; the DLLs that something needs are found again.
    *(".dll", ".lib", ".pdb", ".ico"),
)


@dataclass(frozen=True)
class Selected:
    """One file of the standard library."""

    path: str
    """Below the folder of the standard library, with slashes."""
    source: Path
    module: str
    """Dotted name of the module that it is; empty for data."""


@dataclass(frozen=True)
class Selection:
    """What is taken of a standard library."""

    files: tuple[Selected, ...]
    """Sorted by path."""
    left_out: tuple[tuple[str, str], ...]
    """Modules and folders that are not taken, and why."""


def select_standard_library(
    folder: Path, *, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()
) -> Selection:
    """Return what a bundle takes of the standard library in a folder.

    `include` and `exclude` are globs of dotted module names; they win over what
    is left out otherwise, and `exclude` over `include`.
    """
    job = _Job(include, exclude)
    files = sorted(job.walk(folder, ""), key=lambda item: item.path)
    return Selection(tuple(files), tuple(sorted(job.left_out.items())))


def select_modules(
    folder: Path, *, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()
) -> Selection:
    """Return the extension modules that a folder of Windows' Python holds itself.

    The globs are those of `select_standard_library`.
    """
    job = _Job(include, exclude)
    names = (name for name in os.listdir(folder) if name.lower().endswith(".pyd"))
    files = [
        Selected(name, folder / name, module_of(name))
        for name in sorted(names)
        if job.takes(module_of(name))
    ]
    return Selection(tuple(files), tuple(sorted(job.left_out.items())))


@dataclass
class _Job:
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def __post_init__(self) -> None:
        self.left_out: dict[str, str] = {}

    def walk(self, folder: Path, below: str) -> Iterator[Selected]:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        names = {entry.name for entry in found}
        for entry in found:
            path = posixpath.join(below, entry.name)
            if entry.is_dir():
                if self._enters(path):
                    yield from self.walk(Path(entry.path), path)
                continue
            module = module_of(path)
            if entry.name.endswith(_RUBBISH) or not entry.is_file():
                continue
            # Only a module without its source lies beside other modules.
            if entry.name.endswith(".pyc") and entry.name[:-1] in names:
                continue
            if module and not self.takes(module):
                continue
            yield Selected(path, Path(entry.path), module)

    def _enters(self, path: str) -> bool:
        name = posixpath.basename(path)
        if name in _FOLDERS:
            return False
        if path in _ABOVE_ALL:
            return True
        if path.startswith("config-") or path == "config":
            self.left_out[path] = "what extension modules and programs are built with"
            return False
        return self.takes(path.replace("/", "."))

    def takes(self, module: str) -> bool:
        """Return whether a module is taken; if not, remember why."""
        reason = ""
        if _matches(module, self.exclude):
            reason = "excluded by the settings"
        elif not _matches(module, self.include) and not self._holds_included(module):
            reason = next(
                (why for glob, why in LEFT_OUT.items() if _matches(module, (glob,))),
                "",
            )
        if reason:
            self.left_out[module] = reason
        return not reason

    def _holds_included(self, module: str) -> bool:
        """Tell whether something below a package was asked for."""
        return any(item.startswith(f"{module}.") for item in self.include)


def module_of(path: str) -> str:
    """Return the dotted name of the module in a file; empty for data.

    >>> module_of("json/__init__.py"), module_of("lib-dynload/_ssl.cpython-312-x.so")
    ('json', '_ssl')
    >>> module_of("LICENSE.txt"), module_of("wheel.libs/libfoo-0.so")
    ('', '')
    """
    folder, name = posixpath.split(path)
    # No name of a package has a dot: NAME.libs holds libraries.
    if not name.endswith(_CODE) or "." in folder:
        return ""
    stem = name.partition(".")[0]
    parts = [] if folder in ("", *_ABOVE_ALL) else folder.split("/")
    if stem != "__init__":
        parts = [*parts, stem]
    return ".".join(parts)


def _matches(module: str, globs: tuple[str, ...]) -> bool:
    """Tell whether a module, or a package that holds it, is meant."""
    names = [module]
    while "." in names[-1]:
        names.append(names[-1].rpartition(".")[0])
    return any(fnmatchcase(name, glob) for name in names for glob in globs)
