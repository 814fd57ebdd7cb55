//! One detector at one position: where a candidate ends, whether it stands alone, has the context
//! that it needs and passes its check. The same whatever led to the position.

use super::ContextSets;
use super::automaton::{Automaton, State};
use super::border::{Right, left_fits, right_fits};
use super::context::After;
use super::memory::Memory;
use super::pass::Pass;
use super::scan::offset;
use super::validate;
use crate::model::{Border, Detector, DetectorId};
use core::cell::Cell;

/// What came of one detector at one position.
pub(super) enum Outcome {
    Nothing,
    /// Bytes are missing to decide it.
    Unknown,
    Proven {
        end: usize,
    },
    Commit {
        at: usize,
        state: State,
    },
}

/// The detectors of a set, in order.
pub(super) struct Ids<'b> {
    bits: &'b [u64],
    word: usize,
    left: u64,
}

impl<'b> Ids<'b> {
    pub(super) fn new(bits: &'b [u64]) -> Self {
        Self { bits, word: 0, left: bits.first().copied().unwrap_or(0) }
    }
}

impl Iterator for Ids<'_> {
    type Item = DetectorId;

    fn next(&mut self) -> Option<DetectorId> {
        while self.left == 0 {
            self.word += 1;
            self.left = *self.bits.get(self.word)?;
        }
        let bit = usize::try_from(self.left.trailing_zeros()).ok()?;
        self.left &= self.left - 1;
        u16::try_from(self.word * 64 + bit).ok().map(DetectorId)
    }
}

/// Whether a candidate has the context that its detector asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Has,
    Lacks,
    /// Bytes are missing to tell.
    Unknown,
}

/// The context of one position, looked for when a detector asks.
#[derive(Default)]
pub(super) struct Near {
    before: Cell<Option<ContextSets>>,
    /// What stands behind an end.
    after: Cell<Option<(usize, After)>>,
}

/// One detector at one position.
pub(super) struct Run<'r> {
    pub(super) near: &'r Near,
    pub(super) pass: &'r Pass<'r>,
    pub(super) detector: &'r Detector,
    pub(super) automaton: Automaton<'r>,
    pub(super) start: usize,
    /// Nothing at or behind this belongs to a candidate.
    pub(super) wall: usize,
    /// Whether nothing more can come before the wall.
    pub(super) firm: bool,
}

/// The last ends at which a candidate could be whole.
#[derive(Default)]
struct Ends {
    ends: [usize; 8],
    count: usize,
}

impl Ends {
    fn add(&mut self, end: usize) {
        if let Some(slot) = self.ends.get_mut(self.count % 8) {
            *slot = end;
        }
        self.count += 1;
    }

    /// The longest first.
    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let first = self.count.saturating_sub(8);
        (first..self.count).rev().filter_map(|n| self.ends.get(n % 8).copied())
    }
}

impl Run<'_> {
    pub(super) fn outcome(&self, memory: &mut Memory) -> Outcome {
        let text = self.pass.text.bytes;
        let barrier = memory.barrier.saturating_sub(self.pass.base);
        let barrier = usize::try_from(barrier).unwrap_or(usize::MAX);
        let inside = barrier > self.start;
        // What lies before the last candidate may be a replacement in a second pass.
        let floor = if inside { 0 } else { barrier };
        if !left_fits(self.detector.left, text, floor, self.start) {
            return Outcome::Nothing;
        }
        let limit = self.start + usize::from(self.detector.bytes_max);
        let least = usize::from(self.detector.bytes_min);
        let mut ends = Ends::default();
        let reachable = text.get(self.start..limit.min(self.wall)).unwrap_or_default();
        let (state, length, is_dead) = self.automaton.read(reachable, |length| {
            if length >= least && self.may_end(self.start + length) {
                ends.add(self.start + length);
            }
        });
        let at = self.start + length;
        memory.steps += offset(length) + u64::from(is_dead);
        if !is_dead {
            if at == limit {
                if self.commits(memory, limit) {
                    return Outcome::Commit { at, state };
                }
            } else if !self.firm {
                return Outcome::Unknown;
            }
        }
        for end in ends.iter() {
            match right_fits(self.detector.right, text, end, self.pass.text.ended) {
                Right::Part => continue,
                Right::Unknown => return Outcome::Unknown,
                Right::Fits if self.ends_at_replacement(end) => {
                    if self.firm {
                        continue;
                    }
                    return Outcome::Unknown;
                }
                Right::Fits => {}
            }
            // PERF: context is looked for once for all detectors, and some checks are dear.
            let context = self.context(if inside { self.start } else { barrier }, end);
            if context == Context::Lacks {
                continue;
            }
            let seen = text.get(floor..).unwrap_or_default();
            let (start, stop) = (self.start - floor, end - floor);
            if validate::accept(self.detector.validator, seen, start, stop) {
                return match context {
                    Context::Unknown => Outcome::Unknown,
                    Context::Has | Context::Lacks => Outcome::Proven { end },
                };
            }
        }
        Outcome::Nothing
    }

    /// Whether a word that ends beyond ASCII has a replacement behind it: the letters and digits that
    /// were replaced made it part of something longer, and no border of theirs minded it.
    fn ends_at_replacement(&self, end: usize) -> bool {
        let text = self.pass.text.bytes;
        let last = end.checked_sub(1).and_then(|last| text.get(last));
        self.detector.right == Border::Letters
            && end == self.wall
            && end < text.len()
            && last.is_some_and(|byte| !byte.is_ascii())
    }

    /// Whether the byte at `end`, as far as it is there, lets a candidate end. Keeps ends in the
    /// middle of a word from pushing better ones out.
    #[inline]
    fn may_end(&self, end: usize) -> bool {
        let border = self.detector.right;
        let is_within = |byte: &u8| byte.is_ascii_alphanumeric();
        if border != Border::None && self.pass.text.bytes.get(end).is_some_and(is_within) {
            return false;
        }
        right_fits(border, self.pass.text.bytes, end, false) != Right::Part
    }

    fn commits(&self, memory: &Memory, limit: usize) -> bool {
        let prefix = self.pass.text.bytes.get(self.start..limit).unwrap_or_default();
        // Two committed candidates never lie over each other: JWT and PEM share no text that long.
        self.detector.commits
            && memory.commit_end < self.pass.base + offset(limit)
            && validate::begins(self.detector.validator, prefix)
    }

    /// Whether a candidate that ends at `end` has the context that it needs.
    fn context(&self, floor: usize, end: usize) -> Context {
        let Some(set) = self.detector.context else { return Context::Has };
        let has = |sets: ContextSets| sets >> (set % 128) & 1 == 1;
        let words = self.pass.detection.words();
        let text = self.pass.text.bytes;
        let before = self.near.before.get().unwrap_or_else(|| {
            let sets = self.pass.text.place_context | words.before(text, floor, self.start);
            self.near.before.set(Some(sets));
            sets
        });
        if has(before) {
            return Context::Has;
        }
        let after = match self.near.after.get() {
            Some((known, after)) if known == end => after,
            _ => {
                let after = words.after(text, end, self.wall, !self.firm);
                self.near.after.set(Some((end, after)));
                after
            }
        };
        match after {
            After::Sets(sets) if has(sets) => Context::Has,
            After::Sets(_) => Context::Lacks,
            After::Unknown => Context::Unknown,
        }
    }
}
