//! Names modules in every way that a program does.

use std::process::ExitCode;

use pyo3::prelude::*;
use pyo3::types::PyDict;

const LEVEL: &std::ffi::CStr =
    c"import sys, json; print(sys.flags.optimize, __debug__, json.__doc__ is not None)";

fn everything(py: Python<'_>) -> PyResult<()> {
    // py.import("wsgiref") in a comment means nothing.
    let names = PyDict::new(py);
    names.set_item("dom", py.import("xml.dom.minidom")?)?;
    py.run(c"import statistics; middle = statistics.median([1, 3, 9])", Some(&names), None)?;
    py.run(pyo3::ffi::c_str!(include_str!("show.py")), Some(&names), None)
}

fn main() -> ExitCode {
    Python::initialize();
    let done = Python::attach(|py| match std::env::args().nth(1) {
        None => everything(py),
        Some(word) if word == "--level" => py.run(LEVEL, None, None),
        Some(name) => py.import(name.as_str()).map(|_| ()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
