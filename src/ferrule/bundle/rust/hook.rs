// Catches the start of Python in a program that knows nothing of bundles.
//
// PyO3 starts Python through `Py_InitializeEx` in every release and by every way
// (`Python::initialize`, `prepare_freethreaded_python`, `auto-initialize`,
// `with_embedded_python_interpreter`). The linker sends that call here, and those of
// programs that call Python's own functions (`other_starts.rs`). Nothing but symbols
// that every CPython since 3.9 exports is used, no structure of `PyConfig`'s kind, and
// no code that can panic: the object is linked after Rust's own libraries.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

type Object = *mut c_void;

const PATH_BYTES: usize = 4096;
// The status of a Python that could not write what was printed.
const UNWRITTEN: c_int = 120;
// A thread that computes or waits with Python's lock is no reason to stay alive.
const PATIENCE_MS: c_int = 2000;
// Python takes them for its own program, also where it heeds no variables.
const LAUNCHERS: [*const c_char; 2] = [c(b"PYTHONEXECUTABLE\0"), c(b"__PYVENV_LAUNCHER__\0")];
const POLLIN: i16 = 1;
// Each ends a wait, which begins again.
const SIGNALS: c_int = 50;

extern "C" {
    fn Py_IsInitialized() -> c_int;
    fn PyImport_ImportModule(name: *const c_char) -> Object;
    fn PyObject_CallMethod(object: Object, name: *const c_char, format: *const c_char, ...) -> Object;
    fn PyList_New(size: isize) -> Object;
    fn PyList_Append(list: Object, item: Object) -> c_int;
    fn PyUnicode_DecodeFSDefault(text: *const c_char) -> Object;
    fn PySys_SetObject(name: *const c_char, value: Object) -> c_int;
    fn PyErr_Print();
    fn PyErr_Clear();
    fn Py_DecRef(object: Object);
    fn PyGILState_Ensure() -> c_int;
    fn PyGILState_Release(state: c_int);
    fn PyGILState_Check() -> c_int;
    fn PyThreadState_Get() -> *mut c_void;
    fn PyThreadState_GetDict() -> Object;
    fn PyThreadState_GetInterpreter(state: *mut c_void) -> *mut c_void;
    fn PyThreadState_New(interpreter: *mut c_void) -> *mut c_void;
    fn PyInterpreterState_Main() -> *mut c_void;
    fn PyEval_SaveThread() -> *mut c_void;
    fn PyEval_RestoreThread(state: *mut c_void);
    fn PyObject_IsTrue(object: Object) -> c_int;

    fn exit(status: c_int) -> !;
    fn _exit(status: c_int) -> !;
    fn write(file: c_int, bytes: *const u8, count: usize) -> isize;
    fn strlen(text: *const c_char) -> usize;
    fn getenv(name: *const c_char) -> *const c_char;
    fn setenv(name: *const c_char, value: *const c_char, replaces: c_int) -> c_int;
    fn unsetenv(name: *const c_char) -> c_int;
    fn setlocale(category: c_int, locale: *const c_char) -> *const c_char;
    fn realpath(path: *const c_char, resolved: *mut u8) -> *mut u8;
    fn close(file: c_int) -> c_int;
    fn pipe(ends: *mut c_int) -> c_int;
    fn poll(files: *mut Polled, count: usize, milliseconds: c_int) -> c_int;
    fn pthread_create(thread: *mut usize, options: *const c_void, call: extern "C" fn(*mut c_void) -> *mut c_void, data: *mut c_void) -> c_int;
    // Not `atexit`, which lies in an archive that this object may come after.
    fn __cxa_atexit(call: extern "C" fn(*mut c_void), data: *mut c_void, of: *mut c_void) -> c_int;
}

/// `struct pollfd`.
#[repr(C)]
struct Polled {
    file: c_int,
    wanted: i16,
    found: i16,
}

#[cfg(target_os = "linux")]
const LC_CTYPE: c_int = 0;
#[cfg(not(target_os = "linux"))]
const LC_CTYPE: c_int = 2;

