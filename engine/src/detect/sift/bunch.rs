//! Works out which detectors are looked for together: those of which few texts are let through that
//! none of them would take alone. For the compiler; a scan only uses what came of it, and finds the
//! same whatever it is.

use super::HALF;
use super::shape::{KINDS, Shape, Shapes, kind};
use crate::detect::automaton::Automaton;
use crate::detect::bits::halves;
use crate::model::{Detector, Trigger};
use alloc::vec::Vec;

/// The bunch of each detector, with its automaton: a number below 64, counted apart for those that
/// ask for words nearby and those that do not.
#[must_use]
pub fn bunches(detectors: &[(&Detector, Automaton<'_>)]) -> Vec<u8> {
    let mut bunches = alloc::vec![0; detectors.len()];
    let mut known = Shapes::default();
    let shapes = detectors.iter().map(|(detector, automaton)| known.of(detector, *automaton));
    let shapes: Vec<Shape> = shapes.collect();
    let odds = Odds::new();
    for asks in [false, true] {
        let all = detectors.iter().zip(&shapes).enumerate();
        let half = all.filter(|(_, ((detector, _), _))| detector.context.is_some() == asks);
        let mut groups = Groups::new(half.map(|(n, (_, shape))| (n, shape)), &odds);
        groups.join_all();
        for (bunch, group) in (0..).zip(groups.list) {
            for n in group.members {
                if let Some(slot) = bunches.get_mut(n) {
                    *slot = bunch;
                }
            }
        }
    }
    bunches
}

/// Detectors that are looked for together.
struct Group {
    members: Vec<usize>,
    shape: Shape,
    /// How many texts they let through.
    odds: u64,
    /// The group behind this one that it goes with best, after what that costs.
    best: Option<(u64, usize)>,
}

/// All groups of one half.
struct Groups<'o> {
    list: Vec<Group>,
    odds: &'o Odds,
}

impl<'o> Groups<'o> {
    /// Each for itself.
    fn new<'s>(known: impl Iterator<Item = (usize, &'s Shape)>, odds: &'o Odds) -> Self {
        let group = |(n, shape): (usize, &Shape)| Group {
            members: Vec::from([n]),
            shape: shape.clone(),
            odds: odds.of(shape),
            best: None,
        };
        Self { list: known.map(group).collect(), odds }
    }

    /// Joins those that go together best, until at most [`HALF`] are left.
    fn join_all(&mut self) {
        if self.list.len() <= HALF {
            return;
        }
        for n in 0..self.list.len() {
            self.point(n, self.best(n));
        }
        while self.list.len() > HALF {
            let groups = self.list.iter().enumerate();
            let pairs = groups.filter_map(|(one, group)| Some((group.best?, one)));
            let Some(((_, other), one)) = pairs.min() else { return };
            self.join(one, other);
            for n in 0..self.list.len() {
                self.point(n, self.best_after(n, one, other));
            }
        }
    }

    /// Adds a group to one before it; the last takes its place.
    fn join(&mut self, one: usize, other: usize) {
        let taken = self.list.swap_remove(other);
        if let Some(group) = self.list.get_mut(one) {
            group.members.extend(taken.members);
            group.shape = group.shape.with(&taken.shape);
            group.odds = self.odds.of(&group.shape);
        }
    }

    fn point(&mut self, n: usize, best: Option<(u64, usize)>) {
        if let Some(group) = self.list.get_mut(n) {
            group.best = best;
        }
    }

    /// What the best of a group is after two were joined. Looks again at all behind it if it pointed
    /// to one of these, or to what was moved; else only these may go better with it.
    fn best_after(&self, n: usize, one: usize, other: usize) -> Option<(u64, usize)> {
        let old = self.list.get(n)?.best;
        let last = self.list.len();
        let is_stale = |(_, to)| to == one || to == other || to >= last;
        if n == one || n == other || old.is_some_and(is_stale) {
            return self.best(n);
        }
        let changed = [one, other].into_iter().filter(|to| *to > n);
        changed.filter_map(|to| self.pair(n, to)).chain(old).min()
    }

    /// The group behind one that it goes with best.
    fn best(&self, n: usize) -> Option<(u64, usize)> {
        (n + 1..self.list.len()).filter_map(|to| self.pair(n, to)).min()
    }

    /// How many texts more two let through together than apart.
    fn pair(&self, n: usize, to: usize) -> Option<(u64, usize)> {
        let (a, b) = (self.list.get(n)?, self.list.get(to)?);
        let together = self.odds.of(&a.shape.with(&b.shape));
        Some((together.saturating_sub(a.odds + b.odds), to))
    }
}

