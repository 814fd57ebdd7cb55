//! The text at one place, joined from piece to piece, and which raw bytes each byte of it came
//! from. Keeps what is undecided and a little history; forgets where text came from that has left.

use super::{Flow, Out, mix};
use crate::action::Applied;
use crate::detect::{Candidate, ContextSets, Memory, Text};
use crate::finding::{Finding, Kind};
use crate::judge::Judge;
use crate::model::DetectorId;
use crate::path::FieldSet;
use crate::room;
use alloc::vec::Vec;
use core::ops::Range;

/// Scan text kept before what is undecided.
const HISTORY_BYTES: usize = 96;
/// Raw bytes behind the first undecided one in which more may come: what a crossing may keep, but
/// for texts and what readers need.
const HOLD_RAW_BYTES: u64 = 9 * 1024;
/// Breaks over which a candidate may go.
const BREAKS_MAX: usize = 128;
/// From so many bytes on a piece that comes again is taken for a name, not for text.
const NAME_BYTES_MIN: u64 = 6;
/// The same where it has no digits.
const WORD_BYTES_MIN: u64 = 3;

/// A run of scan text that maps to raw bytes in one way; as in `reader::value`.
#[derive(Clone, Copy)]
struct Unit {
    text: u16,
    /// Of the whole unit; 0 where each byte came from one.
    raw_bytes: u8,
    /// Behind `raw_base`.
    raw: u32,
}

/// The text at one place.
#[derive(Clone)]
pub(super) struct Followed {
    pub(super) place: u64,
    pub(super) flow: Flow,
    pub(super) context: ContextSets,
    pub(super) fields: FieldSet,
    /// Number of the last body that had it.
    pub(super) seen: u64,
    text: Vec<u8>,
    /// Of text that is undecided and held.
    units: Vec<Unit>,
    raw_base: u64,
    from: usize,
    /// Text before that has left, decided or not.
    left: usize,
    memory: Memory,
    /// Where pieces begin in what is undecided.
    breaks: Vec<u16>,
    piece: Piece,
    last: Option<Piece>,
    /// All pieces so far were the same: no text, but a name or a number of a version.
    constant: bool,
    /// It was held as long as may be: until something is decided, no longer than records.
    tired: bool,
    /// The committed candidate that is open and counts, and how much of it was told.
    open: Option<(Kind, usize)>,
}

/// A piece, told from others without its text.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Piece {
    /// Where it begins in the text, as far as that is kept.
    at: usize,
    bytes: u64,
    hash: u64,
    digits: bool,
}

impl Piece {
    fn is_same(&self, other: &Self) -> bool {
        (self.bytes, self.hash) == (other.bytes, other.hash)
    }
}

impl Followed {
    pub(super) fn new(place: u64, flow: Flow, context: ContextSets, fields: FieldSet) -> Self {
        Self {
            place,
            flow,
            context,
            fields,
            seen: 0,
            text: Vec::new(),
            units: Vec::new(),
            raw_base: 0,
            from: 0,
            left: 0,
            memory: Memory::default(),
            breaks: Vec::new(),
            piece: Piece::default(),
            last: None,
            constant: true,
            tired: false,
            open: None,
        }
    }

    /// A piece begins, in the body with this number.
    pub(super) fn begin_piece(&mut self, body: u64) {
        self.seen = body;
        self.piece = Piece { at: self.text.len(), ..Piece::default() };
    }

    /// Raw offset of the first byte that is undecided and held.
    pub(super) fn pending(&self) -> Option<u64> {
        let held = self.held();
        (held < self.text.len()).then(|| self.raw_start(held))
    }

    /// Gives back room, before a wait.
    pub(super) fn trim(&mut self) {
        room::trim(&mut self.text);
        room::trim(&mut self.units);
        room::trim(&mut self.breaks);
        self.memory.drop_room();
    }

    pub(super) fn kept_bytes(&self) -> usize {
        let units = self.units.len() * size_of::<Unit>();
        self.text.len() + units + self.breaks.len() * size_of::<u16>()
    }

