"""`ferrule test` and `ferrule run`: real crates, and what they share with others."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

MANIFEST = """
[package]
name = "gauge"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = {{ version = "=0.22.6", features = {features} }}
"""
LIBRARY = """
use pyo3::prelude::*;

/// Doubles.
///
/// ```
/// assert_eq!(gauge::double(2), 4);
/// ```
#[pyfunction]
pub fn double(value: i64) -> i64 {
    value * 2
}

#[pymodule]
fn gauge(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(double, module)?)
}

#[cfg(test)]
mod tests {
    use pyo3::prelude::*;

    #[test]
    fn imports_the_module_itself() {
        pyo3::prepare_freethreaded_python();
        Python::with_gil(|py| {
            let module = py.import_bound("gauge").unwrap();
            let answer = module.call_method1("double", (4,)).unwrap();
            assert_eq!(answer.extract::<i64>().unwrap(), 8);
        });
    }
}
"""
INTEGRATION = """
#[test]
fn embeds() {
    pyo3::prepare_freethreaded_python();
    assert_eq!(gauge::double(2), 4);
}
"""
PROGRAM = """
use pyo3::prelude::*;
use std::io::Read;

fn main() {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    let words: Vec<String> = std::env::args().skip(1).collect();
    pyo3::prepare_freethreaded_python();
    let text = Python::with_gil(|py| {
        let found = py.import_bound("installed_there").unwrap();
        found.getattr("TEXT").unwrap().extract::<String>().unwrap()
    });
    println!("{text} {words:?} {input}");
    if words.last().is_some_and(|word| word == "abort") {
        std::process::abort();
    }
    std::process::exit(7);
}
"""
PYPROJECT = """
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "gauge"
version = "0.1.0"
"""
PYTHON_TEST = """
import subprocess, sys

import gauge

def test_double():
    assert gauge.double(2) == 4

def test_a_child_process():
    subprocess.run([sys.executable, "-c", "import gauge"], cwd="/", check=True)
