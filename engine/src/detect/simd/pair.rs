//! Two rows of 64 bits, side by side: what is done to one is done to both.

use core::ops::{BitAnd, BitOr, Not};

/// Two rows of 64 bits.
#[derive(Clone, Copy)]
pub(crate) struct Pair([u64; 2]);

impl Pair {
    #[inline(always)]
    pub(crate) fn new(first: u64, second: u64) -> Self {
        Self([first, second])
    }

    /// All bits of both.
    #[inline(always)]
    pub(crate) fn rows(self) -> [u64; 2] {
        self.0
    }

    #[inline(always)]
    pub(crate) fn any(self) -> bool {
        self.0 != [0; 2]
    }

    /// The bits moved up by less than 64.
    #[inline(always)]
    pub(crate) fn up(self, by: usize) -> Self {
        Self(self.0.map(|row| row << by))
    }

    /// The bits moved down by less than 64.
    #[inline(always)]
    pub(crate) fn down(self, by: usize) -> Self {
        Self(self.0.map(|row| row >> by))
    }
}

impl BitAnd for Pair {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a & c, b & d])
    }
}

impl BitOr for Pair {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }
}

impl Not for Pair {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(self.0.map(|row| !row))
    }
}
