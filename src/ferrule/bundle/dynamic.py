"""The dynamic mode: a folder that can be moved, with a shared libpython."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.bundle.closure import close_over
from ferrule.bundle.hook import Hook, catching
from ferrule.bundle.model import Bundle, BundleFile, Flag
from ferrule.bundle.modes import BundleMode, Case, Contents
from ferrule.errors.bundle import BundleTargetError, SharedLibraryError
from ferrule.formats.elf import read_elf

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.bundle.layout import Layout
    from ferrule.python.interpreter import Interpreter

__all__ = ["DynamicMode"]


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

    def hook(self, case: Case) -> Hook:
        """Return the hook of a program two folders below Python's home."""
        settings = case.settings
        return Hook(
            case.interpreter.minor_version,
            case.layout.levels,
            catching(case.target),
            isolated=settings.isolated,
            optimize=settings.optimize,
        )

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
        )

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return program, libpython, modules and every library that they need.

        Raises `MissingLibrariesError`, `ReadError` and `BrokenElfError`.
        """
        layout, libpython = case.layout, case.libpython
        if libpython is None:
            raise _no_library(case)
        settings = case.settings
        program = BundleFile(
            layout.program(settings.name or case.program),
            contents.program,
            "program",
            "your program, linked to the bundle's own libpython",
            executable=True,
        )
        own = BundleFile(
            posixpath.join(layout.libraries, _soname(libpython)),
            libpython,
            "python",
            "the Python that the program starts",
            owner=case.interpreter.display_name,
        )
        closed = close_over(
            (program, own, *contents.files),
            libraries=layout.libraries,
            program=program.path,
            settings=settings,
        )
        return Bundle(
            settings.name or case.program,
            "dynamic",
            tuple(sorted(closed.files, key=lambda item: item.path)),
            left_out=(*contents.left_out, *closed.left_out),
            modules=contents.modules,
            notes=closed.notes,
            c_library=closed.c_library,
        )


def _no_library(case: Case) -> SharedLibraryError:
    interpreter = case.interpreter
    return SharedLibraryError(interpreter.display_name, interpreter.executable)


def _search_path(layout: Layout) -> str:
    below = posixpath.relpath(layout.libraries, layout.programs)
    return f"$ORIGIN/{below}"


def _soname(libpython: Path) -> str:
    return read_elf(libpython).soname or libpython.name
