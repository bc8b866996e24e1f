// Up to Python 3.13: global variables, and functions that take wide characters.

unsafe fn start_python(signals: c_int) {
    if ISOLATED {
        set_flag(b"Py_IsolatedFlag\0", 1);
        set_flag(b"Py_IgnoreEnvironmentFlag\0", 1);
    }
    set_flag(b"Py_NoUserSiteDirectory\0", 1);
    set_flag(b"Py_NoSiteFlag\0", 1);
    set_flag(b"Py_DontWriteBytecodeFlag\0", 1);
    set_flag(b"Py_OptimizeFlag\0", OPTIMIZE);
    let name: unsafe extern "C" fn(*const Wide) = python(b"Py_SetProgramName\0");
    name(executable());
    let place: unsafe extern "C" fn(*const Wide) = python(b"Py_SetPythonHome\0");
    place(home());
    start_plainly(signals);
}

unsafe fn set_flag(name: &[u8], value: c_int) {
    let place: *mut c_int = python(name);
    *place = value;
}
