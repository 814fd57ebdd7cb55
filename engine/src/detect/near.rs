//! Which context words may count for what begins in a stretch of 64 bytes: all those that stand
//! anywhere near. One that is left out counts for nothing there; one that is not may be too far
//! away all the same. Looks at a word once, however many candidates stand beside it.

use super::context;
use super::lexicon::Lexicon;
use super::marks::Marks;
use super::simd::{BLOCK_BYTES, Block};
use super::{ContextSets, DetectorSet};
use crate::limits;
use crate::model::ContextWord;
use alloc::vec::Vec;

/// What is known of the words of one text, block by block. Holds no text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    /// The sets whose words begin in each block.
    blocks: Vec<Option<Seen>>,
    /// The last blocks that were asked for, from an even one on and from an odd one on.
    last: [Stretch; 2],
    /// The detectors of the last sets.
    known: Option<(ContextSets, DetectorSet)>,
    /// The bunches that ask for what the last place gives.
    place: Option<(ContextSets, u64)>,
    /// How long candidates of the last bunches may be.
    longest: Option<(u64, (usize, usize))>,
}

/// What stands in a block.
#[derive(Clone, Copy, Debug)]
struct Seen {
    sets: ContextSets,
    /// The bunches that ask for one of these.
    bunches: u64,
    /// Whether all of it is ASCII.
    is_ascii: bool,
}

/// Some blocks, and what stands in them or comes with the place.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    from: usize,
    to: usize,
    place: ContextSets,
    sets: ContextSets,
    /// The bunches that ask for one of these.
    bunches: u64,
    /// Whether all of it is ASCII. Otherwise it holds for one position only: what is further away
    /// counts for some and not for others.
    is_ascii: bool,
}

/// What a look around is made with.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) words: &'a [ContextWord],
    pub(crate) text: &'a [u8],
    pub(crate) marks: &'a Marks,
    /// Whether the text ends where these bytes do.
    pub(crate) ended: bool,
    /// What the place gives.
    pub(crate) place: ContextSets,
}

impl Nearby {
    /// Begins another text.
    pub(crate) fn restart(&mut self) {
        self.blocks.clear();
        self.last = [Stretch::default(); 2];
    }

    /// Gives back the room that long texts took.
    pub(crate) fn trim(&mut self) {
        *self = Self::default();
    }

    /// Whether words stand near a position that one of these bunches asks for.
    pub(crate) fn has_any(&mut self, at: usize, bunches: u64, around: &Around<'_>) -> bool {
        bunches != 0 && self.stretch(at, bunches, around).bunches & bunches != 0
    }

    /// The detectors that ask for words of which some stand near a position, for candidates of
    /// these bunches.
    pub(crate) fn detectors(
        &mut self,
        at: usize,
        bunches: u64,
        around: &Around<'_>,
    ) -> DetectorSet {
        let sets = self.stretch(at, bunches, around).sets;
        let near = match self.known {
            Some((known, detectors)) if known == sets => detectors,
            _ => around.lexicon.detectors(sets),
        };
        self.known = Some((sets, near));
        near
    }

    #[inline]
    fn stretch(&mut self, at: usize, bunches: u64, around: &Around<'_>) -> &Stretch {
        let (loose, tight) = self.longest(bunches, around);
        let reach = match tight > loose.max(BLOCK_BYTES) {
            true => at + loose.max(around.marks.length_at(at, tight)),
            false => at + loose.max(tight),
        };
        self.range(at, reach, around)
    }

    /// How long candidates of some bunches may be.
    #[inline]
    fn longest(&mut self, bunches: u64, around: &Around<'_>) -> (usize, usize) {
        match self.longest {
            Some((known, longest)) if known == bunches => longest,
            _ => {
                let longest = around.lexicon.longest(bunches);
                self.longest = Some((bunches, longest));
                longest
            }
        }
    }

    /// What stands near candidates that begin at `at` and end at `reach`, at the latest.
    #[inline]
    fn range(&mut self, at: usize, reach: usize, around: &Around<'_>) -> &Stretch {
        let from = at.saturating_sub(limits::CONTEXT_BEFORE) / BLOCK_BYTES;
        let to = (reach + limits::CONTEXT_AFTER) / BLOCK_BYTES;
        let key = (from, to, around.place);
        let [even, odd] = &self.last;
        let last = if from.is_multiple_of(2) { even } else { odd };
        if !last.is_ascii || (last.from, last.to, last.place) != key {
            self.look_around(at, reach, around);
        }
        let [even, odd] = &self.last;
        if from.is_multiple_of(2) { even } else { odd }
    }

    #[inline(never)]
    fn look_around(&mut self, at: usize, reach: usize, around: &Around<'_>) {
        let block = |at: usize| at / BLOCK_BYTES;
        let mut from = block(at.saturating_sub(limits::CONTEXT_BEFORE));
        let mut to = block(reach + limits::CONTEXT_AFTER);
        let is_even = from.is_multiple_of(2);
        let mut seen = self.all_of(from, to, around);
        let is_ascii = seen.is_ascii;
        if !is_ascii {
            // A character outside of ASCII takes up to four bytes.
            from = block(at.saturating_sub(limits::CONTEXT_BEFORE * 4));
            to = block(reach + limits::CONTEXT_AFTER * 4);
            seen = self.all_of(from, to, around);
        }
        let place = around.place;
        let of_place = match self.place {
            Some((known, bunches)) if known == place => bunches,
            _ => around.lexicon.bunches_of(place),
        };
        self.place = Some((place, of_place));
        let (sets, bunches) = (seen.sets | place, seen.bunches | of_place);
        let [even, odd] = &mut self.last;
        let last = if is_even { even } else { odd };
        *last = Stretch { from, to, place, sets, bunches, is_ascii };
    }

