import doctest

import pytest

from ferrule.errors.starters import InvalidNameError
from ferrule.starters import names
from ferrule.starters.names import choose_names, suggest_name


def test_examples_of_the_documentation_hold():
    assert doctest.testmod(names).failed == 0


@pytest.mark.parametrize(
    ("name", "package", "crate"),
    [
        ("word-tools", "word_tools", "word-tools"),
        ("Word_Tools", "word_tools", "word_tools"),
        ("acme.fast-tool", "acme.fast_tool", "acme-fast-tool"),
        ("x2", "x2", "x2"),
    ],
)
def test_names_follow_from_the_distribution(name, package, crate):
    chosen = choose_names(name)

    assert (chosen.dist, chosen.package, chosen.crate) == (name, package, crate)
    assert chosen.module == package.rpartition(".")[2]
    assert chosen.package_path == package.replace(".", "/")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "it is empty"),
        ("größe", "only ASCII letters, digits, - _ and . are allowed, not 'ß' 'ö'"),
        ("two words", "not ' '"),
        ("-tool", "must begin and end with a letter or a digit"),
        ("a..b", "a dot must stand between letters or digits"),
        ("a" * 65, "it has 65 characters, more than 64"),
        ("2fast", "Python cannot import `2fast`: it begins with a digit"),
        ("class", "`class` is a keyword of Python"),
        ("none", "`none` is a keyword of Python"),
        ("acme.match", "`match` is a keyword of Rust"),
        ("nul", "Windows has no files called `nul`"),
        ("json", "`import json` is a module of Python's standard library"),
        ("pytest", "`pytest` is a tool that the project itself is tested with"),
        ("tests", "`tests` is used by cargo or inside the starters"),
        ("std", "`std` is a crate of the Rust distribution"),
        ("proc-macro", "`proc_macro` is a crate of the Rust distribution"),
    ],
)
def test_impossible_names_are_explained(name, reason):
    with pytest.raises(InvalidNameError) as caught:
        choose_names(name)

    assert f'"{name}" cannot be the name of a project' in str(caught.value)
    assert reason in str(caught.value)
    assert "fix: choose another name, such as" in str(caught.value)
    assert choose_names(caught.value.suggestion)


def test_a_module_of_the_standard_library_may_end_a_namespace():
    assert choose_names("acme.json").package == "acme.json"


@pytest.mark.parametrize("text", ["", "!!!", "9", "class", "a" * 99, "мир", "Std"])
def test_suggestions_are_valid_names(text):
    assert choose_names(suggest_name(text))
