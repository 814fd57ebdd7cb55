//! Text that goes on from one body to the next, as the pieces of a stream of events do: joins what
//! stands at the same place of bodies that follow each other, and finds what goes over a break.
//! Each piece alone is read by its own reader. Follows few places, keeps little of each, and holds
//! back no more than what may still belong to something that goes over a break, for some bytes and
//! some pieces. What it does depends on the bytes alone, not on the chunks in which they come.

use crate::action::Applied;
use crate::detect::{Candidate, ContextSets, Memory, Text};
use crate::finding::{Finding, Kind};
use crate::judge::Judge;
use crate::model::DetectorId;
use crate::path::FieldSet;
use crate::room;
use alloc::vec::Vec;
use core::ops::Range;

/// The place of bodies that are text.
pub(crate) const TEXT: u64 = 0x7465_7874;

/// Most places that are followed at once.
const PLACES_MAX: usize = 6;
/// Bodies that may lack a place without ending its text.
const GAP: u64 = 2;
/// Scan text kept of a place, and of that before what is undecided.
const TEXT_BYTES_MAX: usize = 320;
const HISTORY_BYTES: usize = 96;
/// Runs of a place that map to raw bytes in one way.
const UNITS_MAX: usize = 72;
/// Raw bytes behind the first undecided one in which more may come.
const HOLD_RAW_BYTES: u64 = 6 * 1024;
/// Letters that wait for what may make a candidate of them.
const WORD_BYTES_MAX: usize = 8;
/// Breaks over which a candidate may go.
const BREAKS_MAX: usize = 24;
/// From so many bytes on a piece that comes again is taken for a name, not for text.
const NAME_BYTES_MIN: u64 = 6;
/// The same where it has no digits.
const WORD_BYTES_MIN: u64 = 3;

/// Texts that go on.
#[derive(Clone, Default)]
pub(crate) struct Running {
    places: Vec<Followed>,
    /// Which of them is being read.
    active: Option<usize>,
    /// Number of the body.
    body: u64,
    /// Found, and not handed on.
    found: Vec<Finding>,
    key_missing: bool,
}

/// A run of scan text that maps to raw bytes in one way; as in `reader::value`.
#[derive(Clone, Copy)]
struct Unit {
    text: u16,
    raw_bytes: u8,
    /// Behind `raw_base`.
    raw: u32,
}

/// The text at one place.
#[derive(Clone)]
struct Followed {
    place: u64,
    context: ContextSets,
    fields: FieldSet,
    /// Number of the last body that had it.
    seen: u64,
    text: Vec<u8>,
    units: Vec<Unit>,
    raw_base: u64,
    from: usize,
    memory: Memory,
    /// Where pieces begin in what is undecided.
    breaks: Vec<u16>,
    piece: Piece,
    last: Option<Piece>,
    /// All pieces so far were the same: no text, but a name or a number of a version.
    constant: bool,
    /// Breaks over which what is undecided may go now.
    patience: usize,
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

/// The place of a value with this name, below another place.
pub(crate) fn below(place: u64, name: &[u8]) -> u64 {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    name.iter().fold(place.rotate_left(23) ^ 0xcbf2_9ce4_8422_2325, mix)
}

/// Whether a name is one of those whose values are no text in any protocol.
pub(crate) fn is_fixed(name: &[u8]) -> bool {
    const FIXED: [&[u8]; 16] = [
        b"id",
        b"object",
        b"model",
        b"type",
        b"role",
        b"event",
        b"status",
        b"created",
        b"finish_reason",
        b"stop_reason",
        b"system_fingerprint",
        b"service_tier",
        b"obfuscation",
        b"version",
        b"time",
        b"timestamp",
    ];
    FIXED.contains(&name) || name.ends_with(b"_id") || name.ends_with(b"_at")
}

impl Running {
    /// What follows, from raw offset `at` on, goes on with the text of a place.
    pub(crate) fn follow(
        &mut self,
        place: u64,
        at: u64,
        context: ContextSets,
        fields: FieldSet,
        judge: &Judge<'_, '_>,
    ) {
        self.expire(at, judge);
        let body = self.body;
        let known = self.places.iter().position(|followed| followed.place == place);
        if known.is_none() && self.places.len() >= PLACES_MAX {
            self.active = None;
            return;
        }
        let n = known.unwrap_or(self.places.len());
        if known.is_none() {
            self.places.push(Followed::new(place, context, fields));
        }
        self.active = Some(n);
        let Some(followed) = self.places.get_mut(n) else { return };
        if (followed.context, followed.fields) != (context, fields) {
            followed.close(judge, &mut self.found, &mut self.key_missing);
            (followed.context, followed.fields) = (context, fields);
        }
        followed.seen = body;
        followed.piece = Piece { at: followed.text.len(), ..Piece::default() };
    }

