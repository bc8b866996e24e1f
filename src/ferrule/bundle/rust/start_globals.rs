// Up to Python 3.13: global variables.

extern "C" {
    static mut Py_IsolatedFlag: c_int;
    static mut Py_IgnoreEnvironmentFlag: c_int;
    static mut Py_NoUserSiteDirectory: c_int;
    static mut Py_NoSiteFlag: c_int;
    static mut Py_DontWriteBytecodeFlag: c_int;
    static mut Py_OptimizeFlag: c_int;
    static mut Py_UTF8Mode: c_int;
}

unsafe fn start_python(signals: c_int, is_plain: bool) {
    if is_isolated() {
        Py_IsolatedFlag = 1;
        Py_IgnoreEnvironmentFlag = 1;
    }
    Py_NoUserSiteDirectory = 1;
    Py_NoSiteFlag = 1;
    Py_DontWriteBytecodeFlag = 1;
    Py_OptimizeFlag = OPTIMIZE;
    if is_plain {
        Py_UTF8Mode = 1;
    }
    tell_places(is_plain);
    start_plainly(signals);
}
