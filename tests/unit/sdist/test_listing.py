from __future__ import annotations

import subprocess

import pytest

from ferrule.errors.sdist import FileListError
from ferrule.sdist.listing import is_product, list_tracked, walk_folder


def fill(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def listed(root, folder=None, **options):
    found = walk_folder(folder or root, **options)
    return [path.relative_to(root).as_posix() for path in found]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pyc", True),
        ("_x.abi3.so", True),
        ("pkg-1.0.tar.gz", True),
        ("pkg-1.0-py3-none-any.whl", True),
        ("data.tar.gz", False),
        ("a.py", False),
    ],
)
def test_build_products_are_known_by_name(name, expected):
    assert is_product(name, "pkg") is expected


def test_caches_and_environments_are_not_entered(tmp_path):
    fill(
        tmp_path,
        "a.py",
        ".git/config",
        "__pycache__/a.txt",
        "built/CACHEDIR.TAG",
        "env/pyvenv.cfg",
        "out/x",
        "x.egg-info/PKG-INFO",
        ".hidden/b",
    )
    assert listed(tmp_path, skip=[tmp_path / "out"]) == [".hidden/b", "a.py"]


def test_gitignore_files_count_where_git_keeps_the_boundary(tmp_path):
    fill(tmp_path, "p/a.log", "p/keep.log", "p/deep/b.log", "p/deep/c", "x/y")
    (tmp_path / ".gitignore").write_text("*.log\n/p/deep/c\n")
    (tmp_path / "p/.gitignore").write_text("!keep.log\n")
    everything = ["p/.gitignore", "p/a.log", "p/deep/b.log", "p/deep/c", "p/keep.log"]
    assert listed(tmp_path, tmp_path / "p") == everything
    assert listed(tmp_path, tmp_path / "p", boundary=tmp_path) == everything
    (tmp_path / ".git").mkdir()
    rules = listed(tmp_path, tmp_path / "p", boundary=tmp_path)
    assert rules == ["p/.gitignore", "p/keep.log"]


def test_a_copy_in_an_ignored_folder_has_its_own_rules_only(tmp_path):
    fill(tmp_path, "target/copy/a", ".git/config")
    (tmp_path / ".gitignore").write_text("target/\n")
    copy = tmp_path / "target/copy"
    assert listed(copy, boundary=copy) == ["a"]


def test_crates_of_their_own_are_left_out_of_a_crate(tmp_path):
    fill(tmp_path, "Cargo.toml", "inner/Cargo.toml", "other/a")
    assert listed(tmp_path, is_crate=True) == ["Cargo.toml", "other/a"]


def test_a_link_to_a_parent_ends(tmp_path):
    fill(tmp_path, "a/b")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    assert listed(tmp_path) == ["a/b"]


def test_git_lists_what_it_tracks(tmp_path):
    fill(tmp_path, "a", "b c", "linked/d", "gone")
    (tmp_path / "link").symlink_to("linked")
    for argv in (["init", "-q"], ["add", "a", "b c", "link", "gone"]):
        subprocess.run(["git", *argv], cwd=tmp_path, check=True)
    (tmp_path / "gone").unlink()
    found = [path.relative_to(tmp_path).as_posix() for path in list_tracked(tmp_path)]
    assert found == ["a", "b c", "link/d"]


def test_a_folder_without_git_is_an_error(tmp_path):
    with pytest.raises(FileListError) as error:
        list_tracked(tmp_path)
    text = str(error.value)
    assert text.startswith(f"cannot list the files of {tmp_path} with git\n  fatal: ")
    assert text.endswith(
        'fix: run this in a git checkout, or use sdist-generator = "cargo"'
    )
