//! Finds candidates in the text of one value and proves them.
//! The interface is what every kernel fills; the scalar scan here is the reference for all others.
//! Knows no message, no place and no action, and never keeps text.
//!
//! From a text to a candidate: `marks` says where anything may begin, 64 bytes at a time with `simd`;
//! `sift` which detectors may find something there; `words` whether what they ask for stands near.
//! `scan` and `pass` go from place to place, `run` looks for one detector with its `automaton`, its
//! `border`s and its check in `validate`.

pub mod automaton;
mod bits;
mod border;
mod marks;
mod memory;
mod pass;
mod replacement;
mod run;
mod scan;
mod sift;
mod simd;
mod survey;
mod trail;
pub mod trigger;
pub mod validate;
mod whole;
mod words;

use crate::limits;
use crate::model::DetectorId;

pub use memory::Memory;
pub use scan::Detection;
pub(crate) use scan::Found;
pub use sift::bunch;
pub(crate) use simd::{BLOCK_BYTES, Block, Set};
pub(crate) use survey::Survey;

/// Bits of context sets, as in [`crate::model::ContextWord::sets`].
pub type ContextSets = u128;

/// The text of one value, decoded and folded to its ASCII twins ("scan text").
#[derive(Clone, Copy)]
pub struct Text<'t> {
    /// Up to [`crate::limits::HISTORY_BYTES`] already decided bytes (all of them, while there are
    /// fewer), then what is undecided.
    pub bytes: &'t [u8],
    /// The first undecided byte: where [`Progress::decided`] of the scan before was.
    pub from: usize,
    /// Whether the value ends where `bytes` does. If not, more may follow.
    pub ended: bool,
    /// Context sets that the place itself gives: keys on the path, a header's name.
    pub place_context: ContextSets,
}

/// A proven candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// First byte, into [`Text::bytes`].
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Which detector.
    pub detector: DetectorId,
    /// Whether it was longer than the detector's `bytes_max` allows and was committed: it counts
    /// as one that opened at `start` and closed at `end`.
    pub committed: bool,
}

/// A committed candidate whose end has not been seen: it goes on in the next scan.
/// At most one is open at a time; what begins inside of it is scanned all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Which detector.
    pub detector: DetectorId,
    /// It goes on up to here at least, into [`Text::bytes`].
    pub reached: usize,
}

/// How far a scan came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Everything before this is decided: no candidate that is not reported begins there, whatever
    /// follows. Equal to the length of the text when that has ended. A reported candidate may end
    /// behind it, and what begins inside of that is still to come.
    pub decided: usize,
    /// The committed candidate that was open, or became open, and is still open.
    pub open: Option<Open>,
    /// Where the candidate that became open in this scan, and still is, begins. One that begins
    /// and ends in the same scan is a plain candidate.
    pub opened_at: Option<usize>,
    /// Where the candidate that was open before this scan ended.
    pub closed_at: Option<usize>,
}

/// Knows the tokens of the policy again, so that a second pass leaves them alone.
pub trait Replacements {
    /// Length of the valid token that `text` begins with.
    fn token(&self, text: &[u8]) -> Option<usize>;

    /// Longest token, in bytes; 0 where the policy makes none.
    fn token_bytes_max(&self) -> usize;

    /// Whether `text`, which ends too early to tell, may be the beginning of a token.
    fn token_may_begin(&self, text: &[u8]) -> bool;
}

/// Where there are no tokens to know again.
#[derive(Clone, Copy, Debug)]
pub struct NoTokens;

impl Replacements for NoTokens {
    fn token(&self, _: &[u8]) -> Option<usize> {
        None
    }

    fn token_bytes_max(&self) -> usize {
        0
    }

    fn token_may_begin(&self, _: &[u8]) -> bool {
        false
    }
}

/// A set of detectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DetectorSet {
    words: [u64; limits::AUTOMATA_MAX / 64],
}

impl DetectorSet {
    pub(crate) const NONE: Self = Self { words: [0; limits::AUTOMATA_MAX / 64] };

    /// Adds a detector. One past the limit is never in a set, and no blob has it.
    pub fn insert(&mut self, detector: DetectorId) {
        if let Some(word) = self.words.get_mut(detector.index() / 64) {
            *word |= 1 << (detector.index() % 64);
        }
    }

    /// Whether a detector is in the set.
    #[must_use]
    pub fn contains(&self, detector: DetectorId) -> bool {
        let word = self.words.get(detector.index() / 64).copied().unwrap_or(0);
        word >> (detector.index() % 64) & 1 == 1
    }

    /// The detectors as bits, the first lowest.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn unite(&mut self, others: &Self) {
        self.words.iter_mut().zip(&others.words).for_each(|(to, from)| *to |= from);
    }

    pub(crate) fn keep(&mut self, others: &Self) {
        self.words.iter_mut().zip(&others.words).for_each(|(to, from)| *to &= from);
    }

    pub(crate) fn leave_out(&mut self, others: &Self) {
        self.words.iter_mut().zip(&others.words).for_each(|(to, from)| *to &= !from);
    }

    /// Whether no detector is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().fold(0, |any, word| any | word) == 0
    }
}

impl FromIterator<DetectorId> for DetectorSet {
    fn from_iter<I: IntoIterator<Item = DetectorId>>(detectors: I) -> Self {
        let mut set = Self::default();
        detectors.into_iter().for_each(|detector| set.insert(detector));
        set
    }
}
