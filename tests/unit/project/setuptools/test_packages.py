"""Package discovery, compared with the finders of setuptools itself."""

from __future__ import annotations

import pytest

from ferrule.errors.setuptools_project import DiscoveryError
from ferrule.project.setuptools.packages import (
    discover,
    find_packages,
    package_folder,
)
from ferrule.project.setuptools.values import Find

TREE = (
    *("a/__init__.py", "a/b/__init__.py", "a/b/c/__init__.py", "a/plain/x.txt"),
    *("a/plain/deep/__init__.py", "tests/__init__.py", "tests/unit/__init__.py"),
    *("dotted.name/__init__.py", "__pycache__/x.py", "a/__pycache__/__init__.py"),
    *("ez_setup/__init__.py", "build/lib/a/__init__.py", "z-9/__init__.py"),
    *(".hidden/__init__.py", "_private/__init__.py", "target/x/y.rs"),
)
SEARCHES = [
    {},
    {"exclude": ["tests", "tests.*"]},
    {"exclude": ["tests*"]},
    {"include": ["a", "a.*"]},
    {"include": ["a.b*"], "exclude": ["a.b.c"]},
    {"exclude": ["a"]},
    {"exclude": ["*.b"]},
]


@pytest.fixture
def tree(tmp_path):
    for name in TREE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


ASK = f"""
import json
from setuptools.discovery import (
    FlatLayoutPackageFinder, PackageFinder, PEP420PackageFinder
)
finders = [PackageFinder, PEP420PackageFinder]
found = [[finder.find(".", **search) for finder in finders] for search in {SEARCHES}]
print(json.dumps([found, FlatLayoutPackageFinder.find(".")]))
"""


def test_finds_what_setuptools_finds(tree, ask_setuptools):
    expected, _ = ask_setuptools(ASK, tree)

    for search, answers in zip(SEARCHES, expected):
        for namespaces, answer in zip((False, True), answers):
            found = find_packages(
                tree,
                Find(
                    include=tuple(search.get("include", ["*"])),
                    exclude=tuple(search.get("exclude", [])),
                    namespaces=namespaces,
                ),
            )
            assert sorted(found) == sorted(answer), (search, namespaces)


def test_flat_layout_is_guessed_as_setuptools_does(tree, ask_setuptools):
    _, expected = ask_setuptools(ASK, tree)

    with pytest.raises(DiscoveryError) as caught:
        discover(tree, {})

    assert set(caught.value.found) == {name.partition(".")[0] for name in expected}


def test_flat_layout_with_one_package(tmp_path):
    for name in ("one/sub/x.py", "tests/t.py", "docs/conf.py", "setup.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    code = discover(tmp_path, {})

    assert code.packages == ("one", "one.sub")
    assert code.modules == ()


@pytest.mark.parametrize("mark", ["Cargo.toml", "CACHEDIR.TAG", "pyvenv.cfg"])
def test_crates_and_build_products_are_no_packages(tmp_path, mark):
    (tmp_path / "one").mkdir()
    (tmp_path / "target/release").mkdir(parents=True)
    (tmp_path / "target" / mark).touch()

    assert discover(tmp_path, {}).packages == ("one",)


def test_flat_layout_with_one_module(tmp_path):
    for name in ("only.py", "setup.py", "conftest.py", "noxfile.py"):
        (tmp_path / name).touch()

    assert discover(tmp_path, {}).modules == ("only",)


def test_several_top_level_packages_are_no_guess(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    with pytest.raises(DiscoveryError) as caught:
        discover(tmp_path, {})

    assert "several top-level packages: one, two" in str(caught.value)
    assert "fix: name them in `packages`" in str(caught.value)


def test_src_layout_takes_everything_below_src(tmp_path):
    (tmp_path / "src/one/inner").mkdir(parents=True)
    (tmp_path / "src/mod.py").touch()

    code = discover(tmp_path, {})

    assert code.packages == ("one", "one.inner")
    assert code.modules == ("mod",)
    assert code.package_dir == {"": "src"}


def test_package_dir_of_packages_is_explored(tmp_path):
    (tmp_path / "elsewhere/inner").mkdir(parents=True)

    code = discover(tmp_path, {"pkg": "elsewhere"})

    assert code.packages == ("pkg", "pkg.inner")


@pytest.mark.parametrize(
    ("package", "table", "folder"),
    [
        ("a.b", {}, "a/b"),
        ("a.b", {"": "src"}, "src/a/b"),
        ("a.b", {"": "src", "a": "lib"}, "lib/b"),
        ("a", {"a": "."}, ""),
        ("a.b.c", {"a.b": "x/y"}, "x/y/c"),
    ],
)
def test_folder_of_a_package(package, table, folder):
    assert package_folder(package, table) == folder
