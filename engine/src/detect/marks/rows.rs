//! Which triggers hold at each of 64 positions, for two blocks at a time.
//! Looks at the 64 bytes before and behind, and no further; where that is too short to tell, a
//! trigger holds.

use super::beginnings::Beginnings;
use super::planes::Planes;
use crate::detect::simd::Pair;
use crate::detect::trigger;
use crate::model::Trigger;
use core::ops::{BitAnd, BitOr, Not};

/// The triggers that hold in few texts, in the order of their numbers.
pub(super) type Rare = [u64; Trigger::ALL.len() - Trigger::OFTEN];

/// The triggers that hold at 64 positions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// In the order of their numbers.
    pub(super) often: [u64; Trigger::OFTEN],
    /// The same of the others.
    pub(super) rare: Rare,
    pub(super) any_rare: u64,
}

impl Row {
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
}

/// Which of the triggers that hold in few texts hold at a position, one bit each.
pub(super) fn held(rare: &Rare, bit: usize) -> usize {
    rare.iter().rev().fold(0, |held, bits| held << 1 | usize::from(bits >> bit & 1 == 1))
}

/// Four blocks in a row of a text, of which the two in the middle are looked at.
#[derive(Clone, Copy)]
struct Four<'p>([&'p Planes; 4]);

impl Four<'_> {
    /// One plane of the two, and of those behind them.
    #[inline(always)]
    fn of(self, plane: impl Fn(&Planes) -> u64) -> Wide {
        let [_, one, other, last] = self.0;
        let other = plane(other);
        Wide { now: Pair::new(plane(one), other), next: Pair::new(other, plane(last)) }
    }

    /// One plane of the two moved up by `by`, with that of those before them.
    #[inline(always)]
    fn up(self, by: usize, plane: impl Fn(&Planes) -> u64) -> Pair {
        let [first, one, other, _] = self.0;
        let one = plane(one);
        let (before, now) = (Pair::new(plane(first), one), Pair::new(one, plane(other)));
        now.up(by) | before.down(64 - by)
    }
}

/// Two rows, and for each the one behind it.
#[derive(Clone, Copy)]
struct Wide {
    now: Pair,
    next: Pair,
}

impl Wide {
    /// The bits moved down by less than 64, with those behind.
    #[inline(always)]
    fn down(self, by: usize) -> Self {
        Self { now: self.now.down(by) | self.next.up(64 - by), next: self.next.down(by) }
    }

    /// The positions from which on `COUNT` bits are set, as far as they are seen.
    #[inline(always)]
    fn run<const COUNT: usize>(self) -> Self {
        let (mut run, mut length) = (self, 1);
        while length * 2 <= COUNT {
            run = run & run.down(length);
            length *= 2;
        }
        if length < COUNT { run & run.down(COUNT - length) } else { run }
    }

    /// The positions with a bit set among the `COUNT` from there on.
    #[inline(always)]
    fn soon<const COUNT: usize>(self) -> Self {
        !(!self).run::<COUNT>()
    }

    /// The positions from which bytes of a class lead on to one of these, among 32.
    fn before_all(self, class: Self) -> Self {
        let (mut reached, mut class, mut length) = (self, class, 1);
        while length < 32 {
            reached = reached | reached.down(length) & class;
            class = class & class.down(length);
            length *= 2;
        }
        reached
    }

    #[inline(always)]
    fn any(self) -> bool {
        self.now.any() || self.next.any()
    }
}

impl BitAnd for Wide {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self { now: self.now & other.now, next: self.next & other.next }
    }
}

impl BitOr for Wide {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self { now: self.now | other.now, next: self.next | other.next }
    }
}

impl Not for Wide {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self { now: !self.now, next: !self.next }
    }
}

/// Bits for all positions, or for none.
#[inline(always)]
fn all_if(holds: bool) -> Pair {
    let bits = if holds { u64::MAX } else { 0 };
    Pair::new(bits, bits)
}

