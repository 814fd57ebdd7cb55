//! Which detectors may find something at a position, told from its first bytes: a bit for each
//! detector, a row of bits for each kind of byte at each place. A detector that is left out could
//! not have found anything there; one that is not may find nothing all the same. `sift` is made of
//! these rows, once for each blob.

use super::automaton::{Automaton, DEAD, State};
use crate::limits;
use crate::model::{Border, Detector};
use alloc::vec::Vec;

/// How many first bytes are looked at.
pub(crate) const DEPTH: usize = 14;
/// How many of them are told apart byte by byte.
pub(crate) const EXACT: usize = 4;
/// A row for each ASCII character, one for all others, one for the end of the text.
const ROWS: usize = 130;
pub(crate) const HIGH: usize = 128;
const END: usize = 129;
/// Kinds of bytes further on, the end of the text one of them.
pub(crate) const KINDS: usize = 32;
const KIND_END: usize = KINDS - 1;
/// Words of bits that the most detectors take.
const WORDS_MAX: usize = limits::AUTOMATA_MAX / 64;

/// Most states of one automaton that are followed.
const STATES_MAX: usize = 64;

/// The kind of each byte.
pub(crate) static KIND_OF: [u8; 256] = {
    let mut kinds = [0; 256];
    let (mut left, mut byte): (&mut [u8], u8) = (&mut kinds, 0);
    while let [kind, rest @ ..] = left {
        *kind = kind_of(byte);
        byte = byte.wrapping_add(1);
        left = rest;
    }
    kinds
};

/// Detectors as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits([u64; WORDS_MAX]);

impl Bits {
    pub(crate) const NONE: Self = Self([0; WORDS_MAX]);

    pub(crate) fn new(words: [u64; WORDS_MAX]) -> Self {
        Self(words)
    }

    pub(crate) fn insert(&mut self, n: usize) {
        if let Some(word) = self.0.get_mut(n / 64) {
            *word |= 1 << (n % 64);
        }
    }

    pub(crate) fn has(&self, n: usize) -> bool {
        self.0.get(n / 64).is_some_and(|word| word >> (n % 64) & 1 == 1)
    }

    pub(crate) fn unite(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(to, from)| *to |= from);
    }

    pub(crate) fn keep(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(to, from)| *to &= from);
    }

    pub(crate) fn leave_out(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(to, from)| *to &= !from);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().fold(0, |any, word| any | word) == 0
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }

    /// The numbers of the detectors.
    pub(crate) fn ids(&self) -> impl Iterator<Item = usize> + '_ {
        (0..).zip(&self.0).flat_map(|(n, word)| {
            let mut left = *word;
            core::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(n * 64 + usize::try_from(bit).ok()?)
            })
        })
    }
}

/// The bytes of one class of an automaton, and their kinds as bits before them.
type Class = (u32, Vec<u8>);

/// The rows of all detectors of a blob.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// By place, byte or kind.
    rows: Vec<Bits>,
}

impl Sieve {
    /// Without detectors.
    pub(crate) fn new() -> Self {
        Self { rows: alloc::vec![Bits::NONE; EXACT * ROWS + (DEPTH - EXACT) * KINDS] }
    }

    /// The detectors of a row.
    pub(crate) fn row_of(&self, place: usize, row: usize) -> &Bits {
        self.rows.get(row_at(place, row)).unwrap_or(&Bits::NONE)
    }

    /// Adds the detector with this number.
    pub(crate) fn add(&mut self, n: usize, detector: &Detector, automaton: Automaton<'_>) {
        let kinds_of = |bytes: &Vec<u8>| bytes.iter().fold(0, |all, byte| all | 1 << kind(*byte));
        let classes = automaton.bytes_by_class().into_iter();
        let classes: Vec<Class> = classes.map(|bytes| (kinds_of(&bytes), bytes)).collect();
        let mut states: Vec<State> = alloc::vec![automaton.start()];
        let mut may_have_ended = false;
        for place in 0..DEPTH {
            if may_have_ended {
                (0..rows_of(place)).for_each(|row| self.set_row(n, place, row));
                continue;
            }
            let ends = place >= usize::from(detector.bytes_min)
                && states.iter().any(|state| automaton.accepts(*state));
            states = self.add_place(n, place, &states, automaton, &classes);
            if ends {
                let fits =
                    |byte: u8| detector.right == Border::None || !byte.is_ascii_alphanumeric();
                for byte in (0..=u8::MAX).filter(|byte| fits(*byte)) {
                    self.set_row(n, place, row(place, byte));
                }
                self.set_row(n, place, end_row(place));
            }
            // Beyond so many states nearly every byte leads on.
            may_have_ended = ends || states.len() > STATES_MAX;
        }
    }

    /// Sets the rows of the bytes that lead on from some of these states; where they lead.
    fn add_place(
        &mut self,
        n: usize,
        place: usize,
        states: &[State],
        automaton: Automaton<'_>,
        classes: &[Class],
    ) -> Vec<State> {
        let mut next: Vec<State> = Vec::new();
        for (kinds, bytes) in classes {
            let Some(byte) = bytes.first() else { continue };
            let mut leads = false;
            for state in states {
                let target = automaton.step(*state, *byte);
                if target != DEAD {
                    leads = true;
                    next.push(target);
                }
            }
            if !leads {
                continue;
            }
            if place < EXACT {
                for byte in bytes {
                    self.set_row(n, place, usize::from(*byte).min(HIGH));
                }
            } else {
                let mut left = *kinds;
                while left != 0 {
                    let kind = usize::try_from(left.trailing_zeros()).unwrap_or(0);
                    left &= left - 1;
                    self.set_row(n, place, kind);
                }
            }
        }
        next.sort_unstable();
        next.dedup();
        next
    }

    fn set_row(&mut self, n: usize, place: usize, row: usize) {
        if let Some(bits) = self.rows.get_mut(row_at(place, row)) {
            bits.insert(n);
        }
    }
}

/// The row of a byte at a place.
pub(crate) fn row(place: usize, byte: u8) -> usize {
    if place < EXACT { usize::from(byte).min(HIGH) } else { kind(byte).into() }
}

pub(crate) fn kind(byte: u8) -> u8 {
    KIND_OF.get(usize::from(byte)).copied().unwrap_or(0)
}

fn row_at(place: usize, row: usize) -> usize {
    place.min(EXACT) * ROWS + place.saturating_sub(EXACT) * KINDS + row
}

fn rows_of(place: usize) -> usize {
    if place < EXACT { ROWS } else { KINDS }
}

pub(crate) fn end_row(place: usize) -> usize {
    if place < EXACT { END } else { KIND_END }
}

/// Digits and the signs that part them each for themselves, letters by what hex takes.
const fn kind_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'F' => 10,
        b'G'..=b'Z' => 11,
        b'a'..=b'f' => 12,
        b'g'..=b'z' => 13,
        b' ' => 14,
        b'-' => 15,
        b'.' => 16,
        b'/' => 17,
        b':' => 18,
        b'@' => 19,
        b'_' => 20,
        b'+' => 21,
        b'=' => 22,
        b'<' => 23,
        b'"' => 24,
        b'(' | b')' => 25,
        b',' | b';' => 26,
        0..=0x1f => 27,
        0x80.. => 28,
        _ => 29,
    }
}
