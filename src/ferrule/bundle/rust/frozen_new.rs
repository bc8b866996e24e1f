// From Python 3.11 on `PyImport_FrozenModules` is empty and the program's own.

unsafe fn add_frozen() {
    PyImport_FrozenModules = ptr::addr_of!(FROZEN) as *const Frozen;
}
