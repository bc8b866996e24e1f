"""The dynamic mode on Windows: a folder with the program and Python's DLLs.

The layout is that of Python's own installations. Windows looks for DLLs in the
folder of the program first, wherever that is ("Dynamic-link library search
order"), so they all lie there; extension modules of the standard library lie in
`DLLs`, and its modules in `Lib`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.bundle.closure.windows import close_over_dlls
from ferrule.bundle.dynamic.folder import find_library
from ferrule.bundle.hook.windows import WindowsHook, Wrapping
from ferrule.bundle.model import BundleFile, Flag
from ferrule.bundle.modes import BundleMode, python_file
from ferrule.errors.foreign_bundle import UnwrappedCallError
from ferrule.formats.pe import read_pe
from ferrule.python.distribution import in_any_case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ferrule.bundle.hook.object import Hook
    from ferrule.bundle.model import Bundle
    from ferrule.bundle.modes import Case, Contents
    from ferrule.python.interpreter import Interpreter

__all__ = ["WindowsMode"]

_STABLE = "python3.dll"
_START = "Py_InitializeEx"


class WindowsMode(BundleMode):
    """A program with the DLLs of Python beside it."""

    name = "dynamic"
    probe_source = "windows_probe"

    def check(self, case: Case) -> None:
        """Raise `SharedLibraryError` where Python's DLL is missing."""
        find_library(case)

    def linked(self, case: Case) -> Interpreter:
        """Return the interpreter; PyO3 finds the DLL by its name."""
        return case.interpreter

    def hook(self, case: Case) -> Hook:
        """Return the hook of a program that lies in Python's home."""
        settings = case.settings
        return WindowsHook(
            case.interpreter.minor_version,
            case.layout.levels,
            isolated=settings.isolated,
            optimize=settings.optimize,
            library=find_library(case).name,
            is_32_bit=case.target.is_x86_32,
            wrapping=_wrapping(case),
        )

    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return what removes the symbols, which the linker does best."""
        if not case.settings.strip:
            return ()
        words = ("-C", "strip=symbols")
        return (Flag(words, "no symbols and no debug information in the program"),)

    def probe_flags(self, case: Case) -> tuple[str, ...]:  # noqa: ARG002
        """Return nothing: the probe asks the loaded DLL for its functions."""
        return ()

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return program, DLLs, modules and every DLL that they need.

        Raises `UnwrappedCallError`, `BundleLibrariesError`, `ReadError` and
        `BrokenPeError`.
        """
        _check_start(contents.program)
        name = case.name
        file_name = name if name.lower().endswith(".exe") else f"{name}.exe"
        program = BundleFile(
            case.layout.program(file_name),
            contents.program,
            "program",
            "your program, linked to the bundle's own Python",
            executable=True,
        )
        closed = close_over_dlls(
            (program, *_python_files(case), *contents.files), case=case
        )
        return self.bundle(case, contents, closed)


def _check_start(program: Path) -> None:
    """Raise `UnwrappedCallError` if the program still calls Python's own start."""
    for item in read_pe(program).imports:
        if any(symbol.name == _START for symbol in item.symbols):
            raise UnwrappedCallError(program.name, "this linker")


def _wrapping(case: Case) -> Wrapping:
    """Return what the target's linker knows: Microsoft's runs on Windows alone."""
    if case.target.environment != "msvc":
        return "gnu"
    return "lld-link" if case.interpreter.is_foreign else ""


def _python_files(case: Case) -> Iterator[BundleFile]:
    library = find_library(case)
    yield python_file(case, library.name, library)
    folders = [library.parent]
    folders += case.distribution.library_folders if case.distribution else []
    for folder in folders:
        stable = in_any_case(folder, _STABLE)
        if stable is not None:
            reason = "modules for the stable ABI find Python's DLL by it"
            owner = case.interpreter.display_name
            yield BundleFile(_STABLE, stable, "python", reason, owner=owner)
            return
