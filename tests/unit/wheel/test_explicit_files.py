"""`python-files = "explicit"`, and patterns that say where files go."""

from __future__ import annotations

import pytest

from ferrule.settings.model import FilePattern, Settings
from ferrule.wheel.include import include_members, out_dir_members
from ferrule.wheel.layout import plan_layout


def lay_out(root, *names, editable=False, **settings):
    return plan_layout(
        root,
        Settings(python_files="explicit", **settings),
        names,
        distribution="dist",
        manifest_dir=root,
        editable=editable,
    )


def paths(layout):
    return sorted(member.path for member in layout.members("1.0"))


def test_nothing_is_discovered(project):
    root = project("pkg/__init__.py", "pkg/x.py", "pkg.data/data/a", "_core.pyi")

    layout = lay_out(root, "pkg._core", "_core")

    assert paths(layout) == []
    assert not layout.is_mixed
    assert layout.extension_path("pkg._core", ".so") == "pkg/_core.so"
    assert layout.extension_path("_core", ".so") == "_core.so"


def test_packages_are_packed_whatever_git_ignores(project, warnings):
    texts = {".gitignore": "*.py\nmade/\n"}
    names = ("src/pkg/a.py", "src/pkg/made/b.txt", "src/pkg/__pycache__/a.pyc")
    root = project(".gitignore", *names, "src/pkg/_core.so", "src/no/x.py", **texts)

    layout = lay_out(root, "pkg._core", python_source="src", python_packages=("pkg",))

    assert paths(layout) == ["pkg/a.py", "pkg/made/b.txt"]
    assert warnings == []
    assert layout.is_mixed
    assert layout.python_dir == root / "src"


def test_included_files_alone_make_a_mixed_project(project):
    root = project("pkg/a.py", "pkg/b.py")

    layout = lay_out(root, include=(FilePattern("pkg/a.py"),))

    assert paths(layout) == ["pkg/a.py"]
    assert layout.is_mixed


@pytest.mark.parametrize(
    ("pattern", "to", "place"),
    [
        ("assets/deep/a.txt", "pkg", ["pkg/a.txt"]),
        ("assets/**/*.txt", "pkg/x", ["pkg/x/deep/a.txt"]),
        ("assets/*/a.txt", "pkg/", ["pkg/deep/a.txt"]),
        ("**/a.txt", "pkg", ["pkg/assets/deep/a.txt"]),
        ("assets/deep/*", "", ["a.txt"]),
    ],
)
def test_the_path_after_the_fixed_part_is_kept(project, pattern, to, place):
    root = project("assets/deep/a.txt")

    found = include_members(FilePattern(pattern, to=to), root=root, python_dir=root)

    assert [member.path for member in found] == place


def test_the_data_folder_has_the_version_in_its_name(project):
    root = project("bin/run", "bin/x.bin", "more/a.txt")
    (root / "bin/run").write_bytes(b"#!/usr/bin/env python3\nprint()\n")
    (root / "bin/x.bin").write_bytes(b"\x7fELF")
    include = (
        FilePattern("bin/*", to=".data/scripts"),
        FilePattern("more/*.txt", to=".data/data/share"),
    )

    for editable in (False, True):
        layout = lay_out(root, include=include, editable=editable)
        members = {member.path: member for member in layout.members("1.0")}
        assert sorted(members) == [
            "dist-1.0.data/data/share/a.txt",
            "dist-1.0.data/scripts/run",
            "dist-1.0.data/scripts/x.bin",
        ]
        script = members["dist-1.0.data/scripts/run"]
        assert script.source == b"#!python\nprint()\n"
        assert script.executable
        assert members["dist-1.0.data/scripts/x.bin"].source == root / "bin/x.bin"


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("one.txt", ["pkg/one.txt"]),
        ("folder", ["pkg/folder/a.txt", "pkg/folder/b/c.txt"]),
        ("folder/./b", ["pkg/b/c.txt"]),
        ("folder/b/c.txt", ["pkg/folder/b/c.txt"]),
        ("folder/b/./c.txt", ["pkg/c.txt"]),
    ],
)
def test_generated_files_and_folders(project, pattern, place):
    folder = project("one.txt", "folder/a.txt", "folder/b/c.txt")

    found = out_dir_members(
        FilePattern(pattern, source="out-dir", to="pkg"), {None: folder}.get
    )

    assert [member.path for member in found] == place


def test_packages_of_another_name_are_found_in_place(project):
    root = project("lib/__init__.py", "lib/inner/__init__.py", "data/x.txt")
    include = (
        FilePattern("lib/*.py", to="pkg"),
        FilePattern("lib/inner/*.py", to="pkg/inner"),
        FilePattern("data/*", to="pkg/data"),
        FilePattern("lib/*", to=".data/scripts"),
    )

    layout = lay_out(root, include=include, editable=True)

    assert layout.moved_packages() == {
        "pkg": root / "lib/__init__.py",
        "pkg.inner": root / "lib/inner/__init__.py",
    }
