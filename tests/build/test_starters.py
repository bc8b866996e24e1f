"""Every starter is built and tested as its user would do it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from ferrule.starters.kinds import KINDS

pytestmark = pytest.mark.build

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = {"0.30": "pure-module", "0.22": "old-api-module"}
DEV = ("--profile", "dev", "-i", sys.executable)
BUILT = [*((kind, "0.30") for kind in KINDS), ("module", "0.22"), ("program", "0.22")]


@pytest.fixture
def start(tmp_path, run_ferrule):
    """Return a function that starts a project whose crates are compiled already."""

    def start(kind: str, pyo3: str = "0.30", name: str = "") -> Path:
        # cargo keeps crates of one name apart by nothing but their name here.
        name = name or f"starter-{kind}-{pyo3.replace('.', '')}"
        folder = tmp_path / name
        options = ("--kind", kind, "--pyo3", pyo3, "--license", "MIT", "--vcs", "none")
        author = ("--author", "A <a@b.org>")
        run_ferrule("new", folder, *options, *author, cwd=tmp_path).check()
        lock = REPOSITORY / "examples" / LOCKS[pyo3] / "Cargo.lock"
        shutil.copy(lock, folder / "Cargo.lock")
        return folder

    return start


def build_wheel(project, out, run_ferrule, run_command, user_env):
    """Build the project's wheel, with pip where setuptools is the backend."""
    if (project / "setup.py").exists():
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        pip += ["--no-build-isolation", "--wheel-dir", str(out), "."]
        env = {**user_env, "SETUPTOOLS_RUST_CARGO_PROFILE": "dev"}
        run_command(*pip, cwd=project, env=env)
    else:
        run_ferrule("build", *DEV, "--out", out, cwd=project).check()
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.mark.parametrize(("kind", "pyo3"), BUILT)
def test_a_new_project_passes_its_own_tests(
    kind, pyo3, start, tmp_path, make_venv, run_ferrule, run_command, user_env
):
    project = start(kind, pyo3)

    cargo = ("cargo", "-i", sys.executable, "--")
    tested = run_ferrule(*cargo, "test", "--workspace", cwd=project).check()

    assert "test result: ok" in tested.stdout
    assert "warning" not in tested.stderr
    run_command("cargo", "fmt", "--all", "--check", cwd=project, env=user_env)
    if KINDS[kind].is_module:
        out = tmp_path / "out"
        wheel = build_wheel(project, out, run_ferrule, run_command, user_env)
        assert ("-abi3-" in wheel.name) == (kind == "abi3")
        venv = make_venv()
        venv.install(wheel)
        venv.run_tests(project)
    else:
        scripts = sysconfig.get_path("scripts")
        path = os.pathsep.join([scripts, user_env["PATH"]])
        pytest_command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
        ]
        run_command(*pytest_command, cwd=project, env={**user_env, "PATH": path})


@pytest.mark.parametrize("name", ["starter-tools", "starter.tools"])
@pytest.mark.parametrize("kind", KINDS)
def test_checkers_of_python_code_have_nothing_to_say(
    kind, name, start, run_command, user_env
):
    missing = [x for x in ("mypy", "ruff") if importlib.util.find_spec(x) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} belong to the extra dev")
    project = start(kind, name=name)

    for command in (["mypy"], ["ruff", "check"], ["ruff", "format", "--check"]):
        run_command(sys.executable, "-m", *command, cwd=project, env=user_env)


def test_clippy_has_nothing_to_say(start, run_ferrule):
    project = start("multi")
    arguments = ("clippy", "--workspace", "--all-targets", "--", "-D", "warnings")

    run_ferrule("cargo", "-i", sys.executable, "--", *arguments, cwd=project).check()


def test_types_are_those_of_the_module(
    start, tmp_path, make_venv, run_ferrule, run_command, user_env
):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy belongs to the extra dev")
    project = start("mixed")
    wheel = build_wheel(project, tmp_path / "o", run_ferrule, run_command, user_env)
    venv = make_venv()
    venv.install(wheel)

    site = str(Path(pytest.__file__).parents[1])
    env = {**user_env, "PYTHONPATH": site}
    stubtest = [venv.python, "-m", "mypy.stubtest", "starter_mixed_030"]
    run_command(*stubtest, cwd=tmp_path, env=env)


def test_the_editor_shares_what_the_terminal_has_compiled(start, run_ferrule):
    project = start("mixed")
    lines = (project / ".vscode" / "settings.json").read_text().splitlines()
    settings = json.loads("\n".join(line for line in lines if "//" not in line))
    env = {"PYO3_PYTHON": sys.executable}
    checks = [
        settings[f"rust-analyzer.{name}.overrideCommand"][1:]
        for name in ("check", "cargo.buildScripts")
    ]

    run_ferrule("cargo", "--", "check", "--all-targets", cwd=project, env=env).check()
    for command in checks:
        done = run_ferrule(*command, cwd=project, env=env).check()
        messages = [json.loads(line) for line in done.stdout.splitlines()]
        artifacts = [m for m in messages if m["reason"] == "compiler-artifact"]
        assert artifacts
        assert all(artifact["fresh"] for artifact in artifacts)


def test_a_crate_that_was_completed_is_built_and_tested(
    tmp_path, make_venv, run_ferrule, run_command, user_env
):
    project = tmp_path / "completed-crate"
    (project / "src").mkdir(parents=True)
    (project / "src" / "lib.rs").write_text("pub fn one() -> u8 {\n    1\n}\n")
    (project / "Cargo.toml").write_text(
        '[package]\nname = "completed-crate"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    run_ferrule("init", "--kind", "mixed", "--vcs", "none", cwd=project).check()
    lock = REPOSITORY / "examples" / LOCKS["0.30"] / "Cargo.lock"
    shutil.copy(lock, project / "Cargo.lock")

    cargo = ("cargo", "-i", sys.executable, "--")
    tested = run_ferrule(*cargo, "test", cwd=project).check()
    wheel = build_wheel(project, tmp_path / "o", run_ferrule, run_command, user_env)

    assert "python_calls_the_module ... ok" in tested.stdout
    venv = make_venv()
    venv.install(wheel)
    venv.run_tests(project)
