//! Escapes within text: percent-encoding, `\u0040`, `&#64;`, quoted-printable. Reads a value once
//! more with the characters that they stand for, each at the raw bytes of its escape.
//! Such a reading lasts as long as escapes are near, and begins where the plain one is undecided.

use super::super::utf8::{Decoded, Utf8};
use super::super::value::{Piece, Value};
use crate::judge::Judge;
use crate::reader::markup::reference::{self, NAME_BYTES_MAX};
use crate::room;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Text behind the last escape after which the reading ends.
const BEHIND: usize = 512;
/// Raw bytes at which it is looked whether what is undecided is too long, and bytes that are: it is
/// looked at as if it ended.
const CHECK_BYTES: u64 = 512;
const HELD_BYTES_MAX: u64 = 8192;
/// Ends of lines that are none, one behind another, that part no text.
const SOFT_MAX: u8 = 4;

/// What stands at the beginning of some text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// No escape.
    Nothing,
    /// The text ends before it can be told.
    Unknown,
    /// A byte of UTF-8, in so many bytes of text.
    Byte(u8, usize),
    /// A unit of UTF-16.
    Unit(u16, usize),
    Char(char, usize),
    /// The end of a line that is none.
    Soft(usize),
}

/// A value as it reads with its escapes undone.
#[derive(Clone)]
pub(super) struct Reading {
    value: Box<Value>,
    /// What may be an escape, with the raw bytes of each byte.
    pending: Vec<Piece>,
    utf8: Utf8,
    /// Raw bytes of the characters that wait for more.
    waiting: (u64, u64),
    high: Option<(u16, u64, u64)>,
    /// Raw offset behind the last escape of quoted-printable.
    quoted: u64,
    /// Text of the reading since the last escape.
    since: usize,
    /// Ends of lines that are none since the last text.
    soft: u8,
    /// Raw offset up to which it was looked whether too much is undecided.
    checked: u64,
    /// Escapes with a backslash, by raw bytes, that the plain reading may still take for text.
    spots: Vec<(u64, u64)>,
}

impl Reading {
    /// Begins with a copy of the plain value, at what is undecided in it.
    pub(super) fn new(value: Value) -> Self {
        Self {
            value: Box::new(value),
            pending: Vec::new(),
            utf8: Utf8::default(),
            waiting: (0, 0),
            high: None,
            quoted: u64::MAX,
            since: 0,
            soft: 0,
            checked: 0,
            spots: Vec::new(),
        }
    }

    /// More text: bytes of ASCII that each come from one, or a character that came out of so many
    /// layers.
    pub(super) fn push(
        &mut self,
        text: &[u8],
        raw: (u64, u64),
        character: Option<u8>,
        judge: &mut Judge<'_, '_>,
    ) {
        self.check(raw.0, judge);
        if let Some(undone) = character {
            let (start, end) = raw;
            match text {
                [byte] => self.byte(Piece { byte: *byte, start, end, undone }, judge),
                _ => self.other(text, raw, undone, judge),
            }
            return;
        }
        let mut rest = text;
        let mut at = raw.0;
        while !rest.is_empty() {
            let run = match self.pending.is_empty() && !self.waits() {
                true => rest.iter().position(|byte| is_sign(*byte)).unwrap_or(rest.len()),
                false => 0,
            };
            // Up to where it is looked next.
            let most = usize::try_from(CHECK_BYTES - at % CHECK_BYTES).unwrap_or(1);
            let (ascii, more) = rest.split_at(run.min(most));
            if run > 0 {
                self.plain(ascii, at, judge);
            }
            at = at.saturating_add(ascii.len() as u64);
            rest = more;
            self.check(at, judge);
            if run >= most {
                continue;
            }
            if let Some((byte, more)) = rest.split_first() {
                let (start, end) = (at, at.saturating_add(1));
                self.byte(Piece { byte: *byte, start, end, undone: 0 }, judge);
                at = end;
                rest = more;
            }
        }
    }

    /// Looks, each so many raw bytes, that not too many of them are undecided. What it decides does
    /// not depend on where a message was cut.
    fn check(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        if at / CHECK_BYTES == self.checked / CHECK_BYTES {
            return;
        }
        let before = core::mem::replace(&mut self.checked, at);
        self.value.scan(judge);
        if before > 0 && at.saturating_sub(self.value.decided()) > HELD_BYTES_MAX {
            self.value.part(self.waits_from(at), judge);
        }
    }

    fn waits(&self) -> bool {
        self.utf8.waiting() > 0 || self.high.is_some()
    }

