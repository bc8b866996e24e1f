"""What is checked before a cffi or UniFFI module is compiled."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ferrule import log
from ferrule.errors.bindings import BindgenMissingError
from ferrule.pipeline import opening
from ferrule.pipeline.binding import check_generators
from ferrule.pipeline.requirements import published_bindgen
from ferrule.plan.build import Bindgen, Build, PlannedModule
from ferrule.project.core_metadata import CoreMetadata
from ferrule.python.abi import NO_ABI


@pytest.fixture
def make_build(monkeypatch):
    monkeypatch.setattr(opening, "_warned", set())

    def make(bindings, *requirements, bindgen=None):
        key = SimpleNamespace(crate=SimpleNamespace(name="demo"))
        metadata = CoreMetadata("demo", "1.0", requires_dist=requirements)
        module = PlannedModule("demo", key, NO_ABI, bindings, bindgen)
        project = SimpleNamespace(metadata=metadata)
        return Build(project, None, (module,), (), {"PATH": ""})

    return make


@pytest.mark.parametrize(
    ("requirements", "warns"),
    [((), True), (("cffi-tools",), True), (("CFFI>=1.15",), False)],
)
def test_cffi_is_needed_when_the_package_is_imported(requirements, warns, make_build):
    heard = []
    with log.also_to(heard):
        assert check_generators(make_build("cffi", *requirements)) == {}
    expected = (
        "demo needs cffi when it is imported, but does not require it: "
        'add "cffi" to `dependencies` in [project]'
    )
    assert heard == ([expected] if warns else [])


def test_a_missing_bindgen_is_found_before_anything_is_compiled(make_build):
    with pytest.raises(BindgenMissingError):
        check_generators(make_build("uniffi", bindgen=Bindgen("0.31.0", None, ())))
    compiled = Bindgen("0.31.0", SimpleNamespace(), ())
    assert check_generators(make_build("uniffi", bindgen=compiled)) == {}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.31.0", ["uniffi-bindgen==0.31.0"]),
        ("0.29.1", ["uniffi-bindgen==0.29.5"]),
        ("0.99.0", []),
    ],
)
def test_requirement_of_a_published_bindgen(version, expected):
    assert published_bindgen(version) == expected
