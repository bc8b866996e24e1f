"""The modes of a bundle: one class each, found through one table.

A mode says before cargo runs whether it is possible at all, how the program is
linked, and what lies where. It reads files at most; `ferrule.pipeline.bundling.bundle`
compiles, packs and writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ferrule.bundle.layout import Layout
from ferrule.bundle.model import Bundle, BundleFile
from ferrule.errors.bundle import BundleTargetError, ModeMissingError

if TYPE_CHECKING:
    from ferrule.bundle.closure.closed import Closed
    from ferrule.bundle.hook.object import Hook
    from ferrule.bundle.model import Flag, Mode
    from ferrule.bundle.static.linkers import RustLinker
    from ferrule.cargo.compile import CompileKey
    from ferrule.python.distribution import Distribution
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings
    from ferrule.target.triple import Triple
    from ferrule.wheel.content import Content

__all__ = [
    "MODES",
    "BundleMode",
    "Case",
    "Contents",
    "choose_mode",
    "find_mode",
    "program_file",
    "python_file",
]


@dataclass(frozen=True)
class Case:
    """What is known before anything is compiled."""

    program: str
    """The cargo target."""
    interpreter: Interpreter
    target: Triple
    settings: BundleSettings
    libpython: Path | None
    """The shared library that programs are linked to."""
    rust: RustLinker | None = None
    """How rustc links for the target."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The environment of programs that are run."""
    distribution: Distribution | None = None
    """Where Python's parts lie; None where the interpreter itself tells."""
    compiler: Interpreter | None = None
    """The Python that writes bytecode, where `interpreter` does not run here."""

    @property
    def name(self) -> str:
        """Return what the program is called in the bundle."""
        return self.settings.name or self.program

    @property
    def bytecode_python(self) -> Interpreter | None:
        """Return the Python that compiles the modules; None if there is none here."""
        return self.compiler if self.interpreter.is_foreign else self.interpreter

    @property
    def sysroots(self) -> tuple[Path, ...]:
        """Return the root folders of a foreign system's libraries."""
        if self.distribution is None or not self.interpreter.is_foreign:
            return ()
        home = self.distribution.home
        return (home.parent if home.name == "usr" else home,)

    @property
    def layout(self) -> Layout:
        """Return where the parts lie, for modes that are folders."""
        return Layout.of(self.interpreter)


@dataclass(frozen=True)
class Contents:
    """What is packed, as any mode needs it; paths are those of `Layout`."""

    program: Path
    """The linked program."""
    files: tuple[BundleFile, ...]
    """Standard library, boot module and packages, sorted by path."""
    left_out: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]
    """The modules of the packages, for the verification."""
    describe: Callable[[Bundle], tuple[BundleFile, ...]] | None = None
    """Gives the files that describe a bundle, for modes that pack them too."""


class BundleMode(ABC):
    """How one mode links and arranges."""

    name: ClassVar[Mode]
    probe_source: ClassVar[str] = "probe"
    """The program that takes the user's place during the verification."""

    @abstractmethod
    def check(self, case: Case) -> None:
        """Raise a `FerruleError` if the mode cannot work, before cargo runs."""

    def linked(self, case: Case) -> Interpreter:
        """Return the interpreter that PyO3 is configured for."""
        return case.interpreter

    def check_program(self, case: Case, key: CompileKey) -> None:  # noqa: B027
        """Raise a `FerruleError` if a program cannot be built in this mode.

        It comes before cargo compiles anything.
        """

    def configuration(self, text: str) -> str:
        """Return PyO3's configuration, made for `linked`, as the mode needs it."""
        return text

    def archives(self, case: Case) -> tuple[Path, ...]:  # noqa: ARG002
        """Return the static libraries that become a part of the program."""
        return ()

    def hook(self, case: Case) -> Hook:
        """Return the object that starts Python; its home is found by the layout."""
        from ferrule.bundle.hook.object import Hook, catching

        return Hook(
            case.interpreter.minor_version,
            case.layout.levels,
            catching(case.target),
            isolated=case.settings.isolated,
            optimize=case.settings.optimize,
        )

    @abstractmethod
    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags of the program besides those of the hook."""

    def python_modules(self, case: Case) -> frozenset[str]:  # noqa: ARG002
        """Return the modules of Python whose functions are in the program itself."""
        return frozenset()

    def probe_flags(self, case: Case) -> tuple[str, ...]:
        """Return what rustc must know to link the probe to libpython.

        It gets the flags of the program too.
        """
        if case.libpython is None:
            return ()
        name = case.libpython.name[len("lib") :].partition(".so")[0]
        return ("-L", f"native={case.libpython.parent}", "-l", f"dylib={name}")

    def with_program(
        self,
        case: Case,  # noqa: ARG002
        contents: Contents,  # noqa: ARG002
        program: Path,
    ) -> Content:
        """Return the content of a bundled program that does something else.

        It is for the verification: what the mode packs into a program is packed
        into `program` too.
        """
        return program

    @abstractmethod
    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return what is written. Raises the errors of reading binaries."""

    def bundle(
        self,
        case: Case,
        contents: Contents,
        closed: Closed,
        left_out: Sequence[tuple[str, str]] = (),
    ) -> Bundle:
        """Return the bundle of files that need nothing more.

        `left_out` is what the mode itself leaves out.
        """
        return Bundle(
            case.name,
            self.name,
            tuple(sorted(closed.files, key=lambda item: item.path)),
            left_out=(*contents.left_out, *left_out, *closed.left_out),
            modules=contents.modules,
            notes=closed.notes,
            c_library=closed.oldest_system,
        )


