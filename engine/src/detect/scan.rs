//! The plain scalar scan: at each position, the detectors that its byte triggers.
//! What it says about a position never depends on how the text was cut into chunks, and is never
//! taken back: a position is left only when no further byte could change what was found there.
//! Never keeps text, and never reads further back than a few bytes or the context.

use super::automaton::{Automaton, DEAD, Layout, State};
use super::border::{Right, left_fits, right_fits};
use super::beginnings::{Beginnings, TriggerSet};
use super::context::{After, Begins, Words};
use super::marks::Marks;
use super::near::{Around, Lexicon, Nearby};
use super::replacement::{Known, Replacement, replacement_at};
use super::sieve::{Asked, Bits, Sieve};
use super::survey::Survey;
use super::simd::BLOCK_BYTES;
use super::validate;
use super::{Candidate, ContextSets, DetectorSet, Open, Progress, Replacements, Text};
use crate::blob::{Blob, BlobError};
use crate::limits;
use crate::model::{Border, CategoryId, Detector, DetectorId, Strength, Trigger};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;

/// A blob, ready to scan with: checked automata, and which detectors a byte triggers.
#[derive(Debug)]
pub struct Detection {
    blob: Arc<Blob>,
    layouts: Vec<Layout>,
    /// Which detectors may find something where.
    sieve: Sieve,
    /// What a text is marked for.
    beginnings: Beginnings,
    /// What it is looked at for where context words stand near.
    contextual: Beginnings,
    /// The detectors that ask for context, but for those that a text is marked for all the same.
    asking: Bits,
    lexicon: Lexicon,
    /// What a place must give for a value to be looked at as a whole.
    whole: Whole,
    /// What context words begin with.
    begins: Begins,
    /// Longest name of a category.
    name_bytes_max: usize,
}

impl Detection {
    /// Checks everything about detection that a blob holds.
    ///
    /// # Errors
    /// When something in a table points outside of another, or an automaton is none.
    pub fn new(blob: Arc<Blob>) -> Result<Self, BlobError> {
        let tables = &blob.tables;
        let sections = (0..blob.automata_len()).map(|n| blob.automaton(n).unwrap_or_default());
        let layouts: Result<Vec<_>, _> = sections.map(Layout::check).collect();
        let layouts = layouts.map_err(|_| BlobError::reference("automata"))?;
        if tables.detectors.len() > limits::AUTOMATA_MAX
            || !tables.detectors.iter().all(|d| is_sound(d, &layouts, tables.categories.len()))
        {
            return Err(BlobError::reference("detectors"));
        }
        let sorted = tables.words.is_sorted_by(|a, b| a.text < b.text);
        let short = |text: &str| (1..=limits::CONTEXT_WORD_BYTES_MAX).contains(&text.len());
        if !sorted || !tables.words.iter().all(|word| short(&word.text)) {
            return Err(BlobError::reference("words"));
        }
        if !tables.categories.is_sorted_by(|a, b| a.name < b.name) {
            return Err(BlobError::reference("categories"));
        }
        let mut sieve = Sieve::new();
        let mut beginnings = Beginnings::new();
        let mut contextual = Beginnings::new();
        let mut asking = Bits::default();
        let mut lexicon = Lexicon::new(&tables.words);
        let mut whole = Whole::default();
        for (n, detector) in tables.detectors.iter().enumerate() {
            let at = usize::from(detector.automaton);
            let layout = layouts.get(at).ok_or(BlobError::reference("automata"))?;
            let automaton = layout.view(blob.automaton(at).unwrap_or_default());
            sieve.add(n, detector, automaton);
            whole.add(detector);
            if asks(detector) {
                asking.insert(n);
                contextual.add(detector, automaton);
                lexicon.add_detector(n, detector, automaton);
            } else {
                beginnings.add(detector, automaton);
            }
        }
        contextual.tell_of(&Beginnings::new());
        beginnings.tell_of(&contextual);
        let names = tables.categories.iter().map(|category| category.name.len());
        let name_bytes_max = names.max().unwrap_or(0);
        let begins = Begins::new(&tables.words);
        Ok(Self {
            blob,
            layouts,
            sieve,
            beginnings,
            contextual,
            asking,
            lexicon,
            whole,
            begins,
            name_bytes_max,
        })
    }

