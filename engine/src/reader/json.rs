//! Reads JSON (RFC 8259) strictly: strings and keys unescaped, numbers by their digits.
//! Tells where every value stands. Keeps a path of bits, never a key.

mod fields;
mod passing;

use super::Stop;
use super::in_place::{InPlace, Sight};
use super::names::Names;
use super::number;
use super::running::{self, Flow, Running};
use super::utf8::{Decoded, Utf8};
use super::value::Value;
use crate::finding::Style;
use crate::judge::Judge;
use crate::limits;
use crate::path::Spot;
use crate::room;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;
use fields::Fields;
use passing::Quiet;

/// A reader of JSON.
pub(crate) struct Json {
    state: State,
    levels: Vec<Level>,
    /// Where the value that comes next stands.
    next: Spot,
    value: Value,
    /// The key being read, as far as names count.
    key: Vec<u8>,
    names: Names,
    utf8: Utf8,
    escape: Escape,
    number: Vec<u8>,
    /// Raw offset of the number or literal being read.
    token_at: u64,
    /// Several values, one after another (JSON lines).
    many: bool,
    any: bool,
    /// The place of the value that comes next, where text goes on from body to body.
    place: u64,
    /// Whether what comes next is text, and whether it tells apart what else stands there.
    named: Named,
    /// Whether it stands below a name of text that comes in pieces.
    pieces: bool,
    /// Where only some fields cross.
    only: Option<Fields>,
    /// The number of the name that comes before the value that comes next, where it was passed by.
    member: Option<usize>,
    /// Where in the piece values stood under each name in which nothing was found.
    quiet: Quiet,
    in_place: InPlace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value must come.
    Value,
    /// A value, or the end of an array that has just begun.
    FirstElement,
    /// A key, or the end of an object that has just begun.
    FirstKey,
    Key,
    Colon,
    /// A comma, or the end of what holds this.
    AfterValue,
    String,
    KeyString,
    Number,
    Literal(Literal, u8),
    /// Before or after a top-level value.
    Top,
}

/// What a name says of the value that comes next, to whom follows it from body to body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Text,
    Fixed,
    /// Texts beside different numbers are different ones.
    Index,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Literal {
    True,
    False,
    Null,
}

impl Literal {
    fn text(self) -> &'static [u8] {
        match self {
            Self::True => b"true",
            Self::False => b"false",
            Self::Null => b"null",
        }
    }
}

/// An escape that is not whole yet, and a high surrogate that waits for its other half.
#[derive(Clone, Copy, Default)]
struct Escape {
    /// Raw bytes of the escape so far, the backslash counted; 0 outside.
    bytes: u8,
    code: u16,
    high: Option<u16>,
}

#[derive(Clone, Copy)]
struct Level {
    array: bool,
    index: u32,
    spot: Spot,
    place: u64,
    pieces: bool,
    /// It is looked through for the fields that cross.
    open: bool,
    /// None of its members goes on so far.
    first: bool,
}

impl Json {
    pub(crate) fn new(many: bool, root: Spot) -> Self {
        Self {
            state: State::Top,
            levels: Vec::new(),
            next: root,
            value: Value::new(),
            key: Vec::new(),
            names: Names::new(),
            utf8: Utf8::default(),
            escape: Escape::default(),
            number: Vec::new(),
            token_at: 0,
            many,
            any: false,
            place: 0,
            named: Named::Text,
            pieces: false,
            only: None,
            member: None,
            quiet: Quiet::default(),
            in_place: InPlace::default(),
        }
    }

    /// The text that goes on from one body to the next.
    pub(crate) fn running(&self) -> Option<&Running> {
        self.value.running()
    }

    /// Where the text is that goes on from one body to the next.
    pub(crate) fn running_mut(&mut self) -> &mut Option<Box<Running>> {
        self.value.running_mut()
    }

    pub(crate) fn read(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        let result = self.read_all(raw, at, judge);
        if matches!(self.state, State::String | State::KeyString) && !self.drops() {
            self.value.scan(judge);
        }
        result
    }

