"""The limited API: feature and wheel tag."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule import log
from ferrule.errors.setuptools import LimitedApiError
from ferrule.python.abi import Abi
from ferrule.python.probe import running_interpreter
from ferrule.setuptools.extension import Binding, RustBin, RustExtension
from ferrule.setuptools.limited_api import choose_tag, limited_feature

CPYTHON = replace(running_interpreter(), implementation="CPython", gil_disabled=False)
GIVEN = ("cp312", "cp312", "linux_x86_64")
LIMITED = ("cp39", "abi3", "linux_x86_64")


def abi3(minor: int) -> Abi:
    return Abi("abi3", "CPython", (3, minor), f"cp3{minor}", "abi3", ".abi3.so")


SPECIFIC = Abi("version", "CPython", (3, 12), "cp312", "cp312", ".so")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("own", "wheel", "feature"),
    [
        ("auto", False, None),
        ("auto", "cp39", "pyo3/abi3-py39"),
        ("auto", "cp310", "pyo3/abi3-py310"),
        ("auto", True, "pyo3/abi3"),
        (True, False, "pyo3/abi3"),
        (True, "cp39", "pyo3/abi3-py39"),
        (False, "cp39", None),
        ("cp311", False, "pyo3/abi3-py311"),
    ],
)
def test_feature(own, wheel, feature) -> None:
    extension = RustExtension("a", py_limited_api=own)
    assert limited_feature(extension, wheel, CPYTHON) == feature


def test_only_pyo3_has_the_feature() -> None:
    assert limited_feature(RustBin("a"), "cp39", CPYTHON) is None
    bare = RustExtension("a", binding=Binding.NoBinding)
    assert limited_feature(bare, "cp39", CPYTHON) is None


def test_free_threaded_pythons_have_none() -> None:
    heard: list[str] = []
    free = replace(CPYTHON, gil_disabled=True, version=(3, 13, 0))
    with log.sink_to(lambda kind, text: heard.append(f"{kind}: {text}")):
        assert limited_feature(RustExtension("a"), "cp39", free) is None
    assert heard == [
        "info: py_limited_api is ignored: CPython 3.13t has no limited API"
    ]


@pytest.mark.parametrize("value", ["39", "py39", "cp4", "abi3"])
def test_other_values(value) -> None:
    with pytest.raises(LimitedApiError, match=f"py_limited_api = '{value}' is not"):
        limited_feature(RustExtension("a"), value, CPYTHON)


@pytest.mark.parametrize(
    ("given", "wanted", "abis", "others", "tag"),
    [
        (GIVEN, False, [abi3(9)], True, LIMITED),
        (GIVEN, False, [abi3(8), abi3(9)], True, LIMITED),
        (GIVEN, False, [abi3(9), SPECIFIC], True, GIVEN),
        (GIVEN, False, [abi3(9)], False, GIVEN),
        (GIVEN, False, [], True, GIVEN),
        (LIMITED, "cp39", [abi3(8)], True, LIMITED),
        (LIMITED, "cp39", [], True, LIMITED),
        (LIMITED, "cp39", [abi3(10)], True, ("cp310", "abi3", "linux_x86_64")),
        (LIMITED, "cp39", [SPECIFIC], True, GIVEN),
    ],
)
def test_tag_follows_what_was_built(given, wanted, abis, others, tag) -> None:
    assert choose_tag(given, wanted=wanted, abis=abis, others_limited=others) == tag
