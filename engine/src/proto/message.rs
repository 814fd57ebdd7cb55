//! Reads one message that is known whole: texts, messages in it, and what may be either.
//! Without a description of its type every field that holds bytes is read for all that it may be:
//! as a message where it parses as one, and as a text where it is UTF-8 or no message.
//! Tells where findings are; never writes anything.

use super::carved::{Carved, tidy};
use super::tails::{self, Tails, Way};
use super::wire::{self, Fields, Wire};
use crate::action::Applied;
use crate::finding::Finding;
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::Mode;
use crate::path::Spot;
use crate::reader::text::Text;
use crate::splice::Splice;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// How often the bytes of a message may be read as text on top of being read as messages: deep
/// nesting of what is both would otherwise be read once for each level.
const BESIDE_TIMES_MAX: usize = 16;
const BESIDE_BYTES_FREE: usize = 64 * 1024;
/// Bytes of a text that are looked at together with the end of the one before.
const JOINED_BYTES: usize = 1024;

/// One message being read.
pub(crate) struct Reading<'r, 'p> {
    law: Law<'p>,
    place: Place<'p>,
    tally: &'r mut Tally,
    tails: Option<&'r mut Tails>,
    bytes: &'r [u8],
    carved: Vec<Carved>,
    beside_bytes_left: usize,
}

/// Where in a message a field stands.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) depth: usize,
    pub(crate) way: Way,
    pub(crate) spot: Spot,
}

impl<'r, 'p> Reading<'r, 'p> {
    pub(crate) fn new(
        law: Law<'p>,
        place: Place<'p>,
        tally: &'r mut Tally,
        tails: Option<&'r mut Tails>,
        bytes: &'r [u8],
    ) -> Self {
        let most = bytes.len().saturating_mul(BESIDE_TIMES_MAX);
        let beside_bytes_left = most.saturating_add(BESIDE_BYTES_FREE);
        Self { law, place, tally, tails, bytes, carved: Vec::new(), beside_bytes_left }
    }

    /// What was found, in order, and apart.
    pub(crate) fn into_carved(self) -> Vec<Carved> {
        self.carved
    }

    /// Bytes that are fields.
    pub(crate) fn message(&mut self, start: usize, end: usize, at: At) -> Result<(), Reason> {
        for field in Fields::new(self.bytes, start, end) {
            let field = field?;
            if field.wire == Wire::Bytes {
                let way = tails::below(at.way, field.number);
                self.payload(field.start, field.end, At { way, ..at })?;
            }
        }
        Ok(())
    }

    /// Bytes that may be fields or a text.
    pub(crate) fn payload(&mut self, start: usize, end: usize, at: At) -> Result<(), Reason> {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        let is_text = core::str::from_utf8(bytes).is_ok();
        match wire::check(self.bytes, start, end) {
            Err(Reason::TooDeep) => Err(Reason::TooDeep),
            Ok(()) if at.depth >= limits::PROTO_DEPTH_MAX => Err(Reason::TooDeep),
            Ok(()) => {
                let mark = self.carved.len();
                let below = At { depth: at.depth + 1, spot: at.spot, ..at };
                self.message(start, end, below)?;
                if is_text { self.beside(start, end, mark, at) } else { Ok(()) }
            }
            Err(_) => self.text(start, end, at),
        }
    }

    /// A text, and nothing else.
    fn text(&mut self, start: usize, end: usize, at: At) -> Result<(), Reason> {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        let mark = self.carved.len();
        let left = self.read(bytes, start, at.spot)?;
        self.follow(bytes, &left, start, mark, at)
    }

    /// The same bytes were read as a message: what was found there stands, and is a border here.
    fn beside(&mut self, start: usize, end: usize, mark: usize, at: At) -> Result<(), Reason> {
        let length = end.saturating_sub(start);
        let left = self.beside_bytes_left.checked_sub(length);
        self.beside_bytes_left = left.ok_or(Reason::TooDeep)?;
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        let mut hidden = bytes.to_vec();
        for one in self.carved.get(mark..).unwrap_or_default() {
            let inside = one.start.saturating_sub(start)..one.end.saturating_sub(start);
            hidden.get_mut(inside).unwrap_or_default().fill(0);
        }
        let left = self.read(&hidden, start, at.spot)?;
        tidy(&mut self.carved, mark);
        self.follow(&hidden, &left, start, mark, at)
    }

