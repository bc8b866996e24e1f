// Registers the modules that are linked into the program, as `append_to_inittab!`
// does, unless the program did so itself. A name that the linker did not find
// stays null: symbols are weak.

extern "C" {
    static mut PyImport_Inittab: *const Entry;
    fn PyImport_AppendInittab(name: *const c_char, start: *const c_void) -> c_int;
}

/// CPython's `struct _inittab`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    name: *const c_char,
    start: *const c_void,
}

struct Modules([Entry; COUNT]);

unsafe impl Sync for Modules {}

pub unsafe fn before() {
    let mut index = 0;
    while index < COUNT {
        // Read as the linker left it: the compiler takes symbols for never null.
        let own = ptr::read_volatile((ptr::addr_of!(MODULES) as *const Entry).add(index));
        if !own.start.is_null() && !is_registered(own.name) {
            if PyImport_AppendInittab(own.name, own.start) != 0 {
                fail(b"there is no memory to start Python\n");
            }
        }
        index += 1;
    }
}

unsafe fn is_registered(name: *const c_char) -> bool {
    let mut entry = PyImport_Inittab;
    while !entry.is_null() && !(*entry).name.is_null() {
        if is_same((*entry).name, name) {
            return true;
        }
        entry = entry.add(1);
    }
    false
}

unsafe fn is_same(first: *const c_char, second: *const c_char) -> bool {
    let mut index = 0;
    while *first.add(index) == *second.add(index) {
        if *first.add(index) == 0 {
            return true;
        }
        index += 1;
    }
    false
}