    /// Whether a value is looked at as a whole in a place that gives these sets.
    pub(crate) fn looks_at_whole(&self, place_context: ContextSets) -> bool {
        self.whole.always || self.whole.sets & place_context != 0
    }

    /// The context sets that a name of a place gives: of a key, a header, a form field.
    #[must_use]
    pub fn sets_in(&self, name: &[u8]) -> ContextSets {
        self.words().in_name(name)
    }

    /// Whether the whole text is one replacement.
    #[must_use]
    pub fn is_replacement(&self, text: &[u8], tokens: &dyn Replacements) -> bool {
        replacement_at(&self.known(tokens), text, 0, true) == Replacement::Until(text.len())
    }

    /// Whether there is a replacement in a whole text.
    #[must_use]
    pub fn has_replacement(&self, text: &[u8], tokens: &dyn Replacements) -> bool {
        let begins = |byte: &u8| matches!(byte, b'[' | b'*');
        if tokens.token_bytes_max() == 0 && !text.iter().any(begins) {
            return false;
        }
        let known = self.known(tokens);
        (0..text.len())
            .any(|at| matches!(replacement_at(&known, text, at, true), Replacement::Until(_)))
    }

    /// Finds the candidates of the active detectors that begin in the undecided text, as far as
    /// they are decided, and appends them to `out` by where they begin. `memory` is of this value.
    pub fn scan(
        &self,
        text: &Text<'_>,
        active: &DetectorSet,
        tokens: &dyn Replacements,
        memory: &mut Memory,
        out: &mut Vec<Candidate>,
    ) -> Progress {
        let mut marks = core::mem::take(&mut memory.marks);
        let mut nearby = core::mem::take(&mut memory.nearby);
        marks.fill(text.bytes, text.from, text.ended, &self.beginnings);
        nearby.restart();
        let around = self.around(text.bytes, text.ended, text.place_context);
        let marked = Some(Marked { marks: &marks, nearby: &mut nearby, around, at: 0 });
        let progress = self.scan_marked(text, active, tokens, marked, memory, out);
        memory.marks = marks;
        memory.nearby = nearby;
        progress
    }

    /// The same for one whole value that stands in bytes that were looked over.
    pub(crate) fn scan_surveyed(
        &self,
        raw: &[u8],
        value: core::ops::Range<usize>,
        survey: &mut Survey,
        place_context: ContextSets,
        found: &mut Found<'_>,
    ) {
        let at = value.start;
        let bytes = raw.get(value).unwrap_or_default();
        let text = Text { bytes, from: 0, ended: true, place_context };
        found.memory.restart();
        let around = self.around(raw, false, place_context);
        let (marks, nearby) = survey.parts();
        let marked = Some(Marked { marks, nearby, around, at });
        let Found { active, tokens, memory, out } = found;
        self.scan_marked(&text, active, *tokens, marked, memory, out);
    }

    /// Whether nothing begins in bytes of a piece that was looked over, in a place that gives these
    /// sets.
    pub(crate) fn is_quiet(
        &self,
        raw: &[u8],
        value: core::ops::Range<usize>,
        survey: &mut Survey,
        place_context: ContextSets,
    ) -> bool {
        let around = self.around(raw, false, place_context);
        let (marks, nearby) = survey.parts();
        next_marked(marks, nearby, &around, value.start, value.end).is_none()
    }

    fn around<'a>(&'a self, text: &'a [u8], ended: bool, place: ContextSets) -> Around<'a> {
        let words = &self.blob.tables.words;
        Around { lexicon: &self.lexicon, words, wanted: &self.contextual, text, ended, place }
    }

    /// Looks over raw bytes: where there is nothing to read in them but plain text in which nothing
    /// begins. More bytes may follow.
    pub(crate) fn survey(&self, raw: &[u8]) -> Survey {
        Survey::new(raw, &self.beginnings)
    }

    /// The same, trying every detector at every position: what a faster scan is compared with.
    pub fn scan_plainly(
        &self,
        text: &Text<'_>,
        active: &DetectorSet,
        tokens: &dyn Replacements,
        memory: &mut Memory,
        out: &mut Vec<Candidate>,
    ) -> Progress {
        self.scan_marked(text, active, tokens, None, memory, out)
    }

