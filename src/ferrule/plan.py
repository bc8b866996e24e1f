"""From a project and interpreters to builds.

A `Plan` says, for each wheel, which crate targets are compiled under which
PyO3 configuration and which ABI results. Nothing is compiled here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.cargo.compile import CompileKey, Pyo3Config
from ferrule.cargo.config_store import stored_config
from ferrule.cargo.config_toml import read_variable
from ferrule.cargo.graph import FeatureSelection, Graph, Pyo3Use, read_graph
from ferrule.errors.cargo import (
    CrossCompilingError,
    NoCdylibError,
    NoPyo3Error,
    UnknownPackageError,
)
from ferrule.settings.model import (
    BinarySettings,
    Feature,
    ModuleSettings,
    Settings,
)
from ferrule.settings.python_condition import features_for

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.project.crate import Crate
    from ferrule.project.model import Project
    from ferrule.python.abi import Abi
    from ferrule.python.interpreter import Interpreter

__all__ = ["Build", "PlannedModule", "PlannedProgram", "plan_build", "same_wheel"]


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


@dataclass(frozen=True)
class _Context:
    project: Project
    interpreter: Interpreter | None
    toolchain: Toolchain
    env: Mapping[str, str]
    profile: str
    target_directory: Path | None
    build_directory: Path | None

    @property
    def settings(self) -> Settings:
        return self.project.settings


def plan_build(  # noqa: PLR0913 - every one of them is a fact from elsewhere
    project: Project,
    interpreter: Interpreter | None,
    toolchain: Toolchain,
    *,
    profile: str,
    env: Mapping[str, str],
    target_directory: Path | None = None,
    build_directory: Path | None = None,
) -> Build:
    """Return the build of one wheel for one interpreter.

    `interpreter` may be None where the ABI does not depend on one. Raises the
    errors of `read_graph`, and `NoPyo3Error`, `NoCdylibError`,
    `UnknownPackageError`, `CrossCompilingError`.
    """
    context = _Context(
        project, interpreter, toolchain, env, profile, target_directory, build_directory
    )
    settings = project.settings
    if settings.target and settings.target != toolchain.host:
        raise CrossCompilingError(settings.target, toolchain.host)
    modules = settings.modules
    binaries = settings.binaries
    if not modules:
        kind, graph = _main_kind(context)
        if kind == "pyo3":
            name = project.module_name
            modules = (ModuleSettings(name=name),)
        elif not binaries:
            names = [item.name for item in graph.root.binaries]
            binaries = tuple(BinarySettings(name=name) for name in names)
    return Build(
        project=project,
        interpreter=interpreter,
        modules=tuple(_plan_module(context, item) for item in modules),
        programs=_plan_programs(context, binaries),
        env=env,
    )


def same_wheel(build: Build) -> tuple[object, ...]:
    """Return a key: two builds with equal keys give the same wheel."""
    modules = tuple((item.name, item.abi) for item in build.modules)
    embedding = any(item.embeds_python for item in build.programs)
    if embedding or any(item.abi.kind == "version" for item in build.modules):
        interpreter = build.interpreter
        return (modules, interpreter and (interpreter.soabi, interpreter.display_name))
    return modules


def _main_kind(context: _Context) -> tuple[str, Graph]:
    settings = context.settings
    graph = _graph(context, None, None, ())
    if settings.bindings != "auto":
        return settings.bindings, graph
    library = graph.root.library
    has_module = library is not None and (
        "cdylib" in library.kind or not graph.root.binaries
    )
    if graph.pyo3 is not None and has_module:
        return "pyo3", graph
    if graph.root.binaries and not (library and "cdylib" in library.kind):
        return "bin", graph
    if graph.pyo3 is None:
        raise NoPyo3Error(graph.root.name, graph.root.manifest_path)
    raise NoCdylibError(
        graph.root.name, graph.root.manifest_path, library.kind if library else ()
    )


def _plan_module(context: _Context, module: ModuleSettings) -> PlannedModule:
    from ferrule.python.module_facts import module_facts

    graph = _graph(context, module.manifest_path, module.package, module.features)
    if graph.pyo3 is None:
        raise NoPyo3Error(graph.root.name, graph.root.manifest_path)
    library = graph.root.library
    if library is None or not {"cdylib", "lib"}.intersection(library.kind):
        kinds = library.kind if library else ()
        raise NoCdylibError(graph.root.name, graph.root.manifest_path, kinds)
    use = graph.pyo3
    interpreter = context.interpreter
    executable = (
        interpreter.base_executable if interpreter and use.runs_python else None
    )
    user = _user_config(context.env)
    facts = module_facts(
        use.version,
        use.features,
        interpreter,
        target=context.toolchain.host,
        executable=executable,
        user_text=user[1] if user else None,
        env=context.env,
    )
    abi = facts.abi
    shared = _shared_config(context, graph, use, module)
    if shared is not None:
        key = replace(_key(context, graph, (), pyo3=shared), plain=True)
        return PlannedModule(module.name, key, abi)
    pyo3 = Pyo3Config(
        facts.config_text,
        use,
        link=False,
        user_file=user[0] if user else None,
        extension_variable=facts.extension_variable,
    )
    key = _key(context, graph, module.features, pyo3=pyo3)
    arguments = (*_module_link_arguments(context.toolchain.host), *key.rustc_args)
    return PlannedModule(module.name, replace(key, rustc_args=arguments), abi)


def _shared_config(
    context: _Context, graph: Graph, use: Pyo3Use, module: ModuleSettings
) -> Pyo3Config | None:
    """Return the configuration that plain cargo uses too, if a module can.

    After `ferrule env --write`, a development build takes and leaves exactly
    plain cargo's artefacts: the library is linked to libpython, and that entry
    is removed from the packed copy. A release build never depends on it.
    """
    interpreter = context.interpreter
    linked = read_variable(context.project.root, "PYO3_CONFIG_FILE")
    if (
        linked is None
        or interpreter is None
        or interpreter.system != "Linux"
        or not interpreter.shared
        or context.profile == "release"
        or context.build_directory is not None
        or context.settings.strip
        or context.settings.rustc_args
        or context.settings.target_dir
        or _selection(context, module.features) != FeatureSelection()
    ):
        return None
    pyo3 = program_config(use, interpreter, context.toolchain.host, context.env)
    path = pyo3.user_file or stored_config(
        pyo3.text, env=context.env, fallback=graph.target_directory / "ferrule"
    )
    return pyo3 if str(path) == linked else None


def _plan_programs(
    context: _Context, binaries: Sequence[BinarySettings]
) -> tuple[PlannedProgram, ...]:
    programs = []
    for item in binaries:
        graph = _graph(context, item.manifest_path, item.package, item.features)
        pyo3 = None
        if graph.pyo3 is not None:
            pyo3 = program_config(
                graph.pyo3, context.interpreter, context.toolchain.host, context.env
            )
        key = _key(context, graph, item.features, pyo3=pyo3, binaries=(item.name,))
        scripts = ((item.name, item.script or item.name),)
        programs.append(PlannedProgram(key, scripts, embeds_python=pyo3 is not None))
    return tuple(programs)


def program_config(
    use: Pyo3Use, interpreter: Interpreter | None, target: str, env: Mapping[str, str]
) -> Pyo3Config:
    """Return the configuration under which programs and tests are compiled.

    Raises `InterpreterNeededError` without an interpreter.
    """
    from ferrule.python.portable import portable_config
    from ferrule.python.releases import Pyo3Release

    user = _user_config(env)
    if user is not None:
        return Pyo3Config(user[1], use, link=True, user_file=user[0])
    text = portable_config(
        Pyo3Release.parse(use.version),
        interpreter,
        abi_features=use.features,
        link=True,
        executable=interpreter.base_executable if interpreter else None,
        target=target,
        abi=None,
    )
    return Pyo3Config(text, use, link=True)


def _user_config(env: Mapping[str, str]) -> tuple[Path, str] | None:
    """Return the file that the user's own `PYO3_CONFIG_FILE` names."""
    if "PYO3_CONFIG_FILE" not in env:
        return None
    from ferrule.python.config_file import read_config_text

    path, text = read_config_text(env["PYO3_CONFIG_FILE"])
    log.debug(f"PYO3_CONFIG_FILE is set: {path}")
    return path, text


