from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.settings.rust_version import matches_rust, rust_version_problem


@pytest.mark.parametrize(
    ("specifier", "inside", "outside"),
    [
        (">=1.70", [(1, 70, 0), (2, 0, 0)], [(1, 69, 9)]),
        (">1.70", [(1, 71, 0)], [(1, 70, 0), (1, 70, 5)]),
        ("<1.70", [(1, 69, 9)], [(1, 70, 0)]),
        ("<=1.70", [(1, 70, 5), (1, 0, 0)], [(1, 71, 0)]),
        ("^1.70", [(1, 70, 0), (1, 95, 1)], [(2, 0, 0), (1, 69, 0)]),
        ("^1.70.2", [(1, 70, 2)], [(1, 70, 1)]),
        ("^0.3", [(0, 3, 4)], [(0, 4, 0)]),
        ("~1.70", [(1, 70, 9)], [(1, 71, 0)]),
        ("~1.70.2", [(1, 70, 9)], [(1, 70, 1), (1, 71, 0)]),
        ("~1", [(1, 99, 0)], [(2, 0, 0)]),
        ("~=1.70", [(1, 95, 0)], [(2, 0, 0)]),
        ("~=1.70.2", [(1, 70, 3)], [(1, 71, 0)]),
        ("1.70", [(1, 70, 5)], [(1, 71, 0)]),
        ("=1.70", [(1, 70, 5)], [(1, 71, 0)]),
        ("==1.70.1", [(1, 70, 1)], [(1, 70, 2)]),
        ("==1.70.*", [(1, 70, 1)], [(1, 71, 0)]),
        ("!=1.70", [(1, 71, 0)], [(1, 70, 3)]),
        (">=1.60,<2", [(1, 60, 0)], [(1, 59, 0), (2, 0, 0)]),
        (">= 1.60, != 1.61.1", [(1, 61, 0)], [(1, 61, 1)]),
        ("*", [(1, 0, 0)], []),
        (">=1.75.0-beta.1+x", [(1, 75, 0)], [(1, 74, 0)]),
    ],
)
def test_clauses(specifier, inside, outside):
    assert rust_version_problem(specifier) is None
    assert all(matches_rust(specifier, release) for release in inside)
    assert not any(matches_rust(specifier, release) for release in outside)


@pytest.mark.parametrize(
    "specifier", ["", "x", ">=", ">=1.x.2", "1.2.3.4", ">=1.70,", "=>1.70", ">=*"]
)
def test_other_texts_are_no_specifiers(specifier):
    problem = f'is "{specifier}", which is not a version specifier'
    assert rust_version_problem(specifier) == problem


@given(st.text("0123456789.*^~=<>!, ") | st.text())
def test_any_text_is_read(specifier):
    if rust_version_problem(specifier) is None:
        matches_rust(specifier, (1, 80, 0))
