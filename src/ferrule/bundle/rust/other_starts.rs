// Programs that start Python by its own functions instead of PyO3's.
//
// They decide by their configuration or their arguments what Python does, also about
// variables; where Python lies they cannot know. Both names that are set here count
// before PYTHONHOME and PATH, and after what a configuration holds.

extern "C" {
    fn PySys_AddAuditHook(hook: extern "C" fn(*const c_char, Object, *mut c_void) -> c_int, data: *mut c_void) -> c_int;
}

/// `PyStatus`.
#[repr(C)]
struct Status {
    kind: c_int,
    function: *const c_char,
    message: *const c_char,
    code: c_int,
}

static mut IS_PREPARED: bool = false;
static mut IS_BOOTED: bool = false;

unsafe fn prepare_other() {
    if Py_IsInitialized() != 0 || IS_PREPARED || IS_STARTING {
        return;
    }
    IS_PREPARED = true;
    let is_plain = find_places();
    before_all();
    tell_places(is_plain);
}

unsafe fn initialize_by(config: *const c_void, real: unsafe extern "C" fn(*const c_void) -> Status) -> Status {
    if Py_IsInitialized() != 0 || IS_STARTING {
        return real(config);
    }
    prepare_other();
    hide_launchers();
    let status = real(config);
    show_launchers();
    if status.kind == 0 {
        boot();
    }
    status
}

/// Reading a configuration also finds out where Python lies.
unsafe fn read_by(config: *const c_void, real: unsafe extern "C" fn(*const c_void) -> Status) -> Status {
    prepare_other();
    hide_launchers();
    let status = real(config);
    show_launchers();
    status
}

/// Python's own program initializes and ends; between them it tells what it runs.
unsafe fn prepare_main() {
    if Py_IsInitialized() == 0 && !IS_STARTING {
        prepare_other();
        hide_launchers();
        PySys_AddAuditHook(boot_once, ptr::null_mut());
    }
}

extern "C" fn boot_once(event: *const c_char, _arguments: Object, _data: *mut c_void) -> c_int {
    const PREFIX: &[u8] = b"cpython.run_";
    unsafe {
        if IS_BOOTED {
            return 0;
        }
        let mut index = 0;
        while index < PREFIX.len() {
            if *(event as *const u8).add(index) != *PREFIX.as_ptr().add(index) {
                return 0;
            }
            index += 1;
        }
        IS_BOOTED = true;
        show_launchers();
        boot();
    }
    0
}
