"""`ferrule bundle`: a program that embeds Python, with everything that it needs."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ferrule import cache
from ferrule.bundle.closure import C_LIBRARY
from ferrule.bundle.hook import hook_flags, read_source
from ferrule.bundle.modes import BundleMode, Case, Contents, choose_mode, find_mode
from ferrule.bundle.selection import module_of
from ferrule.cargo.compile import compile_artifacts
from ferrule.cargo.objects import RustSource, compile_source
from ferrule.editable.distributions import normal_name
from ferrule.errors.bundle import (
    BundleTargetError,
    NotEmbeddingError,
    UnbundledPythonError,
)
from ferrule.formats.elf import read_elf
from ferrule.pipeline.build.wheels import build_opened, plan_builds, wanted_profile
from ferrule.pipeline.bundling.contents import gather
from ferrule.pipeline.bundling.output import (
    check_place,
    replace_folder,
    staged_folder,
    write_archive,
    write_file,
)
from ferrule.pipeline.bundling.packages import (
    environment_packages,
    requested_wheels,
    unpacked_wheel,
)
from ferrule.pipeline.bundling.trial import Trial, try_bundle
from ferrule.pipeline.execution.embedding import check_embedding
from ferrule.pipeline.execution.running import choose_program
from ferrule.pipeline.execution.surroundings import development_interpreters
from ferrule.pipeline.opening import open_project
from ferrule.pipeline.targets import wanted_targets
from ferrule.plan.programs import plan_programs
from ferrule.python.libpython import find_libpython
from ferrule.repair.planning import library_triples
from ferrule.repair.search import Search
from ferrule.repair.wishes import RepairWishes
from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle, Flag
    from ferrule.bundle.packages import Package
    from ferrule.cargo.compile import CompileKey
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import BundleSettings

__all__ = ["BundleRequest", "Bundled", "make_bundle"]

BundleFormat = Literal["dir", "tar.gz", "tar.zst"]


@dataclass(frozen=True)
class BundleRequest:
    """What is asked for besides the settings."""

    changes: Mapping[str, Any]
    """Settings of `[tool.ferrule.bundle]` that options replace, by field name."""
    out: Path | None = None
    """The folder or file to make; below `dist` by default."""
    format: BundleFormat = "dir"
    verifies: bool = True


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


@dataclass(frozen=True)
class _Job:
    """A bundle in the making."""

    opened: OpenProject
    case: Case
    mode: BundleMode
    key: CompileKey

    @property
    def env(self) -> Mapping[str, str]:
        return self.opened.request.env

    def compile(self, source: RustSource) -> Path:
        """Compile Rust code of ferrule's own for the program's target."""
        return compile_source(
            source,
            self.opened.toolchain,
            target=self.key.target,
            target_directory=self.key.target_directory,
            env=self.env,
            cwd=self.key.crate.folder,
        )


def make_bundle(request: Request, wanted: BundleRequest) -> Bundled:
    """Compile a program, pack it with its Python and return what was made.

    Nothing is replaced before the bundle is complete and was tried. Raises the
    errors of `ferrule.errors.bundle`, and what opening, planning, compiling and
    reading binaries raise.
    """
    clock = _Clock()
    opened = open_project(request)
    interpreter = _interpreter(opened)
    opened.request = replace(request, interpreter=interpreter)
    project = opened.project(interpreter)
    settings = replace(project.settings.bundle, **wanted.changes)
    if settings.mode != "auto":
        find_mode(settings.mode)
    job = _plan(opened, interpreter, settings)
    target = _target(job, wanted)
    if wanted.format == "dir":
        check_place(target)
    flags = (*_hook_flags(job), *job.mode.flags(job.case))
    program = _link(job, flags)
    clock.lap("cargo")
    packages = _packages(job)
    clock.lap("packages")
    gathered = gather(job.case, packages, store=_store(job), env=request.env)
    clock.lap("modules")
    contents = Contents(program, gathered.files, gathered.left_out, gathered.modules)
    bundle = job.mode.arrange(job.case, contents)
    bundle = replace(bundle, flags=flags, notes=(*gathered.notes, *bundle.notes))
    bundle = _with_bill(job, bundle, packages)
    clock.lap("layout")
    verified, size = _write(job, contents, bundle, target, wanted, clock)
    laps = clock.laps
    return Bundled(target, bundle, flags, interpreter, verified, size, laps)


def _link(job: _Job, flags: Sequence[Flag]) -> Path:
    words = tuple(word for flag in flags for word in flag.words)
    key = replace(job.key, rustc_args=(*job.key.rustc_args, *words))
    request = job.opened.request
    compiled = compile_artifacts(
        key, job.opened.toolchain, env=request.env, quiet=request.quiet_cargo
    )
    return compiled.artifacts[0].path


def _interpreter(opened: OpenProject) -> Interpreter:
    """Return the one Python; raise `UnbundledPythonError` before cargo runs."""
    from ferrule.errors.configuration import InterpreterNeededError

    found = development_interpreters(opened)[0]
    if found is None:
        raise opened.missing_interpreter or InterpreterNeededError("ferrule bundle")
    if found.implementation != "CPython":
        raise UnbundledPythonError(found.display_name, found.executable)
    return found


def _plan(
    opened: OpenProject, interpreter: Interpreter, settings: BundleSettings
) -> _Job:
    """Return what is bundled, how, and its compile key without link flags."""
    targets = wanted_targets(opened)
    if targets:
        raise BundleTargetError(settings.mode, ", ".join(targets))
    request = opened.request
    library = find_libpython(interpreter)
    case = Case(
        "",
        interpreter,
        parse_triple(opened.toolchain.host),
        settings,
        Path(library) if library else None,
        env=request.env,
    )
    mode = choose_mode(case)
    if mode.name != "dynamic":
        from ferrule.pipeline.bundling.static_linking import describe_linking

        case = replace(case, rust=describe_linking(opened, case.target))
    mode.check(case)
    project = opened.project(interpreter)
    keys = plan_programs(
        project,
        mode.linked(case),
        opened.toolchain,
        profile=wanted_profile(opened, project.settings),
        env=request.env,
    )
    embedding = [key for key in keys if key.pyo3 is not None]
    key, _ = choose_program(embedding or keys, settings.bin, None)
    name = settings.bin or _chosen_name(key)
    if key.pyo3 is None:
        raise NotEmbeddingError(name, key.crate.name)
    mode.check_program(case, key)
    if key.pyo3.user_file is None:
        if mode.linked(case).shared:
            check_embedding(mode.linked(case), request.env)
        text = mode.configuration(key.pyo3.text)
        key = replace(key, pyo3=replace(key.pyo3, text=text))
    key = replace(key, kind="binary", binaries=(name,))
    return _Job(opened, replace(case, program=name), mode, key)


def _chosen_name(key: CompileKey) -> str:
    """Return the name that `choose_program` takes where none is given."""
    names = [item.name for item in key.crate.binaries]
    default = key.crate.default_run
    return default if default in names and default else names[0]


def _hook_flags(job: _Job) -> tuple[Flag, ...]:
    hook = job.mode.hook(job.case)
    source = RustSource("ferrule_hook", hook.source, "hook.o")
    return hook_flags(hook, job.compile(source))


def _store(job: _Job) -> Path:
    """Return where unpacked wheels and bytecode are kept."""
    found = cache.folder(job.env, "bundles")
    return found or job.key.target_directory / "ferrule" / "bundles"


def _packages(job: _Job) -> list[Package]:
    """Return the packages of the bundle: the project's own, then the others."""
    import tempfile

    opened, case, env = job.opened, job.case, job.env
    root, settings = opened.location.root, case.settings
    unpacked = _store(job) / "wheels"
    unpacked.mkdir(parents=True, exist_ok=True)
    found: list[Package] = []
    with tempfile.TemporaryDirectory(prefix="ferrule-bundle-") as temporary:
        folder = Path(temporary)
        wheels = _own_wheels(opened, folder / "own") if settings.project else []
        wheels += requested_wheels(
            settings, case.interpreter, root=root, folder=folder, env=env
        )
        found += [unpacked_wheel(path, unpacked) for path in wheels]
    if settings.environment:
        prefix = root / settings.environment
        found += environment_packages(prefix, case.interpreter, env)
    first: dict[str, Package] = {}
    for package in found:
        first.setdefault(normal_name(package.name), package)
    return list(first.values())


