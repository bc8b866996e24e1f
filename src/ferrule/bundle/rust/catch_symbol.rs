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
    let call: unsafe extern "C" fn(c_int) = core::mem::transmute(real(b"Py_InitializeEx\0"));
    call(signals)
}

unsafe fn real(name: &[u8]) -> *mut c_void {
    let found = dlsym(RTLD_NEXT, c(name));
    if found.is_null() {
        fail(b"this program is damaged: its libpython lacks what starts Python\n");
    }
    found
}
