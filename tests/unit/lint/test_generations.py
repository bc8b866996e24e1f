"""Calls of PyO3 that another release has."""

from __future__ import annotations

import pytest

from ferrule.lint.cfg import Conditions
from ferrule.lint.embedding import Part
from ferrule.lint.generations import find_other_generation, replacement
from ferrule.lint.names import read_names
from ferrule.lint.source import read_source
from ferrule.lint.syntax import parse_items

OLD = "fn main() {\n pyo3::prepare_freethreaded_python();\n Python::with_gil(f); }"
NEW = "fn main() { Python::initialize(); pyo3::Python::attach(f); }"


def names(text: str, release: tuple[int, int]) -> list[tuple[int, str]]:
    tree = parse_items(read_source("a.rs", text.encode()), Conditions(), True)
    parts = [Part(tree, read_names(tree, "pyo3"))]
    return [(item.line, item.name) for item in find_other_generation(parts, release)]


@pytest.mark.parametrize("release", [(0, 28), (0, 30), (1, 0)])
def test_old_calls_are_gone(release):
    expected = [(2, "prepare_freethreaded_python"), (3, "with_gil")]
    assert names(OLD, release) == expected
    assert names(NEW, release) == []


@pytest.mark.parametrize("release", [(0, 20), (0, 22), (0, 25)])
def test_new_calls_do_not_exist_yet(release):
    assert names(NEW, release) == [(1, "initialize"), (1, "attach")]
    assert names(OLD, release) == []


@pytest.mark.parametrize("release", [(0, 26), (0, 27)])
def test_both_generations_exist(release):
    assert names(OLD + NEW, release) == []


@pytest.mark.parametrize(
    "text",
    [
        OLD + NEW,  # chosen by a cfg of a build script's
        "fn main() { #[cfg(old)] Python::with_gil(f); }",
        "#[cfg(old)] fn start() { Python::with_gil(f); }",
        '// Python::with_gil(f)\nfn main() { let a = "Python::with_gil(f)"; }',
        "fn main() { with_gil(f); other::prepare_freethreaded_python(); }",
        "fn main() { Handle::attach(f); pool.attach(f); Console::initialize(); }",
        "fn main() { let with_gil = Python::with_gil; }",
    ],
)
def test_other_code_is_left_alone(text):
    assert names(text, (0, 30)) == []
    assert "attach" not in [name for _, name in names(text, (0, 22))] or NEW in text


def test_replacements():
    assert replacement("with_gil", (0, 30)) == "Python::attach(...)"
    assert replacement("with_gil", (0, 22)) == ""
    assert replacement("import", (0, 30)) == ""