static mut ARGC: c_int = 0;
static mut ARGV: *const *const c_char = ptr::null();
static mut SEARCHED: *const c_char = ptr::null();
static mut IS_REGISTERED: bool = false;
// lld also wraps the calls that Python's functions make of each other.
static mut IS_STARTING: bool = false;
static mut HIDDEN: [[u8; PATH_BYTES]; LAUNCHERS.len()] = [[0; PATH_BYTES]; LAUNCHERS.len()];
static mut EXECUTABLE: [u8; PATH_BYTES] = [0; PATH_BYTES];
static mut HOME: [u8; PATH_BYTES] = [0; PATH_BYTES];

// glibc and macOS hand what `main` gets to constructors; musl does not.
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "macos"))]
mod arguments {
    use super::*;

    extern "C" fn remember(count: c_int, values: *const *const c_char, _environment: *const *const c_char) {
        unsafe {
            ARGC = count;
            ARGV = values;
            SEARCHED = getenv(c(b"PYTHONPATH\0"));
        }
    }

    #[used]
    #[cfg_attr(target_os = "macos", link_section = "__DATA,__mod_init_func")]
    #[cfg_attr(not(target_os = "macos"), link_section = ".init_array")]
    static REMEMBER: extern "C" fn(c_int, *const *const c_char, *const *const c_char) = remember;
}

/// Start Python as a part of the bundle.
unsafe fn start(signals: c_int) {
    if Py_IsInitialized() != 0 {
        return start_plainly(signals);
    }
    let is_plain = find_places();
    before_all();
    IS_STARTING = true;
    hide_launchers();
    start_python(signals, is_plain);
    show_launchers();
    IS_STARTING = false;
    set_arguments();
    set_search_path();
    boot();
}

/// Find program and home, and return whether the user's locale knows ASCII only.
unsafe fn find_places() -> bool {
    if !find_executable() {
        fail(b"this program cannot find out where it lies: /proc is missing\n");
    }
    find_home();
    // Python sets the locale the same way. "C" is where Python's own program
    // turns its UTF-8 mode on; an embedded one would know ASCII only.
    setlocale(LC_CTYPE, c(b"\0"));
    let locale = setlocale(LC_CTYPE, ptr::null());
    is_text(locale, b"C\0") || is_text(locale, b"POSIX\0")
}

/// Keep Python from variables that name another program in the place of this one.
unsafe fn hide_launchers() {
    let mut place = ptr::addr_of_mut!(HIDDEN) as *mut u8;
    for name in LAUNCHERS {
        let value = getenv(name);
        if !value.is_null() {
            let size = strlen(value) + 1;
            if size <= PATH_BYTES {
                ptr::copy_nonoverlapping(value as *const u8, place, size);
            }
            unsetenv(name);
        }
        place = place.add(PATH_BYTES);
    }
}

/// Let the processes that this one starts have those variables.
unsafe fn show_launchers() {
    let mut place = ptr::addr_of_mut!(HIDDEN) as *mut u8;
    for name in LAUNCHERS {
        if *place != 0 {
            setenv(name, place as *const c_char, 1);
            *place = 0;
        }
        place = place.add(PATH_BYTES);
    }
}

/// Do what remains once Python runs.
unsafe fn boot() {
    let boot = PyImport_ImportModule(c(BOOT));
    if boot.is_null() {
        PyErr_Print();
        fail(b"this program is damaged: its Python does not start\n");
    }
    Py_DecRef(boot);
    if !IS_REGISTERED {
        IS_REGISTERED = true;
        __cxa_atexit(finish, ptr::null_mut(), ptr::null_mut());
    }
}

/// What PyO3 leaves undone at the end of a process: `print` is written out.
extern "C" fn finish(_data: *mut c_void) {
    unsafe {
        if Py_IsInitialized() == 0 {
            return;
        }
        if is_in_added() {
            if KNOWS_OWN_STATE || is_alone() {
                return finish_from_added();
            }
            // It may be another thread that is in it; if not, this one would wait for itself.
            if !waits_for_lock() {
                return;
            }
        }
        if can_lock() {
            let state = PyGILState_Ensure();
            finish_interpreter();
            PyGILState_Release(state);
        }
    }
}

