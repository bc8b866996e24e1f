"""The static mode: Python's code is part of the program, its modules lie beside it.

Extension modules find Python's symbols in the program itself. PyO3 is told that
somebody else links libpython, and the archive comes on the command line of the
program alone (`static_plan`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ferrule.bundle.closure import close_over
from ferrule.bundle.hook import Hook, HookPart, catching
from ferrule.bundle.linkers import RustLinker
from ferrule.bundle.model import Bundle, BundleFile, Flag
from ferrule.bundle.modes import BundleMode, Case, Contents
from ferrule.bundle.static_plan import LinkPlan, StaticWish, plan_link
from ferrule.errors.bundle import BundleTargetError
from ferrule.errors.static_link import (
    NoStaticPythonError,
    StaticAutoInitializeError,
    StaticConfigFileError,
    StaticLoaderError,
    WindowsStaticError,
)
from ferrule.python.libpython import static_library_places
from ferrule.python.sysconfigdata import read_build_variables

if TYPE_CHECKING:
    from ferrule.bundle.closure import Closed
    from ferrule.bundle.model import Mode
    from ferrule.cargo.compile import CompileKey
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "StaticMode",
    "closed_program",
    "find_static_library",
    "initializing_call",
    "static_config",
]

_LIBRARY_LINES: Final = (
    *("lib_name=", "lib_dir=", "shared=", "suppress_build_script_link_lines="),
    "extra_build_script_line=",
)
_LIBPYTHON: Final = r"libpython3(?:\.\d+\w*)?\.so(?:\.[\d.]+)?"
"""Names of the library that some extension modules are linked to needlessly."""


def closed_program(case: Case, contents: Contents, purpose: str) -> Closed:
    """Return the linked program and its files with every library that they need.

    `purpose` is said of the program. Raises what `close_over` raises.
    """
    layout, settings = case.layout, case.settings
    program = BundleFile(
        layout.program(settings.name or case.program),
        contents.program,
        "program",
        purpose,
        executable=True,
        owner=case.interpreter.display_name,
    )
    return close_over(
        (program, *contents.files),
        libraries=layout.libraries,
        program=program.path,
        settings=settings,
        contained=_LIBPYTHON,
    )


class StaticMode(BundleMode):
    """A program with Python in it, and Python's modules beside it."""

    name: ClassVar[Mode] = "static"

    def __init__(self) -> None:
        self._plan: LinkPlan | None = None

    def check(self, case: Case) -> None:
        """Raise an error of `errors.static_link` if the link would fail."""
        self.plan(case)

    def check_program(self, case: Case, key: CompileKey) -> None:
        """Raise `StaticAutoInitializeError` or `StaticConfigFileError`."""
        del case
        if key.pyo3 is None:
            return
        if key.pyo3.user_file is not None:
            raise StaticConfigFileError(str(key.pyo3.user_file))
        use = key.pyo3.use
        if "auto-initialize" in use.features:
            raise StaticAutoInitializeError(
                use.version, key.crate.name, initializing_call(use.version)
            )

    def configuration(self, text: str) -> str:
        """Return PyO3's configuration without libpython."""
        return static_config(text)

    def linked(self, case: Case) -> Interpreter:
        """Return the interpreter as one without a shared library."""
        return replace(case.interpreter, shared=False)

    def plan(self, case: Case) -> LinkPlan:
        """Return how the program is linked. Raises what `check` raises."""
        if self._plan is None:
            self._plan = _make_plan(case)
        return self._plan

    def hook(self, case: Case) -> Hook:
        """Return the hook, with the table of built-in modules if it is its own."""
        settings, plan = case.settings, self.plan(case)
        parts: tuple[HookPart, ...] = ()
        if plan.builtins:
            source = f"{plan.table_source}\npub unsafe fn before() {{}}\n"
            parts = (HookPart("builtins", source),)
        return Hook(
            case.interpreter.minor_version,
            case.layout.levels,
            catching(case.target),
            isolated=settings.isolated,
            optimize=settings.optimize,
            parts=parts,
        )

    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags that link Python and what it needs."""
        below = "/".join([*[".."] * case.layout.programs.count("/"), ".."])
        return (
            *self.plan(case).flags(),
            Flag.link(
                f"-Wl,-rpath,$ORIGIN/{below}/{case.layout.libraries}",
                "the loader finds the libraries of Python's modules from the "
                "program's own place, wherever the folder is moved",
            ),
            Flag.link(
                "-Wl,--disable-new-dtags",
                "written as DT_RPATH, which also serves the modules that Python opens; "
                "DT_RUNPATH would serve the program alone",
            ),
        )

    def probe_flags(self, case: Case) -> tuple[str, ...]:
        """Return nothing: the program's own flags link Python."""
        del case
        return ()

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return program, modules and every library that they need.

        Raises `BundleLibrariesError`, `ReadError` and `BrokenElfError`.
        """
        settings, plan = case.settings, self.plan(case)
        name = settings.name or case.program
        closed = closed_program(case, contents, "your program, with Python in it")
        builtins = tuple(
            (f"built-in module {item}", "--builtins leaves it out")
            for item in plan.left_out
        )
        words = tuple((f"linker word {word}", why) for word, why in plan.ignored)
        return Bundle(
            name,
            "static",
            tuple(sorted(closed.files, key=lambda item: item.path)),
            left_out=(*contents.left_out, *builtins, *words, *closed.left_out),
            modules=contents.modules,
            notes=closed.notes,
            c_library=closed.c_library,
        )


def find_static_library(interpreter: Interpreter) -> Path | None:
    """Return the libpython.a of an installation, or None."""
    places = map(Path, static_library_places(interpreter))
    return next((place for place in places if place.is_file()), None)


def static_config(text: str) -> str:
    """Return a configuration of PyO3 with which it links no libpython.

    The rest stays, so that PyO3 compiles the same code.
    """
    lines = [line for line in text.splitlines() if not line.startswith(_LIBRARY_LINES)]
    lines += ["shared=false", "suppress_build_script_link_lines=true"]
    return "".join(f"{line}\n" for line in lines)


def initializing_call(version: str) -> str:
    """Return the statement that starts Python in a release of PyO3.

    >>> initializing_call("0.22.6")
    'pyo3::prepare_freethreaded_python();'
    """
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    is_new = tuple(numbers) >= (0, 26)
    return "Python::initialize();" if is_new else "pyo3::prepare_freethreaded_python();"


def _make_plan(case: Case) -> LinkPlan:
    target, interpreter = case.target, case.interpreter
    rust = case.rust or RustLinker(target.text, (0, 0), 0, None)
    if target.is_windows:
        raise WindowsStaticError(target.text)
    if target.cargo_os != "linux":
        raise BundleTargetError("static", target.text)
    _check_loader(case, rust)
    archive = find_static_library(interpreter)
    if archive is None:
        raise NoStaticPythonError(
            interpreter.display_name,
            interpreter.executable,
            static_library_places(interpreter),
            _remedy(interpreter),
        )
    settings = case.settings
    wish = StaticWish(settings.builtins, settings.static_libs, settings.ld)
    return plan_link(archive, read_build_variables(interpreter), target, rust, wish)


def _check_loader(case: Case, rust: RustLinker) -> None:
    """Raise `StaticLoaderError` for programs that cannot load modules."""
    features = re.findall(
        r"target-feature=(\S+)", " ".join(rust.rustflags).replace('"', "")
    )
    words = ",".join(features).split(",")
    # Rust's own musl targets link it statically; Alpine's do not.
    is_static = case.target.is_musl and case.target.vendor != "alpine"
    for word in words:
        if word in ("+crt-static", "-crt-static"):
            is_static = word.startswith("+")
    if is_static:
        name = "musl" if case.target.is_musl else "glibc"
        raise StaticLoaderError(case.target.text, name)


def _remedy(interpreter: Interpreter) -> str:
    version = "{}.{}".format(*interpreter.minor_version)
    base = interpreter.base_prefix
    if interpreter.is_conda:
        return f"conda install -c conda-forge libpython-static={version}"
    if "/.pyenv/" in f"{base}/":
        return f"build it again: pyenv install --force {interpreter.version_text}"
    if base == "/usr":
        return f"install libpython{version}-dev (Debian, Ubuntu)"
    return f"install a Python that has one: pyenv install {version}"
