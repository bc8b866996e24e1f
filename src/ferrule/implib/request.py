"""Which import libraries are wanted, and which files they become."""

from __future__ import annotations

import os

from ferrule.implib.archive import FLAVORS, library_file_name
from ferrule.implib.python import (
    PythonLibrary,
    find_python_library,
    list_pythons,
    machines_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ferrule.implib.archive import Flavor
    from ferrule.implib.machine import Machine

__all__ = ["PlannedLibrary", "plan_all", "plan_file", "plan_pythons"]


class PlannedLibrary:
    """One file to be written, and what is told about it."""

    def __init__(
        self,
        path: str,
        content: bytes,
        facts: dict[str, object],
    ) -> None:
        self.path = path
        """Relative to the output folder."""
        self.content = content
        self.facts = facts
        """The DLL, architecture and flavor; how many `symbols` and how many of them
        are variables (`data`); the `source` of the symbols and its `basis`: see
        `tables.Basis`, and `file` for what is read from the user's."""


def plan_pythons(
    pythons: Sequence[str], machines: Sequence[Machine], flavors: Sequence[Flavor]
) -> Iterator[PlannedLibrary]:
    """Yield the libraries of some Pythons.

    Those for several machines go into a folder per machine. Raises
    `UnknownPythonError`, and `ImportLibraryError` where two would be one file.
    """
    libraries = [find_python_library(python) for python in pythons]
    taken: dict[str, str] = {}
    for library in libraries:
        known = taken.setdefault(library.stem, library.python)
        if known != library.python:
            from ferrule.errors.implib import ImportLibraryError

            raise ImportLibraryError(
                f"the import libraries of {known} and {library.python} have one name",
                f"both are linked as {library.stem}",
                "write them into different folders, or use --all",
            )
    for machine in machines:
        folder = machine.name if len(machines) > 1 else ""
        for library in libraries:
            yield from _plan(library, machine, flavors, folder)


def plan_all(
    machines: Sequence[Machine], flavors: Sequence[Flavor]
) -> Iterator[PlannedLibrary]:
    """Yield the libraries of all known Pythons that exist on the machines.

    Each goes into `MACHINE/PYTHON`, as some have the same name.
    """
    libraries = [find_python_library(python) for python in list_pythons()]
    for library in libraries:
        for machine in machines_of(library):
            if machine in machines:
                folder = os.path.join(machine.name, library.python)
                yield from _plan(library, machine, flavors, folder)


def _plan(
    library: PythonLibrary, machine: Machine, flavors: Sequence[Flavor], folder: str
) -> Iterator[PlannedLibrary]:
    content, symbols, variables = library.counted_content(machine)
    for flavor in flavors:
        yield PlannedLibrary(
            os.path.join(folder, library.file_name(flavor)),
            content,
            {
                "dll": library.dll,
                "arch": machine.name,
                "flavor": flavor,
                "symbols": symbols,
                "data": variables,
                "source": library.table.source,
                "basis": library.table.basis,
            },
        )


def plan_file(
    path: Path,
    machines: Sequence[Machine],
    flavors: Sequence[Flavor] = FLAVORS,
    *,
    dll: str = "",
    kill_at: bool = False,
) -> Iterator[PlannedLibrary]:
    """Yield the libraries for what a DLL, import library or `.def` names.

    `dll` is the DLL's name where the file tells none, or another one; `machines`
    counts for a `.def`, and must fit else. Raises what `read_symbols` raises, and
    `ImportLibraryError`.
    """
    from ferrule.errors.implib import ImportLibraryError
    from ferrule.implib.library import import_library
    from ferrule.implib.sources import read_symbols

    source = read_symbols(path, kill_at=kill_at)
    name = dll or source.dll
    if not name:
        raise ImportLibraryError(
            f"{path} does not tell which DLL it describes",
            "it has no line LIBRARY",
            "add the line, or name the DLL: --dll NAME.dll",
        )
    if source.machine is not None:
        machines = [_fitting(source.machine, machines, path)]
    stem = name[: -len(".dll")] if name.lower().endswith(".dll") else name
    for machine in machines:
        folder = machine.name if len(machines) > 1 else ""
        for flavor in flavors:
            # `-lx` is how GNU's linker is asked for libx.dll.
            known = stem.removeprefix("lib") if flavor == "gnu" else stem
            yield PlannedLibrary(
                os.path.join(folder, library_file_name(known or stem, flavor)),
                import_library(source.symbols, name, machine, flavor),
                {
                    "dll": name,
                    "arch": machine.name,
                    "flavor": flavor,
                    "symbols": len(source.symbols),
                    "data": sum(item.kind == "data" for item in source.symbols),
                    "source": str(path),
                    "basis": "file",
                },
            )


def _fitting(own: Machine, machines: Sequence[Machine], path: Path) -> Machine:
    if machines and own not in machines:
        from ferrule.errors.implib import ImportLibraryError

        raise ImportLibraryError(
            f"{path} is for {own.name}",
            f"asked for is {', '.join(item.name for item in machines)}",
            "name the DLL of that architecture, or leave --target and --arch out",
        )
    return own
