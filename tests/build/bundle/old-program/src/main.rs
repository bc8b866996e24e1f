//! Runs Python code that can import a module of this program, PyO3 0.22's ways.

use pyo3::prelude::*;

#[pyfunction]
fn double(x: i64) -> i64 {
    x * 2
}

#[pymodule]
fn host(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(double, module)?)
}

fn main() -> PyResult<()> {
    pyo3::append_to_inittab!(host);
    let words: Vec<String> = std::env::args().collect();
    let run = |py: Python<'_>| py.run_bound(&words[2], None, None);
    match words[1].as_str() {
        "embedded" => unsafe {
            pyo3::with_embedded_python_interpreter(run)?;
            pyo3::with_embedded_python_interpreter(run)
        },
        "automatic" => Python::with_gil(run),
        _ => {
            pyo3::prepare_freethreaded_python();
            Python::with_gil(run)
        }
    }
}