    fn scan_marked(
        &self,
        text: &Text<'_>,
        active: &DetectorSet,
        tokens: &dyn Replacements,
        marked: Option<Marked<'_>>,
        memory: &mut Memory,
        out: &mut Vec<Candidate>,
    ) -> Progress {
        let base = memory.decided.saturating_sub(offset(text.from));
        let mut pass = Pass {
            detection: self,
            text: *text,
            active,
            marked,
            base,
            replacements: Vec::new(),
            horizon: text.bytes.len(),
            open_end: !text.ended,
        };
        pass.find_replacements(tokens);
        let closed_at = pass.follow_open(memory);
        pass.wake(memory);
        let mut opened_at = None;
        let mut at = text.from;
        let mut nth = 0;
        let mut replacement = pass.replacements.first().copied();
        while at < pass.horizon {
            match replacement {
                Some((start, end)) if start == at => {
                    memory.barrier = memory.barrier.max(base + offset(end));
                    pass.wake(memory);
                    at = end;
                    nth += 1;
                    replacement = pass.replacements.get(nth).copied();
                    continue;
                }
                _ => {}
            }
            let wall = replacement.map_or(pass.horizon, |(start, _)| start);
            let next = pass.next(at, wall, memory);
            if next > at {
                at = next;
                continue;
            }
            let firm = replacement.is_some() || !pass.open_end;
            match pass.position(at, wall, firm, memory, out) {
                Some(opened) => opened_at = opened.then_some(at).or(opened_at),
                None => break,
            }
            at += 1;
        }
        memory.decided = base + offset(at);
        let open = memory.open.map(|follow| {
            let reached = usize::try_from(follow.at.saturating_sub(base)).unwrap_or(0);
            Open { detector: follow.detector, reached }
        });
        Progress { decided: at, open, opened_at: opened_at.filter(|_| open.is_some()), closed_at }
    }

    fn known<'k>(&'k self, tokens: &'k dyn Replacements) -> Known<'k> {
        let categories = &self.blob.tables.categories;
        let token_bytes_max = tokens.token_bytes_max();
        Known { categories, name_bytes_max: self.name_bytes_max, tokens, token_bytes_max }
    }

    fn words(&self) -> Words<'_> {
        Words { words: &self.blob.tables.words, begins: &self.begins }
    }

    fn detector(&self, id: DetectorId) -> Option<(&Detector, Automaton<'_>)> {
        let detector = self.blob.tables.detectors.get(id.index())?;
        let n = usize::from(detector.automaton);
        let layout = self.layouts.get(n)?;
        Some((detector, layout.view(self.blob.automaton(n)?)))
    }
}

/// When detectors whose left border is the beginning of a value count.
#[derive(Clone, Copy, Debug, Default)]
struct Whole {
    always: bool,
    sets: ContextSets,
}

impl Whole {
    fn add(&mut self, detector: &Detector) {
        if detector.left == Border::Whole {
            match detector.context {
                // No text stands before such a candidate, and none behind that could count.
                Some(set) => self.sets |= 1u128.checked_shl(set.into()).unwrap_or(0),
                None => self.always = true,
            }
        }
    }
}

fn is_sound(detector: &Detector, layouts: &[Layout], categories: usize) -> bool {
    let bytes_max =
        if detector.commits { limits::COMMIT_BYTES_MAX } else { limits::CANDIDATE_BYTES_MAX };
    usize::from(detector.automaton) < layouts.len()
        && detector.category.index() < categories
        && detector.context.is_none_or(|set| usize::from(set) < limits::SETS_MAX)
        && (1..=bytes_max).contains(&usize::from(detector.bytes_max))
}

/// What one value needs to remember from one scan to the next. Holds no text. A fresh one begins
/// a value.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Where the next scan begins. Offsets here count from the beginning of the value.
    decided: u64,
    /// The furthest end of a candidate or replacement so far. Context does not reach before it.
    barrier: u64,
    covers: Covers,
    open: Option<Follow>,
    /// Where the last committed candidate ended.
    commit_end: u64,
    steps: u64,
    /// Room that is used again.
    marks: Marks,
    nearby: Nearby,
}

