//! Headers of gRPC that are no plain text: `-bin`, which holds bytes in base64, and `grpc-message`,
//! which is percent-encoded.

use super::base64::{Decoder, Encoder};
use super::message::At;
use super::{Whole, protect};
use crate::finding::Style;
use crate::judge::{Judge, Law, Place};
use crate::path::Spot;
use crate::reader::form::Percent;
use crate::reader::value::Value;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// The bytes of one value, decoded; none where it is no base64. Senders leave the padding out.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let (mut decoder, mut bytes) = (Decoder::default(), Vec::new());
    for byte in text.trim_ascii() {
        decoder.push(*byte, &mut bytes).ok()?;
    }
    let ended = if text.trim_ascii().contains(&b'=') {
        if decoder.waits() { Err(Reason::Unparsable) } else { Ok(()) }
    } else {
        decoder.end(&mut bytes)
    };
    ended.ok().map(|()| bytes)
}

/// Several values with commas between them, as headers of one name are joined; `Ok(None)` where
/// they stay as they are, `None` where one is no base64.
pub(crate) fn binary(
    law: Law<'_>,
    tally: &mut Tally,
    place: Place<'_>,
    spot: Spot,
    raw: &[u8],
) -> Option<Result<Option<Vec<u8>>, Reason>> {
    let pieces: Option<Vec<Vec<u8>>> = raw.split(|byte| *byte == b',').map(decode).collect();
    let at = At { depth: 0, way: 0, spot, shape: None };
    let mut out = Vec::with_capacity(raw.len());
    let mut changed = false;
    for (n, (bytes, piece)) in pieces?.iter().zip(raw.split(|byte| *byte == b',')).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        match protect(law, place, tally, None, bytes, at, Whole::Bytes) {
            Err(reason) => return Some(Err(reason)),
            Ok(None) => out.extend_from_slice(piece),
            Ok(Some(bytes)) => {
                changed = true;
                encode(&bytes, piece.contains(&b'='), &mut out);
            }
        }
    }
    Some(Ok(changed.then_some(out)))
}

/// Whether what stands in a value has been put there in place of a finding.
pub(crate) fn is_replaced(law: Law<'_>, raw: &[u8]) -> bool {
    let mut pieces = raw.split(|byte| *byte == b',').map(decode);
    pieces.all(|bytes| bytes.is_some_and(|bytes| law.detection.has_replacement(&bytes, &law)))
}

/// What leaves in place of a value of bytes in which a text was found.
pub(crate) fn encoded(text: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(text, value.contains(&b'='), &mut out);
    out
}

fn encode(bytes: &[u8], padded: bool, out: &mut Vec<u8>) {
    let mut encoder = Encoder::default();
    encoder.push(bytes, out);
    if padded {
        encoder.pad(out);
    } else {
        encoder.end(out);
    }
}

/// Reads a percent-encoded text that is known whole.
pub(crate) fn message(raw: &[u8], spot: Spot, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
    /// Bytes after which the text is looked at on the way.
    const SLICE: u64 = 4096;
    let (mut value, mut percent) = (Value::new(), Percent::default());
    value.begin(0, spot.context, spot.fields, Style::Percent, judge);
    let mut end = 0;
    for (byte, at) in raw.iter().zip(0_u64..) {
        let pushed = percent.push(*byte, at, &mut value, judge);
        pushed.inspect_err(|_| value.scan(judge))?;
        end = at.saturating_add(1);
        if end % SLICE == 0 {
            value.scan(judge);
        }
    }
    percent.finish(end, &mut value, judge)?;
    value.end(end, judge);
    Ok(())
}
