//! One pass over the undecided text of a value: from position to position at which something may
//! begin, and past replacements. Decides in order; what is decided is never taken back.

use super::Candidate;
use super::automaton::DEAD;
use super::border;
use super::memory::{Cover, Covers, Follow, Memory};
use super::replacement::{Replacement, replacement_at};
use super::run::{Ids, Near, Outcome, Reading, Run};
use super::scan::{Detection, offset};
use super::sift::{self, Bunches};
use super::trail::Trails;
use super::words::near::{Around, Nearby};
use super::{DetectorSet, Replacements, Text};
use crate::model::DetectorId;
use alloc::vec::Vec;

/// What is marked around a text, and where in it the text begins.
pub(super) struct Marked<'m> {
    pub(super) nearby: &'m mut Nearby,
    pub(super) around: Around<'m>,
    pub(super) at: usize,
}

/// The first position at or behind `at` and before `end` at which something may begin, and what.
#[inline(never)]
pub(super) fn next_marked(
    nearby: &mut Nearby,
    around: &Around<'_>,
    at: usize,
    end: usize,
) -> Option<(usize, Bunches)> {
    let mut between = around.marks.between(at, end);
    while let Some((found, bunches)) = around.marks.next(&mut between, around.text, around.sift) {
        if sift::free(bunches) != 0 || nearby.has_any(found, sift::asking(bunches), around) {
            return Some((found, bunches));
        }
    }
    None
}

/// The detectors that are looked for at a position.
enum Wanted {
    Nothing,
    One(DetectorId),
    Several(DetectorSet),
}

/// A position at which something may begin.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: usize,
    /// Nothing at or behind this belongs to a candidate.
    pub(super) wall: usize,
    /// Whether nothing more can come before the wall.
    pub(super) firm: bool,
    /// Whether left borders have been looked at.
    pub(super) left_fits: bool,
}

/// What was found at a position, before it counts.
struct Held<'h> {
    /// The context there.
    near: Near,
    reading: &'h mut Reading,
    // PERF: copied only where something is found.
    covers: Option<Covers>,
    barrier: u64,
    commit: Option<Follow>,
}

/// One call of a scan.
pub(super) struct Pass<'p> {
    pub(super) detection: &'p Detection,
    pub(super) text: Text<'p>,
    pub(super) active: &'p DetectorSet,
    /// Where anything may begin; `None` is everywhere.
    pub(super) marked: Option<Marked<'p>>,
    /// What is marked at the position that was found last.
    pub(super) marks_at: Option<(usize, Bunches)>,
    /// Offset of the first byte of the text in the value.
    pub(super) base: u64,
    /// Replacements in the undecided text, in order.
    pub(super) replacements: Vec<(usize, usize)>,
    /// Nothing is known from here on: the end of the text, or what may become a replacement.
    pub(super) horizon: usize,
    /// Whether bytes may follow at the horizon.
    pub(super) open_end: bool,
}

