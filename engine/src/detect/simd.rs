//! Which of 64 bytes are of some class, as one bit each: 16 bytes at a time where the target has
//! vectors, byte by byte elsewhere. All say the same; the lowest bit is the first byte.
//! Only what a target always has is used, so that nothing is asked at run time.

/// Bytes that are looked at together.
pub(crate) const BLOCK_BYTES: usize = 64;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[expect(unsafe_code, reason = "compiled only for targets that always have these instructions")]
mod lane {
    use core::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8, _mm_sub_epi8,
    };

    // SAFETY, of all blocks here: these functions ask for SSE2 and nothing else; they read and
    // write no memory.

    /// 16 bytes.
    #[derive(Clone, Copy)]
    pub(super) struct Lane(__m128i);

    /// 16 answers.
    #[derive(Clone, Copy)]
    pub(super) struct Answer(__m128i);

    fn splat(byte: u8) -> __m128i {
        unsafe { _mm_set1_epi8(byte.cast_signed()) }
    }

    #[cfg(target_feature = "ssse3")]
    impl Lane {
        #[inline(always)]
        pub(super) fn among(self, set: &super::Set) -> Answer {
            use core::arch::x86_64::{_mm_and_si128, _mm_shuffle_epi8, _mm_srli_epi16};
            let (low, high) = (Self::new(&set.low), Self::new(&super::HIGH));
            unsafe {
                let half = _mm_set1_epi8(0x0f);
                let below = _mm_shuffle_epi8(low.0, _mm_and_si128(self.0, half));
                let above = _mm_and_si128(_mm_srli_epi16::<4>(self.0), half);
                let above = _mm_shuffle_epi8(high.0, above);
                let zero = _mm_set1_epi8(0);
                let without = _mm_cmpeq_epi8(_mm_and_si128(below, above), zero);
                Answer(_mm_cmpeq_epi8(without, zero))
            }
        }
    }

    #[cfg(not(target_feature = "ssse3"))]
    impl Lane {
        #[inline(always)]
        pub(super) fn among(self, set: &super::Set) -> Answer {
            set.bytes().fold(Answer(splat(0)), |all, byte| all.or(self.is(byte)))
        }
    }

    impl Lane {
        #[inline(always)]
        pub(super) fn new(bytes: &[u8; 16]) -> Self {
            let (halves, _) = bytes.as_chunks::<8>();
            let half = |n: usize| halves.get(n).map_or(0, |half| i64::from_le_bytes(*half));
            Self(unsafe { _mm_set_epi64x(half(1), half(0)) })
        }

        #[inline(always)]
        pub(super) fn is(self, byte: u8) -> Answer {
            Answer(unsafe { _mm_cmpeq_epi8(self.0, splat(byte)) })
        }

        #[inline(always)]
        pub(super) fn within(self, first: u8, last: u8) -> Answer {
            let (first, width) = (splat(first), splat(last.wrapping_sub(first)));
            let beyond = unsafe { _mm_sub_epi8(self.0, first) };
            Answer(unsafe { _mm_cmpeq_epi8(_mm_min_epu8(beyond, width), beyond) })
        }

        #[inline(always)]
        pub(super) fn lower(self) -> Self {
            Self(unsafe { _mm_or_si128(self.0, splat(0x20)) })
        }

        #[inline(always)]
        pub(super) fn high(self) -> u64 {
            Answer(self.0).bits()
        }
    }

    impl Answer {
        #[inline(always)]
        pub(super) fn or(self, other: Self) -> Self {
            Self(unsafe { _mm_or_si128(self.0, other.0) })
        }

        #[inline(always)]
        pub(super) fn bits(self) -> u64 {
            u64::from(unsafe { _mm_movemask_epi8(self.0) }.cast_unsigned())
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lane {
    use core::arch::wasm32::{
        i8x16_bitmask, i8x16_ne, u8x16_eq, u8x16_le, u8x16_shr, u8x16_splat, u8x16_sub,
        u8x16_swizzle, u64x2, v128, v128_and, v128_or,
    };

    /// 16 bytes.
    #[derive(Clone, Copy)]
    pub(super) struct Lane(v128);

    /// 16 answers.
    #[derive(Clone, Copy)]
    pub(super) struct Answer(v128);

    impl Lane {
        #[inline(always)]
        pub(super) fn new(bytes: &[u8; 16]) -> Self {
            let (halves, _) = bytes.as_chunks::<8>();
            let half = |n: usize| halves.get(n).map_or(0, |half| u64::from_le_bytes(*half));
            Self(u64x2(half(0), half(1)))
        }

        #[inline(always)]
        pub(super) fn is(self, byte: u8) -> Answer {
            Answer(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        #[inline(always)]
        pub(super) fn among(self, set: &super::Set) -> Answer {
            let (low, high) = (Self::new(&set.low), Self::new(&super::HIGH));
            let below = u8x16_swizzle(low.0, v128_and(self.0, u8x16_splat(0x0f)));
            let above = u8x16_swizzle(high.0, u8x16_shr(self.0, 4));
            Answer(i8x16_ne(v128_and(below, above), u8x16_splat(0)))
        }

        #[inline(always)]
        pub(super) fn within(self, first: u8, last: u8) -> Answer {
            let beyond = u8x16_sub(self.0, u8x16_splat(first));
            Answer(u8x16_le(beyond, u8x16_splat(last.wrapping_sub(first))))
        }

        #[inline(always)]
        pub(super) fn lower(self) -> Self {
            Self(v128_or(self.0, u8x16_splat(0x20)))
        }

        #[inline(always)]
        pub(super) fn high(self) -> u64 {
            Answer(self.0).bits()
        }
    }

    impl Answer {
        #[inline(always)]
        pub(super) fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn bits(self) -> u64 {
            u64::from(i8x16_bitmask(self.0))
        }
    }
}

#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
mod lane {
    pub(super) use super::scalar::{Answer, Lane};
}

#[cfg(any(
    test,
    not(any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(target_arch = "wasm32", target_feature = "simd128")
    ))
))]
mod scalar {
    /// 16 bytes.
    #[derive(Clone, Copy)]
    pub(super) struct Lane([u8; 16]);

