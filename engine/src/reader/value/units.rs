//! Which raw bytes each byte of a scan text came from, and what comes into that text.

use super::{ByField, Value};
use crate::fold::{Folded, fold};
use crate::judge::Judge;
use crate::limits;
use crate::reader::hidden::Allowance;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// A run of scan text that maps to raw bytes in one way.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// Where it begins, in scan text.
    text: u16,
    /// Where it begins, in raw bytes behind `raw_base`.
    raw: u16,
    /// Raw bytes that the whole unit came from; 0 when each byte came from one. Above them the
    /// layers of encoding within the text that were undone for it.
    // PERF: a text of nothing but references has a unit for each of its characters.
    from: u16,
}

impl Unit {
    const RAW_BYTES_MAX: u16 = (1 << Self::RAW_BITS) - 1;
    const RAW_BITS: u32 = 13;

    fn raw_bytes(self) -> u16 {
        self.from & Self::RAW_BYTES_MAX
    }

    /// Layers of encoding within the text that were undone for it.
    fn undone(self) -> u8 {
        u8::try_from(self.from >> Self::RAW_BITS).unwrap_or(0)
    }

    fn set_undone(&mut self, layers: u8) {
        let most = u8::try_from(u16::MAX >> Self::RAW_BITS).unwrap_or(0);
        self.from = self.raw_bytes() | u16::from(layers.min(most)) << Self::RAW_BITS;
    }
}

/// A byte of scan text and the raw bytes that it came from.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) byte: u8,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Layers of encoding within the text that were undone for it.
    pub(crate) undone: u8,
}

impl Value {
    /// ASCII bytes that stand for themselves.
    pub(crate) fn push_ascii(&mut self, run: &[u8], at: u64, judge: &Judge<'_, '_>) {
        let Some(raw) = self.raw_offset(at) else { return };
        let text = self.text_offset();
        let goes_on = self.units.last().is_some_and(|unit| {
            unit.raw_bytes() == 0 && raw.wrapping_sub(unit.raw) == text.wrapping_sub(unit.text)
        });
        if !goes_on {
            self.units.push(Unit { text, raw, from: 0 });
        }
        let mut come = self.text.len();
        self.text.extend_from_slice(run);
        self.raw_end = at.saturating_add(len(run));
        if let Some(running) = &mut self.running {
            running.push_ascii(run, at, judge);
        }
        while !self.allowance.is_full() && come < self.text.len() {
            come += 1;
            let text = self.text.get(..come).unwrap_or_default();
            self.allowance.gain(1, 1, text, &judge.law);
        }
    }

    /// One character that is spelled in `raw_bytes` bytes at `at`; not taken where it is one more
    /// than may be read as nothing.
    pub(crate) fn push_char(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        let mut utf8 = [0; 4];
        let length = match fold(c) {
            Folded::Skip => match self.allowance.spend(raw_bytes) {
                Ok(()) => {
                    self.raw_end = at.saturating_add(raw_bytes.into());
                    return Ok(());
                }
                // Who only looks at a text goes on: what stands behind is found all the same.
                Err(_) if judge.surveys() => {
                    self.allowance = Allowance::full();
                    c.encode_utf8(&mut utf8).len()
                }
                Err(reason) => return Err(reason),
            },
            Folded::Ascii(byte) => {
                utf8 = [byte, 0, 0, 0];
                1
            }
            Folded::Other => c.encode_utf8(&mut utf8).len(),
        };
        let Some(raw) = self.raw_offset(at) else { return Ok(()) };
        let text = self.text_offset();
        self.units.push(Unit { text, raw, from: raw_bytes.into() });
        self.text.extend_from_slice(utf8.get(..length).unwrap_or_default());
        self.raw_end = at.saturating_add(raw_bytes.into());
        if let Some(running) = &mut self.running {
            running.push(utf8.get(..length).unwrap_or_default(), at, raw_bytes, judge);
        }
        if !self.allowance.is_full() {
            self.allowance.gain(length, raw_bytes, &self.text, &judge.law);
        }
        Ok(())
    }

    /// A character that came from any number of raw bytes. One that is read as nothing parts nothing,
    /// however many there are: what is undecided is bounded by who reads.
    pub(crate) fn push_inner(&mut self, c: char, at: u64, raw_bytes: u64, judge: &Judge<'_, '_>) {
        if fold(c) != Folded::Skip {
            let few = u8::try_from(raw_bytes).unwrap_or(u8::MAX);
            let pushed = self.push_char(c, at, few, judge);
            debug_assert!(pushed.is_ok(), "it is read as something");
            if let Some(unit) = self.units.last_mut() {
                unit.from = u16::try_from(raw_bytes).unwrap_or(u16::MAX).min(Unit::RAW_BYTES_MAX);
            }
        }
        self.raw_end = at.saturating_add(raw_bytes);
    }