    /// What stands in some blocks.
    fn all_of(&mut self, from: usize, to: usize, around: &Around<'_>) -> Seen {
        let mut all = Seen { sets: 0, bunches: 0, is_ascii: true };
        for block in from..=to {
            let seen = self.seen(block, around);
            all.sets |= seen.sets;
            all.bunches |= seen.bunches;
            all.is_ascii &= seen.is_ascii;
        }
        all
    }

    /// Counts a word that begins right behind a candidate or replacement, within what was a longer
    /// one.
    pub(crate) fn wake(&mut self, at: usize, around: &Around<'_>) {
        let within = context::is_letter(around.text, at) && !context::begins_word(around.text, at);
        if !within {
            return;
        }
        let Seen { sets, is_ascii, .. } = self.seen(at / BLOCK_BYTES, around);
        let sets = sets | around.lexicon.sets_at(around.words, around.text, at);
        if let Some(slot) = self.blocks.get_mut(at / BLOCK_BYTES) {
            *slot = Some(Seen { sets, bunches: around.lexicon.bunches_of(sets), is_ascii });
        }
        self.last = [Stretch::default(); 2];
    }

    /// What stands in a block.
    #[inline]
    fn seen(&mut self, block: usize, around: &Around<'_>) -> Seen {
        match self.blocks.get(block) {
            Some(Some(seen)) => *seen,
            _ => self.look(block, around),
        }
    }

    #[inline(never)]
    fn look(&mut self, block: usize, around: &Around<'_>) -> Seen {
        let at = block.saturating_mul(BLOCK_BYTES);
        if at >= around.text.len() && around.ended {
            return Seen { sets: 0, bunches: 0, is_ascii: true };
        }
        // A word that begins here may not end here.
        let unseen = at + BLOCK_BYTES + 2 * limits::CONTEXT_WORD_BYTES_MAX > around.text.len();
        let seen = match unseen && !around.ended {
            true => Seen { sets: ContextSets::MAX, bunches: u64::MAX, is_ascii: false },
            false => seen_in(around, at),
        };
        if self.blocks.len() <= block && at < around.text.len() {
            self.blocks.resize(block + 1, None);
        }
        if let Some(slot) = self.blocks.get_mut(block) {
            *slot = Some(seen);
        }
        seen
    }
}

/// What stands in the 64 bytes from `at` on.
fn seen_in(around: &Around<'_>, at: usize) -> Seen {
    let text = around.text;
    let piece = text.get(at..).unwrap_or_default();
    let block = Block::new(piece);
    let (letters, high) = (block.letters(), block.high());
    let before = at.checked_sub(1).and_then(|n| text.get(n)).copied().unwrap_or(0);
    if high != 0 || !before.is_ascii() {
        let sets = sets_one_by_one(around, at, letters | high);
        let bunches = around.lexicon.bunches_of(sets);
        return Seen { sets, bunches, is_ascii: high == 0 };
    }
    let starts = |[letters, small]: [u64; 2], before: u8, behind: u8| {
        let follows = letters << 1 | u64::from(before.is_ascii_alphabetic());
        let follows_small = small << 1 | u64::from(before.is_ascii_lowercase());
        let small_behind = small >> 1 | u64::from(behind.is_ascii_lowercase()) << 63;
        letters & (!follows | letters & !small & (follows_small | small_behind))
    };
    let byte = |n: usize| text.get(at + n).copied().unwrap_or(0);
    let words = starts([letters, block.small()], before, byte(BLOCK_BYTES));
    let mut beyond = None;
    let mut left = words;
    let mut sets = 0;
    while left != 0 {
        let bit = left.trailing_zeros();
        left &= left - 1;
        let start = at + usize::try_from(bit).unwrap_or(0);
        // PERF: most words are told by three letters to be none that is known.
        let first = text.get(start..).and_then(|rest| rest.first_chunk());
        if bit < 62 && first.is_some_and(|first| !around.lexicon.may_begin_with(*first)) {
            continue;
        }
        let [next_letters, next_words] = *beyond.get_or_insert_with(|| {
            let next = Block::new(text.get(at + BLOCK_BYTES..).unwrap_or_default());
            let planes = [next.letters(), next.small()];
            // Only the first few count, of which none is the last.
            [next.letters(), starts(planes, byte(BLOCK_BYTES - 1), 0)]
        });
        // Two shifts, since 64 is too far for one.
        let run = (letters >> bit | next_letters << 1 << (63 - bit)).trailing_ones();
        let behind = words >> bit >> 1 | next_words << (63 - bit);
        let length = run.min(behind.trailing_zeros() + 1);
        if around.lexicon.may_begin(text, start, length, run) && context::begins_word(text, start) {
            sets |= around.lexicon.sets_at(around.words, text, start);
        }
    }
    Seen { sets, bunches: around.lexicon.bunches_of(sets), is_ascii: true }
}

/// The sets whose words begin at one of these of 64 positions.
fn sets_one_by_one(around: &Around<'_>, at: usize, positions: u64) -> ContextSets {
    let mut sets = 0;
    let mut left = positions;
    while left != 0 {
        let start = at + usize::try_from(left.trailing_zeros()).unwrap_or(0);
        left &= left - 1;
        if context::begins_word(around.text, start) {
            sets |= around.lexicon.sets_at(around.words, around.text, start);
        }
    }
    sets
}
