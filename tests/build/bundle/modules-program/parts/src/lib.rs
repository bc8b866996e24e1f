//! A crate of the workspace with a module that no Rust code names.

use pyo3::prelude::*;

#[pymodule]
fn of_dependency(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", "parts")
}
