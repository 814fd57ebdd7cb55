//! 16 bytes in a vector of WebAssembly. Nothing here touches memory.

use core::arch::wasm32::{
    i8x16_bitmask, i16x8_shl, u8x16_eq, u8x16_le, u8x16_ne, u8x16_shr, u8x16_splat, u8x16_sub,
    u8x16_swizzle, u64x2, u64x2_extract_lane, u64x2_shl, u64x2_shr, v128, v128_and, v128_any_true,
    v128_not, v128_or,
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
    pub(super) fn within(self, first: u8, last: u8) -> Answer {
        let beyond = u8x16_sub(self.0, u8x16_splat(first));
        Answer(u8x16_le(beyond, u8x16_splat(last.wrapping_sub(first))))
    }

    #[inline(always)]
    pub(super) fn lower(self) -> Self {
        Self(v128_or(self.0, u8x16_splat(0x20)))
    }

    /// What two tables both have, of the lower and of the higher half of each byte.
    #[inline(always)]
    pub(super) fn classes(self, low: Self, high: Self) -> Self {
        let below = u8x16_swizzle(low.0, v128_and(self.0, u8x16_splat(0x0f)));
        Self(v128_and(below, u8x16_swizzle(high.0, u8x16_shr(self.0, 4))))
    }

    /// Bytes with any bit.
    #[inline(always)]
    pub(super) fn any(self) -> Answer {
        Answer(u8x16_ne(self.0, u8x16_splat(0)))
    }

    /// The highest bit of each byte, moved up by `UP`.
    #[inline(always)]
    pub(super) fn bit<const UP: i32>(self) -> u64 {
        Answer(i16x8_shl(self.0, UP.unsigned_abs())).bits()
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

/// Two rows of 64 bits: what is done to one is done to both.
#[derive(Clone, Copy)]
pub(crate) struct Pair(v128);

impl Pair {
    #[inline(always)]
    pub(crate) fn new(first: u64, second: u64) -> Self {
        Self(u64x2(first, second))
    }

    #[inline(always)]
    pub(crate) fn rows(self) -> [u64; 2] {
        [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
    }

    /// Whether any bit is set.
    #[inline(always)]
    pub(crate) fn any(self) -> bool {
        v128_any_true(self.0)
    }

    /// The bits moved up by less than 64, all beyond 63 away.
    #[inline(always)]
    pub(crate) fn up(self, by: usize) -> Self {
        Self(u64x2_shl(self.0, count(by)))
    }

    /// The bits moved down by less than 64, all below 0 away.
    #[inline(always)]
    pub(crate) fn down(self, by: usize) -> Self {
        Self(u64x2_shr(self.0, count(by)))
    }

    #[inline(always)]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn not(self) -> Self {
        Self(v128_not(self.0))
    }
}

#[inline(always)]
fn count(by: usize) -> u32 {
    u32::try_from(by).unwrap_or(u32::MAX)
}