/// What takes everything, in the units of weights.
const ALL: u64 = 1 << 10;

/// Weights of kinds of bytes behind the first few: how often they stand in texts in which there is
/// something to look at, roughly.
const WEIGHTS: [u16; KINDS] = [
    30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 60, 120, 240, 70, 40, 40, 10, 30, 3, 20, 3, 5, 3,
    40, 6, 20, 15, 10, 20, 0, 10,
];

/// Weights of lengths of words, the same way.
const LENGTHS: [u16; 20] =
    [100, 100, 150, 100, 130, 80, 80, 60, 60, 30, 30, 30, 30, 10, 10, 10, 10, 10, 10, 10];

/// Weights of triggers, the same way.
const TRIGGERS: [u16; Trigger::ALL.len()] = [200, 50, 3, 10, 100, 500, 2, 1, 1, 3, 1, 1];

/// How often texts go on so.
struct Odds {
    /// By byte of ASCII, in two halves.
    exact: [Weights; 2],
    kinds: Weights,
    lengths: Weights,
    triggers: Weights,
}

impl Odds {
    fn new() -> Self {
        // Bytes of a kind are taken for equally frequent.
        let exact = |byte: u8| {
            let alike = (0..128).filter(|other| kind(*other) == kind(byte)).count();
            let weight = WEIGHTS.get(usize::from(kind(byte))).copied().unwrap_or(0);
            weight / u16::try_from(alike.max(1)).unwrap_or(1)
        };
        Self {
            exact: [Weights::new((0..64).map(exact)), Weights::new((64..128).map(exact))],
            kinds: Weights::new(WEIGHTS.into_iter()),
            lengths: Weights::new(LENGTHS.into_iter()),
            triggers: Weights::new(TRIGGERS.into_iter()),
        }
    }

    /// How many texts some detectors let through.
    fn of(&self, shape: &Shape) -> u64 {
        let [first, second] = &self.exact;
        let exact = shape.exact.iter().map(|bytes| {
            let [low, high] = halves(*bytes);
            first.of(low) + second.of(high)
        });
        let further = shape.further.iter().map(|kinds| self.kinds.of(u64::from(*kinds)));
        let begins = self.triggers.of(u64::from(shape.triggers)) << 30;
        let odds = exact.chain(further).fold(begins, |odds, held| odds * held.clamp(1, ALL) / ALL);
        let beyond = if shape.lengths >> LENGTHS.len() == 0 { 0 } else { 40 };
        let [lengths, _] = halves(shape.lengths);
        odds * (self.lengths.of(lengths).clamp(1, ALL) + beyond) / ALL
    }
}

/// The weights of up to 64 numbers, each below 512: by bit, the numbers whose weight has it.
#[derive(Clone, Copy)]
struct Weights([u64; 9]);

impl Weights {
    fn new(weights: impl Iterator<Item = u16>) -> Self {
        let mut planes = [0; 9];
        for (n, weight) in weights.enumerate() {
            for (bit, plane) in planes.iter_mut().enumerate() {
                *plane |= u64::from(weight >> bit & 1) << n;
            }
        }
        Self(planes)
    }

    /// The weights of some numbers together.
    // PERF: number by number, bunching takes nearly ten times the instructions.
    #[inline]
    fn of(&self, numbers: u64) -> u64 {
        let planes = self.0.iter().rev();
        planes.fold(0, |sum, plane| (sum << 1) + u64::from((plane & numbers).count_ones()))
    }
}
