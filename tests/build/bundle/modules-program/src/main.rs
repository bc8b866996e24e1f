//! Runs Python code that imports modules of this program; it registers one of them.

use std::ffi::CString;

use modules_program::NAME;
use parts as _;
use pyo3::prelude::*;

#[pymodule]
fn by_hand(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", "main")
}

#[pymodule]
fn forgotten(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", "main")
}

#[pymodule]
#[pyo3(name = "renamed")]
fn original(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("place", "main")
}

macro_rules! write_module {
    ($name:ident) => {
        #[pymodule]
        fn $name(module: &Bound<'_, PyModule>) -> PyResult<()> {
            module.add("place", "main")
        }
    };
}

write_module!(of_macro);

fn main() {
    pyo3::append_to_inittab!(by_hand);
    pyo3::prepare_freethreaded_python();
    let code = std::env::args().nth(1).unwrap_or_else(|| NAME.to_owned());
    let code = CString::new(code).expect("no zero byte");
    let status = unsafe {
        pyo3::ffi::PyGILState_Ensure();
        pyo3::ffi::PyRun_SimpleString(code.as_ptr())
    };
    std::process::exit(status.abs());
}
