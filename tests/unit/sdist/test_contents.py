from __future__ import annotations

from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from ferrule import log
from ferrule.errors.sdist import LayoutError, PatternError, SourceConflictError
from ferrule.sdist.closure import (
    Closure,
    PathCrate,
    Workspace,
    patched_manifests,
)
from ferrule.sdist.contents import Contents, add_included, find_matches
from ferrule.sdist.layout import Layout, compute_layout
from ferrule.sdist.manifest import inherited_dependency, names_member
from ferrule.settings.model import FilePattern, Settings


def contents(root: Path, *include: str) -> Contents:
    settings = Settings(include=tuple(FilePattern(item) for item in include))
    project = SimpleNamespace(settings=settings, root=root, pyproject={})
    layout = Layout(project, Closure((), ()), root, root, root, ("x",))
    return Contents(layout, "x", ())


@pytest.mark.parametrize("pattern", ["../a", "/a", "a/../../b", "C:/a"])
def test_a_pattern_that_leaves_the_project_is_an_error(tmp_path, pattern):
    with pytest.raises(PatternError) as error:
        add_included(contents(tmp_path, pattern))
    assert str(error.value) == (
        f'include pattern "{pattern}" is not below the project root\n'
        '  absolute paths and ".." are not possible in an archive\n'
        "  fix: write it relative to the folder of pyproject.toml"
    )


def test_a_pattern_without_a_match_warns(tmp_path):
    found = []
    with log.sink_to(lambda kind, message: found.append((kind, message))):
        add_included(contents(tmp_path, "./a*"))
    assert found == [("warning", 'include pattern "./a*" matches no file')]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a/*.txt", ["a/b.txt"]),
        ("a/**/*.txt", ["a/b.txt", "a/c/d.txt"]),
        ("**/d.txt", ["a/c/d.txt"]),
        ("a", ["a/b.txt", "a/c/d.txt"]),
        ("a/b.txt", ["a/b.txt"]),
        ("none/*", []),
    ],
)
def test_globs(tmp_path, pattern, expected):
    (tmp_path / "a/c").mkdir(parents=True)
    for name in ("a/b.txt", "a/c/d.txt"):
        (tmp_path / name).write_text("")
    found = find_matches(tmp_path, pattern, ())
    assert sorted(path.relative_to(tmp_path).as_posix() for path in found) == expected


def test_two_files_for_one_place_are_an_error(tmp_path):
    one, two, same = (tmp_path / name for name in ("one", "two", "same"))
    one.write_text("1")
    two.write_text("2")
    same.write_text("1")
    files = contents(tmp_path)
    files.claim("README.md", one)
    files.claim("README.md", same)
    with pytest.raises(SourceConflictError) as error:
        files.claim("README.md", two)
    assert str(error.value) == (
        "two different files would become README.md in the sdist\n"
        f"  {one}\n  {two}\n"
        "  fix: rename one of them, or let pyproject.toml point to the same file"
    )


def test_folders_without_a_common_one_are_an_error(tmp_path):
    project = SimpleNamespace(
        root=tmp_path,
        settings=Settings(),
        module_names=("x",),
        metadata=SimpleNamespace(distribution_name="x"),
    )
    other = Path(tmp_path.anchor, "elsewhere/Cargo.toml")
    closure = Closure((PathCrate("e", other, {}, None, is_built=False),), ())
    with pytest.raises(LayoutError) as error:
        compute_layout(project, closure)
    needed = "\n".join(f"  needed: {item}" for item in sorted((other.parent, tmp_path)))
    assert str(error.value) == (
        "the crates of the project have no common folder\n"
        f"{needed}\n  fix: move path dependencies beside the project"
    )


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("crates/*", "crates/a", True),
        ("crates/*", "crates/a/b", False),
        ("./a", "a", True),
        ("c[ab]", "ca", True),
    ],
)
def test_members_patterns(pattern, name, expected):
    assert names_member(pattern, name) is expected


@pytest.mark.parametrize(
    ("entry", "source", "expected"),
    [
        ({"workspace": True}, "1", "1"),
        (
            {"workspace": True, "optional": True},
            "1",
            {"version": "1", "optional": True},
        ),
        (
            {"workspace": True, "features": ["b", "a"]},
            {"version": "1", "features": ["a"]},
            {"version": "1", "features": ["a", "b"]},
        ),
        (
            {"workspace": True, "default-features": True},
            {"version": "1", "default-features": False},
            "1",
        ),
        (
            {"workspace": True},
            {"path": "x", "version": "1"},
            {"version": "1", "path": "../x"},
        ),
    ],
)
def test_inherited_dependencies(entry, source, expected):
    root = Path(PurePosixPath("/w"))
    assert inherited_dependency(entry, source, root, root / "m") == expected


def test_paths_of_patch_and_replace(tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Cargo.toml").write_text("")
    root = tmp_path / "w"
    root.mkdir()
    (root / "Cargo.toml").write_text(
        '[patch.crates-io]\none = { path = "../one" }\nother = { git = "u" }\n'
        '[patch."https://example.com/x"]\ntwo = { path = "../two" }\n'
        '[replace]\n"three:1.0.0" = { path = "../three" }\n'
        '"gone:1.0.0" = { path = "../gone" }\n'
    )
    found = list(patched_manifests(Workspace(root, (), root / "target")))
    assert found == [tmp_path / n / "Cargo.toml" for n in ("one", "two", "three")]
