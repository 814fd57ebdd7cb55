//! Where in a text candidates may begin: one pass over 64 bytes at a time, without a branch on what
//! they are. A position that is not marked is none at which a scan could find anything, whatever
//! follows; a marked one may be nothing.

use super::beginnings::{Beginnings, TriggerSet};
use super::planes::{self, Planes, Row, Tells};
use super::simd::{BLOCK_BYTES, Block};
use super::trigger;
use crate::limits;
use crate::model::Trigger;
use alloc::vec::Vec;

/// The marks of one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// The first row that is marked.
    first: usize,
    rows: Vec<Marked>,
    /// Triggers of the marked positions, in order.
    triggers: Vec<TriggerSet>,
    /// Room for what stands before each `@`.
    addresses: Vec<u64>,
}

/// 64 positions.
#[derive(Clone, Copy, Debug, Default)]
struct Marked {
    any: u64,
    /// How many positions are marked in the rows before.
    before: usize,
    tells: Tells,
}

impl Marks {
    /// Marks a text from `from` on. Where the text has not ended, anything may follow.
    pub(crate) fn fill(&mut self, text: &[u8], from: usize, ended: bool, wanted: &Beginnings) {
        self.first = from / BLOCK_BYTES;
        self.rows.clear();
        self.triggers.clear();
        self.addresses.clear();
        if wanted.has(Trigger::Address) {
            self.mark_addresses(text, ended);
        }
        let mut sight = Sight::new(text, self.first, ended, wanted);
        self.rows.reserve(text.len().div_ceil(BLOCK_BYTES).saturating_sub(self.first));
        while sight.at() < text.len() {
            let mut row = sight.row();
            let n = sight.block;
            if let Some(bits) = self.addresses.get(n).filter(|bits| **bits != 0) {
                row.add(Trigger::Address, *bits);
            }
            wanted.refine(&mut row, &sight, text, ended);
            let any = row.any();
            let before = self.triggers.len();
            self.rows.push(Marked { any, before, tells: sight.tells() });
            if any != 0 {
                self.add_triggers(&row, any);
            }
            sight.go_on();
        }
    }

    /// Writes down the triggers of each marked position of a row.
    fn add_triggers(&mut self, row: &Row, any: u64) {
        let before = self.triggers.len();
        let count = usize::try_from(any.count_ones()).unwrap_or(0);
        self.triggers.resize(before + count, TriggerSet::default());
        let fresh = self.triggers.get_mut(before..).unwrap_or_default();
        for (trigger, mut bits) in row.marked() {
            while bits != 0 {
                let below = (bits & bits.wrapping_neg()) - 1;
                let nth = usize::try_from((any & below).count_ones()).unwrap_or(0);
                if let Some(set) = fresh.get_mut(nth) {
                    set.insert(trigger);
                }
                bits &= bits - 1;
            }
        }
    }

    /// The marked positions among the 64 of a row.
    pub(crate) fn row(&self, row: usize) -> u64 {
        let at = row.checked_sub(self.first);
        at.and_then(|at| self.rows.get(at)).map_or(0, |row| row.any)
    }

    /// Whether something may begin in a row that needs words beside it.
    pub(crate) fn tells(&self, row: usize) -> Tells {
        let at = row.checked_sub(self.first);
        at.and_then(|at| self.rows.get(at)).map_or(Tells::default(), |row| row.tells)
    }

    /// The triggers whose marks a position has.
    pub(crate) fn at(&self, at: usize) -> TriggerSet {
        let row = (at / BLOCK_BYTES).checked_sub(self.first).and_then(|row| self.rows.get(row));
        let Some(row) = row else { return TriggerSet::default() };
        let bit = 1 << (at % BLOCK_BYTES);
        if row.any & bit == 0 {
            return TriggerSet::default();
        }
        let nth = usize::try_from((row.any & (bit - 1)).count_ones()).unwrap_or(0);
        self.triggers.get(row.before + nth).copied().unwrap_or_default()
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

/// Three blocks in a row of a text: the one that is looked at, and its neighbours.
pub(crate) struct Sight<'s> {
    text: &'s [u8],
    wanted: &'s Beginnings,
    /// What follows the end of the text.
    beyond: Planes,
    pub(super) block: usize,
    before: Planes,
    pub(super) now: Planes,
    pub(super) next: Planes,
}

impl<'s> Sight<'s> {
    pub(crate) fn new(text: &'s [u8], block: usize, ended: bool, wanted: &'s Beginnings) -> Self {
        let beyond = if ended { Planes::NOTHING } else { Planes::ANYTHING };
        let nothing = Planes::NOTHING;
        let mut sight =
            Self { text, wanted, beyond, block, before: nothing, now: nothing, next: nothing };
        if let Some(before) = block.checked_sub(1) {
            sight.before = sight.planes(before);
        }
        sight.now = sight.planes(block);
        sight.next = sight.planes(block + 1);
        sight
    }

    /// The same for the block behind one that was looked at with these planes.
    pub(crate) fn behind(
        text: &'s [u8],
        block: usize,
        ended: bool,
        wanted: &'s Beginnings,
        [_, before, now]: [Planes; 3],
    ) -> Self {
        let beyond = if ended { Planes::NOTHING } else { Planes::ANYTHING };
        let next = Planes::NOTHING;
        let mut sight = Self { text, wanted, beyond, block, before, now, next };
        sight.next = sight.planes(block + 1);
        sight
    }

    /// What the three blocks are.
    pub(crate) fn all(&self) -> [Planes; 3] {
        [self.before, self.now, self.next]
    }

    fn planes(&self, block: usize) -> Planes {
        let at = block.saturating_mul(BLOCK_BYTES);
        let rest = self.text.get(at..).unwrap_or_default();
        match rest.len() {
            0 => self.beyond,
            BLOCK_BYTES.. => Planes::of(&Block::new(rest), self.wanted),
            length => Planes::of(&Block::new(rest), self.wanted).until(length, self.beyond),
        }
    }

    /// Where the block begins.
    fn at(&self) -> usize {
        self.block * BLOCK_BYTES
    }

    /// Moves on by a block.
    fn go_on(&mut self) {
        self.block += 1;
        self.before = self.now;
        self.now = self.next;
        self.next = self.planes(self.block + 1);
    }

    fn tells(&self) -> Tells {
        planes::tells([&self.before, &self.now, &self.next], self.wanted)
    }

    /// The marks of the block.
    pub(crate) fn row(&self) -> Row {
        let length = self.text.len().saturating_sub(self.at());
        Row::new([&self.before, &self.now, &self.next], length, self.wanted)
    }
}
