//! Looks at values where they stand in a piece, for formats whose values are parted by signs: what
//! parts them is written over in a copy by what parts any text, so that nothing reads across.
//! Finds what a reading of the value would find, or says that it has to be read.

use super::wrapped;
use crate::detect::{Candidate, Found, Memory, Survey};
use crate::finding::Style;
use crate::judge::{Judge, Spread};
use crate::path::Spot;
use crate::room;
use alloc::vec::Vec;
use core::ops::Range;

/// Shortest piece that is looked over before it is read.
// PERF: a short one is read before it would be.
const BYTES_MIN: usize = 64;
/// What stands around every value: nothing of a value is joined by it.
pub(crate) const BORDER: u8 = b'"';

/// Room that is used again.
#[derive(Default)]
pub(super) struct InPlace {
    memory: Memory,
    candidates: Vec<Candidate>,
}

/// A piece that was looked over.
pub(super) struct Sight {
    /// As long as the piece: values stand in it as they read.
    text: Vec<u8>,
    survey: Survey,
    /// Raw offset of its first byte.
    begin: u64,
}

impl Sight {
    /// Looks over a piece that begins at raw offset `begin`; `reads` says what each byte reads as.
    pub(super) fn new(
        raw: &[u8],
        begin: u64,
        reads: impl FnMut(u8) -> u8,
        judge: &Judge<'_, '_>,
    ) -> Option<Self> {
        if raw.len() < BYTES_MIN {
            return None;
        }
        let text: Vec<u8> = raw.iter().copied().map(reads).collect();
        let survey = judge.law.detection.survey(&text, judge.looks_through());
        Some(Self { text, survey, begin })
    }

    /// What stands at some of its bytes, if borders stand around them.
    pub(super) fn value(&self, at: &Range<usize>) -> Option<&[u8]> {
        let before = at.start.checked_sub(1).and_then(|before| self.text.get(before));
        let bordered = before.is_none_or(|byte| *byte == BORDER);
        let bordered = bordered && self.text.get(at.end) == Some(&BORDER);
        self.text.get(at.clone()).filter(|_| bordered)
    }

    /// Where a byte of the piece stands in the message.
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.begin.saturating_add(u64::try_from(at).unwrap_or(u64::MAX))
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
        sight: &mut Sight,
        judge: &mut Judge<'_, '_>,
    ) -> Option<()> {
        let Spot { fields, context, .. } = spot;
        if judge.by_field(fields, style).is_some() {
            return None;
        }
        let value = sight.value(&at)?;
        if judge.looks_through() && sight.survey.may_hide(&at) && wrapped::may_hold(value) {
            return None;
        }
        let Sight { text, survey, begin } = sight;
        let detection = judge.law.detection;
        if !detection.looks_at_whole(context)
            && detection.is_quiet(text, at.clone(), survey, context, &judge.law)
        {
            return Some(());
        }
        let (law, memory) = (judge.law, &mut self.memory);
        let mut out = core::mem::take(&mut self.candidates);
        let mut found = Found { active: law.active, tokens: &law, memory, out: &mut out };
        detection.scan_surveyed(text, at.clone(), survey, context, &mut found);
        let offset = |at: usize| begin.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
        for candidate in out.drain(..) {
            let (start, end) = (at.start + candidate.start, at.start + candidate.end);
            let spread = Spread { start: offset(start), end: offset(end), style };
            judge.candidate(&candidate, text.get(start..end).unwrap_or_default(), fields, spread);
        }
        self.candidates = out;
        Some(())
    }
}
