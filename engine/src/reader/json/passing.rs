//! Passes by the names and values of JSON that stand whole in a piece and need no reading. What is
//! not sure to be one is left to be read.

use super::{Json, Level, State};
use crate::detect::{ContextSets, Survey};
use crate::finding::Style;
use crate::judge::Judge;
use crate::limits;
use crate::reader::in_place::Sight;
use crate::reader::names::Names;
use crate::reader::number;
use crate::room;
use alloc::vec::Vec;
use core::ops::Range;

/// A value that stands whole in a piece, in plain ASCII.
pub(super) struct Passed {
    value: Range<usize>,
    /// Where the piece goes on.
    pub(super) next: usize,
    style: Style,
    /// Its scan text is what stands there.
    reads_as_it_stands: bool,
}

impl Passed {
    /// The value that begins at `at`, if it is one.
    pub(super) fn new(raw: &[u8], at: usize, survey: &Survey) -> Option<Self> {
        let rest = raw.get(at..)?;
        let byte = *rest.first()?;
        let bare = |length: usize, reads_as_it_stands| {
            let end = at + length;
            Self { value: at..end, next: end, style: Style::Quote, reads_as_it_stands }
        };
        match byte {
            b'"' => {
                let end = survey.plain_string(raw, at + 1)?;
                let (value, next) = (at + 1..end, end + 1);
                Some(Self { value, next, style: Style::Plain, reads_as_it_stands: true })
            }
            b'-' | b'0'..=b'9' => {
                // PERF: nearly all numbers are whole and short.
                let digits = survey.digits_at(at);
                let ends = matches!(rest.get(digits), Some(b',' | b'}' | b']'));
                if ends && digits > 0 && (byte != b'0' || digits == 1) {
                    return Some(bare(digits, true));
                }
                let length = number::plain_length(rest)?;
                let digits = rest.get(..length)?.iter().all(u8::is_ascii_digit);
                Some(bare(length, digits))
            }
            b't' | b'f' => {
                let whole = [&b"true"[..], b"false"].into_iter().find(|w| rest.starts_with(w))?;
                Some(bare(whole.len(), true))
            }
            // There is no value.
            b'n' if rest.starts_with(b"null") => Some(Self { value: at..at, ..bare(4, true) }),
            _ => None,
        }
    }
}

/// Where the last value stood under each name of a piece in which nothing was found: what stands
/// there says of the same again that nothing is in it. Holds places only, and only of one piece.
// PERF: kinds, states and currencies are the same in most records.
#[derive(Default)]
pub(super) struct Quiet {
    /// By the number of the name.
    places: Vec<Stood>,
}

#[derive(Clone, Copy, Default)]
struct Stood {
    at: u32,
    /// 0 where there is none.
    bytes: u16,
    /// It is a string, which may hide something, and no number.
    is_string: bool,
}

impl Quiet {
    /// Longer values are not remembered.
    const BYTES_MAX: usize = 64;

    /// Begins another piece.
    pub(super) fn restart(&mut self) {
        self.places.clear();
    }

    pub(super) fn trim(&mut self) {
        room::trim(&mut self.places);
    }

    fn add(&mut self, number: usize, Passed { value, style, .. }: &Passed) {
        let length = value.end.saturating_sub(value.start);
        let (Ok(at), Ok(bytes)) = (u32::try_from(value.start), u16::try_from(length)) else {
            return;
        };
        if length > Self::BYTES_MAX {
            return;
        }
        if self.places.len() <= number {
            self.places.resize(number + 1, Stood::default());
        }
        if let Some(place) = self.places.get_mut(number) {
            *place = Stood { at, bytes, is_string: *style == Style::Plain };
        }
    }

    /// Whether this value of the piece stood there.
    #[inline]
    fn has(&self, number: usize, raw: &[u8], Passed { value, style, .. }: &Passed) -> bool {
        let Some(Stood { at, bytes, is_string }) = self.places.get(number) else { return false };
        let Ok(at) = usize::try_from(*at) else { return false };
        let bytes = usize::from(*bytes);
        bytes == value.end - value.start
            && bytes > 0
            && *is_string == (*style == Style::Plain)
            && raw.get(at..at + bytes) == raw.get(value.clone())
    }
}

