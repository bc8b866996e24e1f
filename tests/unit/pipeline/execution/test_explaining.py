"""Explaining what programs print."""

from __future__ import annotations

from ferrule import log
from ferrule.diagnosis import Context
from ferrule.pipeline.execution.explaining import explain_output, module_names

SOURCE = """
use pyo3::prelude::*;

#[pymodule]
fn plain(m: &Bound<'_, PyModule>) -> PyResult<()> { Ok(()) }

#[pyo3::pymodule(name = "renamed", gil_used = false)]
pub mod original {}

#[pymodule]
#[pyo3(name = "other")]
/// Documentation.
pub(crate) fn old() {}

#[pymodule_init]
fn not_this() {}

#[pymodule] fn r#type() {}
"""


def test_the_modules_of_a_folder(tmp_path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text(SOURCE)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "made.rs").write_text("#[pymodule] fn made() {}")
    (tmp_path / "src" / "broken.rs").write_bytes(b"#[pymodule] fn \xff() {}")
    assert module_names(tmp_path) == {
        "plain": "plain",
        "renamed": "original",
        "other": "old",
        "type": "type",
    }
    assert module_names(tmp_path / "nothing") == {}


def explained(text: str, folder) -> list[str]:
    heard: list[str] = []
    with log.also_to(heard):
        explain_output(text, Context(tool="ferrule", pyo3="0.22.6"), [folder])
    return heard


def test_a_module_that_nobody_registered(tmp_path) -> None:
    (tmp_path / "main.rs").write_text(SOURCE)
    text = "ModuleNotFoundError: No module named '{}'\n"
    [heard] = explained(text.format("renamed"), tmp_path)
    assert heard.startswith("Python cannot import a module of the program itself\n")
    assert "pyo3::append_to_inittab!(original);" in heard
    assert "above pyo3::prepare_freethreaded_python()" in heard
    assert "--inittab auto" in heard
    # Other modules may be missing for any reason.
    assert explained(text.format("requests"), tmp_path) == []


def test_rust_says_that_a_module_is_missing(tmp_path) -> None:
    text = (
        "called `Result::unwrap()` on an `Err` value: PyErr { type: <class "
        "'ModuleNotFoundError'>, value: ModuleNotFoundError(\"No module named "
        "'requests.auth'\"), traceback: None }"
    )
    [heard] = explained(text, tmp_path)
    assert "If it is a #[pymodule] of the program" in " ".join(heard.split())
    assert "pip install requests " in heard


def test_unknown_failures_are_left_alone(tmp_path) -> None:
    assert explained("thread 'main' panicked at src/main.rs:3:5\n", tmp_path) == []
