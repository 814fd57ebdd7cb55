//! Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5): names and values,
//! percent-decoded. Names give context and paths, as keys of an object do.

use super::utf8::{Decoded, Utf8};
use super::value::Value;
use crate::finding::Style;
use crate::judge::Judge;
use crate::limits;
use crate::path::Spot;
use alloc::vec::Vec;

/// A reader of names and values.
pub(crate) struct Form {
    value: Value,
    percent: Percent,
    name: Vec<u8>,
    in_value: bool,
    begun: bool,
}

/// Percent-decoding, and the UTF-8 within.
#[derive(Default)]
pub(crate) struct Percent {
    utf8: Utf8,
    /// Raw offset at which the waiting UTF-8 begins.
    utf8_at: u64,
    /// `%` and perhaps one digit.
    escape: Option<Option<u8>>,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self {
            value: Value::new(),
            percent: Percent::default(),
            name: Vec::new(),
            in_value: false,
            begun: false,
        }
    }

    pub(crate) fn read(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) {
        self.begin(at, judge);
        for (byte, at) in raw.iter().zip(at..) {
            match byte {
                b'&' => self.next(at, false, judge),
                b'=' if !self.in_value => self.next(at, true, judge),
                _ => {
                    let before = self.value.text().len();
                    let byte = if *byte == b'+' { b' ' } else { *byte };
                    self.percent.push(byte, at, &mut self.value);
                    self.name(before);
                }
            }
        }
        self.value.scan(judge);
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.begin(at, judge);
        self.percent.finish(at, &mut self.value);
        self.value.end(at, judge);
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        if self.begun { self.percent.decided(at, &self.value) } else { at }
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes() + self.name.len()
    }

    fn begin(&mut self, at: u64, judge: &Judge<'_, '_>) {
        if !core::mem::replace(&mut self.begun, true) {
            let Spot { context, .. } = judge.law.paths.root();
            self.value.begin(at, context, 0, Style::Percent, judge);
        }
    }

    fn name(&mut self, before: usize) {
        if !self.in_value && self.name.len() <= limits::KEY_BYTES_MAX {
            let text = self.value.text().get(before..).unwrap_or_default();
            self.name.extend_from_slice(text);
        }
    }

    /// A separator at `at`: what came before it is whole.
    fn next(&mut self, at: u64, in_value: bool, judge: &mut Judge<'_, '_>) {
        let before = self.value.text().len();
        self.percent.finish(at, &mut self.value);
        self.name(before);
        let context = self.value.end_name(at, judge);
        let root = judge.law.paths.root();
        let spot = if in_value && self.name.len() <= limits::KEY_BYTES_MAX {
            judge.law.paths.key(root, &self.name, context)
        } else {
            root
        };
        self.name.clear();
        self.in_value = in_value;
        let begin = at.saturating_add(1);
        self.value.begin(begin, spot.context, spot.fields, Style::Percent, judge);
    }
}

impl Percent {
    /// One raw byte at `at`. What is no escape stands for itself.
    pub(crate) fn push(&mut self, byte: u8, at: u64, value: &mut Value) {
        let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (self.escape, digit) {
            (None, _) if byte == b'%' => self.escape = Some(None),
            (None, _) => self.byte(byte, at, at.saturating_add(1), value),
            (Some(None), Some(digit)) => self.escape = Some(Some(digit)),
            (Some(Some(high)), Some(low)) => {
                self.escape = None;
                let begin = at.saturating_sub(2);
                self.byte(high << 4 | low, begin, at.saturating_add(1), value);
            }
            (Some(half), None) => {
                self.literal(half, at, value);
                self.push(byte, at, value);
            }
        }
    }

    /// The piece ends before `at`.
    pub(crate) fn finish(&mut self, at: u64, value: &mut Value) {
        if let Some(half) = self.escape {
            self.literal(half, at, value);
        }
        self.invalid(at, value);
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
    fn literal(&mut self, half: Option<u8>, at: u64, value: &mut Value) {
        self.escape = None;
        let begin = at.saturating_sub(1 + u64::from(half.is_some()));
        self.byte(b'%', begin, begin.saturating_add(1), value);
        if let Some(digit) = half {
            let digit = char::from_digit(digit.into(), 16).and_then(|c| u8::try_from(c).ok());
            self.byte(digit.unwrap_or(b'0'), at.saturating_sub(1), at, value);
        }
    }

    /// A decoded byte that came from the raw bytes `begin..end`.
    fn byte(&mut self, byte: u8, begin: u64, end: u64, value: &mut Value) {
        if self.utf8.waiting() == 0 {
            self.utf8_at = begin;
        }
        match self.utf8.push(byte) {
            Decoded::Part => {}
            Decoded::Char(c, _) => {
                let raw_bytes = u8::try_from(end.saturating_sub(self.utf8_at)).unwrap_or(u8::MAX);
                if raw_bytes == 1 && c.is_ascii() {
                    value.push_ascii(&[byte], begin);
                } else {
                    value.push_char(c, self.utf8_at, raw_bytes);
                }
            }
            Decoded::Invalid { taken } => {
                let stop = if taken { end } else { begin };
                let raw_bytes = u8::try_from(stop.saturating_sub(self.utf8_at)).unwrap_or(u8::MAX);
                value.push_char(char::REPLACEMENT_CHARACTER, self.utf8_at, raw_bytes);
                if !taken {
                    self.byte(byte, begin, end, value);
                }
            }
        }
    }

    fn invalid(&mut self, at: u64, value: &mut Value) {
        if self.utf8.waiting() > 0 {
            let raw_bytes = u8::try_from(at.saturating_sub(self.utf8_at)).unwrap_or(u8::MAX);
            value.push_char(char::REPLACEMENT_CHARACTER, self.utf8_at, raw_bytes);
            self.utf8 = Utf8::default();
        }
    }
}
