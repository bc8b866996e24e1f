from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.settings.convert import (
    FALSE_WORDS,
    TRUE_WORDS,
    convert_table,
    convert_text,
    convert_value,
)
from ferrule.settings.model import Feature, Settings
from ferrule.settings.shapes import shapes_of

SHAPES = shapes_of(Settings)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-/.", min_size=1)
TOML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def to_value(key, value):
    problems = []
    result = convert_value(value, SHAPES[key], key, problems)
    return result, [str(problem) for problem in problems]


def to_text(key, *texts):
    problems = []
    result = convert_text(texts, SHAPES[key], key, problems)
    return result, [str(problem) for problem in problems]


@given(st.sampled_from(sorted(SHAPES)), TOML)
def test_any_value_converts_or_is_explained(key, value):
    result, problems = to_value(key, value)
    assert (result is None) is bool(problems)
    assert all(problem.startswith(key) for problem in problems)


@given(st.sampled_from(sorted(SHAPES)), st.lists(st.text(), min_size=1))
def test_any_text_converts_or_is_explained(key, texts):
    result, problems = to_text(key, *texts)
    assert (result is None) is bool(problems)
    assert all(problem.startswith(key) for problem in problems)


@given(st.dictionaries(st.sampled_from(sorted(SHAPES)), TOML, max_size=6))
def test_any_table_converts_or_is_explained(table):
    problems = []
    result = convert_table(Settings, table, "tool.ferrule", problems)
    assert (result is None) is bool(problems)


@given(st.lists(NAMES), st.sampled_from([",", " ", ", ", "\n", " , "]))
def test_separated_names_are_the_list(names, separator):
    expected = (tuple(names), [])
    assert to_text("python-packages", separator.join(names)) == expected
    assert to_value("python-packages", names) == expected
    features = tuple(Feature(name) for name in names)
    assert to_text("features", separator.join(names)) == (features, [])


@given(st.lists(st.text(min_size=1).filter(str.strip)))
def test_quoted_words_are_the_list(words):
    expected = (tuple(words), [])
    text = shlex.join(words)
    if not (text.startswith("[") and text.endswith("]")):
        assert to_text("rustc-args", text) == expected


@given(st.dictionaries(NAMES, st.text()))
def test_quoted_pairs_are_the_table(table):
    text = shlex.join(f"{name}={value}" for name, value in table.items())
    assert to_text("env", text) == (table, [])


@given(st.integers())
def test_integers(number):
    assert to_text("jobs", str(number)) == (number, [])
    assert to_value("jobs", number) == (number, [])


@pytest.mark.parametrize("word", [*TRUE_WORDS, "TRUE", " on ", ""])
def test_words_for_true(word):
    assert to_text("strip", word) == (True, [])


@pytest.mark.parametrize("word", [*FALSE_WORDS, "False", " OFF "])
def test_words_for_false(word):
    assert to_text("strip", word) == (False, [])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("jobs", True, "jobs must be an integer, not true (a boolean)"),
        ("jobs", 1.5, "jobs must be an integer, not 1.5 (a number)"),
        ("strip", 1, "strip must be true or false, not 1 (an integer)"),
        ("profile", [], "profile must be a string, not a list"),
        ("profile", None, "profile must be a string, not empty"),
        ("config", "a", 'config must be a list of strings, not "a" (a string)'),
        ("features", {}, "features must be a list of strings or tables, not a table"),
        ("modules", 1, "modules must be a list of tables, not 1 (an integer)"),
        ("modules", ["a"], 'modules[0] must be a table, not "a" (a string)'),
        ("env", [], "env must be a table of a string, not a list"),
        ("features", [""], "features[0].feature is empty"),
        (
            "bindings",
            "x" * 70,
            (
                f'bindings is "{"x" * 70}"\n'
                '  fix: use one of "auto", "pyo3", "cffi", "uniffi", "bin"'
            ),
        ),
        (
            "strip",
            "x" * 70,
            f'strip must be true or false, not "{"x" * 56}... (a string)',
        ),
    ],
)
def test_wrong_types_are_explained(key, value, message):
    assert to_value(key, value) == (None, [message])


def test_instances_pass_unchanged():
    feature = Feature("a")
    assert to_value("features", [feature]) == ((feature,), [])
