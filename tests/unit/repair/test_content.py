"""Tests of a wheel's files as repairs see them."""

from __future__ import annotations

import pytest

from ferrule.repair.content import installed_path, scheme_of


@pytest.mark.parametrize(
    ("path", "installed", "scheme"),
    [
        ("a/b.so", "a/b.so", ""),
        ("a-1.data/purelib/a/b.so", "a/b.so", ""),
        ("a-1.data/scripts/tool", "a-1.data/scripts/tool", "scripts"),
        ("a-1.data/data/lib/x.so", "a-1.data/data/lib/x.so", "data"),
    ],
)
def test_schemes_lead_to_places(path, installed, scheme):
    assert installed_path(path) == installed
    assert scheme_of(path) == scheme


def test_packages_are_where_they_are_installed(content_of):
    content = content_of({"a-1.data/platlib/a/__init__.py": b"", "b/c.py": b"x"})
    assert content.packages == {"a"}
    assert content.read("b/c.py") == b"x"
