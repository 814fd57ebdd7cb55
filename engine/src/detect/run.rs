//! One detector at one position: where a candidate ends, whether it stands alone, has the context
//! that it needs and passes its check. The same whatever led to the position.

use super::ContextSets;
use super::automaton::{Automaton, State};
use super::border::{Right, goes_on_replaced, left_fits, right_fits};
use super::memory::Memory;
use super::pass::{Pass, Place};
use super::scan::offset;
use super::trail::{Ends, SHORT_BYTES_MAX, STRIDE, Trail, Trails, Tries};
use super::validate;
use super::words::context::After;
use crate::model::{Border, Detector, DetectorId};
use core::cell::Cell;
use core::ops::Range;

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

/// What the last detector read at a position.
#[derive(Default)]
pub(super) struct Reading {
    /// The same for all that would read the same: automaton, right border, least and most bytes.
    by: Option<(u16, Border, u16, u16)>,
    read: Read,
    ends: Ends,
}

/// How far an automaton read.
#[derive(Clone, Copy, Default)]
struct Read {
    /// The last state but the dead one.
    state: State,
    /// The first byte that was not taken.
    at: usize,
    /// Whether that byte led nowhere.
    is_dead: bool,
    /// How many bytes needed no reading.
    skipped: usize,
}

impl Reading {
    /// Nothing was read: the position is another.
    pub(super) fn forget(&mut self) {
        self.by = None;
    }
}

impl Near {
    fn is_known(&self) -> bool {
        self.before.get().is_some()
    }
}

/// One detector at one position.
pub(super) struct Run<'r> {
    pub(super) near: &'r Near,
    pub(super) pass: &'r Pass<'r>,
    pub(super) id: DetectorId,
    pub(super) detector: &'r Detector,
    pub(super) place: Place,
}