impl Memory {
    /// Begins another value, with the room of the one before.
    pub fn restart(&mut self) {
        let marks = core::mem::take(&mut self.marks);
        let nearby = core::mem::take(&mut self.nearby);
        *self = Self { marks, nearby, ..Self::default() };
    }

    /// Gives back the room that long texts took, before a wait.
    pub(crate) fn trim(&mut self) {
        self.marks.trim();
        self.nearby.trim();
    }

    /// Bytes that automata have read for this value: what a scan costs.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

/// A committed candidate whose end has not been seen.
#[derive(Clone, Copy, Debug)]
struct Follow {
    detector: DetectorId,
    /// State of its automaton before the byte at `at`.
    state: State,
    at: u64,
}

/// Categories in whose candidates the scan is, so that an inner candidate of the same category
/// is not reported again.
#[derive(Clone, Copy, Debug, Default)]
struct Covers {
    covers: [Option<Cover>; 8],
}

#[derive(Clone, Copy, Debug)]
struct Cover {
    category: CategoryId,
    strength: Strength,
    end: u64,
}

impl Covers {
    fn hold(&self, category: CategoryId, strength: Strength, end: u64) -> bool {
        self.covers.iter().flatten().any(|cover| {
            cover.category == category && cover.strength >= strength && cover.end >= end
        })
    }

    /// Takes the slot of the same category, an empty one, or the one that ends first.
    fn add(&mut self, new: Cover) {
        let same = |slot: &Option<Cover>| slot.is_some_and(|old| old.category == new.category);
        let slot = match self.covers.iter().position(same) {
            Some(n) => self.covers.get_mut(n),
            None => self.covers.iter_mut().min_by_key(|slot| slot.map_or(0, |old| old.end)),
        };
        let Some(slot) = slot else { return };
        match *slot {
            Some(old) if old.category == new.category && old.end > new.end => {}
            _ => *slot = Some(new),
        }
    }
}

fn offset(n: usize) -> u64 {
    // INVARIANT: a `usize` fits into 64 bits on every target.
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The marks of a text, and where in what was marked it begins.
struct Marked<'m> {
    marks: &'m Marks,
    nearby: &'m mut Nearby,
    around: Around<'m>,
    at: usize,
}

/// The first position at or behind `at` and before `end` at which something may begin.
fn next_marked(
    marks: &Marks,
    nearby: &mut Nearby,
    around: &Around<'_>,
    at: usize,
    end: usize,
) -> Option<usize> {
    let mut from = at;
    while from < end {
        let (row, bit) = (from / BLOCK_BYTES, from % BLOCK_BYTES);
        let mut bits = marks.row(row);
        let tells = marks.tells(row);
        if tells.any && nearby.has_detectors(row, tells.far, around) {
            bits |= nearby.row(row, around).any();
        }
        bits &= u64::MAX << bit;
        if bits != 0 {
            let found = row * BLOCK_BYTES + usize::try_from(bits.trailing_zeros()).ok()?;
            return (found < end).then_some(found);
        }
        from = (row + 1) * BLOCK_BYTES;
    }
    None
}

/// Whether nothing of a detector is looked for where no context words stand.
fn asks(detector: &Detector) -> bool {
    let triggers = detector.triggers;
    let apart = |trigger| matches!(trigger, Trigger::Address | Trigger::Scheme);
    detector.context.is_some()
        && ![triggers.digit, triggers.letter, triggers.other].into_iter().any(apart)
}

/// What a scan of a whole value works with.
pub(crate) struct Found<'f> {
    pub(crate) active: &'f DetectorSet,
    pub(crate) tokens: &'f dyn Replacements,
    pub(crate) memory: &'f mut Memory,
    pub(crate) out: &'f mut Vec<Candidate>,
}

