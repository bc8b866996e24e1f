"""Planning one wheel: modules, programs and how each is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.cargo.compile import Pyo3Config
from ferrule.cargo.macos_flags import framework_arguments
from ferrule.errors.cargo import ForeignDevelopmentError, NoCdylibError, NoPyo3Error
from ferrule.plan.bound import BINDGEN, plan_bound_module
from ferrule.plan.build import Build, ModuleKind, PlannedModule, PlannedProgram
from ferrule.plan.configuration import (
    development_config,
    linked_config,
    program_config,
    user_config,
)
from ferrule.plan.context import (
    Context,
    find_graph,
    find_target_directory,
    make_key,
)
from ferrule.plan.parts import group_binaries, has_own_build, with_part
from ferrule.plan.rust_release import check_rust_release
from ferrule.plan.targets import choose_targets
from ferrule.settings.model import BinarySettings, ModuleSettings

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.project.model import Project
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.linker import Linker

__all__ = ["MainKind", "graph_kind", "main_kind", "plan_build"]

MainKind = Literal["pyo3", "cffi", "uniffi", "bin"]


def plan_build(  # noqa: PLR0913 - every one of them is a fact from elsewhere
    project: Project,
    interpreter: Interpreter | None,
    toolchain: Toolchain,
    *,
    profile: str,
    env: Mapping[str, str],
    target_directory: Path | None = None,
    build_directory: Path | None = None,
    develops: bool = False,
    build_python: str = "",
    linker: Linker | None = None,
) -> Build:
    """Return the build of one wheel for one interpreter.

    `interpreter` may be None where the ABI does not depend on one;
    `build_python` is what build scripts run where it belongs to another machine,
    and `linker` what links for that.
    With `develops`, modules share what tests and programs compile, where the system
    allows it, and must not leave this machine. Raises the
    errors of `read_graph` and `choose_targets`, and `NoPyo3Error`,
    `NoCdylibError`, `UnknownPackageError`, `ForeignDevelopmentError`,
    `RustReleaseError`, `IndirectPyo3Error`.
    """
    context = Context(
        project,
        interpreter,
        toolchain,
        env,
        profile,
        target_directory,
        build_directory,
        develops,
        build_python,
        linker,
    )
    settings = project.settings
    if develops and interpreter is not None and interpreter.is_foreign:
        raise ForeignDevelopmentError(context.target, toolchain.host)
    check_rust_release(settings.rust_version, toolchain)
    modules = settings.modules
    binaries = settings.binaries
    main: ModuleKind | None = None
    if not modules:
        kind, graph = main_kind(context)
        chosen = choose_targets(settings, kind, graph)
        if chosen.library and kind != "bin":
            main = kind
            modules = (ModuleSettings(name=project.module_name),)
        binaries += tuple(BinarySettings(name=name) for name in chosen.binaries)
    return Build(
        project=project,
        interpreter=interpreter,
        modules=tuple(
            _plan_part(context, item, main or item.bindings) for item in modules
        ),
        programs=_plan_programs(context, binaries),
        env=env,
    )


def main_kind(context: Context) -> tuple[MainKind, Graph]:
    """Return what joins the main crate and Python, and the crate's graph.

    Raises what `graph_kind` raises, unless `bindings` decides.
    """
    graph = find_graph(context, None, None, ())
    chosen = context.settings.bindings
    return (graph_kind(graph) if chosen == "auto" else chosen), graph


def graph_kind(graph: Graph) -> MainKind:
    """Return what joins a crate and Python.

    pyo3 in the crate's own resolved dependencies, then uniffi, then a library
    with a C interface, then programs. Raises `NoPyo3Error` and `NoCdylibError`
    where it is nothing of that.
    """
    root = graph.root
    library = root.library
    is_cdylib = library is not None and "cdylib" in library.kind
    programs = [item for item in root.binaries if item.name != BINDGEN]
    has_module = is_cdylib or (library is not None and not programs)
    if graph.pyo3 is not None and has_module:
        return "pyo3"
    if graph.pyo3 is None and graph.uniffi is not None and has_module:
        return "uniffi"
    # A crate whose feature for pyo3 is off is more likely a mistake.
    if is_cdylib and not graph.names_pyo3:
        return "cffi"
    if programs and not is_cdylib:
        return "bin"
    if graph.pyo3 is None:
        raise NoPyo3Error(root.name, root.manifest_path)
    raise NoCdylibError(root.name, root.manifest_path, library.kind if library else ())


def _plan_part(
    context: Context, module: ModuleSettings, kind: ModuleKind
) -> PlannedModule:
    planned = _plan_module(context, module, kind)
    key = with_part(planned.key, module, context.settings)
    return replace(planned, key=key, optional=module.optional)


def _plan_module(
    context: Context, module: ModuleSettings, kind: ModuleKind
) -> PlannedModule:
    from ferrule.python.module_facts import module_facts

    graph = find_graph(context, module.manifest_path, module.package, module.features)
    if graph.pyo3 is None and kind == "pyo3":
        raise NoPyo3Error(graph.root.name, graph.root.manifest_path)
    library = graph.root.library
    if library is None or not {"cdylib", "lib"}.intersection(library.kind):
        kinds = library.kind if library else ()
        raise NoCdylibError(graph.root.name, graph.root.manifest_path, kinds)
    if kind != "pyo3" or graph.pyo3 is None:
        planned = plan_bound_module(context, graph, module, kind)
        return _with_link_arguments(planned, context) if kind == "none" else planned
    use = graph.pyo3
    interpreter = context.interpreter
    executable = _python_of_scripts(context) if use.runs_python else None
    user = user_config(context.env)
    facts = module_facts(
        use.version,
        use.features,
        interpreter,
        target=context.target,
        executable=executable,
        user_text=user[1] if user else None,
        env=context.env,
    )
    abi = facts.abi
    linked = linked_config(context, graph, use, module)
    if linked is not None:
        key = make_key(context, graph, pyo3=linked[0])
        return PlannedModule(module.name, replace(key, plain=linked[1]), abi)
    text = facts.config_text
    if user is None:
        text = _with_import_library(context, graph, text)
    pyo3 = Pyo3Config(
        text,
        use,
        link=False,
        user_file=user[0] if user else None,
        extension_variable=facts.extension_variable,
    )
    key = make_key(context, graph, pyo3=pyo3)
    return _with_link_arguments(PlannedModule(module.name, key, abi), context)


def _with_link_arguments(planned: PlannedModule, context: Context) -> PlannedModule:
    file = planned.name.rpartition(".")[2] + planned.abi.extension_suffix
    first = _module_link_arguments(context.target, file, context.toolchain.release)
    key = planned.key
    return replace(planned, key=replace(key, rustc_args=(*first, *key.rustc_args)))


def _plan_programs(
    context: Context, binaries: Sequence[BinarySettings]
) -> tuple[PlannedProgram, ...]:
    programs = []
    for group in group_binaries(binaries, context.settings):
        item = group[0]
        graph = find_graph(context, item.manifest_path, item.package, item.features)
        pyo3, plain = _program_config(context, graph, item)
        names = tuple(binary.name for binary in group)
        key = make_key(context, graph, pyo3=pyo3, binaries=names)
        first = _program_link_arguments(context) if pyo3 is not None else ()
        key = replace(key, plain=plain, rustc_args=(*first, *key.rustc_args))
        programs.append(
            PlannedProgram(
                with_part(key, item, context.settings),
                tuple(
                    (one.name, one.script or one.name) for one in group if not one.to
                ),
                embeds_python=pyo3 is not None,
                places=tuple((one.name, one.to) for one in group if one.to),
                optional=item.optional,
            )
        )
    return tuple(programs)


def _program_config(
    context: Context, graph: Graph, item: BinarySettings
) -> tuple[Pyo3Config | None, bool]:
    use = graph.pyo3
    if use is None:
        return None, False
    if context.develops:
        pyo3, plain = development_config(context, graph, use)
        return pyo3, plain and not has_own_build(item)
    target = context.target
    pyo3 = program_config(use, context.interpreter, target, context.env)
    if pyo3.user_file is None:
        text = _with_import_library(context, graph, pyo3.text)
        pyo3 = replace(pyo3, text=text)
    return pyo3, False


def _with_import_library(context: Context, graph: Graph, text: str) -> str:
    if graph.pyo3 is None or "-windows-" not in context.target:
        return text
    from ferrule.plan.import_libraries import with_import_library

    return with_import_library(
        text,
        graph.pyo3,
        context.interpreter,
        context.target,
        env=context.env,
        fallback=find_target_directory(context, graph) / "ferrule",
    )


def _python_of_scripts(context: Context) -> str | None:
    """Return the path that all names of the Python for build scripts share."""
    interpreter = context.interpreter
    if interpreter is None or interpreter.is_foreign:
        return context.build_python or None
    return interpreter.stable_executable


def _program_link_arguments(context: Context) -> tuple[str, ...]:
    # What a foreign libpython needs itself (libz, libexpat) is found on the target,
    # and is often not on this machine.
    interpreter = context.interpreter
    if interpreter is None or not interpreter.is_foreign:
        return tuple(framework_arguments(interpreter, context.target))
    if interpreter.system != "Linux" or not interpreter.shared:
        return tuple(framework_arguments(interpreter, context.target))
    return ("-C", "link-arg=-Wl,--allow-shlib-undefined")


def _module_link_arguments(
    target: str, file: str, release: tuple[int, int]
) -> tuple[str, ...]:
    """Return what rustc is told for the library of a module alone.

    The guide, section "macOS": Python's symbols are found when the module is
    loaded. Without a name of its own a library has that of cargo's folder; load
    commands get room to grow when a repair gives libraries longer names.
    Emscripten's are side modules; most systems need no argument.
    """
    words: tuple[str, ...] = ()
    if "-apple-darwin" in target:
        name = f"-Wl,-install_name,@rpath/{file}"
        room = "-Wl,-headerpad_max_install_names"
        words = ("-undefined", "dynamic_lookup", name, room)
    elif target == "wasm32-unknown-emscripten":
        # From 1.95 on rustc asks for 64-bit integers by itself.
        bigint = ("-sWASM_BIGINT",) if release < (1, 95) else ()
        words = ("-sSIDE_MODULE=2", *bigint)
    return tuple(part for word in words for part in ("-C", f"link-arg={word}"))
