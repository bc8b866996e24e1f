// Up to Python 3.14: program and home, by functions that take wide characters.

type Wide = u32;

extern "C" {
    fn Py_DecodeLocale(text: *const c_char, size: *mut usize) -> *mut Wide;
    fn Py_SetProgramName(name: *const Wide);
    fn Py_SetPythonHome(home: *const Wide);
}

static mut WIDE_EXECUTABLE: [Wide; PATH_BYTES] = [0; PATH_BYTES];
static mut WIDE_HOME: [Wide; PATH_BYTES] = [0; PATH_BYTES];

unsafe fn tell_places(is_plain: bool) {
    let place = ptr::addr_of_mut!(WIDE_EXECUTABLE) as *mut Wide;
    Py_SetProgramName(widen(executable(), place, is_plain));
    let place = ptr::addr_of_mut!(WIDE_HOME) as *mut Wide;
    Py_SetPythonHome(widen(home(), place, is_plain));
}

/// Decode a path as Python will decode it: by the locale, or as UTF-8.
unsafe fn widen(text: *const c_char, place: *mut Wide, is_utf8: bool) -> *const Wide {
    if !is_utf8 {
        let decoded = Py_DecodeLocale(text, ptr::null_mut());
        if !decoded.is_null() {
            return decoded;
        }
    }
    let bytes = text as *const u8;
    let (mut from, mut to) = (0, 0);
    while *bytes.add(from) != 0 {
        let (character, size) = decode(bytes.add(from));
        *place.add(to) = character;
        from += size;
        to += 1;
    }
    *place.add(to) = 0;
    place
}

/// Decode one character; a byte that is no UTF-8 becomes a lone surrogate (PEP 383).
unsafe fn decode(bytes: *const u8) -> (Wide, usize) {
    let first = *bytes as u32;
    if first < 0x80 {
        return (first, 1);
    }
    let (size, lowest, mut value) = if first & 0xE0 == 0xC0 {
        (2, 0x80, first & 0x1F)
    } else if first & 0xF0 == 0xE0 {
        (3, 0x800, first & 0x0F)
    } else if first & 0xF8 == 0xF0 {
        (4, 0x10000, first & 0x07)
    } else {
        return (0xDC00 + first, 1);
    };
    let mut index = 1;
    while index < size {
        let next = *bytes.add(index) as u32;
        if next & 0xC0 != 0x80 {
            return (0xDC00 + first, 1);
        }
        value = value << 6 | next & 0x3F;
        index += 1;
    }
    let is_surrogate = value >= 0xD800 && value < 0xE000;
    if value < lowest || value > 0x10FFFF || is_surrogate {
        return (0xDC00 + first, 1);
    }
    (value, size)
}
