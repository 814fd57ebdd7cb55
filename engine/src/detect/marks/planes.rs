//! What 64 bytes are, one bit each.

use super::beginnings::Beginnings;
use crate::detect::simd::Block;
use crate::model::Trigger;

/// What the bytes of a block are, one bit each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planes {
    pub(crate) digits: u64,
    pub(crate) letters: u64,
    /// What may stand in a long word, and some more.
    pub(crate) long: u64,
    /// Capitals and `<`.
    pub(crate) capitals: u64,
    pub(crate) spaces: u64,
    /// The bytes of `ENDS`.
    ends: u64,
    /// Other bytes that detectors begin with.
    pub(crate) others: u64,
    /// Bytes that detectors begin with that begin at `Begin`.
    pub(crate) starters: u64,
    pub(crate) colons: u64,
    pub(crate) slashes: u64,
    pub(crate) hyphens: u64,
    /// `.`, and some more where there are no digits.
    pub(crate) dots: u64,
    pub(crate) tildes: u64,
    /// `=`, `:` and `>`.
    pub(crate) operators: u64,
    /// What may stand between an operator and a value: spaces, quotes, a backslash; and some more.
    pub(crate) between: u64,
    /// Whether there is anything but plain text.
    pub(crate) has_signs: bool,
}

/// Bytes that hardly any long candidate has in it.
pub(crate) const ENDS: [u8; 2] = [b' ', b'"'];

impl Planes {
    #[inline]
    pub(crate) fn of(block: &Block, wanted: &Beginnings) -> Self {
        let [digits, some, others, spaces, long, more, signs, starters] = wanted.classes(block);
        let letters = some | others;
        // PERF: in prose hardly a block has anything else.
        let has_signs = digits | letters | spaces | signs != u64::MAX || !wanted.is_plain();
        let starters = starters & letters;
        let mut planes = Self {
            digits,
            letters,
            long: digits | letters | long | more,
            capitals: letters & !block.are_small(),
            spaces,
            ends: spaces,
            starters: if wanted.starts_with_digits() { starters | digits } else { starters },
            dots: if digits == 0 { signs } else { signs & block.is(b'.') },
            between: spaces | signs,
            has_signs,
            ..Self::NOTHING
        };
        if has_signs {
            planes.add_signs(block, wanted);
        }
        planes
    }

    fn add_signs(&mut self, block: &Block, wanted: &Beginnings) {
        let any = |triggers: &[Trigger]| triggers.iter().any(|trigger| wanted.has(*trigger));
        self.others = wanted.others(block, self.words());
        let quotes = block.is(b'"');
        self.ends |= quotes;
        self.capitals |= block.is(b'<');
        if wanted.has(Trigger::Begin) {
            self.starters |= wanted.signs(block, self.words());
        }
        if any(&[Trigger::Groups, Trigger::Pairs, Trigger::Scheme, Trigger::Assigned]) {
            self.colons = block.is(b':');
        }
        if wanted.has(Trigger::Scheme) {
            self.slashes = block.is(b'/');
        }
        self.hyphens = block.is(b'-');
        if wanted.has(Trigger::Tilde) {
            self.tildes = block.is(b'~');
        }
        if wanted.has(Trigger::Assigned) {
            self.operators = self.colons | block.is_either(b'=', b'>');
            self.between |= quotes | block.is_either(b'`', b'\\');
        }
    }

    const fn all(bits: u64, has_signs: bool) -> Self {
        Self {
            digits: bits,
            letters: bits,
            long: bits,
            capitals: bits,
            spaces: bits,
            ends: bits,
            others: bits,
            starters: bits,
            colons: bits,
            slashes: bits,
            hyphens: bits,
            dots: bits,
            tildes: bits,
            operators: bits,
            between: bits,
            has_signs,
        }
    }

    /// What may follow the end of a text that has not ended: anything.
    pub(crate) const ANYTHING: Self = Self::all(u64::MAX, true);
    pub(crate) const NOTHING: Self = Self::all(0, false);

    /// Up to `length` bytes of this, then the other.
    pub(crate) fn until(self, length: usize, then: Self) -> Self {
        let mask = u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n)).unwrap_or(0);
        let join = |one: u64, other: u64| one & !mask | other & mask;
        Self {
            digits: join(self.digits, then.digits),
            letters: join(self.letters, then.letters),
            long: join(self.long, then.long),
            capitals: join(self.capitals, then.capitals),
            spaces: join(self.spaces, then.spaces),
            ends: join(self.ends, then.ends),
            others: join(self.others, then.others),
            starters: join(self.starters, then.starters),
            colons: join(self.colons, then.colons),
            slashes: join(self.slashes, then.slashes),
            hyphens: join(self.hyphens, then.hyphens),
            dots: join(self.dots, then.dots),
            tildes: join(self.tildes, then.tildes),
            operators: join(self.operators, then.operators),
            between: join(self.between, then.between),
            has_signs: self.has_signs | then.has_signs,
        }
    }

    /// The bytes of [`ENDS`].
    #[inline]
    pub(crate) fn ends(&self) -> u64 {
        self.ends
    }

    /// Letters and digits.
    #[inline]
    pub(crate) fn words(&self) -> u64 {
        self.digits | self.letters
    }

    /// What joins numbers.
    #[inline]
    pub(crate) fn joiners(&self) -> u64 {
        self.dots | self.hyphens
    }
}
