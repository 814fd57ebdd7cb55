//! Which context words may count for what begins in a stretch of 64 bytes: all those that stand
//! anywhere near. One that is left out counts for nothing there; one that is not may be too far
//! away all the same. Looks at a word once, however many candidates stand beside it. Of a short
//! value that stands among others only its own words are looked at.

use super::context;
use super::lexicon::Lexicon;
use crate::detect::bits::ones;
use crate::detect::marks::Marks;
use crate::detect::sift::Sift;
use crate::detect::simd::{BLOCK_BYTES, Block};
use crate::detect::{ContextSets, DetectorSet};
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
    /// The last short value, by where it begins and ends.
    value: Stretch,
    /// The same of it as of a block, by where it begins.
    own: Seen,
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
    /// Those that may ask for more, as far as was not looked yet.
    unsure: u64,
    /// Where words begin that they may ask for.
    maybe: u64,
    letters: u64,
    /// Where words begin.
    words: u64,
    /// Whether all of it is ASCII.
    is_ascii: bool,
}

/// Some blocks, and what stands in them or comes with the place.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: usize,
    to: usize,
    place: ContextSets,
    sets: ContextSets,
    /// The bunches that ask for one of these.
    bunches: u64,
    /// Those that may ask for more, as far as was not looked yet.
    unsure: u64,
    /// Whether all of it is ASCII. Otherwise it reaches further, since a character takes up to four
    /// bytes.
    is_ascii: bool,
}

impl Default for Stretch {
    /// No block at all, which is none that is asked for.
    fn default() -> Self {
        let (from, to) = (usize::MAX, 0);
        Self { from, to, place: 0, sets: 0, bunches: 0, unsure: 0, is_ascii: true }
    }
}

/// What a look around is made with.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) sift: &'a Sift,
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) words: &'a [ContextWord],
    pub(crate) text: &'a [u8],
    pub(crate) marks: &'a Marks,
    /// Whether the text ends where these bytes do.
    pub(crate) ended: bool,
    /// What the place gives.
    pub(crate) place: ContextSets,
    /// The value in which candidates are looked for: no word beside it counts.
    pub(crate) value: (usize, usize),
}

impl Around<'_> {
    /// Whether the value is one of few bytes among others.
    #[inline]
    fn is_short(&self) -> bool {
        let (from, to) = self.value;
        to.saturating_sub(from) <= BLOCK_BYTES
    }
}

