//! Passes by what of a head has nothing in it: all of it is looked over as one text, with borders
//! between, and of each name and value it is asked where it stands whether anything is there.
//! Never finds: what is not sure to have nothing in it is read.

use super::usual::Usual;
use crate::headers::Headers;
use crate::judge::Law;
use crate::limits;
use crate::path::Spot;
use crate::reader::in_place::{self, BORDER, InPlace};
use crate::reader::url;
use alloc::vec::Vec;
use core::ops::Range;

/// How a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As one text.
    Text,
    /// As pieces, each percent-decoded.
    Url,
    /// As cookies, each of which is pieces.
    Cookies,
    /// In a way of its own.
    Coded,
}

/// One line, and where it stands in the text: nowhere where it is read in any case, or not at all.
struct Line {
    usual: Option<Usual>,
    form: Option<Form>,
    name: Option<Range<usize>>,
    value: Option<Range<usize>>,
}

/// The lines of a head, as one text.
pub(super) struct Lines {
    /// Names that are not usual, and values, with borders around each and around what it is read in.
    text: Vec<u8>,
    lines: Vec<Line>,
}

/// A head that was looked over.
// PERF: a head of seven lines costs a quarter of what it costs to read each by itself, and is most
// of what a small message costs (2026-11-23).
pub(super) struct Sight<'t> {
    text: in_place::Sight<'t>,
    lines: &'t [Line],
    in_place: InPlace,
}

impl Lines {
    /// `form` says how a value is read, where it is read at all.
    pub(super) fn new(headers: &Headers, form: impl Fn(&[u8], &[u8]) -> Option<Form>) -> Self {
        let bytes = headers.iter().map(|(name, value)| name.len() + value.len() + 2);
        let mut text = Vec::with_capacity(bytes.sum::<usize>().saturating_add(1));
        text.push(BORDER);
        let lines = headers.iter().map(|(name, value)| {
            let (usual, form) = (Usual::of(name), form(name, value));
            let name = if usual.is_some() { None } else { stand(&mut text, name) };
            let value = match form {
                Some(Form::Text) => stand(&mut text, value),
                Some(Form::Url | Form::Cookies) => {
                    let at = stand(&mut text, value);
                    let bytes = at.clone().and_then(|at| text.get_mut(at)).unwrap_or_default();
                    let parts = bytes.iter_mut().filter(|byte| url::is_separator(**byte));
                    parts.for_each(|byte| *byte = BORDER);
                    at
                }
                Some(Form::Coded) | None => None,
            };
            Line { usual, form, name, value }
        });
        let lines = lines.collect();
        Self { text, lines }
    }
}

impl<'t> Sight<'t> {
    /// Looks over the lines, if that is worth it.
    pub(super) fn new(Lines { text, lines }: &'t Lines, law: Law<'_>) -> Option<Self> {
        let text = in_place::Sight::new(text, 0, law)?;
        Some(Self { text, lines, in_place: InPlace::default() })
    }

    /// Whether the name of a line is a usual one, or has nothing in it.
    pub(super) fn is_quiet_name(&mut self, n: usize, law: Law<'_>) -> bool {
        match self.lines.get(n) {
            Some(Line { usual: Some(_), .. }) => true,
            Some(Line { name: Some(at), .. }) => self.is_quiet(at.clone(), Spot::default(), law),
            Some(_) | None => false,
        }
    }

    /// Whether the value of a line is not read, or has nothing in it.
    pub(super) fn is_quiet_value(
        &mut self,
        n: usize,
        (name, value): (&[u8], &[u8]),
        law: Law<'_>,
    ) -> bool {
        let Some(line) = self.lines.get(n) else { return false };
        let Some(form) = line.form else { return true };
        let Some(at) = line.value.clone() else { return false };
        match form {
            Form::Text => {
                let spot = super::spot(law, line.usual, name);
                self.is_quiet(at, spot, law)
            }
            Form::Url => self.is_quiet_url(at.start, value, url::query(value), law),
            Form::Cookies => {
                let mut begin = at.start;
                value.split(|byte| *byte == b';').all(|cookie| {
                    let at = begin;
                    begin += cookie.len() + 1;
                    self.is_quiet_url(at, cookie, Some(0), law)
                })
            }
            Form::Coded => false,
        }
    }

    /// Values stand behind `from`, if there are any.
    fn is_quiet_url(
        &mut self,
        begin: usize,
        raw: &[u8],
        from: Option<usize>,
        law: Law<'_>,
    ) -> bool {
        // What these stand for is read in their place, and a value that something parts twice.
        let stands = !raw.iter().any(|byte| matches!(byte, b'%' | b'+'))
            && from.is_none_or(|from| url::values(raw, from).next().is_none());
        stands
            && url::each(raw, law, |at, spot| {
                self.is_quiet(begin + at.start..begin + at.end, spot, law)
            })
    }

    /// Whether a reading of these bytes at `spot` finds nothing.
    fn is_quiet(&mut self, at: Range<usize>, spot: Spot, law: Law<'_>) -> bool {
        let Self { text, in_place, .. } = self;
        let value = text.text.get(at.clone()).unwrap_or_default();
        if value.is_empty() {
            return true;
        }
        if spot.fields != 0 || !value.is_ascii() || text.hides(&at, law) {
            return false;
        }
        text.is_quiet(&at, spot.context, law) || !in_place.finds(at, spot.context, text, law)
    }
}

/// Puts bytes into the text, with a border behind them; not those of which a part is read at a time.
fn stand(text: &mut Vec<u8>, bytes: &[u8]) -> Option<Range<usize>> {
    if bytes.len() > limits::SLICE_BYTES {
        return None;
    }
    let start = text.len();
    text.extend_from_slice(bytes);
    let end = text.len();
    text.push(BORDER);
    Some(start..end)
}
