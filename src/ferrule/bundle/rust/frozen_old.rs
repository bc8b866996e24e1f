// Up to Python 3.10 one table holds every frozen module, Python's own among them.

const ROOM: usize = 64;

static mut TABLE: [Frozen; ROOM] = [END; ROOM];

unsafe fn add_frozen() {
    let table = ptr::addr_of_mut!(TABLE) as *mut Frozen;
    let own = ptr::addr_of!(FROZEN) as *const Frozen;
    let mut count = 0;
    while !(*own.add(count)).name.is_null() {
        ptr::copy_nonoverlapping(own.add(count), table.add(count), 1);
        count += 1;
    }
    let mut next = PyImport_FrozenModules;
    while !(*next).name.is_null() && count < ROOM - 1 {
        ptr::copy_nonoverlapping(next, table.add(count), 1);
        next = next.add(1);
        count += 1;
    }
    PyImport_FrozenModules = table;
}
