//! What 64 bytes are, one bit each, and which triggers hold at each of them.
//! Looks at the 64 bytes before and behind, and no further; where that is too short to tell, a
//! trigger holds.

use super::beginnings::Beginnings;
use super::simd::Block;
use super::trigger;
use crate::model::Trigger;

/// What the bytes of a block are, one bit each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planes {
    digits: u64,
    letters: u64,
    /// What may stand in a long word, and some more.
    long: u64,
    /// Capitals and `<`.
    capitals: u64,
    spaces: u64,
    /// The bytes of `ENDS`.
    ends: u64,
    /// Other bytes that detectors begin with.
    others: u64,
    /// Bytes that detectors begin with that begin at `Begin`.
    starters: u64,
    colons: u64,
    slashes: u64,
    hyphens: u64,
    /// `.`, and some more where there are no digits.
    dots: u64,
    tildes: u64,
    /// `=`, `:` and `>`.
    operators: u64,
    /// What may stand between an operator and a value: spaces, quotes, a backslash; and some more.
    between: u64,
    /// Whether there is anything but plain text.
    has_signs: bool,
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
}

/// 64 bits and the 64 behind them.
#[inline]
fn wide(now: u64, next: u64) -> u128 {
    u128::from(now) | u128::from(next) << 64
}

/// The positions from which on `COUNT` bits are set, as far as they are seen.
#[inline]
fn run<const COUNT: usize>(bits: u128) -> u128 {
    let mut run = bits;
    let mut length = 1;
    while length * 2 <= COUNT {
        run &= run >> length;
        length *= 2;
    }
    if length < COUNT {
        run &= run >> (COUNT - length);
    }
    run
}

/// The positions with a bit set among the `COUNT` from there on.
#[inline]
fn soon<const COUNT: usize>(bits: u128) -> u128 {
    !run::<COUNT>(!bits)
}

#[inline]
fn low(bits: u128) -> u64 {
    u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX)
}

/// The low positions from which bytes of a class lead on to one of some positions, among 32.
fn before_all(positions: u128, class: u128) -> u64 {
    let (mut reached, mut class, mut length) = (positions, class, 1);
    while length < 32 {
        reached |= reached >> length & class;
        class &= class >> length;
        length *= 2;
    }
    low(reached)
}

/// The bits moved up by `N`, with those of the block before.
#[inline]
fn up<const N: u32>(before: u64, now: u64) -> u64 {
    now << N | before >> (64 - N)
}

/// Positions behind an operator, with at most four characters between.
fn assigned(before: &Planes, now: &Planes) -> u64 {
    let operators = wide(before.operators, now.operators);
    if operators == 0 {
        return 0;
    }
    let between = wide(before.between, now.between);
    let mut behind = operators << 1;
    let mut all = behind;
    for _ in 0..4 {
        behind = (behind & between) << 1;
        all |= behind;
    }
    low(all >> 64)
}

/// The triggers that hold at 64 positions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    /// In the order of their numbers.
    pub(super) often: [u64; Trigger::OFTEN],
    /// The same of the others.
    rare: [u64; Trigger::ALL.len() - Trigger::OFTEN],
    pub(super) any_rare: u64,
    /// Positions that are none within a word.
    begins: u64,
}

