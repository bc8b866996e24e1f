"""What is bundled, and how: everything that is decided before cargo runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import cache
from ferrule.bundle.modes import BundleMode, Case, choose_mode
from ferrule.cargo.generated_package import compile_package, needs_package
from ferrule.cargo.objects import RustSource, compile_source
from ferrule.errors.bundle import NotEmbeddingError
from ferrule.errors.foreign_bundle import (
    ContainerBundleError,
    ForeignEnvironmentError,
    InittabTargetError,
    UnwrappedCallError,
)
from ferrule.pipeline.build.wheels import wanted_profile
from ferrule.pipeline.bundling.preflight import check_program
from ferrule.pipeline.execution.embedding import check_embedding
from ferrule.pipeline.execution.running import choose_program
from ferrule.pipeline.linking import linker_of
from ferrule.plan.programs import plan_programs
from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.cargo.sources import CrateSource
    from ferrule.pipeline.bundling.bundled_python import BundledPython
    from ferrule.pipeline.opening import OpenProject
    from ferrule.settings.model import BundleSettings

__all__ = ["Job", "plan_job"]


@dataclass(frozen=True)
class Job:
    """A bundle in the making."""

    opened: OpenProject
    case: Case
    mode: BundleMode
    key: CompileKey

    @property
    def env(self) -> Mapping[str, str]:
        """Return the variables that everything runs with."""
        return self.opened.request.env

    @property
    def store(self) -> Path:
        """Return where unpacked wheels and bytecode are kept."""
        found = cache.folder(self.env, "bundles")
        return found or self.key.target_directory / "ferrule" / "bundles"

    @cached_property
    def sources(self) -> tuple[CrateSource, ...]:
        """The packages that the program is compiled from, with their folders."""
        from ferrule.cargo.components import read_components
        from ferrule.cargo.sources import find_sources

        components = read_components(self.key.component_rows)
        manifest = self.key.crate.manifest_path
        return find_sources(manifest, components, self.case.target.text, self.env)

    def compile(self, source: RustSource) -> Path:
        """Compile Rust code of ferrule's own for the program's target."""
        if needs_package(source, self.key, self.env):
            return compile_package(source, self.key, self.opened.toolchain, self.env)
        return compile_source(
            source,
            self.opened.toolchain,
            target=self.key.target,
            target_directory=self.key.target_directory,
            env=self.env,
            cwd=self.key.crate.folder,
        )


def plan_job(
    opened: OpenProject, python: BundledPython, settings: BundleSettings
) -> Job:
    """Return what is bundled, how, and its compile key without link flags.

    Raises whatever is known to fail before cargo runs.
    """
    request = opened.request
    interpreter = python.interpreter
    case = Case(
        "",
        interpreter,
        opened.foreign_target or parse_triple(opened.toolchain.host),
        settings,
        python.library,
        env=request.env,
        distribution=python.distribution,
        compiler=python.compiler,
    )
    mode = choose_mode(case)
    if settings.inittab == "auto" and case.target.cargo_os != "linux":
        raise InittabTargetError(case.target.text)
    if interpreter.is_foreign and settings.environment:
        raise ForeignEnvironmentError(settings.environment, case.target.text)
    if mode.name != "dynamic":
        from ferrule.pipeline.bundling.static_linking import describe_linking

        case = replace(case, rust=describe_linking(opened, case.target))
    mode.check(case)
    project = opened.project(interpreter)
    linker = linker_of(opened)
    keys = plan_programs(
        project,
        mode.linked(case),
        opened.toolchain,
        profile=wanted_profile(opened, project.settings),
        env=request.env,
        linker=linker,
        build_python=python.build_python,
    )
    embedding = [key for key in keys if key.pyo3 is not None]
    key, _ = choose_program(embedding or keys, settings.bin, None)
    name = settings.bin or _chosen_name(key)
    if key.pyo3 is None:
        raise NotEmbeddingError(name, key.crate.name)
    if linker is not None and linker.kind == "zig" and case.target.is_windows:
        raise UnwrappedCallError(name, "zig")
    if key.container:
        raise ContainerBundleError(case.target.text)
    mode.check_program(case, key)
    check_program(key, name, mode.linked(case), case.target.text, request.env)
    if key.pyo3.user_file is None:
        if mode.linked(case).shared and not interpreter.is_foreign:
            check_embedding(mode.linked(case), request.env)
        text = mode.configuration(key.pyo3.text)
        key = replace(key, pyo3=replace(key.pyo3, text=text))
    key = replace(key, kind="binary", binaries=(name,))
    return Job(opened, replace(case, program=name), mode, key)


def _chosen_name(key: CompileKey) -> str:
    """Return the name that `choose_program` takes where none is given."""
    names = [item.name for item in key.crate.binaries]
    default = key.crate.default_run
    return default if default in names and default else names[0]
