//! Starts and leaves Python in ways that PyO3 does not, by Python's own functions.

use std::ffi::{c_char, c_int, CString};
use std::mem::MaybeUninit;
use std::time::Duration;

use pyo3_ffi::*;

extern "C" {
    fn PyRun_SimpleString(text: *const c_char) -> c_int;
}

fn main() {
    let mut words: Vec<String> = std::env::args().collect();
    let way = words.remove(1);
    let words: Vec<CString> = words.iter().map(|word| CString::new(word.as_str()).unwrap()).collect();
    let mut pointers: Vec<*mut c_char> = words.iter().map(|word| word.as_ptr().cast_mut()).collect();
    let count = pointers.len();
    let status = unsafe {
        match way.as_str() {
            "python" => Py_BytesMain(count as c_int, pointers.as_mut_ptr()),
            "configured" => configured(count, &pointers),
            "plain" => {
                Py_Initialize();
                PyRun_SimpleString(words[1].as_ptr())
            }
            "path" => {
                std::env::set_var("PYTHONPATH", std::env::var("OWN_FOLDERS").unwrap());
                Py_InitializeEx(0);
                PyRun_SimpleString(words[1].as_ptr())
            }
            "added" => {
                Py_InitializeEx(0);
                Py_NewInterpreter();
                PyRun_SimpleString(words[1].as_ptr())
            }
            "held" => {
                Py_InitializeEx(0);
                std::thread::spawn(|| {
                    std::thread::sleep(Duration::from_millis(100));
                    std::process::exit(3);
                });
                std::thread::sleep(Duration::from_secs(60));
                4
            }
            _ => {
                Py_InitializeEx(0);
                std::thread::spawn(|| {
                    std::thread::sleep(Duration::from_millis(300));
                    std::process::exit(5);
                });
                PyRun_SimpleString(words[1].as_ptr())
            }
        }
    };
    std::process::exit(status);
}

unsafe fn configured(count: usize, words: &[*mut c_char]) -> c_int {
    let mut config = MaybeUninit::<PyConfig>::uninit();
    PyConfig_InitPythonConfig(config.as_mut_ptr());
    let mut config = config.assume_init();
    let mut status = PyConfig_SetBytesArgv(&mut config, count as Py_ssize_t, words.as_ptr().cast_mut().cast());
    if PyStatus_Exception(status) == 0 {
        status = PyConfig_Read(&mut config);
    }
    if PyStatus_Exception(status) == 0 {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&mut config);
    if PyStatus_Exception(status) != 0 {
        Py_ExitStatusException(status);
    }
    Py_RunMain()
}