    /// 16 answers.
    #[derive(Clone, Copy)]
    pub(super) struct Answer(u64);

    impl Lane {
        #[inline(always)]
        pub(super) fn new(bytes: &[u8; 16]) -> Self {
            Self(*bytes)
        }

        fn answer(self, has: impl Fn(u8) -> bool) -> Answer {
            let bytes = self.0.iter().rev();
            Answer(bytes.fold(0, |bits, byte| bits << 1 | u64::from(has(*byte))))
        }

        #[inline(always)]
        pub(super) fn is(self, byte: u8) -> Answer {
            self.answer(|own| own == byte)
        }

        #[inline(always)]
        pub(super) fn among(self, set: &super::Set) -> Answer {
            self.answer(|own| set.bytes().any(|byte| byte == own))
        }

        #[inline(always)]
        pub(super) fn within(self, first: u8, last: u8) -> Answer {
            self.answer(|own| (first..=last).contains(&own))
        }

        #[inline(always)]
        pub(super) fn lower(self) -> Self {
            Self(self.0.map(|byte| byte | 0x20))
        }

        #[inline(always)]
        pub(super) fn high(self) -> u64 {
            self.answer(|own| own >= 0x80).0
        }
    }

    impl Answer {
        #[inline(always)]
        pub(super) fn or(self, other: Self) -> Self {
            Self(self.0 | other.0)
        }

        #[inline(always)]
        pub(super) fn bits(self) -> u64 {
            self.0
        }
    }
}

use lane::{Answer, Lane};

#[cfg(any(
    all(target_arch = "x86_64", target_feature = "ssse3"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]
/// The bit of each high half of an ASCII character; none for other bytes.
const HIGH: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// A set of a few ASCII characters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Set {
    /// For each low half, the high halves with which it is in the set.
    low: [u8; 16],
    /// The same one by one.
    list: [u8; 16],
    count: usize,
}

impl Set {
    /// The set of the first 16 of these bytes; what is not ASCII is left out.
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        let mut set = Self { low: [0; 16], list: [0; 16], count: 0 };
        let mut left = bytes;
        while let [byte, rest @ ..] = left {
            left = rest;
            if *byte < 0x80 && set.count < 16 {
                put(&mut set.low, *byte & 0x0f, 1 << (*byte >> 4));
                put(&mut set.list, truncated(set.count), *byte);
                set.count += 1;
            }
        }
        set
    }

    #[cfg(any(
        test,
        not(any(
            all(target_arch = "x86_64", target_feature = "ssse3"),
            all(target_arch = "wasm32", target_feature = "simd128")
        ))
    ))]
    fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.list.iter().take(self.count).copied()
    }

    #[cfg(test)]
    fn has(&self, byte: u8) -> bool {
        self.bytes().any(|own| own == byte)
    }
}

/// Sets bits of the slot with this number; a constant may do no more than look for it.
const fn put(slots: &mut [u8; 16], at: u8, bits: u8) {
    let (mut n, mut left): (u8, &mut [u8]) = (0, slots);
    while let [slot, rest @ ..] = left {
        if n == at {
            *slot |= bits;
        }
        n += 1;
        left = rest;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "below 16")]
#[expect(clippy::as_conversions, reason = "a constant has nothing else")]
const fn truncated(n: usize) -> u8 {
    n as u8
}

/// 64 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Block([Lane; 4]);

impl Block {
    /// Up to 64 bytes; zeros stand for what is missing.
    #[inline]
    pub(crate) fn new(bytes: &[u8]) -> Self {
        match bytes.first_chunk::<BLOCK_BYTES>() {
            Some(whole) => Self::whole(whole),
            None => {
                let mut padded = [0; BLOCK_BYTES];
                padded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                Self::whole(&padded)
            }
        }
    }