    /// The bodies have come to raw offset `at`: of what would be held for longer, the pieces that
    /// began too long ago leave.
    pub(super) fn expire(&mut self, at: u64) {
        if at <= self.limit() {
            return;
        }
        self.tired = true;
        let (held, floor) = (self.held(), at.saturating_sub(HOLD_RAW_BYTES));
        let mut breaks = self.breaks.iter().map(|at| usize::from(*at)).filter(|at| *at > held);
        let kept = breaks.find(|at| self.raw_start(*at) >= floor);
        self.leave(kept.unwrap_or(self.text.len()));
    }

    /// Makes room for a character at raw offset `at`.
    pub(super) fn prepare(&mut self, at: u64, room: usize, judge: &Judge<'_, '_>, out: &mut Out) {
        self.expire(at);
        if self.spare(room) > 0 {
            return;
        }
        self.scan(self.text.len(), false, judge, out);
        self.forget();
        for to in [self.piece.at, self.text.len()] {
            if self.spare(room) > 0 {
                return;
            }
            self.tired = true;
            self.leave(to);
        }
        if self.spare(room) == 0 {
            self.close(judge, out);
        }
    }

    /// How many more bytes that follow each other can be pushed, the first at raw offset `at`,
    /// before room must be made.
    pub(super) fn spare_bytes(&self, at: u64, room: usize) -> usize {
        let until = self.limit().saturating_add(1).saturating_sub(at);
        self.spare(room).min(usize::try_from(until).unwrap_or(usize::MAX))
    }

    /// How many bytes there is room for.
    fn spare(&self, room: usize) -> usize {
        // The last of them may be a whole character, of a unit and a piece of its own.
        let last = size_of::<Unit>() + size_of::<u16>() + 3;
        room.saturating_sub(self.kept_bytes() + last)
    }

    pub(super) fn push(&mut self, text: &[u8], at: u64, raw_bytes: u8) {
        let here = u16::try_from(self.text.len()).unwrap_or(u16::MAX);
        if self.piece.bytes == 0 && here > 0 {
            self.breaks.push(here);
        }
        if self.units.is_empty() {
            self.raw_base = at;
        }
        let raw = u32::try_from(at.saturating_sub(self.raw_base)).unwrap_or(u32::MAX);
        let goes_on = self.units.last().is_some_and(|unit| {
            let into = u32::from(here.saturating_sub(unit.text));
            raw_bytes == 0 && unit.raw_bytes == 0 && raw.wrapping_sub(unit.raw) == into
        });
        if !goes_on {
            self.units.push(Unit { text: here, raw_bytes, raw });
        }
        self.text.extend_from_slice(text);
        self.piece.hash = mix(self.piece.hash, text);
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.piece.bytes = self.piece.bytes.saturating_add(bytes);
        self.piece.digits |= text.iter().any(u8::is_ascii_digit);
    }

    /// The piece has ended; whether it says that all have.
    pub(super) fn end_piece(&mut self, judge: &Judge<'_, '_>, out: &mut Out) -> bool {
        let piece = self.piece;
        if piece.bytes == 0 {
            return false;
        }
        let same = self.last.is_some_and(|last| last.is_same(&piece));
        self.constant &= same || self.last.is_none();
        self.last = Some(piece);
        // What says the same again and again is no text; but `111` may be some of a number, and
        // `o` some of a word.
        let name = if piece.digits { NAME_BYTES_MIN } else { WORD_BYTES_MIN };
        let named = self.flow != Flow::Pieces && piece.bytes >= name;
        if same && (self.constant || named) {
            self.begin_anew(judge, out);
        }
        let done = self.text.get(self.piece.at..) == Some(b"[DONE]");
        self.scan(self.text.len(), false, judge, out);
        self.forget();
        if self.breaks.is_empty() {
            self.tired = false;
        } else if self.breaks.len() > BREAKS_MAX {
            self.begin_anew(judge, out);
            self.tired = true;
        }
        done
    }

    /// The body with this number has ended. In records what stood in a body before it leaves,
    /// unless it is part of a finding if nothing more comes.
    pub(super) fn end_body(&mut self, body: u64, judge: &Judge<'_, '_>) {
        let record = self.flow == Flow::Records;
        if !record && !self.tired {
            return;
        }
        let to = if self.seen == body { self.piece.at } else { self.text.len() };
        if self.tired || self.held() >= to || !self.is_found(to, judge) {
            self.leave(to);
        }
    }