    fn plain(&mut self, text: &[u8], at: u64, judge: &Judge<'_, '_>) {
        self.since = self.since.saturating_add(text.len());
        self.soft = 0;
        self.value.push_ascii(text, at, judge);
    }

    /// A character of several bytes.
    fn other(&mut self, text: &[u8], raw: (u64, u64), undone: u8, judge: &Judge<'_, '_>) {
        self.give_up(judge);
        self.cut_off(judge);
        if let Some(c) = core::str::from_utf8(text).ok().and_then(|text| text.chars().next()) {
            let units = self.value.units();
            self.char(c, raw, judge);
            self.value.undone_from(units, undone);
        }
    }

    fn char(&mut self, c: char, raw: (u64, u64), judge: &Judge<'_, '_>) {
        self.since = self.since.saturating_add(c.len_utf8());
        self.soft = 0;
        self.value.push_inner(c, raw.0, raw.1.saturating_sub(raw.0), judge);
    }

    fn byte(&mut self, piece: Piece, judge: &Judge<'_, '_>) {
        if self.pending.is_empty() && !is_sign(piece.byte) {
            self.literal(piece, judge);
            return;
        }
        self.pending.push(piece);
        self.resolve(false, judge);
    }

    /// Undoes the escape that waits, if it is whole.
    fn resolve(&mut self, ended: bool, judge: &Judge<'_, '_>) {
        while let Some(first) = self.pending.first().copied() {
            if !is_sign(first.byte) {
                self.pending.remove(0);
                self.literal(first, judge);
                continue;
            }
            let text: Vec<u8> = self.pending.iter().map(|piece| piece.byte).collect();
            let escape = match parse(&text, first.start == self.quoted) {
                Escape::Unknown if ended => Escape::Nothing,
                other => other,
            };
            let length = match escape {
                Escape::Unknown => return,
                Escape::Nothing => {
                    self.pending.remove(0);
                    self.literal(first, judge);
                    continue;
                }
                Escape::Byte(_, length)
                | Escape::Unit(_, length)
                | Escape::Char(_, length)
                | Escape::Soft(length) => length,
            };
            let end = self.pending.get(length - 1).map_or(first.end, |last| last.end);
            match first.byte {
                b'=' => self.quoted = end,
                // `\nann@example.com` goes with its backslash, which would escape what is put there.
                b'\\' => self.spots.push((first.start, end)),
                _ => {}
            }
            let gone = self.pending.drain(..length.min(self.pending.len()));
            let undone = gone.map(|piece| piece.undone).max().unwrap_or(0).saturating_add(1);
            self.undo(escape, (first.start, end), undone, judge);
        }
    }

    fn undo(&mut self, escape: Escape, raw: (u64, u64), undone: u8, judge: &Judge<'_, '_>) {
        let units = self.value.units();
        match escape {
            Escape::Byte(byte, _) => self.encoded(byte, raw, judge),
            Escape::Unit(unit, _) => self.unit(unit, raw, judge),
            Escape::Char(c, _) => {
                self.cut_off(judge);
                self.char(c, raw, judge);
            }
            Escape::Soft(_) if self.soft < SOFT_MAX => self.soft += 1,
            Escape::Soft(_) => self.char(char::REPLACEMENT_CHARACTER, raw, judge),
            Escape::Nothing | Escape::Unknown => {}
        }
        self.value.undone_from(units, undone);
        self.since = 0;
    }

    /// One byte of UTF-8.
    fn encoded(&mut self, byte: u8, raw: (u64, u64), judge: &Judge<'_, '_>) {
        if self.high.is_some() {
            self.cut_off(judge);
        }
        if self.utf8.waiting() == 0 {
            self.waiting = raw;
        }
        match self.utf8.push(byte) {
            Decoded::Part => self.waiting.1 = raw.1,
            Decoded::Char(c, _) => self.char(c, (self.waiting.0, raw.1), judge),
            Decoded::Invalid { taken: true } => self.char(char::REPLACEMENT_CHARACTER, raw, judge),
            Decoded::Invalid { taken: false } => {
                self.char(char::REPLACEMENT_CHARACTER, self.waiting, judge);
                self.encoded(byte, raw, judge);
            }
        }
    }

    fn unit(&mut self, unit: u16, raw: (u64, u64), judge: &Judge<'_, '_>) {
        let before = self.high.filter(|_| (0xdc00..0xe000).contains(&unit));
        if before.is_none() {
            self.cut_off(judge);
        }
        self.high = None;
        match before {
            Some((high, start, _)) => {
                let c = char::decode_utf16([high, unit]).next().and_then(Result::ok);
                self.char(c.unwrap_or(char::REPLACEMENT_CHARACTER), (start, raw.1), judge);
            }
            None if (0xd800..0xdc00).contains(&unit) => self.high = Some((unit, raw.0, raw.1)),
            None => {
                let c = char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.char(c, raw, judge);
            }
        }
    }

