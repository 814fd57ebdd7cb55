//! Carries edits out in a message: each in the innermost field that holds it, and every length
//! around it mended. What no edit touches stays as it was spelled.

use super::carved::Carved;
use super::wire::{self, Fields, Wire};
use alloc::vec::Vec;

/// Bytes that are fields, with these edits; they are in order, and apart.
pub(crate) fn message(bytes: &[u8], start: usize, end: usize, mut edits: &[Carved]) -> Vec<u8> {
    let mut out = Vec::with_capacity(end.saturating_sub(start));
    let mut from = start;
    for field in Fields::new(bytes, start, end).flatten() {
        let count = edits.partition_point(|edit| edit.start < field.end);
        let (inside, behind) = edits.split_at(count);
        edits = behind;
        if inside.is_empty() {
            continue;
        }
        out.extend_from_slice(bytes.get(from..field.behind_tag).unwrap_or_default());
        from = field.end;
        match field.wire {
            Wire::Bytes => {
                let payload = payload(bytes, field.start, field.end, inside);
                wire::write_varint(payload.len(), &mut out);
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

/// Bytes that may be fields or a text, with these edits.
pub(crate) fn payload(bytes: &[u8], start: usize, end: usize, edits: &[Carved]) -> Vec<u8> {
    if wire::check(bytes, start, end).is_ok() && within_fields(bytes, start, end, edits) {
        return message(bytes, start, end, edits);
    }
    let mut out = Vec::with_capacity(end.saturating_sub(start));
    let mut from = start;
    for edit in edits {
        out.extend_from_slice(bytes.get(from..edit.start).unwrap_or_default());
        out.extend_from_slice(edit.text.as_deref().unwrap_or_default());
        from = edit.end;
    }
    out.extend_from_slice(bytes.get(from..end).unwrap_or_default());
    out
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
