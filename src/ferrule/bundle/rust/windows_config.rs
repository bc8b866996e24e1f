// From Python 3.14 on: PEP 741, names and values instead of a structure.

extern "system" {
    fn WideCharToMultiByte(page: u32, flags: u32, text: *const Wide, units: c_int, place: *mut u8, size: c_int, other: *const u8, used: *mut c_int) -> c_int;
}

const UTF8: u32 = 65001;
static mut NARROW: [u8; 3 * PATH_UNITS] = [0; 3 * PATH_UNITS];

unsafe fn start_python(signals: c_int) {
    let create: unsafe extern "C" fn() -> *mut c_void = python(b"PyInitConfig_Create\0");
    let config = create();
    if config.is_null() {
        fail(b"there is no memory to start Python\r\n");
    }
    let isolated = ISOLATED as i64;
    set(config, b"isolated\0", isolated);
    set(config, b"use_environment\0", 1 - isolated);
    set(config, b"user_site_directory\0", 0);
    set(config, b"site_import\0", 0);
    set(config, b"write_bytecode\0", 0);
    set(config, b"optimization_level\0", OPTIMIZE as i64);
    set(config, b"configure_locale\0", 1);
    set(config, b"install_signal_handlers\0", (signals != 0) as i64);
    name(config, b"executable\0", executable());
    name(config, b"home\0", home());
    let start: unsafe extern "C" fn(*mut c_void) -> c_int = python(b"Py_InitializeFromInitConfig\0");
    if start(config) != 0 {
        give_up(config);
    }
    let free: unsafe extern "C" fn(*mut c_void) = python(b"PyInitConfig_Free\0");
    free(config);
}

unsafe fn set(config: *mut c_void, key: &[u8], value: i64) {
    let call: unsafe extern "C" fn(*mut c_void, *const c_char, i64) -> c_int = python(b"PyInitConfig_SetInt\0");
    if call(config, c(key), value) != 0 {
        give_up(config);
    }
}

unsafe fn name(config: *mut c_void, key: &[u8], value: *const Wide) {
    let call: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> c_int = python(b"PyInitConfig_SetStr\0");
    let place = ptr::addr_of_mut!(NARROW) as *mut u8;
    let size = (3 * PATH_UNITS) as c_int;
    WideCharToMultiByte(UTF8, 0, value, -1, place, size, ptr::null(), ptr::null_mut());
    if call(config, c(key), place as *const c_char) != 0 {
        give_up(config);
    }
}

unsafe fn give_up(config: *mut c_void) -> ! {
    let ask: unsafe extern "C" fn(*mut c_void, *mut *const c_char) -> c_int = python(b"PyInitConfig_GetError\0");
    let mut message: *const c_char = ptr::null();
    if ask(config, &mut message) == 1 && !message.is_null() {
        let mut count = 0u32;
        while *message.add(count as usize) != 0 {
            count += 1;
        }
        let mut written = 0u32;
        WriteFile(GetStdHandle(-12i32 as u32), message as *const u8, count, &mut written, ptr::null_mut());
    }
    fail(b"\r\nthe Python of this program does not start\r\n")
}
