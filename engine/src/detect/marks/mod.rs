//! Where in a text candidates may begin: one pass over 64 bytes at a time. A position that is not
//! marked is none at which a scan could find anything, whatever follows; a marked one may be
//! nothing.

pub(crate) mod beginnings;
pub(crate) mod planes;
mod rows;

use crate::detect::sift::{Bunches, Place, Sift};
use crate::detect::simd::{BLOCK_BYTES, Block};
use crate::detect::trigger;
use crate::limits;
use crate::model::Trigger;
use alloc::vec::Vec;
use beginnings::Beginnings;
use planes::Planes;
pub(crate) use rows::Row;
use rows::rows;

/// The marks of one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// The first row that is marked.
    first: usize,
    rows: Vec<Marked>,
    /// What may begin at the marked positions, in order.
    bunches: Vec<Bunches>,
    /// Room for what stands before each `@`.
    addresses: Vec<u64>,
}

/// 64 positions.
#[derive(Clone, Copy, Debug, Default)]
struct Marked {
    any: u64,
    /// What ends most long candidates.
    ends: u64,
    /// How many positions are marked in the rows before.
    before: usize,
}

impl Marks {
    /// Marks a text from `from` on. Where the text has not ended, anything may follow.
    pub(crate) fn fill(
        &mut self,
        text: &[u8],
        from: usize,
        ended: bool,
        wanted: &Beginnings,
        sift: &Sift,
    ) {
        self.first = from / BLOCK_BYTES;
        self.rows.clear();
        self.bunches.clear();
        self.addresses.clear();
        if wanted.has(Trigger::Address) {
            self.mark_addresses(text, ended);
        }
        let mut sight = Sight::new(text, self.first, ended, wanted);
        self.rows.reserve(text.len().div_ceil(BLOCK_BYTES).saturating_sub(self.first));
        while sight.at() < text.len() {
            let mut rows = sight.rows();
            for (n, row) in rows.iter_mut().enumerate() {
                let block = sight.block + n;
                if block * BLOCK_BYTES >= text.len() {
                    break;
                }
                if let Some(bits) = self.addresses.get(block).filter(|bits| **bits != 0) {
                    row.add(Trigger::Address, *bits);
                }
                let before = self.bunches.len();
                let any = self.sift(&sight, n, row, sift);
                self.rows.push(Marked { any, ends: sight.ends(n), before });
            }
            sight.go_on();
        }
    }

    /// The positions of a row at which something may be found.
    fn sift(&mut self, sight: &Sight<'_>, nth: usize, row: &Row, sift: &Sift) -> u64 {
        let (words, next) = sight.words(nth);
        let begin = sight.at() + nth * BLOCK_BYTES;
        let (mut left, mut kept) = (row.any(), 0);
        while left != 0 {
            let bit = left.trailing_zeros();
            let at = begin + usize::try_from(bit).unwrap_or(0);
            // Two shifts, since 64 is too far for one.
            let length = (words >> bit | next << 1 << (63 - bit)).trailing_ones();
            let place = Place { text: sight.text, at, ended: sight.ended, length };
            let bunches = sift.keep(row, bit, place);
            if bunches != 0 {
                self.bunches.push(bunches);
                kept |= left & left.wrapping_neg();
            }
            left &= left - 1;
        }
        kept
    }

    /// The marked positions among the 64 of a row.
    pub(crate) fn row(&self, row: usize) -> u64 {
        let at = row.checked_sub(self.first);
        at.and_then(|at| self.rows.get(at)).map_or(0, |row| row.any)
    }

    /// How many bytes from a marked position on do not end most long candidates, up to `most`.
    pub(crate) fn length_at(&self, at: usize, most: usize) -> usize {
        let Some(first) = (at / BLOCK_BYTES).checked_sub(self.first) else { return most };
        let bit = at % BLOCK_BYTES;
        let mut seen = 0_usize;
        let mut hidden = u64::MAX << bit;
        for row in self.rows.get(first..).unwrap_or_default() {
            let ends = row.ends & hidden;
            if ends != 0 {
                let end = seen + usize::try_from(ends.trailing_zeros()).unwrap_or(0);
                return (end - bit).min(most);
            }
            hidden = u64::MAX;
            seen += BLOCK_BYTES;
            if seen > bit + most {
                break;
            }
        }
        most
    }

    /// What may begin at a position.
    pub(crate) fn at(&self, at: usize) -> Bunches {
        let row = (at / BLOCK_BYTES).checked_sub(self.first).and_then(|row| self.rows.get(row));
        let Some(row) = row else { return 0 };
        let bit = 1 << (at % BLOCK_BYTES);
        if row.any & bit == 0 {
            return 0;
        }
        let nth = usize::try_from((row.any & (bit - 1)).count_ones()).unwrap_or(0);
        self.bunches.get(row.before + nth).copied().unwrap_or(0)
    }