impl Row {
    /// The first `length` of the 64 positions in the middle of three blocks.
    #[inline]
    pub(crate) fn new(planes: [&Planes; 3], length: usize, wanted: &Beginnings) -> Self {
        let [before, now, next] = planes;
        let words = now.words();
        let within = words & (words << 1 | before.words() >> 63);
        let missing = u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n));
        let seen = !missing.unwrap_or(0);
        let begins = !within & seen;
        let firsts = begins & (words | now.others);
        let mut row = Self { begins, ..Self::default() };
        let [in_digits, in_long, in_capitals, in_begin, in_assigned] = &mut row.often;
        if wanted.has(Trigger::Digit) && now.digits | next.digits != 0 {
            let digits = wide(now.digits, next.digits);
            let near = low(soon::<{ trigger::DIGIT_NEAR }>(digits));
            let soon = low(soon::<{ trigger::DIGIT_SOON }>(digits));
            let signs = |planes: &Planes| planes.dots | planes.hyphens;
            let joined = up::<1>(signs(before), signs(now)) & up::<2>(before.digits, now.digits);
            let loose = now.digits & if wanted.joins() { u64::MAX } else { !joined };
            *in_digits = firsts & (loose | near & !now.digits | now.capitals & soon);
        }
        if wanted.has(Trigger::Long) {
            let long = wide(now.long, next.long);
            let signs = |planes: &Planes| planes.dots | planes.hyphens;
            let joined = up::<1>(signs(before), signs(now)) & up::<2>(before.digits, now.digits);
            let joined = if wanted.joins() { 0 } else { joined & now.digits };
            *in_long = firsts & !joined & low(run::<{ trigger::LONG_WORD }>(long));
        }
        let capitals = begins & now.capitals;
        if capitals != 0 && wanted.has(Trigger::Capitals) {
            let of = |planes: &Planes| planes.capitals | planes.digits | planes.spaces;
            let bytes = wide(of(now), of(next));
            if capitals & low(bytes >> 1) != 0 {
                *in_capitals = capitals & low(run::<{ trigger::CAPITALS }>(bytes));
            }
        }
        if wanted.has(Trigger::Begin) {
            *in_begin = match begins & now.starters {
                starters if starters & now.letters != 0 && wanted.begins_long() => {
                    let words = wide(words, next.words());
                    starters & (!now.letters | low(run::<{ trigger::BEGIN_WORD }>(words)))
                }
                starters => starters,
            };
        }
        if wanted.has(Trigger::Assigned) {
            let long = wide(now.long, next.long);
            *in_assigned = match begins & assigned(before, now) {
                0 => 0,
                bits => bits & low(run::<{ trigger::ASSIGNED }>(long)),
            };
        }
        if now.has_signs | next.has_signs || wanted.has(Trigger::Pairs) {
            row.network(planes, wanted);
        }
        if wanted.has(Trigger::Anywhere) {
            row.add(Trigger::Anywhere, seen);
        }
        row
    }

    fn network(&mut self, [_, now, next]: [&Planes; 3], wanted: &Beginnings) {
        let begins = self.begins;
        let firsts = begins & (now.words() | now.others);
        let colons = wide(now.colons, next.colons);
        if wanted.has(Trigger::Pairs) {
            let signs = colons | wide(now.hyphens, next.hyphens);
            let dots = wide(now.dots, next.dots);
            let signs = signs | dots;
            let pairs = signs >> 2 & signs >> 5 & signs >> 8 | dots >> 4 & dots >> 9;
            self.add(Trigger::Pairs, firsts & low(pairs));
        }
        if wanted.has(Trigger::Dashes) && now.hyphens != 0 {
            let hyphens = wide(now.hyphens, next.hyphens);
            self.add(Trigger::Dashes, begins & low(run::<{ trigger::DASHES }>(hyphens)));
        }
        if wanted.has(Trigger::Tilde) && now.tildes | next.tildes != 0 {
            let soon = low(soon::<{ trigger::TILDE_SOON }>(wide(now.tildes, next.tildes)));
            self.add(Trigger::Tilde, begins & soon);
        }
        if wanted.has(Trigger::Scheme) && colons != 0 {
            let slashes = wide(now.slashes, next.slashes);
            let schemes = colons & slashes >> 1 & slashes >> 2;
            if schemes != 0 {
                let long = wide(now.long, next.long);
                self.add(Trigger::Scheme, firsts & before_all(schemes, long));
            }
        }
        if wanted.has(Trigger::Groups) && colons != 0 {
            let goes_on = |behind: u128| match behind {
                0 => 0,
                _ => colons & soon::<{ trigger::GROUP }>(behind >> 1),
            };
            let third = goes_on(goes_on(colons));
            let double = match colons & colons >> 1 {
                0 => 0,
                double => soon::<{ trigger::COLONS_SOON }>(double),
            };
            // PERF: there are three only in clocks and addresses.
            let sixth = if third == 0 { 0 } else { goes_on(goes_on(goes_on(third))) };
            let groups = double | soon::<{ trigger::GROUP }>(sixth);
            self.add(Trigger::Groups, begins & low(groups));
        }
    }

    /// Adds positions where a trigger holds that holds in few texts.
    pub(crate) fn add(&mut self, trigger: Trigger, bits: u64) {
        let at = trigger.index().and_then(|index| index.checked_sub(Trigger::OFTEN));
        if bits != 0
            && let Some(slot) = at.and_then(|at| self.rare.get_mut(at))
        {
            *slot |= bits;
            self.any_rare |= bits;
        }
    }

    /// Positions with any trigger.
    #[inline]
    pub(crate) fn any(&self) -> u64 {
        self.often.iter().fold(self.any_rare, |any, bits| any | bits)
    }

    /// The triggers of a position that hold in few texts, by their numbers.
    pub(crate) fn rare(&self, bit: u32) -> impl Iterator<Item = usize> + '_ {
        let held = move |(_, bits): &(usize, &u64)| **bits >> bit & 1 == 1;
        (Trigger::OFTEN..).zip(&self.rare).filter(held).map(|(n, _)| n)
    }
}
