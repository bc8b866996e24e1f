from __future__ import annotations

import os
import sys

import pytest

from ferrule.errors.python import InterpreterProbeError, NoDefaultInterpreterError
from ferrule.python import search
from ferrule.python.discovery import default_interpreter, find_candidates
from ferrule.python.probe import probe
from tests.unit.python.real_pythons import installed, make_venv


@pytest.fixture
def env(tmp_path):
    return {
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
        "PATH": str(tmp_path / "bin"),
    }


@pytest.fixture
def only_env(monkeypatch):
    """Hide the system's folders, so that the environment says everything."""
    monkeypatch.setattr(search, "_SYSTEM_FOLDERS", ())
    monkeypatch.setattr(search, "_SYSTEM_PARENTS", ())
    monkeypatch.setattr(sys, "executable", "")


def wrap(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return str(path)


def version(interpreter):
    return interpreter.version[:2]


# --- the default -------------------------------------------------------------------


def test_pyo3_python_wins_as_a_path_and_as_a_command(env, tmp_path):
    venv = make_venv(installed("3.12"), tmp_path / "venv")
    link(tmp_path / "bin" / "python3.9", installed("3.9"))
    env["VIRTUAL_ENV"] = str(venv)
    env["PYO3_PYTHON"] = installed("3.10")
    assert version(default_interpreter(env)) == (3, 10)
    env["PYO3_PYTHON"] = "python3.9"
    assert version(default_interpreter(env)) == (3, 9)


def test_pyo3_python_may_name_pypy(env):
    if not os.path.exists("/usr/bin/pypy3"):
        pytest.skip("PyPy is not installed")
    env.update(PATH="/usr/bin", PYO3_PYTHON="pypy3")
    assert default_interpreter(env).implementation == "PyPy"


def test_an_active_environment_comes_before_path(env, tmp_path):
    link(tmp_path / "bin" / "python", installed("3.9"))
    venv = make_venv(installed("3.12"), tmp_path / "venv")
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        found = default_interpreter({**env, variable: str(venv)})
        assert found.executable == str(venv / "bin" / "python")


def test_two_active_environments_are_both_ignored_with_a_warning(
    env, tmp_path, warnings
):
    link(tmp_path / "bin" / "python", installed("3.9"))
    env.update(VIRTUAL_ENV="/none", CONDA_PREFIX="/none")
    assert version(default_interpreter(env)) == (3, 9)
    assert warnings == [
        (
            "both VIRTUAL_ENV and CONDA_PREFIX are set: ferrule ignores both, as PyO3 "
            "does, and takes python from PATH; unset one of them"
        )
    ]


def test_python_comes_before_python3_if_it_is_a_python_3(env, tmp_path):
    link(tmp_path / "bin" / "python3", installed("3.12"))
    assert version(default_interpreter(env)) == (3, 12)
    link(tmp_path / "bin" / "python", installed("3.9"))
    assert version(default_interpreter(env)) == (3, 9)
    (tmp_path / "bin" / "python").unlink()
    link(tmp_path / "bin" / "python", installed("2.7"))
    assert version(default_interpreter(env)) == (3, 12)


def test_a_dot_venv_folder_is_not_looked_at(env, tmp_path, monkeypatch):
    make_venv(installed("3.12"), tmp_path / ".venv")
    link(tmp_path / "bin" / "python", installed("3.9"))
    monkeypatch.chdir(tmp_path)
    assert version(default_interpreter(env)) == (3, 9)


def test_a_missing_environment_is_an_error(env, tmp_path):
    env["VIRTUAL_ENV"] = str(tmp_path / "gone")
    with pytest.raises(InterpreterProbeError) as caught:
        default_interpreter(env)
    gone = tmp_path / "gone"
    assert str(caught.value) == (
        f"failed to run the Python interpreter at {gone}/bin/python\n"
        "  no such file\n"
        f"  it was chosen by VIRTUAL_ENV={gone}\n"
        "  fix: create the environment anew, or unset VIRTUAL_ENV"
    )
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            "",
            (
                "failed to run the Python interpreter at (empty)\n"
                "  the variable is set, but empty\n"
                "  it was chosen by PYO3_PYTHON\n"
                "  fix: set PYO3_PYTHON to a command on PATH or to a path, or unset it"
            ),
        ),
        (
            "python9",
            (
                "failed to run the Python interpreter at python9\n"
                "  no such command on PATH\n"
                "  it was chosen by PYO3_PYTHON\n"
                "  fix: set PYO3_PYTHON to a command on PATH or to a path, or unset it"
            ),
        ),
        (
            "/none/python",
            (
                "failed to run the Python interpreter at /none/python\n"
                "  no such file\n"
                "  it was chosen by PYO3_PYTHON=/none/python\n"
                "  fix: set PYO3_PYTHON to a Python that runs, or unset it"
            ),
        ),
    ],
)
def test_a_bad_pyo3_python_is_an_error(env, value, text):
    with pytest.raises(InterpreterProbeError) as caught:
        default_interpreter({**env, "PYO3_PYTHON": value})
    assert str(caught.value) == text