/// One call of a scan.
struct Pass<'p> {
    detection: &'p Detection,
    text: Text<'p>,
    active: &'p DetectorSet,
    /// Where anything may begin; `None` is everywhere.
    marked: Option<Marked<'p>>,
    /// Offset of the first byte of the text in the value.
    base: u64,
    /// Replacements in the undecided text, in order.
    replacements: Vec<(usize, usize)>,
    /// Nothing is known from here on: the end of the text, or what may become a replacement.
    horizon: usize,
    /// Whether bytes may follow at the horizon.
    open_end: bool,
}

/// What came of one detector at one position.
enum Outcome {
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

impl Pass<'_> {
    fn find_replacements(&mut self, tokens: &dyn Replacements) {
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
    fn wake(&mut self, memory: &Memory) {
        let at = usize::try_from(memory.barrier.saturating_sub(self.base)).unwrap_or(usize::MAX);
        if memory.barrier > 0
            && at < self.text.bytes.len()
            && let Some(Marked { nearby, around, at: shift, .. }) = &mut self.marked
        {
            nearby.wake(at + *shift, around);
        }
    }

    /// The next position before `wall` at which something may begin, else `wall`.
    fn next(&mut self, at: usize, wall: usize, memory: &Memory) -> usize {
        let whole = self.base + offset(at) == 0
            && self.detection.looks_at_whole(self.text.place_context);
        let wakes = self.wakes(at, memory);
        let Some(marked) = &mut self.marked else { return at };
        if whole || wakes {
            return at;
        }
        let barrier = memory.barrier.saturating_sub(self.base);
        let barrier = usize::try_from(barrier).unwrap_or(usize::MAX);
        let until = if memory.barrier > 0 && barrier >= at { barrier.min(wall) } else { wall };
        let Marked { marks, nearby, around, at: shift } = marked;
        next_marked(marks, nearby, around, at + *shift, until + *shift)
            .map_or(until, |found| found - *shift)
    }

    /// Whether a position stands right behind a candidate or replacement, or a byte further on: of
    /// what comes before, marks have seen more than counts.
    fn wakes(&self, at: usize, memory: &Memory) -> bool {
        let at = self.base + offset(at);
        memory.barrier > 0 && (at == memory.barrier || at == memory.barrier.saturating_add(1))
    }

    /// The detectors that may find something at a position.
    fn detectors(&mut self, at: usize, memory: &Memory) -> Bits {
        let wakes = self.wakes(at, memory);
        let first = self.base + offset(at) == 0;
        let rest = self.text.bytes.get(at..).unwrap_or_default();
        let active = Bits::new(*self.active.words());
        let (Some(marked), Some(byte)) = (&mut self.marked, rest.first()) else { return active };
        let Detection { sieve, asking, .. } = self.detection;
        let Marked { marks, nearby, around, at: shift } = marked;
        let place = at + *shift;
        let plain = if wakes { TriggerSet::ALL } else { marks.at(place) };
        let (mut more, mut near) = (TriggerSet::default(), None);
        let row = place / BLOCK_BYTES;
        let tells = marks.tells(row);
        let is_far = wakes || tells.far;
        if (first || wakes || tells.any) && nearby.has_detectors(row, is_far, around) {
            near = Some(nearby.detectors(place, is_far, around));
            more = match wakes {
                true => TriggerSet::ALL,
                false => nearby.row(row, around).at(place % BLOCK_BYTES),
            };
            if first {
                more.insert(Trigger::Whole);
            }
        }
        let asked = Asked { plain, more, asking, near: near.as_ref(), active: &active };
        sieve.pass(*byte, &asked, rest, self.text.ended)
    }

    /// Everything that begins at one position, and whether a committed candidate became open;
    /// `None` when bytes are missing to decide it.
    fn position(
        &mut self,
        at: usize,
        wall: usize,
        firm: bool,
        memory: &mut Memory,
        out: &mut Vec<Candidate>,
    ) -> Option<bool> {
        let bits = self.detectors(at, memory);
        if bits.is_empty() {
            return Some(false);
        }
        let mark = out.len();
        // PERF: copied only where something is found.
        let mut covers: Option<Covers> = None;
        let mut barrier = memory.barrier;
        let mut commit = None;
        let near = Near::default();
        for id in Ids::new(bits.words()) {
            let Some((detector, automaton)) = self.detection.detector(id) else { continue };
            let run = Run { near: &near, pass: self, detector, automaton, start: at, wall, firm };
            match run.outcome(memory) {
                Outcome::Nothing => {}
                Outcome::Unknown => {
                    out.truncate(mark);
                    return None;
                }
                Outcome::Proven { end } => {
                    let end_at = self.base + offset(end);
                    barrier = barrier.max(end_at);
                    let (category, strength) = (detector.category, detector.strength);
                    let held = covers.as_ref().unwrap_or(&memory.covers);
                    if !held.hold(category, strength, end_at) {
                        covers.get_or_insert(memory.covers).add(Cover {
                            category,
                            strength,
                            end: end_at,
                        });
                        let committed = false;
                        out.push(Candidate { start: at, end, detector: id, committed });
                    }
                }
                Outcome::Commit { at, state } => {
                    let at = self.base + offset(at);
                    commit = Some(Follow { detector: id, state, at });
                }
            }
        }
        if let Some(covers) = covers {
            memory.covers = covers;
        }
        if memory.barrier != barrier {
            memory.barrier = barrier;
            self.wake(memory);
        }
        let Some(open) = commit else { return Some(false) };
        // INVARIANT: nothing else is open, or `Run::commits` would not have let it through.
        memory.open = Some(open);
        memory.barrier = u64::MAX;
        memory.commit_end = u64::MAX;
        let detector = open.detector;
        self.cover_open(memory, detector, u64::MAX);
        match self.follow_open(memory) {
            Some(end) => {
                self.wake(memory);
                out.push(Candidate { start: at, end, detector, committed: true });
                Some(false)
            }
            None => Some(true),
        }
    }

    /// Goes on with the committed candidate, and says where it ended.
    fn follow_open(&self, memory: &mut Memory) -> Option<usize> {
        let Follow { detector, mut state, at } = memory.open?;
        let begin = usize::try_from(at.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let (_, automaton) = self.detection.detector(detector)?;
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
        let Some((detector, _)) = self.detection.detector(detector) else { return };
        let (category, strength) = (detector.category, detector.strength);
        let same = |slot: &&mut Option<Cover>| slot.is_some_and(|old| old.category == category);
        if let Some(slot) = memory.covers.covers.iter_mut().find(same) {
            *slot = None;
        }
        memory.covers.add(Cover { category, strength, end });
    }
}

/// The detectors of a set, in order.
struct Ids<'b> {
    bits: &'b [u64],
    word: usize,
    left: u64,
}

impl<'b> Ids<'b> {
    fn new(bits: &'b [u64]) -> Self {
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
struct Near {
    before: Cell<Option<ContextSets>>,
    /// What stands behind an end.
    after: Cell<Option<(usize, After)>>,
}

/// One detector at one position.
struct Run<'r> {
    near: &'r Near,
    pass: &'r Pass<'r>,
    detector: &'r Detector,
    automaton: Automaton<'r>,
    start: usize,
    /// Nothing at or behind this belongs to a candidate.
    wall: usize,
    /// Whether nothing more can come before the wall.
    firm: bool,
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
    fn outcome(&self, memory: &mut Memory) -> Outcome {
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
        let least = self.start + usize::from(self.detector.bytes_min);
        let mut state = self.automaton.start();
        let mut at = self.start;
        let mut ends = Ends::default();
        loop {
            if at == limit {
                if self.commits(memory, limit) {
                    return Outcome::Commit { at, state };
                }
                break;
            }
            if at >= self.wall {
                if self.firm {
                    break;
                }
                return Outcome::Unknown;
            }
            state = self.automaton.step(state, text.get(at).copied().unwrap_or_default());
            memory.steps += 1;
            if state == DEAD {
                break;
            }
            at += 1;
            if self.automaton.accepts(state) && at >= least && self.may_end(at) {
                ends.add(at);
            }
        }
        for end in ends.iter() {
            match right_fits(self.detector.right, text, end, self.pass.text.ended) {
                Right::Part => continue,
                Right::Unknown => return Outcome::Unknown,
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

    /// Whether the byte at `end`, as far as it is there, lets a candidate end. Keeps ends in the
    /// middle of a word from pushing better ones out.
    fn may_end(&self, end: usize) -> bool {
        let border = self.detector.right;
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
