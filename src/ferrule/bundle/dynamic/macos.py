"""The dynamic mode on macOS: a folder with the program and Python's dylib.

Load commands name libraries by their paths. In a bundle these begin with
`@executable_path` or `@loader_path`, and every file that was changed is signed
again, ad hoc: Apple's processors run nothing else.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.bundle.closure.macos import close_over_dylibs
from ferrule.bundle.dynamic.folder import LINKED, find_library
from ferrule.bundle.model import Flag
from ferrule.bundle.modes import BundleMode, program_file, python_file

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle
    from ferrule.bundle.modes import Case, Contents
    from ferrule.python.interpreter import Interpreter

__all__ = ["MacMode"]


class MacMode(BundleMode):
    """A program that finds libpython, and libpython its modules, beside it."""

    name = "dynamic"

    def check(self, case: Case) -> None:
        """Raise `SharedLibraryError` where there is no dylib."""
        find_library(case)

    def linked(self, case: Case) -> Interpreter:
        """Return the interpreter, with the folder in which its library truly is."""
        return replace(case.interpreter, lib_dir=str(find_library(case).parent))

    def flags(self, case: Case) -> tuple[Flag, ...]:  # noqa: ARG002
        """Return the flag that leaves room for the names of libraries."""
        return (
            Flag.link(
                "-Wl,-headerpad_max_install_names",
                "room for the place of libpython in the bundle",
            ),
        )

    def probe_flags(self, case: Case) -> tuple[str, ...]:
        """Return what rustc must know to link the probe to libpython."""
        library = find_library(case)
        name = library.stem[len("lib") :] if library.suffix else library.name
        return ("-L", f"native={library.parent}", "-l", f"dylib={name}")

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return program, libpython, modules and every library that they need.

        Raises `BundleLibrariesError`, `ReadError`, `BrokenMachOError` and
        `HeaderSpaceError`.
        """
        library = find_library(case)
        version = "{}.{}".format(*case.interpreter.minor_version)
        # In a framework the file is called `Python`.
        file_name = library.name if library.suffix else f"libpython{version}.dylib"
        program = program_file(case, contents, LINKED)
        place = posixpath.join(case.layout.libraries, file_name)
        own = python_file(case, place, library)
        closed = close_over_dylibs(
            (program, own, *contents.files), program.path, own.path, case=case
        )
        return self.bundle(case, contents, closed)