/// The rows of the two blocks in the middle of four, each with as many positions as it has.
#[inline]
pub(crate) fn rows(planes: [&Planes; 4], lengths: [usize; 2], wanted: &Beginnings) -> [Row; 2] {
    let four = Four(planes);
    let mask = |trigger: Trigger| all_if(wanted.has(trigger));
    let [one, other] = lengths.map(|length| {
        !u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n)).unwrap_or(0)
    });
    let seen = Pair::new(one, other);
    let words = four.of(Planes::words);
    let begins = seen & !(words.now & four.up(1, Planes::words));
    let firsts = begins & (words.now | four.of(|planes| planes.others).now);
    let digits = four.of(|planes| planes.digits);
    let capitals = four.of(|planes| planes.capitals);
    let letters = four.of(|planes| planes.letters).now;
    let long = four.of(|planes| planes.long);
    let joined = four.up(1, Planes::joiners) & four.up(2, |planes| planes.digits);
    let joined = joined & digits.now & all_if(!wanted.joins());
    let near = digits.soon::<{ trigger::DIGIT_NEAR }>().now & !digits.now;
    let soon = digits.soon::<{ trigger::DIGIT_SOON }>().now & capitals.now;
    let in_digits = firsts & (digits.now & !joined | near | soon);
    let in_long = firsts & !joined & long.run::<{ trigger::LONG_WORD }>().now;
    let of_capitals = capitals | digits | four.of(|planes| planes.spaces);
    let in_capitals = begins & capitals.now & of_capitals.run::<{ trigger::CAPITALS }>().now;
    let long_words = words.run::<{ trigger::BEGIN_WORD }>().now | all_if(!wanted.begins_long());
    let starters = begins & four.of(|planes| planes.starters).now;
    let in_begin = starters & (!letters | long_words);
    let in_assigned = begins & assigned(four) & long.run::<{ trigger::ASSIGNED }>().now;
    let often = [
        (in_digits & mask(Trigger::Digit)).rows(),
        (in_long & mask(Trigger::Long)).rows(),
        (in_capitals & mask(Trigger::Capitals)).rows(),
        (in_begin & mask(Trigger::Begin)).rows(),
        (in_assigned & mask(Trigger::Assigned)).rows(),
    ];
    let mut rows = [Row::default(); 2];
    let [first, second] = &mut rows;
    for (n, [one, other]) in often.into_iter().enumerate() {
        if let (Some(a), Some(b)) = (first.often.get_mut(n), second.often.get_mut(n)) {
            (*a, *b) = (one, other);
        }
    }
    let places = Places { begins, firsts };
    if planes.iter().any(|planes| planes.has_signs) || wanted.has(Trigger::Pairs) {
        network(four, places, wanted, &mut rows);
    }
    if wanted.has(Trigger::Anywhere) {
        add(&mut rows, Trigger::Anywhere, seen);
    }
    rows
}

/// Positions behind an operator, with at most four characters between.
#[inline(always)]
fn assigned(four: Four<'_>) -> Pair {
    let operators = |by: usize| four.up(by, |planes| planes.operators);
    let between = |by: usize| four.up(by, |planes| planes.between);
    let one = between(1);
    let two = one & between(2);
    let three = two & between(3);
    let all = three & between(4);
    operators(1)
        | operators(2) & one
        | operators(3) & two
        | operators(4) & three
        | operators(5) & all
}

/// Where candidates may begin.
#[derive(Clone, Copy)]
struct Places {
    /// Not within a word.
    begins: Pair,
    /// Those of them at a word, or another byte that detectors begin with.
    firsts: Pair,
}

fn add(rows: &mut [Row; 2], trigger: Trigger, bits: Pair) {
    rows.iter_mut().zip(bits.rows()).for_each(|(row, bits)| row.add(trigger, bits));
}

/// Adds what addresses and the like begin with.
fn network(four: Four<'_>, places: Places, wanted: &Beginnings, rows: &mut [Row; 2]) {
    let Places { begins, firsts } = places;
    let colons = four.of(|planes| planes.colons);
    let hyphens = four.of(|planes| planes.hyphens);
    if wanted.has(Trigger::Pairs) {
        let dots = four.of(|planes| planes.dots);
        let signs = colons | hyphens | dots;
        let pairs = signs.down(2) & signs.down(5) & signs.down(8) | dots.down(4) & dots.down(9);
        add(rows, Trigger::Pairs, firsts & pairs.now);
    }
    if wanted.has(Trigger::Dashes) && hyphens.now.any() {
        add(rows, Trigger::Dashes, begins & hyphens.run::<{ trigger::DASHES }>().now);
    }
    let tildes = four.of(|planes| planes.tildes);
    if wanted.has(Trigger::Tilde) && tildes.any() {
        add(rows, Trigger::Tilde, begins & tildes.soon::<{ trigger::TILDE_SOON }>().now);
    }
    if !colons.any() {
        return;
    }
    if wanted.has(Trigger::Scheme) {
        let slashes = four.of(|planes| planes.slashes);
        let schemes = colons & slashes.down(1) & slashes.down(2);
        if schemes.any() {
            let reached = schemes.before_all(four.of(|planes| planes.long));
            add(rows, Trigger::Scheme, firsts & reached.now);
        }
    }
    if wanted.has(Trigger::Groups) {
        let goes_on = |behind: Wide| colons & behind.down(1).soon::<{ trigger::GROUP }>();
        let third = goes_on(goes_on(colons));
        let double = colons & colons.down(1);
        if double.any() {
            add(rows, Trigger::Groups, begins & double.soon::<{ trigger::COLONS_SOON }>().now);
        }
        // PERF: there are three only in clocks and addresses.
        if third.any() {
            let sixth = goes_on(goes_on(goes_on(third)));
            add(rows, Trigger::Groups, begins & sixth.soon::<{ trigger::GROUP }>().now);
        }
    }
}
