from __future__ import annotations

import pytest

from ferrule.errors.python import SelectorSyntaxError
from ferrule.python.selector import Name, Selector, parse_name, parse_selector


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("python", Name("python")),
        ("python3", Name("python", (3,))),
        ("python3.12", Name("python", (3, 12))),
        ("python3.13t", Name("python", (3, 13), free_threaded=True)),
        ("python3.13td", Name("python", (3, 13), free_threaded=True, debug=True)),
        ("cpython3.12.1", Name("cpython", (3, 12, 1))),
        ("pypy", Name("pypy")),
        ("pypy3.11", Name("pypy", (3, 11))),
        ("graalpy3.12", Name("graalpy", (3, 12))),
        ("3.9", Name("", (3, 9))),
    ],
)
def test_names_of_interpreters(text, name):
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "3", "t", "python3-config", "pythont", "python3.x", "python3..9", "perl",
     "pypy3.9.1.2", "python3.13x", "py", "python3.13dt"],
)  # fmt: skip
def test_other_words_are_no_names(text):
    assert parse_name(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("all", "all"),
        ("/usr/bin/python3", "path"),
        ("./venv", "path"),
        (".venv", "path"),
        ("bin/python", "path"),
        ("3.12", "version"),
        (" 3.12 ", "version"),
        ("3.13t", "version"),
        ("pypy3.10", "command"),
        ("python", "command"),
        ("my-python", "command"),
        ("3.9-3.13", "range"),
        ("pypy3.10-3.11", "range"),
    ],
)
def test_kinds_of_selectors(text, kind):
    assert parse_selector(text).kind == kind


def test_a_range_has_both_ends():
    assert parse_selector("3.13t-3.14t") == Selector(
        "3.13t-3.14t", "range", Name("", (3, 13), free_threaded=True), (3, 14)
    )
    assert parse_selector("pypy3.9-3.11").name == Name("pypy", (3, 9))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("3", "it is no version, range, command or path"),
        ("3.x", "it is no version, range, command or path"),
        (">=3.9", "it is no version, range, command or path"),
        ("3.13-3.9", "the lower version comes first in a range"),
        ("3.9-3.13t", "both ends of a range name the same kind of build"),
        ("3.9-3.13.1", "the ends of a range are minor versions"),
        ("3.9-3.x", "a range has two versions, such as 3.9-3.13"),
    ],
)
def test_values_without_meaning_are_explained(text, reason):
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_selector(text)
    message = str(caught.value)
    assert message.startswith(f'"{text}" does not name an interpreter\n  {reason}')
    assert "fix: write a path, a command, a version (3.12, 3.13t," in message
