// Starts a program whose libpython is shared, although no file of it lies anywhere.
//
// The loader wants libpython before anything of the program runs. ferrule has
// removed that wish and made Python's symbols weak, so a first start gets as far as
// this constructor. It checks libpython and copies it to files of memory, and has
// the kernel run the same file again with these as LD_PRELOAD: the loader then finds
// Python's symbols. `/proc/self/exe` and the process stay what they are, and nothing
// of this is left in the environment when `main` runs.

extern "C" {
    fn execve(path: *const c_char, arguments: *const *const c_char, environment: *const *const c_char) -> c_int;
    fn getpid() -> c_int;
    fn getenv(name: *const c_char) -> *const c_char;
    fn setenv(name: *const c_char, value: *const c_char, replaces: c_int) -> c_int;
    fn unsetenv(name: *const c_char) -> c_int;
    fn malloc(size: usize) -> *mut u8;
    fn munmap(at: *mut c_void, size: usize) -> c_int;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn prctl(option: c_int, ...) -> c_int;
}

const MARK: &[u8] = b"_FERRULE_STARTED\0";
const PRELOAD: &[u8] = b"LD_PRELOAD\0";
// An entry, and a checksum.
const ROW_BYTES: usize = ENTRY_BYTES + 8;
const PLACE: &[u8] = b"/proc/self/fd/";
const NUMBER_BYTES: usize = 20;
const PAGE_BYTES: usize = 4096;
const PROT_EXEC: c_int = 4;
const F_SETFD: c_int = 2;
const PR_SET_NAME: c_int = 15;
const O_RDWR: c_int = 2;
const O_EXCL: c_int = 0o200;
#[cfg(any(target_arch = "aarch64", target_arch = "arm", target_arch = "powerpc64", target_arch = "powerpc"))]
const O_DIRECTORY: c_int = 0o40000;
#[cfg(not(any(target_arch = "aarch64", target_arch = "arm", target_arch = "powerpc64", target_arch = "powerpc")))]
const O_DIRECTORY: c_int = 0o200000;
const O_TMPFILE: c_int = 0o20000000 | O_DIRECTORY;

#[used]
#[link_section = ".init_array.00001"]
static LAUNCH: extern "C" fn(c_int, *const *const c_char, *const *const c_char) = launch;

extern "C" fn launch(_count: c_int, arguments: *const *const c_char, environment: *const *const c_char) {
    unsafe {
        if is_second_start() {
            if dlsym(ptr::null_mut(), c(b"Py_IsInitialized\0")).is_null() {
                fail(b"this program cannot load its Python: the system's loader ignored LD_PRELOAD\n");
            }
            return name_process();
        }
        if getauxval(AT_SECURE) != 0 {
            fail(b"this program cannot run with more rights than its user: its Python would be \
loaded by LD_PRELOAD. Build it with a static Python, or with --mode dynamic\n");
        }
        let own = open(c(b"/proc/self/exe\0"), O_CLOEXEC);
        if own < 0 || !find_executable() {
            fail(b"this program cannot load its Python: /proc is missing\n");
        }
        close(own);
        map_payload();
        start_again(arguments, environment)
    }
}

/// Undo what the first start added to the environment; tell whether there was one.
unsafe fn is_second_start() -> bool {
    let mark = getenv(c(MARK)) as *const u8;
    if mark.is_null() {
        return false;
    }
    // A process that was started by such a program has another number.
    let (number, mut rest) = read_number(mark);
    let is_own = number == getpid() as usize;
    let mut preloaded = getenv(c(PRELOAD)) as *const u8;
    while is_own && *rest == b':' {
        let (file, next) = read_number(rest.add(1));
        close(file as c_int);
        rest = next;
        while !preloaded.is_null() && *preloaded != 0 && *preloaded != b':' {
            preloaded = preloaded.add(1);
        }
        if !preloaded.is_null() && *preloaded == b':' {
            preloaded = preloaded.add(1);
        }
    }
    if is_own {
        if preloaded.is_null() || *preloaded == 0 {
            unsetenv(c(PRELOAD));
        } else {
            // The value is inside of the old one, which setenv may free.
            let kept = copy(preloaded);
            setenv(c(PRELOAD), kept as *const c_char, 1);
        }
    }
    unsetenv(c(MARK));
    is_own
}