"""


@pytest.fixture
def make_project(tmp_path: Path):
    """Return a function that writes a module, its tests and a program."""

    def make(features: list[str]) -> Path:
        folder = tmp_path / "gauge"
        lock = Path(__file__).parents[2] / "examples/old-api-module/Cargo.lock"
        locked = lock.read_text().replace('"roman-numerals-old"', '"gauge"')
        files = {
            "Cargo.toml": MANIFEST.format(features=json.dumps(features)),
            "Cargo.lock": locked,
            "pyproject.toml": PYPROJECT,
            "src/lib.rs": LIBRARY,
            "src/bin/show.rs": PROGRAM,
            "tests/embed.rs": INTEGRATION,
            "tests/test_gauge.py": PYTHON_TEST,
        }
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return make


@pytest.fixture
def tested_env() -> dict[str, str]:
    """Return what makes the pytest of the test run available."""
    return {"PYTHONPATH": str(Path(pytest.__file__).parents[1])}


def compiled(stderr: str) -> list[str]:
    return re.findall(r"(?:Compiling|Checking) ([\w-]+) v", stderr)


@pytest.fixture
def calls(run_ferrule, run_command, user_env, tested_env, make_venv, interpreter):
    """Return everything that a developer alternates, as functions by name."""
    base = interpreter("3.11")
    first, second = make_venv(base).python, make_venv(base).python

    def ferrule(*words):
        return lambda project: run_ferrule(*words, cwd=project, env=tested_env)

    # Plain cargo asks the Python that it is told; both runs are told the same.
    plain = {**user_env, "PYO3_PYTHON": str(base)}
    return {
        "develop": ferrule("develop", "-v", "--python", str(first)),
        "test": ferrule("test", "-v", "-i", str(first)),
        "build": ferrule("build", "-v", "-i", str(first), "--profile", "dev"),
        "check": lambda project: run_command("cargo", "check", cwd=project, env=plain),
        "another develop": ferrule("develop", "-v", "--python", str(second)),
        "another test": ferrule("test", "-v", "-i", str(second)),
    }


@pytest.mark.parametrize("example", ["pure-module", "old-api-module"])
def test_everything_shares_what_is_compiled(example, copy_project, calls) -> None:
    project = copy_project(f"examples/{example}")
    for call in calls.values():
        call(project).check()
    for name, call in calls.items():
        assert (name, compiled(call(project).check().stderr)) == (name, [])
    # Tests and the installed module are linked to one PyO3.
    source = project / "src" / "lib.rs"
    source.write_text(source.read_text() + "\n// edited\n")
    for name, call in calls.items():
        names = compiled(call(project).check().stderr)
        assert len(names) == (0 if name.startswith("another") else 1), name
        assert not names[0:1] or not names[0].startswith("pyo3")


@pytest.mark.parametrize(
    "features",
    [["extension-module"], ["extension-module", "abi3-py39"]],
    ids=["extension-module", "abi3"],
)
def test_extension_module_needs_no_change(
    features, make_project, run_ferrule, interpreter, make_venv, tested_env
) -> None:
    project = make_project(features)
    venv = make_venv(interpreter("3.11"))
    words = ["test", "-i", str(venv.python)]
    done = run_ferrule(*words, cwd=project, env=tested_env).check()
    assert "imports_the_module_itself ... ok" in done.stdout
    assert "embeds ... ok" in done.stdout
    assert "Doc-tests gauge" in done.stderr
    assert "2 passed" in done.stdout
    assert "Rust tests passed, Python tests passed" in done.stderr
    # An installed copy of yesterday is not what is tested.
    site = next(venv.folder.glob("lib/python*/site-packages"))
    (site / "gauge.py").write_text("raise SystemExit('the installed copy')\n")
    run_ferrule(*words, cwd=project, env=tested_env).check()


def test_exit_codes(
    make_project, run_ferrule, interpreter, make_venv, tested_env
) -> None:
    project = make_project(["extension-module"])
    python = str(make_venv(interpreter("3.11")).python)

    def tests(*words: str):
        given = ["test", "-i", python, *words]
        return run_ferrule(*given, cwd=project, env=tested_env)

    assert tests("-k", "nothing_is_called_so").returncode == 1
    assert "'nothing_is_called_so'" in tests("-k", "nothing_is_called_so").stderr
    only = tests("--rust", "--", "--nocapture", "imports_the").check()
    assert "1 passed" in only.stdout
    assert "Python tests left out" in only.stderr
    only = tests("--python", "--", "-k", "child", "-v").check()
    assert "test_a_child_process PASSED" in only.stdout
    assert "running" not in only.stdout
    (project / "tests" / "test_gauge.py").write_text("def test_it(): assert 0\n")
    failed = tests()
    assert failed.returncode == 1
    assert "Rust tests passed, Python tests failed" in failed.stderr
    rust = project / "tests" / "embed.rs"
    rust.write_text(rust.read_text().replace("(2), 4", "(2), 5"))
    failed = tests()
    assert failed.returncode == 1
    assert "Rust tests failed, Python tests failed" in failed.stderr
    rust.write_text("fn broken(")
    assert tests().returncode == 5


def test_run_is_the_program(
    make_project, interpreter, make_venv, user_env, tmp_path
) -> None:
    import subprocess
    import sys

    project = make_project(["extension-module"])
    venv = make_venv(interpreter("3.11"))
    site = next(venv.folder.glob("lib/python*/site-packages"))
    (site / "installed_there.py").write_text("TEXT = 'from the environment'\n")

    def run(*words: str):
        command = [sys.executable, "-m", "ferrule", "run", "-i", str(venv.python)]
        return subprocess.run(
            [*command, *words],
            cwd=project / "src",
            env={
                name: text for name, text in user_env.items() if "LIBRARY" not in name
            },
            input="typed",
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("--", "--flag", "two words")
    assert done.returncode == 7, done.stderr
    assert done.stdout == 'from the environment ["--flag", "two words"] typed\n'
    if os.name == "posix":
        assert run("show", "--", "abort").returncode == -6
    wrong = run("shwo")
    assert wrong.returncode == 2
    assert 'no program `shwo` (did you mean "show"?)' in wrong.stderr


def test_pypy_is_refused_before_cargo(make_project, run_ferrule, interpreter) -> None:
    project = make_project([])
    for command in ("test", "run"):
        done = run_ferrule(command, "-i", str(interpreter("pypy3")), cwd=project)
        assert done.returncode == 4
        assert "cannot be embedded" in done.stderr
        assert "Compiling" not in done.stderr
