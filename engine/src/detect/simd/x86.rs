//! 16 bytes in a vector of x86. Nothing here touches memory.

// SAFETY, of all blocks here: these functions ask for SSE2, or for SSSE3 where they are compiled
// for targets that always have it; they read and write no memory.

use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi32_si128, _mm_cvtsi128_si64, _mm_min_epu8,
    _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_sll_epi64, _mm_slli_epi16,
    _mm_srl_epi64, _mm_srli_epi16, _mm_sub_epi8, _mm_unpackhi_epi64, _mm_xor_si128,
};

/// 16 bytes.
#[derive(Clone, Copy)]
pub(super) struct Lane(__m128i);

/// 16 answers.
#[derive(Clone, Copy)]
pub(super) struct Answer(__m128i);

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

    /// What two tables both have, of the lower and of the higher half of each byte.
    #[inline(always)]
    pub(super) fn classes(self, low: Self, high: Self) -> Self {
        let half = splat(0x0f);
        let below = unsafe { _mm_and_si128(self.0, half) };
        let above = unsafe { _mm_and_si128(_mm_srli_epi16::<4>(self.0), half) };
        let (below, above) = (low.shuffle(below), high.shuffle(above));
        Self(unsafe { _mm_and_si128(below, above) })
    }

    /// The bytes at these places, all below 16.
    #[cfg(target_feature = "ssse3")]
    #[inline(always)]
    fn shuffle(self, places: __m128i) -> __m128i {
        unsafe { core::arch::x86_64::_mm_shuffle_epi8(self.0, places) }
    }

    /// The same one by one.
    #[cfg(not(target_feature = "ssse3"))]
    #[inline(always)]
    fn shuffle(self, places: __m128i) -> __m128i {
        let (table, mut bytes) = (self.bytes(), Self(places).bytes());
        for byte in &mut bytes {
            *byte = table.get(usize::from(*byte)).copied().unwrap_or(0);
        }
        Self::new(&bytes).0
    }

    #[cfg(not(target_feature = "ssse3"))]
    #[inline(always)]
    fn bytes(self) -> [u8; 16] {
        let [low, high] = Pair(self.0).rows();
        (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
    }

    /// Bytes with any bit.
    #[inline(always)]
    pub(super) fn any(self) -> Answer {
        let zero = splat(0);
        Answer(unsafe { _mm_cmpeq_epi8(_mm_cmpeq_epi8(self.0, zero), zero) })
    }

    /// The highest bit of each byte, moved up by `UP`.
    #[inline(always)]
    pub(super) fn bit<const UP: i32>(self) -> u64 {
        Answer(unsafe { _mm_slli_epi16::<UP>(self.0) }).bits()
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

/// Two rows of 64 bits: what is done to one is done to both.
#[derive(Clone, Copy)]
pub(crate) struct Pair(__m128i);

impl Pair {
    #[inline(always)]
    pub(crate) fn new(first: u64, second: u64) -> Self {
        Self(unsafe { _mm_set_epi64x(second.cast_signed(), first.cast_signed()) })
    }

    #[inline(always)]
    pub(crate) fn rows(self) -> [u64; 2] {
        let first = unsafe { _mm_cvtsi128_si64(self.0) };
        let second = unsafe { _mm_cvtsi128_si64(_mm_unpackhi_epi64(self.0, self.0)) };
        [first.cast_unsigned(), second.cast_unsigned()]
    }

    /// Whether any bit is set.
    #[inline(always)]
    pub(crate) fn any(self) -> bool {
        Answer(unsafe { _mm_cmpeq_epi8(self.0, splat(0)) }).bits() != 0xffff
    }

    /// The bits moved up by less than 64, all beyond 63 away.
    #[inline(always)]
    pub(crate) fn up(self, by: usize) -> Self {
        Self(unsafe { _mm_sll_epi64(self.0, count(by)) })
    }

    /// The bits moved down by less than 64, all below 0 away.
    #[inline(always)]
    pub(crate) fn down(self, by: usize) -> Self {
        Self(unsafe { _mm_srl_epi64(self.0, count(by)) })
    }

    #[inline(always)]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(unsafe { _mm_and_si128(self.0, other.0) })
    }

    #[inline(always)]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(unsafe { _mm_or_si128(self.0, other.0) })
    }

    #[inline(always)]
    pub(crate) fn not(self) -> Self {
        Self(unsafe { _mm_xor_si128(self.0, splat(0xff)) })
    }
}

#[inline(always)]
fn count(by: usize) -> __m128i {
    unsafe { _mm_cvtsi32_si128(i32::try_from(by).unwrap_or(i32::MAX)) }
}

#[inline(always)]
fn splat(byte: u8) -> __m128i {
    unsafe { _mm_set1_epi8(byte.cast_signed()) }
}