def _module_link_arguments(host: str) -> tuple[str, ...]:
    # The guide, section "macOS": Python's symbols are found when the module is
    # loaded; other systems need no argument.
    if "-apple-darwin" in host:
        return ("-C", "link-arg=-undefined", "-C", "link-arg=dynamic_lookup")
    return ()


def _graph(
    context: _Context,
    manifest: str | None,
    package: str | None,
    features: Sequence[Feature],
) -> Graph:
    project = context.project
    path = project.root / manifest if manifest else project.manifest_path
    selection = _selection(context, features)
    arguments = _common_arguments(context.settings)
    if package is None:
        return read_graph(
            path, selection, context.toolchain, arguments=arguments, env=context.env
        )
    members = read_graph(
        path,
        FeatureSelection(),
        context.toolchain,
        arguments=arguments,
        env=context.env,
    ).crates
    crate = next((item for item in members if item.name == package), None)
    if crate is None:
        raise UnknownPackageError(package, [item.name for item in members])
    return read_graph(
        crate.manifest_path,
        selection,
        context.toolchain,
        arguments=arguments,
        env=context.env,
    )


def _selection(context: _Context, features: Sequence[Feature]) -> FeatureSelection:
    settings = context.settings
    interpreter = context.interpreter
    version = interpreter.version_text if interpreter else None
    implementation = interpreter.implementation if interpreter else None
    names = features_for((*settings.features, *features), version, implementation)
    return FeatureSelection(
        features=tuple(dict.fromkeys(names)),
        all_features=settings.all_features,
        no_default_features=settings.no_default_features,
    )


