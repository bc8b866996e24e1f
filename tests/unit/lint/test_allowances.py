from __future__ import annotations

import pytest

from ferrule.lint.allowances import find_unknown_rules
from ferrule.lint.source import read_source


@pytest.mark.parametrize(
    "text",
    [
        "// ferrule: allow(dict)\nstruct A;",
        "/* ferrule: allow(dict, weakref) */ fn f() {}",
    ],
)
def test_known_rules_are_fine(text):
    assert find_unknown_rules(read_source("a.rs", text.encode())) == []


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "fn f() {}\n// ferrule: allow(text-signatur)\nstruct A;",
            (2, 19),
            'allows `text-signatur`, and there is no such rule (did you mean "text-sig',
        ),
        ("// ferrule: allow(dict,  weakreff)", (1, 26), 'did you mean "weakref"'),
        ("// ferrule: allow(everything)", (1, 19), "no such rule. Fix: write one of"),
        ("// ferrule: allow()", (1, 19), "allows ``"),
    ],
)
def test_names_that_are_no_rules_are_told_with_their_place(text, place, words):
    [found] = find_unknown_rules(read_source("a.rs", text.encode()))
    assert (found.rule, found.line, found.column) == ("unknown-rule", *place)
    assert words in found.text
    assert not found.fails
