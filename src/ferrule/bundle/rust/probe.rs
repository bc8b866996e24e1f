//! A program that embeds Python as PyO3 does and tries what a bundle holds.
//!
//! It is linked with the flags of the user's program, takes its place during the
//! verification, and is not part of the bundle.

use std::ffi::{c_char, c_int, CString};

extern "C" {
    fn Py_InitializeEx(signals: c_int);
    fn PyRun_SimpleString(text: *const c_char) -> c_int;
}

fn main() {
    let text = std::env::args().nth(1).unwrap_or_default();
    let text = CString::new(text).expect("no zero byte");
    let status = unsafe {
        Py_InitializeEx(0);
        PyRun_SimpleString(text.as_ptr())
    };
    std::process::exit(if status == 0 { 0 } else { 1 });
}
