"""`ferrule bundle`: a program that embeds Python, with everything that it needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.bundle.modes import Contents
from ferrule.bundle.wishes import check_wishes
from ferrule.errors.foreign_bundle import SeveralTargetsError
from ferrule.pipeline.bundling.bundled_python import find_bundled_python
from ferrule.pipeline.bundling.contents import gather
from ferrule.pipeline.bundling.description import Description
from ferrule.pipeline.bundling.job import plan_job
from ferrule.pipeline.bundling.output import (
    place_notes,
    replace_file,
    replace_folder,
    staged_folder,
    write_archive,
)
from ferrule.pipeline.bundling.packages.chosen import choose_packages
from ferrule.pipeline.bundling.place import BundleFormat, Place, choose_place, format_of
from ferrule.pipeline.bundling.program import Linked, Program, link_program
from ferrule.pipeline.bundling.trial.attempt import Attempt, trial_runner
from ferrule.pipeline.bundling.trimming.wish import check_trimming, make_trimmer
from ferrule.pipeline.opening import open_project
from ferrule.pipeline.targets import wanted_targets
from ferrule.python.foreign_selection import selector_of

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle, Flag
    from ferrule.bundle.trimming.trimmed import TrimReport
    from ferrule.pipeline.bundling.job import Job
    from ferrule.pipeline.bundling.trial.attempt import TrialRunner
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.python.interpreter import Interpreter

__all__ = ["BundleRequest", "Bundled", "make_bundle"]


@dataclass(frozen=True)
class BundleRequest:
    """What is asked for besides the settings."""

    changes: Mapping[str, Any]
    """Settings of `[tool.ferrule.bundle]` that options replace, by field name."""
    out: str | None = None
    """The folder or file to make, as it was written; below `dist` by default."""
    format: BundleFormat | None = None
    """By default that of the ending of `out`, or a folder."""
    verifies: bool | None = None
    """Whether it is tried; None where its program runs by itself, or a runner for
    its target is configured (`CARGO_TARGET_<TRIPLE>_RUNNER`)."""


@dataclass(frozen=True)
class Bundled:
    """A finished bundle."""

    path: Path
    bundle: Bundle
    flags: tuple[Flag, ...]
    interpreter: Interpreter
    verified_in: str
    """Where it was tried; empty if it was not."""
    size_bytes: int
    seconds: Mapping[str, float]
    """How long each step took."""
    trim: TrimReport | None = None
    """What `--trim` did."""


def make_bundle(request: Request, wanted: BundleRequest) -> Bundled:
    """Compile a program, pack it with its Python and return what was made.

    Nothing is replaced before the bundle is complete and was tried. Raises the
    errors of `ferrule.errors.bundle`, and what opening, planning, compiling and
    reading binaries raise.
    """
    clock = _Clock()
    opened = _for_target(open_project(request))
    python = find_bundled_python(opened)
    interpreter = python.interpreter
    opened.request = _request_of(request, interpreter)
    project = opened.project(interpreter)
    settings = replace(project.settings.bundle, **wanted.changes)
    format_ = wanted.format or format_of(wanted.out)
    check_wishes(settings, format_, opened.location.root)
    job = plan_job(opened, python, settings)
    check_trimming(job.case)
    runner = trial_runner(job.case, job.env, wanted.verifies)
    place = choose_place(
        wanted.out,
        wanted.format,
        default=opened.default_out_dir,
        name=job.case.name,
        target=job.case.target.text,
        env=job.env,
    )
    linked = _link(job)
    clock.lap("cargo")
    packages = choose_packages(job)
    clock.lap("packages")
    trimmer = make_trimmer(job, packages, linked.path) if settings.trim else None
    gathered = gather(
        job.case, packages, store=job.store, env=request.env, trimmer=trimmer
    )
    clock.lap("modules")
    log.step("packing libraries and licences")
    description = Description(job, packages)
    contents = Contents(
        *(linked.path, gathered.files, gathered.left_out, gathered.modules),
        description.files,
    )
    bundle = job.mode.arrange(job.case, contents)
    notes = (*linked.notes, *gathered.notes, *bundle.notes, *place_notes(place.path))
    bundle = replace(bundle, flags=linked.flags, registered=linked.modules, notes=notes)
    if not bundle.of("notice"):
        files = (*bundle.files, *description.files(bundle))
        bundle = replace(bundle, files=tuple(sorted(files, key=attrgetter("path"))))
    clock.lap("layout")
    verified, size = _write(job, contents, bundle, place, runner, clock)
    laps = clock.laps
    return Bundled(
        *(place.path, bundle, linked.flags, interpreter, verified, size, laps),
        gathered.trim,
    )


def _link(job: Job) -> Linked:
    request, mode, case = job.opened.request, job.mode, job.case
    registers = case.settings.inittab == "auto"
    return link_program(
        Program(
            job.key,
            job.opened.toolchain,
            request.env,
            request.quiet_cargo,
            mode.hook(case),
            job.compile,
            mode.flags(case),
            registers,
            mode.python_modules(case) if registers else (),
        )
    )


def _for_target(opened: OpenProject) -> OpenProject:
    """Return the project as it is opened for the one target that is wanted."""
    targets = wanted_targets(opened)
    if len(targets) > 1:
        raise SeveralTargetsError(targets)
    return opened.for_target(targets[0]) if targets else opened


def _request_of(request: Request, interpreter: Interpreter) -> Request:
    """Return a request that names the Python of the bundle."""
    if not interpreter.is_foreign:
        return replace(request, interpreter=interpreter)
    # The project's own modules are built for the version.
    return replace(request, selectors=(selector_of(interpreter),))


def _write(
    job: Job,
    contents: Contents,
    bundle: Bundle,
    place: Place,
    runner: TrialRunner | None,
    clock: _Clock,
) -> tuple[str, int]:
    """Write, try and publish a bundle; return where it was tried, and its size."""
    epoch = job.opened.request.epoch
    verified = ""
    is_folder = place.format == "dir"
    staging = staged_folder(bundle, place.root, epoch, replaces=is_folder)
    with staging as (staged, written):
        clock.lap("write")
        if runner is not None:
            log.step("trying the bundle")
            attempt = Attempt(job.case, job.mode, contents, bundle, runner)
            verified = attempt.run(staged, job.compile)
            clock.lap("verification")
        if is_folder:
            replace_folder(staged, place.path)
            return verified, written
        if place.format == "file":
            replace_file(staged / bundle.of("program")[0].path, place.path)
        else:
            name = place.root.name
            log.step(f"writing {place.path.name}")
            write_archive(staged, place.path, root=name, epoch=epoch, env=job.env)
    clock.lap("archive")
    return verified, place.path.stat().st_size


class _Clock:
    """Measures steps in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """End a step."""
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
