"""The dynamic mode: a folder that can be moved, with a shared libpython."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.bundle.closure.linux import close_over
from ferrule.bundle.dynamic.folder import LINKED
from ferrule.bundle.model import Flag
from ferrule.bundle.modes import BundleMode, program_file, python_file
from ferrule.errors.bundle import BundleTargetError, SharedLibraryError
from ferrule.formats.elf import read_elf
from ferrule.python.libpython import find_archive, library_remedy
from ferrule.repair.planning import library_triples
from ferrule.repair.search import Search
from ferrule.repair.wishes import RepairWishes

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.bundle.layout import Layout
    from ferrule.bundle.model import Bundle
    from ferrule.bundle.modes import Case, Contents
    from ferrule.python.interpreter import Interpreter

__all__ = ["DynamicMode", "shared_name"]


class DynamicMode(BundleMode):
    """A program that finds libpython, and libpython its modules, beside it."""

    name = "dynamic"

    def check(self, case: Case) -> None:
        """Raise `SharedLibraryError` or `BundleTargetError`."""
        if case.target.cargo_os != "linux":
            raise BundleTargetError(self.name, case.target.text)
        if case.libpython is None:
            raise _no_library(case)

    def linked(self, case: Case) -> Interpreter:
        """Return the interpreter, with the folder in which its library truly is."""
        if case.libpython is None:
            return case.interpreter
        return replace(case.interpreter, lib_dir=str(case.libpython.parent))

    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags by which the loader finds the bundle's libraries."""
        return (
            Flag.link(
                f"-Wl,-rpath,{_search_path(case.layout)}",
                "the loader finds libpython and its libraries from the program's own "
                "place, wherever the folder is moved",
            ),
            Flag.link(
                "-Wl,--disable-new-dtags",
                "written as DT_RPATH, which also serves the modules that Python opens; "
                "DT_RUNPATH would serve the program alone",
            ),
            *_link_flags(case),
        )

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return program, libpython, modules and every library that they need.

        Raises `MissingLibrariesError`, `ReadError` and `BrokenElfError`.
        """
        layout, libpython = case.layout, case.libpython
        if libpython is None:
            raise _no_library(case)
        program = program_file(case, contents, LINKED)
        place = posixpath.join(layout.libraries, shared_name(libpython))
        closed = close_over(
            (program, python_file(case, place, libpython), *contents.files),
            libraries=layout.libraries,
            program=program.path,
            settings=case.settings,
            sysroots=case.sysroots,
        )
        return self.bundle(case, contents, closed)


def _link_flags(case: Case) -> tuple[Flag, ...]:
    """Return where a linker finds what a foreign libpython needs itself."""
    if not case.sysroots or case.libpython is None:
        return ()
    triples = library_triples(read_elf(case.libpython).arch)
    wishes = RepairWishes(sysroots=case.sysroots, uses_host=False)
    return tuple(
        Flag.link(
            f"-Wl,-rpath-link,{folder}",
            "the linker looks at the libraries that the target's libpython needs",
        )
        for folder in Search(wishes, triples).folders
    )


def _no_library(case: Case) -> SharedLibraryError:
    interpreter = case.interpreter
    return SharedLibraryError(
        interpreter.display_name,
        interpreter.executable,
        library_remedy(interpreter),
        has_archive=bool(find_archive(interpreter)),
    )


def _search_path(layout: Layout) -> str:
    below = posixpath.relpath(layout.libraries, layout.programs)
    return f"$ORIGIN/{below}"


def shared_name(libpython: Path) -> str:
    """Return what programs call a shared libpython."""
    return read_elf(libpython).soname or libpython.name
