// The linker was told to wrap these as well.

extern "C" {
    fn __real_Py_InitializeFromConfig(config: *const c_void) -> Status;
    fn __real_PyConfig_Read(config: *const c_void) -> Status;
    fn __real_Py_BytesMain(count: c_int, words: *const c_void) -> c_int;
    fn __real_Py_Main(count: c_int, words: *const c_void) -> c_int;
}

#[no_mangle]
pub unsafe extern "C" fn __wrap_Py_Initialize() {
    start(1)
}

#[no_mangle]
unsafe extern "C" fn __wrap_Py_InitializeFromConfig(config: *const c_void) -> Status {
    initialize_by(config, __real_Py_InitializeFromConfig)
}

#[no_mangle]
unsafe extern "C" fn __wrap_PyConfig_Read(config: *const c_void) -> Status {
    read_by(config, __real_PyConfig_Read)
}

#[no_mangle]
pub unsafe extern "C" fn __wrap_Py_BytesMain(count: c_int, words: *const c_void) -> c_int {
    prepare_main();
    __real_Py_BytesMain(count, words)
}

#[no_mangle]
pub unsafe extern "C" fn __wrap_Py_Main(count: c_int, words: *const c_void) -> c_int {
    prepare_main();
    __real_Py_Main(count, words)
}