    /// Whether something that is held and begins before `to` goes over a break and would be found
    /// if all that came had ended.
    fn is_found(&self, to: usize, judge: &Judge<'_, '_>) -> bool {
        if self.breaks.is_empty() {
            return false;
        }
        let (law, mut memory, mut candidates) = (judge.law, self.memory.lean(), Vec::new());
        let (bytes, from, place_context) = (&self.text[..], self.from, self.context);
        let text = Text { bytes, from, ended: true, place_context };
        law.detection.scan(&text, law.active, &law, &mut memory, &mut candidates);
        candidates.iter().any(|&Candidate { start, end, detector, .. }| {
            let held = start < to && end > self.left;
            held && self.goes_over_break(start, end) && !self.is_apart(start, end, detector, judge)
        })
    }

    /// All that came has ended.
    pub(super) fn close(&mut self, judge: &Judge<'_, '_>, out: &mut Out) {
        self.scan(self.text.len(), true, judge, out);
        self.text.clear();
        self.units.clear();
        self.breaks.clear();
        (self.from, self.left) = (0, 0);
        self.memory.restart();
        self.open = None;
        self.piece.at = 0;
    }

    /// What came before the last piece has ended; the text begins with that piece.
    fn begin_anew(&mut self, judge: &Judge<'_, '_>, out: &mut Out) {
        let at = self.piece.at;
        if self.from > at || at == 0 {
            return;
        }
        self.scan(at, true, judge, out);
        self.from = at;
        self.drop_before(at);
        self.memory.restart();
        self.open = None;
        self.breaks.clear();
    }

    /// Where what is undecided and held begins.
    fn held(&self) -> usize {
        self.from.max(self.left)
    }

    /// Text before `to` is held no more.
    fn leave(&mut self, to: usize) {
        self.left = self.left.max(to.min(self.text.len()));
        self.drop_units();
    }

    /// Raw offset of the last byte that may belong to what is undecided and held.
    fn limit(&self) -> u64 {
        self.pending().map_or(u64::MAX, |pending| pending.saturating_add(HOLD_RAW_BYTES))
    }

    /// Looks at the text up to `end`.
    fn scan(&mut self, end: usize, ended: bool, judge: &Judge<'_, '_>, out: &mut Out) {
        if self.from >= end && self.open.is_none() {
            return;
        }
        let (law, bytes) = (judge.law, self.text.get(..end).unwrap_or_default());
        let text = Text { bytes, from: self.from, ended, place_context: self.context };
        let mut candidates: Vec<Candidate> = Vec::new();
        let memory = &mut self.memory;
        let progress = law.detection.scan(&text, law.active, &law, memory, &mut candidates);
        memory.trim();
        if let Some(end) = progress.closed_at {
            self.swallow(end, &mut out.found);
            self.open = None;
        }
        for Candidate { start, end, detector, committed } in candidates {
            if self.counts(start, end, detector, judge) {
                let text = self.text.get(start..end).unwrap_or_default();
                if let Some((kind, applied, missing)) =
                    judge.weigh(detector, text, self.fields, committed)
                {
                    out.key_missing |= missing;
                    self.find(start..end, kind, applied, &mut out.found);
                }
            }
        }
        match (progress.opened_at, progress.open) {
            (Some(start), Some(opened)) => {
                let text = self.text.get(start..opened.reached).unwrap_or_default();
                self.open = judge.weigh(opened.detector, text, self.fields, true).map(
                    |(kind, applied, missing)| {
                        out.key_missing |= missing;
                        if self.goes_over_break(start, opened.reached) {
                            self.find(start..opened.reached, kind, applied, &mut out.found);
                        }
                        (kind, opened.reached)
                    },
                );
            }
            (None, Some(open)) => self.swallow(open.reached, &mut out.found),
            (_, None) => {}
        }
        self.from = progress.decided.min(end);
    }

