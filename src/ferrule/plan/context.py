"""One crate of a plan: its graph, its features, its compile key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.cargo.compile import CompileKey
from ferrule.cargo.graph import FeatureSelection, read_graph
from ferrule.cargo.path_remapping import (
    find_remapping,
    is_remapped_otherwise,
    linker_arguments,
    native_variables,
    rust_arguments,
)
from ferrule.cargo.rustflags import added_rustflags, effective_rustflags
from ferrule.errors.cargo import UnknownPackageError
from ferrule.plan.abi3 import abi3_feature
from ferrule.records import dataclass
from ferrule.settings.python_condition import features_for
from ferrule.target.macos import deployment_target
from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.cargo.compile import Pyo3Config
    from ferrule.cargo.graph import Graph
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.project.model import Project
    from ferrule.python.interpreter import Interpreter
    from ferrule.settings.model import (
        BinarySettings,
        Feature,
        ModuleSettings,
        Settings,
    )
    from ferrule.target.linker import Linker

__all__ = [
    "Context",
    "cargo_arguments",
    "find_graph",
    "find_graphs",
    "find_selection",
    "find_target_directory",
    "make_key",
]


@dataclass(frozen=True)
class Context:
    """What every part of one plan needs to know."""

    project: Project
    interpreter: Interpreter | None
    toolchain: Toolchain
    env: Mapping[str, str]
    profile: str
    target_directory: Path | None
    build_directory: Path | None
    develops: bool = False
    """Whether the modules stay on this machine and may share what tests and
    programs compile."""
    build_python: str = ""
    """A Python of this machine for build scripts, where `interpreter` is none."""
    linker: Linker | None = None
    """What links for another target; None for this machine."""

    @property
    def settings(self) -> Settings:
        """Return the project's settings."""
        return self.project.settings

    @property
    def target(self) -> str:
        """Return the Rust target that is built for."""
        named = self.settings.target
        return named[0] if named else self.toolchain.host

    @property
    def python_to_run(self) -> str:
        """Return the Python that build scripts may run; empty if there is none."""
        if self.interpreter is not None and not self.interpreter.is_foreign:
            return self.interpreter.executable
        return self.build_python


def find_graph(
    context: Context,
    manifest: str | None,
    package: str | None,
    features: Sequence[Feature],
) -> Graph:
    """Return the dependency graph of a crate with its features."""
    project = context.project
    path = project.root / manifest if manifest else project.manifest_path
    selection = find_selection(context.settings, context.interpreter, features)
    if package is not None:
        members = _read_graph(context, path, FeatureSelection()).crates
        crate = next((item for item in members if item.name == package), None)
        if crate is None:
            raise UnknownPackageError(package, [item.name for item in members])
        path = crate.manifest_path
    graph = _read_graph(context, path, selection)
    added = abi3_feature(context.settings.abi3, graph, context.interpreter)
    if added is None:
        return graph
    selection = replace(selection, features=(*selection.features, added))
    return _read_graph(context, path, selection)


def find_graphs(
    context: Context, parts: Sequence[ModuleSettings | BinarySettings]
) -> list[Graph]:
    """Return the graph of the project's crate, then those of modules and programs."""
    return [
        find_graph(context, None, None, ()),
        *(
            find_graph(context, part.manifest_path, part.package, part.features)
            for part in parts
        ),
    ]


def _read_graph(context: Context, path: Path, selection: FeatureSelection) -> Graph:
    arguments = cargo_arguments(context.settings)
    return read_graph(
        path,
        selection,
        context.toolchain,
        arguments=arguments,
        env=context.env,
        target=context.target,
    )


def find_selection(
    settings: Settings, interpreter: Interpreter | None, features: Sequence[Feature]
) -> FeatureSelection:
    """Return the cargo features for one Python; `features` add to the project's."""
    version = interpreter.version_text if interpreter else None
    implementation = interpreter.implementation if interpreter else None
    return FeatureSelection(
        features_for((*settings.features, *features), version, implementation),
        settings.all_features,
        settings.no_default_features,
    )


def cargo_arguments(settings: Settings) -> tuple[str, ...]:
    """Return the arguments that every cargo command gets."""
    flags = ("locked", "frozen", "offline")
    arguments = [f"--{name}" for name in flags if getattr(settings, name)]
    arguments += [f"--config={item}" for item in settings.config]
    arguments += [f"-Z{item}" for item in settings.unstable_flags]
    return tuple(arguments)


