//! The library beside the program, with a module of its own.

use pyo3::prelude::*;

pub const NAME: &str = "library";

#[pymodule]
fn of_library(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", NAME)
}
