"""Rectangles that tile an area."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.report.treemap import Rectangle, squarify

SIZES = st.lists(st.integers(1, 10**9), min_size=1, max_size=40)
SIDE = st.floats(1, 2000)


@settings(max_examples=50, deadline=None)
@given(sizes=SIZES, width=SIDE, height=SIDE)
def test_rectangles_tile_the_area(sizes, width, height):
    sizes = sorted(sizes, reverse=True)
    area = Rectangle(10, 20, width, height)
    found = squarify(sizes, area)
    assert len(found) == len(sizes)
    slack = 1e-6 * max(width, height)
    total = sum(sizes)
    for size, place in zip(sizes, found):
        share = width * height * size / total
        assert place.width * place.height == pytest.approx(share, rel=1e-4, abs=1e-6)
        assert place.x >= area.x - slack
        assert place.y >= area.y - slack
        assert place.x + place.width <= area.x + width + slack
        assert place.y + place.height <= area.y + height + slack
    for one, other in combinations(found, 2):
        across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
        down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
        assert across <= slack or down <= slack


def test_equal_sizes_give_squares():
    found = squarify([1, 1, 1, 1], Rectangle(0, 0, 100, 100))
    assert {(item.width, item.height) for item in found} == {(50.0, 50.0)}


def test_the_example_of_the_paper():
    """Figure 3 of "Squarified Treemaps": 6, 6, 4, 3, 2, 2, 1 in 6 by 4."""
    found = squarify([6, 6, 4, 3, 2, 2, 1], Rectangle(0, 0, 6, 4))
    first, second, third = found[:3]
    assert first == Rectangle(0, 0, 3, 2)
    assert second == Rectangle(0, 2, 3, 2)
    assert third.x == 3
    assert third.width == pytest.approx(12 / 7)
    assert third.height == pytest.approx(7 / 3)


def test_an_area_without_extent_holds_nothing():
    assert squarify([1], Rectangle(0, 0, 0, 10)) == []
    assert squarify([], Rectangle(0, 0, 10, 10)) == []


def test_a_frame_is_never_negative():
    assert Rectangle(0, 0, 4, 10).inset(top=20, sides=3) == Rectangle(3, 20, 0, 0)
