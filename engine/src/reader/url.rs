//! Reads a path, a query or a URL that is known whole: pieces between `/ ? & = ; #`, each
//! percent-decoded, each a value of its own. A piece gives context to the next one.

use super::form::Percent;
use super::value::Value;
use crate::finding::Style;
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::path::Spot;
use crate::verdict::Reason;
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes after which a piece is looked at on the way.
const SLICE: u64 = 4096;

/// Reads the text of a URL whose first byte is at raw offset 0. `split` puts what stands behind
/// the first `?` into the place `query`.
pub(crate) fn read(raw: &[u8], judge: &mut Judge<'_, '_>, split: bool) -> Result<(), Reason> {
    let mut value = Value::new();
    let mut before: Vec<u8> = Vec::new();
    let mut context = 0;
    let mut named = false;
    let mut start = 0;
    let mut query = false;
    let mut at = 0u64;
    let ends = raw.iter().enumerate().filter(|(_, byte)| is_separator(**byte));
    let ends: Vec<usize> = ends.map(|(n, _)| n).chain([raw.len()]).collect();
    for end in ends {
        let piece = raw.get(start..end).unwrap_or_default();
        let root = judge.law.paths.root();
        let named_spot = judge.law.paths.key(root, &before, context);
        let spot = if named { named_spot } else { root.unnamed(context) };
        value.begin(at, spot.context, spot.fields, Style::Percent, judge);
        let mut percent = Percent::default();
        for (byte, at) in piece.iter().zip(at..) {
            let byte = if query && *byte == b'+' { b' ' } else { *byte };
            let pushed = percent.push(byte, at, &mut value, judge);
            pushed.inspect_err(|_| value.scan(judge))?;
            // A long piece is looked at on the way, like a body.
            if at % SLICE == SLICE - 1 {
                value.scan(judge);
            }
        }
        at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        percent.finish(at, &mut value, judge)?;
        let text = value.text();
        before = text.get(..text.len().min(limits::KEY_BYTES_MAX)).unwrap_or_default().into();
        context = value.end_name(at, judge);
        at = at.saturating_add(1);
        start = end.saturating_add(1);
        named = raw.get(end) == Some(&b'=');
        if raw.get(end) == Some(&b'?') {
            query = true;
            if split {
                judge.place = Place::Query;
            }
        }
        if matches!(raw.get(end), Some(b'&' | b'?')) {
            before.clear();
            context = 0;
        }
    }
    Ok(())
}

/// Reads the values of a query that begins at `from`, or of a cookie, each as one: what parts the
/// pieces of a URL may stand within a value too. `read` finds what they hold piece by piece.
pub(crate) fn read_values(
    raw: &[u8],
    from: usize,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Reason> {
    for (name, at) in values(raw, from) {
        let spot = read_name(raw, name, judge)?;
        let mut value = Value::new();
        let end = read_one(raw, at, spot, &mut value, judge)?;
        value.end(end, judge);
    }
    Ok(())
}

/// Reads the name of a value: what it stands for gives context, as it does piece by piece.
pub(crate) fn read_name(
    raw: &[u8],
    at: Range<usize>,
    judge: &mut Judge<'_, '_>,
) -> Result<Spot, Reason> {
    let mut value = Value::new();
    let end = read_one(raw, at, Spot::default(), &mut value, judge)?;
    let text = value.text();
    let name: Vec<u8> =
        text.get(..text.len().min(limits::KEY_BYTES_MAX)).unwrap_or_default().into();
    let context = value.end_name(end, judge);
    Ok(judge.law.paths.key(judge.law.paths.root(), &name, context))
}

/// Reads what is percent-encoded there, and says where it ends.
fn read_one(
    raw: &[u8],
    at: Range<usize>,
    spot: Spot,
    value: &mut Value,
    judge: &mut Judge<'_, '_>,
) -> Result<u64, Reason> {
    let offset = |at| u64::try_from(at).unwrap_or(u64::MAX);
    let (start, end) = (offset(at.start), offset(at.end));
    let mut percent = Percent::default();
    value.begin(start, spot.context, spot.fields, Style::Percent, judge);
    for (byte, at) in raw.get(at).unwrap_or_default().iter().zip(start..) {
        let byte = if *byte == b'+' { b' ' } else { *byte };
        percent.push(byte, at, value, judge)?;
        if at % SLICE == SLICE - 1 {
            value.scan(judge);
        }
    }
    percent.finish(end, value, judge)?;
    Ok(end)
}

/// Where values stand that something parts which parts the pieces of a URL, each behind its name.
pub(crate) fn values(
    raw: &[u8],
    from: usize,
) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut at = from;
    let pairs = raw.get(from..).unwrap_or_default().split(|byte| matches!(byte, b'&' | b'#'));
    pairs.filter_map(move |pair| {
        let first = at;
        at += pair.len() + 1;
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair.get(..equals)?, pair.get(equals + 1..)?);
        let begin = first + name.len() - name.trim_ascii_start().len();
        let (from, until) = (first + equals + 1, first + pair.len());
        is_parted(value).then(|| (begin..begin + name.trim_ascii().len(), from..until))
    })
}

/// Where the query of a URL begins, if it has one.
pub(crate) fn query(raw: &[u8]) -> Option<usize> {
    raw.iter().position(|byte| *byte == b'?').map(|at| at + 1)
}

/// The same pieces of a text that stands for itself: `take` says of each, where it stands and at its
/// spot, whether nothing is in it. Stops at the first of which that is not so.
pub(crate) fn each(
    raw: &[u8],
    law: Law<'_>,
    mut take: impl FnMut(Range<usize>, Spot) -> bool,
) -> bool {
    let root = law.paths.root();
    let (mut start, mut named) = (0, false);
    let (mut before, mut context) = (&[][..], 0);
    loop {
        let rest = raw.get(start..).unwrap_or_default();
        let bytes = rest.iter().position(|byte| is_separator(*byte)).unwrap_or(rest.len());
        let end = start + bytes;
        let spot = if named { law.paths.key(root, before, context) } else { root.unnamed(context) };
        if !take(start..end, spot) {
            return false;
        }
        let Some(separator) = raw.get(end) else { return true };
        let piece = rest.get(..bytes).unwrap_or_default();
        before = piece.get(..bytes.min(limits::KEY_BYTES_MAX)).unwrap_or_default();
        let names = !matches!(separator, b'&' | b'?')
            && bytes <= limits::KEY_BYTES_MAX
            && !law.detection.has_replacement(piece, &law);
        context = if names { law.sets_in(piece) } else { 0 };
        if matches!(separator, b'&' | b'?') {
            before = &[];
        }
        named = *separator == b'=';
        start = end + 1;
    }
}

/// Whether something within a value parts it; what it begins and ends with parts nothing.
fn is_parted(value: &[u8]) -> bool {
    let parts = |byte: &u8| is_separator(*byte);
    let first = value.iter().position(|byte| !parts(byte)).unwrap_or(value.len());
    let last = value.iter().rposition(|byte| !parts(byte)).unwrap_or(0);
    value.get(first..last).is_some_and(|inner| inner.iter().any(parts))
}

/// Whether a byte parts two pieces.
pub(crate) fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'&' | b'=' | b';' | b'#')
}
