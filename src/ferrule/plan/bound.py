"""Planning libraries that PyO3 has no part in: cffi, UniFFI, and `none`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ferrule.cargo.graph import FeatureSelection
from ferrule.errors.bindings import NoUniffiError
from ferrule.errors.configuration import InterpreterNeededError
from ferrule.plan.build import Bindgen, ModuleKind, PlannedModule
from ferrule.plan.context import make_key
from ferrule.python.abi import NO_ABI

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.cargo.graph import Graph
    from ferrule.plan.context import Context
    from ferrule.settings.model import ModuleSettings

__all__ = ["BINDGEN", "find_bindgen_crate", "plan_bound_module"]

BINDGEN = "uniffi-bindgen"


def plan_bound_module(
    context: Context, graph: Graph, module: ModuleSettings, kind: ModuleKind
) -> PlannedModule:
    """Return a module of kind `none`, `cffi` or `uniffi`.

    Raises `InterpreterNeededError` and `NoUniffiError`.
    """
    key = make_key(context, graph, pyo3=None)
    if kind == "uniffi":
        bindgen = _plan_bindgen(graph, key)
        return PlannedModule(module.name, key, NO_ABI, kind, bindgen)
    if context.interpreter is None:
        raise InterpreterNeededError(
            "no Python interpreter to build with",
            why=[
                "cffi runs in one to generate ffi.py"
                if kind == "cffi"
                else f"the module {module.name} is for one Python version"
            ],
            fix="choose a Python with --interpreter",
        )
    if kind == "cffi":
        return PlannedModule(module.name, key, NO_ABI, kind)
    from ferrule.python.abis import version_specific_abi

    return PlannedModule(
        module.name, key, version_specific_abi(context.interpreter), kind
    )


def _plan_bindgen(graph: Graph, key: CompileKey) -> Bindgen:
    if graph.uniffi is None:
        raise NoUniffiError(graph.root.name, graph.root.manifest_path)
    files = [graph.workspace_root, *(crate.folder for crate in graph.crates)]
    return Bindgen(
        version=graph.uniffi.version,
        key=_bindgen_key(graph, key),
        config_files=tuple(folder / "uniffi.toml" for folder in files),
    )


def find_bindgen_crate(graph: Graph) -> tuple[str, tuple[str, ...]] | None:
    """Return the id of the crate with a binary uniffi-bindgen, and its features.

    The module's own crate comes first, then other members of its workspace.
    """
    workspace = graph.workspace_root
    members = [
        crate
        for crate in graph.crates
        if workspace in (crate.folder, *crate.folder.parents)
    ]
    for crate in (graph.root, *members):
        for target in crate.binaries:
            if target.name == BINDGEN:
                return crate.id, target.required_features
    return None


def _bindgen_key(graph: Graph, key: CompileKey) -> CompileKey | None:
    found = find_bindgen_crate(graph)
    if found is None:
        return None
    crate_id, features = found
    crate = next(item for item in graph.crates if item.id == crate_id)
    selection = FeatureSelection()
    if crate_id == graph.root.id:
        # The library's own features, so that what both need is compiled once.
        selection = key.selection
    wanted = tuple(dict.fromkeys((*selection.features, *features)))
    return replace(
        key,
        crate=crate,
        kind="binary",
        binaries=(BINDGEN,),
        selection=replace(selection, features=wanted),
        rustc_args=(),
    )
