"""What names mean."""

from __future__ import annotations

import pytest

from ferrule.lint.cfg import Conditions
from ferrule.lint.names import read_names
from ferrule.lint.source import read_source
from ferrule.lint.syntax import parse_items


def names(text: str, crate: str = "pyo3"):
    source = read_source("a.rs", text.encode())
    return read_names(parse_items(source, Conditions(), True), crate)


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "pyo3::types::PyDict", "pyo3::types::PyDict"),
        ("", "::pyo3::types", "pyo3::types"),
        ("use pyo3::types;", "types::PyDict", "pyo3::types::PyDict"),
        ("use pyo3::types::{self, PyDict as D};", "D", "pyo3::types::PyDict"),
        ("use pyo3::types::{self, PyDict as D};", "types::A", "pyo3::types::A"),
        ("use ::pyo3::{types::{a, b::c}};", "c", "pyo3::types::b::c"),
        ("use pyo3 as py;", "py::types", "pyo3::types"),
        ("use pyo3 as py; use py::types::A;", "A", "pyo3::types::A"),
        ("extern crate pyo3 as py;", "py::types", "pyo3::types"),
        ("use other::PyDict;", "PyDict", None),
        ("use pyo3::types::PyDict; mod a { use b::PyDict; }", "PyDict", None),
        ("use pyo3::types::PyDict; struct PyDict;", "PyDict", None),
        ("mod pyo3;", "pyo3::types", None),
        ("", "PyDict", None),
        ("use crate::pyo3::types::A;", "A", None),
    ],
)
def test_resolve(text, path, expected):
    found = names(text).resolve(tuple(path.split("::")))
    assert found == (expected and tuple(expected.split("::")))


def test_a_renamed_dependency():
    found = names("use python::types::A;", "python")
    assert found.resolve(("A",)) == ("pyo3", "types", "A")
    assert found.resolve(("pyo3", "types")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use pyo3::types::*;", [("pyo3", "types", "X")]),
        ("use pyo3::types::*; use super::*;", []),
        ("use pyo3::types::*; struct X;", []),
        ("", []),
    ],
)
def test_globs(text, expected):
    assert names(text).through_glob("X") == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("use pyo3::prelude::*;", "pyclass", True),
        ("use crate::prelude::pyclass;", "pyclass", True),
        ("use rustpython_vm::pyclass;", "pyclass", False),
        ("use pyo3::pyclass as class;", "class", True),
        ("", "pyo3::pyclass", True),
        ("", "other::pyclass", False),
        ("", "class", False),
    ],
)
def test_attributes(text, path, expected):
    assert names(text).is_attribute(tuple(path.split("::")), "pyclass") is expected