/// Return whether an interpreter is current that was added to the first.
unsafe fn is_in_added() -> bool {
    // Without a current one there is no such dictionary, and no failure either.
    !PyThreadState_GetDict().is_null() && PyThreadState_GetInterpreter(PyThreadState_Get()) != PyInterpreterState_Main()
}

/// Finish in an interpreter that was added to the first, and in that one.
///
/// `PyGILState_Ensure` knows one interpreter: here it would wait for this thread itself.
unsafe fn finish_from_added() {
    finish_interpreter();
    let added = PyEval_SaveThread();
    let first = PyThreadState_New(PyInterpreterState_Main());
    if !first.is_null() {
        PyEval_RestoreThread(first);
        finish_interpreter();
        PyEval_SaveThread();
    }
    PyEval_RestoreThread(added);
}

unsafe fn finish_interpreter() {
    let boot = PyImport_ImportModule(c(BOOT));
    if !boot.is_null() {
        let done = PyObject_CallMethod(boot, c(b"finish\0"), ptr::null());
        if !done.is_null() {
            if PyObject_IsTrue(done) == 0 {
                _exit(UNWRITTEN);
            }
            Py_DecRef(done);
        }
        Py_DecRef(boot);
    }
    PyErr_Clear();
}

/// Return whether Python's lock is to be had: nobody can wait for it for a time.
///
/// Another thread asks for it, which may wait for ever: the process ends.
unsafe fn can_lock() -> bool {
    // The latter is always so once there is a second interpreter.
    let has_lock = if KNOWS_OWN_STATE { !PyThreadState_GetDict().is_null() } else { PyGILState_Check() != 0 };
    has_lock || is_alone() || waits_for_lock()
}

unsafe fn waits_for_lock() -> bool {
    let mut ends: [c_int; 2] = [0; 2];
    if pipe(ends.as_mut_ptr()) != 0 {
        return true;
    }
    let [input, output] = ends;
    let mut thread = 0;
    if pthread_create(&mut thread, ptr::null(), try_lock, output as usize as *mut c_void) != 0 {
        return true;
    }
    let mut polled = Polled { file: input, wanted: POLLIN, found: 0 };
    let mut signals = 0;
    loop {
        let found = poll(&mut polled, 1, PATIENCE_MS);
        if found > 0 {
            close(input);
            close(output);
            return true;
        }
        signals += 1;
        if found == 0 || signals > SIGNALS {
            return false;
        }
    }
}

/// Return whether this is the only thread: a second one takes a millisecond.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
unsafe fn is_alone() -> bool {
    extern "C" {
        fn syscall(number: core::ffi::c_long, ...) -> core::ffi::c_long;
    }
    #[cfg(target_arch = "x86_64")]
    const SYS_STATX: core::ffi::c_long = 332;
    #[cfg(not(target_arch = "x86_64"))]
    const SYS_STATX: core::ffi::c_long = 291;
    const AT_FDCWD: core::ffi::c_long = -100;
    const STATX_NLINK: core::ffi::c_long = 4;
    // `struct statx`: a mask, a size, attributes, and the number of links.
    let mut found = [0u32; 64];
    let place = found.as_mut_ptr();
    let done = syscall(SYS_STATX, AT_FDCWD, c(b"/proc/self/task\0"), 0 as core::ffi::c_long, STATX_NLINK, place);
    // The folder of threads has a link for each, and two of its own.
    done == 0 && *place.add(4) == 3
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))))]
unsafe fn is_alone() -> bool {
    false
}

extern "C" fn try_lock(output: *mut c_void) -> *mut c_void {
    unsafe {
        let state = PyGILState_Ensure();
        write(output as usize as c_int, b"!".as_ptr(), 1);
        PyGILState_Release(state);
    }
    ptr::null_mut()
}