def find_target_directory(context: Context, graph: Graph) -> Path:
    """Return cargo's target directory, as the settings or cargo choose it."""
    chosen = context.settings.target_dir
    if chosen:
        return context.project.root / chosen
    return context.target_directory or graph.target_directory


def make_key(
    context: Context,
    graph: Graph,
    *,
    pyo3: Pyo3Config | None,
    binaries: tuple[str, ...] = (),
) -> CompileKey:
    """Return the compile key of a library, or of some binaries."""
    settings = context.settings
    arguments = list(cargo_arguments(settings))
    if settings.jobs:
        arguments.append(f"--jobs={settings.jobs}")
    if context.linker is not None:
        arguments += context.linker.cargo_arguments(parse_triple(context.target))
    strip = ("-C", "strip=symbols") if settings.strip else ()
    configured: dict[str, Any] = {}
    directory = find_target_directory(context, graph)
    if context.build_directory is not None:
        configured["build_directory"] = context.build_directory
    if context.linker is not None and context.linker.label:
        # cargo compiles everything again when the linker's path changes.
        base = context.build_directory or directory / "ferrule"
        configured["build_directory"] = base / context.linker.label
    container = context.linker.container if context.linker else ""
    is_native = context.target == context.toolchain.host and not container
    if is_native and _leads_elsewhere(context, graph):
        arguments.append(f"--target={context.target}")
    key = CompileKey(
        crate=graph.root,
        kind="binary" if binaries else "library",
        binaries=binaries,
        selection=graph.selection,
        profile=context.profile,
        pyo3=pyo3,
        target_directory=directory,
        arguments=tuple(arguments),
        rustc_args=(*strip, *settings.rustc_args),
        target="" if is_native else context.target,
        container=container,
        triple=context.target,
        interpreter=context.python_to_run,
        env={
            **_linker_variables(context),
            **deployment_target(settings, context.target),
            **settings.env,
        },
        component_rows=graph.component_rows,
        own_crates=graph.own_crates,
        **configured,
    )
    return _with_remapping(context, graph, _with_shared_libc(context, key))


def _leads_elsewhere(context: Context, graph: Graph) -> bool:
    from ferrule.cargo.configured_target import leads_elsewhere

    return leads_elsewhere(graph.root.folder, context.env, context.toolchain.host)


def _with_shared_libc(context: Context, key: CompileKey) -> CompileKey:
    """Return a key under which musl's targets make shared libraries at all.

    Most toolchains link musl statically by default, and cargo then leaves a
    cdylib out (The Rust Reference, "Static and dynamic C runtimes"). Who has
    chosen already is not contradicted.
    """
    triple = parse_triple(context.target)
    if not triple.is_musl or key.kind != "library":
        return key
    folder, env = key.crate.folder, {**context.env, **key.env}
    flags = effective_rustflags(
        folder=folder, triple=triple.text, env=env, arguments=key.arguments
    )
    if any("crt-static" in flag for flag in flags):
        return key
    variables, arguments = added_rustflags(
        ["-C", "target-feature=-crt-static"], folder=folder, host=triple.text, env=env
    )
    return replace(
        key,
        env={**key.env, **variables},
        arguments=(*key.arguments, *arguments),
    )


def _linker_variables(context: Context) -> dict[str, str]:
    if context.linker is None:
        return {}
    return context.linker.variables(parse_triple(context.target), context.env)


def _with_remapping(context: Context, graph: Graph, key: CompileKey) -> CompileKey:
    """Return a key whose product names no folder of this machine, if it may.

    Not in development: debuggers open the files that are named.
    """
    chosen = context.settings.reproducible
    env = {**context.env, **key.env}
    if (
        context.develops
        or key.container  # whose folders are the same everywhere
        or chosen is False
        or (chosen is None and key.profile == "dev")
        or (chosen is None and is_remapped_otherwise(env, key.rustc_args))
    ):
        return key
    host = context.target
    remapping = find_remapping(
        graph,
        context.project.root,
        key.build_directory or key.target_directory / "ferrule",
        context.toolchain,
        env=env,
        is_complete=bool(chosen),
    )
    native = native_variables(remapping, host, env) if chosen else {}
    further = linker_arguments(host) if chosen else []
    variables, arguments = rust_arguments(
        remapping, further, folder=key.crate.folder, host=host, env=env
    )
    return replace(
        key,
        env={**key.env, **native, **variables},
        arguments=(*key.arguments, *arguments),
    )
