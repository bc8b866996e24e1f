"""The modes of a bundle: one class each, found through one table.

A mode says before cargo runs whether it is possible at all, how the program is
linked, and what lies where. It reads files at most; `ferrule.pipeline.bundling`
compiles, packs and writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ferrule.bundle.layout import Layout
from ferrule.errors.bundle import ModeMissingError

if TYPE_CHECKING:
    from ferrule.bundle.hook import Hook
    from ferrule.bundle.model import Bundle, BundleFile, Flag, Mode
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings
    from ferrule.target.triple import Triple

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

    @abstractmethod
    def hook(self, case: Case) -> Hook:
        """Return the object that starts Python."""

    @abstractmethod
    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return the flags of the program besides those of the hook."""

    @abstractmethod
    def arrange(self, case: Case, contents: Contents) -> Bundle:
        """Return what is written. Raises the errors of reading binaries."""


def _dynamic() -> BundleMode:
    from ferrule.bundle.dynamic import DynamicMode

    return DynamicMode()


MODES: Final[Mapping[str, Callable[[], BundleMode]]] = {
    "dynamic": _dynamic,
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
