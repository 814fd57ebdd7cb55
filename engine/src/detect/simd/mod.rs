//! Which of 64 bytes are of some class, as one bit each: 16 bytes at a time where the target has
//! vectors, byte by byte elsewhere. All say the same; the lowest bit is the first byte.
//! Only what a target always has is used, so that nothing is asked at run time.

mod classes;
#[cfg(any(
    test,
    not(any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(target_arch = "wasm32", target_feature = "simd128")
    ))
))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[expect(unsafe_code, reason = "compiled only for targets that always have these instructions")]
mod x86;

cfg_select! {
    all(target_arch = "x86_64", target_feature = "sse2") => { pub(crate) use x86::Pair; use x86::{Answer, Lane}; }
    all(target_arch = "wasm32", target_feature = "simd128") => { pub(crate) use wasm::Pair; use wasm::{Answer, Lane}; }
    _ => { pub(crate) use scalar::Pair; use scalar::{Answer, Lane}; }
}

pub(crate) use classes::{Classes, Set};
use core::ops::{BitAnd, BitOr, Not};

impl BitAnd for Pair {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl BitOr for Pair {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl Not for Pair {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self::not(self)
    }
}

/// Bytes that are looked at together.
pub(crate) const BLOCK_BYTES: usize = 64;

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

    /// What two tables both have, of the lower and of the higher half of each byte.
    #[inline(always)]
    fn look_up(&self, low: &[u8; 16], high: &[u8; 16]) -> Self {
        let (low, high) = (Lane::new(low), Lane::new(high));
        let [a, b, c, d] = self.0;
        let of = |lane: Lane| lane.classes(low, high);
        Self([of(a), of(b), of(c), of(d)])
    }

    /// The bytes of each class.
    #[inline(always)]
    pub(crate) fn classes(&self, classes: &Classes) -> [u64; 8] {
        let classes = self.look_up(&classes.low, &classes.high);
        [
            classes.gather(Lane::bit::<7>),
            classes.gather(Lane::bit::<6>),
            classes.gather(Lane::bit::<5>),
            classes.gather(Lane::bit::<4>),
            classes.gather(Lane::bit::<3>),
            classes.gather(Lane::bit::<2>),
            classes.gather(Lane::bit::<1>),
            classes.gather(Lane::bit::<0>),
        ]
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
        self.gather(Lane::bit::<2>)
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
        self.look_up(&set.low, &Set::HIGH).of(Lane::any)
    }

    /// The first bytes of characters outside ASCII.
    #[inline]
    pub(crate) fn leads(&self) -> u64 {
        self.of(|lane| lane.within(0xc0, 0xff))
    }

    /// Bytes of characters outside ASCII.
    #[inline]
    pub(crate) fn high(&self) -> u64 {
        self.gather(Lane::bit::<0>)
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

    /// Some classes with and without each half.
    fn halves() -> [[u16; 2]; 8] {
        core::array::from_fn(|n| {
            let n = u16::try_from(n).expect("small");
            [0x1357_u16.rotate_left(u32::from(n)), 0x9b_u16 << n]
        })
    }

    #[test]
    fn classes_are_of_pairs_of_halves() {
        let classes = Classes::new(halves());
        for first in 0..4_u8 {
            let bytes: [u8; BLOCK_BYTES] = core::array::from_fn(|n| {
                first.wrapping_mul(64).wrapping_add(u8::try_from(n).expect("small"))
            });
            let planes = Block::new(&bytes).classes(&classes);
            for (n, byte) in bytes.into_iter().enumerate() {
                for (plane, [low, high]) in planes.into_iter().zip(halves()) {
                    let has = low >> (byte % 16) & high >> (byte / 16) & 1 == 1;
                    assert_eq!(plane >> n & 1 == 1, has, "{byte}");
                }
            }
        }
    }

    #[test]
    fn vectors_say_what_single_bytes_say() {
        let classes = Classes::new(halves());
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
            assert_eq!(fast.bit::<0>(), plain.bit::<0>());
            assert_eq!(fast.bit::<2>(), plain.bit::<2>());
            assert_eq!(fast.bit::<7>(), plain.bit::<7>());
            let fast_classes = fast.classes(Lane::new(&classes.low), Lane::new(&classes.high));
            let (low, high) = (&classes.low, &classes.high);
            let plain_classes = plain.classes(scalar::Lane::new(low), scalar::Lane::new(high));
            assert_eq!(fast_classes.any().bits(), plain_classes.any().bits());
            assert_eq!(fast_classes.bit::<3>(), plain_classes.bit::<3>());
            let both = fast.is(first).or(fast.within(0x80, 0xff)).bits();
            assert_eq!(both, plain.is(first).or(plain.within(0x80, 0xff)).bits());
        }
    }

    #[test]
    fn pairs_do_the_same_to_both_rows() {
        let rows = [0x8000_0000_0000_0001_u64, 0x0123_4567_89ab_cdef, 0, u64::MAX, 1 << 40];
        for (one, other) in rows.into_iter().zip(rows.into_iter().cycle().skip(1)) {
            let (fast, plain) = (Pair::new(one, other), scalar::Pair::new(one, other));
            let (turned, swapped) = (Pair::new(other, one), scalar::Pair::new(other, one));
            assert_eq!(fast.rows(), [one, other]);
            assert_eq!((fast & turned).rows(), plain.and(swapped).rows());
            assert_eq!((fast | turned).rows(), plain.or(swapped).rows());
            assert_eq!((!fast).rows(), plain.not().rows());
            for by in 1..64 {
                assert_eq!(fast.up(by).rows(), plain.up(by).rows());
                assert_eq!(fast.down(by).rows(), plain.down(by).rows());
                assert_eq!(fast.up(by).any(), plain.up(by).any());
            }
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

    #[test]
    fn sets_have_ascii_only() {
        let bytes: [u8; BLOCK_BYTES] = core::array::from_fn(|n| u8::try_from(n * 4).expect("byte"));
        let set = Set::of(b"\0 @D\x84\xff|");
        for (n, byte) in bytes.into_iter().enumerate() {
            let has = Block::new(&bytes).among(&set) >> n & 1 == 1;
            assert_eq!(has, b"\0 @D|".contains(&byte), "{byte}");
        }
    }
}