/// Give the process the name that it has without a second start.
unsafe fn name_process() {
    if !find_executable() {
        return;
    }
    let mut name = executable() as *const u8;
    let mut at = name;
    while *at != 0 {
        if *at == b'/' {
            name = at.add(1);
        }
        at = at.add(1);
    }
    prctl(PR_SET_NAME, name);
}

unsafe fn start_again(arguments: *const *const c_char, environment: *const *const c_char) -> ! {
    let end = PAYLOAD.add(MEMBERS_BYTES + INDEX_BYTES - 8);
    let table_bytes = read_size(end);
    if table_bytes > INDEX_BYTES - 8 || table_bytes < ROW_BYTES {
        fail(DAMAGED);
    }
    let count = table_bytes / ROW_BYTES;
    let old = getenv(c(PRELOAD)) as *const u8;
    let old_bytes = if old.is_null() { 0 } else { strlen(old as *const c_char) };
    let preload = Text::new(PRELOAD, old_bytes + (count + 1) * (PLACE.len() + NUMBER_BYTES));
    let mark = Text::new(MARK, (count + 1) * (1 + NUMBER_BYTES));
    mark.number(getpid() as usize);
    let mut index = 0;
    while index < count {
        let file = library_file(end.sub(table_bytes).add(index * ROW_BYTES));
        mark.add(b":".as_ptr(), 1);
        mark.number(file as usize);
        if index > 0 {
            preload.add(b":".as_ptr(), 1);
        }
        preload.add(PLACE.as_ptr(), PLACE.len());
        preload.number(file as usize);
        index += 1;
    }
    if old_bytes > 0 {
        preload.add(b":".as_ptr(), 1);
        preload.add(old, old_bytes);
    }
    let changed = with_variables(environment, preload.start(), mark.start());
    execve(c(b"/proc/self/exe\0"), arguments, changed);
    fail(b"this program cannot start itself again, with its Python from memory\n")
}

/// Return the environment with other values of the two variables.
unsafe fn with_variables(
    environment: *const *const c_char,
    preload: *const c_char,
    mark: *const c_char,
) -> *const *const c_char {
    let mut count = 0;
    while !(*environment.add(count)).is_null() {
        count += 1;
    }
    let changed = allocate((count + 3) * core::mem::size_of::<usize>()) as *mut *const c_char;
    let (mut from, mut to) = (0, 0);
    while from < count {
        let text = *environment.add(from);
        if !is_variable(text, PRELOAD) && !is_variable(text, MARK) {
            *changed.add(to) = text;
            to += 1;
        }
        from += 1;
    }
    *changed.add(to) = preload;
    *changed.add(to + 1) = mark;
    *changed.add(to + 2) = ptr::null();
    changed
}

unsafe fn is_variable(text: *const c_char, name: &[u8]) -> bool {
    let (text, name_bytes) = (text as *const u8, name.len() - 1);
    let mut index = 0;
    while index < name_bytes {
        if *text.add(index) != *name.as_ptr().add(index) {
            return false;
        }
        index += 1;
    }
    *text.add(name_bytes) == b'='
}

