//! Looks at values where they stand in a piece, unread: finds what a reading of the value would
//! find, or says that it has to be read. Formats that part values by signs of their own hand in a
//! copy in which what parts any text stands for these, so that nothing reads across.

use super::wrapped;
use crate::detect::{Candidate, ContextSets, Found, Memory, Survey};
use crate::finding::Style;
use crate::judge::{Judge, Law, Spread};
use crate::path::{FieldSet, Spot};
use crate::room;
use alloc::vec::Vec;
use core::ops::Range;

/// Shortest piece that is looked over before it is read.
// PERF: a short one is read before it would be.
const BYTES_MIN: usize = 64;
/// What stands around every value of a copy: nothing of a value is joined by it.
pub(crate) const BORDER: u8 = b'"';

/// A piece that was looked over.
pub(crate) struct Sight<'t> {
    /// As long as the piece: values stand in it as they read.
    pub(crate) text: &'t [u8],
    pub(super) survey: Survey,
    /// Raw offset of its first byte.
    begin: u64,
}

/// Room that is used again.
#[derive(Default)]
pub(crate) struct InPlace {
    memory: Memory,
    candidates: Vec<Candidate>,
}

/// A piece in which every byte is what `reads` says of it, to be looked over; `None` for one that
/// is not worth it.
pub(super) fn copy(raw: &[u8], reads: impl FnMut(u8) -> u8) -> Option<Vec<u8>> {
    (raw.len() >= BYTES_MIN).then(|| raw.iter().copied().map(reads).collect())
}

impl<'t> Sight<'t> {
    /// Looks over a piece that begins at raw offset `begin`, if that is worth it.
    pub(crate) fn new(text: &'t [u8], begin: u64, law: Law<'_>) -> Option<Self> {
        (text.len() >= BYTES_MIN).then(|| {
            let survey = law.detection.survey(text, law.looks_through());
            Self { text, survey, begin }
        })
    }

    /// What stands at some of its bytes, if borders stand around them.
    pub(super) fn bordered(&self, at: &Range<usize>) -> Option<&'t [u8]> {
        let before = at.start.checked_sub(1).and_then(|before| self.text.get(before));
        let bordered = before.is_none_or(|byte| *byte == BORDER);
        let bordered = bordered && self.text.get(at.end) == Some(&BORDER);
        self.text.get(at.clone()).filter(|_| bordered)
    }

    /// Where a byte of the piece stands in the message.
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.begin.saturating_add(u64::try_from(at).unwrap_or(u64::MAX))
    }

    /// Whether a whole value has to be read: because of the field that it is, or of what it may
    /// hide. A number or a literal hides nothing.
    #[inline]
    pub(super) fn must_read(
        &self,
        at: &Range<usize>,
        fields: FieldSet,
        style: Style,
        judge: &Judge<'_, '_>,
    ) -> bool {
        let hides = || match style {
            Style::Quote => false,
            Style::Plain | Style::Percent => self.hides(at, judge.law),
        };
        judge.by_field(fields, style).is_some() || hides()
    }

    /// Whether an encoding may hide something in a text.
    #[inline]
    pub(crate) fn hides(&self, at: &Range<usize>, law: Law<'_>) -> bool {
        let text = || self.text.get(at.clone()).unwrap_or_default();
        law.looks_through() && self.survey.may_hide(at) && wrapped::may_hold(text())
    }

    /// Whether nothing begins in a whole value, in a place that gives these sets.
    #[inline]
    pub(crate) fn is_quiet(
        &mut self,
        at: &Range<usize>,
        context: ContextSets,
        law: Law<'_>,
    ) -> bool {
        let survey = &mut self.survey;
        !law.detection.looks_at_whole(context)
            && law.detection.is_quiet(self.text, at.clone(), survey, context, &law)
    }
}

impl InPlace {
    /// Gives back room, before a wait.
    pub(super) fn trim(&mut self) {
        self.memory.drop_room();
        room::trim(&mut self.candidates);
    }

    /// Finds what is in a whole value at `spot`; `None` where it has to be read.
    pub(super) fn look(
        &mut self,
        at: Range<usize>,
        spot: Spot,
        style: Style,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<()> {
        if sight.must_read(&at, spot.fields, style, judge) {
            return None;
        }
        if !sight.is_quiet(&at, spot.context, judge.law) {
            self.find(at, spot, style, sight, judge);
        }
        Some(())
    }

    /// Whether anything is found in a whole value that need not be read.
    pub(crate) fn finds(
        &mut self,
        at: Range<usize>,
        context: ContextSets,
        sight: &mut Sight<'_>,
        law: Law<'_>,
    ) -> bool {
        self.scan(at, context, sight, law);
        !self.candidates.is_empty()
    }

    fn scan(
        &mut self,
        at: Range<usize>,
        context: ContextSets,
        sight: &mut Sight<'_>,
        law: Law<'_>,
    ) {
        self.candidates.clear();
        let (memory, out) = (&mut self.memory, &mut self.candidates);
        let mut found = Found { active: law.active, tokens: &law, memory, out };
        law.detection.scan_surveyed(sight.text, at, &mut sight.survey, context, &mut found);
    }

    /// Finds what is in a whole value at `spot` that need not be read, and tells whether that is
    /// nothing.
    pub(super) fn find(
        &mut self,
        at: Range<usize>,
        Spot { fields, context, .. }: Spot,
        style: Style,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> bool {
        self.scan(at.clone(), context, sight, judge.law);
        let is_quiet = self.candidates.is_empty();
        for candidate in self.candidates.drain(..) {
            let of = at.start + candidate.start..at.start + candidate.end;
            let text = sight.text.get(of.clone()).unwrap_or_default();
            // Quotes come around the whole token, whatever was found in it.
            let Range { start, end } = match style {
                Style::Quote => at.clone(),
                Style::Plain | Style::Percent => of,
            };
            let spread = Spread { start: sight.offset(start), end: sight.offset(end), style };
            judge.candidate(&candidate, text, fields, spread);
        }
        is_quiet
    }
}