impl Pass<'_> {
    pub(super) fn find_replacements(&mut self, tokens: &dyn Replacements) {
        let known = self.detection.known(tokens);
        let first = known.first_bytes(self.text.bytes.len().saturating_sub(self.text.from));
        let mut from = self.text.from;
        while let Some(at) = first.find(self.text.bytes, from) {
            match replacement_at(&known, self.text.bytes, at, self.text.ended) {
                Replacement::Nothing => from = at + 1,
                Replacement::Until(end) => {
                    self.replacements.push((at, end));
                    from = end;
                }
                Replacement::Unknown => {
                    self.horizon = at;
                    self.open_end = true;
                    return;
                }
            }
        }
    }

    /// Looks again at what stands right behind the last candidate or replacement.
    pub(super) fn wake(&mut self, memory: &Memory) {
        let at = usize::try_from(memory.barrier.saturating_sub(self.base)).unwrap_or(usize::MAX);
        if memory.barrier > 0
            && at < self.text.bytes.len()
            && let Some(Marked { nearby, around, at: shift, .. }) = &mut self.marked
        {
            nearby.wake(at + *shift, around);
        }
    }

    /// The next position before `wall` at which something may begin, else `wall`.
    pub(super) fn next(&mut self, at: usize, wall: usize, memory: &Memory) -> usize {
        self.marks_at = None;
        let whole =
            self.base + offset(at) == 0 && self.detection.looks_at_whole(self.text.place_context);
        let woken = self.woken(at, memory);
        let Some(Marked { nearby, around, at: shift }) = &mut self.marked else { return at };
        if whole || woken == Some(at) {
            return at;
        }
        let until = woken.map_or(wall, |woken| woken.min(wall));
        let barrier = memory.barrier.saturating_sub(self.base);
        let barrier = usize::try_from(barrier).unwrap_or(usize::MAX);
        let mut from = at;
        while let Some((found, bunches)) =
            next_marked(nearby, around, from + *shift, until + *shift)
        {
            let found = found - *shift;
            // Within a candidate all that stands before counts.
            let floor = if barrier <= found { barrier } else { 0 };
            let bunches = self.detection.sift.fitting(bunches, self.text.bytes, floor, found);
            if bunches != 0 {
                self.marks_at = Some((found, bunches));
                return found;
            }
            from = found + 1;
        }
        until
    }

    /// The first position from `from` on that marks do not tell: right behind the last candidate or
    /// replacement, or a byte further on. Of what comes before, marks have seen more than counts.
    fn woken(&self, from: usize, memory: &Memory) -> Option<usize> {
        let behind = usize::try_from(memory.barrier.checked_sub(self.base)?).ok()?;
        if memory.barrier == 0 || behind.saturating_add(1) < from {
            return None;
        }
        let sift = &self.detection.sift;
        let byte = |at: usize| self.text.bytes.get(at).copied();
        // PERF: most often a space or a quote stands there, with which nothing begins.
        if from <= behind && byte(behind).is_some_and(|byte| sift.begins_with(byte)) {
            return Some(behind);
        }
        byte(behind).filter(|before| border::looks_beyond(*before)).map(|_| behind + 1)
    }

    /// The detectors that may find something at a position.
    fn detectors(&mut self, place: &mut Place, memory: &Memory) -> Wanted {
        let at = place.at;
        let wakes = self.woken(at, memory) == Some(at);
        let first = self.base + offset(at) == 0;
        let Some(marked) = &mut self.marked else { return Wanted::Several(*self.active) };
        let Detection { sift, asking, wholes, .. } = self.detection;
        let Marked { nearby, around, at: shift } = marked;
        // What was found before may have hidden what stands there now.
        let bunches = match wakes {
            true => sift.all_at(self.text.bytes, at, self.text.ended),
            false => match self.marks_at {
                Some((known, bunches)) if known == at => {
                    place.left_fits = !first && sift.knows_left(bunches);
                    bunches
                }
                _ => around.marks.at(around.text, at + *shift, around.sift),
            },
        };
        if bunches == 0 && !first {
            return Wanted::Nothing;
        }
        let bunches = if first { bunches | wholes } else { bunches };
        let asked = sift::asking(bunches);
        // PERF: where one bunch of one detector is left, no set is made.
        if let Some(only) = sift.only(bunches) {
            let near = asked == 0 || nearby.detectors(at + *shift, asked, around).contains(only);
            return match near && self.active.contains(only) {
                true => Wanted::One(only),
                false => Wanted::Nothing,
            };
        }
        let mut found = sift.members(bunches, self.text.bytes, at);
        found.keep(self.active);
        if asked != 0 {
            let mut near = *asking;
            near.keep(&found);
            if !near.is_empty() {
                found.leave_out(asking);
                near.keep(&nearby.detectors(at + *shift, asked, around));
                found.unite(&near);
            }
        }
        Wanted::Several(found)
    }

    /// Everything that begins at one position, and whether a committed candidate became open;
    /// `None` when bytes are missing to decide it.
    pub(super) fn position(
        &mut self,
        mut place: Place,
        memory: &mut Memory,
        mut trails: Option<&mut Trails>,
        reading: &mut Reading,
        out: &mut Vec<Candidate>,
    ) -> Option<bool> {
        let wanted = self.detectors(&mut place, memory);
        let mark = out.len();
        reading.forget();
        let near = Near::default();
        let mut held = Held { near, reading, covers: None, barrier: memory.barrier, commit: None };
        let mut look = |id: DetectorId| {
            let trails = trails.as_deref_mut();
            let is_decided = self.look(id, place, trails, memory, &mut held, out);
            is_decided.then_some(())
        };
        let decided = match wanted {
            Wanted::Nothing => return Some(false),
            Wanted::One(id) => look(id),
            Wanted::Several(set) => Ids::new(set.words()).try_for_each(look),
        };
        if decided.is_none() {
            out.truncate(mark);
            return None;
        }
        if let Some(covers) = held.covers {
            memory.covers = covers;
        }
        if memory.barrier != held.barrier {
            memory.barrier = held.barrier;
            self.wake(memory);
        }
        let Some(open) = held.commit else { return Some(false) };
        // INVARIANT: nothing else is open, or `Run::commits` would not have let it through.
        memory.open = Some(open);
        memory.barrier = u64::MAX;
        memory.commit_end = u64::MAX;
        let detector = open.detector;
        self.cover_open(memory, detector, u64::MAX);
        match self.follow_open(memory) {
            Some(end) => {
                self.wake(memory);
                out.push(Candidate { start: place.at, end, detector, committed: true });
                Some(false)
            }
            None => Some(true),
        }
    }

    /// Looks for one detector at a position, and says whether that could be decided.
    fn look(
        &self,
        id: DetectorId,
        place: Place,
        trails: Option<&mut Trails>,
        memory: &mut Memory,
        held: &mut Held<'_>,
        out: &mut Vec<Candidate>,
    ) -> bool {
        let Some(detector) = self.detection.detector(id) else { return true };
        let run = Run { near: &held.near, pass: self, id, detector, place };
        match run.outcome(memory, held.reading, trails) {
            Outcome::Nothing => {}
            Outcome::Unknown => return false,
            Outcome::Proven { end } => {
                let end_at = self.base + offset(end);
                held.barrier = held.barrier.max(end_at);
                let (category, strength) = (detector.category, detector.strength);
                let covers = held.covers.as_ref().unwrap_or(&memory.covers);
                if !covers.hold(category, strength, end_at) {
                    let cover = Cover { category, strength, end: end_at };
                    held.covers.get_or_insert(memory.covers).add(cover);
                    out.push(Candidate { start: place.at, end, detector: id, committed: false });
                }
            }
            Outcome::Commit { at, state } => {
                let at = self.base + offset(at);
                held.commit = Some(Follow { detector: id, state, at });
            }
        }
        true
    }

    /// Goes on with the committed candidate, and says where it ended.
    pub(super) fn follow_open(&self, memory: &mut Memory) -> Option<usize> {
        let Follow { detector, mut state, at } = memory.open?;
        let begin = usize::try_from(at.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let automaton = self.detection.automaton(self.detection.detector(detector)?)?;
        let wall = self.replacements.iter().map(|(start, _)| *start).find(|start| *start >= begin);
        let (wall, firm) = wall.map_or((self.horizon, !self.open_end), |start| (start, true));
        let mut end = begin;
        for byte in self.text.bytes.get(begin..wall).unwrap_or_default() {
            let next = automaton.step(state, *byte);
            memory.steps += 1;
            if next == DEAD {
                return Some(self.close(memory, detector, end));
            }
            state = next;
            end += 1;
        }
        if firm {
            return Some(self.close(memory, detector, end));
        }
        memory.open = Some(Follow { detector, state, at: self.base + offset(end) });
        None
    }

    fn close(&self, memory: &mut Memory, detector: DetectorId, end: usize) -> usize {
        let end_at = self.base + offset(end);
        memory.open = None;
        memory.barrier = end_at;
        memory.commit_end = end_at;
        self.cover_open(memory, detector, end_at);
        end
    }

    fn cover_open(&self, memory: &mut Memory, detector: DetectorId, end: u64) {
        let Some(detector) = self.detection.detector(detector) else { return };
        let (category, strength) = (detector.category, detector.strength);
        let same = |slot: &&mut Option<Cover>| slot.is_some_and(|old| old.category == category);
        if let Some(slot) = memory.covers.covers.iter_mut().find(same) {
            *slot = None;
        }
        memory.covers.add(Cover { category, strength, end });
    }
}
