//! Finds candidates in the text of one value and proves them.
//! The interface is what every kernel fills; the scalar scan here is the reference for all others.
//! Knows no message, no place and no action, and never keeps text.

use crate::model::DetectorId;

/// Bits of context sets, as in [`crate::model::ContextWord::sets`].
pub type ContextSets = u128;

/// The text of one value, decoded and folded to its ASCII twins ("scan text").
#[derive(Clone, Copy)]
pub struct Text<'t> {
    /// Up to [`crate::limits::HISTORY_BYTES`] already decided bytes, then what is undecided.
    pub bytes: &'t [u8],
    /// The first undecided byte.
    pub from: usize,
    /// Whether the value ends where `bytes` does. If not, more may follow.
    pub ended: bool,
    /// Context does not reach before this.
    pub barrier: usize,
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
    /// State of its automaton after the last byte of the scanned text.
    pub state: u16,
}

/// How far a scan came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Everything before this is decided: no candidate that is not reported begins there, whatever
    /// follows. Equal to the length of the text when that has ended.
    pub decided: usize,
    /// End of the last candidate or replacement before `decided`: the next barrier.
    pub barrier: usize,
    /// The candidate that was open, or became open, is still open.
    pub open: Option<Open>,
    /// Where the candidate that became open in this scan begins.
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
