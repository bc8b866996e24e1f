// For linkers without `--wrap`: the program's own symbol comes before libpython's.

const RTLD_NEXT: *mut c_void = -1isize as *mut c_void;

extern "C" {
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

#[no_mangle]
pub unsafe extern "C" fn Py_InitializeEx(signals: c_int) {
    start(signals)
}

unsafe fn start_plainly(signals: c_int) {
    let found = dlsym(RTLD_NEXT, c(b"Py_InitializeEx\0"));
    if found.is_null() {
        fail(b"this program is damaged: its libpython has no Py_InitializeEx\n");
    }
    let call: unsafe extern "C" fn(c_int) = core::mem::transmute(found);
    call(signals)
}
