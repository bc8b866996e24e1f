from __future__ import annotations

import pytest

from ferrule.python import search
from ferrule.python.search import find_command, find_places


@pytest.fixture
def env(tmp_path):
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


@pytest.fixture
def places(env, tmp_path):
    """Return a function that lists places below the test's folder."""

    def find():
        start = str(tmp_path) + "/"
        return [
            (place.path[len(start) :], place.source)
            for place in find_places(env)
            if place.path.startswith(start)
        ]

    return find


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(0o755)


def test_path_folders_give_interpreters_only(tmp_path, places):
    for name in ("python3", "python3.12", "python3-config", "python3.13t", "perl",
                 "pypy3", "graalpy", "python3.12-gdb.py", "pip3"):  # fmt: skip
        touch(tmp_path / "bin" / name)
    (tmp_path / "bin" / "python").mkdir()
    assert [path for path, _ in places()] == [
        "bin/python3.13t",
        "bin/python3.12",
        "bin/graalpy",
        "bin/python3",
        "bin/pypy3",
    ]


def test_of_pyenvs_shims_only_the_plain_names_count(env, tmp_path, places):
    env["PATH"] = str(tmp_path / ".pyenv" / "shims")
    for name in ("python", "python3", "python3.11", "pypy3"):
        touch(tmp_path / ".pyenv" / "shims" / name)
    assert sorted(places()) == [
        (".pyenv/shims/python", "PATH"),
        (".pyenv/shims/python3", "PATH"),
    ]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (".pyenv/versions/3.12.1/bin/python", "pyenv"),
        (".local/share/uv/python/cpython-3.13.1-linux/bin/python3.13", "uv"),
        (".local/share/mise/installs/python/3.12/bin/python3", "mise"),
        (".asdf/installs/python/3.12.0/bin/python3", "asdf"),
        ("miniforge3/bin/python", "conda"),
        ("miniforge3/envs/py310/bin/python", "conda"),
    ],
)
def test_places_of_managers(tmp_path, places, path, source):
    touch(tmp_path / path)
    assert places() == [(path, source)]


def test_variables_move_the_places_of_managers(env, tmp_path, places):
    env["UV_PYTHON_INSTALL_DIR"] = str(tmp_path / "uv")
    env["PYENV_ROOT"] = str(tmp_path / "pyenv")
    env["CONDA_PREFIX"] = str(tmp_path / "active")
    env["CONDA_EXE"] = str(tmp_path / "conda" / "bin" / "conda")
    for folder in ("uv/x", "pyenv/versions/3.9.1", "active", "conda", "conda/envs/a"):
        touch(tmp_path / folder / "bin" / "python")
    assert [source for _, source in places()] == ["pyenv", "uv", *["conda"] * 3]


def test_condas_own_list_is_read(tmp_path, places):
    touch(tmp_path / "far" / "env" / "bin" / "python")
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(
        f"{tmp_path}/far/env\n/does/not/exist\n\n"
    )
    assert places() == [("far/env/bin/python", "conda")]


def test_a_path_is_listed_once_and_links_to_versions_come_last(tmp_path, places):
    uv = tmp_path / ".local" / "share" / "uv" / "python"
    touch(uv / "cpython-3.12.1" / "bin" / "python")
    (uv / "cpython-3.12").symlink_to(uv / "cpython-3.12.1")
    assert [path.split("/")[4] for path, _ in places()] == [
        "cpython-3.12.1",
        "cpython-3.12",
    ]


def test_a_command_is_an_executable_file_on_path(env, tmp_path):
    touch(tmp_path / "two" / "python")
    env["PATH"] = f"{tmp_path}/none::{tmp_path}/one:{tmp_path}/two"
    assert find_command("python", env) == f"{tmp_path}/two/python"
    touch(tmp_path / "one" / "python")
    (tmp_path / "one" / "python").chmod(0o644)
    assert find_command("python", env) == f"{tmp_path}/two/python"
    assert find_command("python3", env) is None


def test_the_list_of_the_windows_launcher_is_understood():
    text = (
        " -V:3.13t         C:\\Python313\\python3.13t.exe\r\n"
        " -V:3.12 *        C:\\Program Files\\Python312\\python.exe\r\n"
        " -3.9-64          D:\\py39\\python.exe\r\n"
        "\r\nNo installed Pythons found!\r\n -V:3.8 *\r\n"
    )
    assert search.parse_py_list(text) == [
        "C:\\Python313\\python3.13t.exe",
        "C:\\Program Files\\Python312\\python.exe",
        "D:\\py39\\python.exe",
    ]
