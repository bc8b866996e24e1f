// The program's own symbols come before libpython's.

#[no_mangle]
pub unsafe extern "C" fn Py_Initialize() {
    start(1)
}

#[no_mangle]
unsafe extern "C" fn Py_InitializeFromConfig(config: *const c_void) -> Status {
    let real = real(b"Py_InitializeFromConfig\0");
    let call: unsafe extern "C" fn(*const c_void) -> Status = core::mem::transmute(real);
    initialize_by(config, call)
}

#[no_mangle]
unsafe extern "C" fn PyConfig_Read(config: *const c_void) -> Status {
    let call: unsafe extern "C" fn(*const c_void) -> Status = core::mem::transmute(real(b"PyConfig_Read\0"));
    read_by(config, call)
}

#[no_mangle]
pub unsafe extern "C" fn Py_BytesMain(count: c_int, words: *const c_void) -> c_int {
    prepare_main();
    let call: unsafe extern "C" fn(c_int, *const c_void) -> c_int = core::mem::transmute(real(b"Py_BytesMain\0"));
    call(count, words)
}

#[no_mangle]
pub unsafe extern "C" fn Py_Main(count: c_int, words: *const c_void) -> c_int {
    prepare_main();
    let call: unsafe extern "C" fn(c_int, *const c_void) -> c_int = core::mem::transmute(real(b"Py_Main\0"));
    call(count, words)
}