    /// Reads a text that begins at `start`; what would be left of it.
    fn read(&mut self, bytes: &[u8], start: usize, spot: Spot) -> Result<Vec<u8>, Reason> {
        let mut at = offset(start);
        let mut splice = Splice::carving(at, self.law.rules.mode == Mode::Observe);
        let mut text = Text::lenient(spot.context, spot.fields);
        let mut left = Vec::new();
        for slice in bytes.chunks(limits::SLICE_BYTES) {
            splice.push(slice);
            let mut judge = judge(self.law, self.place, &mut splice, self.tally);
            let read = text.read(slice, at, &mut judge);
            at = at.saturating_add(offset(slice.len()));
            // What was found before the reader stopped is told first.
            let decided = if read.is_ok() { text.decided(at) } else { u64::MAX };
            splice.advance(decided, &mut left, self.tally)?;
            read.map_err(|stop| stop.reason)?;
        }
        let mut judge = judge(self.law, self.place, &mut splice, self.tally);
        let finished = text.finish(at, &mut judge);
        splice.advance(u64::MAX, &mut left, self.tally)?;
        finished.map_err(|stop| stop.reason)?;
        self.carved.append(&mut splice.into_carved());
        Ok(left)
    }

    /// Looks whether something begins in the last message's text and ends in this one, of which
    /// `left` is left; `mark` is where what was found in it begins.
    fn follow(
        &mut self,
        bytes: &[u8],
        left: &[u8],
        start: usize,
        mark: usize,
        at: At,
    ) -> Result<(), Reason> {
        let Some(tails) = self.tails.as_deref_mut() else { return Ok(()) };
        let before = tails.before(at.way).to_vec();
        tails.keep(at.way, left);
        if before.is_empty() {
            return Ok(());
        }
        let Some(over) = self.over(&before, bytes, at.spot) else { return Ok(()) };
        let end = usize::try_from(over.end).unwrap_or(usize::MAX).saturating_sub(before.len());
        let end = start.saturating_add(end);
        let found = self.carved.get(mark..).unwrap_or_default();
        if found.iter().any(|one| one.start <= start && one.end >= end) {
            return Ok(());
        }
        self.tally.find(&over.kind, offset(start), offset(end));
        let observe = self.law.rules.mode == Mode::Observe;
        let text = match over.applied {
            Applied::Block => {
                self.tally.block(Reason::Finding);
                if !observe {
                    return Err(Reason::Finding);
                }
                None
            }
            Applied::Replace(text) if !observe => Some(text),
            Applied::Replace(_) | Applied::Keep => None,
        };
        self.carved.push(Carved { start, end, text, number: false });
        tidy(&mut self.carved, mark);
        Ok(())
    }

    /// The strictest finding that begins in the first text and ends in the second.
    fn over(&self, before: &[u8], bytes: &[u8], spot: Spot) -> Option<Finding> {
        let mut joined = before.to_vec();
        joined.extend_from_slice(bytes.get(..JOINED_BYTES).unwrap_or(bytes));
        let mut splice = Splice::new(true);
        splice.push(&joined);
        let mut tally = Tally::default();
        let mut judge = judge(self.law, self.place, &mut splice, &mut tally);
        // A text that is a finding by its field is one without the other.
        let mut text = Text::lenient(spot.context, 0);
        let read = text.read(&joined, 0, &mut judge);
        if read.is_ok() {
            text.finish(offset(joined.len()), &mut judge).ok()?;
        }
        splice.reaching_over(offset(before.len()))
    }
}

fn judge<'p, 'm>(
    law: Law<'p>,
    place: Place<'p>,
    splice: &'m mut Splice,
    tally: &'m mut Tally,
) -> Judge<'p, 'm> {
    Judge { law, place, splice, tally }
}

fn offset(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX)
}
