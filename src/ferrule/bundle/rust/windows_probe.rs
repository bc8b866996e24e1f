//! A program that embeds Python as PyO3 does and tries what a bundle holds.
//!
//! The hook answers for `Py_InitializeEx`, so no import library is needed; it has
//! loaded the DLL of Python that is asked for the other function.

use std::ffi::{c_char, c_int, c_void, CString};

extern "C" {
    fn Py_InitializeEx(signals: c_int);
}

extern "system" {
    fn K32EnumProcessModules(process: *mut c_void, place: *mut *mut c_void, size: u32, needed: *mut u32) -> c_int;
    fn GetCurrentProcess() -> *mut c_void;
    fn GetProcAddress(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

fn find(name: &str) -> *mut c_void {
    let name = CString::new(name).expect("no zero byte");
    let mut libraries = [std::ptr::null_mut(); 1024];
    let mut needed = 0;
    let size = std::mem::size_of_val(&libraries) as u32;
    unsafe {
        K32EnumProcessModules(GetCurrentProcess(), libraries.as_mut_ptr(), size, &mut needed);
        libraries
            .iter()
            .filter(|library| !library.is_null())
            .map(|library| GetProcAddress(*library, name.as_ptr()))
            .find(|found| !found.is_null())
            .unwrap_or(std::ptr::null_mut())
    }
}

fn main() {
    let text = std::env::args().nth(1).unwrap_or_default();
    let text = CString::new(text).expect("no zero byte");
    let status = unsafe {
        Py_InitializeEx(0);
        let run: extern "C" fn(*const c_char) -> c_int =
            std::mem::transmute(find("PyRun_SimpleString"));
        run(text.as_ptr())
    };
    std::process::exit(if status == 0 { 0 } else { 1 });
}