def program_file(
    case: Case, contents: Contents, reason: str, *, owner: str = ""
) -> BundleFile:
    """Return the linked program at its place in a folder."""
    path = case.layout.program(case.name)
    return BundleFile(
        path, contents.program, "program", reason, executable=True, owner=owner
    )


def python_file(case: Case, path: str, library: Path) -> BundleFile:
    """Return the shared library of Python at a place in a folder."""
    reason, owner = "the Python that the program starts", case.interpreter.display_name
    return BundleFile(path, library, "python", reason, owner=owner)


def _dynamic() -> BundleMode:
    from ferrule.bundle.dynamic.linux import DynamicMode

    return DynamicMode()


def _dynamic_windows() -> BundleMode:
    from ferrule.bundle.dynamic.windows import WindowsMode

    return WindowsMode()


def _dynamic_macos() -> BundleMode:
    from ferrule.bundle.dynamic.macos import MacMode

    return MacMode()


def _static() -> BundleMode:
    from ferrule.bundle.static.mode import StaticMode

    return StaticMode()


def _onefile() -> BundleMode:
    from ferrule.bundle.onefile.mode import OnefileMode

    return OnefileMode()


MODES: Final[Mapping[str, Callable[[], BundleMode]]] = {
    "dynamic": _dynamic,
    "static": _static,
    "onefile": _onefile,
}
"""Every mode that exists, by the word after `--mode`."""
_DYNAMIC: Final[Mapping[str, Callable[[], BundleMode]]] = {
    "windows": _dynamic_windows,
    "darwin": _dynamic_macos,
}
"""The dynamic mode on systems where libraries are found in another way."""


def find_mode(name: str, target: Triple | None = None) -> BundleMode:
    """Return a mode, as it is on a target. Raises `ModeMissingError`."""
    if name not in MODES:
        raise ModeMissingError(name, tuple(MODES))
    if name == "dynamic" and target is not None:
        return _DYNAMIC.get(target.system, _dynamic)()
    return MODES[name]()


def choose_mode(case: Case) -> BundleMode:
    """Return the mode that the settings name, or the one that fits a Python.

    Raises `ModeMissingError`, and `BundleTargetError` for one that exists for
    programs of this machine alone.
    """
    name = case.settings.mode
    if name == "auto":
        is_dynamic = case.libpython is not None or case.interpreter.is_foreign
        name = "dynamic" if is_dynamic else "static"
    mode = find_mode(name, case.target)
    if name != "dynamic":
        reasons = refusal_reasons(name, case)
        if reasons:
            raise BundleTargetError(name, case.target.text, reasons)
    return mode


def refusal_reasons(name: str, case: Case) -> tuple[str, ...]:
    """Return why a target has no static mode and no single file; empty if it has."""
    if case.target.is_windows:
        static = (
            "no CPython for Windows is published with a static library",
            (
                "extension modules for Windows are linked to Python's DLL by name: a "
                "program that contains Python could import none (the guide, "
                '"Embedding Python in Rust")'
            ),
        )
        single = (
            (
                "Windows loads DLLs and extension modules from files only, so a single "
                "file would unpack itself at every start"
            ),
        )
        return static if name == "static" else single
    if case.target.is_darwin:
        return (
            "bundles for macOS are folders with a shared libpython",
            *(["macOS loads libraries from files only"] * (name == "onefile")),
        )
    if case.interpreter.is_foreign:
        return (
            (
                "what a static Python is linked with is asked of the Python itself, "
                "which does not run here"
            ),
        )
    return ()
