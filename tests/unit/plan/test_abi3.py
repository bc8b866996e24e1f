from __future__ import annotations

import pytest

from ferrule.errors.cargo import IndirectPyo3Error
from ferrule.plan.abi3 import abi3_feature


@pytest.mark.parametrize(
    ("version", "changes", "expected"),
    [
        ("3.9", {}, "pyo3/abi3-py39"),
        ("3.14", {}, "pyo3/abi3-py39"),
        ("3.8", {}, None),
        ("3.13t", {}, None),
        ("3.11", {"implementation": "PyPy"}, None),
        ("3.11", {"implementation": "GraalVM"}, None),
    ],
)
def test_interpreters(
    make_graph, make_interpreter, pyo3_use, version, changes, expected
):
    interpreter = make_interpreter(version, **changes)
    assert abi3_feature("3.9", make_graph(pyo3=pyo3_use()), interpreter) == expected


def test_no_interpreter_is_needed(make_graph, pyo3_use):
    assert abi3_feature("3.10", make_graph(pyo3=pyo3_use()), None) == "pyo3/abi3-py310"


@pytest.mark.parametrize("feature", ["abi3", "abi3-py38", "abi3t-py315"])
def test_the_crate_decides_itself(make_graph, pyo3_use, feature):
    assert abi3_feature("3.9", make_graph(pyo3=pyo3_use(feature)), None) is None


def test_nothing_without_the_setting_or_without_pyo3(make_graph, pyo3_use):
    assert abi3_feature(None, make_graph(pyo3=pyo3_use()), None) is None
    assert abi3_feature("3.9", make_graph(), None) is None


def test_a_renamed_dependency(make_graph, pyo3_use):
    graph = make_graph(pyo3=pyo3_use(dependency="py"))
    assert abi3_feature("3.9", graph, None) == "py/abi3-py39"


def test_pyo3_behind_another_crate(make_graph, pyo3_use):
    with pytest.raises(IndirectPyo3Error) as caught:
        abi3_feature("3.9", make_graph(pyo3=pyo3_use(dependency=None)), None)
    assert str(caught.value) == (
        "`abi3` cannot enable the stable ABI: package `demo` reaches PyO3 through "
        "other packages only\n"
        "  manifest: /p/Cargo.toml\n"
        "  fix: add pyo3 to its dependencies, or enable pyo3's feature abi3-py3* in "
        "the package that names pyo3 and remove `abi3`"
    )
