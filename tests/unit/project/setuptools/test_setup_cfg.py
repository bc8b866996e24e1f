"""setup.cfg as keywords of `setup()`."""

from __future__ import annotations

import pytest

from ferrule.errors.setuptools_project import SetupConfigError
from ferrule.project.setuptools.setup_cfg import (
    merged_commands,
    parse_lines,
    read_setup_cfg,
)
from ferrule.project.setuptools.values import Find


def read(tmp_path, text):
    path = tmp_path / "setup.cfg"
    path.write_text(text)
    return read_setup_cfg([path])


def test_metadata_and_old_names(tmp_path):
    found = read(
        tmp_path,
        "[metadata]\nname = x\nhome-page = u\nsummary = s\nclassifier =\n  A\n  B\n"
        "license_file = L\nkeywords = a, b\nproject_urls =\n  Docs = d\n",
    )

    assert found.keywords == {
        "name": "x",
        "url": "u",
        "description": "s",
        "classifiers": ["A", "B"],
        "license_files": ["L"],
        "keywords": ["a", "b"],
        "project_urls": {"Docs": "d"},
    }


def test_options_and_their_parts(tmp_path):
    found = read(
        tmp_path,
        "[options]\npackages = find_namespace:\npackage_dir =\n  =src\n"
        "install_requires =\n  a>=1 # why\n  b; python_version<'3'\nzip-safe = no\n"
        "[options.packages.find]\nwhere = src\nexclude = t, u\n"
        "[options.package_data]\n* = *.txt\npkg =\n  a\n  b\n"
        "[options.data_files]\nshare = x, y\n"
        "[options.extras_require]\nall = c; d\n",
    )

    assert found.keywords == {
        "packages": Find(("src",), ("*",), ("t", "u"), namespaces=True),
        "package_dir": {"": "src"},
        "install_requires": ["a>=1", "b; python_version<'3'"],
        "zip_safe": False,
        "package_data": {"": ["*.txt"], "pkg": ["a", "b"]},
        "data_files": [("share", ["x", "y"])],
        "extras_require": {"all": ["c", "d"]},
    }


def test_other_sections_are_commands(tmp_path):
    found = read(tmp_path, "[bdist_wheel]\npy-limited-api = cp39\n[flake8]\nx = y\n")

    assert found.commands["bdist_wheel"] == {"py_limited_api": "cp39"}
    assert found.keywords == {}


def test_later_files_win_and_absent_ones_are_none(tmp_path):
    first, second = tmp_path / "setup.cfg", tmp_path / "extra.cfg"
    first.write_text("[metadata]\nname = one\nversion = 1\n")
    second.write_text("[metadata]\nname = two\n")

    found = read_setup_cfg([first, second, tmp_path / "none.cfg"])

    assert found.keywords == {"name": "two", "version": "1"}
    assert found.paths == (first, second)


def test_broken_file_is_an_error(tmp_path):
    with pytest.raises(SetupConfigError) as caught:
        read(tmp_path, "name = x\n")

    assert "setup.cfg is no valid configuration file" in str(caught.value)


def test_marker_after_semicolon_belongs_to_its_requirement():
    assert parse_lines("a; sys_platform == 'x'; b") == ["a; sys_platform == 'x'", "b"]


def test_options_of_commands_are_merged():
    first, second = {"a": {"x-y": 1}}, {"a": {"z": "2"}, "b": {"c": "3"}}

    assert merged_commands(first, second) == {
        "a": {"x_y": "1", "z": "2"},
        "b": {"c": "3"},
    }
