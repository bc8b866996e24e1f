"""The nouns of a plan: builds, modules and programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ferrule.records import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.cargo.compile import CompileKey
    from ferrule.project.model import Project
    from ferrule.python.abi import Abi
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "Bindgen",
    "Build",
    "ModuleKind",
    "PlannedModule",
    "PlannedProgram",
    "same_wheel",
]

ModuleKind = Literal["pyo3", "none", "cffi", "uniffi"]


@dataclass(frozen=True)
class Bindgen:
    """The uniffi-bindgen that generates a module's Python code."""

    version: str
    """The release of uniffi that it must belong to."""
    key: CompileKey | None
    """What to compile; None for the program on PATH."""
    config_files: tuple[Path, ...]
    """Each uniffi.toml that it may read, whether it exists or not."""


@dataclass(frozen=True)
class PlannedModule:
    """One extension module: what to compile and where it will be imported."""

    name: str
    """Dotted import path."""
    key: CompileKey
    abi: Abi
    bindings: ModuleKind = "pyo3"
    bindgen: Bindgen | None = None
    """For `uniffi` only."""
    optional: bool = False
    """Whether the wheel is built without it when it cannot be compiled."""

    @property
    def is_package(self) -> bool:
        """Whether Python imports a generated package that opens the library."""
        return self.bindings in ("cffi", "uniffi")


@dataclass(frozen=True)
class PlannedProgram:
    """Rust programs of one crate that become scripts."""

    key: CompileKey
    scripts: tuple[tuple[str, str], ...]
    """Pairs of cargo target and installed name."""
    embeds_python: bool
    places: tuple[tuple[str, str], ...] = ()
    """Pairs of cargo target and path inside the wheel, of those that are no
    scripts."""
    optional: bool = False
    """Whether the wheel is built without them when they cannot be compiled."""


@dataclass(frozen=True)
class Build:
    """One wheel."""

    project: Project
    interpreter: Interpreter | None
    modules: tuple[PlannedModule, ...]
    programs: tuple[PlannedProgram, ...]
    env: Mapping[str, str]
    further: tuple[Build, ...] = ()
    """The same wheel for further processors, whose files are joined with these."""

    @property
    def keys(self) -> tuple[CompileKey, ...]:
        """Return the compile keys in build order."""
        items: list[PlannedModule | PlannedProgram] = [*self.modules, *self.programs]
        return tuple(item.key for item in items)


def same_wheel(build: Build) -> tuple[object, ...]:
    """Return a key: two builds with equal keys give the same wheel."""
    modules = tuple((item.name, item.abi) for item in build.modules)
    embedding = any(item.embeds_python for item in build.programs)
    if embedding or any(item.abi.kind == "version" for item in build.modules):
        interpreter = build.interpreter
        return (modules, interpreter and (interpreter.soabi, interpreter.display_name))
    return modules