    fn read_all(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let alone = self.value.running_mut().is_none();
        let mut sight = if alone { Sight::new(raw, at, judge.law) } else { None };
        self.quiet.restart();
        self.member = None;
        let mut done = 0;
        while let Some(byte) = raw.get(done) {
            match &mut sight {
                Some(sight) if self.only.is_none() => {
                    let next = self.pass_on(done, sight, judge);
                    if next > done {
                        done = next;
                        continue;
                    }
                }
                Some(sight) => {
                    if let Some(next) = self.pass_by(done, sight, judge) {
                        done = next;
                        self.follow(offset(at, done), judge);
                        continue;
                    }
                }
                None => {}
            }
            let rest = raw.get(done..).unwrap_or_default();
            let begin = at;
            let at = offset(begin, done);
            let taken = match self.state {
                State::String | State::KeyString => self.string(rest, at, judge),
                State::Number => self.number(*byte, at, judge),
                State::Literal(literal, read) => {
                    self.literal(literal, read, *byte, at, judge).map(|()| 1)
                }
                _ => self.structure(*byte, at, judge).map(|()| 1),
            };
            done += taken.map_err(|reason| Stop { reason, at })?;
            if self.only.is_some() {
                self.follow(offset(begin, done), judge);
            }
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if self.state == State::Number {
            self.end_number(at, judge).map_err(|reason| Stop { reason, at })?;
        }
        let whole = self.levels.is_empty() && matches!(self.state, State::Top);
        if whole { Ok(()) } else { Err(Stop { reason: Reason::Unparsable, at }) }
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        let decided = match self.state {
            State::String | State::KeyString => {
                let waiting = u64::from(self.utf8.waiting()) + u64::from(self.escape.waiting());
                self.value.decided().min(at.saturating_sub(waiting))
            }
            State::Number | State::Literal(..) => self.token_at.min(at),
            _ => at,
        };
        self.decided_of_fields(decided, at)
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.value.trim();
        self.names.trim();
        self.in_place.trim();
        room::trim(&mut self.levels);
        room::trim(&mut self.key);
        room::trim(&mut self.number);
        self.quiet.trim();
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes()
            + self.key.len()
            + self.number.len()
            + self.levels.len() * size_of::<Level>()
    }

    fn structure(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            return self.wait(at);
        }
        match (self.state, byte) {
            (State::Top, _) if self.any && !self.many => return Err(Reason::Unparsable),
            (State::FirstElement, b']') | (State::FirstKey, b'}') => self.end_level(),
            (State::Top | State::Value | State::FirstElement, _) => {
                self.any = true;
                if self.state == State::Top {
                    (self.place, self.named, self.pieces) = (0, Named::Text, false);
                }
                self.choose(byte, at, judge)?;
                return self.begin_value(byte, at, judge);
            }
            (State::FirstKey | State::Key, b'"') => {
                let spot = self.levels.last().map(|level| level.spot).unwrap_or_default();
                self.begin_member(at);
                self.key.clear();
                self.state = State::KeyString;
                let begin = at.saturating_add(1);
                self.value.begin(begin, spot.context, 0, Style::Plain, judge);
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::AfterValue, b',') => {
                self.part_members(at);
                self.next_member(judge);
            }
            (State::AfterValue, b']') if self.levels.last().is_some_and(|level| level.array) => {
                self.end_level();
            }
            (State::AfterValue, b'}') if self.levels.last().is_some_and(|level| !level.array) => {
                self.end_level();
            }
            _ => return Err(Reason::Unparsable),
        }
        Ok(())
    }

    fn begin_value(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
        match byte {
            b'{' | b'[' => return self.begin_level(byte == b'[', judge),
            b'"' => {
                let Spot { context, fields, .. } = self.next;
                let begin = at.saturating_add(1);
                self.value.begin(begin, context, fields, Style::Plain, judge);
                if self.named == Named::Text {
                    let flow = match (self.levels.is_empty(), self.pieces) {
                        (true, _) => Flow::Bodies,
                        (false, true) => Flow::Pieces,
                        (false, false) => Flow::Records,
                    };
                    self.value.follow((self.place, flow), begin, judge);
                }
                self.state = State::String;
            }
            b'-' | b'0'..=b'9' => {
                self.token_at = at;
                self.number.clear();
                self.number.push(byte);
                self.state = State::Number;
            }
            b't' => self.begin_literal(Literal::True, at),
            b'f' => self.begin_literal(Literal::False, at),
            b'n' => self.begin_literal(Literal::Null, at),
            _ => return Err(Reason::Unparsable),
        }
        Ok(())
    }

    fn begin_literal(&mut self, literal: Literal, at: u64) {
        self.token_at = at;
        self.state = State::Literal(literal, 1);
    }

