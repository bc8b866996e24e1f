"""The rules of the stable ABI; the compiler confirms them in tests/build."""

from __future__ import annotations

import pytest

from ferrule.lint.cfg import Conditions, python_names
from ferrule.lint.names import read_names
from ferrule.lint.source import read_source
from ferrule.lint.stable_abi import StableAbi, find_stable_abi, may_concern
from ferrule.lint.syntax import parse_items


def find(text: str, *, version: str = "0.22.6", minimum=(3, 8), newest: int = 12):
    source = read_source("src/lib.rs", text.encode())
    names = python_names(minimum, stable=True, free_threaded=False, passed_on=True)
    tree = parse_items(source, Conditions(names=names), True)
    abi = StableAbi(version, minimum, newest, "abi3-py38, Cargo.toml:9")
    found = find_stable_abi(tree, read_names(tree, "pyo3"), abi)
    assert not found or may_concern(text.encode())
    return found


def rules(text: str, **more) -> list[str]:
    return [item.rule for item in find(text, **more)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#[pyclass(dict)] struct A;", ["dict"]),
        ("#[pyo3::pyclass(weakref, dict)] pub struct A {}", ["weakref", "dict"]),
        ("#[pyclass] #[pyo3(dict)] struct A;", ["dict"]),
        ("#[cfg_attr(Py_3_8, pyclass(dict))] struct A;", ["dict"]),
        ("use pyo3::pyclass as class; #[class(dict)] struct A;", ["dict"]),
        ('#[pyclass(name = "dict")] struct A;', []),
        ("#[cfg_attr(Py_3_9, pyclass(dict))] struct A;", []),
        ("#[cfg_attr(own, pyclass(dict))] struct A;", []),
        ("#[derive(dict)] struct A;", []),
        ("use other::pyclass; #[pyclass(dict)] struct A;", []),
        ("macro_rules! m { () => { #[pyclass(dict)] struct A; } }", []),
        ("// #[pyclass(dict)]\nstruct A;", []),
        ("fn f() { #[pyclass(dict)] struct A; }", ["dict"]),
        ("mod a { mod b { #[pyclass(dict)] struct A; } }", ["dict"]),
        (
            "use pyo3::types::PyDict; #[pyclass(extends=PyDict)] struct A;",
            ["native-base"],
        ),
        (
            "#[pyclass(extends = pyo3::exceptions::PyKeyError)] struct A;",
            ["native-base"],
        ),
        (
            "use pyo3::exceptions::*; #[pyclass(extends=PyKeyError)] struct A;",
            ["native-base"],
        ),
        (
            "#[pyclass(subclass)] struct PyDict; #[pyclass(extends=PyDict)] struct A;",
            [],
        ),
        ("use pyo3::types::PyAny; #[pyclass(extends=PyAny)] struct A;", []),
        ("use pyo3::buffer;", ["buffer"]),
        ("use pyo3::buffer::{self, PyBuffer};", ["buffer", "buffer"]),
        ("use pyo3::buffer::*;", ["buffer"]),
        (
            "fn f(_: pyo3::buffer::PyBuffer<u8>, _: pyo3::buffer::PyBuffer<i8>) {}",
            ["buffer"],
        ),
        ("use pyo3::ffi; fn f(_: *mut ffi::Py_buffer) {}", ["buffer"]),
        ("struct PyBuffer; fn f(_: PyBuffer) {}", []),
        ("#[pymethods] impl A { fn __getbuffer__(&self) {} }", ["buffer"]),
        ("impl A { fn __getbuffer__(&self) {} }", []),
        ("#[pymethods] impl A { #[cfg(Py_3_11)] fn __getbuffer__(&self) {} }", []),
        ("use pyo3::types::PyFunction;", ["stable-abi"]),
        ("#[cfg(not(Py_LIMITED_API))] use pyo3::types::PyFunction;", []),
        ("use pyo3::types::*; fn f(_: PyDateTime) {}", ["stable-abi"]),
        ("use pyo3::types::*; use super::*; fn f(_: PyDateTime) {}", []),
        ("use pyo3::types::*; fn f() { let a = b.PyDateTime; }", []),
        ("use pyo3::marshal;", ["stable-abi"]),
        ("use crate::pyo3::marshal;", []),
        ('const A: &str = "pyo3::types::PyFunction";', []),
        (
            '#[pymethods] impl A { #[new] #[pyo3(text_signature = "()")] fn n() {} }',
            ["text-signature"],
        ),
        ("#[pymethods] impl A { #[new] #[pyo3(text_signature = None)] fn n() {} }", []),
        ('#[pymethods] impl A { #[pyo3(text_signature = "()")] fn n() {} }', []),
        ('#[pyfunction] #[pyo3(text_signature = "()")] fn n() {}', []),
        ("#[pyclass(immutable_type)] struct A;", []),
        ("#[pyclass(dict] struct A;", []),
    ],
)
def test_what_is_found_for_pyo3_0_22_and_python_3_8(text, expected):
    assert rules(text) == expected


