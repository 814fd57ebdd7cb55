//! Reads one message that is known whole: texts, messages in it, and what may be either.
//! Without a description of its type every field that holds bytes is read for all that it may be:
//! as a message where it parses as one, and as a text where it is UTF-8 or no message. With one a
//! field is what it is by its type, has a name, and numbers are read too.
//! Tells where findings are; never writes anything.

use super::carved::{Carved, tidy};
use super::number;
use super::rewrite::{self, As, Turn};
use super::tails::{self, Tails, Way};
use super::wire::{self, Field, Fields, Wire};
use crate::action::Applied;
use crate::finding::Finding;
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::{FieldKind, MessageField, Mode, NumberKind};
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
    turned: &'r [Turn],
    carved: Vec<Carved>,
    beside_bytes_left: usize,
}

/// Where in a message a field stands.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) depth: usize,
    pub(crate) way: Way,
    pub(crate) spot: Spot,
    /// What type of message stands here, where that is known.
    pub(crate) shape: Option<u16>,
}

/// A message and the groups in it that have begun.
struct Levels {
    around: Vec<Level>,
    here: Level,
}

struct Level {
    at: At,
    /// How many values each repeated field has had.
    counts: Vec<(u32, u32)>,
}

impl Levels {
    fn new(at: At) -> Self {
        Self { around: Vec::new(), here: Level { at, counts: Vec::new() } }
    }

    /// What the next field is by the type of what holds it, and where it stands.
    fn step<'p>(&mut self, law: Law<'p>, field: &Field) -> (Option<&'p MessageField>, At) {
        if field.wire == Wire::End {
            if let Some(level) = self.around.pop() {
                self.here = level;
            }
            return (None, self.here.at);
        }
        let At { depth, way, spot, shape } = self.here.at;
        let schema = &law.tables.schema;
        let message = shape.and_then(|shape| schema.types.get(usize::from(shape)));
        let known = message.and_then(|message| message.field(field.number));
        let way = tails::below(way, field.number);
        let below = match known {
            None => At { depth, way, spot: spot.leaf(), shape: None },
            Some(known) => {
                let name = known.name.as_bytes();
                let mut spot = law.paths.key(spot, name, law.sets_in(name));
                if known.repeated {
                    spot = law.paths.index(spot, self.here.count(field.number));
                }
                let shape = match known.kind {
                    FieldKind::Message(shape) => Some(shape),
                    FieldKind::Text | FieldKind::Bytes | FieldKind::Number(_) => None,
                };
                At { depth, way, spot, shape }
            }
        };
        if field.wire == Wire::Start {
            let level = Level { at: below, counts: Vec::new() };
            self.around.push(core::mem::replace(&mut self.here, level));
        }
        (known, below)
    }
}

impl Level {
    /// The index of the next value of a repeated field.
    fn count(&mut self, number: u32) -> u32 {
        match self.counts.iter_mut().find(|(other, _)| *other == number) {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count
            }
            None => {
                self.counts.push((number, 0));
                0
            }
        }
    }
}

impl<'r, 'p> Reading<'r, 'p> {
    pub(crate) fn new(
        law: Law<'p>,
        place: Place<'p>,
        tally: &'r mut Tally,
        tails: Option<&'r mut Tails>,
        (bytes, turned): (&'r [u8], &'r [Turn]),
    ) -> Self {
        let most = bytes.len().saturating_mul(BESIDE_TIMES_MAX);
        let beside_bytes_left = most.saturating_add(BESIDE_BYTES_FREE);
        Self { law, place, tally, tails, bytes, turned, carved: Vec::new(), beside_bytes_left }
    }

    /// What was found, in order, and apart.
    pub(crate) fn into_carved(self) -> Vec<Carved> {
        self.carved
    }

