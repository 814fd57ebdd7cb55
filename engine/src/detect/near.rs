//! Which context words may count for what begins in a stretch of 64 bytes: all those that stand
//! anywhere near. One that is left out counts for nothing there; one that is not may be too far
//! away all the same. Looks at a word once, however many candidates stand beside it.

use super::ContextSets;
use super::automaton::Automaton;
use super::beginnings::Beginnings;
use super::context;
use super::filter::Filter;
use super::marks::Sight;
use super::planes::{Planes, Row};
use super::sieve::Bits;
use super::simd::{BLOCK_BYTES, Block};
use crate::limits;
use crate::model::{ContextWord, Detector};
use alloc::vec::Vec;

/// Letters by which words are looked up.
const KEY: usize = 4;
/// Blocks before one in which a word may stand that counts in it.
const BLOCKS_BEFORE: usize = (limits::CONTEXT_BEFORE * 4).div_ceil(BLOCK_BYTES);
/// Blocks behind one in which a word may begin that counts for what begins and ends within
/// `SHORT_BYTES` from it.
const BLOCKS_AFTER: usize = 2;
/// Longest candidate for which that is enough.
pub(super) const SHORT_BYTES: usize = BLOCKS_AFTER * BLOCK_BYTES - 4 * (limits::CONTEXT_AFTER + 1);

/// Bytes that hardly any long candidate has in it.
const ENDS: [u8; 3] = [b' ', b'"', b'\n'];

/// The context words of a blob by their first letters, and the detectors that ask for them.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Hashed by key; the next free slot where one is taken.
    slots: Vec<Slot>,
    /// A bit for each key, hashed: most words of a text are none of these.
    known: Filter<256>,
    /// Detectors by the set that they ask for.
    sets: Vec<Bits>,
    /// Those that may be longer than `SHORT_BYTES`.
    long: Bits,
    /// Those of them that no space, quote or end of line is in.
    tight: Bits,
    /// Blocks behind one in which a word may begin that counts for the longest candidate.
    blocks_after: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u32,
    /// The words with this key; none in a free slot.
    from: u32,
    to: u32,
}

impl Lexicon {
    /// The words of the sets that detectors ask for.
    pub(crate) fn new(words: &[ContextWord], asked: ContextSets) -> Self {
        let size = (words.len() * 4).next_power_of_two().max(16);
        let sets = alloc::vec![Bits::default(); limits::SETS_MAX];
        let slots = alloc::vec![Slot::default(); size];
        let (long, tight) = (Bits::default(), Bits::default());
        let known = Filter::new();
        let mut lexicon = Self { slots, known, sets, long, tight, blocks_after: BLOCKS_AFTER };
        let key = |word: &ContextWord| key_of(word.text.as_bytes());
        let mut from = 0;
        while let Some(first) = words.get(from) {
            let rest = words.get(from..).unwrap_or_default();
            let to = from + rest.iter().take_while(|word| key(word) == key(first)).count();
            if rest.iter().take(to - from).any(|word| word.sets & asked != 0) {
                lexicon.add(key(first), from, to);
            }
            from = to;
        }
        // The plural of a short word has another key.
        for (n, word) in words
            .iter()
            .enumerate()
            .filter(|(_, word)| word.text.len() < KEY && word.sets & asked != 0)
        {
            let plural: Vec<u8> = word.text.bytes().chain([b's']).collect();
            lexicon.add(key_of(&plural), n, n + 1);
        }
        lexicon
    }