def _own_wheels(opened: OpenProject, folder: Path) -> list[Path]:
    """Return the wheel of the project's own modules, if it has any."""
    if "project" not in (opened.pyproject or {}):
        return []
    own = replace(
        opened,
        request=replace(
            opened.request,
            command_line={**opened.request.command_line, "audit": "skip"},
        ),
    )
    if not any(build.modules for build, _ in plan_builds(own)):
        return []
    return [item.path for item in build_opened(own, folder)]


def _with_bill(job: _Job, bundle: Bundle, packages: Sequence[Package]) -> Bundle:
    """Return a bundle with the files that describe it."""
    from ferrule import __version__
    from ferrule.bundle.bill import Bill, bill_files
    from ferrule.cargo.components import read_components
    from ferrule.repair.owners import find_owners

    origins = [item.origin for item in bundle.of("library") if item.origin]
    bill = Bill(
        bundle,
        job.case.interpreter,
        job.case.target.text,
        packages,
        read_components(job.key.component_rows),
        find_owners(origins, Path("/")),
        __version__,
        job.opened.request.epoch,
    )
    files = sorted((*bundle.files, *bill_files(bill)), key=lambda item: item.path)
    return replace(bundle, files=tuple(files))


def _write(
    job: _Job,
    contents: Contents,
    bundle: Bundle,
    target: Path,
    wanted: BundleRequest,
    clock: _Clock,
) -> tuple[str, int]:
    """Write, try and publish a bundle; return where it was tried, and its size."""
    epoch, ending = job.opened.request.epoch, f".{wanted.format}"
    is_folder = wanted.format == "dir"
    place = target if is_folder else target.with_name(target.name[: -len(ending)])
    verified = ""
    with staged_folder(bundle, place, epoch, replaces=is_folder) as (staged, written):
        clock.lap("write")
        if wanted.verifies:
            verified = _try(job, contents, bundle, staged)
            clock.lap("verification")
        if is_folder:
            replace_folder(staged, target)
            return verified, written
        write_archive(staged, target, root=place.name, epoch=epoch, env=job.env)
    clock.lap("archive")
    return verified, target.stat().st_size


