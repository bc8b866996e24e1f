"""Metadata from the cache equals what the files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.project.crate import Crate
from ferrule.project.location import Location
from ferrule.project.metadata_memory import remembered_metadata
from ferrule.project.pyproject import read_pyproject

TEXT = """\
[project]
name = "My-Pkg"
version = "1.0"
readme = "README.md"
license = "MIT"
dependencies = ["a>=1"]
optional-dependencies.x = ["b; python_version < '3.12'"]
scripts.run = "pkg:main"
urls.Home = "https://example.org"
authors = [{ name = "A", email = "a@example.org" }]
"""


@pytest.fixture
def project(tmp_path: Path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "README.md").write_text("# hello\n")
    (root / "LICENSE").write_text("text\n")
    (root / "Cargo.toml").write_text("")
    (root / "pyproject.toml").write_text(TEXT)
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    crate = Crate("id", "my-pkg", "1.0.0", root / "Cargo.toml", (), ())

    def read():
        path = root / "pyproject.toml"
        location = Location(root, path, root / "Cargo.toml", read_pyproject(path))
        return remembered_metadata(location, crate, env=env)

    return root, read


def test_second_answer_is_equal_and_reads_nothing(project, monkeypatch) -> None:
    _, read = project
    first = read()

    def fail(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("ferrule.project.metadata.read_core_metadata", fail)
    assert read() == first
    assert first[0].to_metadata_text() == read()[0].to_metadata_text()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("README.md", "# other\n", "# other"),
        ("pyproject.toml", TEXT.replace("1.0", "2.0"), "Version: 2.0"),
        ("COPYING", "new\n", "License-File: COPYING"),
    ],
)
def test_every_input_is_noticed(project, name, content, expected) -> None:
    root, read = project
    read()
    (root / name).write_text(content)
    assert expected in read()[0].to_metadata_text()


def test_warnings_come_every_time(project) -> None:
    root, read = project
    (root / "pyproject.toml").write_text(TEXT + "unknown = 1\n")
    assert read()[1] == read()[1] != ()


def test_globs_into_folders_are_not_remembered(project) -> None:
    root, read = project
    (root / "licenses").mkdir()
    (root / "licenses" / "A.txt").write_text("")
    text = TEXT.replace("scripts.run", 'license-files = ["**/*.txt"]\nscripts.run')
    (root / "pyproject.toml").write_text(text)
    read()
    (root / "licenses" / "deep").mkdir()
    (root / "licenses" / "deep" / "B.txt").write_text("")
    assert "License-File: licenses/deep/B.txt" in read()[0].to_metadata_text()
