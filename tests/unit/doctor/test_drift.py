import os
import sys

import pytest

from ferrule.doctor.cargo_settings import CargoConfig
from ferrule.doctor.drift import (
    check_editor_files,
    check_editor_python,
    check_variables,
)
from ferrule.doctor.editors import EditorSettings
from ferrule.python.probe import probe


@pytest.fixture
def editor(tmp_path):
    def make(**variables):
        path = tmp_path / ".vscode" / "settings.json"
        return EditorSettings("VS Code", path, variables)

    return make


@pytest.fixture
def config(tmp_path):
    def make(**entries):
        return CargoConfig(tmp_path / ".cargo" / "config.toml", {"env": entries})

    return make


def test_equal_values_are_no_drift(editor, config):
    env = {"PYO3_PYTHON": "/p"}
    assert check_variables(env, [], [editor(PYO3_PYTHON="/p")]) == []
    assert check_variables({}, [config(PYO3_PYTHON="/p")], [editor()]) == []
    assert check_variables({}, [], []) == []


def test_shell_and_editor_disagree(editor):
    settings = editor(PYO3_PYTHON="/q")
    (found,) = check_variables({"PYO3_PYTHON": "/p"}, [], [settings])
    assert (found.id, found.severity) == ("drift-variables", "warning")
    assert found.details == (
        "PYO3_PYTHON",
        "  this shell: /p",
        f"  VS Code ({settings.path}): /q",
    )
    assert found.remedy[0] == "unset PYO3_PYTHON"
    assert found.remedy[1].startswith("ferrule env --write")


def test_shell_alone_is_a_note():
    (found,) = check_variables({"PYO3_PYTHON": "/p"}, [], [])
    assert found.severity == "note"
    assert found.details[2] == "  an editor started elsewhere: (not set)"
    # Compiler flags of the shell are told elsewhere.
    assert check_variables({"RUSTFLAGS": "-g"}, [], []) == []


def test_shell_wins_over_the_file_unless_it_is_forced(config):
    env = {"PYO3_CONFIG_FILE": "/shell"}
    (found,) = check_variables(env, [config(PYO3_CONFIG_FILE="/file")], [])
    assert found.severity == "warning"
    assert found.remedy == ("unset PYO3_CONFIG_FILE",)
    forced = config(PYO3_CONFIG_FILE={"value": "/file", "force": True})
    assert check_variables(env, [forced], []) == []


def test_what_pyo3_does_not_read_with_a_file_is_no_drift(config):
    env = {"PYO3_PYTHON": "/p", "PYO3_NO_PYTHON": "1"}
    configs = [config(PYO3_CONFIG_FILE="/file")]
    assert check_variables(env, configs, []) == []
    env["PYO3_BUILD_EXTENSION_MODULE"] = "1"
    (found,) = check_variables(env, configs, [])
    assert found.what.endswith("about PYO3_BUILD_EXTENSION_MODULE")


def test_editors_flags_count(editor):
    (found,) = check_variables({}, [], [editor(RUSTFLAGS="-Ctarget-cpu=native")])
    assert found.remedy == ("# take the variables out of the editor's settings",)


def test_broken_settings(tmp_path):
    broken = EditorSettings("Zed", tmp_path, problem="it is broken")
    assert check_editor_files([broken])[0].what == "it is broken"
    assert check_variables({"PYO3_PYTHON": "/p"}, [], [broken])


def test_python_of_the_editor(tmp_path, make_interpreter):
    env = {**os.environ, "FERRULE_CACHE_DIR": str(tmp_path / "c")}
    chosen = probe([sys.executable], env)[0]
    path = tmp_path / ".vscode" / "settings.json"
    mine = EditorSettings("VS Code", path, python=sys.executable)
    unknown = EditorSettings("VS Code", path, python="${command:python}")
    assert check_editor_python([mine, unknown], chosen, env) == []
    other = make_interpreter("3.6", soabi="cpython-36")
    (found,) = check_editor_python([mine], other, env)
    assert found.id == "drift-interpreter"
    gone = EditorSettings("VS Code", path, python=".venv/bin/python")
    (found,) = check_editor_python([gone], chosen, env)
    assert f"{tmp_path}/.venv/bin/python: no such file" in found.what
