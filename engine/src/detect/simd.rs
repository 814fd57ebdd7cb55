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

    // SAFETY, of all blocks here: these functions ask for SSE2, or for SSSE3 where they are compiled
    // for targets that always have it; they read and write no memory.

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

    #[cfg(target_feature = "ssse3")]
    impl Lane {
        #[inline(always)]
        pub(super) fn classes(self, low: Self, high: Self) -> Self {
            use core::arch::x86_64::{_mm_and_si128, _mm_shuffle_epi8, _mm_srli_epi16};
            unsafe {
                let half = _mm_set1_epi8(0x0f);
                let below = _mm_shuffle_epi8(low.0, _mm_and_si128(self.0, half));
                let above = _mm_and_si128(_mm_srli_epi16::<4>(self.0), half);
                Self(_mm_and_si128(below, _mm_shuffle_epi8(high.0, above)))
            }
        }
    }

    impl Lane {
        /// The highest bit of each byte, moved up by `UP`.
        #[cfg(target_feature = "ssse3")]
        #[inline(always)]
        pub(super) fn bit<const UP: i32>(self) -> u64 {
            use core::arch::x86_64::_mm_slli_epi16;
            Self(unsafe { _mm_slli_epi16::<UP>(self.0) }).high()
        }
    }

    #[cfg(not(target_feature = "ssse3"))]
    impl Lane {
        pub(super) fn bytes(self) -> [u8; 16] {
            use core::arch::x86_64::{_mm_cvtsi128_si64, _mm_unpackhi_epi64};
            let halves = unsafe {
                [_mm_cvtsi128_si64(self.0), _mm_cvtsi128_si64(_mm_unpackhi_epi64(self.0, self.0))]
            };
            let mut bytes = [0; 16];
            let (to, _) = bytes.as_chunks_mut::<8>();
            to.iter_mut().zip(halves).for_each(|(to, half)| *to = half.to_le_bytes());
            bytes
        }

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

        #[inline(always)]
        pub(super) fn small(self) -> u64 {
            use core::arch::x86_64::_mm_slli_epi16;
            Self(unsafe { _mm_slli_epi16::<2>(self.0) }).high()
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
        i8x16_bitmask, i8x16_ne, i16x8_shl, u8x16_eq, u8x16_le, u8x16_shr, u8x16_splat, u8x16_sub,
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
        pub(super) fn classes(self, low: Self, high: Self) -> Self {
            let below = u8x16_swizzle(low.0, v128_and(self.0, u8x16_splat(0x0f)));
            Self(v128_and(below, u8x16_swizzle(high.0, u8x16_shr(self.0, 4))))
        }

        /// The highest bit of each byte, moved up by `UP`.
        #[inline(always)]
        pub(super) fn bit<const UP: i32>(self) -> u64 {
            Self(i16x8_shl(self.0, UP.unsigned_abs())).high()
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

        #[inline(always)]
        pub(super) fn small(self) -> u64 {
            self.bit::<2>()
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

        #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
        pub(super) fn bytes(self) -> [u8; 16] {
            self.0
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

        #[inline(always)]
        pub(super) fn small(self) -> u64 {
            self.answer(|own| own & 0x20 != 0).0
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
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut set = Self::default();
        for byte in bytes.iter().filter(|byte| byte.is_ascii()) {
            let low = set.low.get_mut(usize::from(byte % 16));
            if let (Some(slot), Some(low)) = (set.list.get_mut(set.count), low) {
                *slot = *byte;
                *low |= 1 << (byte / 16);
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
}

/// Eight classes of bytes, one bit each: those whose two halves both have the bit. So each class is
/// of all pairs of some lower and some higher halves.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    /// The classes of each lower half.
    low: [u8; 16],
    high: [u8; 16],
    /// The classes of each byte.
    #[cfg(any(
        test,
        not(any(
            all(target_arch = "x86_64", target_feature = "ssse3"),
            all(target_arch = "wasm32", target_feature = "simd128")
        ))
    ))]
    of: [u8; 256],
}

impl Classes {
    /// By class, the lower and the higher halves, one bit for each.
    pub(crate) fn new(halves: [[u16; 2]; 8]) -> Self {
        let bits = |half: usize, which: usize| {
            let has =
                |halves: &[u16; 2]| halves.get(which).is_some_and(|bits| bits >> half & 1 == 1);
            let classes = halves.iter().enumerate().filter(|(_, halves)| has(halves));
            classes.fold(0_u8, |all, (class, _)| all | 1 << class)
        };
        let (mut low, mut high) = ([0; 16], [0; 16]);
        low.iter_mut().enumerate().for_each(|(half, slot)| *slot = bits(half, 0));
        high.iter_mut().enumerate().for_each(|(half, slot)| *slot = bits(half, 1));
        Self {
            low,
            high,
            #[cfg(any(
                test,
                not(any(
                    all(target_arch = "x86_64", target_feature = "ssse3"),
                    all(target_arch = "wasm32", target_feature = "simd128")
                ))
            ))]
            of: Self::by_byte(&low, &high),
        }
    }

    #[cfg(any(
        test,
        not(any(
            all(target_arch = "x86_64", target_feature = "ssse3"),
            all(target_arch = "wasm32", target_feature = "simd128")
        ))
    ))]
    fn by_byte(low: &[u8; 16], high: &[u8; 16]) -> [u8; 256] {
        let half = |halves: &[u8; 16], at: usize| halves.get(at % 16).copied().unwrap_or(0);
        core::array::from_fn(|byte| half(low, byte) & half(high, byte / 16))
    }
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

    /// The bytes of each class.
    #[cfg(any(
        all(target_arch = "x86_64", target_feature = "ssse3"),
        all(target_arch = "wasm32", target_feature = "simd128")
    ))]
    #[inline(always)]
    pub(crate) fn classes(&self, classes: &Classes) -> [u64; 8] {
        let (low, high) = (Lane::new(&classes.low), Lane::new(&classes.high));
        let [a, b, c, d] = self.0;
        let of = |lane: Lane| lane.classes(low, high);
        let classes = Self([of(a), of(b), of(c), of(d)]);
        [
            classes.gather(Lane::bit::<7>),
            classes.gather(Lane::bit::<6>),
            classes.gather(Lane::bit::<5>),
            classes.gather(Lane::bit::<4>),
            classes.gather(Lane::bit::<3>),
            classes.gather(Lane::bit::<2>),
            classes.gather(Lane::bit::<1>),
            classes.gather(Lane::high),
        ]
    }

    /// The bytes of each class.
    #[cfg(not(any(
        all(target_arch = "x86_64", target_feature = "ssse3"),
        all(target_arch = "wasm32", target_feature = "simd128")
    )))]
    pub(crate) fn classes(&self, classes: &Classes) -> [u64; 8] {
        one_by_one(self.0.iter().flat_map(|lane| lane.bytes()), classes)
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

    /// Bytes with the bit that small letters have and capitals do not.
    #[inline]
    pub(crate) fn are_small(&self) -> u64 {
        self.gather(Lane::small)
    }

    /// ASCII letters.
    #[inline]
    pub(crate) fn letters(&self) -> u64 {
        self.of(|lane| lane.lower().within(b'a', b'z'))
    }

    /// `a` to `z`.
    #[inline]
    pub(crate) fn small(&self) -> u64 {
        self.of(|lane| lane.within(b'a', b'z'))
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

/// The bytes of each class among 64, eight at a time.
#[cfg(any(
    test,
    not(any(
        all(target_arch = "x86_64", target_feature = "ssse3"),
        all(target_arch = "wasm32", target_feature = "simd128")
    ))
))]
fn one_by_one(bytes: impl Iterator<Item = u8>, classes: &Classes) -> [u64; 8] {
    let mut planes = [0; 8];
    let mut eight = 0_u64;
    for (n, byte) in bytes.enumerate() {
        let class = classes.of.get(usize::from(byte)).copied().unwrap_or(0);
        eight = eight >> 8 | u64::from(class) << 56;
        if n % 8 == 7 {
            for (class, plane) in planes.iter_mut().enumerate() {
                // Gathers the lowest bits of eight bytes in the highest byte.
                let bits = eight >> class & 0x0101_0101_0101_0101;
                let bits = bits.wrapping_mul(0x0102_0408_1020_4080) >> 56;
                *plane |= bits << (n - 7);
            }
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_of_pairs_of_halves() {
        let halves = core::array::from_fn(|n| {
            let n = u16::try_from(n).expect("small");
            [0x1357_u16.rotate_left(u32::from(n)), 0x9b_u16 << n]
        });
        let classes = Classes::new(halves);
        for first in 0..4_u8 {
            let bytes: [u8; BLOCK_BYTES] = core::array::from_fn(|n| {
                first.wrapping_mul(64).wrapping_add(u8::try_from(n).expect("small"))
            });
            let planes = Block::new(&bytes).classes(&classes);
            assert_eq!(planes, one_by_one(bytes.into_iter(), &classes));
            for (n, byte) in bytes.into_iter().enumerate() {
                for (plane, [low, high]) in planes.into_iter().zip(halves) {
                    let has = low >> (byte % 16) & high >> (byte / 16) & 1 == 1;
                    assert_eq!(plane >> n & 1 == 1, has, "{byte}");
                }
            }
        }
    }

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
            assert_eq!(fast.small(), plain.small());
            let set = Set::of(&bytes);
            assert_eq!(fast.among(&set).bits(), plain.among(&set).bits());
            let both = fast.is(first).or(fast.within(0x80, 0xff)).bits();
            assert_eq!(both, plain.is(first).or(plain.within(0x80, 0xff)).bits());
        }
    }

    #[test]
    fn the_lowest_bit_is_the_first_byte() {
        let block = Block::new(b"1a-");
        assert_eq!((block.is(b'1'), block.letters(), block.is(b'-')), (1, 2, 4));
        assert_eq!(block.among(&Set::of(b"-a")), 6);
        let mut bytes = [b' '; 64];
        bytes[63] = 0xc3;
        assert_eq!(Block::new(&bytes).high(), 1 << 63);
        assert_eq!(Block::new(&bytes).among(&Set::of(b" ")), u64::MAX >> 1);
    }
}
