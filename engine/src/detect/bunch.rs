//! Works out which detectors are looked for together: those of which few texts are let through that
//! none of them would take alone. For the compiler; a scan only uses what came of it, and finds the
//! same whatever it is.

use super::automaton::Automaton;
use super::shape::{KINDS, Shape, kind};
use super::sift::HALF;
use crate::model::{Detector, Trigger};
use alloc::vec::Vec;

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
const TRIGGERS: [u64; Trigger::ALL.len()] = [200, 50, 3, 10, 100, 500, 2, 1, 1, 3, 1, 1];

/// How often texts go on so.
struct Odds {
    /// By byte.
    exact: [u16; 128],
}

impl Odds {
    fn new() -> Self {
        let mut counts = [0_u16; KINDS];
        let kinds = || (0..128_u8).map(|byte| usize::from(kind(byte)));
        for kind in kinds() {
            if let Some(count) = counts.get_mut(kind) {
                *count += 1;
            }
        }
        let mut exact = [0; 128];
        for (slot, kind) in exact.iter_mut().zip(kinds()) {
            let weight = WEIGHTS.get(kind).copied().unwrap_or(0);
            *slot = weight / counts.get(kind).copied().unwrap_or(1).max(1);
        }
        Self { exact }
    }

    /// How many texts some detectors let through.
    fn of(&self, shape: &Shape) -> u64 {
        let weight = |has: &dyn Fn(usize) -> bool, weights: &[u16]| -> u64 {
            let held = weights.iter().enumerate().filter(|(n, _)| has(*n));
            held.map(|(_, weight)| u64::from(*weight)).sum::<u64>().clamp(1, ALL)
        };
        let held = TRIGGERS.iter().enumerate().filter(|(n, _)| shape.triggers >> n & 1 == 1);
        let begins: u64 = held.map(|(_, weight)| weight).sum();
        let mut odds = begins << 30;
        for bits in &shape.exact {
            odds = odds * weight(&|n| bits >> n & 1 == 1, &self.exact) / ALL;
        }
        for bits in &shape.further {
            odds = odds * weight(&|n| bits >> n & 1 == 1, &WEIGHTS) / ALL;
        }
        let beyond = if shape.lengths >> LENGTHS.len() == 0 { 0 } else { 40 };
        let lengths = weight(&|n| shape.lengths >> n & 1 == 1, &LENGTHS) + beyond;
        odds * lengths / ALL
    }
}

/// The bunch of each detector, below [`HALF`], with its automaton.
#[must_use]
pub fn bunches(detectors: &[(&Detector, Automaton<'_>)]) -> Vec<u8> {
    let mut bunches = alloc::vec![0; detectors.len()];
    let shape =
        |(detector, automaton): &(&Detector, Automaton<'_>)| Shape::of(detector, *automaton);
    let shapes: Vec<Shape> = detectors.iter().map(shape).collect();
    let odds = Odds::new();
    for asks in [false, true] {
        let all = detectors.iter().zip(&shapes).enumerate();
        let half = all.filter(|(_, ((detector, _), _))| detector.context.is_some() == asks);
        let groups = groups(half.map(|(n, (_, shape))| (n, shape)).collect(), &odds);
        for (bunch, group) in (0..).zip(groups) {
            for n in group {
                if let Some(slot) = bunches.get_mut(n) {
                    *slot = bunch;
                }
            }
        }
    }
    bunches
}

/// At most [`HALF`] groups.
fn groups(known: Vec<(usize, &Shape)>, odds: &Odds) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = known.iter().map(|(n, _)| Vec::from([*n])).collect();
    if groups.len() <= HALF {
        return groups;
    }
    let mut shapes: Vec<Shape> = known.into_iter().map(|(_, shape)| shape.clone()).collect();
    let mut own: Vec<u64> = shapes.iter().map(|shape| odds.of(shape)).collect();
    let dearer = |shapes: &[Shape], own: &[u64], one: usize, other: usize| {
        let (Some(a), Some(b)) = (shapes.get(one), shapes.get(other)) else { return u64::MAX };
        let apart = own.get(one).copied().unwrap_or(0) + own.get(other).copied().unwrap_or(0);
        odds.of(&a.with(b)).saturating_sub(apart)
    };
    // Of each group, the one behind it that it goes with best.
    let best = |shapes: &[Shape], own: &[u64], one: usize| {
        let others = (one + 1)..shapes.len();
        others.map(|other| (dearer(shapes, own, one, other), other)).min()
    };
    let mut bests: Vec<Option<(u64, usize)>> =
        (0..shapes.len()).map(|one| best(&shapes, &own, one)).collect();
    while groups.len() > HALF {
        let pairs = bests.iter().enumerate().filter_map(|(one, best)| Some((best.as_ref()?, one)));
        let Some(((_, other), one)) = pairs.min() else { break };
        let (one, other) = (one, *other);
        let (taken, shape) = (groups.swap_remove(other), shapes.swap_remove(other));
        own.swap_remove(other);
        bests.swap_remove(other);
        if let (Some(group), Some(slot)) = (groups.get_mut(one), shapes.get_mut(one)) {
            group.extend(taken);
            *slot = slot.with(&shape);
        }
        if let (Some(slot), Some(shape)) = (own.get_mut(one), shapes.get(one)) {
            *slot = odds.of(shape);
        }
        // What pointed to one of these, or to what was moved, looks again; others may go better
        // with the joined one.
        let last = groups.len();
        for n in 0..groups.len() {
            let is_stale = n == one
                || n == other
                || bests
                    .get(n)
                    .copied()
                    .flatten()
                    .is_some_and(|(_, to)| to == one || to == other || to >= last);
            let fresh = match is_stale {
                true => best(&shapes, &own, n),
                false => {
                    let old = bests.get(n).copied().flatten();
                    let joined = [one, other]
                        .into_iter()
                        .filter(|to| *to > n && *to < last)
                        .map(|to| (dearer(&shapes, &own, n, to), to));
                    joined.chain(old).min()
                }
            };
            if let Some(slot) = bests.get_mut(n) {
                *slot = fresh;
            }
        }
    }
    groups
}