    /// What follows belongs to no place.
    pub(crate) fn leave(&mut self) {
        self.active = None;
    }

    /// ASCII bytes that stand for themselves.
    pub(crate) fn push_ascii(&mut self, run: &[u8], at: u64, judge: &Judge<'_, '_>) {
        if self.active.is_some() {
            let mut bytes = run.iter().zip(at..);
            bytes.by_ref().for_each(|(byte, at)| self.push(&[*byte], at, 0, judge));
        }
    }

    /// One character's scan text, spelled in `raw_bytes` bytes; 0 where it stands for itself.
    pub(crate) fn push(&mut self, text: &[u8], at: u64, raw_bytes: u8, judge: &Judge<'_, '_>) {
        let Some(followed) = self.active.and_then(|n| self.places.get_mut(n)) else { return };
        if at > followed.limit() {
            followed.close(judge, &mut self.found, &mut self.key_missing);
        }
        if followed.is_full() {
            followed.scan(
                followed.text.len(),
                false,
                judge,
                &mut self.found,
                &mut self.key_missing,
            );
            followed.forget();
            if followed.is_full() {
                followed.close(judge, &mut self.found, &mut self.key_missing);
            }
        }
        followed.push(text, at, raw_bytes);
    }

    /// The piece has ended.
    pub(crate) fn end_piece(&mut self, judge: &mut Judge<'_, '_>) {
        if let Some(n) = self.active.take() {
            let followed = self.places.get_mut(n);
            let done = followed.is_some_and(|followed| {
                followed.end_piece(judge, &mut self.found, &mut self.key_missing)
            });
            if done {
                self.close(judge);
            }
        }
        self.tell(judge);
    }

    /// A body has ended.
    pub(crate) fn end_body(&mut self, judge: &mut Judge<'_, '_>) {
        self.body = self.body.saturating_add(1);
        let body = self.body;
        for followed in &mut self.places {
            if body - followed.seen > GAP + 1 {
                followed.close(judge, &mut self.found, &mut self.key_missing);
            }
        }
        self.places.retain(|followed| body - followed.seen <= GAP + 1);
        self.tell(judge);
    }

    /// No text goes on.
    pub(crate) fn close(&mut self, judge: &mut Judge<'_, '_>) {
        self.active = None;
        for followed in &mut self.places {
            followed.close(judge, &mut self.found, &mut self.key_missing);
        }
        self.places.clear();
        self.tell(judge);
    }

    /// Hands on what was found.
    pub(crate) fn tell(&mut self, judge: &mut Judge<'_, '_>) {
        judge.tally.key_missing |= core::mem::take(&mut self.key_missing);
        self.found.drain(..).for_each(|finding| judge.splice.find(finding));
    }

    /// The bodies have come to raw offset `at`: what would be held for longer is held no more.
    pub(crate) fn expire(&mut self, at: u64, judge: &Judge<'_, '_>) {
        for followed in &mut self.places {
            if at > followed.limit() {
                followed.close(judge, &mut self.found, &mut self.key_missing);
            }
        }
    }

