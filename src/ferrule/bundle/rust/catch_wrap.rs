// The linker was told `--wrap=Py_InitializeEx`.

extern "C" {
    fn __real_Py_InitializeEx(signals: c_int);
}

#[no_mangle]
pub unsafe extern "C" fn __wrap_Py_InitializeEx(signals: c_int) {
    start(signals)
}

unsafe fn start_plainly(signals: c_int) {
    __real_Py_InitializeEx(signals)
}
