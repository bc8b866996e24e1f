from __future__ import annotations

import pytest

from ferrule.errors.wheel import IncludePatternError, OutDirError
from ferrule.settings.model import FilePattern
from ferrule.wheel.include import include_members, match_files, out_dir_members


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.txt", ["a.txt"]),
        ("./a.txt", ["a.txt"]),
        ("*.txt", [".h.txt", "a.txt"]),
        ("d/*", ["d/b.txt"]),
        ("d/**", ["d/b.txt", "d/e/c.txt"]),
        ("**/*.txt", [".h.txt", "a.txt", "d/b.txt", "d/e/c.txt"]),
        ("d/**/c.*", ["d/e/c.txt"]),
        ("**/e/*", ["d/e/c.txt"]),
        ("[!b].txt", ["a.txt"]),
        ("?.txt", ["a.txt"]),
        ("d", []),
        ("nothing/*", []),
        ("", []),
    ],
)
def test_patterns(project, pattern, expected):
    root = project("a.txt", ".h.txt", "d/b.txt", "d/e/c.txt", ".git/x.txt")
    assert match_files(root, pattern) == expected


@pytest.mark.parametrize("pattern", ["../a.txt", "d/../a.txt", "/etc/passwd"])
def test_patterns_stay_inside(project, pattern):
    with pytest.raises(IncludePatternError) as caught:
        match_files(project(), pattern)
    assert f"the include pattern {pattern!r} is not allowed" in str(caught.value)
    assert "write the pattern relative to the project root" in str(caught.value)


def test_a_wide_pattern_skips_target_folders(project):
    root = project("target/.rustc_info.json", "target/a.json", "b.json")
    assert match_files(root, "**/*.json") == ["b.json"]
    assert match_files(root, "target/a.*") == ["target/a.json"]


def include(root, pattern, python_dir):
    found = include_members(FilePattern(pattern), root=root, python_dir=python_dir)
    return [item.path for item in found]


def test_places(project, warnings):
    root = project("python/pkg/gen.txt", "top.txt")
    python = root / "python"
    assert include(root, "python/pkg/gen.txt", python) == ["pkg/gen.txt"]
    assert include(root, "pkg/gen.txt", python) == ["pkg/gen.txt"]
    assert include(root, "top.txt", python) == ["top.txt"]
    assert include(root, "top.txt", root) == ["top.txt"]
    assert warnings == []


def test_no_match_warns(project, warnings):
    root = project("assets/a.txt")
    assert include(root, "*.json", root) == []
    assert include(root, "assets", root) == []
    assert warnings == [
        f"include '*.json' matches no file in {root}",
        (
            f"include 'assets' matches no file in {root}; "
            'to take a whole folder, write "assets/**"'
        ),
    ]


def test_generated_files(project, warnings):
    root = project("out/a/gen.py", "out/b.py")
    folders = {None: root / "out", "other": root / "out"}
    deep = FilePattern("**/*.py", source="out-dir", to="pkg/gen/")
    flat = FilePattern("b.py", source="out-dir", crate="other")
    none = FilePattern("c.py", source="out-dir")
    assert [item.path for item in out_dir_members(deep, folders.get)] == [
        "pkg/gen/a/gen.py",
        "pkg/gen/b.py",
    ]
    assert [item.path for item in out_dir_members(flat, folders.get)] == ["b.py"]
    assert out_dir_members(none, folders.get) == []
    assert warnings == [f"include 'c.py' matches no file in {root / 'out'}"]


@pytest.mark.parametrize(
    ("crate", "name"), [("gen", "the crate 'gen'"), (None, "the project's crate")]
)
def test_a_crate_without_build_script(crate, name):
    pattern = FilePattern("*.py", source="out-dir", crate=crate)
    with pytest.raises(OutDirError) as caught:
        out_dir_members(pattern, {}.get)
    assert f"{name} ran no build script in this build" in str(caught.value)
