//! What a run reads as in one alphabet and at one offset: an inner value, looked at like any other.
//! Offsets in it count decoded bytes. Keeps what the inner value keeps, and what was found.

use super::super::utf8::{Decoded, Utf8};
use super::super::value::Value;
use super::alphabet::Alphabet;
use crate::action::Applied;
use crate::detect::ContextSets;
use crate::finding::{Finding, Kind, Long};
use crate::judge::Judge;
use crate::room;
use crate::splice::Splice;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Bytes without text behind which a stream is given up.
const QUIET_BYTES_MAX: u32 = 24;
/// Bytes of text that keep one going.
const TEXT_BYTES_MIN: u32 = 4;
/// Bytes that are looked at together.
/// PERF: wherever a message is cut, a byte is looked at a few times at the most.
const SCAN_BYTES: u64 = 128;

/// One reading of a run.
#[derive(Clone)]
pub(super) struct Stream {
    pub(super) alphabet: Alphabet,
    /// Characters behind its last byte when a block ends.
    pub(super) behind: usize,
    value: Box<Value>,
    splice: Box<Splice>,
    utf8: Utf8,
    /// Bytes read, and looked at.
    at: u64,
    seen: u64,
    text: u32,
    quiet: u32,
    /// Where the pieces of the run begin in it, and which they are.
    marks: Vec<(u64, u32)>,
}

/// Something found in a run.
#[derive(Clone)]
pub(super) struct Hit {
    /// The pieces of the run that it lies in.
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) kind: Kind,
    pub(super) applied: Applied,
}

impl Stream {
    /// Begins in a piece of the run.
    pub(super) fn new(
        alphabet: Alphabet,
        behind: usize,
        piece: u32,
        within: (u8, ContextSets),
        judge: &Judge<'_, '_>,
    ) -> Self {
        let (depth, context) = within;
        let mut value = Box::new(Value::new());
        value.begin_within(depth, context, judge);
        Self {
            alphabet,
            behind,
            value,
            splice: Box::default(),
            utf8: Utf8::default(),
            at: 0,
            seen: 0,
            text: 0,
            quiet: 0,
            marks: alloc::vec![(0, piece)],
        }
    }

    /// Another piece of the run begins so many bytes back, or a few later.
    pub(super) fn mark(&mut self, piece: u32, back: usize) {
        let back = u64::try_from(back).unwrap_or(u64::MAX);
        self.marks.push((self.at.saturating_sub(back), piece));
    }

    /// One more byte.
    pub(super) fn push(&mut self, byte: u8, judge: &Judge<'_, '_>) {
        let waiting = u64::from(self.utf8.waiting());
        let begun = self.at.saturating_sub(waiting);
        match self.utf8.push(byte) {
            Decoded::Part => self.at = self.at.saturating_add(1),
            Decoded::Char(c, length) => {
                self.at = self.at.saturating_add(1);
                if c.is_control() && !matches!(c, '\t' | '\n' | '\r') {
                    return self.broken(begun, judge);
                }
                self.text = self.text.saturating_add(length.into());
                if self.text >= TEXT_BYTES_MIN {
                    self.quiet = 0;
                }
                self.push_char(c, begun, length, judge);
            }
            Decoded::Invalid { taken: true } => {
                self.at = self.at.saturating_add(1);
                self.broken(begun, judge);
            }
            Decoded::Invalid { taken: false } => {
                self.broken(begun, judge);
                self.push(byte, judge);
            }
        }
    }

    /// What is no text is a border.
    fn broken(&mut self, begun: u64, judge: &Judge<'_, '_>) {
        let bytes = u8::try_from(self.at.saturating_sub(begun)).unwrap_or(1);
        self.text = 0;
        self.quiet = self.quiet.saturating_add(bytes.into());
        self.push_char(char::REPLACEMENT_CHARACTER, begun, bytes, judge);
    }

    fn push_char(&mut self, c: char, at: u64, bytes: u8, judge: &Judge<'_, '_>) {
        match u8::try_from(c).ok().filter(u8::is_ascii) {
            Some(byte) if bytes == 1 => self.value.push_ascii(&[byte], at, judge),
            _ => self.value.push_inner(c, at, bytes.into(), judge),
        }
    }

    /// Allows one layer less within.
    pub(super) fn deepen(&mut self) {
        self.value.deepen();
    }

    /// Whether it has not been text for long.
    pub(super) fn is_over(&self) -> bool {
        self.quiet > QUIET_BYTES_MAX
    }

    /// Looks at what has come, when that is enough.
    pub(super) fn scan(&mut self, judge: &mut Judge<'_, '_>, hits: &mut Vec<Hit>) {
        if self.at.saturating_sub(self.seen) < SCAN_BYTES {
            return;
        }
        self.seen = self.at;
        let (law, place) = (judge.law, judge.place);
        let tally = &mut *judge.tally;
        self.value.scan(&mut Judge { law, place, splice: &mut self.splice, tally });
        self.tell(judge, hits);
        let decided = self.value.decided();
        let first = self.marks.partition_point(|(at, _)| *at <= decided).saturating_sub(1);
        // The mark of a piece is a few bytes off, so the one before still counts.
        self.marks.drain(..first.saturating_sub(1));
    }

    /// The run ends here, or goes on without text.
    pub(super) fn end(mut self, judge: &mut Judge<'_, '_>, hits: &mut Vec<Hit>) {
        if self.utf8.waiting() > 0 {
            self.broken(self.at.saturating_sub(self.utf8.waiting().into()), judge);
        }
        let (law, place) = (judge.law, judge.place);
        let tally = &mut *judge.tally;
        self.value.end(self.at, &mut Judge { law, place, splice: &mut self.splice, tally });
        self.tell(judge, hits);
    }

    /// The piece before which nothing changes any more.
    pub(super) fn decided(&self) -> u32 {
        self.piece(self.value.decided().saturating_sub(SLACK))
    }

    /// Gives back room, before a wait.
    pub(super) fn trim(&mut self) {
        self.value.trim();
        self.splice.trim();
        room::trim(&mut self.marks);
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes()
            + self.splice.kept_bytes()
            + self.marks.len() * size_of::<(u64, u32)>()
    }

    /// Hands on what was found.
    fn tell(&mut self, judge: &Judge<'_, '_>, hits: &mut Vec<Hit>) {
        for Finding { start, end, kind, applied, .. } in self.splice.take_findings() {
            self.hit(start, end, kind, applied, hits);
        }
        let reached = self.value.decided();
        for long in self.splice.take_longs() {
            // What was found of it so far may be all that this piece of the run holds of it.
            let applied = judge.without_text(&long.kind);
            self.hit(long.start, long.end.unwrap_or(reached), long.kind, applied, hits);
            if long.end.is_none() {
                self.splice.open(Long { start: reached.max(long.start), ..long });
            }
        }
    }

    fn hit(&self, start: u64, end: u64, kind: Kind, applied: Applied, hits: &mut Vec<Hit>) {
        let first = self.piece(start.saturating_sub(SLACK));
        let last = self.piece(end.saturating_sub(1)).max(first);
        super::run::add(hits, Hit { first, last, kind, applied });
    }

    fn piece(&self, at: u64) -> u32 {
        let n = self.marks.partition_point(|(mark, _)| *mark <= at).saturating_sub(1);
        self.marks.get(n).map_or(0, |(_, piece)| *piece)
    }
}

/// Bytes behind a mark that may begin before it: a mark is set when a block begins, and a stream is
/// some characters behind.
const SLACK: u64 = 8;
