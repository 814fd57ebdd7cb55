//! Tells at the cost of a glance whether a text may hold a run or an escape, 64 bytes at a time.

use super::run::LETTERS_MIN;
use crate::detect::{BLOCK_BYTES, Block, Set};

/// What the letters of a run are.
pub(super) const LETTERS: Set =
    Set::new(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
/// What an escape may begin with.
const SIGNS: Set = Set::new(b"%\\&=");

/// What a text may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints {
    /// A sign that an escape may begin with.
    pub(super) signs: bool,
    /// Where the first long run begins.
    run: Option<usize>,
    /// The text ends with letters.
    open: bool,
}

/// The same for each block of a text that is looked over once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signs {
    /// Letters in a row at the end.
    row: usize,
}

impl Signs {
    /// Signs, and letters that have at least fifteen before them; the blocks come one after another.
    #[inline]
    pub(crate) fn of(&mut self, block: &Block) -> u64 {
        let letters = block.among(&LETTERS);
        let long = long(letters);
        let before = letters.trailing_ones() as usize;
        // Those that go on from the block before.
        let joined = self.row + before >= LETTERS_MIN && before > 0;
        let joined = if joined { 1_u64 << (before - 1).min(63) } else { 0 };
        self.row = row_after(letters, self.row);
        long << (LETTERS_MIN - 1) | joined | block.among(&SIGNS)
    }
}

/// Where [`LETTERS_MIN`] letters begin that are all in this block.
#[inline]
fn long(letters: u64) -> u64 {
    let two = letters & letters >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & eight >> 8
}

impl Hints {
    /// Of the text from `from` on.
    pub(crate) fn new(text: &[u8], from: usize) -> Self {
        let rest = text.get(from..).unwrap_or_default();
        let mut signs = 0;
        let (mut row, mut run) = (0, None);
        for (n, piece) in rest.chunks(BLOCK_BYTES).enumerate() {
            let block = Block::new(piece);
            signs |= block.among(&SIGNS);
            let letters = block.among(&LETTERS);
            if run.is_none() {
                run = begin(letters, row)
                    .map(|at| from + (n * BLOCK_BYTES).saturating_add_signed(at));
            }
            row = row_after(letters, row);
        }
        let open = rest.last().is_some_and(|byte| super::alphabet::is_letter(*byte));
        Self { signs: signs != 0, run, open }
    }

    /// Whether a text that has none of it may be left alone.
    pub(super) fn any(&self, ended: bool) -> bool {
        self.signs || self.run.is_some() || (self.open && !ended)
    }

    /// Where the next run begins at or behind `at`: a long one, or one that the text ends in.
    pub(super) fn next_run(&self, text: &[u8], at: usize, ended: bool) -> Option<usize> {
        if let Some(run) = self.run.filter(|run| at <= *run) {
            return Some(run);
        }
        if self.run.is_some()
            && let Some(run) = first_run(text, at)
        {
            return Some(run);
        }
        let rest = text.get(at..)?;
        let row = rest.iter().rev().take_while(|byte| super::alphabet::is_letter(**byte)).count();
        (row > 0 && !ended).then(|| text.len() - row)
    }
}

/// Where the first long run begins at or behind `from`, where no letter stands before.
pub(super) fn first_run(text: &[u8], from: usize) -> Option<usize> {
    let mut row = 0;
    for (n, piece) in text.get(from..)?.chunks(BLOCK_BYTES).enumerate() {
        let letters = Block::new(piece).among(&LETTERS);
        if let Some(at) = begin(letters, row) {
            return Some(from + (n * BLOCK_BYTES).saturating_add_signed(at));
        }
        row = row_after(letters, row);
    }
    None
}

/// Letters in a row at the end of a block.
#[inline]
fn row_after(letters: u64, row: usize) -> usize {
    match letters.leading_ones() as usize {
        BLOCK_BYTES => row + BLOCK_BYTES,
        row => row,
    }
}

/// Where a long run begins in a block, before which `row` letters stand.
#[inline]
fn begin(letters: u64, row: usize) -> Option<isize> {
    let before = letters.trailing_ones() as usize;
    if before > 0 && row + before >= LETTERS_MIN {
        return Some(-isize::try_from(row).unwrap_or(0));
    }
    let long = long(letters);
    (long != 0).then(|| isize::try_from(long.trailing_zeros()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// Where long runs begin, counted letter by letter.
    fn plainly(text: &[u8]) -> Vec<usize> {
        let letter = |at: usize| {
            text.get(at).is_some_and(|b| crate::reader::wrapped::alphabet::is_letter(*b))
        };
        let begins = |at: &usize| letter(*at) && (*at == 0 || !letter(*at - 1));
        (0..text.len()).filter(begins).filter(|at| (*at..at + LETTERS_MIN).all(letter)).collect()
    }

    #[test]
    fn runs_are_found_wherever_they_stand() {
        for before in 0..140 {
            for length in [1, 15, 16, 17, 48, 64, 65, 130] {
                let text = String::from(".").repeat(before) + &"x".repeat(length) + ". x";
                let text = text.as_bytes();
                let first = Hints::new(text, 0).run;
                assert_eq!(first, plainly(text).first().copied(), "{before} {length}");
                let mut signs = Signs::default();
                let blocks = text.chunks(BLOCK_BYTES);
                let any =
                    blocks.fold(false, |any, piece| any | (signs.of(&Block::new(piece)) != 0));
                assert_eq!(any, length >= LETTERS_MIN, "{before} {length}");
            }
        }
    }
}
