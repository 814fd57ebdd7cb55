//! Which context words may count for what begins in a stretch of 64 bytes: all those that stand
//! anywhere near. One that is left out counts for nothing there; one that is not may be too far
//! away all the same. Looks at a word once, however many candidates stand beside it.

use super::ContextSets;
use super::automaton::Automaton;
use super::context;
use super::filter::Filter;
use super::marks::Marks;
use super::planes::ENDS;
use super::shape::Bits;
use super::sift::HALF;
use super::simd::{BLOCK_BYTES, Block};
use crate::limits;
use crate::model::{ContextWord, Detector};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Letters by which words are looked up.
const KEY: usize = 4;
/// Places for combinations of three letters.
const FIRSTS: usize = 1 << 15;
/// Most letters by which words are told from others.
const PREFIX: usize = 6;
const PREFIX_BITS: u32 = 48;
/// The context words of a blob by their first letters, and the detectors that ask for them.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Hashed by key; the next free slot where one is taken.
    slots: Vec<Slot>,
    /// A bit for each three bytes with which words and phrases begin, in text.
    firsts: Box<[u64; FIRSTS / 64]>,
    /// What words and phrases begin with, by up to `PREFIX` letters.
    beginnings: Box<Filter<512>>,
    /// Words with fewer letters than `KEY`, and their plurals.
    short: Filter<16>,
    /// Detectors by the set that they ask for.
    sets: Vec<Bits>,
    /// Bunches of them.
    bunches: Vec<u64>,
    /// Longest candidate of each bunch.
    longest: [u16; HALF],
    /// The bunches in whose candidates a space or a quote may be.
    loose: u64,
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
        let mut lexicon = Self {
            slots,
            firsts: Box::new([0; FIRSTS / 64]),
            beginnings: Box::new(Filter::new()),
            short: Filter::new(),
            sets,
            bunches: alloc::vec![0; limits::SETS_MAX],
            longest: [0; HALF],
            loose: 0,
        };
        for word in words.iter().filter(|word| word.sets & asked != 0) {
            lexicon.add_beginnings(word.text.as_bytes());
        }
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

    /// Adds what a word begins with, and its plural, to what is told from the first letters.
    fn add_beginnings(&mut self, word: &[u8]) {
        let plural: Vec<u8> = word.iter().copied().chain([b's']).collect();
        let letters = plural.iter().take_while(|byte| byte.is_ascii()).count();
        for length in 1..=letters.min(PREFIX) {
            self.beginnings.insert(beginning(plural.get(..length).unwrap_or_default()));
        }
        for whole in [word, &plural] {
            if whole.len() < KEY {
                self.short.insert(beginning(whole));
            }
            self.add_firsts(whole);
        }
    }

    fn add_firsts(&mut self, word: &[u8]) {
        // Between letters may be a gap, and behind them anything.
        let gaps = || [Some(b' '), Some(b'_'), Some(b'-')].into_iter();
        let anything = || (0..32_u8).map(Some);
        let mut add = |bytes: [Option<u8>; 3]| {
            let [one, two, three] = bytes.map(Option::unwrap_or_default);
            let (at, bit) = first_of([one, two, three, 0]);
            if let Some(slot) = self.firsts.get_mut(at) {
                *slot |= bit;
            }
        };
        let [first, second, third] = [0, 1, 2].map(|n| word.get(n).copied());
        match (second, third) {
            (Some(_), Some(_)) => {
                add([first, second, third]);
                gaps().for_each(|gap| add([first, second, gap]));
                gaps().for_each(|gap| add([first, gap, second]));
            }
            (Some(_), None) => {
                anything().for_each(|behind| add([first, second, behind]));
                gaps().for_each(|gap| add([first, gap, second]));
            }
            (None, _) => anything().for_each(|one| {
                anything().for_each(|other| add([first, one, other]));
            }),
        }
    }

    /// Whether a word or phrase may begin with the first three of these bytes.
    #[inline]
    fn may_begin_with(&self, bytes: [u8; 4]) -> bool {
        let (at, bit) = first_of(bytes);
        self.firsts.get(at).is_some_and(|bits| bits & bit != 0)
    }

    fn add(&mut self, key: u32, from: usize, to: usize) {
        let range = (u32::try_from(from), u32::try_from(to));
        let (Ok(from), Ok(to)) = range else { return };
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
        let bunch = usize::from(detector.bunch);
        let bit = 1_u64.checked_shl(detector.bunch.into()).unwrap_or(0);
        if let Some(bunches) = self.bunches.get_mut(usize::from(set)) {
            *bunches |= bit;
        }
        if let Some(longest) = self.longest.get_mut(bunch) {
            *longest = detector.bytes_max.max(*longest);
        }
        if ENDS.into_iter().any(|byte| automaton.takes(byte)) {
            self.loose |= bit;
        }
    }

    /// How long candidates of these bunches may be in which a space or a quote may be, and others.
    fn longest(&self, bunches: u64) -> (usize, usize) {
        let (mut loose, mut tight) = (0, 0);
        let mut left = bunches;
        while left != 0 {
            let bunch = left & left.wrapping_neg();
            let n = usize::try_from(left.trailing_zeros()).unwrap_or(0);
            left ^= bunch;
            let longest = usize::from(self.longest.get(n).copied().unwrap_or(0));
            let slot = if self.loose & bunch == 0 { &mut tight } else { &mut loose };
            *slot = longest.max(*slot);
        }
        (loose, tight)
    }

    /// The bunches that ask for one of these sets.
    fn bunches_of(&self, sets: ContextSets) -> u64 {
        let mut bunches = 0;
        let mut left = sets;
        while left != 0 {
            let set = usize::try_from(left.trailing_zeros()).unwrap_or(0);
            left &= left - 1;
            bunches |= self.bunches.get(set).copied().unwrap_or(0);
        }
        bunches
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
        let prefix = small & u64::MAX >> (64 - 8 * letters.clamp(1, PREFIX_BITS / 8));
        if letters >= 4 || !self.beginnings.may_have(prefix) {
            return self.beginnings.may_have(prefix);
        }
        let whole = small & u64::MAX >> (64 - 8 * run.clamp(1, 8));
        if self.short.may_have(whole) {
            return true;
        }
        let behind = bytes.get(usize::try_from(run).unwrap_or(0)).copied().unwrap_or(b' ');
        // Camel case may be one word all the same: `dmV`.
        match behind {
            b' ' | b'_' | b'-' => self.may_go_on(bytes, small),
            _ => run > letters && self.may_go_on(bytes, small) || !behind.is_ascii(),
        }
    }

    /// The same where the word is a short one that a phrase may go on from.
    #[inline(never)]
    fn may_go_on(&self, bytes: &[u8; 8], small: u64) -> bool {
        let small = small.to_le_bytes();
        let (mut phrase, mut length, mut gap) = (0_u64, 0, false);
        for (byte, small) in bytes.iter().zip(small) {
            match *byte {
                b' ' | b'_' | b'-' if !gap => gap = true,
                _ if byte.is_ascii_alphabetic() => {
                    phrase |= u64::from(small) << (8 * length);
                    length += 1;
                    gap = false;
                    if length < 4 && self.short.may_have(phrase) {
                        return true;
                    }
                    if length == 4 {
                        return self.beginnings.may_have(phrase);
                    }
                }
                _ => return !byte.is_ascii(),
            }
        }
        true
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
            if length > 0 && context::begins_hump(text, at) {
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
    blocks: Vec<Option<Seen>>,
    /// The last blocks that were asked for, from an even one on and from an odd one on.
    last: [Stretch; 2],
    /// The detectors of the last sets.
    known: Option<(ContextSets, Bits)>,
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
    pub(crate) fn detectors(&mut self, at: usize, bunches: u64, around: &Around<'_>) -> Bits {
        let sets = self.stretch(at, bunches, around).sets;
        let near = match self.known {
            Some((known, bits)) if known == sets => bits,
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

/// Where the first three of four bytes are told; letters whatever their case.
#[inline]
fn first_of(bytes: [u8; 4]) -> (usize, u64) {
    let number = u32::from_le_bytes(bytes) & 0x001F_1F1F;
    // The golden ratio spreads what differs in few bits over the highest ones.
    let spread = usize::try_from(number.wrapping_mul(0x9E37_79B1) >> 17).unwrap_or(0);
    (spread / 64 % (FIRSTS / 64), 1 << (spread % 64))
}

/// Up to eight bytes as a number.
fn beginning(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}