    /// Drops decided text beyond the history, and where decided text came from.
    pub(super) fn forget(&mut self) {
        if matches!(self.field, ByField::Short { .. }) {
            return;
        }
        let base = self.raw_start(self.from);
        let shift = u16::try_from(base.saturating_sub(self.raw_base)).unwrap_or(u16::MAX);
        let gone = self.from.saturating_sub(limits::HISTORY_BYTES);
        let dropped = u16::try_from(gone).unwrap_or(u16::MAX);
        let from = u16::try_from(self.from).unwrap_or(u16::MAX);
        let first = self.units.partition_point(|unit| unit.text <= from).saturating_sub(1);
        self.units.drain(..first);
        if let Some(unit) = self.units.first_mut()
            && unit.text < from
        {
            // A run of single bytes begins later now; a character is never half decided.
            unit.raw =
                unit.raw.saturating_add(if unit.raw_bytes() == 0 { from - unit.text } else { 0 });
            unit.text = from;
        }
        for unit in &mut self.units {
            unit.text = unit.text.saturating_sub(dropped);
            unit.raw = unit.raw.saturating_sub(shift);
        }
        self.text.drain(..gone.min(self.text.len()));
        self.dropped |= gone > 0;
        self.raw_base = base;
        self.from = self.from.saturating_sub(gone);
        self.told = self.told.saturating_sub(gone);
        self.behind = self.behind.saturating_sub(gone);
        self.found_to = self.found_to.saturating_sub(gone);
    }

    /// Where the text before `from` came from.
    pub(super) fn units_before(&self, from: usize) -> Vec<Unit> {
        let text = u16::try_from(from).unwrap_or(u16::MAX);
        self.units.iter().take_while(|unit| unit.text < text).copied().collect()
    }

    /// Raw offset of the first byte that `text[at]` came from.
    pub(crate) fn raw_start(&self, at: usize) -> u64 {
        if at >= self.text.len() {
            return self.raw_end;
        }
        let Some((unit, into)) = self.unit(at) else { return self.raw_base };
        let raw = self.raw_base + u64::from(unit.raw);
        if unit.raw_bytes() == 0 { raw + into } else { raw }
    }

    /// Raw offset behind the last byte that `text[..end]` came from.
    pub(crate) fn raw_end_of(&self, end: usize) -> u64 {
        let Some((unit, into)) = end.checked_sub(1).and_then(|last| self.unit(last)) else {
            return self.raw_base;
        };
        let raw = self.raw_base + u64::from(unit.raw);
        match unit.raw_bytes() {
            0 => raw + into + 1,
            bytes => raw + u64::from(bytes),
        }
    }

    /// The text from `from` on: ASCII of which each byte came from one, or single characters with
    /// the layers of encoding that were undone for each.
    pub(crate) fn each(&self, from: usize, mut take: impl FnMut(&[u8], (u64, u64), Option<u8>)) {
        let first = u16::try_from(from).unwrap_or(u16::MAX);
        let first = self.units.partition_point(|unit| unit.text <= first).saturating_sub(1);
        let mut units = self.units.iter().skip(first).peekable();
        while let Some(unit) = units.next() {
            let end = units.peek().map_or(self.text.len(), |next| usize::from(next.text));
            let start = usize::from(unit.text).max(from);
            if start >= end {
                continue;
            }
            let text = self.text.get(start..end).unwrap_or_default();
            let undone = (unit.raw_bytes() > 0).then_some(unit.undone());
            take(text, (self.raw_start(start), self.raw_end_of(end)), undone);
        }
    }

    /// Characters and runs that have come and are kept.
    pub(crate) fn units(&self) -> usize {
        self.units.len()
    }

    /// Those from this one on came out of so many layers of encoding.
    pub(crate) fn undone_from(&mut self, first: usize, layers: u8) {
        let undone = self.units.get_mut(first..).unwrap_or_default();
        undone.iter_mut().for_each(|unit| unit.set_undone(layers));
    }

    /// Layers that any of this text came out of.
    pub(super) fn undone(&self, start: usize, end: usize) -> u8 {
        let (start, end) = (u16::try_from(start), u16::try_from(end));
        let (start, end) = (start.unwrap_or(u16::MAX), end.unwrap_or(u16::MAX));
        let first = self.units.partition_point(|unit| unit.text <= start).saturating_sub(1);
        let units = self.units.get(first..).unwrap_or_default();
        let within = units.iter().take_while(|unit| unit.text < end);
        within.map(|unit| unit.undone()).max().unwrap_or(0)
    }

    /// Layers that a character came out of, and how many bytes of text from there did alike.
    pub(crate) fn undone_alike(&self, start: usize, end: usize) -> (u8, usize) {
        // PERF: nearly every value is read as it stands.
        if self.level == 0 {
            return (0, end.saturating_sub(start));
        }
        let from = u16::try_from(start).unwrap_or(u16::MAX);
        let first = self.units.partition_point(|unit| unit.text <= from).saturating_sub(1);
        let units = self.units.get(first..).unwrap_or_default();
        let layers = units.first().map_or(0, |unit| unit.undone());
        let other = units.iter().find(|unit| unit.undone() != layers);
        let end = other.map_or(end, |unit| end.min(unit.text.into()));
        (layers, end.saturating_sub(start).max(1))
    }

    fn unit(&self, at: usize) -> Option<(Unit, u64)> {
        let text = u16::try_from(at).ok()?;
        let n = self.units.partition_point(|unit| unit.text <= text).checked_sub(1)?;
        let unit = *self.units.get(n)?;
        Some((unit, u64::from(text - unit.text)))
    }

    fn text_offset(&self) -> u16 {
        debug_assert!(self.text.len() <= usize::from(u16::MAX), "a slice bounds the text");
        u16::try_from(self.text.len()).unwrap_or(u16::MAX)
    }

    fn raw_offset(&self, at: u64) -> Option<u16> {
        let offset = u16::try_from(at.checked_sub(self.raw_base)?).ok();
        debug_assert!(offset.is_some(), "what is undecided is bounded");
        offset
    }
}

fn len(run: &[u8]) -> u64 {
    u64::try_from(run.len()).unwrap_or(u64::MAX)
}
