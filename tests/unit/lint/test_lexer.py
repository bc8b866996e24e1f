"""Tokens of Rust source text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.lint.lexer import decode, tokenize

PIECES = st.sampled_from(
    [
        *('"', "'", "r#", 'r##"', '"##', "b", "c", "/*", "*/", "//", "\n", "\r\n"),
        *("\\", "#", "!", "[", "]", "{", "}", "(", ")", "mod x;", "'a", "'a'", "é"),
        *("macro_rules! m", ";", ",", "#[cfg(not(x))]", "use a::{b, c};", "::", "<"),
        *(
            "fn f",
            "impl",
            "pub(crate)",
            "extern",
            "const",
            "=> ",
            "1.5",
            "\0",
            "\ufeff",
        ),
        *("include!", "struct S", "#[pyclass(dict)]", "else", "if", "unsafe", "."),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


def shown(text: str) -> list[tuple[str, str]]:
    """Return kind and text of every token that is no blank."""
    return [token[:2] for token in tokenize(text) if token.kind != "space"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/* a /* b */ c */x", [("comment", "/* a /* b */ c */"), ("ident", "x")]),
        ("// a\nx", [("comment", "// a"), ("ident", "x")]),
        ("/* open", [("comment", "/* open")]),
        ('"a\\"b"c', [("string", '"a\\"b"'), ("ident", "c")]),
        ('b"a" c"b"', [("string", 'b"a"'), ("string", 'c"b"')]),
        ('r#"a"b"# x', [("string", 'r#"a"b"#'), ("ident", "x")]),
        ('br##"a"#"##', [("string", 'br##"a"#"##')]),
        ('cr"\\" x', [("string", 'cr"\\"'), ("ident", "x")]),
        ("r#type", [("ident", "r#type")]),
        ("'a 'b'", [("lifetime", "'a"), ("char", "'b'")]),
        ("'\\'' b'\\\\'", [("char", "'\\''"), ("char", "b'\\\\'")]),
        ("'\\u{1F600}'", [("char", "'\\u{1F600}'")]),
        ("'\"' x", [("char", "'\"'"), ("ident", "x")]),
        ("0..9", [("number", "0"), ("punct", "."), ("punct", "."), ("number", "9")]),
        ("a::b", [("ident", "a"), ("punct", "::"), ("ident", "b")]),
        ("#!/bin/run\nx", [("comment", "#!/bin/run"), ("ident", "x")]),
        ("#![a]", [("punct", w) if w != "a" else ("ident", w) for w in "#![a]"]),
        ("größe", [("ident", "größe")]),
    ],
)
def test_tokens(text, expected):
    assert shown(text) == expected


def test_a_shebang_with_a_comment_before_the_bracket_is_an_attribute():
    assert shown("#! /* x */ [a]")[0] == ("punct", "#")


@given(TEXTS)
def test_tokens_join_to_the_text(text):
    tokens = tokenize(text)
    assert "".join(token.text for token in tokens) == text
    offset = 0
    for token in tokens:
        assert token.text
        assert token.offset == offset
        offset += len(token.text)


@given(st.binary())
def test_any_bytes_are_text(content):
    tokenize(decode(content))


def test_a_byte_order_mark_is_dropped():
    assert decode(b"\xef\xbb\xbfmod x;") == "mod x;"


def test_bytes_that_are_no_utf8_are_replaced():
    assert decode(b"a\xff") == "a\ufffd"
