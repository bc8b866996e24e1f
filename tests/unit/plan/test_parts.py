"""What modules and programs say about their own compilation."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.cargo.compile import CompileKey
from ferrule.cargo.graph import FeatureSelection
from ferrule.plan.parts import group_binaries, has_own_build, with_part
from ferrule.settings.model import BinarySettings, Feature, ModuleSettings, Settings


@pytest.fixture
def key():
    return CompileKey(
        crate=SimpleNamespace(name="crate"),
        kind="library",
        binaries=(),
        selection=FeatureSelection(),
        profile="release",
        pyo3=None,
        target_directory=Path("target"),
        arguments=("--locked",),
        rustc_args=("-Ca",),
        env={"A": "1", "B": "1"},
    )


def test_a_part_adds_to_the_project(key):
    part = ModuleSettings(
        name="a",
        profile="lto",
        rustc_args=("-Cb",),
        cargo_args=("--timings",),
        env={"B": "2"},
        strip=True,
    )

    found = with_part(key, part, Settings())

    assert found.profile == "lto"
    assert found.arguments == ("--locked", "--timings")
    assert found.rustc_args == ("-C", "strip=symbols", "-Ca", "-Cb")
    assert found.env == {"A": "1", "B": "2"}


def test_a_part_that_says_nothing_changes_nothing(key):
    assert with_part(key, ModuleSettings(name="a"), Settings()) == key
    assert with_part(key, BinarySettings(name="a"), Settings()) == key


def test_what_the_project_strips_is_not_stripped_twice(key):
    part = BinarySettings(name="a", strip=True)

    assert with_part(key, part, Settings(strip=True)) == key


@pytest.mark.parametrize(
    "own",
    [
        {"profile": "x"},
        {"rustc_args": ("x",)},
        {"cargo_args": ("x",)},
        {"env": {"x": "y"}},
        {"strip": True},
    ],
    ids=str,
)
def test_what_plain_cargo_would_not_do(own):
    assert has_own_build(ModuleSettings(name="a", **own))


def test_plain_cargo_would_do_the_same():
    module = ModuleSettings(name="a", features=(Feature("x"),), optional=True)

    assert not has_own_build(module)


@pytest.mark.parametrize(
    ("own", "groups"),
    [
        ({}, 1),
        ({"to": "p/b", "script": None}, 1),
        ({"profile": "x"}, 2),
        ({"features": (Feature("x"),)}, 2),
        ({"cargo_args": ("x",)}, 2),
        ({"env": {"x": "y"}}, 2),
        ({"strip": True}, 2),
        ({"optional": True}, 2),
        ({"manifest_path": "x"}, 2),
    ],
    ids=str,
)
def test_binaries_of_one_cargo_run(own, groups):
    binaries = [BinarySettings(name="a"), BinarySettings(name="b", **own)]

    assert len(group_binaries(binaries, Settings())) == groups


def test_arguments_for_rustc_need_a_run_for_each_binary():
    binaries = [BinarySettings(name="a"), BinarySettings(name="b")]

    assert len(group_binaries(binaries, Settings(strip=True))) == 2
    assert len(group_binaries(binaries, Settings(rustc_args=("x",)))) == 2