    /// Gives back the room that long texts took.
    pub(crate) fn trim(&mut self) {
        const ROWS_KEPT: usize = 4;
        if self.rows.capacity() > ROWS_KEPT {
            *self = Self::default();
        }
    }

    /// Marks what stands before each `@`, and before the end where one may follow.
    fn mark_addresses(&mut self, text: &[u8], ended: bool) {
        let mut done = 0;
        for (n, piece) in text.chunks(BLOCK_BYTES).enumerate().skip(self.first) {
            let mut ats = Block::new(piece).is(b'@');
            while ats != 0 {
                let bit = usize::try_from(ats.trailing_zeros()).unwrap_or(0);
                let at = n * BLOCK_BYTES + bit;
                self.mark_local(text, at, done);
                done = at;
                ats &= ats - 1;
            }
        }
        if !ended {
            self.mark_local(text, text.len(), done);
        }
    }

    /// Marks where a local part that goes on to `end` may begin, not before `floor`.
    fn mark_local(&mut self, text: &[u8], end: usize, floor: usize) {
        let floor = floor.max(end.saturating_sub(limits::CANDIDATE_BYTES_MAX));
        let stretch = text.get(floor..end).unwrap_or_default();
        let length = stretch.iter().rev().take_while(|byte| trigger::is_local(**byte)).count();
        let begin = end - length;
        if self.addresses.is_empty() && length > 0 {
            self.addresses.resize(text.len().div_ceil(BLOCK_BYTES), 0);
        }
        let mut in_word = begin.checked_sub(1).and_then(|n| text.get(n)).copied();
        for (at, byte) in (begin..).zip(text.get(begin..end).unwrap_or_default()) {
            let is_within = byte.is_ascii_alphanumeric()
                && in_word.is_some_and(|before| before.is_ascii_alphanumeric());
            in_word = Some(*byte);
            if let Some(row) = self.addresses.get_mut(at / BLOCK_BYTES).filter(|_| !is_within) {
                *row |= 1 << (at % BLOCK_BYTES);
            }
        }
    }
}

/// Four blocks in a row of a text: the two that are looked at, and their neighbours.
struct Sight<'s> {
    text: &'s [u8],
    ended: bool,
    wanted: &'s Beginnings,
    /// The first of the two.
    block: usize,
    planes: [Planes; 4],
}

impl<'s> Sight<'s> {
    fn new(text: &'s [u8], block: usize, ended: bool, wanted: &'s Beginnings) -> Self {
        let mut sight = Self { text, ended, wanted, block, planes: [Planes::NOTHING; 4] };
        let before = block.checked_sub(1).map_or(Planes::NOTHING, |before| sight.look(before));
        sight.planes = [before, sight.look(block), sight.look(block + 1), sight.look(block + 2)];
        sight
    }

    #[inline]
    fn look(&self, block: usize) -> Planes {
        let at = block.saturating_mul(BLOCK_BYTES);
        let rest = self.text.get(at..).unwrap_or_default();
        let beyond = || if self.ended { Planes::NOTHING } else { Planes::ANYTHING };
        match rest.len() {
            0 => beyond(),
            BLOCK_BYTES.. => Planes::of(&Block::new(rest), self.wanted),
            length => Planes::of(&Block::new(rest), self.wanted).until(length, beyond()),
        }
    }

    /// Where the first of the two begins.
    fn at(&self) -> usize {
        self.block * BLOCK_BYTES
    }

    /// Moves on by two blocks.
    fn go_on(&mut self) {
        self.block += 2;
        let [_, _, before, now] = self.planes;
        self.planes = [before, now, self.look(self.block + 1), self.look(self.block + 2)];
    }

    /// What ends most long candidates in one of the two.
    fn ends(&self, nth: usize) -> u64 {
        self.planes.get(nth + 1).map_or(0, Planes::ends)
    }

    /// Letters and digits of one of the two, and of what follows.
    fn words(&self, nth: usize) -> (u64, u64) {
        let words = |nth: usize| self.planes.get(nth).map_or(0, Planes::words);
        (words(nth + 1), words(nth + 2))
    }

    /// The triggers that hold in the two.
    #[inline]
    fn rows(&self) -> [Row; 2] {
        let rest = self.text.len().saturating_sub(self.at());
        let [before, one, other, last] = &self.planes;
        let lengths = [rest, rest.saturating_sub(BLOCK_BYTES)];
        rows([before, one, other, last], lengths, self.wanted)
    }
}
