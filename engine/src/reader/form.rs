//! Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5): names and values,
//! percent-decoded. Names give context and paths, as keys of an object do.

use super::Stop;
use super::in_place::{self, BORDER, InPlace, Sight};
use super::members::Members;
use super::names::Names;
use super::utf8::{Decoded, Utf8};
use super::value::Value;
use crate::detect::ContextSets;
use crate::fields_only::{FieldsOnly, Part, Shape};
use crate::finding::Style;
use crate::fold::{Folded, fold};
use crate::judge::Judge;
use crate::limits;
use crate::path::Spot;
use crate::room;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// A reader of names and values.
pub(crate) struct Form {
    value: Value,
    percent: Percent,
    name: Vec<u8>,
    in_value: bool,
    begun: bool,
    /// Where only some fields cross.
    only: Option<Members>,
    /// No pair goes on so far.
    first: bool,
    /// What the value stands for that is read, and where it, or its name, begins.
    spot: Spot,
    part_at: u64,
    names: Names,
    in_place: InPlace,
}

/// Percent-decoding, and the UTF-8 within.
#[derive(Default)]
pub(crate) struct Percent {
    utf8: Utf8,
    /// Raw offset at which the waiting UTF-8 begins.
    utf8_at: u64,
    /// `%` and perhaps one digit.
    escape: Option<Option<u8>>,
    /// A character came that is read as another one, or as nothing.
    folded: bool,
}

impl Form {
    /// With the only fields that cross, where there are such.
    pub(crate) fn new(only: Option<&FieldsOnly>) -> Self {
        Self {
            only: only.map(|_| Members::default()),
            first: true,
            value: Value::new(),
            percent: Percent::default(),
            name: Vec::new(),
            in_value: false,
            begun: false,
            spot: Spot::default(),
            part_at: 0,
            names: Names::new(),
            in_place: InPlace::default(),
        }
    }

    pub(crate) fn read(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        self.begin(at, judge).map_err(|reason| Stop { reason, at })?;
        let read = self.read_all(raw, at, judge);
        if !self.drops() {
            self.value.scan(judge);
        }
        read
    }

    fn read_all(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let copy = self.bordered(raw);
        let mut sight = copy.as_deref().and_then(|copy| Sight::new(copy, at, judge.law));
        let mut done = 0;
        while let Some(&byte) = raw.get(done) {
            if let Some(sight) = &mut sight
                && let Some(next) = self.pass_by(raw, done, sight, judge)
            {
                done = next;
                continue;
            }
            let at = at.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            self.byte(byte, at, judge).map_err(|reason| Stop { reason, at })?;
            done += 1;
        }
        Ok(())
    }

    /// A piece to be looked over, with what parts names and values as borders. Where only some
    /// fields cross, all of it is read.
    fn bordered(&self, raw: &[u8]) -> Option<Vec<u8>> {
        let reads = |byte: u8| match byte {
            b'&' | b'=' => BORDER,
            b'+' => b' ',
            _ => byte,
        };
        if self.only.is_some() { None } else { in_place::copy(raw, reads) }
    }

