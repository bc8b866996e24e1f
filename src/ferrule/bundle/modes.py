"""The modes of a bundle: one class each, found through one table.

A mode says before cargo runs whether it is possible at all, how the program is
linked, and what lies where. It reads files at most; `ferrule.pipeline.bundling.bundle`
compiles, packs and writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ferrule.bundle.layout import Layout
from ferrule.errors.bundle import ModeMissingError

if TYPE_CHECKING:
    from ferrule.bundle.hook import Hook
    from ferrule.bundle.linkers import RustLinker
    from ferrule.bundle.model import Bundle, BundleFile, Flag, Mode
    from ferrule.cargo.compile import CompileKey
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings
    from ferrule.target.triple import Triple
    from ferrule.wheel.content import Content

__all__ = ["MODES", "BundleMode", "Case", "Contents", "choose_mode", "find_mode"]


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


class BundleMode(ABC):
    """How one mode links and arranges."""

    name: ClassVar[Mode]

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

    @abstractmethod
    def hook(self, case: Case) -> Hook:
        """Return the object that starts Python."""

    @abstractmethod
    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags of the program besides those of the hook."""

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


def _dynamic() -> BundleMode:
    from ferrule.bundle.dynamic import DynamicMode

    return DynamicMode()


def _static() -> BundleMode:
    from ferrule.bundle.static import StaticMode

    return StaticMode()


def _onefile() -> BundleMode:
    from ferrule.bundle.onefile import OnefileMode

    return OnefileMode()


MODES: Final[Mapping[str, Callable[[], BundleMode]]] = {
    "dynamic": _dynamic,
    "static": _static,
    "onefile": _onefile,
}
"""Every mode that exists, by the word after `--mode`."""


def find_mode(name: str) -> BundleMode:
    """Return a mode. Raises `ModeMissingError`."""
    if name not in MODES:
        raise ModeMissingError(name, tuple(MODES))
    return MODES[name]()


def choose_mode(case: Case) -> BundleMode:
    """Return the mode that the settings name, or the one that fits a Python.

    Raises `ModeMissingError`.
    """
    name = case.settings.mode
    if name != "auto":
        return find_mode(name)
    return find_mode("dynamic" if case.libpython is not None else "static")
