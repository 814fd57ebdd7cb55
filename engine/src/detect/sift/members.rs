//! Which detectors of some bunches may find something at a position: the rows by byte and place
//! once more, with one bit for each detector.

use super::Bunches;
use super::shape::{DEPTH, KINDS, Shape, WORD_MAX, kind};
use crate::detect::DetectorSet;
use crate::detect::bits::{change_rows, ones_of};
use crate::model::DetectorId;
use alloc::boxed::Box;

/// How many first bytes are told apart here.
const TOLD: usize = 2;
/// The lengths that are told apart.
const LENGTHS: u128 = (1 << (WORD_MAX + 1)) - 1;
/// The row of all bytes beyond ASCII.
const HIGH: usize = 128;

/// The detectors of all bunches.
#[derive(Debug)]
pub(crate) struct Members {
    /// By bunch.
    bunches: [DetectorSet; 128],
    /// The bunches with more detectors than one.
    several: Bunches,
    /// The first detector of each.
    first: [Option<DetectorId>; 128],
    exact: [[DetectorSet; HIGH + 1]; TOLD],
    further: [[DetectorSet; KINDS]; DEPTH - TOLD],
    lengths: [DetectorSet; WORD_MAX + 1],
}

impl Members {
    pub(crate) fn new() -> Box<Self> {
        const NONE: DetectorSet = DetectorSet::NONE;
        Box::new(Self {
            bunches: [NONE; 128],
            several: 0,
            first: [None; 128],
            exact: [[NONE; HIGH + 1]; TOLD],
            further: [[NONE; KINDS]; DEPTH - TOLD],
            lengths: [NONE; WORD_MAX + 1],
        })
    }

    /// Adds a detector to a bunch.
    pub(crate) fn add(&mut self, id: DetectorId, shape: &Shape, bunch: usize) {
        if let Some(members) = self.bunches.get_mut(bunch) {
            if !members.is_empty() {
                self.several |= 1 << bunch;
            }
            members.insert(id);
        }
        if let Some(first) = self.first.get_mut(bunch) {
            first.get_or_insert(id);
        }
        let insert = |row: &mut DetectorSet| row.insert(id);
        let (exact, kinds) = shape.exact.split_at(TOLD);
        for (place, (rows, bytes)) in self.exact.iter_mut().zip(exact).enumerate() {
            let (ascii, high) = rows.split_at_mut(HIGH);
            change_rows(ascii, *bytes, insert);
            change_rows(high, (shape.high >> place & 1).into(), insert);
        }
        let kinds = kinds.iter().zip(TOLD..).map(|(bytes, place)| kinds_of(*bytes, shape, place));
        for (rows, kinds) in self.further.iter_mut().zip(kinds.chain(shape.further)) {
            change_rows(rows, all_or(kinds), insert);
        }
        change_rows(&mut self.lengths, shape.lengths & LENGTHS, insert);
    }

    /// The only detector of these bunches, if there is one only.
    #[inline]
    pub(crate) fn only(&self, bunches: Bunches) -> Option<DetectorId> {
        let is_one = bunches & bunches.wrapping_sub(1) == 0 && bunches & self.several == 0;
        let at = usize::try_from(bunches.trailing_zeros()).ok().filter(|_| is_one)?;
        *self.first.get(at)?
    }

    /// The detectors of some bunches that may find something in a text that begins so.
    pub(crate) fn of(&self, bunches: Bunches, text: &[u8]) -> DetectorSet {
        let mut members = DetectorSet::default();
        ones_of(bunches).filter_map(|n| self.bunches.get(n)).for_each(|own| members.unite(own));
        if bunches & self.several == 0 {
            return members;
        }
        let is_word = |byte: &&u8| byte.is_ascii_alphanumeric();
        let length = text.iter().take(WORD_MAX).take_while(is_word).count();
        // A word may go on where nothing is seen.
        let Some(bytes) = text.first_chunk::<DEPTH>().filter(|_| length < text.len()) else {
            return members;
        };
        let mut keep = |row: Option<&DetectorSet>| members.keep(row.unwrap_or(&DetectorSet::NONE));
        keep(self.lengths.get(length));
        let (first, further) = bytes.split_at(TOLD);
        for (rows, byte) in self.exact.iter().zip(first) {
            keep(rows.get(usize::from(*byte).min(HIGH)));
        }
        for (rows, byte) in self.further.iter().zip(further) {
            keep(rows.get(usize::from(kind(*byte))));
        }
        members
    }
}

/// Some kinds, or all numbers for all of them.
fn all_or(kinds: u32) -> u128 {
    if kinds == u32::MAX { u128::MAX } else { kinds.into() }
}

/// The kinds of the bytes that a shape has at a place.
fn kinds_of(bytes: u128, shape: &Shape, place: usize) -> u32 {
    if bytes == u128::MAX {
        return u32::MAX;
    }
    let of = |byte: u8| 1 << (kind(byte) % 32);
    let high = if shape.high >> place & 1 == 1 { of(u8::MAX) } else { 0 };
    ones_of(bytes).fold(high, |kinds, byte| kinds | u8::try_from(byte).map_or(0, of))
}