    /// Passes by a name that is known, or a value that needs no reading, with what ends it, where
    /// they stand whole in this piece: what is in them is found where it stands.
    fn pass_by(
        &mut self,
        raw: &[u8],
        at: usize,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<usize> {
        // INVARIANT: nothing of it has come, not even what is read as nothing; so nothing waits.
        if self.part_at != sight.offset(at) {
            return None;
        }
        let in_value = self.in_value;
        let ends = |byte: &u8| {
            let other = if in_value { b'&' } else { b'+' };
            matches!(byte, b'&' | b'=' | b'%') || *byte == other || !byte.is_ascii()
        };
        let end = at + raw.get(at..)?.iter().position(ends)?;
        let root = judge.law.paths.root();
        let begin = sight.offset(end + 1);
        match (in_value, raw.get(end)) {
            (true, Some(b'&')) => {
                // What no borders stand around is read.
                sight.bordered(&(at..end))?;
                self.in_place.look(at..end, self.spot, Style::Percent, sight, judge)?;
                self.begin_part(begin, root, false, judge);
            }
            (false, Some(b'=')) => {
                let name = raw.get(at..end)?;
                let context = self.names.recall(name, root.context)?;
                let spot = judge.law.paths.key(root, name, context);
                self.begin_part(begin, spot, true, judge);
            }
            _ => return None,
        }
        Some(end + 1)
    }

    /// A name or a value begins at `begin`, and stands for this.
    fn begin_part(&mut self, begin: u64, spot: Spot, in_value: bool, judge: &Judge<'_, '_>) {
        self.name.clear();
        self.percent.folded = false;
        (self.in_value, self.spot, self.part_at) = (in_value, spot, begin);
        self.value.begin(begin, spot.context, spot.fields, Style::Percent, judge);
    }

    fn byte(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
        match byte {
            b'&' => self.next(at, false, judge),
            _ if self.drops() => Ok(()),
            b'=' if !self.in_value => self.next(at, true, judge),
            _ => {
                let before = self.value.text().len();
                let byte = if byte == b'+' { b' ' } else { byte };
                self.percent.push(byte, at, &mut self.value, judge)?;
                self.name(before);
                if !self.in_value && self.name.len() > limits::KEY_BYTES_MAX {
                    self.choose(Spot::default(), judge);
                }
                Ok(())
            }
        }
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let finished = self.begin(at, judge).and_then(|()| {
            if self.only.is_some() {
                return self.end_pair(at, judge);
            }
            let finished = self.percent.finish(at, &mut self.value, judge);
            self.value.end(at, judge);
            finished
        });
        finished.map_err(|reason| Stop { reason, at })
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        if !self.begun {
            return at;
        }
        let decided = self.percent.decided(at, &self.value);
        self.only.as_ref().map_or(decided, |only| only.decided(decided, at))
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.value.trim();
        self.names.trim();
        self.in_place.trim();
        room::trim(&mut self.name);
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes() + self.name.len()
    }

    fn begin(&mut self, at: u64, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        if !core::mem::replace(&mut self.begun, true) {
            if let (Some(members), Some(only)) = (&mut self.only, judge.law.fields_only) {
                members.begin(at);
                if !only.has_names(judge.law.paths) {
                    return Err(Reason::NoFields);
                }
            }
            let Spot { context, .. } = judge.law.paths.root();
            self.part_at = at;
            self.value.begin(at, context, 0, Style::Percent, judge);
        }
        Ok(())
    }

    fn drops(&self) -> bool {
        self.only.as_ref().is_some_and(Members::is_dropping)
    }

    /// The name of a pair is known, and so what it stands for: it goes on, or is dropped.
    fn choose(&mut self, spot: Spot, judge: &mut Judge<'_, '_>) {
        let (Some(members), Some(only)) = (&mut self.only, judge.law.fields_only) else { return };
        // A name that only looks like a field's is another one.
        let spot = if self.percent.folded { Spot::default() } else { spot };
        match only.part(judge.law.paths, spot, Shape::Leaf) {
            Part::Field => members.keep(core::mem::take(&mut self.first), judge),
            Part::Holder | Part::Other => members.drop(judge),
        }
    }

    /// A pair ends before `at`, where only some go on.
    fn end_pair(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
        if !self.drops() {
            let before = self.value.text().len();
            self.percent.finish(at, &mut self.value, judge)?;
            self.name(before);
            let context = self.value.end_name(at, judge);
            // A name alone is a field without a value.
            if !self.in_value {
                let spot = self.spot(context, judge);
                self.choose(spot, judge);
            }
        }
        self.percent = Percent::default();
        if let Some(members) = &mut self.only {
            members.end(at, judge);
        }
        Ok(())
    }

    /// What the value behind the name stands for.
    fn spot(&self, context: ContextSets, judge: &Judge<'_, '_>) -> Spot {
        let root = judge.law.paths.root();
        if self.name.len() <= limits::KEY_BYTES_MAX {
            judge.law.paths.key(root, &self.name, context)
        } else {
            root
        }
    }

    fn name(&mut self, before: usize) {
        if !self.in_value && self.name.len() <= limits::KEY_BYTES_MAX {
            let text = self.value.text().get(before..).unwrap_or_default();
            self.name.extend_from_slice(text);
        }
    }

    /// A separator at `at`: what came before it is whole.
    fn next(&mut self, at: u64, in_value: bool, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
        let mut spot = judge.law.paths.root();
        if self.only.is_some() && !in_value {
            self.end_pair(at, judge)?;
            if let Some(members) = &mut self.only {
                members.part(at);
            }
        } else {
            let before = self.value.text().len();
            self.percent.finish(at, &mut self.value, judge)?;
            self.name(before);
            if self.in_value {
                self.value.end(at, judge);
            } else {
                let context = self.value.end_known_name(at, &mut self.names, judge);
                if in_value {
                    spot = self.spot(context, judge);
                    self.choose(spot, judge);
                }
            }
        }
        self.begin_part(at.saturating_add(1), spot, in_value, judge);
        Ok(())
    }
}

impl Percent {
    /// One raw byte at `at`. What is no escape stands for itself.
    pub(crate) fn push(
        &mut self,
        byte: u8,
        at: u64,
        value: &mut Value,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (self.escape, digit) {
            (None, _) if byte == b'%' => self.escape = Some(None),
            (None, _) => return self.byte(byte, at, at.saturating_add(1), value, judge),
            (Some(None), Some(digit)) => self.escape = Some(Some(digit)),
            (Some(Some(high)), Some(low)) => {
                self.escape = None;
                let begin = at.saturating_sub(2);
                return self.byte(high << 4 | low, begin, at.saturating_add(1), value, judge);
            }
            (Some(half), None) => {
                self.literal(half, at, value, judge)?;
                return self.push(byte, at, value, judge);
            }
        }
        Ok(())
    }

