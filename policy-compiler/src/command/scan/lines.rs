//! Turns byte offsets of a text that streams by into lines and columns.
//! Keeps only the bytes that offsets may still point into.

/// A place in a text. Both count from 1; columns are code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// The part of a text that is still spoken of.
pub(super) struct Lines {
    kept: Vec<u8>,
    base: Mark,
    /// Where the last answer was: the next one is mostly near behind it.
    last: Mark,
}

#[derive(Clone, Copy)]
struct Mark {
    offset: u64,
    position: Position,
}

impl Lines {
    pub(super) fn new() -> Self {
        let start = Mark { offset: 0, position: Position { line: 1, column: 1 } };
        Self { kept: Vec::new(), base: start, last: start }
    }

    /// More of the text.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.kept.extend_from_slice(piece);
    }

    /// The place of a byte that is kept, or of the end of the text.
    pub(super) fn position(&mut self, offset: u64) -> Position {
        let from = if offset >= self.last.offset { self.last } else { self.base };
        self.last = self.walk(from, offset);
        self.last.position
    }

    /// Nothing before this byte will be asked for.
    pub(super) fn forget(&mut self, offset: u64) {
        let base = self.walk(self.base, offset);
        self.kept.drain(..self.index(base.offset));
        self.base = base;
        if self.last.offset < base.offset {
            self.last = base;
        }
    }

    fn walk(&self, from: Mark, to: u64) -> Mark {
        let (start, end) = (self.index(from.offset), self.index(to));
        let Some(passed) = self.kept.get(start..end) else { return from };
        let breaks = breaks(passed);
        let begin = passed.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let points = passed.get(begin..).unwrap_or_default();
        // A code point is counted at its first byte.
        let points = points.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let before = if breaks > 0 { 1 } else { from.position.column };
        let position =
            Position { line: from.position.line + length(breaks), column: before + length(points) };
        Mark { offset: from.offset + length(passed.len()), position }
    }

    fn index(&self, offset: u64) -> usize {
        let index = usize::try_from(offset.saturating_sub(self.base.offset));
        index.unwrap_or(usize::MAX).min(self.kept.len())
    }
}

/// PERF: sums of bytes are taken 16 or 32 at a time, and this runs over every byte of a scan.
fn breaks(text: &[u8]) -> usize {
    let runs = text.chunks(usize::from(u8::MAX));
    runs.map(|run| usize::from(run.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>())).sum()
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Lines, Position};

    #[test]
    fn a_place_is_the_same_in_whatever_pieces_the_text_came() {
        let text = "one\nzwö→x\r\n\nlast".as_bytes();
        let plain = |offset: usize| {
            let before = &text[..offset];
            let line = before.split(|byte| *byte == b'\n').count();
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let column = String::from_utf8_lossy(&text[start..offset]).chars().count() + 1;
            Position { line: line as u64, column: column as u64 }
        };
        let starts: Vec<_> =
            (0..=text.len()).filter(|at| text.get(*at).is_none_or(|b| b & 0xc0 != 0x80)).collect();
        for step in 1..text.len() {
            let mut lines = Lines::new();
            for (n, piece) in text.chunks(step).enumerate() {
                lines.push(piece);
                let (low, high) = (n * step, n * step + piece.len());
                for at in starts.iter().filter(|at| (low..=high).contains(at)) {
                    assert_eq!(lines.position(*at as u64), plain(*at), "{at} in steps of {step}");
                }
                lines.forget(high as u64);
            }
        }
        let mut lines = Lines::new();
        lines.push(text);
        assert_eq!(lines.position(14), plain(14));
        assert_eq!(lines.position(2), plain(2), "back again");
    }
}