def _target(job: _Job, wanted: BundleRequest) -> Path:
    name = job.case.settings.name or job.case.program
    default = job.opened.default_out_dir
    if wanted.format == "dir":
        return (wanted.out or default / name).absolute()
    ending = f".{wanted.format}"
    if wanted.out is not None and wanted.out.name.endswith(ending):
        return wanted.out.absolute()
    file_name = f"{name}-{job.case.target.text}{ending}"
    return ((wanted.out or default) / file_name).absolute()


def _try(job: _Job, contents: Contents, bundle: Bundle, staged: Path) -> str:
    """Link a probe as the program was, try it in the program's place."""
    case, mode = job.case, job.mode
    words = tuple(word for flag in bundle.flags for word in flag.words)
    flags = ("--crate-type=bin", *mode.probe_flags(case), *words)
    text = read_source("probe")
    probe = job.compile(RustSource("ferrule_probe", text, "probe", flags))
    program = bundle.of("program")[0]
    place = posixpath.join(program.folder, f".{bundle.name}.probe")
    content = mode.with_program(case, contents, probe)
    write_file(replace(program, path=place, content=content), staged / place)
    system = case.settings.system_libraries
    trial = Trial(staged, place, _modules(contents), system)
    try:
        return try_bundle(trial, needed=_c_library(probe), env=job.env)
    finally:
        (staged / place).unlink()


def _modules(contents: Contents) -> tuple[str, ...]:
    """Return what a trial imports: every extension module of Python, every package."""
    native = {
        module_of(posixpath.basename(item.path))
        for item in contents.files
        if item.part == "standard library" and item.executable
    }
    return (*sorted(native), *contents.modules)


def _c_library(program: Path) -> list[Path]:
    """Return the files of this machine's C library, where the loader finds them."""
    image = read_elf(program)
    arch = image.arch
    search = Search(RepairWishes(), library_triples(arch))
    found = [Path(image.interpreter)] if image.interpreter else []
    for name in sorted(C_LIBRARY):
        places = (folder / name for folder in search.folders)
        found += [path for path in places if path.is_file()][:1]
    return found


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