impl Nearby {
    /// Begins another text.
    pub(crate) fn restart(&mut self) {
        self.blocks.clear();
        self.last = [Stretch::default(); 2];
        self.value = Stretch::default();
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
        if around.is_short() {
            self.begin_value(around);
            if self.value.is_ascii {
                if self.value.unsure & bunches != 0 {
                    self.look_within(around);
                }
                return &self.value;
            }
        }
        let (loose, tight) = self.longest(bunches, around);
        let reach = match tight > loose.max(BLOCK_BYTES) {
            true => at + loose.max(around.marks.length_at(at, tight)),
            false => at + loose.max(tight),
        };
        self.range(at, reach, bunches, around)
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

    /// What these bunches ask for near candidates that begin at `at` and end at `reach`, at the latest.
    #[inline]
    fn range(&mut self, at: usize, reach: usize, bunches: u64, around: &Around<'_>) -> &Stretch {
        let near = blocks::<1>(at, reach);
        let is_even = near.0.is_multiple_of(2);
        let [even, odd] = &self.last;
        let last = if is_even { even } else { odd };
        let (from, to) = if last.is_ascii { near } else { blocks::<4>(at, reach) };
        let key = (from, to, around.place);
        if last.unsure & bunches != 0 || (last.from, last.to, last.place) != key {
            self.look_around(at, reach, bunches, around);
        }
        let [even, odd] = &self.last;
        if is_even { even } else { odd }
    }

    /// Goes to a short value, unless it is the last one.
    // PERF: most values of JSON have no word in them that anybody asks for, and of most it is told by
    // three letters.
    #[inline]
    fn begin_value(&mut self, around: &Around<'_>) {
        let (from, to) = around.value;
        let place = around.place;
        if (self.value.from, self.value.to, self.value.place) != (from, to, place) {
            self.look_at_value(around);
        }
    }

    #[inline(never)]
    fn look_at_value(&mut self, around: &Around<'_>) {
        let (from, to) = around.value;
        let place = around.place;
        let bunches = self.of_place(around);
        self.value = Stretch { from, to, place, sets: place, bunches, unsure: 0, is_ascii: true };
        let (letters, capitals) = around.marks.letters_at(from);
        let within = !u32::try_from(to.saturating_sub(from))
            .ok()
            .and_then(|n| u64::MAX.checked_shl(n))
            .unwrap_or(0);
        let letters = letters & within;
        let value = around.text.get(from..to).unwrap_or_default();
        self.value.is_ascii = value.is_ascii();
        if letters == 0 {
            return;
        }
        // No word goes on beyond a value.
        let small = letters & !capitals;
        let words = letters & (!(letters << 1) | capitals & (small << 1 | small >> 1));
        self.own = Seen { letters, words, ..Seen::NOTHING };
        self.own.tell(around, from);
        self.value.unsure = self.own.unsure;
    }

    /// Looks up the words of a short value that somebody may ask for.
    #[inline(never)]
    fn look_within(&mut self, around: &Around<'_>) {
        let Seen { maybe, letters, words, .. } = self.own;
        let mut sets = 0;
        for bit in ones(maybe) {
            let start = self.value.from + bit;
            let run = (letters >> bit).trailing_ones();
            let length = run.min((words >> bit >> 1).trailing_zeros() + 1);
            if around.lexicon.may_begin(around.text, start, length, run) {
                sets |= around.lexicon.sets_at(around.words, around.text, start);
            }
        }
        self.value.sets |= sets;
        self.value.bunches |= around.lexicon.bunches_of(sets);
        self.value.unsure = 0;
    }

    /// The bunches that ask for what the place gives.
    #[inline]
    fn of_place(&mut self, around: &Around<'_>) -> u64 {
        let bunches = match self.place {
            Some((known, bunches)) if known == around.place => bunches,
            _ => around.lexicon.bunches_of(around.place),
        };
        self.place = Some((around.place, bunches));
        bunches
    }

    #[inline(never)]
    fn look_around(&mut self, at: usize, reach: usize, bunches: u64, around: &Around<'_>) {
        let (mut from, mut to) = blocks::<1>(at, reach);
        let is_even = from.is_multiple_of(2);
        let mut seen = self.all_of(from, to, bunches, around);
        let is_ascii = seen.is_ascii;
        if !is_ascii {
            (from, to) = blocks::<4>(at, reach);
            seen = self.all_of(from, to, bunches, around);
        }
        let place = around.place;
        let of_place = self.of_place(around);
        let (sets, bunches, unsure) = (seen.sets | place, seen.bunches | of_place, seen.unsure);
        let [even, odd] = &mut self.last;
        let last = if is_even { even } else { odd };
        *last = Stretch { from, to, place, sets, bunches, unsure, is_ascii };
    }

    /// What these bunches ask for in some blocks.
    fn all_of(&mut self, from: usize, to: usize, bunches: u64, around: &Around<'_>) -> Seen {
        let mut all = Seen::NOTHING;
        for block in from..=to {
            let seen = self.seen(block, bunches, around);
            all.sets |= seen.sets;
            all.bunches |= seen.bunches;
            all.unsure |= seen.unsure;
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
        if around.is_short() {
            self.begin_value(around);
            let sets = around.lexicon.sets_at(around.words, around.text, at);
            self.value.sets |= sets;
            self.value.bunches |= around.lexicon.bunches_of(sets);
            if self.value.is_ascii {
                return;
            }
        }
        let seen = self.seen(at / BLOCK_BYTES, u64::MAX, around);
        let sets = seen.sets | around.lexicon.sets_at(around.words, around.text, at);
        if let Some(slot) = self.blocks.get_mut(at / BLOCK_BYTES) {
            *slot = Some(Seen { sets, bunches: around.lexicon.bunches_of(sets), ..seen });
        }
        self.last = [Stretch::default(); 2];
    }

    /// What these bunches ask for in a block.
    #[inline]
    fn seen(&mut self, block: usize, bunches: u64, around: &Around<'_>) -> Seen {
        match self.blocks.get(block) {
            Some(Some(seen)) if seen.unsure & bunches == 0 => *seen,
            _ => self.look(block, bunches, around),
        }
    }

    #[inline(never)]
    fn look(&mut self, block: usize, bunches: u64, around: &Around<'_>) -> Seen {
        let at = block.saturating_mul(BLOCK_BYTES);
        if at >= around.text.len() && around.ended {
            return Seen::NOTHING;
        }
        // A word that begins here may not end here.
        let unseen = at + BLOCK_BYTES + 2 * limits::CONTEXT_WORD_BYTES_MAX > around.text.len();
        let seen = match unseen && !around.ended {
            true => {
                let (sets, bunches) = (ContextSets::MAX, u64::MAX);
                Seen { sets, bunches, is_ascii: false, ..Seen::NOTHING }
            }
            false => seen_in(around, at, bunches, self.blocks.get(block).copied().flatten()),
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

impl Seen {
    const NOTHING: Self =
        Self { sets: 0, bunches: 0, unsure: 0, maybe: 0, letters: 0, words: 0, is_ascii: true };

    /// Tells the words that begin in the 64 bytes from `at` on by three letters.
    #[inline]
    fn tell(&mut self, around: &Around<'_>, at: usize) {
        let mut left = self.words;
        while left != 0 {
            let start = at + usize::try_from(left.trailing_zeros()).unwrap_or(0);
            let word = left & left.wrapping_neg();
            left ^= word;
            let first = around.text.get(start..).and_then(|rest| rest.first_chunk());
            let bunches = first.map_or(u64::MAX, |first| around.lexicon.beginning_with(*first));
            if bunches != 0 {
                self.unsure |= bunches;
                self.maybe |= word;
            }
        }
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self::NOTHING
    }
}

/// The first and the last block in which a word may count, for characters of so many bytes.
#[inline]
fn blocks<const BYTES: usize>(at: usize, reach: usize) -> (usize, usize) {
    let from = at.saturating_sub(limits::CONTEXT_BEFORE * BYTES);
    (from / BLOCK_BYTES, (reach + limits::CONTEXT_AFTER * BYTES) / BLOCK_BYTES)
}

/// What some bunches ask for in the 64 bytes from `at` on, of which this was seen before.
fn seen_in(around: &Around<'_>, at: usize, asking: u64, before: Option<Seen>) -> Seen {
    let seen = before.unwrap_or_else(|| first_seen(around, at));
    if seen.unsure & asking == 0 {
        return seen;
    }
    let mut left = seen.maybe;
    let mut sets = 0;
    while left != 0 {
        let bit = left.trailing_zeros();
        left &= left - 1;
        let start = at + usize::try_from(bit).unwrap_or(0);
        let (mut run, mut behind) = ((seen.letters >> bit).trailing_ones(), seen.words >> bit >> 1);
        if run + bit == u64::BITS {
            let text = around.text.get(at + BLOCK_BYTES - 1..).unwrap_or_default();
            let last = text.first().copied().unwrap_or(0);
            let next = Block::new(text.get(1..).unwrap_or_default());
            // Only the first few count, of which none is the last.
            let words = words_of(&next, last, 0);
            run += next.letters().trailing_ones();
            behind |= words << (63 - bit);
        }
        let length = run.min(behind.trailing_zeros() + 1);
        if around.lexicon.may_begin(around.text, start, length, run)
            && context::begins_word(around.text, start)
        {
            sets |= around.lexicon.sets_at(around.words, around.text, start);
        }
    }
    Seen { sets, bunches: around.lexicon.bunches_of(sets), ..Seen::NOTHING }
}

/// What stands in the 64 bytes from `at` on, as far as a word is told by three letters.
#[inline]
fn first_seen(around: &Around<'_>, at: usize) -> Seen {
    let text = around.text;
    let block = Block::new(text.get(at..).unwrap_or_default());
    let (letters, high) = (block.letters(), block.high());
    let byte = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(0);
    let before = byte(at.checked_sub(1));
    if high != 0 || !before.is_ascii() {
        let sets = sets_one_by_one(around, at, letters | high);
        let bunches = around.lexicon.bunches_of(sets);
        return Seen { sets, bunches, is_ascii: high == 0, ..Seen::NOTHING };
    }
    let words = words_of(&block, before, byte(Some(at + BLOCK_BYTES)));
    let mut seen = Seen { letters, words, ..Seen::NOTHING };
    seen.tell(around, at);
    seen
}

/// Where words begin in a block of ASCII, with the bytes beside it.
#[inline]
fn words_of(block: &Block, before: u8, behind: u8) -> u64 {
    let (letters, small) = (block.letters(), block.small());
    let follows = letters << 1 | u64::from(before.is_ascii_alphabetic());
    let follows_small = small << 1 | u64::from(before.is_ascii_lowercase());
    let small_behind = small >> 1 | u64::from(behind.is_ascii_lowercase()) << 63;
    letters & (!follows | letters & !small & (follows_small | small_behind))
}

/// The sets whose words begin at one of these of 64 positions.
fn sets_one_by_one(around: &Around<'_>, at: usize, positions: u64) -> ContextSets {
    let starts = ones(positions).map(|n| at + n);
    let words = starts.filter(|start| may_begin_word(around.text, *start));
    words.fold(0, |sets, start| sets | around.lexicon.sets_at(around.words, around.text, start))
}

/// Whether a word begins here, or one that goes on may: what is found may end before a letter beyond
/// ASCII.
fn may_begin_word(text: &[u8], at: usize) -> bool {
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    context::begins_word(text, at)
        || (byte(at) >= 0xC0 && at.checked_sub(1).is_some_and(|before| byte(before).is_ascii()))
}
