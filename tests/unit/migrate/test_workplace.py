from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from ferrule.migrate.workplace import copy_project


def write(root, **files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(folder):
    return sorted(
        os.path.relpath(os.path.join(place, file), folder)
        for place, _, files in os.walk(folder)
        for file in files
    )


def test_build_products_stay_behind(tmp_path):
    write(
        tmp_path / "p",
        **{
            "pyproject.toml": "",
            "target/CACHEDIR.TAG": "",
            "target/debug/x": "",
            ".venv/pyvenv.cfg": "",
            "pkg/__pycache__/x.pyc": "",
        },
    )
    copy = copy_project(tmp_path / "p", tmp_path / "copy")
    assert names(copy) == ["pkg/__pycache__/x.pyc", "pyproject.toml"]


def test_crates_and_workspaces_above_come_along(tmp_path):
    write(
        tmp_path / "w",
        **{
            "Cargo.toml": '[workspace]\nmembers = ["a"]\n',
            "a/pyproject.toml": "",
            "a/Cargo.toml": '[dependencies]\nb = { path = "../../b" }\n',
            "c/other.txt": "",
        },
    )
    write(tmp_path, **{"b/Cargo.toml": "[package]\n", "z/unrelated.txt": ""})
    copy = copy_project(tmp_path / "w" / "a", tmp_path / "copy")
    assert copy.name == "a"
    assert names(copy.parent.parent) == [
        "b/Cargo.toml",
        *("w/Cargo.toml", "w/a/Cargo.toml", "w/a/pyproject.toml", "w/c/other.txt"),
    ]


def test_a_copy_of_a_repository_is_its_work_tree(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = tmp_path / "repo" / "sub"
    write(root, **{"pyproject.toml": "a", "untracked.txt": ""})
    for words in (["init", "-q"], ["add", "sub/pyproject.toml"]):
        subprocess.run(["git", *words], cwd=tmp_path / "repo", check=True)
    copy = copy_project(root, tmp_path / "copy")
    done = subprocess.run(
        ["git", "ls-files"], cwd=copy, check=True, capture_output=True, text=True
    )
    assert done.stdout == "pyproject.toml\n"
    assert (copy / "untracked.txt").is_file()
