"""Which DLL a Python is in, under which name it is linked, and with which symbols.

Sources: the file names of python.org's, PyPy's and GraalPy's distributions; for
`libpython3.13.dll` those of MSYS2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ferrule.errors.implib import UnknownPythonError
from ferrule.implib.library import import_library, library_file_name
from ferrule.implib.machine import MACHINES, Machine
from ferrule.implib.tables import Table, load_tables

if TYPE_CHECKING:
    from ferrule.implib.library import Flavor
    from ferrule.implib.symbol import ImportSymbol

__all__ = [
    "PythonLibrary",
    "find_python_library",
    "list_pythons",
    "machines_of",
    "python_import_library",
]

_SPEC: Final = re.compile(
    r"(?P<kind>abi3t?|pypy|pp|graalpy|graalvm|cpython|cp|python)?[-:]?(?:py)?"
    r"(?:(?P<major>\d)\.?(?P<minor>\d+)(?P<micro>\.\d+)?)?(?P<threaded>t?)"
    r"(?P<debug>_?d)?"
)
_KINDS: Final = {"pp": "pypy", "graalvm": "graalpy", "cp": "", "cpython": ""}


class PythonLibrary(NamedTuple):
    """What an import library of one Python is written from."""

    python: str
    """The name that was asked for, in full: `3.13`, `3.13t_d`, `abi3-3.9`."""
    dll: str
    stem: str
    """The name for `-l`, without prefix and ending: `python313`."""
    table: Table
    is_debug: bool

    def symbols(self, machine: Machine) -> tuple[ImportSymbol, ...]:
        """Return what may be linked on a machine.

        For abi3 with a version these are the symbols that this version's
        `python3.dll` and all newer ones have: what links, loads everywhere.
        """
        tables = load_tables()
        found = tables.symbols(
            self.table, is_i686=machine.has_underscore, is_debug=self.is_debug
        )
        for other in _newer_stable(self.table, tables.tables):
            kept = tables.names(other)
            found = tuple(item for item in found if item.name in kept)
        return found

    def content(self, machine: Machine, flavor: Flavor = "msvc") -> bytes:
        """Return the import library. Raises `ImportLibraryError`."""
        return import_library(self.symbols(machine), self.dll, machine, flavor)

    def file_name(self, flavor: Flavor) -> str:
        """Return the name under which linkers of a flavor look for it."""
        return library_file_name(self.stem, flavor)


def python_import_library(
    python: str, machine: Machine, flavor: Flavor = "msvc"
) -> tuple[str, bytes]:
    """Return file name and content of a Python's import library.

    `python` is `3.13`, `3.13.5`, `3.13t`, `3.13_d`, `abi3`, `abi3-3.9`, `abi3t`,
    `pypy3.11`, `graalpy3.12` or the like. Raises `UnknownPythonError`.
    """
    library = find_python_library(python)
    return library.file_name(flavor), library.content(machine, flavor)


def find_python_library(python: str) -> PythonLibrary:
    """Return what the import library of a Python is written from.

    Raises `UnknownPythonError`.

    >>> find_python_library("cp313t").dll
    'python313t.dll'
    """
    match = _SPEC.fullmatch(python.strip().lower())
    if match is None or not match[0]:
        raise UnknownPythonError(python, list_pythons())
    kind = match["kind"] or ""
    kind = _KINDS.get(kind, "" if kind == "python" else kind)
    version = f"{match['major']}.{match['minor']}" if match["major"] else ""
    if kind.startswith("abi3"):
        # `abi3t` without a version leaves the letter to the pattern's first part.
        return _stable(python, kind, version, match)
    if kind:
        return _other(python, kind, version, match)
    table = _cpython_table(version + match["threaded"], match["micro"] or "")
    if table is None:
        raise UnknownPythonError(python, list_pythons())
    is_debug = match["debug"] is not None
    name = version + (match["micro"] or "") + match["threaded"]
    return _with_debug(PythonLibrary(name, table.dll, "", table, is_debug))


def _with_debug(library: PythonLibrary) -> PythonLibrary:
    stem = library.dll[: -len(".dll")]
    if library.is_debug:
        stem += "_d"
    python = library.python + ("_d" if library.is_debug else "")
    return library._replace(python=python, dll=f"{stem}.dll", stem=stem)


def _cpython_table(version: str, micro: str) -> Table | None:
    """Return the table of exactly this release, else the first of its version."""
    tables = load_tables().tables
    exact = tables.get(version + micro)
    if exact is not None:
        return exact
    return next(
        (table for name, table in tables.items() if name.startswith(f"{version}.")),
        tables.get(version),
    )


def _stable(
    python: str, kind: str, version: str, match: re.Match[str]
) -> PythonLibrary:
    tables = load_tables().tables
    if match["micro"] or match["threaded"]:
        raise UnknownPythonError(python, list_pythons())
    found = [table for name, table in tables.items() if name.startswith(f"{kind}-")]
    table = tables.get(f"{kind}-{version}") if version else found[-1]
    if table is None:
        known = [item.name for item in found]
        reason = f"tables of {kind} are {', '.join(known)}"
        raise UnknownPythonError(python, [kind, *known], reason)
    name = f"{kind}-{version}" if version else kind
    is_debug = match["debug"] is not None
    return _with_debug(PythonLibrary(name, table.dll, "", table, is_debug))


def _newer_stable(table: Table, tables: dict[str, Table]) -> list[Table]:
    kind, dash, _ = table.name.partition("-")
    if not dash:
        return []
    column = table.column
    return [
        other
        for name, other in tables.items()
        if name.startswith(f"{kind}-") and other.column > column
    ]


def _other(python: str, kind: str, version: str, match: re.Match[str]) -> PythonLibrary:
    tables = load_tables().tables
    table = tables.get(f"{kind}{version}")
    if table is None or match["micro"] or match["threaded"] or match["debug"]:
        raise UnknownPythonError(python, list_pythons())
    # Their distributions have it under CPython's name in the folder `libs`.
    stem = f"python{version.replace('.', '')}"
    return PythonLibrary(table.name, table.dll, stem, table, is_debug=False)


def list_pythons() -> list[str]:
    """Return every Python without debug builds, as `find_python_library` names it."""
    names: dict[str, None] = {}
    for table in load_tables().tables.values():
        if table.name.startswith("3."):
            major, minor, *_ = table.name.split(".")
            names[f"{major}.{minor}"] = None
        else:
            names[table.name.partition("-")[0]] = None
    return list(names)


def machines_of(library: PythonLibrary) -> tuple[Machine, ...]:
    """Return the machines for which a Python is published on Windows.

    CPython for 64-bit ARM exists from 3.11 on; PyPy left 32-bit x86 after 3.7.
    """
    x64, i686, arm64 = MACHINES
    name = library.table.name
    if name.startswith("graalpy"):
        return (x64,)
    if name.startswith("pypy"):
        return (x64, i686) if name == "pypy3.7" else (x64,)
    return (x64, i686) if _minor(name) < 11 else (x64, i686, arm64)


def _minor(name: str) -> int:
    match = re.search(r"3\.(\d+)", name)
    return int(match[1]) if match else 0
