"""Libraries that need each other."""

from __future__ import annotations

from ferrule.bundle.onefile.circles import (
    FIRST_NUMBER,
    descriptor_path,
    find_circles,
    needs_in_order,
)

NEEDS = {
    "module": ("png", "harfbuzz", "brotli", "freetype", "raqm"),
    "freetype": ("png", "harfbuzz", "brotli"),
    "harfbuzz": ("png", "brotli", "freetype"),
    "raqm": ("png", "harfbuzz", "brotli", "freetype"),
    "png": ("z",),
}


def test_only_what_needs_itself_is_in_a_circle() -> None:
    circle = ((FIRST_NUMBER, "freetype"), (FIRST_NUMBER + 1, "harfbuzz"))
    assert find_circles(NEEDS) == {"freetype": circle, "harfbuzz": circle}
    assert find_circles({"a": ("b",), "b": ("c",)}) == {}


def test_two_circles_have_their_own_numbers() -> None:
    found = find_circles({"a": ("b",), "b": ("a",), "c": ("d",), "d": ("c",)})
    numbers = {number for circle in found.values() for number, _ in circle}
    assert len(numbers) == 4
    assert descriptor_path(641) == "/proc/self/fd/641"


def test_what_a_circle_needs_is_opened_before_all_of_it() -> None:
    ordered = needs_in_order(NEEDS, find_circles(NEEDS))
    assert ordered["module"] == ("png", "brotli", "freetype", "harfbuzz", "raqm")
    # The circle is loaded as a whole, so its members are no needs of their own.
    assert ordered["freetype"] == ("png", "brotli", "harfbuzz")
    assert ordered["png"] == ("z",)
