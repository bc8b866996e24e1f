"""Planning and compiling one extension with ferrule's own machinery.

Configuration files, slots and the mirror of temporary folders are those of every
other ferrule build, so nothing that was compiled is compiled again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ferrule.cargo.compile import compile_artifacts
from ferrule.cargo.toolchain import Toolchain, identify_toolchain
from ferrule.errors.setuptools import (
    ExtensionNameError,
    ForeignPythonError,
    GeneratedFilesError,
    MissingCrateError,
)
from ferrule.plan.build import Build, PlannedModule
from ferrule.plan.context import Context, find_graph, make_key
from ferrule.plan.planner import plan_build
from ferrule.project.model import Project
from ferrule.setuptools.extension import Binding
from ferrule.setuptools.rust_version import check_rust_version
from ferrule.setuptools.translation import translate

if TYPE_CHECKING:
    from ferrule.python.abi import Abi
    from ferrule.python.interpreter import Interpreter
    from ferrule.setuptools.extension import RustExtension
    from ferrule.setuptools.translation import Wish
    from ferrule.target.linker import Linker
    from ferrule.target.triple import Triple

__all__ = ["Built", "BuiltModule", "Planned", "compile_extension", "plan_extension"]


class BuiltModule(NamedTuple):
    """A built file and the dotted name under which it is installed."""

    module_name: str
    path: str


@dataclass(frozen=True)
class Built:
    """What one extension gave, in the staging folder."""

    modules: list[BuiltModule]
    generated: Path | None
    """Folder with the generated files, laid out as below OUT_DIR."""
    planned: Planned


@dataclass(frozen=True)
class Planned:
    """One extension, ready to be compiled."""

    extension: RustExtension
    build: Build
    toolchain: Toolchain
    env: Mapping[str, str]

    @property
    def abi(self) -> Abi | None:
        """Return the ABI of the module; None where PyO3 does not decide it."""
        modules = self.build.modules
        return modules[0].abi if modules and modules[0].key.pyo3 else None

    @property
    def embeds_python(self) -> bool:
        """Whether a program is linked to libpython."""
        return any(program.embeds_python for program in self.build.programs)


def plan_extension(
    extension: RustExtension,
    wish: Wish,
    *,
    root: Path,
    env: Mapping[str, str],
    build_directory: Path | None = None,
) -> Planned:
    """Return how an extension of the project in `root` is built.

    Raises `MissingCrateError`, `RustVersionError`, `ForeignPythonError` and what
    `translate` and `plan_build` raise.
    """
    env = _environment(extension, wish, env)
    manifest = _manifest(extension, root)
    toolchain = identify_toolchain(env, root)
    wanted = extension.get_rust_version()
    check_rust_version(extension.name, wanted, toolchain.verbose_version)
    interpreter = _interpreter(env)
    translation = translate(extension, wish, interpreter=interpreter, env=env)
    settings = translation.settings
    target, linker = _foreign(settings.target, interpreter, toolchain, root, env)
    if target is not None:
        settings = replace(settings, target=(target.text,))
        interpreter = replace(interpreter, pointer_width=target.pointer_width)
    # What a plan needs of a project; its metadata are setuptools' business.
    project = Project(root, None, manifest, settings, cast("Any", None), None)
    build = _plan_unbound(
        project, interpreter, toolchain, translation.profile, env, linker=linker
    )
    if build is None:
        build = plan_build(
            project,
            interpreter,
            toolchain,
            profile=translation.profile,
            env=env,
            build_directory=build_directory,
            build_python=interpreter.stable_executable if target else "",
            linker=linker,
        )
    return Planned(
        extension,
        _with_words(build, translation.words, build_directory),
        toolchain,
        env,
    )


def compile_extension(
    extension: RustExtension,
    wish: Wish,
    *,
    root: Path,
    env: Mapping[str, str],
    staging: Path,
    skipped: Collection[Path] = (),
) -> Built:
    """Build an extension and put its files below `staging`.

    A project in a temporary folder is compiled in its mirror, which leaves out
    the folders `skipped`. Raises what `plan_extension` and `compile_artifacts`
    raise, `ExtensionNameError` and `GeneratedFilesError`.
    """
    manifest = _manifest(extension, root)
    with _place(root, manifest, env=env, skipped=skipped) as (place, build_directory):
        planned = plan_extension(
            extension, wish, root=place, env=env, build_directory=build_directory
        )
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        return _compile(planned, staging, is_quiet=wish.is_quiet)


def _compile(planned: Planned, staging: Path, *, is_quiet: bool) -> Built:
    from ferrule.pipeline.compiling import CompiledBuild

    compiled = CompiledBuild(planned.build)
    for key in planned.build.keys:
        compiled.results[key] = compile_artifacts(
            key, planned.toolchain, env=planned.env, quiet=is_quiet
        )
    modules = []
    extension = planned.extension
    for module in planned.build.modules:
        library = compiled.library(module)
        _check_name(extension, library, planned.env)
        path = _stage(library, staging / library.name)
        modules.append(BuiltModule(extension.name, str(path)))
    for program in planned.build.programs:
        found = {
            item.target: item.path for item in compiled.results[program.key].artifacts
        }
        for name, place in extension.programs:
            if name in found:
                path = _stage(found[name], staging / found[name].name)
                modules.append(BuiltModule(place, str(path)))
    generated = None
    if extension.generated_files:
        generated = staging / "generated"
        _stage_generated(extension, compiled.out_dir_of(None), generated)
    return Built(modules, generated, planned)


def _stage(source: Path, target: Path) -> Path:
    shutil.copyfile(source, target)
    target.chmod(0o755)
    return target


def _stage_generated(extension: RustExtension, out: Path | None, target: Path) -> None:
    missing = [
        name
        for name in extension.generated_files
        if out is None or not (out / name).exists()
    ]
    if out is None or missing:
        raise GeneratedFilesError(extension.name, missing, str(out or ""))
    for name in extension.generated_files:
        source, place = out / name, target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, place)


def _check_name(
    extension: RustExtension, library: Path, env: Mapping[str, str]
) -> None:
    if extension.binding != Binding.PyO3:
        return
    from ferrule.audit.judgement import module_inits

    last = extension.name.rpartition(".")[2]
    found = module_inits(library, env=env)
    wanted = {f"PyInit_{last}", f"PyModExport_{last}"}
    if found is not None and not wanted.intersection(found):
        raise ExtensionNameError(extension.name, found)


def _plan_unbound(
    project: Project,
    interpreter: Interpreter,
    toolchain: Toolchain,
    profile: str,
    env: Mapping[str, str],
    *,
    linker: Linker | None,
) -> Build | None:
    """Return the build of a library without PyO3; None for everything else."""
    from ferrule.python.abis import version_specific_abi

    if not project.settings.modules:
        return None
    module = project.settings.modules[0]
    context = Context(
        project, interpreter, toolchain, env, profile, None, None, linker=linker
    )
    graph = find_graph(context, None, module.package, ())
    if graph.pyo3 is not None:
        return None
    key = make_key(context, graph, pyo3=None)
    planned = PlannedModule(module.name, key, version_specific_abi(interpreter))
    return Build(project, interpreter, (planned,), (), env)


def _with_words(
    build: Build, words: tuple[str, ...], build_directory: Path | None
) -> Build:
    def change(key: Any) -> Any:
        return replace(
            key,
            arguments=(*key.arguments, *words),
            build_directory=build_directory,
        )

    return replace(
        build,
        modules=tuple(replace(item, key=change(item.key)) for item in build.modules),
        programs=tuple(replace(item, key=change(item.key)) for item in build.programs),
    )


def _environment(
    extension: RustExtension, wish: Wish, env: Mapping[str, str]
) -> dict[str, str]:
    full = {**env, **extension.variables}
    if wish.cargo:
        full["CARGO"] = wish.cargo
    return full


def _manifest(extension: RustExtension, root: Path) -> Path:
    path = Path(os.path.normpath(root / extension.path))
    if not path.is_file():
        raise MissingCrateError(extension.name, extension.path)
    return path


def _foreign(
    named: tuple[str, ...],
    interpreter: Interpreter,
    toolchain: Toolchain,
    root: Path,
    env: Mapping[str, str],
) -> tuple[Triple | None, Linker | None]:
    """Return the target of a Python that is not for rustc's own, and what links.

    Such as one of crossenv: setuptools names its wheels for another machine.
    """
    from ferrule.python.implied_target import implied_target
    from ferrule.target.triple import parse_triple

    host = parse_triple(toolchain.host)
    implied = implied_target(interpreter, host)
    if not implied or named not in ((), (implied,)):
        return None, None
    from ferrule.cargo.configured_target import configured_linker
    from ferrule.cargo.standard_library import check_standard_library
    from ferrule.target.linker import configured, find_linker

    target = parse_triple(implied)
    check_standard_library(implied, toolchain, folder=root, arguments=(), env=env)
    program = configured_linker(root, env, implied)
    if program:
        reason = f"cargo's configuration names {program}"
        return target, configured(program, target, env, reason=reason)
    return target, find_linker(target, host, env)


def _interpreter(env: Mapping[str, str]) -> Interpreter:
    """Return the running interpreter, or the like one that PYO3_PYTHON names."""
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.probe import probe, running_interpreter

    running = running_interpreter()
    chosen = env.get("PYO3_PYTHON")
    if not chosen or os.path.realpath(chosen) == os.path.realpath(running.executable):
        return running
    found = probe([chosen], env)[0]
    if not isinstance(found, Interpreter):
        raise ForeignPythonError(chosen, found.reason, running.display_name)
    if found.ext_suffix != running.ext_suffix:
        raise ForeignPythonError(chosen, found.display_name, running.display_name)
    return found


@contextmanager
def _place(
    root: Path, manifest: Path, *, env: Mapping[str, str], skipped: Collection[Path]
) -> Iterator[tuple[Path, Path | None]]:
    """Give the folder to compile in, and where its compiled crates are kept."""
    from ferrule.cargo.mirror import open_mirror
    from ferrule.pipeline.build.isolated import is_temporary

    choice = env.get("FERRULE_BUILD_CACHE", "auto")
    mirror = None
    if root in manifest.parents and (
        choice == "always" or (choice == "auto" and is_temporary(root))
    ):
        toolchain = identify_toolchain(env, root)
        mirror = open_mirror(root, manifest, toolchain, env=env, skipped=skipped)
    if mirror is None:
        yield root, None
        return
    with mirror:
        yield mirror.root, mirror.build_directory