@pytest.mark.parametrize(
    ("text", "version", "minimum", "expected"),
    [
        ("#[pyclass(dict)] struct A;", "0.22.6", (3, 9), []),
        ("use pyo3::buffer::PyBuffer;", "0.30.1", (3, 10), ["buffer"]),
        ("use pyo3::buffer::PyBuffer;", "0.30.1", (3, 11), []),
        ("use pyo3::types::PyFunction;", "0.28.3", (3, 12), ["stable-abi"]),
        ("use pyo3::types::PyFunction;", "0.29.0", (3, 8), []),
        ("use pyo3::types::PyDate;", "0.24.2", (3, 12), ["stable-abi"]),
        ("use pyo3::types::PyDate;", "0.25.0", (3, 8), []),
        ("use pyo3::types::PyFrame;", "0.30.1", (3, 14), ["stable-abi"]),
        ("#[pyclass(immutable_type)] struct A;", "0.30.1", (3, 13), ["immutable-type"]),
        ("#[pyclass(immutable_type)] struct A;", "0.30.1", (3, 14), []),
        (
            "#[pyclass(extends = pyo3::types::PyDict)] struct A;",
            "0.28.0",
            (3, 11),
            ["native-base"],
        ),
        ("#[pyclass(extends = pyo3::types::PyDict)] struct A;", "0.28.0", (3, 12), []),
        (
            "#[pyclass(extends = pyo3::types::PyDict)] struct A;",
            "0.27.2",
            (3, 12),
            ["native-base"],
        ),
        (
            '#[pyclass(text_signature = "()")] struct A;',
            "0.20.3",
            (3, 7),
            ["text-signature"],
        ),
        ('#[pyclass(text_signature = "()")] struct A;', "0.22.6", (3, 7), []),
    ],
)
def test_releases_and_versions(text, version, minimum, expected):
    assert rules(text, version=version, minimum=minimum, newest=14) == expected


def test_the_text_names_place_minimum_and_remedy():
    [found] = find("use pyo3::prelude::*;\n\n#[pyclass(dict)]\nstruct A;\n")
    assert found.located() == (
        "src/lib.rs:3:11: dict: `#[pyclass(dict)]` does not compile for the stable ABI "
        "before Python 3.9; the minimum of this build is 3.8 (abi3-py38, Cargo.toml:9)."
        " Fix: raise the minimum: abi3-py39, or guard it: "
        "`#[cfg(any(Py_3_9, not(Py_LIMITED_API)))]`, with "
        "`pyo3_build_config::use_pyo3_cfgs()` in build.rs."
    )
    assert found.allowed_from == "3.9"
    assert found.fails


def test_old_releases_drop_dict_in_silence():
    [found] = find("#[pyclass(dict)] struct A;", version="0.21.2")
    assert "is left out without a word" in found.what
    assert not found.fails


def test_a_minimum_that_the_release_does_not_have_is_not_proposed():
    [found] = find("use pyo3::buffer::PyBuffer;", version="0.16.5", newest=10)
    assert found.allowed_from is None
    assert found.remedies[0] == "build for each Python instead of the stable ABI"


def test_what_a_later_release_has():
    [found] = find("use pyo3::types::PyCode;")
    assert "in PyO3 0.22.6 (from 0.26 on it has it)" in found.what


@pytest.mark.parametrize(
    "text",
    [
        "// ferrule: allow(dict)\n#[pyclass(dict)]\nstruct A;",
        "#[pyclass(dict)] // ferrule: allow(dict)\nstruct A;",
        "// ferrule: allow(dict)\n#[derive(Debug)]\n#[pyclass(dict)]\nstruct A;",
        "// ferrule: allow(buffer, stable-abi)\nuse pyo3::types::PyFrame;",
    ],
)
def test_comments_allow(text):
    assert find(text) == []


def test_a_comment_allows_only_what_it_names():
    assert rules("// ferrule: allow(weakref)\n#[pyclass(dict)]\nstruct A;") == ["dict"]
