"""How the tests and programs of a project's crates are compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.cargo.graph import FeatureSelection
from ferrule.plan.configuration import development_config
from ferrule.plan.context import Context, find_graphs, make_key

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.cargo.graph import Graph
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.project.crate import Crate
    from ferrule.project.model import Project
    from ferrule.python.interpreter import Interpreter

__all__ = ["plan_development"]


def plan_development(
    project: Project,
    interpreter: Interpreter | None,
    toolchain: Toolchain,
    *,
    profile: str,
    env: Mapping[str, str],
) -> tuple[CompileKey, ...]:
    """Return one key per crate of the project: its own, then what they use.

    The features are those of the project, so that tests and programs share what
    the modules are made of. Workspace members that the project's crates depend on
    come last, each with its own default features. Raises the errors of
    `read_graph`, `UnknownPackageError` and `InterpreterNeededError`.
    """
    context = Context(
        project, interpreter, toolchain, env, profile, None, None, develops=True
    )
    settings = project.settings
    graphs = find_graphs(context, [*settings.modules, *settings.binaries])
    keys: dict[str, CompileKey] = {}
    for graph in graphs:
        if graph.root.id not in keys:
            keys[graph.root.id] = _plan_crate(context, graph)
    used: dict[str, CompileKey] = {}
    for graph in graphs:
        for crate in graph.local_dependencies():
            if crate.id not in keys and crate.id not in used:
                used[crate.id] = _plan_dependency(keys[graph.root.id], crate)
    return (*keys.values(), *used.values())


def _plan_crate(context: Context, graph: Graph) -> CompileKey:
    pyo3, plain = None, False
    if graph.pyo3 is not None:
        pyo3, plain = development_config(context, graph, graph.pyo3)
    # What the settings hand to rustc is for the files that are packed.
    key = make_key(context, graph, pyo3=pyo3)
    return replace(key, plain=plain, rustc_args=())


def _plan_dependency(key: CompileKey, crate: Crate) -> CompileKey:
    return replace(key, crate=crate, selection=FeatureSelection(), component_rows=())