    fn begin_level(&mut self, array: bool, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        if self.levels.len() >= limits::JSON_DEPTH_MAX {
            return Err(Reason::TooDeep);
        }
        let open = self.only.as_ref().is_some_and(|only| only.opens);
        self.member = None;
        let (spot, place, pieces) = (self.next, self.place, self.pieces);
        self.levels.push(Level { array, index: 0, spot, place, pieces, open, first: true });
        if array {
            self.place = running::below(self.place, &[0]);
            self.next = judge.law.paths.index(self.next, 0);
            self.state = State::FirstElement;
        } else {
            self.state = State::FirstKey;
        }
        Ok(())
    }

    fn next_member(&mut self, judge: &Judge<'_, '_>) {
        let Some(level) = self.levels.last_mut() else { return };
        if level.array {
            level.index = level.index.saturating_add(1);
            self.next = judge.law.paths.index(level.spot, level.index);
            self.place = running::below(level.place, &level.index.to_le_bytes());
            self.pieces = level.pieces;
            self.state = State::Value;
        } else {
            self.state = State::Key;
        }
    }

    fn end_level(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.next = level.spot;
        }
        self.after_value();
    }

    fn after_value(&mut self) {
        self.state = if self.levels.is_empty() { State::Top } else { State::AfterValue };
    }

    /// Reads within a string; returns how many bytes it took.
    fn string(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Reason> {
        let Some(&byte) = raw.first() else { return Ok(0) };
        if self.escape.bytes > 0 {
            return self.escaped(byte, at, judge).map(|()| 1);
        }
        if self.escape.high.is_some() && byte != b'\\' {
            self.lone_surrogate(at, judge)?;
        }
        if self.utf8.waiting() > 0 || !byte.is_ascii() {
            let begun = at.saturating_sub(self.utf8.waiting().into());
            match self.utf8.push(byte) {
                Decoded::Part => {}
                Decoded::Char(c, length) => self.push_char(c, begun, length, judge)?,
                Decoded::Invalid { .. } => return Err(Reason::Unparsable),
            }
            return Ok(1);
        }
        match byte {
            b'"' => {
                self.end_string(at, judge);
                Ok(1)
            }
            b'\\' => {
                self.escape.bytes = 1;
                Ok(1)
            }
            0..=0x1f => Err(Reason::Unparsable),
            _ => {
                let plain =
                    |byte: &u8| matches!(byte, 0x20..=0x7f) && !matches!(byte, b'"' | b'\\');
                let run = raw.iter().position(|byte| !plain(byte)).unwrap_or(raw.len());
                let ascii = raw.get(..run).unwrap_or_default();
                if !self.drops() {
                    self.value.push_ascii(ascii, at, judge);
                    self.name(ascii);
                }
                Ok(run)
            }
        }
    }

    /// One byte of an escape.
    fn escaped(&mut self, byte: u8, at: u64, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        let before = u64::from(self.escape.bytes);
        if self.escape.bytes == 1 && byte != b'u' {
            if self.escape.high.is_some() {
                self.lone_surrogate(at.saturating_sub(1), judge)?;
            }
            let c = match byte {
                b'"' | b'\\' | b'/' => char::from(byte),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                _ => return Err(Reason::Unparsable),
            };
            self.escape.bytes = 0;
            return self.push_char(c, at.saturating_sub(before), 2, judge);
        }
        if self.escape.bytes >= 2 {
            let digit = char::from(byte).to_digit(16).ok_or(Reason::Unparsable)?;
            self.escape.code = self.escape.code << 4 | u16::try_from(digit).unwrap_or(0);
        }
        self.escape.bytes += 1;
        if self.escape.bytes == 6 {
            return self.code_unit(at.saturating_sub(before), judge);
        }
        Ok(())
    }

    /// A whole `\uXXXX` that begins at `at`.
    fn code_unit(&mut self, at: u64, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        let code = core::mem::take(&mut self.escape.code);
        self.escape.bytes = 0;
        match (self.escape.high, code) {
            (Some(high), 0xdc00..=0xdfff) => {
                self.escape.high = None;
                let c = char::decode_utf16([high, code]).next().and_then(Result::ok);
                let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                self.push_char(c, at.saturating_sub(6), 12, judge)
            }
            (high, 0xd800..=0xdbff) => {
                if high.is_some() {
                    self.lone_surrogate(at, judge)?;
                }
                self.escape.high = Some(code);
                Ok(())
            }
            (high, _) => {
                if high.is_some() {
                    self.lone_surrogate(at, judge)?;
                }
                let c = char::from_u32(code.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.push_char(c, at, 6, judge)
            }
        }
    }

    /// The half that waited before `at` stays alone: it is read as U+FFFD.
    fn lone_surrogate(&mut self, at: u64, judge: &Judge<'_, '_>) -> Result<(), Reason> {
        self.escape.high = None;
        self.push_char(char::REPLACEMENT_CHARACTER, at.saturating_sub(6), 6, judge)
    }

    fn push_char(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        if self.drops() {
            return Ok(());
        }
        self.value.push_char(c, at, raw_bytes, judge)?;
        if self.state == State::KeyString {
            let mut utf8 = [0; 4];
            let length = c.encode_utf8(&mut utf8).len();
            self.name(utf8.get(..length).unwrap_or_default());
        }
        Ok(())
    }

    /// A key longer than its bound names nothing.
    fn name(&mut self, text: &[u8]) {
        if self.state == State::KeyString && self.key.len() <= limits::KEY_BYTES_MAX {
            self.key.extend_from_slice(text);
        }
    }

    fn end_string(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        let drops = self.drops();
        if self.state == State::String {
            if !drops {
                self.value.end(at, judge);
            }
            self.after_value();
            return;
        }
        if drops {
            self.drop_name();
            return;
        }
        let context = self.value.end_known_name(at, &mut self.names, judge);
        self.forget_members();
        let spot = self.levels.last().map(|level| level.spot).unwrap_or_default();
        let name = if self.key.len() > limits::KEY_BYTES_MAX { &[][..] } else { &self.key };
        self.next = judge.law.paths.key(spot, name, context);
        if self.value.running_mut().is_some() {
            let (place, pieces) =
                self.levels.last().map_or((0, false), |level| (level.place, level.pieces));
            self.place = running::below(place, name);
            self.pieces = pieces || running::is_piece(name);
            self.named = match name {
                name if running::is_index(name) => Named::Index,
                name if running::is_fixed(name) => Named::Fixed,
                _ => Named::Text,
            };
        }
        self.key.clear();
        self.state = State::Colon;
    }

    /// One byte of a number, or the first behind it, which is not taken.
    fn number(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Reason> {
        if matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') {
            if self.number.len() >= limits::NUMBER_BYTES_MAX {
                return Err(Reason::NumberTooLong);
            }
            self.number.push(byte);
            return Ok(1);
        }
        self.end_number(at, judge)?;
        Ok(0)
    }

    fn end_number(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
        if !number::is_number(&self.number) {
            return Err(Reason::Unparsable);
        }
        if self.named == Named::Index
            && let Some(level) = self.levels.last_mut()
        {
            level.place = running::below(level.place, &self.number);
        }
        let mut text = Vec::new();
        number::scan_text(&self.number, &mut text);
        self.number.clear();
        self.token(&text, at, judge);
        Ok(())
    }

    fn literal(
        &mut self,
        literal: Literal,
        read: u8,
        byte: u8,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Reason> {
        let text = literal.text();
        if text.get(usize::from(read)) != Some(&byte) {
            return Err(Reason::Unparsable);
        }
        self.state = State::Literal(literal, read + 1);
        if usize::from(read) + 1 == text.len() {
            // `null` says that there is no value: nothing to protect.
            let text = if literal == Literal::Null { &[][..] } else { text };
            self.token(text, at.saturating_add(1), judge);
        }
        Ok(())
    }

    /// A number or literal that ends before `at`: findings in it are the whole of it.
    fn token(&mut self, text: &[u8], at: u64, judge: &mut Judge<'_, '_>) {
        if self.drops() {
            self.after_value();
            return;
        }
        let Spot { context, fields, .. } = self.next;
        self.value.begin(self.token_at, context, fields, Style::Quote, judge);
        self.value.is_token(self.token_at, at);
        self.value.push_ascii(text, self.token_at, judge);
        self.value.end(at, judge);
        self.after_value();
    }
}

fn offset(begin: u64, at: usize) -> u64 {
    begin.saturating_add(u64::try_from(at).unwrap_or(u64::MAX))
}

impl Escape {
    /// Raw bytes that wait for more.
    fn waiting(self) -> u8 {
        self.bytes + if self.high.is_some() { 6 } else { 0 }
    }
}
