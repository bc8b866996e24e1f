// Catches the start of Python in a program for Windows that knows nothing of bundles.
//
// PyO3 starts Python through `Py_InitializeEx`, by way of the import table or of an
// import library. The linker sends both here. Python's functions are asked of its DLL
// by name, so that no import library is needed, and the object is linked after Rust's
// own libraries: no code in it can panic.

use core::ffi::{c_char, c_int, c_void};
use core::mem::transmute;
use core::ptr;

type Object = *mut c_void;
type Wide = u16;

const PATH_UNITS: usize = 32768;
// The status of a Python that could not write what was printed.
const UNWRITTEN: u32 = 120;

extern "system" {
    fn LoadLibraryExW(name: *const Wide, file: *mut c_void, flags: u32) -> *mut c_void;
    fn GetProcAddress(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn GetModuleFileNameW(library: *mut c_void, text: *mut Wide, size: u32) -> u32;
    fn GetCommandLineW() -> *const Wide;
    fn GetStdHandle(kind: u32) -> *mut c_void;
    fn WriteFile(file: *mut c_void, bytes: *const u8, count: u32, written: *mut u32, more: *mut c_void) -> c_int;
    fn TerminateProcess(process: *mut c_void, code: u32) -> c_int;
    fn GetCurrentProcess() -> *mut c_void;
}

extern "C" {
    fn atexit(call: extern "C" fn()) -> c_int;
}

/// The folder of the program itself, and the system's: never the current one.
const SEARCH: u32 = 0x0200 | 0x0800;

static mut LIBRARY: *mut c_void = ptr::null_mut();
static mut IS_REGISTERED: bool = false;
static mut IS_FINISHED: bool = false;
static mut EXECUTABLE: [Wide; PATH_UNITS] = [0; PATH_UNITS];
static mut HOME: [Wide; PATH_UNITS] = [0; PATH_UNITS];

pub unsafe extern "C" fn started(signals: c_int) {
    let is_initialized: unsafe extern "C" fn() -> c_int = python(b"Py_IsInitialized\0");
    if is_initialized() != 0 {
        return start_plainly(signals);
    }
    find_places();
    before_all();
    start_python(signals);
    tell_words();
    let import: unsafe extern "C" fn(*const c_char) -> Object = python(b"PyImport_ImportModule\0");
    let boot = import(c(BOOT));
    if boot.is_null() {
        let print: unsafe extern "C" fn() = python(b"PyErr_Print\0");
        print();
        fail(b"this program is damaged: its Python does not start\r\n");
    }
    release(boot);
    if !IS_REGISTERED {
        IS_REGISTERED = true;
        atexit(finish_last);
    }
}

unsafe fn start_plainly(signals: c_int) {
    let call: unsafe extern "C" fn(c_int) = python(b"Py_InitializeEx\0");
    call(signals)
}

extern "C" fn finish_last() {
    unsafe {
        if !finish() {
            end(UNWRITTEN);
        }
    }
}

/// What PyO3 leaves undone at the end of a process: `print` is written out.
///
/// Returns whether that was possible.
fn finish() -> bool {
    let mut is_written = true;
    unsafe {
        if IS_FINISHED || LIBRARY.is_null() {
            return true;
        }
        IS_FINISHED = true;
        let is_initialized: unsafe extern "C" fn() -> c_int = python(b"Py_IsInitialized\0");
        if is_initialized() == 0 {
            return true;
        }
        let ensure: unsafe extern "C" fn() -> c_int = python(b"PyGILState_Ensure\0");
        let state = ensure();
        let import: unsafe extern "C" fn(*const c_char) -> Object = python(b"PyImport_ImportModule\0");
        let boot = import(c(BOOT));
        if !boot.is_null() {
            let find: unsafe extern "C" fn(Object, *const c_char) -> Object = python(b"PyObject_GetAttrString\0");
            let method = find(boot, c(b"finish\0"));
            if !method.is_null() {
                let call: unsafe extern "C" fn(Object, Object) -> Object = python(b"PyObject_CallObject\0");
                let done = call(method, ptr::null_mut());
                if !done.is_null() {
                    let ask: unsafe extern "C" fn(Object) -> c_int = python(b"PyObject_IsTrue\0");
                    is_written = ask(done) != 0;
                }
                release(done);
                release(method);
            }
            release(boot);
        }
        let clear: unsafe extern "C" fn() = python(b"PyErr_Clear\0");
        clear();
        let leave: unsafe extern "C" fn(c_int) = python(b"PyGILState_Release\0");
        leave(state);
    }
    is_written
}

unsafe fn release(object: Object) {
    if !object.is_null() {
        let call: unsafe extern "C" fn(Object) = python(b"Py_DecRef\0");
        call(object);
    }
}

/// Give the boot module what `sys.argv` is made of, and Python its program.
///
/// Variables may have named another one, also where Python heeds none.
unsafe fn tell_words() {
    tell(b"_ferrule_command_line\0", GetCommandLineW());
    tell(b"executable\0", executable());
    tell(b"_base_executable\0", executable());
}

unsafe fn tell(name: &[u8], value: *const Wide) {
    let decode: unsafe extern "C" fn(*const Wide, isize) -> Object = python(b"PyUnicode_FromWideChar\0");
    let set: unsafe extern "C" fn(*const c_char, Object) -> c_int = python(b"PySys_SetObject\0");
    let text = decode(value, -1);
    if !text.is_null() {
        set(c(name), text);
        release(text);
    }
}

/// Find the program, and Python's home above it.
unsafe fn find_places() {
    let source = ptr::addr_of_mut!(EXECUTABLE) as *mut Wide;
    let place = ptr::addr_of_mut!(HOME) as *mut Wide;
    let mut length = GetModuleFileNameW(ptr::null_mut(), source, PATH_UNITS as u32 - 1) as usize;
    if length == 0 || length >= PATH_UNITS - 1 {
        fail(b"this program cannot find out where it lies\r\n");
    }
    *source.add(length) = 0;
    let mut left = LEVELS;
    while length > 0 && left > 0 {
        length -= 1;
        if *source.add(length) == b'\\' as Wide {
            left -= 1;
        }
    }
    let mut index = 0;
    while index < length {
        *place.add(index) = *source.add(index);
        index += 1;
    }
    // The root of a drive keeps its backslash.
    if length == 2 && *place.add(1) == b':' as Wide {
        *place.add(2) = b'\\' as Wide;
        length = 3;
    }
    *place.add(length) = 0;
}

/// Return a function or a variable of Python's DLL.
unsafe fn python<T: Copy>(name: &[u8]) -> T {
    let found = find(name);
    if found.is_null() {
        fail(b"this program is damaged: its Python DLL is missing, or is another one\r\n");
    }
    *(ptr::addr_of!(found) as *const T)
}

unsafe fn find(name: &[u8]) -> *mut c_void {
    if LIBRARY.is_null() {
        LIBRARY = LoadLibraryExW(LIBRARY_NAME.as_ptr(), ptr::null_mut(), SEARCH);
    }
    if LIBRARY.is_null() {
        return ptr::null_mut();
    }
    GetProcAddress(LIBRARY, c(name))
}

unsafe fn executable() -> *const Wide {
    ptr::addr_of!(EXECUTABLE) as *const Wide
}

unsafe fn home() -> *const Wide {
    ptr::addr_of!(HOME) as *const Wide
}

unsafe fn fail(message: &[u8]) -> ! {
    let mut written = 0u32;
    let count = message.len() as u32;
    WriteFile(GetStdHandle(-12i32 as u32), message.as_ptr(), count, &mut written, ptr::null_mut());
    loop {
        TerminateProcess(GetCurrentProcess(), 1);
    }
}

const fn c(text: &[u8]) -> *const c_char {
    text.as_ptr() as *const c_char
}
