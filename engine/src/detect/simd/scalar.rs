//! 16 bytes one by one. For targets of which nothing more is known, and what vectors are measured
//! by.

/// 16 bytes.
#[derive(Clone, Copy)]
pub(super) struct Lane([u8; 16]);

/// 16 answers: the highest bit of each byte.
#[derive(Clone, Copy)]
pub(super) struct Answer(Lane);

impl Lane {
    #[inline(always)]
    pub(super) fn new(bytes: &[u8; 16]) -> Self {
        Self(*bytes)
    }

    #[inline(always)]
    pub(super) fn is(self, byte: u8) -> Answer {
        self.answer(|own| own == byte)
    }

    #[inline(always)]
    pub(super) fn within(self, first: u8, last: u8) -> Answer {
        self.answer(|own| own.wrapping_sub(first) <= last.wrapping_sub(first))
    }

    #[inline(always)]
    pub(super) fn lower(self) -> Self {
        self.each(|byte| byte | 0x20)
    }

    /// What two tables both have, of the lower and of the higher half of each byte.
    #[inline(always)]
    pub(super) fn classes(self, low: Self, high: Self) -> Self {
        let half = |table: &[u8; 16], at: u8| table.get(usize::from(at)).copied().unwrap_or(0);
        self.each(|byte| half(&low.0, byte & 0x0f) & half(&high.0, byte >> 4))
    }

    /// Bytes with any bit.
    #[inline(always)]
    pub(super) fn any(self) -> Answer {
        self.answer(|own| own != 0)
    }

    /// The highest bit of each byte, moved up by `UP`.
    #[inline(always)]
    pub(super) fn bit<const UP: i32>(self) -> u64 {
        let (halves, _) = self.0.as_chunks::<8>();
        halves.iter().rev().fold(0, |all, eight| {
            let bits = u64::from_le_bytes(*eight) >> (7 - UP) & 0x0101_0101_0101_0101;
            // Gathers the lowest bits of eight bytes in the highest byte.
            all << 8 | bits.wrapping_mul(0x0102_0408_1020_4080) >> 56
        })
    }

    #[inline(always)]
    fn answer(self, has: impl Fn(u8) -> bool) -> Answer {
        Answer(self.each(|byte| u8::from(has(byte)).wrapping_neg()))
    }

    #[inline(always)]
    fn each(self, to: impl Fn(u8) -> u8) -> Self {
        let mut bytes = self.0;
        bytes.iter_mut().for_each(|byte| *byte = to(*byte));
        Self(bytes)
    }
}

impl Answer {
    #[inline(always)]
    pub(super) fn or(self, other: Self) -> Self {
        let mut both = self.0.0;
        both.iter_mut().zip(other.0.0).for_each(|(to, from)| *to |= from);
        Self(Lane(both))
    }

    #[inline(always)]
    pub(super) fn bits(self) -> u64 {
        self.0.bit::<0>()
    }
}

/// Two rows of 64 bits: what is done to one is done to both.
#[derive(Clone, Copy)]
pub(crate) struct Pair([u64; 2]);

impl Pair {
    #[inline(always)]
    pub(crate) fn new(first: u64, second: u64) -> Self {
        Self([first, second])
    }

    #[inline(always)]
    pub(crate) fn rows(self) -> [u64; 2] {
        self.0
    }

    /// Whether any bit is set.
    #[inline(always)]
    pub(crate) fn any(self) -> bool {
        self.0 != [0; 2]
    }

    /// The bits moved up by less than 64, all beyond 63 away.
    #[inline(always)]
    pub(crate) fn up(self, by: usize) -> Self {
        Self(self.0.map(|row| row << by))
    }

    /// The bits moved down by less than 64, all below 0 away.
    #[inline(always)]
    pub(crate) fn down(self, by: usize) -> Self {
        Self(self.0.map(|row| row >> by))
    }

    #[inline(always)]
    pub(crate) fn and(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a & c, b & d])
    }

    #[inline(always)]
    pub(crate) fn or(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }

    #[inline(always)]
    pub(crate) fn not(self) -> Self {
        Self(self.0.map(|row| !row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(bytes: &[u8; 16], has: impl Fn(u8) -> bool) -> u64 {
        bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(has(*byte)))
    }

    #[test]
    fn each_byte_is_answered_by_its_own_bit() {
        for first in 0..=255_u8 {
            let bytes = core::array::from_fn(|n| {
                first.wrapping_add(u8::try_from(n).expect("small").wrapping_mul(37))
            });
            let lane = Lane::new(&bytes);
            assert_eq!(lane.is(first).bits(), bits(&bytes, |byte| byte == first));
            for (from, to) in [(b'0', b'9'), (0, 0x1f), (0x7f, 0xff), (5, 5)] {
                let within = bits(&bytes, |byte| (from..=to).contains(&byte));
                assert_eq!(lane.within(from, to).bits(), within);
            }
            let letters = bits(&bytes, |byte| byte.is_ascii_alphabetic());
            assert_eq!(lane.lower().within(b'a', b'z').bits(), letters);
            assert_eq!(lane.any().bits(), bits(&bytes, |byte| byte != 0));
            assert_eq!(lane.bit::<0>(), bits(&bytes, |byte| byte & 0x80 != 0));
            assert_eq!(lane.bit::<6>(), bits(&bytes, |byte| byte & 2 != 0));
        }
    }
}
