//! Carries edits out in a message: each in the innermost field that holds it, and every length
//! around it mended. What no edit touches stays as it was spelled.

use super::carved::Carved;
use super::wire::{self, Fields, Wire};
use alloc::vec::Vec;
use core::ops::Range;

/// Where in a message payloads stand that are one thing now, though they still read as another. In
/// the order of their ends.
pub(crate) type Turned = Vec<Turn>;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) at: Range<usize>,
    pub(crate) into: As,
}

/// What it is to whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    /// A message that reads as text, in which fields were replaced: what a mended length says as a
    /// letter, nobody wrote.
    Message,
    /// A text that reads as a message, in which what was replaced went over lengths: they measure
    /// nothing any more.
    Text,
}

/// Whether a payload has turned into that.
pub(crate) fn is(turned: &[Turn], at: &Range<usize>, into: As) -> bool {
    let first = turned.partition_point(|turn| turn.at.end < at.end);
    let mut same = turned.iter().skip(first).take_while(|turn| turn.at.end == at.end);
    same.any(|turn| (turn.at.start, turn.into) == (at.start, into))
}

/// Those in a range.
fn within(turned: &[Turn], Range { start, end }: Range<usize>) -> impl Iterator<Item = &Turn> {
    let first = turned.partition_point(|turn| turn.at.end <= start);
    let ended = turned.iter().skip(first).take_while(move |turn| turn.at.end <= end);
    ended.filter(move |turn| turn.at.start >= start)
}

/// Bytes that are fields, with these edits; they are in order, and apart.
pub(crate) fn message(
    bytes: &[u8],
    Range { start, end }: Range<usize>,
    mut edits: &[Carved],
    before: &[Turn],
    turned: &mut Turned,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(end.saturating_sub(start));
    let mut from = start;
    for field in Fields::new(bytes, start, end).flatten() {
        let count = edits.partition_point(|edit| edit.start < field.end);
        let (inside, behind) = edits.split_at(count);
        edits = behind;
        if inside.is_empty() {
            let stay = within(before, field.start..field.end).map(|Turn { at, into }| {
                let moved = |offset: usize| (offset - from).saturating_add(out.len());
                Turn { at: moved(at.start)..moved(at.end), into: *into }
            });
            turned.extend(stay);
            continue;
        }
        out.extend_from_slice(bytes.get(from..field.behind_tag).unwrap_or_default());
        from = field.end;
        match field.wire {
            Wire::Bytes => {
                let mark = turned.len();
                let payload = payload(bytes, field.start..field.end, inside, before, turned);
                wire::write_varint(payload.len(), &mut out);
                for Turn { at, .. } in turned.get_mut(mark..).unwrap_or_default() {
                    *at = at.start + out.len()..at.end + out.len();
                }
                out.extend_from_slice(&payload);
            }
            Wire::Varint | Wire::Fixed32 | Wire::Fixed64 | Wire::Start | Wire::End => {
                let texts = inside.iter().filter_map(|edit| edit.text.as_deref());
                texts.for_each(|text| out.extend_from_slice(text));
            }
        }
    }
    out.extend_from_slice(bytes.get(from..end).unwrap_or_default());
    out
}

/// Bytes that may be fields or a text, with these edits; `before` says what turned before, and
/// `turned` what has now.
pub(crate) fn payload(
    bytes: &[u8],
    at: Range<usize>,
    edits: &[Carved],
    before: &[Turn],
    turned: &mut Turned,
) -> Vec<u8> {
    let Range { start, end } = at;
    let fields = wire::check(bytes, start, end).is_ok() && !is(before, &at, As::Text);
    if fields && within_fields(bytes, start, end, edits) {
        let out = message(bytes, start..end, edits, before, turned);
        if core::str::from_utf8(&out).is_ok() {
            turned.push(Turn { at: 0..out.len(), into: As::Message });
        }
        return out;
    }
    let mut out = Vec::with_capacity(end.saturating_sub(start));
    let mut from = start;
    for edit in edits {
        out.extend_from_slice(bytes.get(from..edit.start).unwrap_or_default());
        out.extend_from_slice(edit.text.as_deref().unwrap_or_default());
        from = edit.end;
    }
    out.extend_from_slice(bytes.get(from..end).unwrap_or_default());
    if fields || is(before, &at, As::Text) {
        turned.push(Turn { at: 0..out.len(), into: As::Text });
    }
    out
}

/// Whether edits leave all messages whole in a payload that turned into text: none goes over what
/// says where fields are.
pub(crate) fn leaves_fields(
    bytes: &[u8],
    Range { start, end }: Range<usize>,
    mut edits: &[Carved],
    turned: &[Turn],
) -> bool {
    if !within_fields(bytes, start, end, edits) {
        return false;
    }
    Fields::new(bytes, start, end).flatten().all(|field| {
        let count = edits.partition_point(|edit| edit.start < field.end);
        let (inside, behind) = edits.split_at(count);
        edits = behind;
        let at = field.start..field.end;
        let message = is(turned, &at, As::Message);
        inside.is_empty() || !message || leaves_fields(bytes, at, inside, turned)
    })
}

/// Whether every edit lies in the value of one field, or is one that is a number.
fn within_fields(bytes: &[u8], start: usize, end: usize, mut edits: &[Carved]) -> bool {
    for field in Fields::new(bytes, start, end).flatten() {
        while let Some((edit, rest)) = edits.split_first()
            && edit.start < field.end
        {
            let whole = edit.number && edit.start == field.start && edit.end == field.end;
            let held = edit.start >= field.start && edit.end <= field.end;
            let fits = match field.wire {
                Wire::Bytes => held,
                Wire::Varint | Wire::Fixed32 | Wire::Fixed64 => whole,
                Wire::Start | Wire::End => false,
            };
            if !fits {
                return false;
            }
            edits = rest;
        }
    }
    edits.is_empty()
}
