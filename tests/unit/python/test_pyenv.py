from __future__ import annotations

import pytest

from ferrule.python.pyenv import is_shim, resolve_shim


@pytest.fixture
def root(tmp_path, monkeypatch):
    root = tmp_path / "pyenv"
    for version in ("3.11.7", "3.12.1", "3.12.10", "3.12.9", "3.13-dev"):
        executable(root / "versions" / version / "bin" / "python")
    executable(root / "versions" / "3.11.7" / "bin" / "python3.11")
    executable(root / "shims" / "python")
    executable(root / "shims" / "python3.11")
    (tmp_path / "work" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "inner")
    return root


@pytest.fixture
def env(root, tmp_path):
    folders = [root / "shims", tmp_path / "bin"]
    return {"PYENV_ROOT": str(root), "PATH": ":".join(map(str, folders))}


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def resolve(root, env, program="python"):
    found = resolve_shim(str(root / "shims" / program), env)
    return found and found.replace(str(root.parent), "")


def test_only_files_in_the_shims_folder_are_shims(root, env, tmp_path):
    assert is_shim(str(root / "shims" / "python"), env)
    assert not is_shim(str(root / "versions" / "3.11.7" / "bin" / "python"), env)
    (tmp_path / "link").symlink_to(root / "shims")
    assert is_shim(str(tmp_path / "link" / "python"), env)


def test_the_variable_wins_over_files(root, env, tmp_path):
    (tmp_path / "work" / ".python-version").write_text("3.12.1\n")
    env["PYENV_VERSION"] = "3.11.7"
    assert resolve(root, env) == "/pyenv/versions/3.11.7/bin/python"


def test_the_nearest_file_wins_over_the_global_choice(root, env, tmp_path):
    (root / "version").write_text("3.11.7\n")
    assert resolve(root, env) == "/pyenv/versions/3.11.7/bin/python"
    (tmp_path / "work" / ".python-version").write_text("# ours\n3.12.1 # old\n")
    assert resolve(root, env) == "/pyenv/versions/3.12.1/bin/python"


def test_a_minor_version_means_its_newest_release(root, env):
    env["PYENV_VERSION"] = "3.12"
    assert resolve(root, env) == "/pyenv/versions/3.12.10/bin/python"


def test_the_first_version_that_has_the_command_is_taken(root, env):
    env["PYENV_VERSION"] = "3.12.1:python-3.11.7"
    assert resolve(root, env) == "/pyenv/versions/3.12.1/bin/python"
    assert resolve(root, env, "python3.11") == "/pyenv/versions/3.11.7/bin/python3.11"


def test_the_system_python_is_the_next_on_path(root, env, tmp_path):
    executable(tmp_path / "bin" / "python")
    assert resolve(root, env) == "/bin/python"
    env["PYENV_VERSION"] = "system"
    assert resolve(root, env) == "/bin/python"


@pytest.mark.parametrize("version", ["3.14.0", "3.11.7:3.14.0", "../versions/3.11.7"])
def test_what_pyenv_itself_would_refuse_is_left_to_it(root, env, version):
    env["PYENV_VERSION"] = version
    assert resolve(root, env) is None


def test_a_command_that_no_active_version_has_is_left_to_pyenv(root, env):
    env["PYENV_VERSION"] = "3.12.1"
    assert resolve(root, env, "python3.11") is None
