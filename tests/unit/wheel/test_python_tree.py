from __future__ import annotations

import os

import pytest

from ferrule.errors.files import ReadError
from ferrule.wheel.python_tree import (
    CACHE_SIGNATURE,
    Package,
    holds_python,
    is_built_artifact,
    walk_package,
)


def walk(root, name="pkg", **options):
    package = Package(root / name, name)
    return [item.path for item in walk_package(package, root=root, **options)]


def test_everything_of_a_package_in_order(project):
    root = project(
        "pkg/b/c.py", "pkg/__init__.py", "pkg/.hidden", "pkg/b-a.txt", "x.py"
    )
    assert walk(root) == ["pkg/.hidden", "pkg/__init__.py", "pkg/b/c.py", "pkg/b-a.txt"]


def test_bytecode_and_caches_are_left_out(project):
    root = project(
        "pkg/__init__.py",
        "pkg/__pycache__/a.cpython-312.pyc",
        "pkg/old.pyc",
        "pkg/target/CACHEDIR.TAG",
        "pkg/target/x.so",
        "pkg/rust/.rustc_info.json",
        "pkg/rust/y.rs",
        "pkg/fake/CACHEDIR.TAG",
    )
    (root / "pkg/target/CACHEDIR.TAG").write_bytes(CACHE_SIGNATURE + b"\n")
    assert walk(root) == ["pkg/__init__.py", "pkg/fake/CACHEDIR.TAG"]


def test_built_modules_are_stale_but_files_of_the_user_are_not(project):
    root = project(
        "pkg/_core.abi3.so",
        "pkg/_core.cpython-312-x86_64-linux-gnu.so",
        "pkg/_core.pyd",
        "pkg/_core.so",
        "pkg/lib_core.dylib",
        "pkg/_core.dSYM/Contents/Info.plist",
        "pkg/_corefoo.so",
        "pkg/_core.pyi",
        "pkg/other.so",
        "pkg/sub/_core.so",
    )
    assert walk(root, stale=["pkg/_core"]) == [
        "pkg/_core.pyi",
        "pkg/_corefoo.so",
        "pkg/other.so",
        "pkg/sub/_core.so",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("m.so", True), ("libm.so", True), ("m.py", False), ("mm.so", False)],
)
def test_is_built_artifact(name, expected):
    assert is_built_artifact(name, "m") is expected


def test_gitignore_of_every_level(project):
    root = project(
        "pkg/a.log", "pkg/b.py", "pkg/keep/a.log", "pkg/gen/x.py", "pkg/d/e.py"
    )
    (root / ".git").mkdir()
    (root / ".gitignore").write_text("*.log\n/pkg/gen/\nb.py\n# comment\n")
    (root / "pkg" / ".gitignore").write_text("!b.py\n")
    (root / "pkg" / "keep" / ".gitignore").write_text("!*.log\n")
    (root / "pkg" / "d" / ".gitignore").write_text("# nothing\n\n")
    assert walk(root) == [
        "pkg/.gitignore",
        "pkg/b.py",
        "pkg/d/.gitignore",
        "pkg/d/e.py",
        "pkg/keep/.gitignore",
        "pkg/keep/a.log",
    ]


def test_without_git_and_in_an_sdist_every_file_is_taken(project):
    root = project("pkg/a.py")
    (root / "pkg" / ".gitignore").write_text("a.py\n")
    assert walk(root) == ["pkg/.gitignore", "pkg/a.py"]
    (root / ".git").mkdir()
    assert walk(root) == ["pkg/.gitignore"]
    (root / "PKG-INFO").write_text("")
    assert walk(root) == ["pkg/.gitignore", "pkg/a.py"]


def test_what_lies_above_the_project_does_not_count(project):
    root = project("pkg/a.py")
    (root.parent / ".gitignore").write_text("*.py\n")
    assert walk(root) == ["pkg/a.py"]


def test_a_package_outside_of_the_project(project, tmp_path):
    root = project("Cargo.toml")
    (root / ".gitignore").write_text("*.py\n")
    outside = tmp_path / "outside" / "pkg"
    outside.mkdir(parents=True)
    (outside / "a.py").write_text("")
    found = walk_package(Package(outside, "pkg"), root=root)
    assert [item.path for item in found] == ["pkg/a.py"]


def test_links_are_followed_but_not_in_circles(project, tmp_path, warnings):
    root = project("pkg/a.py", "shared/b.py")
    os.symlink(root / "shared", root / "pkg" / "linked")
    os.symlink(root / "pkg", root / "pkg" / "loop")
    os.symlink(root / "nowhere", root / "pkg" / "broken")
    os.mkfifo(root / "pkg" / "pipe")
    assert walk(root) == ["pkg/a.py", "pkg/linked/b.py"]
    assert len(warnings) == 3
    assert "broken is a broken link" in warnings[0]
    assert "loop links back to a folder above it" in warnings[1]
    assert "pipe is a broken link or no regular file" in warnings[2]


def test_single_modules(project):
    root = project("one.py", "two.py")
    assert walk(root, "one.py") == ["one.py"]
    (root / ".git").mkdir()
    (root / ".gitignore").write_text("two.py\n")
    assert walk(root, "two.py") == []


def test_the_mode_of_the_source_counts(project):
    root = project("pkg/run.sh", "pkg/a.py")
    (root / "pkg" / "run.sh").chmod(0o744)
    found = {
        item.path: item.executable
        for item in walk_package(Package(root / "pkg", "pkg"), root=root)
    }
    assert found == {"pkg/a.py": False, "pkg/run.sh": True}


def test_holds_python(project):
    root = project("a/b/c.pyi", "d/e.c", "f/__pycache__/x.py", "g/.venv/x.py")
    assert [holds_python(root / name) for name in "adfg"] == [True, False, False, False]


def test_a_missing_folder(project):
    with pytest.raises(ReadError, match=r"cannot read .*gone"):
        walk(project(), "gone")
    root = project("pkg/a.py")
    (root / ".git").mkdir()
    (root / "pkg" / ".gitignore").mkdir()
    with pytest.raises(ReadError, match="gitignore"):
        walk(root)
