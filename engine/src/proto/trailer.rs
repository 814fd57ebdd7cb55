//! The trailers of gRPC-Web: lines in a frame, read as the trailers of any message are.

use crate::head::{self, Part};
use crate::headers::Headers;
use crate::judge::Law;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// One line: where its value stands.
struct Line {
    start: usize,
    end: usize,
}

/// Finds and protects what is in the lines; `None` where they stay as they are.
pub(crate) fn protect(
    law: Law<'_>,
    tally: &mut Tally,
    payload: &[u8],
) -> Result<Option<Vec<u8>>, Reason> {
    let (mut lines, mut headers) = (Vec::new(), Headers::new());
    let mut at = 0_usize;
    for line in payload.split_inclusive(|byte| *byte == b'\n') {
        let (begin, text) = (at, line.trim_ascii_end());
        at = at.saturating_add(line.len());
        if text.is_empty() {
            continue;
        }
        let colon = text.iter().position(|byte| *byte == b':').ok_or(Reason::Unparsable)?;
        let name = text.get(..colon).unwrap_or_default();
        let value = text.get(colon.saturating_add(1)..).unwrap_or_default();
        let space = value.len().saturating_sub(value.trim_ascii_start().len());
        let start = begin.saturating_add(colon).saturating_add(space).saturating_add(1);
        lines.push(Line { start, end: begin.saturating_add(text.len()) });
        let name = name.trim_ascii().to_ascii_lowercase();
        headers.push((name, value.trim_ascii_start().to_vec()));
    }
    let Some(edited) = head::inspect(law, tally, &headers, Part::Trailers)? else {
        return Ok(None);
    };
    let (mut out, mut from) = (Vec::with_capacity(payload.len()), 0);
    for (line, (_, value)) in lines.iter().zip(&edited) {
        out.extend_from_slice(payload.get(from..line.start).unwrap_or_default());
        out.extend_from_slice(value);
        from = line.end;
    }
    out.extend_from_slice(payload.get(from..).unwrap_or_default());
    Ok((out != payload).then_some(out))
}
