//! What a blob detects with, checked once: which detectors there are, what they begin with, and how
//! a text is scanned for them, in whole or in pieces.
//! What it says about a position never depends on how the text was cut into chunks, and is never
//! taken back: a position is left only when no further byte could change what was found there.
//! Never keeps text, and never reads further back than a few bytes or the context.

use super::automaton::{Automaton, Layout};
use super::marks::Marks;
use super::marks::beginnings::Beginnings;
use super::memory::{Memory, Room};
use super::pass::{Marked, Pass, Place, next_marked};
use super::replacement::{Known, Replacement, replacement_at};
use super::run::Reading;
use super::sift::shape::Shapes;
use super::sift::{self, Bunches, Sift};
use super::survey::Survey;
use super::trail::Trails;
use super::whole::Whole;
use super::words::context::{Begins, Words};
use super::words::lexicon::Lexicon;
use super::words::near::Around;
use super::{Candidate, ContextSets, DetectorSet, Open, Progress, Replacements, Text};
use crate::blob::{Blob, BlobError};
use crate::limits;
use crate::model::{Border, Detector, DetectorId};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A blob, ready to scan with: checked automata, and which detectors a byte triggers.
#[derive(Debug)]
pub struct Detection {
    blob: Arc<Blob>,
    layouts: Vec<Layout>,
    /// Which detectors may find something where.
    pub(super) sift: Sift,
    /// What a text is marked for.
    beginnings: Beginnings,
    /// The detectors that ask for context.
    pub(super) asking: DetectorSet,
    /// The bunches of those that only find whole values.
    pub(super) wholes: Bunches,
    lexicon: Lexicon,
    /// What a place must give for a value to be looked at as a whole.
    whole: Whole,
    /// What context words begin with.
    begins: Begins,
    /// Longest name of a category.
    name_bytes_max: usize,
    /// What names of categories begin with.
    names_begin: u128,
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
        let mut beginnings = Beginnings::new();
        let mut detectors = Vec::with_capacity(tables.detectors.len());
        let (mut asking, mut wholes) = (DetectorSet::default(), 0);
        let mut lexicon = Lexicon::new();
        let mut whole = Whole::default();
        let mut shapes = Shapes::default();
        for (id, detector) in (0..).map(DetectorId).zip(&tables.detectors) {
            let at = usize::from(detector.automaton);
            let layout = layouts.get(at).ok_or(BlobError::reference("automata"))?;
            let automaton = layout.view(blob.automaton(at).unwrap_or_default());
            whole.add(detector);
            let shape = shapes.of(detector, automaton);
            beginnings.add(detector, &shape);
            detectors.push((id, detector, shape));
            if detector.left == Border::Whole {
                wholes |= sift::bunch_of(detector);
            }
            if detector.context.is_some() {
                asking.insert(id);
                lexicon.add_detector(id, detector, automaton);
            }
        }
        beginnings.finish();
        lexicon.add_words(&tables.words);
        let sift = Sift::new(detectors);
        let names = tables.categories.iter().map(|category| category.name.len());
        let name_bytes_max = names.max().unwrap_or(0);
        let first = |name: &str| {
            let first = name.bytes().next();
            first.map_or(u128::MAX, |first| 1_u128.checked_shl(first.into()).unwrap_or(0))
        };
        let names_begin = tables.categories.iter().fold(0, |all, of| all | first(&of.name));
        let begins = Begins::new(&tables.words);
        Ok(Self {
            layouts,
            sift,
            beginnings,
            asking,
            wholes,
            lexicon,
            whole,
            begins,
            name_bytes_max,
            names_begin,
            blob,
        })
    }

    /// Whether a value is looked at as a whole in a place that gives these sets.
    pub(crate) fn looks_at_whole(&self, place_context: ContextSets) -> bool {
        self.whole.counts(place_context)
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

    /// Whether a replacement begins at a place of a text.
    pub(crate) fn is_replaced_at(&self, text: &[u8], at: usize, tokens: &dyn Replacements) -> bool {
        matches!(replacement_at(&self.known(tokens), text, at, true), Replacement::Until(_))
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
        let mut room = memory.room.take().unwrap_or_default();
        let Room { marks, nearby } = &mut *room;
        marks.fill(text.bytes, text.from, text.ended, &self.beginnings);
        nearby.restart();
        let whole = (0, usize::MAX);
        let around = self.around(text.bytes, marks, text.ended, text.place_context, whole);
        let marked = Some(Marked { nearby, around, at: 0 });
        let progress = self.scan_marked(text, active, tokens, marked, memory, out);
        memory.room = Some(room);
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
        let (at, end) = (value.start, value.end);
        let bytes = raw.get(value).unwrap_or_default();
        let text = Text { bytes, from: 0, ended: true, place_context };
        found.memory.restart();
        let (marks, nearby) = survey.parts();
        let around = self.around(raw, marks, false, place_context, (at, end));
        let marked = Some(Marked { nearby, around, at });
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
        tokens: &dyn Replacements,
    ) -> bool {
        let (start, end) = (value.start, value.end);
        let text = raw.get(value).unwrap_or_default();
        let is_masked = survey.may_mask(text);
        let (marks, nearby) = survey.parts();
        let around = self.around(raw, marks, false, place_context, (start, end));
        // Marks do not tell what stands right behind a replacement that ends with a letter or a digit.
        !is_masked
            && next_marked(nearby, &around, start, end).is_none()
            && (tokens.token_bytes_max() == 0 || !self.has_replacement(text, tokens))
    }

    fn around<'a>(
        &'a self,
        text: &'a [u8],
        marks: &'a Marks,
        ended: bool,
        place: ContextSets,
        value: (usize, usize),
    ) -> Around<'a> {
        let words = &self.blob.tables.words;
        let (sift, lexicon) = (&self.sift, &self.lexicon);
        Around { sift, lexicon, words, text, marks, ended, place, value }
    }

    /// Looks over raw bytes: where there is nothing to read in them but plain text in which nothing
    /// begins; and, if it is to be looked `through`, where nothing may be hidden. More bytes may
    /// follow.
    pub(crate) fn survey(&self, raw: &[u8], through: bool) -> Survey {
        Survey::new(raw, through, &self.beginnings)
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
        let mut trails = marked.is_some().then(Trails::new);
        let mut reading = Reading::default();
        let mut pass = Pass {
            detection: self,
            text: *text,
            active,
            marked,
            marks_at: None,
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
            at = pass.next(at, wall, memory);
            if at >= wall {
                continue;
            }
            let firm = replacement.is_some() || !pass.open_end;
            match pass.position(
                Place { at, wall, firm, left_fits: false },
                memory,
                trails.as_mut(),
                &mut reading,
                out,
            ) {
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

    pub(super) fn known<'k>(&'k self, tokens: &'k dyn Replacements) -> Known<'k> {
        let categories = &self.blob.tables.categories;
        let token_bytes_max = tokens.token_bytes_max();
        let Self { name_bytes_max, names_begin, .. } = *self;
        Known { categories, name_bytes_max, names_begin, tokens, token_bytes_max }
    }

    pub(super) fn words(&self) -> Words<'_> {
        Words { words: &self.blob.tables.words, begins: &self.begins }
    }

    pub(super) fn detector(&self, id: DetectorId) -> Option<&Detector> {
        self.blob.tables.detectors.get(id.index())
    }

    #[inline]
    pub(super) fn automaton(&self, detector: &Detector) -> Option<Automaton<'_>> {
        let n = usize::from(detector.automaton);
        Some(self.layouts.get(n)?.view(self.blob.automaton(n)?))
    }
}

fn is_sound(detector: &Detector, layouts: &[Layout], categories: usize) -> bool {
    let bytes_max =
        if detector.commits { limits::COMMIT_BYTES_MAX } else { limits::CANDIDATE_BYTES_MAX };
    usize::from(detector.automaton) < layouts.len()
        && detector.category.index() < categories
        && usize::from(detector.bunch) < sift::HALF
        && detector.context.is_none_or(|set| usize::from(set) < limits::SETS_MAX)
        && (1..=bytes_max).contains(&usize::from(detector.bytes_max))
}

/// What a scan of a whole value works with.
pub(crate) struct Found<'f> {
    pub(crate) active: &'f DetectorSet,
    pub(crate) tokens: &'f dyn Replacements,
    pub(crate) memory: &'f mut Memory,
    pub(crate) out: &'f mut Vec<Candidate>,
}

pub(super) fn offset(n: usize) -> u64 {
    // INVARIANT: a `usize` fits into 64 bits on every target.
    u64::try_from(n).unwrap_or(u64::MAX)
}
