// The payload behind the program: mapped, checked, and offered to the importer.
//
// The trailer is the end of the file: `ferrule.bundle.payload` writes and documents
// it. Nothing is believed before its SHA-256 is compared: the index with the digest
// in the trailer, a member with the digest in its entry.

const TRAILER_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"FERRULE\x01";
const ENTRY_BYTES: usize = 56;
const DIGEST_BYTES: usize = 32;
// No checksum: the digest was compared, or is to be.
const NO_SUM: u64 = u64::MAX;
// What stays in the processor's cache between two readings.
const PIECE_BYTES: usize = 1 << 17;
const CHANGED: c_int = -2;
const CHANGED_PART: &[u8] = b"this program is damaged: a part of it has changed since it was built\0";

extern "C" {
    fn PyModuleDef_Init(definition: *mut c_void) -> Object;
    fn PyImport_AppendInittab(name: *const c_char, start: extern "C" fn() -> Object) -> c_int;
    fn PyArg_ParseTuple(arguments: Object, format: *const c_char, ...) -> c_int;
    fn PyMemoryView_FromMemory(bytes: *mut c_char, size: isize, flags: c_int) -> Object;
    fn PyBytes_FromStringAndSize(bytes: *const c_char, size: isize) -> Object;
    fn PyLong_FromLong(value: core::ffi::c_long) -> Object;
    fn PyBool_FromLong(value: core::ffi::c_long) -> Object;
    fn PyBuffer_Release(buffer: *mut Buffer);
    fn PyErr_SetString(kind: Object, message: *const c_char);
    fn PyErr_SetFromErrnoWithFilename(kind: Object, name: *const c_char) -> Object;
    static PyExc_ImportError: Object;
    static PyExc_OSError: Object;
    static mut PyImport_FrozenModules: *const Frozen;

    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn close(file: c_int) -> c_int;
    fn lseek64(file: c_int, offset: i64, whence: c_int) -> i64;
    fn mmap64(at: *mut c_void, size: usize, access: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
    fn fcntl(file: c_int, command: c_int, ...) -> c_int;
    fn syscall(number: core::ffi::c_long, ...) -> core::ffi::c_long;
    fn getauxval(kind: usize) -> usize;
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlerror() -> *const c_char;
    fn flock(file: c_int, operation: c_int) -> c_int;
}

const O_CLOEXEC: c_int = 0o2000000;
const SEEK_END: c_int = 2;
const PROT_READ: c_int = 1;
const MAP_PRIVATE: c_int = 2;
const AT_SECURE: usize = 23;
const RTLD_NOW: c_int = 2;
const PYBUF_READ: c_int = 0x100;
const METH_VARARGS: c_int = 1;
const METH_NOARGS: c_int = 4;

const MFD_CLOEXEC: usize = 1;
const MFD_ALLOW_SEALING: usize = 2;
const MFD_NOEXEC_SEAL: usize = 8;
const F_ADD_SEALS: c_int = 1033;
// SEAL, SHRINK, GROW, WRITE: nobody changes the file any more, we neither.
const ALL_SEALS: c_int = 15;

#[cfg(target_arch = "x86_64")]
const SYS_MEMFD_CREATE: core::ffi::c_long = 319;
#[cfg(any(target_arch = "aarch64", target_arch = "riscv64", target_arch = "loongarch64"))]
const SYS_MEMFD_CREATE: core::ffi::c_long = 279;
#[cfg(target_arch = "x86")]
const SYS_MEMFD_CREATE: core::ffi::c_long = 356;
#[cfg(target_arch = "arm")]
const SYS_MEMFD_CREATE: core::ffi::c_long = 385;
#[cfg(any(target_arch = "powerpc64", target_arch = "powerpc"))]
const SYS_MEMFD_CREATE: core::ffi::c_long = 360;
#[cfg(target_arch = "s390x")]
const SYS_MEMFD_CREATE: core::ffi::c_long = 350;

/// The first three fields are those of `Py_buffer`; the rest is room for the others.
#[repr(C)]
struct Buffer {
    bytes: *const u8,
    object: Object,
    size: isize,
    rest: [usize; 9],
}

static mut PAYLOAD: *const u8 = ptr::null();
static mut MEMBERS_BYTES: usize = 0;
static mut INDEX_BYTES: usize = 0;

/// Map and check the payload, then offer the importer to Python.
pub unsafe fn before() {
    // A program may end Python and start it again; the table of modules is new then.
    PyImport_AppendInittab(c(b"_ferrule\0"), create_module);
    if PAYLOAD.is_null() {
        map_payload();
        add_frozen();
    }
}

unsafe fn map_payload() {
    let mut file = open(c(b"/proc/self/exe\0"), O_CLOEXEC);
    if file < 0 {
        file = open(executable(), O_CLOEXEC);
    }
    if file < 0 {
        fail(b"this program cannot read itself: its file needs the permission to be read\n");
    }
    let size = lseek64(file, 0, SEEK_END);
    if size < TRAILER_BYTES as i64 {
        fail(DAMAGED);
    }
    let mapped = mmap64(ptr::null_mut(), size as usize, PROT_READ, MAP_PRIVATE, file, 0);
    if mapped as isize == -1 {
        fail(b"this program cannot map itself into memory\n");
    }
    close(file);
    find_payload(mapped as *const u8, size as usize);
}

const DAMAGED: &[u8] = b"this program is damaged: what was appended to it is missing or \
changed (it was stripped, cut short or edited); build or download it again\n";

unsafe fn find_payload(file: *const u8, size: usize) {
    let trailer = file.add(size - TRAILER_BYTES);
    if !is_equal(trailer, MAGIC.as_ptr(), MAGIC.len()) {
        fail(DAMAGED);
    }
    let members = read_size(trailer.add(8));
    let index = read_size(trailer.add(16));
    let room = size - TRAILER_BYTES;
    if members > room || index > room - members {
        fail(DAMAGED);
    }
    let start = file.add(room - members - index);
    if !is_digest(start.add(members), index, trailer.add(32)) {
        fail(DAMAGED);
    }
    PAYLOAD = start;
    MEMBERS_BYTES = members;
    INDEX_BYTES = index;
}

unsafe fn read_size(place: *const u8) -> usize {
    u64::from_le(ptr::read_unaligned(place as *const u64)) as usize
}

unsafe fn is_digest(bytes: *const u8, size: usize, wanted: *const u8) -> bool {
    let mut found = [0u8; DIGEST_BYTES];
    digest(bytes, size, found.as_mut_ptr());
    is_equal(found.as_ptr(), wanted, DIGEST_BYTES)
}

unsafe fn is_equal(left: *const u8, right: *const u8, size: usize) -> bool {
    let mut index = 0;
    while index < size {
        if *left.add(index) != *right.add(index) {
            return false;
        }
        index += 1;
    }
    true
}

extern "C" fn index(_module: Object, _nothing: Object) -> Object {
    unsafe { view(PAYLOAD.add(MEMBERS_BYTES), INDEX_BYTES) }
}

/// `read(entry)`: the stored bytes of a member, after a look at their digest.
extern "C" fn read(_module: Object, arguments: Object) -> Object {
    unsafe {
        let mut buffer = core::mem::zeroed::<Buffer>();
        if PyArg_ParseTuple(arguments, c(b"y*\0"), &mut buffer) == 0 {
            return ptr::null_mut();
        }
        let mut result = ptr::null_mut();
        let entry = buffer.bytes;
        if buffer.size as usize >= ENTRY_BYTES {
            let (offset, size) = (read_size(entry), read_size(entry.add(8)));
            let is_inside = offset <= MEMBERS_BYTES && size <= MEMBERS_BYTES - offset;
            if is_inside && is_digest(PAYLOAD.add(offset), size, entry.add(24)) {
                result = view(PAYLOAD.add(offset), size);
            }
        }
        PyBuffer_Release(&mut buffer);
        if result.is_null() {
            PyErr_SetString(PyExc_ImportError, c(CHANGED_PART));
        }
        result
    }
}

unsafe fn view(bytes: *const u8, size: usize) -> Object {
    PyMemoryView_FromMemory(bytes as *mut c_char, size as isize, PYBUF_READ)
}

extern "C" fn hash(_module: Object, arguments: Object) -> Object {
    unsafe {
        let mut buffer = core::mem::zeroed::<Buffer>();
        if PyArg_ParseTuple(arguments, c(b"y*\0"), &mut buffer) == 0 {
            return ptr::null_mut();
        }
        let mut found = [0u8; DIGEST_BYTES];
        digest(buffer.bytes, buffer.size as usize, found.as_mut_ptr());
        PyBuffer_Release(&mut buffer);
        PyBytes_FromStringAndSize(found.as_ptr() as *const c_char, DIGEST_BYTES as isize)
    }
}

/// `memory_file(name, bytes)`: the descriptor of a sealed file that only memory holds.
extern "C" fn memory_file(_module: Object, arguments: Object) -> Object {
    unsafe {
        let mut name: *const c_char = ptr::null();
        let mut buffer = core::mem::zeroed::<Buffer>();
        if PyArg_ParseTuple(arguments, c(b"sy*\0"), &mut name, &mut buffer) == 0 {
            return ptr::null_mut();
        }
        let file = create_memory_file(name, buffer.bytes, buffer.size as usize, NO_SUM);
        let result = file_number(file, name);
        PyBuffer_Release(&mut buffer);
        result
    }
}

/// `library_file(name, entry, sum)`: the same of a member, whose checksum is compared.
extern "C" fn offer_library(_module: Object, arguments: Object) -> Object {
    unsafe {
        let mut name: *const c_char = ptr::null();
        let mut buffer = core::mem::zeroed::<Buffer>();
        let mut sum = 0u64;
        if PyArg_ParseTuple(arguments, c(b"sy*K\0"), &mut name, &mut buffer, &mut sum) == 0 {
            return ptr::null_mut();
        }
        let mut file = CHANGED;
        if buffer.size as usize >= ENTRY_BYTES {
            let (offset, size) = (read_size(buffer.bytes), read_size(buffer.bytes.add(8)));
            if offset <= MEMBERS_BYTES && size <= MEMBERS_BYTES - offset {
                file = create_memory_file(name, PAYLOAD.add(offset), size, sum);
            }
        }
        PyBuffer_Release(&mut buffer);
        file_number(file, name)
    }
}

unsafe fn file_number(file: c_int, name: *const c_char) -> Object {
    if file == CHANGED {
        PyErr_SetString(PyExc_ImportError, c(CHANGED_PART));
        return ptr::null_mut();
    }
    if file < 0 {
        return PyErr_SetFromErrnoWithFilename(PyExc_OSError, name);
    }
    PyLong_FromLong(file as core::ffi::c_long)
}

/// A sealed file of memory; -1, or `CHANGED` if there is another checksum.
unsafe fn create_memory_file(name: *const c_char, bytes: *const u8, size: usize, sum: u64) -> c_int {
    let flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    // Kernels before 6.3 do not know the flag that forbids running the file.
    let mut file = syscall(SYS_MEMFD_CREATE, name, flags | MFD_NOEXEC_SEAL);
    if file < 0 {
        file = syscall(SYS_MEMFD_CREATE, name, flags);
    }
    if file < 0 {
        return -1;
    }
    let file = file as c_int;
    let filled = fill(file, bytes, size, sum);
    if filled < 0 {
        close(file);
        return filled;
    }
    fcntl(file, F_ADD_SEALS, ALL_SEALS);
    file
}

/// Write bytes and compare their checksum: 0, -1, or `CHANGED`.
unsafe fn fill(file: c_int, bytes: *const u8, size: usize, sum: u64) -> c_int {
    if sum == NO_SUM {
        return write_all(file, bytes, size) as c_int - 1;
    }
    let (mut done, mut found) = (0, 0);
    // Each piece is read from memory once.
    while done < size {
        let count = if size - done < PIECE_BYTES { size - done } else { PIECE_BYTES };
        found = checksum(found, bytes.add(done), count);
        if !write_all(file, bytes.add(done), count) {
            return -1;
        }
        done += count;
    }
    if found as u64 == sum { 0 } else { CHANGED }
}

unsafe fn write_all(file: c_int, bytes: *const u8, size: usize) -> bool {
    let mut done = 0;
    while done < size {
        let count = write(file, bytes.add(done), size - done);
        if count <= 0 {
            return false;
        }
        done += count as usize;
    }
    true
}

/// `load(path)`: open a library for the modules that need it.
extern "C" fn load(_module: Object, arguments: Object) -> Object {
    unsafe {
        let mut path: *const c_char = ptr::null();
        if PyArg_ParseTuple(arguments, c(b"s\0"), &mut path) == 0 {
            return ptr::null_mut();
        }
        if dlopen(path, RTLD_NOW).is_null() {
            PyErr_SetString(PyExc_ImportError, dlerror());
            return ptr::null_mut();
        }
        PyBool_FromLong(1)
    }
}

/// `lock(file, operation)`: flock(2); whether the lock could be had.
extern "C" fn lock(_module: Object, arguments: Object) -> Object {
    unsafe {
        let (mut file, mut operation): (c_int, c_int) = (0, 0);
        if PyArg_ParseTuple(arguments, c(b"ii\0"), &mut file, &mut operation) == 0 {
            return ptr::null_mut();
        }
        PyBool_FromLong((flock(file, operation) == 0) as core::ffi::c_long)
    }
}

/// `is_privileged()`: the program has more rights than who started it.
extern "C" fn is_privileged(_module: Object, _nothing: Object) -> Object {
    unsafe { PyBool_FromLong((getauxval(AT_SECURE) != 0) as core::ffi::c_long) }
}

type Function = extern "C" fn(Object, Object) -> Object;

#[repr(C)]
struct Method {
    name: *const c_char,
    call: Option<Function>,
    flags: c_int,
    doc: *const c_char,
}

#[repr(C)]
struct Slot {
    kind: c_int,
    value: *mut c_void,
}

/// `PyModuleDef` of the stable ABI, behind as many words as an object's head has.
#[repr(C)]
struct Definition {
    head: [usize; OBJECT_WORDS],
    base: [usize; 3],
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *const Method,
    slots: *const Slot,
    calls: [usize; 3],
}

const fn method(name: &'static [u8], call: Function, flags: c_int) -> Method {
    Method { name: c(name), call: Some(call), flags, doc: ptr::null() }
}

static mut METHODS: [Method; 9] = [
    method(b"index\0", index, METH_NOARGS),
    method(b"read\0", read, METH_VARARGS),
    method(b"hash\0", hash, METH_VARARGS),
    method(b"memory_file\0", memory_file, METH_VARARGS),
    method(b"library_file\0", offer_library, METH_VARARGS),
    method(b"load\0", load, METH_VARARGS),
    method(b"lock\0", lock, METH_VARARGS),
    method(b"is_privileged\0", is_privileged, METH_NOARGS),
    Method { name: ptr::null(), call: None, flags: 0, doc: ptr::null() },
];

// 3: an interpreter with a lock of its own may import it (2); 4: it needs no lock (1).
static mut SLOTS: [Slot; 3] = [
    Slot { kind: if KNOWS_INTERPRETERS { 3 } else { 0 }, value: 2 as *mut c_void },
    Slot { kind: if KNOWS_LOCKS { 4 } else { 0 }, value: 1 as *mut c_void },
    Slot { kind: 0, value: ptr::null_mut() },
];

static mut DEFINITION: Definition = Definition {
    head: OBJECT_HEAD,
    base: [0; 3],
    name: c(b"_ferrule\0"),
    doc: ptr::null(),
    size: 0,
    methods: ptr::addr_of!(METHODS) as *const Method,
    slots: ptr::addr_of!(SLOTS) as *const Slot,
    calls: [0; 3],
};

extern "C" fn create_module() -> Object {
    unsafe { PyModuleDef_Init(ptr::addr_of_mut!(DEFINITION) as *mut c_void) }
}
