//! A crate that the program depends on and does not use: rustc leaves it out.

use pyo3::prelude::*;

#[pymodule]
fn of_idle(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", "idle")
}
