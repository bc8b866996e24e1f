from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.toml_text import dumps, edit, parse

TEXT = """\
# The top.
title = 'a "quoted" title' # kept

[workspace]
members = [ "a", # the first
  "b]",
]
"quoted.key" = 1

[workspace.package]
version = "1" # "quote [

# About x.
[[bench]]
name = "x"

# About y.
[[bench]]
name = "y"
[bench.more]
deep = '''
[not a header]
'''

[dependencies]
serde.workspace = true
foo = { workspace = true, features = ["a"] }
[dependencies.bar]
workspace = true
"""


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    document = parse(TEXT)
    table: Any = document
    for name in path[:-1]:
        table = table[name]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return document


def test_the_same_document_is_the_same_text():
    assert edit(TEXT, parse(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["title"], "b", "title = 'a \"quoted\" title' # kept\n", 'title = "b"\n'),
        (
            ["workspace", "members"],
            ["a"],
            'members = [ "a", # the first\n  "b]",\n]\n',
            'members = ["a"]\n',
        ),
        (["workspace", "quoted.key"], None, '"quoted.key" = 1\n', ""),
        (["workspace", "quoted.key"], 2, '"quoted.key" = 1', '"quoted.key" = 2'),
        (
            ["workspace", "resolver"],
            "2",
            '"quoted.key" = 1\n',
            '"quoted.key" = 1\nresolver = "2"\n',
        ),
        (["bench", 0], None, '# About x.\n[[bench]]\nname = "x"\n\n', "# About x.\n"),
        (
            ["dependencies", "foo"],
            "1",
            'foo = { workspace = true, features = ["a"] }',
            'foo = "1"',
        ),
        (["dependencies", "serde"], "1", "serde.workspace = true", 'serde = "1"'),
        (
            ["dependencies", "bar"],
            {"version": "1"},
            "[dependencies.bar]\nworkspace = true",
            '[dependencies.bar]\nversion = "1"',
        ),
        (["bench", 1, "more", "deep"], "x", "'''\n[not a header]\n'''", '"x"'),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else None,
)
def test_only_what_changed_is_another_text(path, value, old, new):
    document = changed(path, value)
    assert TEXT.count(old) == 1
    assert edit(TEXT, document) == TEXT.replace(old, new)


def test_a_new_table_goes_to_the_end():
    document = parse(TEXT)
    document["tool"] = {"ferrule": {"manifest-path": "a/Cargo.toml"}}
    expected = f'{TEXT}\n[tool.ferrule]\nmanifest-path = "a/Cargo.toml"\n'
    assert edit(TEXT, document) == expected


def test_a_removed_table_leaves_the_comment_of_the_next_one():
    document = changed(["workspace"], None)
    text = edit(TEXT, document)
    assert parse(text) == document
    assert "# About x.\n[[bench]]" in text


def test_what_cannot_be_edited_is_written_anew():
    text = "a = [{ b = 1 }, { b = 2 }, { c = { d = 1 } }]\nx.y = 1\n"
    document = {"x": {"y": {"z": [1, 2.5, True]}}, "a": [{"b": 3}]}
    assert parse(edit(text, document)) == document


def test_every_kind_of_value_is_written():
    document = {
        "text": 'tab\t "quote" \\ line\n\x7f ü',
        "number": -1,
        "float": float("inf"),
        "yes": True,
        "time": dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
        "long": ["x" * 40, "y" * 40],
        "empty": [{}, {}],
        "table": {"inner": {"a b": {}}},
    }
    assert parse(dumps(document)) == document


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
KEYS = st.text("ab.-\"' #[]=é", max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=120, deadline=None)
@given(old=DOCUMENTS, new=DOCUMENTS, key=KEYS, value=VALUES)
def test_an_edited_document_means_what_was_wanted(old, new, key, value):
    assert parse(dumps(old)) == old
    assert parse(edit(dumps(old), new)) == new
    near = {**copy.deepcopy(old), key: value}
    assert parse(edit(dumps(old), near)) == near