    /// Whether a candidate is told from here. What lies in one piece of a text may be one because of
    /// words in another piece; where the piece alone tells it too, the two are the same finding.
    fn counts(
        &self,
        start: usize,
        end: usize,
        detector: DetectorId,
        judge: &Judge<'_, '_>,
    ) -> bool {
        if self.goes_over_break(start, end) {
            return !self.is_apart(start, end, detector, judge);
        }
        self.flow != Flow::Records && self.left <= start
    }

    fn goes_over_break(&self, start: usize, end: usize) -> bool {
        let within = |at: &u16| start < usize::from(*at) && usize::from(*at) < end;
        self.breaks.iter().any(within)
    }

    /// Whether what goes over a break is no finding because the pieces stand for themselves.
    fn is_apart(
        &self,
        start: usize,
        end: usize,
        detector: DetectorId,
        judge: &Judge<'_, '_>,
    ) -> bool {
        match self.flow {
            Flow::Pieces => false,
            Flow::Bodies => self.ends_at_break(start, end, detector, judge),
            Flow::Records => {
                self.ends_at_break(start, end, detector, judge)
                    || self.begins_at_break(start, end, detector, judge)
                    || self.is_rest(end, judge)
            }
        }
    }

    /// Whether a piece behind this candidate begins with a replacement: it may have been more of
    /// it when what came before had left, and then there was no such candidate.
    fn is_rest(&self, end: usize, judge: &Judge<'_, '_>) -> bool {
        let breaks = self.breaks.iter().any(|at| usize::from(*at) == end);
        breaks && judge.law.detection.is_replaced_at(&self.text, end, &judge.law)
    }

    /// Whether the first piece alone ends with this candidate, and only letters that follow at once
    /// make it longer: they belong to the next text, unless they are more of its digits.
    fn ends_at_break(
        &self,
        start: usize,
        end: usize,
        detector: DetectorId,
        judge: &Judge<'_, '_>,
    ) -> bool {
        let mut breaks = self.breaks.iter().map(|at| usize::from(*at));
        let Some(at) = breaks.find(|at| start < *at && *at < end) else { return false };
        let digit = |at: usize| self.text.get(at).is_some_and(u8::is_ascii_digit);
        if digit(at) && at.checked_sub(1).is_some_and(digit) {
            return false;
        }
        let bytes = self.text.get(..at).unwrap_or_default();
        let text = Text { bytes, from: start, ended: true, place_context: self.context };
        let (law, mut candidates) = (judge.law, Vec::new());
        law.detection.scan(&text, law.active, &law, &mut Memory::default(), &mut candidates);
        candidates
            .iter()
            .any(|found| (found.start, found.end, found.detector) == (start, at, detector))
    }

    /// Whether the last piece alone begins with what ends with this candidate: what stands before
    /// is no part of it.
    fn begins_at_break(
        &self,
        start: usize,
        end: usize,
        detector: DetectorId,
        judge: &Judge<'_, '_>,
    ) -> bool {
        let mut breaks = self.breaks.iter().rev().map(|at| usize::from(*at));
        let Some(at) = breaks.find(|at| start < *at && *at < end) else { return false };
        let bytes = self.text.get(at..).unwrap_or_default();
        let text = Text { bytes, from: 0, ended: true, place_context: self.context };
        let (law, mut candidates) = (judge.law, Vec::new());
        law.detection.scan(&text, law.active, &law, &mut Memory::default(), &mut candidates);
        candidates
            .iter()
            .any(|found| (found.start, found.end, found.detector) == (0, end - at, detector))
    }

    /// The replacement goes into the first piece that has not left, and nothing into the others.
    fn find(&self, span: Range<usize>, kind: Kind, applied: Applied, found: &mut Vec<Finding>) {
        let replaces = matches!(applied, Applied::Replace(_));
        let mut pieces = self.pieces(span);
        if let Some((start, end)) = pieces.next() {
            found.push(Finding::new(start, end, kind, applied));
        }
        if replaces {
            found.extend(pieces.map(|(start, end)| Finding::further(start, end, kind)));
        }
    }

