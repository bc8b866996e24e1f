"""What joins a crate and Python, and the plans of what PyO3 has no part in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.graph import UniffiUse
from ferrule.errors.bindings import NoUniffiError
from ferrule.errors.cargo import NoCdylibError, NoPyo3Error
from ferrule.errors.configuration import InterpreterNeededError
from ferrule.plan.bound import find_bindgen_crate, plan_bound_module
from ferrule.plan.context import Context
from ferrule.plan.planner import graph_kind
from ferrule.project.crate import Crate, CrateTarget
from ferrule.settings.model import ModuleSettings, Settings

CDYLIB, LIB = ("cdylib",), ("lib",)
BINDGEN = {"uniffi-bindgen": ("cli",)}


@pytest.mark.parametrize(
    ("pyo3", "uniffi", "library", "binaries", "kind"),
    [
        (True, False, CDYLIB, {}, "pyo3"),
        (True, False, CDYLIB, {"tool": ()}, "pyo3"),
        (True, False, LIB, {}, "pyo3"),
        (True, False, LIB, {"tool": ()}, "bin"),
        (True, False, (), {"tool": ()}, "bin"),
        (True, True, CDYLIB, {}, "pyo3"),
        (False, True, CDYLIB, BINDGEN, "uniffi"),
        (False, True, LIB, BINDGEN, "uniffi"),
        (False, True, LIB, {"tool": ()}, "bin"),
        (False, False, CDYLIB, {}, "cffi"),
        (False, False, CDYLIB, {"tool": ()}, "cffi"),
        (False, False, LIB, {"tool": ()}, "bin"),
        (False, False, (), {"tool": ()}, "bin"),
    ],
)
def test_kind(pyo3, uniffi, library, binaries, kind, make_graph, pyo3_use):
    graph = make_graph(
        library=library, binaries=binaries, pyo3=pyo3_use() if pyo3 else None
    )
    graph = replace(graph, uniffi=UniffiUse("0.31.0") if uniffi else None)
    assert graph_kind(graph) == kind


def test_pyo3_behind_a_feature_that_is_off_is_a_mistake(make_graph, pyo3_use):
    with pytest.raises(NoPyo3Error, match="does not depend on pyo3"):
        graph_kind(replace(make_graph(library=CDYLIB), names_pyo3=True))
    with pytest.raises(NoPyo3Error):
        graph_kind(make_graph(library=LIB))
    with pytest.raises(NoCdylibError):
        graph_kind(make_graph(pyo3=pyo3_use()))


def make_crate(name, folder, *binaries):
    targets = tuple(
        CrateTarget(binary, ("bin",), Path("main.rs"), ("cli",)) for binary in binaries
    )
    return Crate(name, name, "1.0", Path(folder, "Cargo.toml"), targets, ())


def test_bindgen_of_the_crate_and_of_its_workspace(make_graph):
    graph = make_graph(library=CDYLIB)
    assert find_bindgen_crate(graph) is None
    member = make_crate("tools", "/p/tools", "tool", "uniffi-bindgen")
    outside = make_crate("far", "/elsewhere", "uniffi-bindgen")
    graph = replace(graph, crates=(outside, graph.root, member))
    assert find_bindgen_crate(graph) == ("tools", ("cli",))
    own = make_graph(library=CDYLIB, binaries={"uniffi-bindgen": ()})
    graph = replace(graph, root=own.root, crates=(member, own.root))
    assert find_bindgen_crate(graph) == ("id", ())


@pytest.fixture
def context(make_interpreter):
    def make(*, interpreter=True):
        toolchain = SimpleNamespace(host="x86_64-unknown-linux-gnu")
        project = SimpleNamespace(settings=Settings(), root=Path("/p"))
        python = make_interpreter() if interpreter else None
        return Context(project, python, toolchain, {}, "dev", None, None)

    return make


def test_uniffi_plans_its_generator(context, make_graph):
    graph = make_graph(library=CDYLIB, binaries={"uniffi-bindgen": ("cli",)})
    module = ModuleSettings("demo")
    with pytest.raises(NoUniffiError, match="`demo` does not depend on uniffi"):
        plan_bound_module(context(), graph, module, "uniffi")
    graph = replace(graph, uniffi=UniffiUse("0.31.0"))
    planned = plan_bound_module(context(interpreter=False), graph, module, "uniffi")
    assert (planned.abi.python_tag, planned.abi.abi_tag) == ("py3", "none")
    bindgen = planned.bindgen
    assert bindgen.version == "0.31.0"
    assert bindgen.key.binaries == ("uniffi-bindgen",)
    assert bindgen.key.selection.features == ("cli",)
    assert bindgen.key.profile == planned.key.profile
    assert Path("/p/uniffi.toml") in bindgen.config_files


def test_cffi_and_none_need_a_python(context, make_graph):
    graph = make_graph(library=CDYLIB)
    module = ModuleSettings("demo", bindings="none")
    planned = plan_bound_module(context(), graph, module, "cffi")
    assert (planned.abi.python_tag, planned.bindgen) == ("py3", None)
    planned = plan_bound_module(context(), graph, module, "none")
    assert planned.abi.kind == "version"
    assert planned.key.pyo3 is None
    with pytest.raises(InterpreterNeededError, match="no Python interpreter") as caught:
        plan_bound_module(context(interpreter=False), graph, module, "cffi")
    assert "cffi runs in one to generate ffi.py" in str(caught.value)
    with pytest.raises(InterpreterNeededError) as caught:
        plan_bound_module(context(interpreter=False), graph, module, "none")
    assert "the module demo is for one Python version" in str(caught.value)
