// From Python 3.14 on: PEP 741, names and values instead of a structure.

extern "C" {
    fn PyInitConfig_Create() -> *mut c_void;
    fn PyInitConfig_SetInt(config: *mut c_void, name: *const c_char, value: i64) -> c_int;
    fn PyInitConfig_SetStr(config: *mut c_void, name: *const c_char, value: *const c_char) -> c_int;
    fn PyInitConfig_GetError(config: *mut c_void, message: *mut *const c_char) -> c_int;
    fn PyInitConfig_GetExitCode(config: *mut c_void, code: *mut c_int) -> c_int;
    fn PyInitConfig_Free(config: *mut c_void);
    fn Py_InitializeFromInitConfig(config: *mut c_void) -> c_int;
}

unsafe fn start_python(signals: c_int, is_plain: bool) {
    let config = PyInitConfig_Create();
    if config.is_null() {
        fail(b"there is no memory to start Python\n");
    }
    let isolated = is_isolated() as i64;
    set(config, b"isolated\0", isolated);
    set(config, b"use_environment\0", 1 - isolated);
    set(config, b"user_site_directory\0", 0);
    set(config, b"site_import\0", 0);
    set(config, b"write_bytecode\0", 0);
    set(config, b"optimization_level\0", OPTIMIZE as i64);
    set(config, b"configure_locale\0", 1);
    set(config, b"utf8_mode\0", is_plain as i64);
    set(config, b"install_signal_handlers\0", (signals != 0) as i64);
    name(config, b"executable\0", executable());
    name(config, b"home\0", home());
    if Py_InitializeFromInitConfig(config) != 0 {
        give_up(config);
    }
    PyInitConfig_Free(config);
}

unsafe fn set(config: *mut c_void, key: &[u8], value: i64) {
    if PyInitConfig_SetInt(config, c(key), value) != 0 {
        give_up(config);
    }
}

unsafe fn name(config: *mut c_void, key: &[u8], value: *const c_char) {
    if PyInitConfig_SetStr(config, c(key), value) != 0 {
        give_up(config);
    }
}

unsafe fn give_up(config: *mut c_void) -> ! {
    let mut code: c_int = 0;
    if PyInitConfig_GetExitCode(config, &mut code) == 1 {
        exit(code);
    }
    let mut message: *const c_char = ptr::null();
    if PyInitConfig_GetError(config, &mut message) == 1 && !message.is_null() {
        write(2, message as *const u8, strlen(message));
        write(2, b"\n".as_ptr(), 1);
    }
    fail(b"the Python of this program does not start\n")
}
