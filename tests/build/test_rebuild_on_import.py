"""Rebuild on import and `ferrule watch`, with real modules and processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

MANIFEST = """
[package]
name = "answering"
version = "0.1.0"
edition = "2021"

[lib]
name = "answering"
crate-type = ["cdylib"]

[[bin]]
name = "answer-tool"
path = "src/tool.rs"

[dependencies]
pyo3 = "0.30"
"""
PYPROJECT = """
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "answering"
version = "0.1.0"

[tool.ferrule]
python-source = "python"

[[tool.ferrule.modules]]
name = "ns.answers._core"

[[tool.ferrule.binaries]]
name = "answer-tool"
"""
MODULE = """
use pyo3::prelude::*;
mod value;

#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pyfunction]
    fn answer() -> i64 {
        super::value::ANSWER
    }
}
"""
TOOL = 'mod value; fn main() { println!("{}", value::ANSWER); }\n'
ASK = "from ns.answers import answer; print(answer())"


class Project:
    """A namespace package around a module, installed for development."""

    def __init__(self, root: Path, venv) -> None:
        self.root = root
        self.venv = venv
        package = root / "python" / "ns" / "answers"
        package.mkdir(parents=True)
        (root / "src").mkdir()
        (package / "__init__.py").write_text("from ns.answers._core import *\n")
        (root / "Cargo.toml").write_text(MANIFEST)
        (root / "pyproject.toml").write_text(PYPROJECT)
        (root / "src" / "lib.rs").write_text(MODULE)
        (root / "src" / "tool.rs").write_text(TOOL)
        self.write("1")

    def write(self, value: str) -> None:
        """Let the module answer something else."""
        text = f"pub const ANSWER: i64 = {value};\n"
        (self.root / "src" / "value.rs").write_text(text)

    def start(self, code: str, **env: str) -> subprocess.Popen[str]:
        """Start Python in the project's environment."""
        return subprocess.Popen(
            [self.venv.python, "-c", code],
            cwd=self.venv.folder,
            env={**self.venv.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, code: str = ASK, **env: str) -> tuple[str, str]:
        """Return what Python code printed and what it told."""
        printed, told = self.start(code, **env).communicate()
        return printed.strip(), told


@pytest.fixture
def project(tmp_path: Path, make_venv, run_ferrule) -> Project:
    made = Project(tmp_path / "answering", make_venv())
    words = ["develop", "--rebuild-on-import", "--python", str(made.venv.folder)]
    run_ferrule(*words, cwd=made.root).check()
    return made


def test_edit_failure_and_repair(project: Project) -> None:
    assert project.ask() == ("1", "")
    project.write("2")
    assert project.ask() == ("2", "ferrule: value.rs changed: rebuilding answering\n")
    assert project.ask() == ("2", "")
    tool = [project.venv.folder / "bin" / "answer-tool"]
    assert subprocess.check_output(tool, text=True) == "2\n"

    project.write("wrong")
    printed, told = project.ask()
    assert printed == ""
    assert "ImportError: answering changed and could not be rebuilt" in told
    assert "cannot find value `wrong` in this scope" in told
    printed, told = project.ask(FERRULE_REBUILD_FAILURE="keep")
    assert printed == "2"
    assert "RuntimeWarning" in told
    assert "cannot find value `wrong` in this scope" in told
    assert project.ask(FERRULE_REBUILD_ON_IMPORT="false") == ("2", "")

    project.write("3")
    assert project.ask()[0] == "3"


def test_processes_at_once_build_once(project: Project) -> None:
    project.write("2")
    running = [project.start(ASK) for _ in range(3)]
    done = [process.communicate() for process in running]
    assert [printed for printed, _ in done] == ["2\n"] * 3
    assert sum("rebuilding" in told for _, told in done) == 1

    project.write("wrong")
    running = [project.start(ASK) for _ in range(3)]
    done = [process.communicate() for process in running]
    assert all("cannot find value `wrong`" in told for _, told in done)


def test_reload_in_one_process(project: Project) -> None:
    code = f"""
import importlib, pathlib
import ns.answers
from ns.answers import _core
source = pathlib.Path({str(project.root / "src" / "value.rs")!r})
print(_core.answer())
for value in (2, 3):
    source.write_text(f"pub const ANSWER: i64 = {{value}};")
    importlib.reload(ns.answers)
    print(ns.answers.answer(), _core.answer())
source.write_text("pub const ANSWER: i64 = 4;")
print(_core.__loader__.rebuild(), _core.answer())
print(importlib.reload(_core) is _core, _core.answer())
print(_core.__loader__.rebuild())
"""
    printed, told = project.ask(code)
    expected = ["1", "2 2", "3 3", "True 3", "True 4", "False"]
    assert printed.splitlines() == expected, told
    places = Path(project.ask("import ns.answers._core as m; print(m.__file__)")[0])
    # The next build removes the names under which reloads opened the library.
    project.write("5")
    assert project.ask()[0] == "5"
    assert len(list(places.parent.glob("_core.*"))) == 1


def test_changed_projects(project: Project, target_dir: Path) -> None:
    more = '[[tool.ferrule.modules]]\nname = "ns.answers._more"\n\n'
    text = PYPROJECT.replace('version = "0.1.0"', 'version = "0.2.0"')
    text = text.replace("[[tool.ferrule.binaries]]", f"{more}[[tool.ferrule.binaries]]")
    (project.root / "pyproject.toml").write_text(text)
    second = MODULE.partition("mod value;")[2].replace("_core", "_more")
    (project.root / "src" / "lib.rs").write_text(MODULE + second)
    printed, told = project.ask("import ns.answers._more as m; print(m.answer())")
    assert printed == "1", told
    assert "the metadata of answering changed since it was installed" in told
    assert "run `ferrule develop` again" in told
    # What `cargo clean` removes comes back.
    place = target_dir / "ferrule" / "editable" / "answering"
    for file in sorted(place.rglob("*")):
        if file.is_file():
            file.unlink()
    printed, told = project.ask()
    assert printed == "1", told


def test_pep_660_with_a_ferrule_on_path_only(
    tmp_path: Path, make_venv, user_env, run_command, read_wheel
) -> None:
    project = Project(tmp_path / "answering", make_venv())
    hook = (
        "import ferrule; print(ferrule.build_editable("
        f"{str(tmp_path)!r}, {{'rebuild-on-import': 'true'}}))"
    )
    done = run_command(sys.executable, "-c", hook, cwd=project.root, env=user_env)
    project.venv.install(read_wheel(tmp_path / done.stdout.split()[-1]).path)
    assert project.ask() == ("1", "")
    # The build environment of pip and uv is gone afterwards.
    site = next(project.venv.folder.glob("lib/*/site-packages"))
    rebuilder = site / "_ferrule_editable_answering_rebuilder.py"
    text = rebuilder.read_text()
    assert sys.executable in text
    rebuilder.write_text(text.replace(f'["{sys.executable}', '["/gone/python'))
    project.write("2")
    printed, told = project.ask(PATH="/usr/bin:/bin")
    assert (printed, "no ferrule was found" in told) == ("", True)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "ferrule").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m ferrule "$@"\n'
    )
    (tools / "ferrule").chmod(0o755)
    printed, told = project.ask(PATH=f"{tools}:{user_env['PATH']}")
    assert printed == "2", told


