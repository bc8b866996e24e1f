//! Runs Python code that can import a module of this program, PyO3's current ways.

use std::ffi::CString;

use pyo3::prelude::*;

#[pymodule]
mod host {
    use pyo3::prelude::*;

    #[pyfunction]
    fn double(x: i64) -> i64 {
        x * 2
    }
}

fn main() -> PyResult<()> {
    pyo3::append_to_inittab!(host);
    let words: Vec<String> = std::env::args().collect();
    let code = CString::new(words[2].as_str()).expect("no zero byte");
    let run = |py: Python<'_>| py.run(&code, None, None);
    match words[1].as_str() {
        "embedded" => unsafe {
            pyo3::with_embedded_python_interpreter(run)?;
            pyo3::with_embedded_python_interpreter(run)
        },
        _ => {
            Python::initialize();
            Python::attach(run)
        }
    }
}