/// Set `sys.argv` as Python's own program has it.
unsafe fn set_arguments() {
    if ARGV.is_null() {
        return;
    }
    let list = PyList_New(0);
    let mut index = 0;
    while index < ARGC {
        let text = PyUnicode_DecodeFSDefault(*ARGV.offset(index as isize));
        if text.is_null() || PyList_Append(list, text) != 0 {
            PyErr_Print();
            fail(b"the arguments of this program cannot be decoded\n");
        }
        Py_DecRef(text);
        index += 1;
    }
    PySys_SetObject(c(b"argv\0"), list);
    Py_DecRef(list);
}

/// Hand on the PYTHONPATH that the program itself has set, which is no user's wish.
///
/// Whoever sets a variable that exists gives it another place in memory.
unsafe fn set_search_path() {
    let text = getenv(c(b"PYTHONPATH\0"));
    if ARGV.is_null() || text.is_null() || text == SEARCHED || !is_isolated() {
        return;
    }
    let path = PyUnicode_DecodeFSDefault(text);
    if path.is_null() {
        return PyErr_Clear();
    }
    PySys_SetObject(c(b"_ferrule_path\0"), path);
    Py_DecRef(path);
}

#[cfg(target_os = "linux")]
unsafe fn find_executable() -> bool {
    extern "C" {
        fn readlink(path: *const c_char, text: *mut u8, size: usize) -> isize;
        fn getauxval(kind: usize) -> usize;
    }
    const AT_EXECFN: usize = 31;
    let place = ptr::addr_of_mut!(EXECUTABLE) as *mut u8;
    let length = readlink(c(b"/proc/self/exe\0"), place, PATH_BYTES - 1);
    if length > 0 {
        *place.offset(length) = 0;
        return true;
    }
    let name = getauxval(AT_EXECFN) as *const c_char;
    !name.is_null() && !realpath(name, place).is_null()
}

#[cfg(target_os = "macos")]
unsafe fn find_executable() -> bool {
    extern "C" {
        fn _NSGetExecutablePath(text: *mut u8, size: *mut u32) -> c_int;
    }
    let mut given = [0u8; PATH_BYTES];
    let mut size = PATH_BYTES as u32;
    if _NSGetExecutablePath(given.as_mut_ptr(), &mut size) != 0 {
        return false;
    }
    let place = ptr::addr_of_mut!(EXECUTABLE) as *mut u8;
    !realpath(given.as_ptr() as *const c_char, place).is_null()
}

/// Whoever starts a program that has more rights than he decides nothing in it.
unsafe fn is_isolated() -> bool {
    #[cfg(target_os = "linux")]
    {
        extern "C" {
            fn getauxval(kind: usize) -> usize;
        }
        const AT_SECURE: usize = 23;
        if getauxval(AT_SECURE) != 0 {
            return true;
        }
    }
    ISOLATED
}

/// Take as many parts off the program's path as its home is above it.
unsafe fn find_home() {
    let source = ptr::addr_of!(EXECUTABLE) as *const u8;
    let place = ptr::addr_of_mut!(HOME) as *mut u8;
    let mut length = strlen(source as *const c_char);
    let mut left = LEVELS;
    while length > 0 && left > 0 {
        length -= 1;
        if *source.add(length) == b'/' {
            left -= 1;
        }
    }
    let mut index = 0;
    while index < length {
        *place.add(index) = *source.add(index);
        index += 1;
    }
    if length == 0 {
        *place = b'/';
        length = 1;
    }
    *place.add(length) = 0;
}

unsafe fn executable() -> *const c_char {
    ptr::addr_of!(EXECUTABLE) as *const c_char
}

unsafe fn home() -> *const c_char {
    ptr::addr_of!(HOME) as *const c_char
}

unsafe fn is_text(text: *const c_char, wanted: &[u8]) -> bool {
    if text.is_null() {
        return false;
    }
    let mut index = 0;
    loop {
        let byte = *(text as *const u8).add(index);
        if byte != *wanted.as_ptr().add(index) {
            return false;
        }
        if byte == 0 {
            return true;
        }
        index += 1;
    }
}

unsafe fn fail(message: &[u8]) -> ! {
    write(2, message.as_ptr(), message.len());
    exit(1)
}

const fn c(text: &[u8]) -> *const c_char {
    text.as_ptr() as *const c_char
}
