"""Items, attributes and what is compiled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.lint.cfg import Conditions
from ferrule.lint.names import read_names
from ferrule.lint.source import read_source
from ferrule.lint.stable_abi import StableAbi, find_stable_abi
from ferrule.lint.syntax import parse_items

PIECES = st.sampled_from(
    [
        *("{", "}", "(", ")", "[", "]", ";", ",", "#", "!", "<", ">", "::", "=> "),
        *(
            "mod x;",
            "mod x {",
            "macro_rules! m (a);",
            "macro_rules! m",
            "use a::{b, *};",
        ),
        *(
            "#[cfg(no)]",
            "#![cfg(own)]",
            "#[pyclass(dict, extends = A)]",
            "struct S",
            "impl A",
        ),
        *(
            "#[pymethods] impl A {",
            "#[new] fn f()",
            "pub",
            "pub(crate)",
            "const",
            "else",
        ),
        *(
            "use pyo3::types::*;",
            "extern",
            'extern "C"',
            "unsafe",
            "if",
            "PyFrame",
            "=",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map(" ".join)
CONDITIONS = Conditions(frozenset({"on"}), {"yes": True, "no": False})


def parse(text: str):
    return parse_items(read_source("a.rs", text.encode()), CONDITIONS, True)


def live_words(text: str) -> set[str]:
    """Return the identifiers that are certainly compiled."""
    tree = parse(text)
    return {
        tree.source.word(index)
        for index in range(len(tree.source.tokens))
        if tree.source.is_name(index)
        and not any(start <= index < end for start, end in tree.hidden)
    }


def items(text: str) -> list[tuple[str, str, object]]:
    return [(item.kind, item.name, item.live) for item in parse(text).all_items()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mod a; pub(crate) mod b {}", [("mod", "a", True), ("mod", "b", True)]),
        ("pub struct A(u8); enum B {}", [("struct", "A", True), ("enum", "B", True)]),
        ('pub unsafe extern "C" fn f() {}', [("fn", "f", True)]),
        (
            "const fn f() {} const X: u8 = { 1 };",
            [("fn", "f", True), ("const", "", True)],
        ),
        ("#[cfg(no)] struct A;", [("struct", "A", False)]),
        ("#[cfg(own)] struct A;", [("struct", "A", None)]),
        (
            "#[cfg(yes)] #[cfg(no)] mod a { struct A; }",
            [("mod", "a", False), ("struct", "A", False)],
        ),
        (
            "mod a { #![cfg(no)] struct A; }",
            [("mod", "a", False), ("struct", "A", False)],
        ),
        ("#![cfg(no)] struct A;", [("struct", "A", False)]),
        (
            "macro_rules! m ( () => {} ); struct A;",
            [("macro_rules", "m", True), ("struct", "A", True)],
        ),
        (
            "macro_rules! m { () => {} } struct A;",
            [("macro_rules", "m", True), ("struct", "A", True)],
        ),
        (
            "fn f(x: impl Fn()) -> impl X { struct A; }",
            [("fn", "f", True), ("struct", "A", True)],
        ),
        ("extern crate a as b;", [("extern crate", "", True)]),
        (
            "#[cfg(no)] m! { a } struct A;",
            [("statement", "", False), ("struct", "A", True)],
        ),
        (
            "fn f() { #[cfg(no)] { struct A; } struct B; }",
            [
                ("fn", "f", True),
                ("statement", "", False),
                ("struct", "A", False),
                ("struct", "B", True),
            ],
        ),
    ],
)
def test_items(text, expected):
    assert items(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "#[cfg(no)] use a::Gone;",
        "fn f() { #[cfg(no)] let x = Gone::new(); }",
        "fn f() { #[cfg(no)] if a { Gone } else { Gone } Kept }",
        "struct S { #[cfg(no)] a: HashMap<String, Gone>, b: Kept }",
        "fn f(#[cfg(no)] a: Gone, b: Kept) {}",
        "fn f() { match x { #[cfg(no)] A => Gone, _ => Kept } }",
        "enum E { #[cfg(no)] A(Gone), B(Kept) }",
        "macro_rules! m { () => { Gone } }",
        "own_macro! { Gone }",
        "cfg_if::cfg_if! { if #[cfg(x)] { Gone } }",
        "#[cfg(own)] fn f() { Gone }",
    ],
)
def test_what_is_not_certainly_compiled_is_hidden(text):
    words = live_words(text)
    assert "Gone" not in words
    assert ("Kept" in words) == ("Kept" in text)


@pytest.mark.parametrize(
    "text",
    [
        "#[cfg(yes)] fn f() { Kept }",
        'fn f() { println!("{}", Kept); }',
        "fn f() { if !(Kept) {} return !(Kept) }",
        "static A: &[u8] = &[Kept];",
        '#[cfg(any(no, feature = "on"))] type A = Kept;',
    ],
)
def test_what_is_compiled_is_seen(text):
    assert "Kept" in live_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#[cfg_attr(yes, pyclass(dict), x)] struct A;", [("pyclass",), ("x",)]),
        ("#[cfg_attr(no, pyclass)] struct A;", []),
        ("#[cfg_attr(own, pyclass)] struct A;", []),
        ("#[cfg_attr(yes, cfg_attr(yes, a::b))] struct A;", [("a", "b")]),
        ("#[unsafe(no_mangle)] fn f() {}", [("no_mangle",)]),
        ('/// text\n#[path = "x.rs"] mod a;', [("path",)]),
    ],
)
def test_attributes(text, expected):
    [item] = parse(text).items
    assert [attribute.path for attribute in item.attributes] == expected


@given(TEXTS)
def test_any_text_is_read(text):
    tree = parse(text)
    names = read_names(tree, "pyo3")
    find_stable_abi(tree, names, StableAbi("0.22.6", (3, 8), 12, "a test"))
    for start, end in tree.hidden:
        assert 0 <= start <= end <= len(tree.source.tokens)
