"""Which environment a development install goes into."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule import log
from ferrule.editable import environment as module
from ferrule.editable.environment import find_environment
from ferrule.errors.editable import (
    BrokenEnvironmentError,
    ExternallyManagedError,
    NoEnvironmentError,
)


@pytest.fixture(scope="module")
def venv(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("environments") / ".venv"
    command = [sys.executable, "-m", "venv", "--without-pip", folder]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "FERRULE_CACHE_DIR": str(tmp_path / "cache")}


@pytest.fixture
def outside(monkeypatch):
    """Let ferrule run in no environment, under a Python that nobody may change."""
    monkeypatch.setattr(module, "_is_virtual", lambda: False)
    monkeypatch.setattr(module, "_is_managed", lambda _: False)


def find(start: Path, env, wanted=None):
    return find_environment(wanted, start=start, root=start, env=env)


def test_the_environment_that_runs_ferrule_is_first(tmp_path, env, venv) -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("the tests run outside of a virtual environment")
    env["VIRTUAL_ENV"] = str(venv)
    told: list[tuple[str, str]] = []
    with log.sink_to(lambda kind, text: told.append((kind, text))):
        assert find(tmp_path, env).prefix == Path(sys.prefix)
    warnings = [text for kind, text in told if kind == "warning"]
    assert len(warnings) == 1
    assert f"VIRTUAL_ENV names another environment, {venv}" in warnings[0]
    assert f"--python {venv}" in warnings[0]


def test_an_active_environment_that_is_the_running_one_is_not_news(
    tmp_path, env
) -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("the tests run outside of a virtual environment")
    told: list[tuple[str, str]] = []
    for active in (sys.prefix, str(tmp_path / "gone")):
        env["VIRTUAL_ENV"] = active
        with log.sink_to(lambda kind, text: told.append((kind, text))):
            find(tmp_path, env)
    assert [text for kind, text in told if kind == "warning"] == []


@pytest.mark.parametrize("mark", ["pipx_metadata.json", "uv-receipt.toml"])
def test_an_environment_of_a_tool_alone_is_passed_over(
    tmp_path, env, venv, monkeypatch, mark
) -> None:
    prefix = tmp_path / "tools" / "ferrule"
    prefix.mkdir(parents=True)
    (prefix / mark).touch()
    monkeypatch.setattr(sys, "prefix", str(prefix))
    env["VIRTUAL_ENV"] = str(venv)
    found = find(tmp_path, env)
    assert (found.prefix, found.source) == (venv, "VIRTUAL_ENV")


def test_an_ephemeral_environment_of_uv_is_passed_over(tmp_path, monkeypatch) -> None:
    prefix = tmp_path / "uv" / "archive-v0" / "abc"
    prefix.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(prefix))
    assert module._is_tool_environment()
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "pyvenv.cfg").write_text("extends-environment = /other\n")
    monkeypatch.setattr(sys, "prefix", str(overlay))
    assert module._is_tool_environment()
    (overlay / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.9\n")
    assert not module._is_tool_environment()


def test_dot_venv_of_the_project_or_above_it(tmp_path, env, venv, outside) -> None:
    below = venv.parent / "packages" / "one"
    below.mkdir(parents=True, exist_ok=True)
    found = find(below, env)
    assert (found.prefix, found.source) == (venv, ".venv")


def test_an_active_environment_comes_before_dot_venv(
    tmp_path, env, venv, outside
) -> None:
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", other], check=True)
    env["VIRTUAL_ENV"] = str(other)
    assert find(venv.parent, env).prefix == other


def test_an_option_names_a_folder_or_an_interpreter(tmp_path, env, venv) -> None:
    assert find(tmp_path, env, str(venv)).prefix == venv
    assert find(tmp_path, env, str(venv / "bin" / "python")).prefix == venv
    assert find(venv.parent, env, ".venv").prefix == venv


def test_a_broken_environment_is_explained(tmp_path, env, outside) -> None:
    env["VIRTUAL_ENV"] = str(tmp_path / "gone")
    with pytest.raises(BrokenEnvironmentError) as caught:
        find(tmp_path, env)
    text = str(caught.value)
    assert "(VIRTUAL_ENV) cannot be used" in text
    assert "no such file" in text
    assert "create it anew" in text


def test_without_any_environment_the_running_python_is_used(
    tmp_path, env, outside
) -> None:
    assert find(tmp_path, env).source == "the Python that runs ferrule"


def test_no_environment_at_all(tmp_path, env, outside, monkeypatch) -> None:
    monkeypatch.setattr(module, "_is_managed", lambda _: True)
    with pytest.raises(NoEnvironmentError) as caught:
        find(tmp_path, env)
    text = str(caught.value)
    assert "VIRTUAL_ENV: none" in text
    assert ".venv: none" in text
    assert "managed by the operating system (PEP 668)" in text
    assert "python3 -m venv .venv" in text


def test_a_managed_python_that_was_named_is_refused(
    tmp_path, env, venv, monkeypatch
) -> None:
    monkeypatch.setattr(module, "_is_managed", lambda _: True)
    with pytest.raises(ExternallyManagedError, match="managed by the operating"):
        find(tmp_path, env, str(venv))


def test_the_mark_of_a_managed_python_is_found(tmp_path, env, venv) -> None:
    interpreter = find(tmp_path, env, str(venv)).interpreter
    assert not module._is_managed(interpreter)
    facts = interpreter.to_json()
    facts["prefix"] = facts["base_prefix"]
    facts["install_paths"] = [["stdlib", str(tmp_path)]]
    base = type(interpreter).from_json(json.loads(json.dumps(facts)))
    assert not module._is_managed(base)
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    assert module._is_managed(base)