    /// A byte that stands for itself.
    fn literal(&mut self, piece: Piece, judge: &Judge<'_, '_>) {
        self.cut_off(judge);
        if piece.end - piece.start == 1 {
            self.plain(&[piece.byte], piece.start, judge);
        } else {
            let units = self.value.units();
            self.char(char::from(piece.byte), (piece.start, piece.end), judge);
            self.value.undone_from(units, piece.undone);
        }
    }

    /// What waits for another escape gets none.
    fn cut_off(&mut self, judge: &Judge<'_, '_>) {
        if self.utf8.waiting() > 0 {
            self.utf8 = Utf8::default();
            self.char(char::REPLACEMENT_CHARACTER, self.waiting, judge);
        }
        if let Some((_, start, end)) = self.high.take() {
            self.char(char::REPLACEMENT_CHARACTER, (start, end), judge);
        }
    }

    fn give_up(&mut self, judge: &Judge<'_, '_>) {
        self.resolve(true, judge);
    }

    /// Looks at what has come.
    pub(super) fn scan(&mut self, judge: &mut Judge<'_, '_>) -> bool {
        self.value.scan(judge);
        self.value.has_found()
    }

    /// The value has ended.
    pub(super) fn end(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> bool {
        self.give_up(judge);
        self.cut_off(judge);
        self.value.end(at, judge);
        self.value.has_found()
    }

    /// Whether it reads the same as the plain value again.
    pub(super) fn is_over(&self) -> bool {
        self.pending.is_empty()
            && self.spots.is_empty()
            && !self.waits()
            && self.since > BEHIND
            && self.value.undecided() + BEHIND < self.since
            && self.value.is_idle()
    }

    /// Raw offset before which nothing of it can change any more.
    pub(super) fn decided(&self) -> u64 {
        self.waits_from(self.value.decided())
    }

    /// The same, or where what waits for more begins.
    fn waits_from(&self, mut at: u64) -> u64 {
        if let Some(first) = self.pending.first() {
            at = at.min(first.start);
        }
        if self.utf8.waiting() > 0 {
            at = at.min(self.waiting.0);
        }
        self.high.map_or(at, |(_, start, _)| at.min(start))
    }

    /// The plain reading is decided up to here.
    pub(super) fn forget(&mut self, decided: u64) {
        let gone = self.spots.iter().take_while(|(_, end)| *end <= decided).count();
        self.spots.drain(..gone);
    }

    /// Where the escape begins that this raw offset lies in.
    pub(super) fn begin_of(&self, at: u64) -> u64 {
        let n = self.spots.partition_point(|(start, _)| *start <= at);
        let spot = n.checked_sub(1).and_then(|n| self.spots.get(n));
        spot.filter(|(_, end)| at < *end).map_or(at, |(start, _)| *start)
    }

    /// Gives back room, before a wait.
    pub(super) fn trim(&mut self) {
        self.value.trim();
        room::trim(&mut self.pending);
        room::trim(&mut self.spots);
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes()
            + self.pending.len() * size_of::<Piece>()
            + self.spots.len() * size_of::<(u64, u64)>()
    }
}

/// Where the first escape begins, or what may be one when more text comes.
pub(super) fn first(text: &[u8], from: usize, ended: bool) -> Option<usize> {
    let mut at = from;
    loop {
        at += text.get(at..)?.iter().position(|byte| is_sign(*byte))?;
        match parse(text.get(at..)?, false) {
            Escape::Nothing => {}
            Escape::Unknown if ended => {}
            _ => return Some(at),
        }
        at += 1;
    }
}

/// What an escape may begin with.
pub(super) fn is_sign(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'=')
}

/// The escape that a text begins with; `quoted` if one of quoted-printable stands before.
pub(super) fn parse(text: &[u8], quoted: bool) -> Escape {
    match text {
        [b'%', b'u' | b'U', rest @ ..] => unit(rest, 2),
        [b'%', rest @ ..] => byte(rest, 1),
        [b'=', b'\n', ..] => Escape::Soft(2),
        [b'=', b'\r', b'\n', ..] => Escape::Soft(3),
        [b'=', b'\r'] | [b'='] => Escape::Unknown,
        [b'=', rest @ ..] => printable(rest, quoted),
        [b'\\', b'u', b'{', rest @ ..] => braced(rest),
        [b'\\', b'u', rest @ ..] => unit(rest, 2),
        [b'\\', b'x', rest @ ..] => byte(rest, 2),
        [b'\\', b'n', ..] => Escape::Char('\n', 2),
        [b'\\', b'r', ..] => Escape::Char('\r', 2),
        [b'\\', b't', ..] => Escape::Char('\t', 2),
        [b'\\', c @ (b'"' | b'/' | b'\\' | b'\''), ..] => Escape::Char(char::from(*c), 2),
        [b'\\'] | [b'&'] => Escape::Unknown,
        [b'&', b'#', rest @ ..] => number(rest),
        [b'&', rest @ ..] => named(rest),
        _ => Escape::Nothing,
    }
}

fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

fn byte(rest: &[u8], before: usize) -> Escape {
    match rest {
        [high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => {
                Escape::Byte(u8::try_from(high << 4 | low).unwrap_or(0), before + 2)
            }
            _ => Escape::Nothing,
        },
        [high] if hex(*high).is_some() => Escape::Unknown,
        [] => Escape::Unknown,
        _ => Escape::Nothing,
    }
}

/// Quoted-printable has capitals only, and letters and digits only where all are encoded: `n=41` is
/// none, and `n=2241` neither. Half a character by itself is none: `iban=DE89` begins an account. Nor
/// does it stand beside another kind of escape, which goes on with what the two digits begin:
/// `ssn=07%38`. No text has controls but for white space: `tax=11.812.` begins a number.
fn printable(rest: &[u8], quoted: bool) -> Escape {
    match byte(rest, 1) {
        _ if rest.iter().take(2).any(u8::is_ascii_lowercase) => Escape::Nothing,
        Escape::Byte(byte, _) if !quoted => {
            let number = rest.iter().take(2).all(u8::is_ascii_digit);
            match rest.get(2) {
                Some(b'=') => Escape::Byte(byte, 3),
                None => Escape::Unknown,
                Some(_) if byte.is_ascii_control() && !byte.is_ascii_whitespace() => {
                    Escape::Nothing
                }
                Some(_) if byte.is_ascii_alphanumeric() || !byte.is_ascii() => Escape::Nothing,
                Some(next) if is_sign(*next) => Escape::Nothing,
                Some(next) if number && next.is_ascii_digit() => Escape::Nothing,
                Some(_) => Escape::Byte(byte, 3),
            }
        }
        other => other,
    }
}

fn unit(rest: &[u8], before: usize) -> Escape {
    let digits = rest.iter().take(4).map_while(|byte| hex(*byte));
    let (count, code) = digits.fold((0, 0), |(n, code), digit| (n + 1, code << 4 | digit));
    match (count, rest.len()) {
        (4, _) => Escape::Unit(u16::try_from(code).unwrap_or(0), before + 4),
        (count, length) if count == length => Escape::Unknown,
        _ => Escape::Nothing,
    }
}

/// `\u{1f600}`
fn braced(rest: &[u8]) -> Escape {
    let digits = rest.iter().take(7).map_while(|byte| hex(*byte));
    let (count, code) = digits.fold((0, 0), |(n, code), digit| (n + 1, code << 4 | digit));
    match rest.get(count) {
        _ if count > 6 => Escape::Nothing,
        Some(b'}') if count > 0 => {
            char::from_u32(code).map_or(Escape::Nothing, |c| Escape::Char(c, 3 + count + 1))
        }
        Some(_) => Escape::Nothing,
        None => Escape::Unknown,
    }
}

/// `&#64;` and `&#x40;`, whose semicolon browsers do without.
fn number(rest: &[u8]) -> Escape {
    let (radix, digits, before) = match rest {
        [b'x' | b'X', digits @ ..] => (16, digits, 3),
        digits => (10, digits, 2),
    };
    let value = digits.iter().take(12).map_while(|byte| char::from(*byte).to_digit(radix));
    let (count, code) = value.fold((0, 0_u32), |(n, code), digit| {
        (n + 1, code.saturating_mul(radix).saturating_add(digit))
    });
    let made = |length| char::from_u32(code).map_or(Escape::Nothing, |c| Escape::Char(c, length));
    match digits.get(count) {
        None => Escape::Unknown,
        Some(_) if count == 0 || count > 11 => Escape::Nothing,
        Some(b';') => made(before + count + 1),
        Some(_) => made(before + count),
    }
}

fn named(rest: &[u8]) -> Escape {
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    match rest.get(name) {
        _ if name > NAME_BYTES_MAX || name == 0 => Escape::Nothing,
        Some(b';') => match rest.get(..name).and_then(reference::html) {
            Some(c) => Escape::Char(c, name + 2),
            None => Escape::Nothing,
        },
        Some(_) => Escape::Nothing,
        None => Escape::Unknown,
    }
}
