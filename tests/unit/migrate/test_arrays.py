from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.migrate.arrays import array_text, comments_in
from ferrule.toml_text import parse, value_text

LONG = """[
    # the first
    "a", # behind a
    "b, with a comma and # no comment",
    # about c
    "c" # last, without a comma
    # the end
]"""
ITEMS = ["a", "b, with a comma and # no comment", "c"]


def test_a_replaced_item_leaves_all_comments():
    assert array_text(LONG, ITEMS, [ITEMS[0], "B", "c"]) == LONG.replace(
        '"b, with a comma and # no comment"', '"B"'
    )


def test_a_removed_item_takes_its_comments_along():
    text = array_text(LONG, ITEMS, ITEMS[1:])
    assert text is not None
    assert "behind a" not in text
    assert "the first" not in text
    assert "# about c" in text
    assert "# the end" in text


def test_a_removed_last_item_takes_its_comma_along():
    assert array_text('["a", "b"]', ["a", "b"], ["a"]) == '["a"]'
    assert array_text('[ "a", "b", ]', ["a", "b"], ["a"]) == '[ "a", ]'


def test_an_added_item_looks_like_the_others():
    text = '[\n  "a",\n  "b",\n]'
    expected = '[\n  "a",\n  "b",\n  "c",\n]'
    assert array_text(text, ["a", "b"], ["a", "b", "c"]) == expected


@pytest.mark.parametrize("text", ["[]", "[ # nothing\n]"])
def test_an_empty_array_is_left_to_the_caller(text):
    assert array_text(text, [], ["a"]) is None


def test_an_emptied_array_is_left_to_the_caller():
    assert array_text('["a"]', ["a"], []) is None


def test_comments_are_found_outside_of_strings():
    assert comments_in('[ # one\n "# no", # two\n]') == ["# one", "# two"]


ITEM = st.one_of(st.text("ab,#[]\"'\\ ", max_size=5), st.integers(0, 9), st.booleans())


@given(st.lists(ITEM, max_size=5), st.lists(ITEM, max_size=5), st.booleans())
def test_the_text_always_means_the_new_items(old, new, wide):
    gap = "\n  " if wide else ""
    text = "[" + "".join(f"{gap}{value_text(item)}, " for item in old) + "]"
    written = array_text(text, old, new)
    assert written is None or parse(f"x = {written}")["x"] == new