impl Run<'_> {
    pub(super) fn outcome(
        &self,
        memory: &mut Memory,
        reading: &mut Reading,
        mut trails: Option<&mut Trails>,
    ) -> Outcome {
        let text = self.pass.text.bytes;
        let start = self.place.at;
        let barrier = memory.barrier.saturating_sub(self.pass.base);
        let barrier = usize::try_from(barrier).unwrap_or(usize::MAX);
        let inside = barrier > self.place.at;
        // What lies before the last candidate may be a replacement in a second pass.
        let floor = if inside { 0 } else { barrier };
        let known = self.place.left_fits;
        if !known && !left_fits(self.detector.left, text, floor, start) {
            return Outcome::Nothing;
        }
        let limit = start + usize::from(self.detector.bytes_max);
        if trails.as_deref_mut().is_some_and(|trails| self.lacks_needed(limit, trails)) {
            return Outcome::Nothing;
        }
        let Some(read) = self.read_once(limit, reading, trails) else { return Outcome::Nothing };
        let Read { state, at, is_dead, skipped } = read;
        memory.steps += offset(at - start - skipped) + u64::from(is_dead);
        if !is_dead {
            if at == limit {
                if self.commits(memory, limit) {
                    return Outcome::Commit { at, state };
                }
            } else if !self.place.firm {
                return Outcome::Unknown;
            }
        }
        let mut tries = Tries::new();
        while let Some(end) = reading.ends.next(&mut tries) {
            match right_fits(self.detector.right, text, end, self.pass.text.ended) {
                Right::Part => continue,
                Right::Unknown => return Outcome::Unknown,
                Right::Fits if self.ends_at_replacement(end) => {
                    if self.place.firm {
                        continue;
                    }
                    return Outcome::Unknown;
                }
                Right::Fits => {}
            }
            let accepts = || {
                let seen = text.get(floor..).unwrap_or_default();
                validate::accept(self.detector.validator, seen, start - floor, end - floor)
            };
            let refused = || validate::refused_from(self.detector.validator, text, start, end);
            // PERF: context is looked for once for all detectors; until then a check costs less.
            let is_early = self.detector.context.is_some() && !self.near.is_known();
            if is_early && !accepts() {
                tries.leave_from(refused());
                continue;
            }
            let context = self.context(if inside { start } else { barrier }, end);
            if context == Context::Lacks {
                continue;
            }
            if !is_early && !accepts() {
                tries.leave_from(refused());
                continue;
            }
            return match context {
                Context::Unknown => Outcome::Unknown,
                Context::Has | Context::Lacks => Outcome::Proven { end },
            };
        }
        Outcome::Nothing
    }

    /// Whether a byte is nowhere near without which no candidate is accepted.
    #[inline]
    fn lacks_needed(&self, limit: usize, trails: &mut Trails) -> bool {
        let Some(byte) = validate::needed(self.detector.validator) else { return false };
        let Place { at, wall, firm, .. } = self.place;
        // It may still come.
        if limit > wall && !firm {
            return false;
        }
        trails.find(byte, self.pass.text.bytes, at) >= limit.min(wall)
    }

    /// Reads up to a limit or the wall, but what another detector has read here.
    #[inline]
    fn read_once(
        &self,
        limit: usize,
        reading: &mut Reading,
        trails: Option<&mut Trails>,
    ) -> Option<Read> {
        let Detector { automaton, right, bytes_min, bytes_max, .. } = *self.detector;
        let by = Some((automaton, right, bytes_min, bytes_max));
        if reading.by == by {
            return Some(Read { skipped: reading.read.at - self.place.at, ..reading.read });
        }
        let automaton = self.pass.detection.automaton(self.detector)?;
        let (start, reach) = (self.place.at, limit.min(self.place.wall));
        let look = match &trails {
            Some(trails) if limit - start > SHORT_BYTES_MAX => trails.first_look(start),
            _ => reach,
        };
        reading.ends.clear(start);
        let first = start..look.min(reach);
        let mut read = self.read(&automaton, automaton.start(), first, &mut reading.ends);
        if !read.is_dead
            && look < reach
            && let Some(trails) = trails
        {
            read = self.read_on(&automaton, read.state, look..reach, &mut reading.ends, trails);
        }
        (reading.by, reading.read) = (by, read);
        Some(read)
    }

    /// Reads what lies between, as long as something may follow.
    #[inline]
    fn read(
        &self,
        automaton: &Automaton<'_>,
        from: State,
        bytes: Range<usize>,
        ends: &mut Ends,
    ) -> Read {
        let least = self.place.at + usize::from(self.detector.bytes_min);
        let text = self.pass.text.bytes;
        let skipped = 0;
        let (state, at, is_dead) = match self.detector.right {
            Border::None => automaton.read::<true>(from, text, bytes, |end| {
                if end >= least {
                    ends.add(end);
                }
            }),
            // Ends in the middle of a word would push better ones out.
            border => automaton.read::<false>(from, text, bytes, |end| {
                if end >= least && right_fits(border, text, end, false) != Right::Part {
                    ends.add(end);
                }
            }),
        };
        Read { state, at, is_dead, skipped }
    }

    /// Goes on with a long read, as one before did once both are in the same state at a place.
    // PERF: links within links are read once, not from each of their beginnings.
    #[inline(never)]
    fn read_on(
        &self,
        automaton: &Automaton<'_>,
        from: State,
        Range { start: begin, end: to }: Range<usize>,
        ends: &mut Ends,
        trails: &mut Trails,
    ) -> Read {
        let least = self.place.at + usize::from(self.detector.bytes_min);
        let mut trail = Trail::new(self.id, begin);
        let mut joined = None;
        let mut skipped = 0;
        let mut read = Read { state: from, at: begin, is_dead: false, skipped };
        while !read.is_dead && read.at < to {
            // INVARIANT: the other read began before this one and had the same wall, so that its
            // limit is not behind the one of this.
            if read.at.is_multiple_of(STRIDE) {
                trail.keep(read.at, read.state);
                if let Some((nth, known)) = trails.join(&mut trail, read.at, read.state) {
                    ends.join(&known, least.max(read.at + 1));
                    joined = Some(nth);
                    skipped += trail.end - read.at;
                    let Trail { state, end: at, is_dead, .. } = trail;
                    read = Read { state, at, is_dead, skipped };
                    continue;
                }
            }
            let next = ((read.at / STRIDE + 1) * STRIDE).min(to);
            read = self.read(automaton, read.state, read.at..next, ends);
        }
        (trail.end, trail.state, trail.is_dead) = (read.at, read.state, read.is_dead);
        trail.ends = *ends;
        // What is read again for little need not be known.
        if joined.is_some() || read.at - self.place.at >= SHORT_BYTES_MAX / 2 {
            trails.add(&trail, joined);
        }
        Read { skipped, ..read }
    }

    /// Whether a replacement stands behind that was, or began with, what goes on a candidate of this
    /// border: a first pass took it for part of something longer, so a second one does.
    fn ends_at_replacement(&self, end: usize) -> bool {
        let Place { wall, .. } = self.place;
        let text = self.pass.text.bytes;
        let Some(between) = text.get(end..wall).filter(|_| wall < text.len()) else { return false };
        let candidate = text.get(self.place.at..end).unwrap_or_default();
        goes_on_replaced(self.detector.right, candidate, between)
    }

    fn commits(&self, memory: &Memory, limit: usize) -> bool {
        let prefix = self.pass.text.bytes.get(self.place.at..limit).unwrap_or_default();
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
            let sets = self.pass.text.place_context | words.before(text, floor, self.place.at);
            self.near.before.set(Some(sets));
            sets
        });
        if has(before) {
            return Context::Has;
        }
        let after = match self.near.after.get() {
            Some((known, after)) if known == end => after,
            _ => {
                let after = words.after(text, end, self.place.wall, !self.place.firm);
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
