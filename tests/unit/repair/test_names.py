"""Tests of the names of grafts."""

from __future__ import annotations

import pytest

from ferrule.repair.names import hashed_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("liba.so", "liba-12345678.so"),
        ("liba.so.1.2", "liba-12345678.so.1.2"),
        ("liba-2.0.so.0", "liba-2.0-12345678.so.0"),
        ("liba.1.dylib", "liba.1-12345678.dylib"),
        ("A.DLL", "A-12345678.DLL"),
        ("Qt", "Qt-12345678"),
        ("liba-12345678.so.1", "liba-12345678.so.1"),
    ],
)
def test_digits_go_before_the_suffix(name, expected):
    assert hashed_name(name, "12345678") == expected