    /// Raw offset before which nothing can change any more; `at` where nothing can.
    pub(crate) fn decided(&self, at: u64) -> u64 {
        let pending = self.places.iter().filter_map(Followed::pending);
        pending.min().unwrap_or(at).min(at)
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.places);
        room::trim(&mut self.found);
        for followed in &mut self.places {
            room::trim(&mut followed.text);
            room::trim(&mut followed.units);
            room::trim(&mut followed.breaks);
            followed.memory.drop_room();
        }
    }

    /// Bytes kept.
    pub(crate) fn kept_bytes(&self) -> usize {
        let of = |followed: &Followed| {
            let units = followed.units.len() * size_of::<Unit>();
            followed.text.len() + units + followed.breaks.len() * size_of::<u16>()
        };
        self.places.iter().map(of).sum()
    }
}

impl Followed {
    fn new(place: u64, context: ContextSets, fields: FieldSet) -> Self {
        Self {
            place,
            context,
            fields,
            seen: 0,
            text: Vec::new(),
            units: Vec::new(),
            raw_base: 0,
            from: 0,
            memory: Memory::default(),
            breaks: Vec::new(),
            piece: Piece::default(),
            last: None,
            constant: true,
            patience: BREAKS_MAX,
            open: None,
        }
    }

    /// Whether what is undecided is words that run on, and too long for a name in an address: a
    /// stream of states or titles is not held for that.
    fn is_only_words(&self) -> bool {
        let pending = self.text.get(self.from..).unwrap_or_default();
        pending.len() > WORD_BYTES_MAX && pending.iter().all(u8::is_ascii_alphabetic)
    }

    /// Raw offset of the first byte that is undecided.
    fn pending(&self) -> Option<u64> {
        (self.from < self.text.len()).then(|| self.raw_start(self.from))
    }

    /// Raw offset of the last byte that may belong to what is undecided.
    fn limit(&self) -> u64 {
        self.pending().map_or(u64::MAX, |pending| pending.saturating_add(HOLD_RAW_BYTES))
    }

    fn is_full(&self) -> bool {
        self.text.len() + 4 > TEXT_BYTES_MAX || self.units.len() >= UNITS_MAX
    }

    fn push(&mut self, text: &[u8], at: u64, raw_bytes: u8) {
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
        self.piece.hash = below(self.piece.hash, text);
        self.piece.bytes = self.piece.bytes.saturating_add(1);
        self.piece.digits |= text.iter().any(u8::is_ascii_digit);
    }

    /// The piece has ended; whether it says that all have.
    fn end_piece(
        &mut self,
        judge: &Judge<'_, '_>,
        found: &mut Vec<Finding>,
        key_missing: &mut bool,
    ) -> bool {
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
        if same && (self.constant || piece.bytes >= name) {
            self.begin_anew(judge, found, key_missing);
        }
        let done = self.text.get(self.piece.at..) == Some(b"[DONE]");
        self.scan(self.text.len(), false, judge, found, key_missing);
        self.forget();
        if self.breaks.is_empty() {
            self.patience = BREAKS_MAX;
        } else if self.breaks.len() > self.patience || self.is_only_words() {
            self.begin_anew(judge, found, key_missing);
            // Words without end: from now on only pairs of pieces are read.
            self.patience = 0;
        }
        done
    }

    /// What came before the last piece has ended; the text begins with that piece.
    fn begin_anew(
        &mut self,
        judge: &Judge<'_, '_>,
        found: &mut Vec<Finding>,
        key_missing: &mut bool,
    ) {
        let at = self.piece.at;
        if self.from > at || at == 0 {
            return;
        }
        self.scan(at, true, judge, found, key_missing);
        self.from = at;
        self.drop_before(at);
        self.memory.restart();
        self.open = None;
        self.breaks.clear();
        self.piece.at = 0;
    }

    /// All that came has ended.
    fn close(&mut self, judge: &Judge<'_, '_>, found: &mut Vec<Finding>, key_missing: &mut bool) {
        self.scan(self.text.len(), true, judge, found, key_missing);
        self.text.clear();
        self.units.clear();
        self.breaks.clear();
        self.from = 0;
        self.memory.restart();
        self.open = None;
        self.piece.at = 0;
    }

