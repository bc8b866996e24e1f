from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.settings.model import Feature
from ferrule.settings.python_condition import (
    features_for,
    matches_python,
    python_name,
    specifier_problem,
)


@pytest.mark.parametrize(
    ("specifier", "version", "expected"),
    [
        (">=3.11", "3.11.0", True),
        (">=3.11", (3, 10, 9), False),
        ("==3.11", "3.11.4", True),
        ("<=3.11", "3.11.4", True),
        (">3.11", "3.11.4", False),
        ("<3.13", (3, 12, 1), True),
        ("!=3.12", "3.12.3", False),
        ("~=3.9", "3.13.0", True),
        ("==3.*", "3.13.0", True),
        ("==3.11.*", "3.11.4", True),
        (">=3.11.5", "3.11.4", False),
        (">=3.9,<4", "3.14.0", True),
        (">=3.9, <3.12", "3.12.0", False),
        (">=3.15", "3.15.0rc1", True),
        ("", "3.9.0", True),
        (">=3.9", None, False),
    ],
)
def test_specifiers(specifier, version, expected):
    assert matches_python(specifier, version) is expected


@given(
    st.integers(7, 20), st.integers(0, 30), st.integers(7, 20), st.sampled_from("<>")
)
def test_short_clauses_compare_minor_versions(minor, micro, bound, sign):
    version = (3, minor, micro)
    expected = minor >= bound if sign == ">" else minor <= bound
    assert matches_python(f"{sign}=3.{bound}", version) is expected


def test_features_follow_the_python():
    features = (
        Feature("always"),
        Feature("new", python_version=">=3.12"),
        Feature("old", python_version="<3.12"),
        Feature("pypy", python_implementation="pypy"),
        Feature("graal", python_implementation="graalpy"),
        Feature("both", python_version=">=3.9", python_implementation="cpython"),
        Feature("always"),
    )
    assert features_for(features, (3, 12, 1), "CPython") == ("always", "new", "both")
    assert features_for(features, "3.11.4", "PyPy") == ("always", "old", "pypy")
    assert features_for(features, "3.12.0", "GraalVM") == ("always", "new", "graal")
    assert features_for(features, None, None) == ("always",)


def test_names_of_implementations():
    assert [
        python_name(name) for name in ("CPython", "PyPy", "GraalVM", "GraalPy")
    ] == [*("cpython", "pypy", "graalpy", "graalpy")]


def test_bad_specifiers_are_explained():
    assert specifier_problem(">=3.9") is None
    assert specifier_problem("3.9") == 'is "3.9", which is not a version specifier'