    /// Bytes that are fields, of this type if it is known.
    pub(crate) fn message(&mut self, start: usize, end: usize, at: At) -> Result<(), Reason> {
        let mut levels = Levels::new(at);
        for field in Fields::new(self.bytes, start, end) {
            let field = field?;
            let (known, below) = levels.step(self.law, &field);
            match (known.map(|known| known.kind), field.wire) {
                (_, Wire::Start | Wire::End) => {}
                (Some(FieldKind::Text), Wire::Bytes) => self.text(field.start, field.end, below)?,
                (Some(FieldKind::Message(_)), Wire::Bytes) => self.within(&field, below)?,
                (Some(FieldKind::Number(kind)), Wire::Bytes) if is_repeated(known) => {
                    self.packed(kind, &field, below)?;
                }
                (_, Wire::Bytes) => self.payload(field.start, field.end, below)?,
                (Some(FieldKind::Number(kind)), _) if number::fits(kind, &field) => {
                    self.number(kind, field.start, field.end, below)?;
                }
                (_, Wire::Varint | Wire::Fixed32 | Wire::Fixed64) => {}
            }
        }
        Ok(())
    }

    /// A field that is a message by its type.
    fn within(&mut self, field: &Field, at: At) -> Result<(), Reason> {
        if at.depth >= limits::PROTO_DEPTH_MAX {
            return Err(Reason::TooDeep);
        }
        wire::check(self.bytes, field.start, field.end)?;
        self.message(field.start, field.end, At { depth: at.depth + 1, ..at })
    }

    /// A field of several numbers.
    fn packed(&mut self, kind: NumberKind, field: &Field, at: At) -> Result<(), Reason> {
        let mut from = field.start;
        while from < field.end {
            let rest = self.bytes.get(from..field.end).unwrap_or_default();
            let ended = |byte: &u8| byte & 0x80 == 0;
            let length = match number::packed_bytes(kind) {
                Some(length) => length,
                None => rest.iter().position(ended).ok_or(Reason::Unparsable)? + 1,
            };
            if length > rest.len() {
                return Err(Reason::Unparsable);
            }
            self.number(kind, from, from + length, at)?;
            from += length;
        }
        Ok(())
    }

    /// A number: what is found in its digits is the whole of it.
    fn number(&mut self, kind: NumberKind, start: usize, end: usize, at: At) -> Result<(), Reason> {
        let mut digits = Vec::new();
        number::digits(kind, self.bytes.get(start..end).unwrap_or_default(), &mut digits);
        if digits.is_empty() {
            return Ok(());
        }
        let mark = self.carved.len();
        self.read(&digits, 0, at.spot)?;
        let found = self.carved.split_off(mark);
        if !found.is_empty() {
            let altered = found.iter().any(|one| one.text.is_some());
            let text = altered.then(|| number::zero(kind));
            self.carved.push(Carved { start, end, text, number: true });
        }
        Ok(())
    }

    /// Bytes that may be fields or a text.
    pub(crate) fn payload(&mut self, start: usize, end: usize, at: At) -> Result<(), Reason> {
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        if rewrite::is(self.turned, &(start..end), As::Text) {
            return self.text(start, end, at);
        }
        let is_text = core::str::from_utf8(bytes).is_ok();
        match wire::check(self.bytes, start, end) {
            Err(Reason::TooDeep) => Err(Reason::TooDeep),
            Ok(()) if at.depth >= limits::PROTO_DEPTH_MAX => Err(Reason::TooDeep),
            Ok(()) => {
                let mark = self.carved.len();
                let below = At { depth: at.depth + 1, shape: None, ..at };
                self.message(start, end, below)?;
                if is_text {
                    self.beside(start, end, mark, at)?;
                    self.protect_fields(start, end, mark)?;
                }
                Ok(())
            }
            Err(_) => self.text(start, end, at),
        }
    }

    /// What is found only where a length was mended cannot be replaced if it goes over what makes it a
    /// message.
    fn protect_fields(&self, start: usize, end: usize, mark: usize) -> Result<(), Reason> {
        if !rewrite::is(self.turned, &(start..end), As::Message) {
            return Ok(());
        }
        let found = self.carved.get(mark..).unwrap_or_default();
        let edits: Vec<Carved> = found.iter().filter(|one| one.text.is_some()).cloned().collect();
        match rewrite::leaves_fields(self.bytes, start..end, &edits, self.turned) {
            true => Ok(()),
            false => Err(Reason::ProtectedPlace),
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

fn is_repeated(field: Option<&MessageField>) -> bool {
    field.is_some_and(|field| field.repeated)
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
