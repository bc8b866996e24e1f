// SHA-256 (FIPS 180-4), with the processor's own instructions where it has them.

static ROUNDS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// Write the digest of `size` bytes to `result`.
unsafe fn digest(bytes: *const u8, size: usize, result: *mut u8) {
    let mut state: [u32; 8] = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];
    let words = state.as_mut_ptr();
    let whole = size / 64;
    compress(words, bytes, whole);
    let mut last = [0u8; 128];
    let tail = last.as_mut_ptr();
    let rest = size % 64;
    ptr::copy_nonoverlapping(bytes.add(whole * 64), tail, rest);
    *tail.add(rest) = 0x80;
    let blocks = if rest < 56 { 1 } else { 2 };
    let bits = (size as u64 * 8).to_be();
    ptr::copy_nonoverlapping(ptr::addr_of!(bits) as *const u8, tail.add(blocks * 64 - 8), 8);
    compress(words, tail, blocks);
    let mut index = 0;
    while index < 8 {
        let word = (*words.add(index)).to_be();
        ptr::copy_nonoverlapping(ptr::addr_of!(word) as *const u8, result.add(index * 4), 4);
        index += 1;
    }
}

unsafe fn compress(state: *mut u32, bytes: *const u8, blocks: usize) {
    #[cfg(target_arch = "x86_64")]
    if processor::has_instructions() {
        return processor::compress(state, bytes, blocks);
    }
    let mut index = 0;
    while index < blocks {
        compress_block(state, bytes.add(index * 64));
        index += 1;
    }
}

unsafe fn compress_block(state: *mut u32, bytes: *const u8) {
    let mut schedule = [0u32; 64];
    let w = schedule.as_mut_ptr();
    let k = ptr::addr_of!(ROUNDS) as *const u32;
    let mut i = 0;
    while i < 16 {
        *w.add(i) = u32::from_be(ptr::read_unaligned(bytes.add(i * 4) as *const u32));
        i += 1;
    }
    while i < 64 {
        let (x, y) = (*w.add(i - 15), *w.add(i - 2));
        let first = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
        let second = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
        *w.add(i) = (*w.add(i - 16))
            .wrapping_add(first)
            .wrapping_add(*w.add(i - 7))
            .wrapping_add(second);
        i += 1;
    }
    let (mut a, mut b, mut c, mut d) = (*state, *state.add(1), *state.add(2), *state.add(3));
    let (mut e, mut f, mut g, mut h) =
        (*state.add(4), *state.add(5), *state.add(6), *state.add(7));
    i = 0;
    while i < 64 {
        let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let first = h
            .wrapping_add(sum)
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(*k.add(i))
            .wrapping_add(*w.add(i));
        let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let second = sum.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d.wrapping_add(first);
        d = c;
        c = b;
        b = a;
        a = first.wrapping_add(second);
        i += 1;
    }
    let values = [a, b, c, d, e, f, g, h];
    i = 0;
    while i < 8 {
        let word = state.add(i);
        *word = (*word).wrapping_add(*values.as_ptr().add(i));
        i += 1;
    }
}

#[cfg(target_arch = "x86_64")]
mod processor {
    use core::arch::x86_64::*;
    use core::sync::atomic::{AtomicU8, Ordering};

    const UNKNOWN: u8 = 4;
    const DIGESTS: u8 = 1;
    const CARRYLESS: u8 = 2;
    static KNOWN: AtomicU8 = AtomicU8::new(UNKNOWN);

    pub fn has_instructions() -> bool {
        known() & DIGESTS != 0
    }

    pub fn has_carryless() -> bool {
        known() & CARRYLESS != 0
    }

    fn known() -> u8 {
        // Asked once: virtual machines leave to their host at every CPUID.
        let mut known = KNOWN.load(Ordering::Relaxed);
        if known == UNKNOWN {
            known = ask();
            KNOWN.store(known, Ordering::Relaxed);
        }
        known
    }

