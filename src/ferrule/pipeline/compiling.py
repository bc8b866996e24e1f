"""Compiling a build: cargo once per compile key, then a look at the modules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ferrule.cargo.compile import Compiled, CompileKey, compile_artifacts
from ferrule.errors.cargo import ModuleNameError
from ferrule.pipeline.linting import lint_build
from ferrule.pipeline.module_files import without_libpython

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.bindings.package import BoundPackage
    from ferrule.pipeline.opening import OpenProject
    from ferrule.plan.build import Build, PlannedModule

__all__ = ["CompiledBuild", "compile_build"]


@dataclass
class CompiledBuild:
    """A build whose artifacts exist."""

    build: Build
    results: dict[CompileKey, Compiled] = field(default_factory=dict)
    packages: dict[str, BoundPackage] = field(default_factory=dict)
    """The generated packages of cffi and UniFFI modules, by module name."""
    planned: Build | None = None
    """The build before optional parts were dropped, if any was."""
    repaired: dict[Path, Path] = field(default_factory=dict)
    """Built files to their copies that find grafted libraries."""

    def library(self, module: PlannedModule) -> Path:
        """Return the built library of a module, free of libpython and repaired."""
        key = module.key
        path = self.results[key].artifacts[0].path
        if key.pyo3 is not None and key.pyo3.link:
            folder = key.target_directory / "ferrule" / "shared" / str(key.pyo3.slot)
            path = without_libpython(path, folder / key.profile / path.name)
        return self.repaired.get(path, path)

    @property
    def compiled(self) -> tuple[str, ...]:
        """Return the targets that cargo compiled."""
        return tuple(
            name for item in self.results.values() for name in item.run.compiled
        )

    @property
    def fresh(self) -> int:
        """Return the number of targets that were up to date."""
        return sum(item.run.fresh for item in self.results.values())

    def out_dir_of(self, crate: str | None) -> Path | None:
        """Return `OUT_DIR` of a crate's build script; None means the project's."""
        for item in self.results.values():
            found = item.run.out_dirs.get(crate or item.key.crate.name)
            if found is not None:
                return found
        return None


def compile_build(opened: OpenProject, build: Build) -> CompiledBuild:
    """Run cargo for every compile key of a build.

    Python modules are checked; the packages of other libraries are generated.
    """
    lint_build(opened, build)
    result = CompiledBuild(build)
    bound = [module for module in build.modules if module.is_package]
    programs = _check_generators(build) if bound else {}
    for key in build.keys:
        if key not in result.results and not _is_missing(opened, result, key):
            _compile(opened, result, key)
    build = result.build = _with_true_needs(_without_missing(result), result)
    if build.further:
        from ferrule.pipeline.build.universal2 import join_compiled

        further = [_compiled_only(opened, item) for item in build.further]
        join_compiled(result, further)
    bound = [module for module in build.modules if module.is_package]
    for module in build.modules:
        if not module.is_package:
            _check_name(module, result.library(module), opened)
    for module in bound:
        program = programs.get(module.name)
        result.packages[module.name] = _bind(opened, result, module, program)
    return result


def _compiled_only(opened: OpenProject, build: Build) -> CompiledBuild:
    """Run cargo for the keys of a build whose files are joined with others."""
    result = CompiledBuild(build)
    for key in build.keys:
        if key not in result.results and not _is_missing(opened, result, key):
            _compile(opened, result, key)
    result.build = _without_missing(result)
    return result


def _with_true_needs(build: Build, result: CompiledBuild) -> Build:
    """Return the build with programs that embed Python only where they need it.

    A crate can hold a module and a tool that uses nothing of PyO3; the linker
    then drops libpython, and the tool binds the wheel to no Python.
    """
    interpreter = build.interpreter
    if interpreter is None or not interpreter.shared:
        return build  # a static libpython leaves no trace
    programs = tuple(
        replace(item, embeds_python=_needs_libpython(result.results[item.key]))
        if item.embeds_python
        else item
        for item in build.programs
    )
    return build if programs == build.programs else replace(build, programs=programs)


def _needs_libpython(compiled: Compiled) -> bool:
    from ferrule.formats.elf import is_elf, read_elf

    for item in compiled.artifacts:
        with open(item.path, "rb") as stream:
            start = stream.read(64)
        if not is_elf(start):
            return True
        needed = read_elf(item.path).needed
        if any(name.startswith("libpython") for name in needed):
            return True
    return False


def _is_missing(opened: OpenProject, result: CompiledBuild, key: CompileKey) -> bool:
    """Tell whether everything that needs a key is optional and does not compile."""
    build = result.build
    switches = [item.optional for item in build.modules if item.key == key]
    switches += [item.optional for item in build.programs if item.key == key]
    if not all(switches):
        return False
    from ferrule import log
    from ferrule.errors.cargo import CompileError

    try:
        _compile(opened, result, key)
    except CompileError as error:
        names = [item.name for item in build.modules if item.key == key]
        names += list(key.binaries)
        log.warn(
            f"{' and '.join(dict.fromkeys(names))} is optional and is left out, "
            f"because it cannot be compiled: {error.what}"
        )
    return True


def _without_missing(result: CompiledBuild) -> Build:
    build, done = result.build, result.results
    modules = tuple(item for item in build.modules if item.key in done)
    programs = tuple(item for item in build.programs if item.key in done)
    if modules == build.modules and programs == build.programs:
        return build
    result.planned = build
    return replace(build, modules=modules, programs=programs)


def _check_generators(build: Build) -> dict[str, Path]:
    from ferrule.pipeline.binding import check_generators

    return check_generators(build)


def _bind(
    opened: OpenProject,
    result: CompiledBuild,
    module: PlannedModule,
    program: Path | None,
) -> BoundPackage:
    from ferrule.pipeline.binding import bind_module

    return bind_module(
        module,
        result.build,
        result.library(module),
        program=program,
        compile_key=lambda key: _compile(opened, result, key),
    )


def _compile(opened: OpenProject, result: CompiledBuild, key: CompileKey) -> Compiled:
    if key not in result.results:
        result.results[key] = compile_artifacts(
            key,
            opened.toolchain,
            env=opened.request.env,
            quiet=opened.request.quiet_cargo,
        )
    return result.results[key]


def _check_name(module: PlannedModule, library: Path, opened: OpenProject) -> None:
    from ferrule.audit.judgement import module_inits

    found = module_inits(library, env=opened.request.env)
    last = module.name.rpartition(".")[2]
    wanted = {f"PyInit_{last}", f"PyModExport_{last}"}
    if found is not None and not wanted.intersection(found):
        raise ModuleNameError(module.name, library, found)
