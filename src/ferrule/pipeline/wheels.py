"""Building wheels: one cargo run per compile key, one wheel per ABI."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__, log
from ferrule.cargo.compile import Compiled, CompileKey, compile_artifacts
from ferrule.errors.cargo import ModuleNameError
from ferrule.errors.configuration import ConfigurationError, InterpreterNeededError
from ferrule.pipeline.opening import (
    OpenProject,
    open_project,
    selects_several,
    wanted_interpreters,
)
from ferrule.plan import Build, PlannedModule, plan_build, same_wheel
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.pipeline.request import Request
    from ferrule.project.model import Project
    from ferrule.wheel.tags import WheelTag

__all__ = [
    "BuiltWheel",
    "build_opened",
    "build_wheels",
    "compile_build",
    "default_out_dir",
    "plan_builds",
]


@dataclass(frozen=True)
class BuiltWheel:
    """A finished wheel and how it came about."""

    path: Path
    tag: str
    interpreters: tuple[str, ...]
    compiled: tuple[str, ...]
    """Cargo targets that were compiled for it."""
    fresh: int
    seconds: float
    notes: tuple[str, ...] = ()
    """Why the platform tag is not a portable one, if it is not."""


@dataclass
class CompiledBuild:
    """A build whose artifacts exist."""

    build: Build
    results: dict[CompileKey, Compiled] = field(default_factory=dict)

    def library(self, module: PlannedModule) -> Path:
        """Return the built library of a module, free of libpython."""
        path = self.results[module.key].artifacts[0].path
        if not module.key.plain:
            return path
        folder = module.key.target_directory / "ferrule" / "shared"
        return _without_libpython(path, folder / module.key.profile / path.name)

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


def build_wheels(request: Request, out_dir: Path) -> list[BuiltWheel]:
    """Build the wheels of a project into `out_dir` and return them in order.

    A wheel appears under its name only when it is complete. Raises
    `FerruleError` subclasses; wheels finished before stay.
    """
    return build_opened(open_project(request), out_dir)


def build_opened(opened: OpenProject, out_dir: Path) -> list[BuiltWheel]:
    """Build the wheels of a project that was opened already."""
    return [
        _build_one(opened, build, names, out_dir)
        for build, names in plan_builds(opened)
    ]


def default_out_dir(request: Request) -> Path:
    """Return `dist` beside the project's pyproject.toml."""
    return open_project(request).location.root / "dist"


def plan_builds(opened: OpenProject) -> list[tuple[Build, tuple[str, ...]]]:
    """Return the builds to make, each with the interpreters it serves."""
    builds: dict[tuple[object, ...], tuple[Build, list[str]]] = {}
    refused: list[FerruleError] = []
    project = None
    interpreters = wanted_interpreters(opened)
    for interpreter in interpreters:
        if project is None or opened.depends_on_python:
            project = opened.project(interpreter)
        try:
            build = plan_build(
                project,
                interpreter,
                opened.toolchain,
                profile=wanted_profile(opened, project.settings),
                env=opened.request.env,
                build_directory=opened.build_directory,
            )
        except InterpreterNeededError as error:
            raise opened.missing_interpreter or error from None
        except ConfigurationError as error:
            # Of a range or `all`, those that fit are meant.
            if len(interpreters) == 1 or not selects_several(opened):
                raise
            refused.append(error)
            if interpreter:
                log.warn(f"left out {interpreter.display_name}: {error.what}")
            continue
        name = interpreter.display_name if interpreter else "no interpreter"
        builds.setdefault(same_wheel(build), (build, []))[1].append(name)
    if not builds and refused:
        raise refused[-1]
    return [(build, tuple(names)) for build, names in builds.values()]


def wanted_profile(opened: OpenProject, settings: object) -> str:
    """Return the cargo profile of a request."""
    profile: str | None = getattr(settings, "profile", None)
    if opened.request.state == "editable":
        editable: str | None = getattr(settings, "editable_profile", None)
        return editable or profile or "dev"
    return profile or "release"


def compile_build(opened: OpenProject, build: Build) -> CompiledBuild:
    """Run cargo for every compile key of a build and check the modules."""
    from ferrule.audit.judgement import module_inits

    result = CompiledBuild(build)
    for key in build.keys:
        if key not in result.results:
            result.results[key] = compile_artifacts(
                key,
                opened.toolchain,
                env=opened.request.env,
                quiet=opened.request.quiet_cargo,
            )
    for module in build.modules:
        library = result.library(module)
        found = module_inits(library, env=opened.request.env)
        last = module.name.rpartition(".")[2]
        wanted = {f"PyInit_{last}", f"PyModExport_{last}"}
        if found is not None and not wanted.intersection(found):
            raise ModuleNameError(module.name, library, found)
    return result