    /// The piece ends before `at`.
    pub(crate) fn finish(
        &mut self,
        at: u64,
        value: &mut Value,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        if let Some(half) = self.escape {
            self.literal(half, at, value, judge)?;
        }
        self.invalid(at, value, judge)
    }

    /// Raw offset before which nothing can change any more.
    pub(crate) fn decided(&self, at: u64, value: &Value) -> u64 {
        let escape = match self.escape {
            None => 0,
            Some(None) => 1,
            Some(Some(_)) => 2,
        };
        let mut decided = value.decided().min(at.saturating_sub(escape));
        if self.utf8.waiting() > 0 {
            decided = decided.min(self.utf8_at);
        }
        decided
    }

    /// A `%` that begins no escape, and the digit behind it, stand for themselves.
    fn literal(
        &mut self,
        half: Option<u8>,
        at: u64,
        value: &mut Value,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        self.escape = None;
        let begin = at.saturating_sub(1 + u64::from(half.is_some()));
        self.byte(b'%', begin, begin.saturating_add(1), value, judge)?;
        let Some(digit) = half else { return Ok(()) };
        let digit = char::from_digit(digit.into(), 16).and_then(|c| u8::try_from(c).ok());
        self.byte(digit.unwrap_or(b'0'), at.saturating_sub(1), at, value, judge)
    }

    /// A decoded byte that came from the raw bytes `begin..end`.
    fn byte(
        &mut self,
        byte: u8,
        begin: u64,
        end: u64,
        value: &mut Value,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        if self.utf8.waiting() == 0 {
            self.utf8_at = begin;
        }
        match self.utf8.push(byte) {
            Decoded::Part => {}
            Decoded::Char(c, _) => {
                let raw_bytes = u8::try_from(end.saturating_sub(self.utf8_at)).unwrap_or(u8::MAX);
                self.folded |= !c.is_ascii() && !matches!(fold(c), Folded::Other);
                if raw_bytes == 1 && c.is_ascii() {
                    value.push_ascii(&[byte], begin, judge);
                } else {
                    value.push_char(c, self.utf8_at, raw_bytes, judge)?;
                }
            }
            Decoded::Invalid { taken } => {
                self.broken(if taken { end } else { begin }, value, judge)?;
                if !taken {
                    return self.byte(byte, begin, end, value, judge);
                }
            }
        }
        Ok(())
    }

    /// What waits, up to `end`, is no UTF-8.
    fn broken(&mut self, end: u64, value: &mut Value, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        let raw_bytes = u8::try_from(end.saturating_sub(self.utf8_at)).unwrap_or(u8::MAX);
        value.push_char(char::REPLACEMENT_CHARACTER, self.utf8_at, raw_bytes, judge)
    }

    fn invalid(&mut self, at: u64, value: &mut Value, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        if self.utf8.waiting() > 0 {
            self.broken(at, value, judge)?;
            self.utf8 = Utf8::default();
        }
        Ok(())
    }
}
