//! Which strings of a piece of JSON can be passed by unread: plain ASCII without an escape, in
//! which no candidate begins. Says nothing of what it is not sure of.

use super::marks::Marks;
use super::marks::beginnings::Beginnings;
use super::simd::{BLOCK_BYTES, Block};
use super::words::near::Nearby;
use crate::reader::wrapped::Signs;
use alloc::vec::Vec;
use core::ops::Range;

/// What was seen in one piece.
#[derive(Debug)]
pub(crate) struct Survey {
    marks: Marks,
    nearby: Nearby,
    /// Quotes, backslashes, control characters, and what is not ASCII: 64 bytes a row.
    stops: Vec<u64>,
    /// Where something may be hidden by an encoding: 64 bytes a row, where that is looked for.
    signs: Vec<u64>,
    /// Whether a star stands anywhere: a mask has some.
    stars: bool,
}

impl Survey {
    /// Looks over a piece; more bytes may follow it. `through` looks for what may be hidden, too.
    pub(super) fn new(raw: &[u8], through: bool, beginnings: &Beginnings) -> Self {
        let mut marks = Marks::default();
        marks.fill(raw, 0, false, beginnings);
        let rows = raw.len().div_ceil(BLOCK_BYTES);
        let mut stops = Vec::with_capacity(rows);
        let mut signs = Vec::with_capacity(if through { rows } else { 0 });
        let mut letters = Signs::default();
        let mut stars = 0;
        for piece in raw.chunks(BLOCK_BYTES) {
            let block = Block::new(piece);
            stops.push(block.is_either(b'"', b'\\') | block.controls() | block.high());
            stars |= block.is(b'*');
            if through {
                signs.push(letters.of(&block));
            }
        }
        Self { marks, nearby: Nearby::default(), stops, signs, stars: stars != 0 }
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

    /// Whether a mask may stand in a value of the piece.
    #[inline]
    pub(super) fn may_mask(&self, value: &[u8]) -> bool {
        self.stars && value.contains(&b'*')
    }

    /// How many digits stand in a row at a place, as far as is told for little.
    #[inline]
    pub(crate) fn digits_at(&self, at: usize) -> usize {
        self.marks.digits_at(at)
    }

    /// Whether something may be hidden in these bytes, which a letter stands before no more.
    pub(crate) fn may_hide(&self, value: &Range<usize>) -> bool {
        let last = value.end.saturating_sub(1);
        let rows = value.start / BLOCK_BYTES..=last / BLOCK_BYTES;
        !value.is_empty()
            && rows.into_iter().any(|row| {
                let from = value.start.saturating_sub(row * BLOCK_BYTES);
                let to = (BLOCK_BYTES - 1).saturating_sub(last.saturating_sub(row * BLOCK_BYTES));
                let mask = u64::MAX << from & u64::MAX >> to;
                self.signs.get(row).is_none_or(|signs| signs & mask != 0)
            })
    }

    /// Where candidates may begin, and what words stand near.
    pub(super) fn parts(&mut self) -> (&Marks, &mut Nearby) {
        (&self.marks, &mut self.nearby)
    }
}