    fn ask() -> u8 {
        // CPUID leaf 7: SHA is bit 29 of EBX; leaf 1: PCLMULQDQ is bit 1 of ECX, SSSE3
        // bit 9, SSE4.1 bit 19.
        #[allow(unused_unsafe)]
        unsafe {
            if __cpuid(0).eax < 7 {
                return 0;
            }
            let has_sha = __cpuid_count(7, 0).ebx >> 29 & 1 == 1;
            let features = __cpuid(1).ecx;
            let digests = has_sha && features >> 9 & 1 == 1 && features >> 19 & 1 == 1;
            (if digests { DIGESTS } else { 0 }) | (if features >> 1 & 1 == 1 { CARRYLESS } else { 0 })
        }
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    pub unsafe fn compress(state: *mut u32, mut bytes: *const u8, blocks: usize) {
        let order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
        // The instructions want the state as ABEF and CDGH.
        let low = _mm_shuffle_epi32(_mm_loadu_si128(state as *const __m128i), 0xB1);
        let high = _mm_shuffle_epi32(_mm_loadu_si128(state.add(4) as *const __m128i), 0x1B);
        let mut abef = _mm_alignr_epi8(low, high, 8);
        let mut cdgh = _mm_blend_epi16(high, low, 0xF0);
        let rounds = core::ptr::addr_of!(super::ROUNDS) as *const __m128i;
        let mut block = 0;
        while block < blocks {
            let (before_abef, before_cdgh) = (abef, cdgh);
            let message = bytes as *const __m128i;
            let mut m0 = _mm_shuffle_epi8(_mm_loadu_si128(message), order);
            let mut m1 = _mm_shuffle_epi8(_mm_loadu_si128(message.add(1)), order);
            let mut m2 = _mm_shuffle_epi8(_mm_loadu_si128(message.add(2)), order);
            let mut m3 = _mm_shuffle_epi8(_mm_loadu_si128(message.add(3)), order);
            // Four rounds; the first twelve times also four words of the schedule. Written
            // out, because the turning names are registers only without a loop.
            macro_rules! rounds {
                ($step:expr, $a:ident) => {
                    let mut sum = _mm_add_epi32($a, _mm_loadu_si128(rounds.add($step)));
                    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
                    sum = _mm_shuffle_epi32(sum, 0x0E);
                    abef = _mm_sha256rnds2_epu32(abef, cdgh, sum);
                };
                ($step:expr, $a:ident, $b:ident, $c:ident, $d:ident) => {
                    rounds!($step, $a);
                    let mixed = _mm_add_epi32(_mm_sha256msg1_epu32($a, $b), _mm_alignr_epi8($d, $c, 4));
                    $a = _mm_sha256msg2_epu32(mixed, $d);
                };
            }
            macro_rules! sixteen_rounds {
                ($step:expr) => {
                    rounds!($step, m0, m1, m2, m3);
                    rounds!($step + 1, m1, m2, m3, m0);
                    rounds!($step + 2, m2, m3, m0, m1);
                    rounds!($step + 3, m3, m0, m1, m2);
                };
            }
            sixteen_rounds!(0);
            sixteen_rounds!(4);
            sixteen_rounds!(8);
            rounds!(12, m0);
            rounds!(13, m1);
            rounds!(14, m2);
            rounds!(15, m3);
            abef = _mm_add_epi32(abef, before_abef);
            cdgh = _mm_add_epi32(cdgh, before_cdgh);
            bytes = bytes.add(64);
            block += 1;
        }
        let low = _mm_shuffle_epi32(abef, 0x1B);
        let high = _mm_shuffle_epi32(cdgh, 0xB1);
        _mm_storeu_si128(state as *mut __m128i, _mm_blend_epi16(low, high, 0xF0));
        _mm_storeu_si128(state.add(4) as *mut __m128i, _mm_alignr_epi8(high, low, 8));
    }
}
