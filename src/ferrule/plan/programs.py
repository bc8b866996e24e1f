"""How the programs of a project are compiled that are given away with a Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.plan.configuration import program_config
from ferrule.plan.context import (
    Context,
    find_graphs,
    find_target_directory,
    make_key,
)

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey, Pyo3Config
    from ferrule.cargo.graph import Graph, Pyo3Use
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.project.model import Project
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.linker import Linker

__all__ = ["plan_programs"]


def plan_programs(  # noqa: PLR0913 - every one of them is a fact from elsewhere
    project: Project,
    interpreter: Interpreter,
    toolchain: Toolchain,
    *,
    profile: str,
    env: Mapping[str, str],
    linker: Linker | None = None,
    build_python: str = "",
) -> tuple[CompileKey, ...]:
    """Return one key per crate of the project that has programs.

    Each is configured to link libpython; `pyo3` is None where a crate does not
    use it. `build_python` is for build scripts where `interpreter` does not run here.
    Raises the errors of `read_graph` and `UnknownPackageError`.
    """
    context = Context(
        project,
        interpreter,
        toolchain,
        env,
        profile,
        None,
        None,
        develops=False,
        build_python=build_python,
        linker=linker,
    )
    settings = project.settings
    graphs = find_graphs(context, [*settings.binaries, *settings.modules])
    keys: dict[str, CompileKey] = {}
    for graph in graphs:
        names = tuple(item.name for item in graph.root.binaries)
        if graph.root.id in keys or not names:
            continue
        use = graph.pyo3
        pyo3 = None
        if use is not None:
            pyo3 = _program_config(context, graph, use)
        keys[graph.root.id] = make_key(context, graph, pyo3=pyo3, binaries=names)
    if not keys:
        first = graphs[0]
        key = make_key(context, first, pyo3=None)
        return (replace(key, kind="binary"),)
    return tuple(keys.values())


def _program_config(context: Context, graph: Graph, use: Pyo3Use) -> Pyo3Config:
    """Return the configuration, with an import library where one is needed."""
    interpreter, target = context.interpreter, context.target
    pyo3 = program_config(use, interpreter, target, context.env)
    if pyo3.user_file is not None or "-windows-" not in target:
        return pyo3
    from ferrule.plan.import_libraries import with_import_library

    text = with_import_library(
        pyo3.text,
        use,
        interpreter,
        target,
        env=context.env,
        fallback=find_target_directory(context, graph) / "ferrule",
    )
    return replace(pyo3, text=text)
