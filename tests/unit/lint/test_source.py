"""Groups, positions and the marks of a source file."""

from __future__ import annotations

import pytest

from ferrule.lint.source import read_source


def read(text: str):
    return read_source("a.rs", text.encode())


def test_positions_count_characters():
    source = read("é x\r\n  y")
    assert source.position(2) == (2, 3)
    assert source.position(1) == (1, 3)


@pytest.mark.parametrize("text", ["(", ")", "(]", "{ ( }", "(" * 200 + ")" * 200])
def test_brackets_that_do_not_fit_or_are_nested_too_deep(text):
    assert not read(text).is_balanced


def test_brackets_in_strings_and_comments_do_not_count():
    assert read("{ \"(\" /* [ */ '{' }").is_balanced


def test_a_comment_counts_for_its_line_and_the_next_code():
    source = read(
        "// ferrule: allow(dict, weakref)\n\n// more\n#[pyclass(dict)]\n"
        "struct A; // ferrule: allow(buffer)\nstruct B;\n"
    )
    assert source.allowed[4] == {"dict", "weakref"}
    assert source.allowed[5] == {"buffer"}
    assert 6 not in source.allowed


def test_pieces_ignore_commas_in_groups():
    source = read("a(b, c), d,")
    assert list(source.pieces(0, len(source.tokens))) == [(0, 6), (7, 8)]


@pytest.mark.parametrize(
    ("text", "path", "after"),
    [("a::b::c", ("a", "b", "c"), 5), ("::a", ("", "a"), 2), ("a::<B>", ("a",), 1)],
)
def test_paths(text, path, after):
    assert read(text).path_at(0) == (path, after)
