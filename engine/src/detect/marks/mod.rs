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
use rows::{Rare, Row, rows};

/// The marks of one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// The first row that is marked.
    first: usize,
    rows: Vec<Marked>,
    /// The triggers that hold in few texts, of the rows that have some.
    rare: Vec<Rare>,
    /// Whether nothing follows the text.
    ended: bool,
    /// Room for what stands before each `@`.
    addresses: Vec<u64>,
}

/// Marked positions that are gone through in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    /// The row of those that are left of it.
    nth: usize,
    /// Where that begins.
    begin: usize,
    end: usize,
    left: u64,
}

impl Between {
    /// Goes on to a row that has some.
    #[inline]
    fn skip(&mut self, marks: &Marks) {
        while self.left == 0 && self.begin + BLOCK_BYTES < self.end {
            (self.nth, self.begin) = (self.nth + 1, self.begin + BLOCK_BYTES);
            self.left = marks.left(self);
        }
    }
}

/// 64 positions.
#[derive(Clone, Copy, Debug, Default)]
struct Marked {
    any: u64,
    often: [u64; Trigger::OFTEN],
    any_rare: u64,
    /// Which of the rare ones are its own.
    rare: usize,
    /// What ends most long candidates.
    ends: u64,
    digits: u64,
    letters: u64,
    /// Capitals, and some more.
    capitals: u64,
}

impl Marked {
    /// Letters and digits.
    #[inline]
    fn words(&self) -> u64 {
        self.digits | self.letters
    }
}

impl Marks {
    /// Marks a text from `from` on. Where the text has not ended, anything may follow.
    pub(crate) fn fill(&mut self, text: &[u8], from: usize, ended: bool, wanted: &Beginnings) {
        self.first = from / BLOCK_BYTES;
        self.ended = ended;
        self.rows.clear();
        self.rare.clear();
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
                let Some(planes) = sight.planes.get(n + 1) else { break };
                let Planes { digits, letters, capitals, .. } = *planes;
                let (any, rare, ends) = (row.any(), self.rare.len(), planes.ends());
                let Row { often, any_rare, .. } = *row;
                let marked = Marked { any, often, any_rare, rare, ends, digits, letters, capitals };
                self.rows.push(marked);
                if any_rare != 0 {
                    self.rare.push(row.rare);
                }
            }
            sight.go_on();
        }
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

    /// The marked positions from `from` on and before `end`.
    #[inline]
    pub(crate) fn between(&self, from: usize, end: usize) -> Between {
        // Nothing is marked before the first row.
        let from = from.max(self.first.saturating_mul(BLOCK_BYTES));
        let begin = from - from % BLOCK_BYTES;
        let nth = (begin / BLOCK_BYTES).saturating_sub(self.first);
        let mut between = Between { nth, begin, end, left: 0 };
        between.left = self.left(&between) & u64::MAX << (from % BLOCK_BYTES);
        between.skip(self);
        between
    }

    /// Those of a row that lie before the end.
    #[inline]
    fn left(&self, Between { nth, begin, end, .. }: &Between) -> u64 {
        let any = self.rows.get(*nth).map_or(0, |row| row.any);
        match end.saturating_sub(*begin) {
            BLOCK_BYTES.. => any,
            length => any & !(u64::MAX << length),
        }
    }

    /// The next of some positions at which something may begin, and what.
    // PERF: asked only of positions that somebody comes to. Names of a JSON text are passed by.
    #[inline]
    pub(crate) fn next(
        &self,
        between: &mut Between,
        text: &[u8],
        sift: &Sift,
    ) -> Option<(usize, Bunches)> {
        while between.left != 0 {
            let Between { nth, begin, left, .. } = *between;
            let bit = usize::try_from(left.trailing_zeros()).ok()?;
            between.left &= left - 1;
            if between.left == 0 {
                between.skip(self);
            }
            let bunches = self.sifted(nth, bit, text, begin + bit, sift);
            if bunches != 0 {
                return Some((begin + bit, bunches));
            }
        }
        None
    }

    /// What may begin at a position of the text that was marked.
    pub(crate) fn at(&self, text: &[u8], at: usize, sift: &Sift) -> Bunches {
        let mut between = self.between(at, at + 1);
        self.next(&mut between, text, sift).map_or(0, |(_, bunches)| bunches)
    }

    /// What may begin at a marked position of a row.
    #[inline(never)]
    fn sifted(&self, nth: usize, bit: usize, text: &[u8], at: usize, sift: &Sift) -> Bunches {
        let Some(row) = self.rows.get(nth) else { return 0 };
        let often = row.often.map(|bits| usize::try_from(bits >> bit & 1).unwrap_or(0));
        let rare = match row.any_rare >> bit & 1 {
            0 => 0,
            _ => self.rare.get(row.rare).map_or(0, |rare| rows::held(rare, bit)),
        };
        let length = || {
            let beyond = if self.ended { 0 } else { u64::MAX };
            let next = self.rows.get(nth + 1).map_or(beyond, Marked::words);
            // Two shifts, since 64 is too far for one.
            (row.words() >> bit | next << 1 << (63 - bit)).trailing_ones()
        };
        sift.keep(sift.begin(often, rare), length, Place { text, at, ended: self.ended })
    }

    /// How many digits stand in a row at a position, those beyond the row that it is in left out.
    #[inline]
    pub(crate) fn digits_at(&self, at: usize) -> usize {
        let row = (at / BLOCK_BYTES).checked_sub(self.first).and_then(|nth| self.rows.get(nth));
        let digits = row.map_or(0, |row| row.digits >> (at % BLOCK_BYTES)).trailing_ones();
        usize::try_from(digits).unwrap_or(0)
    }

    /// Letters in the 64 bytes from a position on, and which of them are capitals; what follows the
    /// text is none.
    #[inline]
    pub(crate) fn letters_at(&self, at: usize) -> (u64, u64) {
        let bit = at % BLOCK_BYTES;
        let nth = (at / BLOCK_BYTES).checked_sub(self.first);
        let rows = nth.and_then(|nth| self.rows.get(nth..)).unwrap_or_default();
        let joined = |plane: fn(&Marked) -> u64| {
            let (row, next) = (rows.first().map_or(0, plane), rows.get(1).map_or(0, plane));
            row >> bit | next << 1 << (63 - bit)
        };
        let letters = joined(|row| row.letters);
        (letters, letters & joined(|row| row.capitals))
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

    /// The triggers that hold in the two.
    #[inline]
    fn rows(&self) -> [Row; 2] {
        let rest = self.text.len().saturating_sub(self.at());
        let [before, one, other, last] = &self.planes;
        let lengths = [rest, rest.saturating_sub(BLOCK_BYTES)];
        rows([before, one, other, last], lengths, self.wanted)
    }
}
