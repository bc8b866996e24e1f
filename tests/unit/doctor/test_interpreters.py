import os
import sys

import pytest

from ferrule.doctor.interpreters import (
    check_candidates,
    check_environments,
    check_requires_python,
    find_chosen,
)
from ferrule.doctor.libpython import check_libpython
from ferrule.python.discovery import Candidate


def test_configuration_file_needs_no_interpreter():
    chosen, found = find_chosen({"PYO3_CONFIG_FILE": "/x.txt"})
    assert chosen is None
    assert found[0].what == "no interpreter is asked: PYO3_CONFIG_FILE=/x.txt"


def test_interpreter_that_is_meant_and_does_not_work_is_an_error(tmp_path):
    env = {"VIRTUAL_ENV": str(tmp_path), "PATH": ""}
    chosen, found = find_chosen(env)
    assert chosen is None
    assert (found[0].id, found[0].severity) == ("python-default", "error")
    assert found[0].remedy == ("create the environment anew, or unset VIRTUAL_ENV",)


def test_chosen_interpreter_is_named_with_the_reason(tmp_path):
    env = {"PYO3_PYTHON": sys.executable, "FERRULE_CACHE_DIR": str(tmp_path / "c")}
    chosen, found = find_chosen({**os.environ, **env})
    assert chosen.version == sys.version_info[:3]
    assert found[0].severity == "ok"
    assert found[0].details[0] == f"chosen by PYO3_PYTHON={sys.executable}"


def test_broken_candidates_are_a_note_and_old_ones_are_nothing(make_interpreter):
    candidates = [
        Candidate("/a/python3", "PATH", None, "it is a broken link"),
        Candidate("/b/python2", "PATH", None, "Python 2.7.18 is too old: 3.7 is ..."),
        Candidate("/c/python3", "PATH", make_interpreter("3.11")),
    ]
    found = {item.id: item for item in check_candidates(candidates, None)}
    assert found["python-found"].what == "1 more: CPython 3.11"
    broken = found["python-broken"]
    assert broken.what == "1 file named like a Python does not run"
    assert broken.details == ("/a/python3: it is a broken link",)


def test_shim_without_version_has_pyenvs_remedy():
    reason = "exit status 127: pyenv: python: command not found"
    found = check_candidates([Candidate("/s/python", "PATH", None, reason)], None)
    assert [item.id for item in found] == ["python-found", "python-broken"]
    assert found[0].severity == "warning"
    assert found[1].remedy == ("pyenv versions   # then `pyenv global VERSION`",)


def test_two_active_environments():
    env = {"VIRTUAL_ENV": "/v", "CONDA_PREFIX": "/c"}
    (found,) = check_environments(env, None, None)
    assert found.id == "python-two-environments"
    assert found.remedy == ("unset CONDA_PREFIX",)
    assert check_environments({**env, "PYO3_PYTHON": "/p"}, None, None) == []


@pytest.mark.parametrize(
    ("extra", "command"), [("", "python3 -m venv"), ("uv = 0.9.2\n", "uv venv")]
)
def test_environment_whose_base_is_gone(tmp_path, write, extra, command):
    write(".venv/pyvenv.cfg", f"home = {tmp_path / 'gone'}\n{extra}")
    (found,) = check_environments({}, tmp_path, None)
    assert (found.id, found.severity) == ("python-venv-broken", "error")
    assert "which is gone" in found.details[0]
    assert found.remedy == (f"{command} --clear {tmp_path / '.venv'}",)


@pytest.mark.skipif(os.name == "nt", reason="environments are copies there")
def test_environment_with_a_dangling_link(tmp_path, write):
    write("venv/bin/x", "")
    (tmp_path / "venv/bin/python").symlink_to(tmp_path / "gone")
    (found,) = check_environments({"VIRTUAL_ENV": str(tmp_path / "venv")}, None, None)
    assert found.details == (
        f"{tmp_path}/venv/bin/python leads to {tmp_path}/gone, which is gone",
    )


@pytest.mark.parametrize(("version", "count"), [("3.11.4", 1), ("3.12.9", 0)])
def test_other_python_in_the_projects_environment(
    tmp_path, write, make_interpreter, version, count
):
    write(".venv/pyvenv.cfg", f"home = {tmp_path}\nversion = {version}\n")
    env = {"PATH": ""}
    found = check_environments(env, tmp_path, make_interpreter("3.12"))
    assert [item.id for item in found] == ["python-venv-inactive"] * count


def test_requires_python(make_interpreter):
    chosen = make_interpreter("3.12")
    assert check_requires_python(chosen, ">=3.9") == []
    assert check_requires_python(chosen, "no version") == []
    (found,) = check_requires_python(chosen, ">=3.13")
    assert found.id == "python-requires"
    assert found.what.endswith('is outside of requires-python = ">=3.13"')


# --- libpython --------------------------------------------------------------------


def test_shared_library_is_found(tmp_path, write, make_interpreter):
    path = write("lib/libpython3.12.so", "")
    (found,) = check_libpython(make_interpreter(lib_dir=str(path.parent)))
    assert (found.severity, found.what) == ("ok", f"shared: {path}")


def test_shared_library_without_development_link(make_interpreter):
    chosen = make_interpreter("3.7", lib_dir="/none", ld_version="3.99")
    (found,) = check_libpython(chosen)
    assert found.severity == "warning"
    assert found.what == "libpython3.99.so is missing"
    assert "modules can be built" in found.why


def test_static_library_is_a_note_and_none_a_warning(tmp_path, write, make_interpreter):
    chosen = make_interpreter(shared=False, base_prefix=str(tmp_path), lib_dir="")
    (found,) = check_libpython(chosen)
    assert found.severity == "warning"
    assert "no libpython at all" in found.what
    path = write("lib/python3.12/config-3.12-x/libpython3.12.a", "")
    (found,) = check_libpython(chosen)
    assert found.severity == "note"
    assert str(path) in found.what


def test_pyenv_is_told_to_build_a_shared_library(tmp_path, make_interpreter):
    prefix = str(tmp_path / ".pyenv/versions/3.12.1")
    chosen = make_interpreter(shared=False, base_prefix=prefix, lib_dir="")
    (found,) = check_libpython(chosen)
    assert found.remedy[0].startswith("PYTHON_CONFIGURE_OPTS=--enable-shared pyenv")


def test_pypy_cannot_be_embedded(make_interpreter):
    (found,) = check_libpython(make_interpreter(implementation="PyPy"))
    assert (found.id, found.severity) == ("python-libpython", "note")
