//! Which strings of a piece of JSON can be passed by unread: plain ASCII without an escape, in
//! which no candidate begins. Says nothing of what it is not sure of.

use super::marks::Marks;
use super::marks::beginnings::Beginnings;
use super::sift::Sift;
use super::simd::{BLOCK_BYTES, Block};
use super::words::near::Nearby;
use alloc::vec::Vec;

/// What was seen in one piece.
#[derive(Debug)]
pub(crate) struct Survey {
    marks: Marks,
    nearby: Nearby,
    /// Quotes, backslashes, control characters, and what is not ASCII: 64 bytes a row.
    stops: Vec<u64>,
}

impl Survey {
    /// Looks over a piece; more bytes may follow it.
    pub(super) fn new(raw: &[u8], beginnings: &Beginnings, sift: &Sift) -> Self {
        let mut marks = Marks::default();
        marks.fill(raw, 0, false, beginnings, sift);
        let stops = raw.chunks(BLOCK_BYTES).map(|piece| {
            let block = Block::new(piece);
            block.is_either(b'"', b'\\') | block.controls() | block.high()
        });
        Self { marks, nearby: Nearby::default(), stops: stops.collect() }
    }

    /// Where the string ends whose first byte is at `at`: plain text up to its quote.
    pub(crate) fn plain_string(&self, raw: &[u8], at: usize) -> Option<usize> {
        let (mut row, bit) = (at / BLOCK_BYTES, at % BLOCK_BYTES);
        let mut bits = self.stops.get(row)? & u64::MAX << bit;
        while bits == 0 {
            row += 1;
            bits = *self.stops.get(row)?;
        }
        let stop = row * BLOCK_BYTES + usize::try_from(bits.trailing_zeros()).ok()?;
        (raw.get(stop) == Some(&b'"')).then_some(stop)
    }

    /// Where candidates may begin, and what words stand near.
    pub(super) fn parts(&mut self) -> (&Marks, &mut Nearby) {
        (&self.marks, &mut self.nearby)
    }
}
