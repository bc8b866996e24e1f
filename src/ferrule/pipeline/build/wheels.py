"""Building wheels: one cargo run per compile key, one wheel per ABI."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.configuration import ConfigurationError, InterpreterNeededError
from ferrule.pipeline.build.packing import assemble, write_product
from ferrule.pipeline.build.platforms import check_release
from ferrule.pipeline.build.sboms import sbom_members
from ferrule.pipeline.build.stability import check_stability
from ferrule.pipeline.compiling import compile_build
from ferrule.pipeline.linking import linker_of
from ferrule.pipeline.opening import (
    OpenProject,
    open_project,
    selects_several,
    wanted_interpreters,
)
from ferrule.pipeline.targets import group_by_target, wanted_targets
from ferrule.plan.build import Build, same_wheel
from ferrule.plan.planner import plan_build
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.pipeline.request import Request
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import Settings
    from ferrule.target.linker import Linker

__all__ = [
    "BuiltWheel",
    "build_opened",
    "build_wheels",
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


def build_wheels(request: Request, out_dir: Path | None) -> list[BuiltWheel]:
    """Build the wheels of a project into `out_dir` and return them in order.

    Without `out_dir` they go into `dist` beside pyproject.toml.

    A wheel appears under its name only when it is complete. Raises
    `FerruleError` subclasses; wheels finished before stay.
    """
    opened = open_project(request)
    opened.refuse_setup_py()
    return build_opened(opened, out_dir or opened.default_out_dir)


def build_opened(opened: OpenProject, out_dir: Path) -> list[BuiltWheel]:
    """Build the wheels of a project that was opened already."""
    return [
        _build_one(opened, build, names, out_dir)
        for build, names in plan_builds(opened)
    ]


def plan_builds(opened: OpenProject) -> list[tuple[Build, tuple[str, ...]]]:
    """Return the builds to make, each with the interpreters it serves."""
    targets = wanted_targets(opened)
    if not targets:
        return _plan_here(opened)
    return [planned for target in targets for planned in _plan_named(opened, target)]


def _plan_here(opened: OpenProject) -> list[tuple[Build, tuple[str, ...]]]:
    """Plan for the Pythons of this machine, each for the target that it is for."""
    linker = linker_of(opened)
    interpreters = wanted_interpreters(opened)
    planned = []
    for target, group in group_by_target(opened, interpreters).items():
        if target:
            other = opened.for_target(target)
            planned += _plan(other, linker_of(other), group)
        else:
            planned += _plan(opened, linker, group)
    return planned


def _plan_named(
    opened: OpenProject, target: str
) -> list[tuple[Build, tuple[str, ...]]]:
    from ferrule.pipeline.build.universal2 import UNIVERSAL2, plan_universal2

    if target != UNIVERSAL2:
        return _plan_for_target(opened.for_target(target))
    return plan_universal2(lambda name: _plan_for_target(opened.for_target(name)))


def _plan_for_target(opened: OpenProject) -> list[tuple[Build, tuple[str, ...]]]:
    return _plan(opened, linker_of(opened), wanted_interpreters(opened))


def _plan(
    opened: OpenProject,
    linker: Linker | None,
    interpreters: Sequence[Interpreter | None],
) -> list[tuple[Build, tuple[str, ...]]]:
    builds: dict[tuple[object, ...], tuple[Build, list[str]]] = {}
    refused: list[FerruleError] = []
    project = None
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
                develops=opened.request.state == "editable",
                build_python=_build_python(opened),
                linker=linker,
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
        if opened.foreign_target is not None:
            check_release(build)
            name = f"{name} ({opened.foreign_target})"
        builds.setdefault(same_wheel(build), (build, []))[1].append(name)
    if not builds and refused:
        raise refused[-1]
    return [(build, tuple(names)) for build, names in builds.values()]


def _build_python(opened: OpenProject) -> str:
    """Return the Python of this machine for build scripts of a foreign build."""
    if opened.foreign_target is None or "PYO3_NO_PYTHON" in opened.request.env:
        return ""
    local = opened.local_interpreter()
    return local.stable_executable if local else ""


def wanted_profile(opened: OpenProject, settings: Settings) -> str:
    """Return the cargo profile of a request."""
    if opened.request.state == "editable":
        return settings.editable_profile or settings.profile or "dev"
    return settings.profile or "release"


def _build_one(
    opened: OpenProject, build: Build, names: Sequence[str], out_dir: Path
) -> BuiltWheel:
    started = time.perf_counter()
    metadata = build.project.metadata
    log.step(
        f"building {metadata.name} {metadata.version} for {', '.join(names)} "
        f"({build.keys[0].profile if build.keys else 'no'} profile)"
    )
    if build.project.settings.pgo:
        from ferrule.pipeline.build.pgo import with_profile

        build = with_profile(opened, build)
    compiled = compile_build(opened, build)
    members, tag, notes = assemble(compiled, insists_on_tag=opened.insists_on_tag)
    check_stability(opened, compiled, members, tag)
    epoch = opened.request.epoch
    members += sbom_members(compiled, epoch=epoch)
    path = write_product(build, members, tag, out_dir, epoch=epoch)
    seconds = time.perf_counter() - started
    tell = log.warn if build.project.settings.audit == "warn" else log.info
    for note in notes:
        tell(note)
    log.step(
        f"built {path.name} ({len(compiled.compiled)} compiled, "
        f"{compiled.fresh} fresh, {seconds:.1f} s)"
    )
    return BuiltWheel(
        path=path,
        tag=str(tag),
        interpreters=tuple(names),
        compiled=compiled.compiled,
        fresh=compiled.fresh,
        seconds=seconds,
        notes=tuple(notes),
    )