    #[inline]
    fn whole(bytes: &[u8; BLOCK_BYTES]) -> Self {
        let (lanes, _) = bytes.as_chunks::<16>();
        let lane = |n: usize| Lane::new(lanes.get(n).unwrap_or(&[0; 16]));
        Self([lane(0), lane(1), lane(2), lane(3)])
    }

    #[inline]
    fn gather(&self, bits: impl Fn(Lane) -> u64) -> u64 {
        let [a, b, c, d] = self.0;
        bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48
    }

    #[inline]
    fn of(&self, answer: impl Fn(Lane) -> Answer) -> u64 {
        self.gather(|lane| answer(lane).bits())
    }

    /// This byte.
    #[inline]
    pub(crate) fn is(&self, byte: u8) -> u64 {
        self.of(|lane| lane.is(byte))
    }

    /// One of two bytes.
    #[inline]
    pub(crate) fn is_either(&self, one: u8, other: u8) -> u64 {
        self.of(|lane| lane.is(one).or(lane.is(other)))
    }

    /// `0` to `9`.
    #[inline]
    pub(crate) fn digits(&self) -> u64 {
        self.of(|lane| lane.within(b'0', b'9'))
    }

    /// ASCII letters.
    #[inline]
    pub(crate) fn letters(&self) -> u64 {
        self.of(|lane| lane.lower().within(b'a', b'z'))
    }

    /// `A` to `Z` and `<`.
    #[inline]
    pub(crate) fn capitals(&self) -> u64 {
        self.of(|lane| lane.within(b'A', b'Z').or(lane.is(b'<')))
    }

    /// `a` to `z`.
    #[inline]
    pub(crate) fn small(&self) -> u64 {
        self.of(|lane| lane.within(b'a', b'z'))
    }

    /// `-` and `.`
    #[inline]
    pub(crate) fn dashes(&self) -> u64 {
        self.of(|lane| lane.within(b'-', b'.'))
    }

    /// Whether there is nothing but ASCII letters, spaces, ends of lines and `,` `.` `'`.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |lane: Lane| {
            let signs = lane.is(b' ').or(lane.is(b'\n')).or(lane.is(b',')).or(lane.is(b'.'));
            lane.lower().within(b'a', b'z').or(signs).or(lane.is(b'\''))
        };
        self.of(plain) == u64::MAX
    }

    /// One of a set.
    #[inline]
    pub(crate) fn among(&self, set: &Set) -> u64 {
        self.of(|lane| lane.among(set))
    }

    /// Bytes of characters outside ASCII.
    #[inline]
    pub(crate) fn high(&self) -> u64 {
        self.gather(Lane::high)
    }

    /// Control characters of ASCII, but DEL.
    #[inline]
    pub(crate) fn controls(&self) -> u64 {
        self.of(|lane| lane.within(0, 0x1f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_say_what_single_bytes_say() {
        for first in 0..=255_u8 {
            let bytes: [u8; 16] = core::array::from_fn(|n| {
                first.wrapping_add(u8::try_from(n).expect("small").wrapping_mul(37))
            });
            let (fast, plain) = (Lane::new(&bytes), scalar::Lane::new(&bytes));
            for byte in bytes {
                assert_eq!(fast.is(byte).bits(), plain.is(byte).bits());
            }
            for (from, to) in [(b'0', b'9'), (0, 0x1f), (b'-', b'/'), (0x7f, 0xff), (5, 5)] {
                assert_eq!(fast.within(from, to).bits(), plain.within(from, to).bits());
            }
            let letters = (fast.lower().within(b'a', b'z'), plain.lower().within(b'a', b'z'));
            assert_eq!(letters.0.bits(), letters.1.bits());
            assert_eq!(fast.high(), plain.high());
            let set = Set::of(&bytes);
            assert_eq!(fast.among(&set).bits(), plain.among(&set).bits());
            assert!(bytes.iter().all(|byte| set.has(*byte) == byte.is_ascii()));
            let both = fast.is(first).or(fast.within(0x80, 0xff)).bits();
            assert_eq!(both, plain.is(first).or(plain.within(0x80, 0xff)).bits());
        }
    }

    #[test]
    fn the_lowest_bit_is_the_first_byte() {
        let block = Block::new(b"1a-");
        assert_eq!((block.digits(), block.letters(), block.dashes()), (1, 2, 4));
        assert_eq!(block.among(&Set::of(b"-a")), 6);
        let mut bytes = [b' '; 64];
        bytes[63] = 0xc3;
        assert_eq!(Block::new(&bytes).high(), 1 << 63);
        assert_eq!(Block::new(&bytes).among(&Set::of(b" ")), u64::MAX >> 1);
    }
}