def _build_one(
    opened: OpenProject, build: Build, names: Sequence[str], out_dir: Path
) -> BuiltWheel:
    from ferrule.wheel.writer import write_wheel

    started = time.perf_counter()
    metadata = build.project.metadata
    log.step(
        f"building {metadata.name} {metadata.version} for {', '.join(names)} "
        f"({build.keys[0].profile if build.keys else 'no'} profile)"
    )
    compiled = compile_build(opened, build)
    members, layout_tag, notes = assemble(compiled)
    path = write_wheel(
        out_dir,
        distribution=metadata.distribution_name,
        version=metadata.file_version,
        tag=layout_tag,
        members=members,
        metadata_text=metadata.to_metadata_text(),
        entry_points_text=metadata.entry_points_text(),
        license_files=metadata.license_files,
        generator=f"ferrule {__version__}",
        source_date_epoch=opened.request.epoch,
    )
    set_product_time(path, build.project)
    seconds = time.perf_counter() - started
    for note in notes:
        log.info(note)
    log.step(
        f"built {path.name} ({len(compiled.compiled)} compiled, "
        f"{compiled.fresh} fresh, {seconds:.1f} s)"
    )
    return BuiltWheel(
        path=path,
        tag=str(layout_tag),
        interpreters=tuple(names),
        compiled=compiled.compiled,
        fresh=compiled.fresh,
        seconds=seconds,
        notes=tuple(notes),
    )


def _without_libpython(source: Path, target: Path) -> Path:
    """Copy a library without its need of libpython, unless that was done."""
    from ferrule import atomic
    from ferrule.formats.elf import without_needed

    time_ns = source.stat().st_mtime_ns
    if not target.is_file() or target.stat().st_mtime_ns != time_ns:
        content = without_needed(source.read_bytes(), "libpython", name=str(source))
        with atomic.replacing(target, mode=0o755) as stream:
            stream.write(content)
        os.utime(target, ns=(time_ns, time_ns))
    return target


def set_product_time(path: Path, project: Project) -> None:
    """Give a product inside the project the time of the project's manifest.

    cargo reruns a build script that names no inputs whenever any file below
    the crate is newer, `dist/` included; a wheel must not cause the next build
    to compile.
    """
    root = os.path.abspath(project.root)
    if os.path.abspath(path).startswith(root + os.sep):
        time_ns = os.stat(project.manifest_path).st_mtime_ns
        if os.stat(path).st_mtime_ns != time_ns:
            os.utime(path, ns=(time_ns, time_ns))


def assemble(compiled: CompiledBuild) -> tuple[list[Member], WheelTag, Sequence[str]]:
    """Return the members and the tag of a wheel whose artifacts are built."""
    from ferrule.wheel.layout import plan_layout

    build = compiled.build
    project = build.project
    layout = plan_layout(
        project.root,
        project.settings,
        [item.name for item in build.modules],
        distribution=project.metadata.distribution_name,
        manifest_dir=project.manifest_path.parent,
    )
    members = layout.members(project.metadata.file_version, compiled.out_dir_of)
    binaries: list[Path] = []
    for module in build.modules:
        library = compiled.library(module)
        path = layout.extension_path(module.name, module.abi.extension_suffix)
        members.append(Member(path, library, executable=True))
        binaries.append(library)
    scripts = program_members(compiled)
    members += scripts
    binaries += [item.source for item in scripts if isinstance(item.source, Path)]
    tag, notes = wheel_tag(build, binaries)
    return members, tag, notes


def program_members(compiled: CompiledBuild) -> list[Member]:
    """Return the Rust programs as members of the wheel's scripts folder."""
    metadata = compiled.build.project.metadata
    folder = f"{metadata.distribution_name}-{metadata.file_version}.data/scripts"
    members = []
    for program in compiled.build.programs:
        artifacts = compiled.results[program.key].artifacts
        for target, installed in program.scripts:
            source = next(item.path for item in artifacts if item.target == target)
            name = f"{folder}/{installed}{source.suffix}"
            members.append(Member(name, source, executable=True))
    return members


def wheel_tag(build: Build, binaries: Sequence[Path]) -> tuple[WheelTag, Sequence[str]]:
    """Return the tag of a wheel, and why it is not portable if it is not.

    The Python and ABI tags come from the most specific module; a program that
    embeds Python binds the wheel to its interpreter, one that does not fits
    every Python 3.
    """
    from ferrule.wheel.tags import WheelTag

    platforms, notes = _platforms(build, binaries)
    abis = [module.abi for module in build.modules]
    specific = [abi for abi in abis if abi.kind == "version"]
    if specific:
        return WheelTag(specific[0].python_tag, specific[0].abi_tag, platforms), notes
    if any(program.embeds_python for program in build.programs) and build.interpreter:
        from ferrule.python.abis import version_specific_abi

        abi = version_specific_abi(build.interpreter)
        return WheelTag(abi.python_tag, abi.abi_tag, platforms), notes
    if abis:
        # All floors must hold: the highest one is the wheel's.
        highest = max(abis, key=lambda abi: abi.version)
        return WheelTag(highest.python_tag, highest.abi_tag, platforms), notes
    return WheelTag("py3", "none", platforms), notes


def _platforms(
    build: Build, binaries: Sequence[Path]
) -> tuple[tuple[str, ...], Sequence[str]]:
    import sys

    if sys.platform != "linux":
        from ferrule.target.platform_tag import platform_tag

        return (platform_tag(build.interpreter),), ()
    from ferrule.audit.judgement import platform_tags

    wanted = build.project.settings.compatibility
    machine = ""
    if build.interpreter is not None and build.interpreter.platform.startswith(
        "linux-"
    ):
        machine = build.interpreter.platform.partition("-")[2]
    return platform_tags(binaries, wanted=wanted, machine=machine, env=build.env)