    fn add(&mut self, key: u32, from: usize, to: usize) {
        let range = (u32::try_from(from), u32::try_from(to));
        let (Ok(from), Ok(to)) = range else { return };
        self.known.insert(key);
        let mut at = self.slot(key);
        // INVARIANT: there are more slots than words, so one is free.
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.to == 0 {
                *slot = Slot { key, from, to };
                return;
            }
            at = (at + 1) % self.slots.len();
        }
    }

    /// Adds a detector that asks for a set.
    pub(crate) fn add_detector(&mut self, n: usize, detector: &Detector, automaton: Automaton<'_>) {
        let Some(set) = detector.context else { return };
        if let Some(bits) = self.sets.get_mut(usize::from(set)) {
            bits.insert(n);
        }
        let length = usize::from(detector.bytes_max);
        if length > SHORT_BYTES {
            self.long.insert(n);
            if ENDS.into_iter().all(|byte| !automaton.takes(byte)) {
                self.tight.insert(n);
            }
            let reach = BLOCK_BYTES + length + 4 * (limits::CONTEXT_AFTER + 1);
            self.blocks_after = self.blocks_after.max(reach.div_ceil(BLOCK_BYTES));
        }
    }

    fn slot(&self, key: u32) -> usize {
        let spread = usize::try_from(key.wrapping_mul(0x9E37_79B1) >> 12).unwrap_or(0);
        spread & (self.slots.len() - 1)
    }

    /// Whether a word or phrase may begin at `start`, where a word of as many ASCII letters does,
    /// with as many letters in a row.
    /// PERF: told from eight bytes without looking at each.
    #[inline]
    fn may_begin(&self, text: &[u8], start: usize, letters: u32, run: u32) -> bool {
        let Some(bytes) = text.get(start..).and_then(|rest| rest.first_chunk::<8>()) else {
            return true;
        };
        let small = u64::from_le_bytes(*bytes) | 0x2020_2020_2020_2020;
        let low = low_half(small);
        if letters >= 4 {
            return self.known.may_have(low);
        }
        let mask = (1_u64 << (8 * letters)) - 1;
        if self.known.may_have(low_half(small & mask)) {
            return true;
        }
        if run >= 4 {
            return self.known.may_have(low);
        }
        let mask = (1_u64 << (8 * run)) - 1;
        // What camel case parts may be one word all the same: `dmV`.
        if run > letters && self.known.may_have(low_half(small & mask)) {
            return true;
        }
        let at = usize::try_from(run).unwrap_or(0);
        if !context::is_gap(bytes, at) {
            return !bytes.get(at).is_some_and(u8::is_ascii);
        }
        let behind = bytes.get(at + 1..KEY + 1).unwrap_or_default();
        match behind.first() {
            Some(byte) if byte.is_ascii() && !byte.is_ascii_alphabetic() => return false,
            _ => {}
        }
        // Another gap, or what is no letter: the phrase is read letter by letter.
        let joined = low_half(small & mask | small >> 8 & !mask);
        !behind.iter().all(u8::is_ascii_alphabetic) || self.known.may_have(joined)
    }

    /// The detectors that ask for one of these sets.
    fn detectors(&self, sets: ContextSets) -> Bits {
        let mut bits = Bits::default();
        let mut left = sets;
        while left != 0 {
            let set = usize::try_from(left.trailing_zeros()).unwrap_or(0);
            left &= left - 1;
            if let Some(detectors) = self.sets.get(set) {
                bits.unite(detectors);
            }
        }
        bits
    }

    /// The sets of the words and phrases that begin with the word at `start`.
    fn sets_at(&self, words: &[ContextWord], text: &[u8], start: usize) -> ContextSets {
        let mut sets = 0;
        let mut key = [0; KEY];
        let (mut length, mut at, mut last) = (0, start, 0);
        while length < KEY && context::is_letter(text, at) {
            if length > 0 && length == at - start && context::begins_hump(text, at) {
                sets |= self.sets_of(words, key, text, start);
            }
            // A code point of more bytes than one goes on.
            while let Some((slot, byte)) = key.get_mut(length).zip(text.get(at)) {
                *slot = context::lowercase(&mut last, *byte);
                length += 1;
                at += 1;
                if !text.get(at).is_some_and(|byte| matches!(byte, 0x80..=0xBF)) {
                    break;
                }
            }
            if length < KEY && !context::is_letter(text, at) {
                sets |= self.sets_of(words, key, text, start);
                at += usize::from(context::is_gap(text, at));
            }
        }
        if length >= KEY { sets | self.sets_of(words, key, text, start) } else { sets }
    }

    fn sets_of(
        &self,
        words: &[ContextWord],
        key: [u8; KEY],
        text: &[u8],
        start: usize,
    ) -> ContextSets {
        let key = u32::from_le_bytes(key);
        let mut at = self.slot(key);
        let mut sets = 0;
        while let Some(slot) = self.slots.get(at).filter(|slot| slot.to != 0) {
            if slot.key == key {
                let from = usize::try_from(slot.from).unwrap_or(usize::MAX);
                let to = usize::try_from(slot.to).unwrap_or(usize::MAX);
                for word in words.get(from..to).unwrap_or_default() {
                    if begins_with(text, start, word.text.as_bytes()) {
                        sets |= word.sets;
                    }
                }
            }
            at = (at + 1) % self.slots.len();
        }
        sets
    }
}

fn key_of(word: &[u8]) -> u32 {
    let mut key = [0; KEY];
    key.iter_mut().zip(word).for_each(|(to, from)| *to = *from);
    u32::from_le_bytes(key)
}