/// Return a descriptor of one library, which outlives the second start.
unsafe fn library_file(entry: *const u8) -> c_int {
    let (offset, size) = (read_size(entry), read_size(entry.add(8)));
    let is_inside = offset <= MEMBERS_BYTES && size <= MEMBERS_BYTES - offset;
    let bytes = PAYLOAD.add(offset);
    let sum = u64::from_le(ptr::read_unaligned(entry.add(ENTRY_BYTES) as *const u64));
    if !is_inside || (sum == NO_SUM && !is_digest(bytes, size, entry.add(24))) {
        fail(DAMAGED);
    }
    let mut file = create_memory_file(c(b"libpython\0"), bytes, size, sum);
    if file != CHANGED && !is_mappable(file) {
        file = create_nameless_file(bytes, size, sum);
    }
    if file == CHANGED {
        fail(DAMAGED);
    }
    if file < 0 || fcntl(file, F_SETFD, 0 as c_int) != 0 {
        fail(b"this program cannot load its Python: this system forbids libraries in memory, \
and there is no folder for a file without a name (XDG_CACHE_HOME, HOME, /dev/shm, /var/tmp, /tmp) \
with room and without noexec\n");
    }
    file
}

/// Tell whether the system lets a file be mapped as code.
unsafe fn is_mappable(file: c_int) -> bool {
    if file < 0 {
        return false;
    }
    let mapped = mmap64(ptr::null_mut(), PAGE_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    if mapped as isize == -1 {
        close(file);
        return false;
    }
    munmap(mapped, PAGE_BYTES);
    true
}

/// A file that never has a name: nobody can put another in its place, and a
/// process that is killed leaves nothing behind. So its folder needs no trust.
unsafe fn create_nameless_file(bytes: *const u8, size: usize, sum: u64) -> c_int {
    let folders = [
        getenv(c(b"XDG_CACHE_HOME\0")),
        getenv(c(b"HOME\0")),
        c(b"/dev/shm\0"),
        c(b"/var/tmp\0"),
        c(b"/tmp\0"),
    ];
    let mut index = 0;
    while index < 5 {
        let folder = *folders.as_ptr().add(index);
        index += 1;
        if folder.is_null() || *(folder as *const u8) != b'/' {
            continue;
        }
        let flags = O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC;
        let file = open(folder, flags, 0o500 as c_int);
        if file < 0 {
            continue;
        }
        let filled = fill(file, bytes, size, sum);
        if filled < 0 {
            close(file);
            if filled == CHANGED {
                return CHANGED;
            }
        } else if is_mappable(file) {
            return file;
        }
    }
    -1
}

/// `NAME=` and what is added to it; there is room for all of it.
struct Text(*mut u8);

impl Text {
    unsafe fn new(name: &[u8], room: usize) -> Text {
        let text = Text(allocate(name.len() + room + 1));
        *text.0 = 0;
        text.add(name.as_ptr(), name.len() - 1);
        text.add(b"=".as_ptr(), 1);
        text
    }

    unsafe fn start(&self) -> *const c_char {
        self.0 as *const c_char
    }

    unsafe fn add(&self, bytes: *const u8, size: usize) {
        let end = self.0.add(strlen(self.start()));
        let mut index = 0;
        while index < size {
            *end.add(index) = *bytes.add(index);
            index += 1;
        }
        *end.add(size) = 0;
    }

    unsafe fn number(&self, value: usize) {
        if value > 9 {
            self.number(value / 10);
        }
        let digit = b'0' + (value % 10) as u8;
        self.add(&digit, 1);
    }
}

unsafe fn read_number(mut text: *const u8) -> (usize, *const u8) {
    let mut value = 0usize;
    while *text >= b'0' && *text <= b'9' {
        value = value.wrapping_mul(10).wrapping_add((*text - b'0') as usize);
        text = text.add(1);
    }
    (value, text)
}

unsafe fn copy(text: *const u8) -> *mut u8 {
    let size = strlen(text as *const c_char) + 1;
    let place = allocate(size);
    let mut index = 0;
    while index < size {
        *place.add(index) = *text.add(index);
        index += 1;
    }
    place
}

unsafe fn allocate(size: usize) -> *mut u8 {
    let place = malloc(size);
    if place.is_null() {
        fail(b"there is no memory to start Python\n");
    }
    place
}
