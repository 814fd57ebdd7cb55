//! Reads text without structure: one value from the first byte to the last.
//! Strict for bodies, where anything but UTF-8 is an unknown encoding; lenient for headers, where
//! such a byte is a border.

use super::Stop;
use super::running::{Flow, Running, TEXT};
use super::utf8::{Decoded, Utf8, ascii_run};
use super::value::Value;
use crate::detect::ContextSets;
use crate::finding::Style;
use crate::judge::Judge;
use crate::path::{FieldSet, Spot};
use crate::verdict::Reason;
use alloc::boxed::Box;

/// A reader of plain text.
pub(crate) struct Text {
    value: Value,
    utf8: Utf8,
    begun: bool,
    lenient: bool,
    layers: Layers,
    context: ContextSets,
    fields: FieldSet,
}

/// Which layers of encoding are looked through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layers {
    /// As many as the policy says.
    Said,
    /// And one that its place asks for.
    OneMore,
    /// None: others read the same bytes who do that.
    None,
}

impl Text {
    /// For bodies.
    pub(crate) fn strict() -> Self {
        Self {
            value: Value::new(),
            utf8: Utf8::default(),
            begun: false,
            lenient: false,
            layers: Layers::Said,
            context: 0,
            fields: 0,
        }
    }

    /// For bodies that stand at a place of another one.
    pub(crate) fn within(spot: Spot) -> Self {
        Self { context: spot.context, fields: spot.fields, ..Self::strict() }
    }

    /// The same text, read beside others who look through what it hides.
    pub(crate) fn shallow(self) -> Self {
        Self { layers: Layers::None, ..self }
    }

    /// The same text, which is spelled in an encoding where it stands.
    pub(crate) fn encoded(self) -> Self {
        Self { layers: Layers::OneMore, ..self }
    }

    /// From here on nobody else reads it.
    pub(crate) fn alone(&mut self, judge: &Judge<'_, '_>) {
        self.layers = Layers::Said;
        if self.begun {
            self.value.look_through_all(judge);
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

    /// For headers: the name gives context, and may declare what the value is.
    pub(crate) fn lenient(context: ContextSets, fields: FieldSet) -> Self {
        Self { lenient: true, context, fields, ..Self::strict() }
    }

    pub(crate) fn read(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        self.take(raw, at, judge)?;
        self.value.scan(judge);
        Ok(())
    }

    /// The same of the last bytes, which are looked at only when all is read.
    // PERF: to look at a short text costs the same whether it has ended or not.
    pub(crate) fn read_last(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        self.take(raw, at, judge)?;
        self.finish(at.saturating_add(u64::try_from(raw.len()).unwrap_or(u64::MAX)), judge)
    }

    fn take(&mut self, mut raw: &[u8], mut at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.begin(at, judge);
        while let Some(byte) = raw.first() {
            let run = if self.utf8.waiting() == 0 { ascii_run(raw) } else { 0 };
            if run > 0 {
                let (ascii, rest) = raw.split_at(run);
                self.value.push_ascii(ascii, at, judge);
                at = at.saturating_add(u64::try_from(run).unwrap_or(u64::MAX));
                raw = rest;
                continue;
            }
            let begun = at.saturating_sub(u64::from(self.utf8.waiting()));
            match self.utf8.push(*byte) {
                Decoded::Part => {}
                Decoded::Char(c, length) => self.push_char(c, begun, length, judge)?,
                Decoded::Invalid { .. } if !self.lenient => {
                    self.value.scan(judge);
                    return Err(Stop { reason: Reason::UnknownEncoding, at: begun });
                }
                Decoded::Invalid { taken } => {
                    let length = u8::try_from(at - begun).unwrap_or(0) + u8::from(taken);
                    self.push_char(char::REPLACEMENT_CHARACTER, begun, length, judge)?;
                    if !taken {
                        continue;
                    }
                }
            }
            at = at.saturating_add(1);
            raw = raw.get(1..).unwrap_or_default();
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.begin(at, judge);
        let waiting = self.utf8.waiting();
        if waiting > 0 {
            let begun = at.saturating_sub(waiting.into());
            if !self.lenient {
                self.value.scan(judge);
                return Err(Stop { reason: Reason::UnknownEncoding, at: begun });
            }
            self.push_char(char::REPLACEMENT_CHARACTER, begun, waiting, judge)?;
        }
        self.value.end(at, judge);
        Ok(())
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        if !self.begun {
            return at;
        }
        self.value.decided().min(at.saturating_sub(self.utf8.waiting().into()))
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.value.trim();
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes()
    }

    /// What came before a character that is not taken is looked at all the same.
    fn push_char(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        let pushed = self.value.push_char(c, at, raw_bytes, judge);
        pushed.map_err(|reason| {
            self.value.scan(judge);
            Stop { reason, at }
        })
    }

    fn begin(&mut self, at: u64, judge: &Judge<'_, '_>) {
        if !core::mem::replace(&mut self.begun, true) {
            self.value.begin(at, self.context, self.fields, Style::Plain, judge);
            self.value.follow((TEXT, Flow::Bodies), at, judge);
            match self.layers {
                Layers::Said => {}
                Layers::OneMore => self.value.look_through_one_more(),
                Layers::None => self.value.look_through_nothing(),
            }
        }
    }
}
