"""Which stable ABI a build's lint is about, and where its minimum comes from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.compile import Pyo3Config
from ferrule.cargo.graph import Pyo3Use
from ferrule.errors.lint import LintError
from ferrule.pipeline import linting


def config(text: str, version: str, *features: str) -> Pyo3Config:
    use = Pyo3Use(version, frozenset(features), False, False)
    return Pyo3Config(text.replace("; ", "\n"), use, link=True)


@pytest.mark.parametrize(
    ("text", "version", "features", "expected"),
    [
        (
            "implementation=CPython; version=3.12; abi3=true",
            "0.22.6",
            ["abi3"],
            (3, 12),
        ),
        (
            "implementation=CPython; version=3.12; abi3=true",
            "0.22.6",
            ["abi3-py38", "abi3-py39"],
            (3, 8),
        ),
        ("implementation=CPython; version=3.12; abi3=false", "0.22.6", ["abi3"], None),
        ("implementation=CPython; version=3.12", "0.30.1", ["abi3-py39"], (3, 9)),
        ("implementation=CPython; version=3.12", "0.30.1", [], None),
        (
            "implementation=CPython; version=3.13; build_flags=Py_GIL_DISABLED",
            "0.30.1",
            ["abi3-py39"],
            None,
        ),
        ("implementation=CPython; target_abi=CPython-abi3-3.9", "0.30.1", [], (3, 9)),
        (
            "implementation=CPython; target_abi=CPython-abi3t-3.15",
            "0.30.1",
            [],
            (3, 15),
        ),
        ("implementation=CPython; target_abi=CPython-3.12", "0.30.1", ["abi3"], None),
        ("implementation=PyPy; version=3.9; abi3=true", "0.22.6", ["abi3"], None),
    ],
)
def test_the_minimum_of_programs(text, version, features, expected):
    key = SimpleNamespace(pyo3=config(text, version, *features))
    build = SimpleNamespace(modules=())
    assert linting._stable_version(build, key) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [("abi3", (3, 9)), ("abi3t", (3, 9)), ("version", None)]
)
def test_the_minimum_of_modules_is_that_of_their_abi(kind, expected):
    key = SimpleNamespace(pyo3=None)
    abi = SimpleNamespace(kind=kind, version=(3, 9))
    build = SimpleNamespace(modules=(SimpleNamespace(key=key, abi=abi),))
    assert linting._stable_version(build, key) == expected


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('features = ["abi3-py39"]', True),
        ("features = ['abi3-py39']", True),
        ('stable = ["pyo3/abi3-py39"]', True),
        ('# features = ["abi3-py39"]', False),
        ('features = ["abi3-py310"]', False),
    ],
)
def test_the_line_of_the_manifest(line, found, tmp_path):
    manifest = tmp_path / "Cargo.toml"
    manifest.write_text(f"[package]\n{line}\n")
    expected = ("abi3-py39", 2) if found else None
    assert linting._line_with(manifest, ("abi3-py39", "abi3t-py39")) == expected


def test_a_manifest_that_cannot_be_read_names_nothing(tmp_path):
    assert linting._line_with(tmp_path / "none", ("abi3-py39",)) is None


def test_paths_are_told_from_the_project():
    assert linting._shown("/a/b/src/lib.rs", Path("/a/b")) == "src/lib.rs"
    assert linting._shown("/a/bc/lib.rs", Path("/a/b")) == "/a/bc/lib.rs"


def test_the_error_lists_every_place():
    text = str(LintError(["a.rs:1:2: dict: one", "b.rs:3:4: buffer: two"]))
    assert text.splitlines() == [
        'the lint found 2 places in the sources, and the setting lint is "error"',
        "  a.rs:1:2: dict: one",
        "  b.rs:3:4: buffer: two",
        (
            "  fix: change the sources, or allow a rule there with the comment "
            "`// ferrule: allow(RULE)` or with the setting lint-allow"
        ),
    ]
    assert LintError(["a"]).exit_code == 3