def _common_arguments(settings: Settings) -> tuple[str, ...]:
    flags = ("locked", "frozen", "offline")
    arguments = [f"--{name}" for name in flags if getattr(settings, name)]
    arguments += [f"--config={item}" for item in settings.config]
    arguments += [f"-Z{item}" for item in settings.unstable_flags]
    return tuple(arguments)


def _key(
    context: _Context,
    graph: Graph,
    features: Sequence[Feature],
    *,
    pyo3: Pyo3Config | None,
    binaries: tuple[str, ...] = (),
) -> CompileKey:
    settings = context.settings
    arguments = list(_common_arguments(settings))
    if settings.jobs:
        arguments.append(f"--jobs={settings.jobs}")
    strip = ("-C", "strip=symbols") if settings.strip else ()
    configured: dict[str, Any] = {}
    if context.build_directory is not None:
        configured["build_directory"] = context.build_directory
    target_directory = context.target_directory or graph.target_directory
    if settings.target_dir:
        target_directory = context.project.root / settings.target_dir
    interpreter = context.interpreter
    return CompileKey(
        crate=graph.root,
        kind="binary" if binaries else "library",
        binaries=binaries,
        selection=_selection(context, features),
        profile=context.profile,
        pyo3=pyo3,
        target_directory=target_directory,
        arguments=tuple(arguments),
        rustc_args=(*strip, *settings.rustc_args),
        interpreter=interpreter.executable if interpreter else "",
        env=settings.env,
        **configured,
    )


def crates_of(build: Build) -> tuple[Crate, ...]:
    """Return the crates that a build compiles, each once."""
    return tuple(dict.fromkeys(key.crate for key in build.keys))
