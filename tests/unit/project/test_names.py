"""Names of distributions, as they are compared."""

from __future__ import annotations

import pytest

from ferrule.project.names import normal_name, requirement_name


def test_all_spellings_are_one():
    assert {normal_name(text) for text in ("A-b", "a_B", "a.b", "A-_.b")} == {"a-b"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("maturin", "maturin"),
        ("maturin[zig]>=1,<2", "maturin"),
        ("Setuptools_Rust ~= 1.0 ; python_version > '3'", "setuptools-rust"),
        ("x@ https://example.org", "x"),
        ("  -r other.txt", ""),
        ("", ""),
    ],
)
def test_names_of_requirements(text, name):
    assert requirement_name(text) == name