def test_an_old_python_3_that_comes_first_is_an_error(env, tmp_path):
    path = link(tmp_path / "bin" / "python", installed("3.6"))
    link(tmp_path / "bin" / "python3", installed("3.12"))
    with pytest.raises(InterpreterProbeError) as caught:
        default_interpreter(env)
    assert f"interpreter at {path}\n  Python 3.6." in str(caught.value)
    assert "it was chosen by `python`, the first Python 3 on PATH" in str(caught.value)
    assert "fix: choose another one with --interpreter" in str(caught.value)


def test_no_python_at_all_is_an_error(env, tmp_path):
    path = wrap(tmp_path / "bin" / "python3", "echo broken >&2; exit 1")
    with pytest.raises(NoDefaultInterpreterError) as caught:
        default_interpreter(env)
    assert str(caught.value) == (
        "no Python 3.x interpreter found\n"
        "  python: not on PATH\n"
        f"  python3: {path}: exit status 1: broken\n"
        "  fix: activate a virtual environment, set PYO3_PYTHON, or choose one with "
        "--interpreter; `ferrule python list` shows what there is"
    )


# --- candidates --------------------------------------------------------------------


def test_every_candidate_is_listed_with_its_reason(env, tmp_path, only_env):
    python = installed("3.9")
    bin_folder = tmp_path / "bin"
    (bin_folder).mkdir()
    real = os.path.realpath(python)
    link(bin_folder / "python3.9", real)
    link(bin_folder / "python3", "python3.9")
    wrap(bin_folder / "python", f'exec {python} "$@"')
    wrap(bin_folder / "pypy3", "echo no library >&2; exit 127")
    link(bin_folder / "python2", installed("2.7"))
    (bin_folder / "graalpy").write_text("")
    venv = make_venv(python, tmp_path / "miniconda3")

    found = {one.path: (one.source, one.reason) for one in find_candidates(env)}
    main = str(bin_folder / "python3.9")
    assert {path: seen for path, seen in found.items() if seen[1] == ""} == {
        main: ("PATH", "")
    }
    assert found[str(bin_folder / "python3")][1] == f"another name of {main}"
    assert found[str(bin_folder / "python")][1] == f"starts {main}"
    assert found[str(bin_folder / "pypy3")][1] == "exit status 127: no library"
    assert found[str(bin_folder / "graalpy")][1] == "it is not executable"
    assert found[str(bin_folder / "python2")][1].startswith("Python 2.7.18 is too old")
    assert found[str(venv / "bin" / "python")] == (
        "conda",
        f"a virtual environment of {main}",
    )


def test_the_base_of_a_lone_environment_is_found(env, tmp_path, only_env):
    python = installed("3.12")
    venv = make_venv(python, tmp_path / "venv")
    env["PATH"] = str(venv / "bin")
    usable = [one for one in find_candidates(env) if one.is_usable]
    (base,) = usable
    assert base.source == "environment"
    assert os.path.samefile(base.path, python)
    assert not base.interpreter.is_virtual


def test_two_conda_environments_with_one_file_stay_two(env, tmp_path):
    # conda hard-links the same file into each environment.
    from dataclasses import replace

    from ferrule.python.discovery import base_identity

    (found,) = probe([installed("3.9")], env)
    other = replace(found, base_prefix=str(tmp_path))
    assert base_identity(found) != base_identity(other)
    same = replace(found, base_executable=os.path.realpath(found.base_executable))
    assert base_identity(found) == base_identity(same)


def test_usable_candidates_are_sorted_by_version(env, tmp_path, only_env):
    for number in ("3.12", "3.9", "3.10"):
        link(tmp_path / "bin" / f"python{number}", installed(number))
    found = [one.interpreter for one in find_candidates(env) if one.is_usable]
    assert [version(one) for one in found] == [(3, 9), (3, 10), (3, 12)]


def test_the_whole_machine_can_be_searched(env):
    env = {**os.environ, "FERRULE_CACHE_DIR": env["FERRULE_CACHE_DIR"]}
    candidates = find_candidates(env)
    assert any(one.is_usable for one in candidates)
    assert all(one.is_usable or one.reason for one in candidates)
    assert len({one.path for one in candidates}) == len(candidates)