/// Whether a word or phrase begins at `start` whose letters are these, perhaps in the plural.
fn begins_with(text: &[u8], start: usize, letters: &[u8]) -> bool {
    let (mut at, mut last) = (start, 0);
    for (n, letter) in letters.iter().enumerate() {
        if n > 0 && context::is_gap(text, at) {
            at += 1;
        }
        let byte = text.get(at).map(|byte| context::lowercase(&mut last, *byte));
        if byte != Some(*letter) {
            return false;
        }
        at += 1;
    }
    let ends = |at: usize| !context::is_letter(text, at) || context::begins_hump(text, at);
    let plural = matches!(text.get(at), Some(b's' | b'S')) && ends(at + 1);
    ends(at) || plural
}

/// What is known of the words of one text, block by block. Holds no text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    /// The sets whose words begin in each block.
    blocks: Vec<Option<ContextSets>>,
    /// The last block that was asked for.
    last: Option<Stretch>,
    /// The detectors of the last sets.
    known: Option<(ContextSets, Bits)>,
    /// The same of long candidates.
    known_far: Option<(ContextSets, Bits)>,
    /// Where detectors that ask for words may begin in a block.
    seen: Option<Seen>,
}

/// A block that was looked at for detectors that ask for words.
#[derive(Clone, Debug)]
struct Seen {
    block: usize,
    row: Row,
    planes: [Planes; 3],
}

/// A block, and the detectors that ask for words of which some stand near.
#[derive(Clone, Debug)]
struct Stretch {
    block: usize,
    place: ContextSets,
    is_far: bool,
    near: Bits,
    /// The same, with those of candidates that go on beyond what is near.
    far: Bits,
}

/// What a look around is made with.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) words: &'a [ContextWord],
    /// What the detectors begin with that ask for words.
    pub(crate) wanted: &'a Beginnings,
    pub(crate) text: &'a [u8],
    /// Whether the text ends where these bytes do.
    pub(crate) ended: bool,
    /// What the place gives.
    pub(crate) place: ContextSets,
}

impl Nearby {
    /// Begins another text.
    pub(crate) fn restart(&mut self) {
        self.blocks.clear();
        self.last = None;
        self.seen = None;
    }

    /// Gives back the room that long texts took.
    pub(crate) fn trim(&mut self) {
        *self = Self::default();
    }

    /// Whether there is a detector that asks for words of which some stand near a block.
    pub(crate) fn has_detectors(&mut self, block: usize, far: bool, around: &Around<'_>) -> bool {
        !self.stretch(block, far, around).far.is_empty()
    }

    /// The detectors that ask for words of which some stand near a position.
    pub(crate) fn detectors(&mut self, at: usize, far: bool, around: &Around<'_>) -> Bits {
        let Stretch { near, far, .. } = self.stretch(at / BLOCK_BYTES, far, around);
        if near == far {
            return *near;
        }
        let stretch = around.text.get(at..).unwrap_or_default();
        let ends = stretch.iter().take(SHORT_BYTES).any(|byte| ENDS.contains(byte));
        let mut bits = *far;
        if ends {
            bits.leave_out(&around.lexicon.tight);
            bits.unite(near);
        }
        bits
    }

    fn stretch(&mut self, block: usize, is_far: bool, around: &Around<'_>) -> &Stretch {
        let key = (block, around.place, is_far);
        let is_same = |last: &Stretch| (last.block, last.place, last.is_far) == key;
        if !self.last.as_ref().is_some_and(is_same) {
            self.last = None;
            let mut sets = around.place;
            for n in block.saturating_sub(BLOCKS_BEFORE)..=block + BLOCKS_AFTER {
                sets |= self.sets(n, around);
            }
            let near = match self.known {
                Some((known, bits)) if known == sets => bits,
                _ => around.lexicon.detectors(sets),
            };
            self.known = Some((sets, near));
            let mut far = near;
            if is_far && !around.lexicon.long.is_empty() {
                let mut beyond = 0;
                for n in block + BLOCKS_AFTER + 1..=block + around.lexicon.blocks_after {
                    beyond |= self.sets(n, around);
                }
                if beyond & !sets != 0 {
                    let more = match self.known_far {
                        Some((known, bits)) if known == beyond => bits,
                        _ => {
                            let mut bits = around.lexicon.detectors(beyond);
                            bits.keep(&around.lexicon.long);
                            bits
                        }
                    };
                    self.known_far = Some((beyond, more));
                    far.unite(&more);
                }
            }
            self.last = Some(Stretch { block, place: around.place, is_far, near, far });
        }
        let nothing = || Stretch { block, place: 0, is_far, near: Bits::NONE, far: Bits::NONE };
        self.last.get_or_insert_with(nothing)
    }

