"""The nouns of a plan: builds, modules and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.project.model import Project
    from ferrule.python.abi import Abi
    from ferrule.python.interpreter import Interpreter

__all__ = ["Build", "PlannedModule", "PlannedProgram", "same_wheel"]


@dataclass(frozen=True)
class PlannedModule:
    """One extension module: what to compile and where it will be imported."""

    name: str
    """Dotted import path."""
    key: CompileKey
    abi: Abi


@dataclass(frozen=True)
class PlannedProgram:
    """Rust programs of one crate that become scripts."""

    key: CompileKey
    scripts: tuple[tuple[str, str], ...]
    """Pairs of cargo target and installed name."""
    embeds_python: bool


@dataclass(frozen=True)
class Build:
    """One wheel."""

    project: Project
    interpreter: Interpreter | None
    modules: tuple[PlannedModule, ...]
    programs: tuple[PlannedProgram, ...]
    env: Mapping[str, str]

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
