// CRC-32 of large parts (that of zip and zlib), many times as fast as SHA-256.
//
// It finds damage, as SHA-256 would; against those who may write the file neither
// helps. Blocks of 64 bytes are folded by multiplications without carry where the
// processor has them (Gopal et al., "Fast CRC Computation for Generic Polynomials
// Using PCLMULQDQ Instruction", 2009), else eight bytes at a time by tables.

const REVERSED_POLYNOMIAL: u32 = 0xedb88320;

static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ REVERSED_POLYNOMIAL } else { rest >> 1 };
            bit += 1;
        }
        tables[0][byte] = rest;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        byte = 0;
        while byte < 256 {
            let before = tables[zeros - 1][byte];
            tables[zeros][byte] = before >> 8 ^ tables[0][before as usize & 255];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// Return the checksum of bytes that follow others, whose checksum is given.
unsafe fn checksum(before: u32, bytes: *const u8, size: usize) -> u32 {
    let mut state = !before;
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if size >= 128 && processor::has_carryless() {
        let mut folded = [0u8; 16];
        done = carryless::fold(state, bytes, size, folded.as_mut_ptr());
        state = checksum_by_tables(0, folded.as_ptr(), 16);
    }
    !checksum_by_tables(state, bytes.add(done), size - done)
}

unsafe fn checksum_by_tables(mut state: u32, bytes: *const u8, size: usize) -> u32 {
    let tables = ptr::addr_of!(TABLES) as *const u32;
    let look = |zeros: usize, byte: u64| *tables.add(zeros * 256 + (byte & 255) as usize);
    let mut done = 0;
    while size - done >= 8 {
        let word = u64::from_le(ptr::read_unaligned(bytes.add(done) as *const u64)) ^ state as u64;
        state = look(7, word)
            ^ look(6, word >> 8)
            ^ look(5, word >> 16)
            ^ look(4, word >> 24)
            ^ look(3, word >> 32)
            ^ look(2, word >> 40)
            ^ look(1, word >> 48)
            ^ look(0, word >> 56);
        done += 8;
    }
    while done < size {
        state = state >> 8 ^ look(0, (state ^ *bytes.add(done) as u32) as u64);
        done += 1;
    }
    state
}

#[cfg(target_arch = "x86_64")]
mod carryless {
    use core::arch::x86_64::*;

    // Powers of x modulo the polynomial: 4*128 + 32, 4*128 - 32; 128 + 32, 128 - 32.
    const BY_FOUR: (i64, i64) = (0x154442bd4, 0x1c6e41596);
    const BY_ONE: (i64, i64) = (0x1751997d0, 0x0ccaa009e);

    #[target_feature(enable = "pclmulqdq,sse2")]
    unsafe fn folded(value: __m128i, by: __m128i, next: __m128i) -> __m128i {
        let low = _mm_clmulepi64_si128(value, by, 0x00);
        let high = _mm_clmulepi64_si128(value, by, 0x11);
        _mm_xor_si128(_mm_xor_si128(low, high), next)
    }

    /// Write 16 bytes that have the checksum of all bytes so far; return how many.
    #[target_feature(enable = "pclmulqdq,sse2")]
    pub unsafe fn fold(state: u32, bytes: *const u8, size: usize, result: *mut u8) -> usize {
        let load = |place: usize| _mm_loadu_si128(bytes.add(place) as *const __m128i);
        let by_four = _mm_set_epi64x(BY_FOUR.1, BY_FOUR.0);
        let by_one = _mm_set_epi64x(BY_ONE.1, BY_ONE.0);
        let mut first = _mm_xor_si128(load(0), _mm_cvtsi32_si128(state as i32));
        let mut second = load(16);
        let mut third = load(32);
        let mut fourth = load(48);
        let mut done = 64;
        while size - done >= 64 {
            first = folded(first, by_four, load(done));
            second = folded(second, by_four, load(done + 16));
            third = folded(third, by_four, load(done + 32));
            fourth = folded(fourth, by_four, load(done + 48));
            done += 64;
        }
        let mut one = folded(first, by_one, second);
        one = folded(one, by_one, third);
        one = folded(one, by_one, fourth);
        _mm_storeu_si128(result as *mut __m128i, one);
        done
    }
}
