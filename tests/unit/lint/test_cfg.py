"""Three-valued conditions."""

from __future__ import annotations

import pytest

from ferrule.lint.cfg import Conditions, both, python_names, target_names
from ferrule.lint.source import read_source

LINUX = "x86_64-unknown-linux-gnu"


def holds(text: str, conditions: Conditions):
    source = read_source("a.rs", text.encode())
    return conditions.holds(source, 0, len(source.tokens))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('feature = "fast"', True),
        ('feature = "slow"', False),
        ("Py_LIMITED_API", True),
        ("not(Py_LIMITED_API)", False),
        ("any(Py_3_11, not(Py_LIMITED_API))", False),
        ("any(Py_3_9, not(Py_LIMITED_API))", True),
        ("all(Py_3_8, Py_3_9)", True),
        ("Py_3_10", False),
        ("PyPy", False),
        ("test", False),
        ("doc", False),
        ("true", True),
        ("not(false)", True),
        ("all()", True),
        ("any()", False),
        ("unix", True),
        ("windows", False),
        ('target_os = "linux"', True),
        ('target_os = "macos"', False),
        ("debug_assertions", None),
        ("not(own_name)", None),
        ("any(own_name, Py_3_9)", True),
        ("all(own_name, Py_3_10)", False),
        ("all(own_name, Py_3_9)", None),
        ("any(own_name, Py_3_10)", None),
        ('target_env = "musl"', None),
        ("version(1.0)", None),
        ('own = "value"', None),
        ("not(a, b)", None),
    ],
)
def test_predicates(text, expected):
    names = python_names((3, 9), stable=True, free_threaded=False, passed_on=True)
    conditions = Conditions(frozenset({"fast"}), {**target_names(LINUX), **names})
    assert holds(text, conditions) is expected


@pytest.mark.parametrize(
    ("passed_on", "limited", "not_limited"),
    [(True, True, False), (False, False, True), (None, None, None)],
)
def test_without_a_build_script_no_name_of_pyo3_is_set(passed_on, limited, not_limited):
    names = python_names((3, 9), stable=True, free_threaded=False, passed_on=passed_on)
    conditions = Conditions(names=names)
    assert holds("Py_LIMITED_API", conditions) is limited
    assert holds("not(Py_LIMITED_API)", conditions) is not_limited


@pytest.mark.parametrize(
    ("triple", "expected"),
    [
        ("x86_64-pc-windows-msvc", {"windows": True, "unix": False}),
        ("aarch64-apple-darwin", {"windows": False, "unix": True}),
        ("aarch64-linux-android", {}),
        ("aarch64-apple-ios", {}),
        ("wasm32-unknown-emscripten", {}),
    ],
)
def test_targets(triple, expected):
    names = target_names(triple)
    assert {key: value for key, value in names.items() if "=" not in key} == expected


def test_both():
    assert both(True, None) is None
    assert both(None, False) is False
    assert both(True, True) is True
