"""Planning one wheel: modules, programs and how each is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.cargo.compile import Pyo3Config
from ferrule.errors.cargo import CrossCompilingError, NoCdylibError, NoPyo3Error
from ferrule.plan.build import Build, PlannedModule, PlannedProgram
from ferrule.plan.configuration import program_config, shared_config, user_config
from ferrule.plan.context import Context, find_graph, make_key
from ferrule.settings.model import BinarySettings, ModuleSettings

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.project.model import Project
    from ferrule.python.interpreter import Interpreter

__all__ = ["plan_build"]


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
    context = Context(
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


def _main_kind(context: Context) -> tuple[str, Graph]:
    settings = context.settings
    graph = find_graph(context, None, None, ())
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


def _plan_module(context: Context, module: ModuleSettings) -> PlannedModule:
    from ferrule.python.module_facts import module_facts

    graph = find_graph(context, module.manifest_path, module.package, module.features)
    if graph.pyo3 is None:
        raise NoPyo3Error(graph.root.name, graph.root.manifest_path)
    library = graph.root.library
    if library is None or not {"cdylib", "lib"}.intersection(library.kind):
        kinds = library.kind if library else ()
        raise NoCdylibError(graph.root.name, graph.root.manifest_path, kinds)
    use = graph.pyo3
    interpreter = context.interpreter
    executable = (
        interpreter.stable_executable if interpreter and use.runs_python else None
    )
    user = user_config(context.env)
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
    shared = shared_config(context, graph, use, module)
    if shared is not None:
        key = replace(make_key(context, graph, (), pyo3=shared), plain=True)
        return PlannedModule(module.name, key, abi)
    pyo3 = Pyo3Config(
        facts.config_text,
        use,
        link=False,
        user_file=user[0] if user else None,
        extension_variable=facts.extension_variable,
    )
    key = make_key(context, graph, module.features, pyo3=pyo3)
    arguments = (*_module_link_arguments(context.toolchain.host), *key.rustc_args)
    return PlannedModule(module.name, replace(key, rustc_args=arguments), abi)


def _plan_programs(
    context: Context, binaries: Sequence[BinarySettings]
) -> tuple[PlannedProgram, ...]:
    programs = []
    for group in _one_run_each(context, binaries):
        item = group[0]
        graph = find_graph(context, item.manifest_path, item.package, item.features)
        pyo3 = None
        if graph.pyo3 is not None:
            pyo3 = program_config(
                graph.pyo3, context.interpreter, context.toolchain.host, context.env
            )
        names = tuple(binary.name for binary in group)
        key = make_key(context, graph, item.features, pyo3=pyo3, binaries=names)
        scripts = tuple((binary.name, binary.script or binary.name) for binary in group)
        programs.append(PlannedProgram(key, scripts, embeds_python=pyo3 is not None))
    return tuple(programs)


def _one_run_each(
    context: Context, binaries: Sequence[BinarySettings]
) -> list[list[BinarySettings]]:
    """Group binaries of one crate and feature set.

    cargo takes arguments for rustc for a single target only.
    """
    alone = context.settings.strip or bool(context.settings.rustc_args)
    groups: dict[tuple[object, ...], list[BinarySettings]] = {}
    for item in binaries:
        key = (item.manifest_path, item.package, item.features, alone and item.name)
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _module_link_arguments(host: str) -> tuple[str, ...]:
    # The guide, section "macOS": Python's symbols are found when the module is
    # loaded; other systems need no argument.
    if "-apple-darwin" in host:
        return ("-C", "link-arg=-undefined", "-C", "link-arg=dynamic_lookup")
    return ()
