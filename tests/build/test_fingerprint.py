"""Nothing is compiled that did not change: every claim with the real cargo."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.build


def run(*command: str, cwd: Path, env: dict[str, str]) -> SimpleNamespace:
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(stdout=done.stdout, stderr=done.stderr)


def build(run_ferrule, project: Path, *args, env=None) -> dict:
    result = run_ferrule("build", "--json", *args, cwd=project, env=env).check().json()
    return result["wheels"]


def recompiled(stderr: str) -> list[str]:
    return re.findall(r"Compiling ([\w-]+) v", stderr)


@pytest.mark.parametrize("example", ["pure-module", "old-api-module"])
def test_switching_interpreters_compiles_nothing(
    example, copy_project, run_ferrule, interpreter, make_venv
) -> None:
    older, newer = interpreter("3.11"), interpreter("3.12")
    project = copy_project(f"examples/{example}")
    both = ["-i", str(older), str(newer)]
    first = build(run_ferrule, project, *both)
    assert [wheel["tag"].split("-")[1] for wheel in first] == ["cp311", "cp312"]
    again = build(run_ferrule, project, *both)
    assert [wheel["compiled"] for wheel in again] == [[], []]
    back = build(run_ferrule, project, "-i", str(older))
    assert back[0]["compiled"] == []
    # The right library was taken each time: each one imports in its own Python.
    for python, wheel in ((older, again[0]), (newer, again[1])):
        venv = make_venv(python)
        venv.install(wheel["path"])
        name = {"pure-module": "wordcount", "old-api-module": "roman"}[example]
        assert venv.ask(f"import {name}; print({name}.__name__)") == name


def test_an_edit_recompiles_the_crate_alone(
    copy_project, run_ferrule, interpreter
) -> None:
    pythons = [str(interpreter("3.11")), str(interpreter("3.12"))]
    project = copy_project("examples/pure-module")
    build(run_ferrule, project, "-i", *pythons)
    source = project / "src" / "lib.rs"
    source.write_text(source.read_text() + "\n// edited\n")
    edited = build(run_ferrule, project, "-i", *pythons)
    assert [len(wheel["compiled"]) for wheel in edited] == [1, 1]


def test_plain_cargo_and_ferrule_evict_nothing(
    copy_project, run_ferrule, interpreter, user_env, tmp_path
) -> None:
    python = interpreter("3.12")
    project = copy_project("examples/pure-module")
    # Plain cargo configures itself by PATH: keep that the same for both runs.
    env = {**user_env, "PYO3_PYTHON": str(python)}
    build(run_ferrule, project, "-i", str(python), "--profile", "dev")
    run("cargo", "build", cwd=project, env=env)
    wheels = build(run_ferrule, project, "-i", str(python), "--profile", "dev")
    assert wheels[0]["compiled"] == []
    done = run("cargo", "build", cwd=project, env=env)
    assert recompiled(done.stderr) == []


def test_another_shell_recompiles_nothing(
    copy_project, run_ferrule, interpreter, user_env, make_venv, tmp_path
) -> None:
    python = interpreter("3.12")
    project = copy_project("examples/pure-module")
    venv = make_venv(python)
    build(run_ferrule, project, "-i", str(python))
    run("cargo", "check", cwd=project, env=user_env)
    empty = tmp_path / "bin"
    empty.mkdir()
    changed = {
        "VIRTUAL_ENV": str(venv.folder),
        "PATH": f"{venv.folder / 'bin'}{os.pathsep}{empty}{os.pathsep}"
        f"{user_env['PATH']}",
        "PYO3_ENVIRONMENT_SIGNATURE": "something new",
    }
    wheels = build(run_ferrule, project, env=changed)
    assert wheels[0]["tag"].startswith("cp312-cp312")
    assert wheels[0]["compiled"] == []


@pytest.mark.parametrize("example", ["pure-module", "old-api-module"])
def test_one_fingerprint_with_cargo_after_env_write(
    example, copy_project, run_ferrule, interpreter, user_env
) -> None:
    project = copy_project(f"examples/{example}")
    python = str(interpreter("3.12"))
    run_ferrule("env", "--write", "-i", python, cwd=project).check()
    run_ferrule("cargo", "-i", python, "--", "check", cwd=project).check()
    other = {**user_env, "PATH": "/usr/bin:" + user_env["PATH"], "PYO3_PYTHON": "none"}
    done = run("cargo", "check", "-v", cwd=project, env=other)
    assert re.findall(r"(?:Compiling|Checking) (pyo3[\w-]*)", done.stderr) == []
    assert "Fresh pyo3-ffi" in done.stderr
    # No search path of the loader is set: plain cargo finds libpython itself.
    run("cargo", "test", cwd=project, env=other)
    removed = run_ferrule("env", "--remove", cwd=project).check()
    assert removed.stdout.strip().endswith("config.toml")
    assert not (project / ".cargo" / "config.toml").exists()


def test_tests_and_module_live_side_by_side(
    copy_project, run_ferrule, interpreter
) -> None:
    python = str(interpreter("3.11"))
    project = copy_project("examples/pure-module")
    build(run_ferrule, project, "-i", python, "--profile", "dev")
    run_ferrule("cargo", "-i", python, "--", "test", cwd=project).check()
    wheels = build(run_ferrule, project, "-i", python, "--profile", "dev")
    assert wheels[0]["compiled"] == []
    again = run_ferrule("cargo", "-i", python, "--", "test", cwd=project).check()
    assert recompiled(again.stderr) == []


def test_a_restored_configuration_file_recompiles_nothing(
    copy_project, run_ferrule, interpreter, tmp_path
) -> None:
    python = str(interpreter("3.12"))
    project = copy_project("examples/pure-module")
    # A cache of its own: other builds may run at the same time.
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    build(run_ferrule, project, "-i", python, env=env)
    listing = run_ferrule("cache", "show", "--json", cwd=project, env=env)
    files = [
        Path(entry["path"])
        for entry in listing.check().json()["entries"]
        if entry["section"] == "pyo3-config"
    ]
    assert files
    for path in files:
        path.unlink()
    assert build(run_ferrule, project, "-i", python, env=env)[0]["compiled"] == []


def test_abi3_wheel_is_built_once_for_all_pythons(
    copy_project, run_ferrule, interpreter
) -> None:
    pythons = [str(interpreter(name)) for name in ("3.11", "3.12", "3.13")]
    project = copy_project("examples/abi3-module")
    wheels = build(run_ferrule, project, "-i", *pythons)
    assert len(wheels) == 1
    assert wheels[0]["tag"].startswith("cp39-abi3-")
    assert len(wheels[0]["interpreters"]) == 3
    other = build(run_ferrule, project, "-i", pythons[2])
    assert other[0]["compiled"] == []


def test_module_is_made_of_plain_cargos_artefacts_after_env_write(
    copy_project, run_ferrule, interpreter, user_env, make_venv
) -> None:
    python = interpreter("3.12")
    project = copy_project("examples/pure-module")
    run_ferrule("env", "--write", "-i", python, cwd=project).check()
    run("cargo", "build", cwd=project, env=user_env)
    wheels = build(run_ferrule, project, "-i", str(python), "--profile", "dev")
    assert wheels[0]["compiled"] == []
    done = run("cargo", "build", cwd=project, env=user_env)
    assert recompiled(done.stderr) == []
    venv = make_venv(python)
    venv.install(wheels[0]["path"])
    assert venv.ask("import wordcount; print(wordcount.count('a b'))") == "2"
    listing = subprocess.run(
        [
            "readelf",
            "-d",
            venv.ask("import wordcount.wordcount as m; print(m.__file__)"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "libpython" not in listing.stdout
