"""Sizes, counts and shares as people read them."""

from __future__ import annotations

import doctest

import pytest

from ferrule import quantities
from ferrule.quantities import bytes_text


def test_the_examples_are_true():
    assert doctest.testmod(quantities).failed == 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1000, "1.0 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1 << 20, "1.0 MB"),
        (99_949_999, "99.9 MB"),
        (5 * 10**12, "5000 GB"),
    ],
)
def test_every_size_has_a_unit_that_suits_it(size, text):
    assert bytes_text(size) == text