def test_watch(project: Project, user_env: dict[str, str]) -> None:
    heard = project.venv.folder / "heard"
    code = (
        "from ns.answers import answer\n"
        f"open({str(heard)!r}, 'a').write(f'{{answer()}} ')"
    )
    python = str(project.venv.python)
    words = ["-i", python, "--", python, "-c", code]
    watching = subprocess.Popen(
        [sys.executable, "-m", "ferrule", "watch", *words],
        cwd=project.root,
        env=user_env,
        stderr=subprocess.PIPE,
        text=True,
    )

    def wait_for(text: str) -> None:
        end = time.monotonic() + 120
        while (heard.read_text() if heard.exists() else "") != text:
            assert time.monotonic() < end, heard.read_text() if heard.exists() else ""
            assert watching.poll() is None
            time.sleep(0.05)

    try:
        wait_for("1 ")
        project.write("2")
        wait_for("1 2 ")
        project.write("wrong")
        time.sleep(3)
        project.write("3")
        wait_for("1 2 3 ")
        init = project.root / "python" / "ns" / "answers" / "__init__.py"
        init.write_text(f"{init.read_text()}\n# edited\n")
        wait_for("1 2 3 3 ")
    finally:
        os.kill(watching.pid, signal.SIGINT)
        told = watching.communicate()[1]
    assert watching.returncode == 130, told
    assert "value.rs changed" in told
    assert "cannot find value `wrong`" in told