    /// The open candidate goes on up to here.
    fn swallow(&mut self, end: usize, found: &mut Vec<Finding>) {
        let Some((kind, told)) = self.open.filter(|(_, told)| *told < end) else { return };
        if kind.severity > 1 {
            let pieces = self.pieces(told..end);
            found.extend(pieces.map(|(start, end)| Finding::further(start, end, kind)));
        }
        self.open = Some((kind, end));
    }

    /// The raw spans that a span of text comes from, piece by piece, of what has not left.
    fn pieces(&self, span: Range<usize>) -> impl Iterator<Item = (u64, u64)> + '_ {
        let (start, end) = (span.start.max(self.left), span.end);
        let within = move |at: &usize| start < *at && *at < end;
        let breaks: Vec<usize> =
            self.breaks.iter().map(|at| usize::from(*at)).filter(within).collect();
        let starts = core::iter::once(start).chain(breaks.clone());
        let ends = breaks.into_iter().chain([end]);
        let spans = starts.zip(ends).filter(|(start, end)| start < end);
        spans.map(|(start, end)| (self.raw_start(start), self.raw_end_of(end)))
    }

    /// Drops decided text beyond the history, and where decided text came from.
    fn forget(&mut self) {
        let gone = self.from.saturating_sub(HISTORY_BYTES);
        self.drop_before(gone);
        let from = u16::try_from(self.from).unwrap_or(u16::MAX);
        self.breaks.retain(|at| *at > from);
    }

    /// Drops text before `gone`, which is decided.
    fn drop_before(&mut self, gone: usize) {
        self.drop_units();
        let dropped = u16::try_from(gone).unwrap_or(u16::MAX);
        for unit in &mut self.units {
            unit.text = unit.text.saturating_sub(dropped);
        }
        self.breaks.retain(|at| *at >= dropped);
        self.breaks.iter_mut().for_each(|at| *at -= dropped);
        self.text.drain(..gone.min(self.text.len()));
        self.from = self.from.saturating_sub(gone);
        self.left = self.left.saturating_sub(gone);
        self.piece.at = self.piece.at.saturating_sub(gone);
        if let Some((_, told)) = &mut self.open {
            *told = told.saturating_sub(gone);
        }
    }

    /// Forgets where text came from that is decided or has left.
    fn drop_units(&mut self) {
        let held = self.held();
        if held >= self.text.len() {
            self.units.clear();
            return;
        }
        let begin = u16::try_from(held).unwrap_or(u16::MAX);
        let first = self.units.partition_point(|unit| unit.text <= begin).saturating_sub(1);
        self.units.drain(..first);
        if let Some(unit) = self.units.first_mut()
            && unit.text < begin
        {
            let into = if unit.raw_bytes == 0 { u32::from(begin - unit.text) } else { 0 };
            unit.raw = unit.raw.saturating_add(into);
            unit.text = begin;
        }
        let shift = self.units.first().map_or(0, |unit| unit.raw);
        self.raw_base = self.raw_base.saturating_add(shift.into());
        for unit in &mut self.units {
            unit.raw = unit.raw.saturating_sub(shift);
        }
    }

    /// Raw offset of the first byte that `text[at]` came from.
    fn raw_start(&self, at: usize) -> u64 {
        let Some((unit, into)) = self.unit(at) else { return self.raw_base };
        let raw = self.raw_base.saturating_add(unit.raw.into());
        raw.saturating_add(if unit.raw_bytes == 0 { into } else { 0 })
    }

    /// Raw offset behind the last byte that `text[..end]` came from.
    fn raw_end_of(&self, end: usize) -> u64 {
        let Some((unit, into)) = self.unit(end.saturating_sub(1)) else { return self.raw_base };
        let raw = self.raw_base.saturating_add(unit.raw.into());
        let bytes = if unit.raw_bytes == 0 { into + 1 } else { unit.raw_bytes.into() };
        raw.saturating_add(bytes)
    }

    fn unit(&self, at: usize) -> Option<(Unit, u64)> {
        let text = u16::try_from(at).ok()?;
        let n = self.units.partition_point(|unit| unit.text <= text).checked_sub(1)?;
        let unit = *self.units.get(n)?;
        Some((unit, u64::from(text - unit.text)))
    }
}
