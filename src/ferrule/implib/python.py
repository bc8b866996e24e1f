"""Which DLL a Python is in, under which name it is linked, and with which symbols.

Sources: the file names of python.org's, PyPy's and GraalPy's distributions; for
`libpython3.13.dll` those of MSYS2.
"""

from __future__ import annotations

from ferrule.implib.archive import library_file_name, library_of, named_members
from ferrule.implib.machine import MACHINES, Machine
from ferrule.implib.tables import Table, load_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ferrule.errors.implib import UnknownPythonError
    from ferrule.implib.archive import Flavor
    from ferrule.implib.symbol import ImportSymbol

__all__ = [
    "PythonLibrary",
    "find_python_library",
    "list_pythons",
    "machines_of",
    "python_import_library",
]

_KINDS: Final = {
    "abi3t": "abi3t",
    "abi3": "abi3",
    "pypy": "pypy",
    "pp": "pypy",
    "graalpy": "graalpy",
    "graalvm": "graalpy",
    "cpython": "",
    "cp": "",
    "python": "",
}
"""What a Python's name begins with, longer ones first, to the kind of table."""


class PythonLibrary:
    """What an import library of one Python is written from."""

    def __init__(
        self, python: str, dll: str, stem: str, table: Table, *, is_debug: bool = False
    ) -> None:
        self.python = python
        """The name that was asked for, in full: `3.13`, `3.13t_d`, `abi3-3.9`."""
        self.dll = dll
        self.stem = stem
        """The name for `-l`, without prefix and ending: `python313`."""
        self.table = table
        self.is_debug = is_debug

    def named(self, stem: str, dll: str = "") -> PythonLibrary:
        """Return the same under another name for `-l`, and maybe of another DLL."""
        return PythonLibrary(
            self.python, dll or self.dll, stem, self.table, is_debug=self.is_debug
        )

    def symbols(self, machine: Machine) -> tuple[ImportSymbol, ...]:
        """Return what may be linked on a machine.

        For abi3 with a version these are the symbols that this version's
        `python3.dll` and all newer ones have: what links, loads everywhere.
        """
        tables = load_tables()
        return tables.symbols(
            self.table,
            _newer_stable(self.table, tables.tables),
            is_i686=machine.has_underscore,
            is_debug=self.is_debug,
        )

    def content(self, machine: Machine) -> bytes:
        """Return the import library, the same for every linker.

        No Python exports constants, numbers or names that are decorated.
        """
        return self.counted_content(machine)[0]

    def counted_content(self, machine: Machine) -> tuple[bytes, int, int]:
        """Return the import library, how many symbols and how many variables."""
        tables = load_tables()
        names, kinds, hints = tables.entries(
            self.table,
            _newer_stable(self.table, tables.tables),
            is_i686=machine.has_underscore,
            is_debug=self.is_debug,
        )
        members = named_members(names, kinds, hints, self.dll, machine)
        return library_of(members, self.dll, machine), len(names), sum(kinds)

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
    return library.file_name(flavor), library.content(machine)


def find_python_library(python: str) -> PythonLibrary:
    """Return what the import library of a Python is written from.

    Raises `UnknownPythonError`.

    >>> find_python_library("cp313t").dll
    'python313t.dll'
    """
    spec = _parse(python.strip().lower())
    library = None if spec is None else _find(spec)
    if library is None:
        raise _unknown(python, spec)
    return library


class _Spec:
    """A Python's name, taken apart."""

    def __init__(self, kind: str, version: str, micro: str, marks: str) -> None:
        self.kind = kind
        self.version = version
        """`3.13`, or empty."""
        self.micro = micro
        """`.5`, or empty."""
        self.is_threaded = marks.startswith("t")
        self.is_debug = marks.endswith("d")


def _parse(text: str) -> _Spec | None:
    """Take names like `3.13t_d`, `cp313`, `abi3-py39` and `pypy3.11` apart."""
    prefix = next((name for name in _KINDS if text.startswith(name)), "")
    rest = text[len(prefix) :]
    if rest[:1] in ("-", ":"):
        rest = rest[1:]
    rest = rest.removeprefix("py") if prefix.startswith("abi3") else rest
    number = rest.rstrip("t_d")
    marks = rest[len(number) :]
    major, *more = number.split(".") if "." in number else (number[:1], number[1:])
    parts = [major, *more] if number else []
    if (
        not text
        or marks not in ("", "t", "d", "_d", "td", "t_d")
        or len(parts) not in (0, 2, 3)
        or not all(part.isascii() and part.isdigit() for part in parts)
    ):
        return None
    micro = f".{parts[2]}" if len(parts) == 3 else ""
    return _Spec(_KINDS.get(prefix, ""), ".".join(parts[:2]), micro, marks)


def _find(spec: _Spec) -> PythonLibrary | None:
    if spec.kind.startswith("abi3"):
        return _stable(spec)
    if spec.kind:
        return _other(spec)
    version = spec.version + ("t" if spec.is_threaded else "")
    table = _cpython_table(version, spec.micro)
    if table is None:
        return None
    name = spec.version + spec.micro + ("t" if spec.is_threaded else "")
    return _with_debug(name, table, is_debug=spec.is_debug)


def _unknown(python: str, spec: _Spec | None) -> UnknownPythonError:
    from ferrule.errors.implib import UnknownPythonError

    if spec is None or not spec.kind.startswith("abi3") or spec.micro:
        return UnknownPythonError(python, list_pythons())
    known = [table.name for table in _stable_tables(spec.kind)]
    reason = f"tables of {spec.kind} are {', '.join(known)}"
    return UnknownPythonError(python, [spec.kind, *known], reason)


def _with_debug(python: str, table: Table, *, is_debug: bool) -> PythonLibrary:
    mark = "_d" if is_debug else ""
    stem = table.dll[: -len(".dll")] + mark
    return PythonLibrary(python + mark, f"{stem}.dll", stem, table, is_debug=is_debug)


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


def _stable(spec: _Spec) -> PythonLibrary | None:
    if spec.micro or spec.is_threaded:
        return None
    found = _stable_tables(spec.kind)
    name = f"{spec.kind}-{spec.version}" if spec.version else spec.kind
    table = load_tables().tables.get(name) if spec.version else found[-1]
    return None if table is None else _with_debug(name, table, is_debug=spec.is_debug)


def _stable_tables(kind: str) -> list[Table]:
    tables = load_tables().tables
    return [table for name, table in tables.items() if name.startswith(f"{kind}-")]


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


def _other(spec: _Spec) -> PythonLibrary | None:
    table = load_tables().tables.get(spec.kind + spec.version)
    if table is None or spec.micro or spec.is_threaded or spec.is_debug:
        return None
    # Their distributions have it under CPython's name in the folder `libs`.
    stem = f"python{spec.version.replace('.', '')}"
    return PythonLibrary(table.name, table.dll, stem, table)


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
    digits = name.partition("3.")[2].partition(".")[0].rstrip("t")
    return int(digits) if digits else 0
