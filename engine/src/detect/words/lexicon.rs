//! The context words of a blob: whether one begins somewhere in a text, and which detectors ask for
//! it. Most words of a text are told by a few letters to be none of these.

use super::context;
use super::filter::Filter;
use super::firsts::Firsts;
use crate::detect::automaton::Automaton;
use crate::detect::bits::{ones, ones_of};
use crate::detect::marks::planes::ENDS;
use crate::detect::sift::HALF;
use crate::detect::{ContextSets, DetectorSet};
use crate::limits;
use crate::model::{ContextWord, Detector, DetectorId};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Letters by which words are looked up.
const KEY: usize = 4;
/// Most letters by which words are told from others.
const PREFIX: usize = 6;
const PREFIX_BITS: u32 = 48;
/// So few words are looked at letter by letter.
const FEW_WORDS: usize = 3;
/// The bit of small letters, in eight.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// The context words of a blob by their first letters, and the detectors that ask for them.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Hashed by key; the next free slot where one is taken.
    slots: Vec<Slot>,
    firsts: Box<Firsts>,
    /// What words and phrases begin with, by up to `PREFIX` letters.
    beginnings: Box<Filter<512>>,
    /// Words with fewer letters than `KEY`, and their plurals.
    short: Filter<16>,
    /// Detectors by the set that they ask for.
    sets: Vec<DetectorSet>,
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
    /// Of no words yet.
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            firsts: Box::new(Firsts::new()),
            beginnings: Box::new(Filter::new()),
            short: Filter::new(),
            sets: alloc::vec![DetectorSet::default(); limits::SETS_MAX],
            bunches: alloc::vec![0; limits::SETS_MAX],
            longest: [0; HALF],
            loose: 0,
        }
    }

    /// Adds the words that detectors ask for, once all of these are there.
    pub(crate) fn add_words(&mut self, words: &[ContextWord]) {
        let size = (words.len() * 4).next_power_of_two().max(16);
        self.slots = alloc::vec![Slot::default(); size];
        let asking: Vec<u64> = words.iter().map(|word| self.bunches_of(word.sets)).collect();
        let asked = || (0..).zip(words).zip(&asking).filter(|(_, bunches)| **bunches != 0);
        for ((_, word), _) in asked() {
            self.add_beginnings(word.text.as_bytes());
        }
        let key = |word: &ContextWord| key_of(word.text.as_bytes());
        let mut from = 0;
        for same in words.chunk_by(|one, other| key(one) == key(other)) {
            let to = from + same.len();
            let is_asked = asking.get(from..to).unwrap_or_default().iter().any(|own| *own != 0);
            if let Some(first) = same.first().filter(|_| is_asked) {
                self.add(key(first), from, to);
            }
            from = to;
        }
        // The plural of a short word has another key.
        for ((n, word), _) in asked().filter(|((_, word), _)| word.text.len() < KEY) {
            let plural: Vec<u8> = word.text.bytes().chain([b's']).collect();
            self.add(key_of(&plural), n, n + 1);
        }
        self.firsts.add(asked().map(|((_, word), bunches)| (&*word.text, *bunches)));
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
        }
    }

    /// The bunches that ask for words and phrases that may begin with the first three of these bytes.
    #[inline]
    pub(crate) fn beginning_with(&self, bytes: [u8; 4]) -> u64 {
        self.firsts.beginning_with(bytes)
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
    pub(crate) fn add_detector(
        &mut self,
        id: DetectorId,
        detector: &Detector,
        automaton: Automaton<'_>,
    ) {
        let Some(set) = detector.context else { return };
        if let Some(asking) = self.sets.get_mut(usize::from(set)) {
            asking.insert(id);
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
    pub(crate) fn longest(&self, bunches: u64) -> (usize, usize) {
        let (mut loose, mut tight) = (0, 0);
        for n in ones(bunches) {
            let longest = usize::from(self.longest.get(n).copied().unwrap_or(0));
            let slot = if self.loose >> n & 1 == 0 { &mut tight } else { &mut loose };
            *slot = longest.max(*slot);
        }
        (loose, tight)
    }

    /// The bunches that ask for one of these sets.
    pub(crate) fn bunches_of(&self, sets: ContextSets) -> u64 {
        let asking = ones_of(sets).filter_map(|set| self.bunches.get(set));
        asking.fold(0, |all, bunches| all | bunches)
    }

    fn slot(&self, key: u32) -> usize {
        let spread = usize::try_from(key.wrapping_mul(0x9E37_79B1) >> 12).unwrap_or(0);
        spread & (self.slots.len() - 1)
    }

    /// Whether a word or phrase may begin at `start`, where a word of as many ASCII letters does,
    /// with as many letters in a row.
    /// PERF: told from eight bytes without looking at each.
    #[inline]
    pub(crate) fn may_begin(&self, text: &[u8], start: usize, letters: u32, run: u32) -> bool {
        let Some(bytes) = text.get(start..).and_then(|rest| rest.first_chunk::<8>()) else {
            return true;
        };
        let small = u64::from_le_bytes(*bytes) | SMALL;
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
    pub(crate) fn detectors(&self, sets: ContextSets) -> DetectorSet {
        let mut detectors = DetectorSet::default();
        let asking = ones_of(sets).filter_map(|set| self.sets.get(set));
        asking.for_each(|asking| detectors.unite(asking));
        detectors
    }

    /// The sets of the words and phrases that begin with the word at `start`.
    pub(crate) fn sets_at(&self, words: &[ContextWord], text: &[u8], start: usize) -> ContextSets {
        let mut sets = 0;
        let mut key = [0; KEY];
        let (mut length, mut at, mut last) = (0, start, 0);
        while length < KEY && context::is_letter(text, at) {
            if length > 0 && may_part(text, at) {
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
                // PERF: of many words of a key most are told by eight letters in a row.
                let many = to.saturating_sub(from) > FEW_WORDS;
                let letters = if many { eight_letters(text, start) } else { None };
                let may_be = |word: &[u8]| match (letters, word.first_chunk()) {
                    (Some(letters), Some(first)) => letters == u64::from_le_bytes(*first),
                    _ => true,
                };
                for word in words.get(from..to).unwrap_or_default() {
                    let letters = word.text.as_bytes();
                    if may_be(letters) && begins_with(text, start, letters) {
                        sets |= word.sets;
                    }
                }
            }
            at = (at + 1) % self.slots.len();
        }
        sets
    }
}

/// Eight letters from `start` on, small, where all eight are letters of ASCII.
fn eight_letters(text: &[u8], start: usize) -> Option<u64> {
    let bytes: &[u8; 8] = text.get(start..)?.first_chunk()?;
    let is_plain = bytes.iter().all(u8::is_ascii_alphabetic);
    is_plain.then(|| u64::from_le_bytes(*bytes) | SMALL)
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
    let ends = |at: usize| !context::is_letter(text, at) || may_part(text, at);
    let plural = matches!(text.get(at), Some(b's' | b'S')) && ends(at + 1);
    ends(at) || plural
}

/// Whether a word may end before a letter: where a new one begins, and behind a letter beyond ASCII,
/// where what is found may begin.
fn may_part(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    context::begins_hump(text, at) || before.is_some_and(|byte| !byte.is_ascii())
}

/// Up to eight bytes as a number.
fn beginning(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}
