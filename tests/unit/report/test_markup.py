"""Text never becomes an element."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.report.markup import Markup, element, fragment

HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="x',
    "&lt;",
    "'><img src=x>",
    "\0\x1b",
]


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    read = Reader(element("p", text, title=text))
    clean = "".join(
        sign if sign >= " " else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
    assert read.tags == [("p", {"title": clean})]
    assert read.text == clean


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r")))
def test_every_text_is_read_back(text):
    clean = "".join(
        sign if sign >= " " or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for sign in text
    )
    read = Reader(element("p", text, title=text))
    assert read.tags == [("p", {"title": clean})]
    assert read.text == clean


def test_attributes():
    assert element("a", class_="x", aria_label="y", hidden=True, id=None, n=False) == (
        '<a class="x" aria-label="y" hidden></a>'
    )
    assert element("input", type="search") == '<input type="search">'


def test_markup_is_kept_and_nested_children_are_joined():
    inner = element("b", "1 < 2")
    assert fragment("a&", [inner, None, ["c", inner]]) == (
        "a&amp;<b>1 &lt; 2</b>c<b>1 &lt; 2</b>"
    )
    assert isinstance(inner, Markup)


def test_joined_markup_is_text_again():
    """`+` gives a plain string, so that nothing unescaped slips through."""
    assert fragment(element("b") + "<i>") == "&lt;b&gt;&lt;/b&gt;&lt;i&gt;"