impl Json {
    /// Passes by names and values, and what parts them, as long as they stand whole in this piece
    /// and need no reading: what is in them is found where they stand. Tells where the first stands
    /// that has to be read.
    /// PERF: nearly every name and value of API JSON is such a one.
    pub(super) fn pass_on(
        &mut self,
        mut at: usize,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> usize {
        let raw = sight.text;
        while let Some(&byte) = raw.get(at) {
            let next = match (self.state, byte) {
                (State::FirstKey | State::Key, b'"') => self.pass_name(at, sight, judge),
                (
                    State::FirstKey
                    | State::Key
                    | State::Colon
                    | State::Value
                    | State::FirstElement
                    | State::AfterValue,
                    b' ' | b'\t' | b'\r' | b'\n',
                ) => {
                    let rest = raw.get(at..).unwrap_or_default();
                    let space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                    Some(at + rest.iter().take_while(space).count())
                }
                (State::Value | State::FirstElement, b'{' | b'[') => {
                    self.begin_level(byte == b'[', judge).is_ok().then_some(at + 1)
                }
                (State::Value | State::FirstElement, _) => self.pass_value(at, sight, judge),
                (State::Colon, b':') => {
                    self.state = State::Value;
                    Some(at + 1)
                }
                (State::AfterValue, b',') => {
                    self.next_member(judge);
                    Some(at + 1)
                }
                (State::AfterValue, b'}' | b']') => {
                    let ends = |level: &Level| level.array == (byte == b']');
                    self.levels.last().is_some_and(ends).then(|| {
                        self.end_level();
                        at + 1
                    })
                }
                _ => None,
            };
            let Some(next) = next else { break };
            at = next;
        }
        at
    }

    /// Passes by a name that is known or in which nothing is found, and its colon.
    fn pass_name(
        &mut self,
        at: usize,
        sight: &mut Sight<'_>,
        judge: &Judge<'_, '_>,
    ) -> Option<usize> {
        let raw = sight.text;
        let end = sight.survey.plain_string(raw, at + 1)?;
        let spot = self.levels.last()?.spot;
        let context = match self.names.recall_at(raw, at + 1..end, spot.context) {
            Some((number, context)) => {
                self.member = Some(number);
                context
            }
            None => self.learn_name(at + 1..end, spot.context, sight, judge)?,
        };
        self.next = judge.law.paths.key(spot, raw.get(at + 1..end)?, context);
        let has_colon = raw.get(end + 1) == Some(&b':');
        self.state = if has_colon { State::Value } else { State::Colon };
        Some(end + 1 + usize::from(has_colon))
    }

    /// Looks at a short name where it stands, and remembers it; `None` where it has to be read. What
    /// it gives is what `Value::end_known_name` says.
    #[inline(never)]
    fn learn_name(
        &mut self,
        at: Range<usize>,
        around: ContextSets,
        sight: &mut Sight<'_>,
        judge: &Judge<'_, '_>,
    ) -> Option<ContextSets> {
        let law = judge.law;
        let name = sight.text.get(at.clone()).filter(|name| name.len() <= limits::KEY_BYTES_MAX)?;
        if sight.hides(&at, judge.law)
            || law.detection.has_replacement(name, &law)
            || !sight.is_quiet(&at, around, judge.law)
        {
            return None;
        }
        let context = law.sets_in(name);
        if let Some(copy) = Names::copy(name) {
            self.names.learn(&copy, around, context);
            self.forget_members();
        }
        Some(context)
    }

    /// Another name may have the number of one that was known.
    pub(super) fn forget_members(&mut self) {
        self.member = None;
        self.quiet.restart();
    }

    /// Passes by a value in which nothing has to be read.
    fn pass_value(
        &mut self,
        at: usize,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<usize> {
        let member = self.member.take();
        let passed = Passed::new(sight.text, at, &sight.survey)?;
        let is_known = member.is_some_and(|number| self.quiet.has(number, sight.text, &passed));
        if !is_known || judge.by_field(self.next.fields, passed.style).is_some() {
            let is_quiet = self.look(&passed, sight, judge)?;
            if let Some(number) = member.filter(|_| is_quiet) {
                self.quiet.add(number, &passed);
            }
        }
        self.after_value();
        Some(passed.next)
    }

    /// Passes by a name or value as [`Self::pass_on`] does, where only some fields cross.
    pub(super) fn pass_by(
        &mut self,
        at: usize,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<usize> {
        let byte = *sight.text.get(at)?;
        if self.chooses() {
            return None;
        }
        if self.drops() {
            return self.pass_by_dropped(at, sight);
        }
        match (self.state, byte) {
            (State::FirstKey | State::Key, b'"') => self.pass_name(at, sight, judge),
            (State::Value | State::FirstElement, _) => self.pass_value(at, sight, judge),
            _ => None,
        }
    }

    /// Finds what is in a value where it stands, and tells whether that is nothing; `None` where it
    /// has to be read.
    fn look(
        &mut self,
        passed: &Passed,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<bool> {
        let (spot, Passed { value, style, .. }) = (self.next, passed);
        if sight.must_read(value, spot.fields, *style, judge) {
            return None;
        }
        if sight.is_quiet(value, spot.context, judge.law) {
            return Some(true);
        }
        let finds = || self.in_place.find(value.clone(), spot, *style, sight, judge);
        passed.reads_as_it_stands.then(finds)
    }
}
