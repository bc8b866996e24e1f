"""The static mode: Python's code is part of the program, its modules lie beside it.

Extension modules find Python's symbols in the program itself. PyO3 is told that
somebody else links libpython, and the archive comes on the command line of the
program alone (`plan`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ferrule.bundle.closure.linux import close_over
from ferrule.bundle.hook.inittab import library_modules
from ferrule.bundle.hook.object import HookPart
from ferrule.bundle.model import Flag
from ferrule.bundle.modes import BundleMode, program_file
from ferrule.bundle.static.linkers import RustLinker
from ferrule.bundle.static.plan import LinkPlan, StaticWish, plan_link
from ferrule.errors.bundle import BundleTargetError
from ferrule.errors.static_link import (
    NoStaticPythonError,
    StaticAutoInitializeError,
    StaticConfigFileError,
    StaticLoaderError,
)
from ferrule.python.libpython import static_library_places
from ferrule.python.sysconfigdata import read_build_variables

if TYPE_CHECKING:
    from ferrule.bundle.closure.closed import Closed
    from ferrule.bundle.hook.object import Hook
    from ferrule.bundle.model import Bundle, BundleFile, Mode
    from ferrule.bundle.modes import Case, Contents
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


def closed_program(
    case: Case,
    contents: Contents,
    purpose: str,
    *,
    more: tuple[BundleFile, ...] = (),
) -> Closed:
    """Return the linked program and its files with every library that they need.

    `purpose` is said of the program; `more` are further files. Raises what
    `close_over` raises.
    """
    owner = case.interpreter.display_name
    program = program_file(case, contents, purpose, owner=owner)
    return close_over(
        (program, *more, *contents.files),
        libraries=case.layout.libraries,
        program=program.path,
        settings=case.settings,
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

    def archives(self, case: Case) -> tuple[Path, ...]:
        """Return the static libraries that Python's own modules need."""
        found = {
            item.path
            for item in self.plan(case).libraries.chosen
            if item.is_static and item.path is not None
        }
        return tuple(sorted(found))

    def hook(self, case: Case) -> Hook:
        """Return the hook, with the table of built-in modules if it is its own."""
        plan, plain = self.plan(case), super().hook(case)
        if not plan.builtins:
            return plain
        source = f"{plan.table_source}\npub unsafe fn before() {{}}\n"
        return replace(plain, parts=(HookPart("builtins", source),))

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

    def python_modules(self, case: Case) -> frozenset[str]:
        """Return the modules of the static Python. Raises `BrokenArchiveError`."""
        return frozenset(library_modules([self.plan(case).archive]))

    def probe_flags(self, case: Case) -> tuple[str, ...]:
        """Return nothing: the program's own flags link Python."""
        del case
        return ()

    def left_out(self, case: Case) -> tuple[tuple[str, str], ...]:
        """Return what is not linked, and why."""
        plan = self.plan(case)
        builtins = tuple(
            (f"built-in module {item}", "--builtins leaves it out")
            for item in plan.left_out
        )
        words = tuple((f"linker word {word}", why) for word, why in plan.ignored)
        return (*builtins, *words)

    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return program, modules and every library that they need.

        Raises `BundleLibrariesError`, `ReadError` and `BrokenElfError`.
        """
        closed = closed_program(case, contents, "your program, with Python in it")
        return self.bundle(case, contents, closed, self.left_out(case))


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
            has_shared=case.libpython is not None,
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