    /// Where detectors that ask for words may begin in a block.
    pub(crate) fn row(&mut self, block: usize, around: &Around<'_>) -> &Row {
        let Around { text, ended, wanted, .. } = *around;
        let seen = match self.seen.take() {
            Some(seen) if seen.block == block => seen,
            last => {
                // PERF: what is looked at one after another is read once.
                let sight = match last {
                    Some(last) if last.block + 1 == block => {
                        Sight::behind(text, block, ended, wanted, last.planes)
                    }
                    _ => Sight::new(text, block, ended, wanted),
                };
                let mut row = sight.row();
                wanted.refine(&mut row, &sight, text, ended);
                Seen { block, row, planes: sight.all() }
            }
        };
        &self.seen.insert(seen).row
    }

    /// Counts a word that begins right behind a candidate or replacement, within what was a longer
    /// one.
    pub(crate) fn wake(&mut self, at: usize, around: &Around<'_>) {
        let within = context::is_letter(around.text, at) && !context::begins_word(around.text, at);
        if !within {
            return;
        }
        let sets = self.sets(at / BLOCK_BYTES, around);
        let more = around.lexicon.sets_at(around.words, around.text, at);
        if let Some(slot) = self.blocks.get_mut(at / BLOCK_BYTES) {
            *slot = Some(sets | more);
        }
        self.last = None;
    }

    /// The sets whose words begin in a block.
    fn sets(&mut self, block: usize, around: &Around<'_>) -> ContextSets {
        if let Some(Some(sets)) = self.blocks.get(block) {
            return *sets;
        }
        let at = block.saturating_mul(BLOCK_BYTES);
        // A word that begins here may not end here.
        let unseen = at + BLOCK_BYTES + 2 * limits::CONTEXT_WORD_BYTES_MAX > around.text.len();
        let sets = match unseen && !around.ended {
            true => ContextSets::MAX,
            false => sets_in(around, at),
        };
        if self.blocks.len() <= block && at < around.text.len() {
            self.blocks.resize(block + 1, None);
        }
        if let Some(slot) = self.blocks.get_mut(block) {
            *slot = Some(sets);
        }
        sets
    }
}

/// The sets whose words begin in the 64 bytes from `at` on.
fn sets_in(around: &Around<'_>, at: usize) -> ContextSets {
    let text = around.text;
    let Some(piece) = text.get(at..).filter(|piece| !piece.is_empty()) else { return 0 };
    let block = Block::new(piece);
    let (letters, high) = (block.letters(), block.high());
    let before = at.checked_sub(1).and_then(|n| text.get(n)).copied().unwrap_or(0);
    let next = Block::new(text.get(at + BLOCK_BYTES..).unwrap_or_default());
    if high != 0 || !before.is_ascii() {
        return sets_one_by_one(around, at, letters | high);
    }
    let small = block.small();
    let bit = |has: bool| u64::from(has);
    let (next_letters, next_small) = (next.letters(), next.small());
    let capitals = letters & !small;
    let follows = letters << 1 | bit(before.is_ascii_alphabetic());
    let follows_small = small << 1 | bit(before.is_ascii_lowercase());
    let small_behind = small >> 1 | next_small << 63;
    let words = letters & (!follows | capitals & (follows_small | small_behind));
    let mut starts = words;
    let mut sets = 0;
    while starts != 0 {
        let bit = starts.trailing_zeros();
        starts &= starts - 1;
        let start = at + usize::try_from(bit).unwrap_or(0);
        let run = match bit {
            0 => letters,
            _ => letters >> bit | next_letters << (64 - bit),
        };
        let run = run.trailing_ones();
        let behind = words >> bit >> 1;
        // PERF: camel case at the very end of a block is looked at more closely.
        let letters = run.min(behind.trailing_zeros() + 1);
        if (bit > 60 || around.lexicon.may_begin(text, start, letters, run))
            && context::begins_word(text, start)
        {
            sets |= around.lexicon.sets_at(around.words, text, start);
        }
    }
    sets
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

fn low_half(bytes: u64) -> u32 {
    u32::try_from(bytes & u64::from(u32::MAX)).unwrap_or(0)
}