    /// Looks at the text up to `end`.
    fn scan(
        &mut self,
        end: usize,
        ended: bool,
        judge: &Judge<'_, '_>,
        found: &mut Vec<Finding>,
        key_missing: &mut bool,
    ) {
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
            self.swallow(end, found);
            self.open = None;
        }
        for Candidate { start, end, detector, committed } in candidates {
            if self.goes_over_break(start, end) && !self.ends_at_break(start, end, detector, judge)
            {
                let text = self.text.get(start..end).unwrap_or_default();
                if let Some((kind, applied, missing)) =
                    judge.weigh(detector, text, self.fields, committed)
                {
                    *key_missing |= missing;
                    self.find(start..end, kind, applied, found);
                }
            }
        }
        match (progress.opened_at, progress.open) {
            (Some(start), Some(opened)) => {
                let text = self.text.get(start..opened.reached).unwrap_or_default();
                self.open = judge.weigh(opened.detector, text, self.fields, true).map(
                    |(kind, applied, missing)| {
                        *key_missing |= missing;
                        if self.goes_over_break(start, opened.reached) {
                            self.find(start..opened.reached, kind, applied, found);
                        }
                        (kind, opened.reached)
                    },
                );
            }
            (None, Some(open)) => self.swallow(open.reached, found),
            (_, None) => {}
        }
        self.from = progress.decided.min(end);
    }

    fn goes_over_break(&self, start: usize, end: usize) -> bool {
        let within = |at: &u16| start < usize::from(*at) && usize::from(*at) < end;
        self.breaks.iter().any(within)
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

    /// The replacement goes into the first piece, and nothing into the others.
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

    /// The raw spans that a span of text comes from, piece by piece.
    fn pieces(&self, span: Range<usize>) -> impl Iterator<Item = (u64, u64)> + '_ {
        let within = move |at: &usize| span.start < *at && *at < span.end;
        let breaks: Vec<usize> =
            self.breaks.iter().map(|at| usize::from(*at)).filter(within).collect();
        let (start, end) = (span.start, span.end);
        let starts = core::iter::once(start).chain(breaks.clone());
        let ends = breaks.into_iter().chain([end]);
        starts.zip(ends).map(|(start, end)| (self.raw_start(start), self.raw_end_of(end)))
    }

    /// Drops decided text beyond the history, and where decided text came from.
    fn forget(&mut self) {
        let gone = self.from.saturating_sub(HISTORY_BYTES);
        self.drop_before(gone);
        let from = u16::try_from(self.from).unwrap_or(u16::MAX);
        self.breaks.retain(|at| *at > from);
    }

    /// Drops text before `gone`, and where text before `from` came from.
    fn drop_before(&mut self, gone: usize) {
        let (from, dropped) = (self.from, u16::try_from(gone).unwrap_or(u16::MAX));
        let from_text = u16::try_from(from).unwrap_or(u16::MAX);
        let first = self.units.partition_point(|unit| unit.text <= from_text).saturating_sub(1);
        let all = from >= self.text.len();
        self.units.drain(..if all { self.units.len() } else { first });
        if let Some(unit) = self.units.first_mut()
            && unit.text < from_text
        {
            let into = if unit.raw_bytes == 0 { u32::from(from_text - unit.text) } else { 0 };
            unit.raw = unit.raw.saturating_add(into);
            unit.text = from_text;
        }
        let shift = self.units.first().map_or(0, |unit| unit.raw);
        self.raw_base = self.raw_base.saturating_add(shift.into());
        for unit in &mut self.units {
            unit.raw = unit.raw.saturating_sub(shift);
            unit.text = unit.text.saturating_sub(dropped);
        }
        self.breaks.retain(|at| *at >= dropped);
        self.breaks.iter_mut().for_each(|at| *at -= dropped);
        self.text.drain(..gone.min(self.text.len()));
        self.from = self.from.saturating_sub(gone);
        self.piece.at = self.piece.at.saturating_sub(gone);
        if let Some((_, told)) = &mut self.open {
            *told = told.saturating_sub(gone);
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
