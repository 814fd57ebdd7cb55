//! Finds context words: whole words, whatever their case, with space, `_`, `-` and nothing alike.
//! Looks at bounded stretches of text only, and never across a candidate or a replacement.

use super::filter::Filter;
use crate::detect::ContextSets;
use crate::limits;
use crate::model::ContextWord;
use alloc::vec::Vec;

/// Most words that are looked at in one stretch; more do not fit into what counts as context.
const WORDS_MAX: usize = limits::KEY_BYTES_MAX / 2;

/// The context words of a policy, sorted by text.
#[derive(Clone, Copy)]
pub(crate) struct Words<'w> {
    pub(crate) words: &'w [ContextWord],
    pub(crate) begins: &'w Begins,
}

/// What words and phrases begin with, by three letters, so that most words of a name are known to
/// be none without a look into the list.
#[derive(Clone, Debug)]
pub(crate) struct Begins(Filter<64>);

impl Begins {
    pub(crate) fn new(words: &[ContextWord]) -> Self {
        let mut begins = Self(Filter::new());
        words.iter().for_each(|word| begins.0.insert(first_letters(word.text.as_bytes())));
        begins
    }

    /// Whether some word may begin like this one, or be the beginning of it.
    fn may_have(&self, word: &[u8]) -> bool {
        // Of a short word a phrase may go on, and a plural of one has a letter more.
        word.len() <= 3 || self.0.may_have(first_letters(word))
    }
}

fn first_letters(word: &[u8]) -> u64 {
    let letters = word.iter().take(3).scan(0, |last, letter| Some(lowercase(last, *letter)));
    letters.fold(0, |sum, letter| sum << 8 | u64::from(letter))
}

/// What follows a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// These sets, whatever follows.
    Sets(ContextSets),
    /// The text ends before it can be told.
    Unknown,
}

impl Words<'_> {
    /// The sets whose words are whole words of a name: of a key, a header, a form field.
    pub(crate) fn in_name(self, name: &[u8]) -> ContextSets {
        self.sets(name, 0, name.len(), name.len())
    }

    /// The sets whose words stand before `start`, and not before `floor`.
    pub(crate) fn before(self, text: &[u8], floor: usize, start: usize) -> ContextSets {
        if self.words.is_empty() || floor >= start {
            return 0;
        }
        let mut at = start;
        for _ in 0..limits::CONTEXT_BEFORE {
            match code_point_before(text, floor, at) {
                Some(n) => at = n,
                None => break,
            }
        }
        // A word that begins before the stretch is not whole in it.
        if let Some(n) = code_point_before(text, floor, at)
            && joins(text, n, at)
        {
            while at < start && is_letter(text, at) {
                at += code_point_bytes(text, at);
            }
        }
        self.sets(text, at, start, start)
    }

    /// The sets whose words begin soon after `end`. Nothing at or behind `wall` counts; when
    /// `open`, more text may follow there.
    pub(crate) fn after(self, text: &[u8], end: usize, wall: usize, open: bool) -> After {
        if self.words.is_empty() {
            return After::Sets(0);
        }
        let mut at = end;
        let mut begin_end = end;
        let mut points = 0;
        let bytes_max = (limits::CONTEXT_AFTER + 1) * 4 + 3 * limits::CONTEXT_WORD_BYTES_MAX;
        // Read on until nothing that begins in time can still go on.
        let cut = loop {
            let Some(byte) = text.get(..wall).and_then(|text| text.get(at)) else { break false };
            if byte.is_ascii_digit() || matches!(byte, b'[' | b'*') {
                break true;
            }
            if points < limits::CONTEXT_AFTER {
                points += 1;
                begin_end = at + code_point_bytes(text, at);
            } else if at - end > bytes_max || !goes_on(text, at) {
                break true;
            }
            at += code_point_bytes(text, at);
        };
        let in_time = points >= limits::CONTEXT_AFTER;
        if !cut && open && (!in_time || self.may_grow(text, end, wall, begin_end)) {
            return After::Unknown;
        }
        After::Sets(self.sets(text, end, at.min(wall), begin_end))
    }

    /// The sets whose words lie whole between `from` and `to` and begin before `begin_end`.
    fn sets(self, text: &[u8], from: usize, to: usize, begin_end: usize) -> ContextSets {
        let text = text.get(..to).unwrap_or_default();
        let mut sets = 0;
        let mut at = from;
        for _ in 0..WORDS_MAX {
            let Some(word) = next_word(text, at) else { break };
            if word.0 >= begin_end {
                break;
            }
            sets |= self.beginning_with(text, word);
            at = word.1;
        }
        sets
    }

    /// Whether more text behind `to` may make a word or phrase of what begins between `from` and
    /// `begin_end`.
    fn may_grow(self, text: &[u8], from: usize, to: usize, begin_end: usize) -> bool {
        let text = text.get(..to).unwrap_or_default();
        // What follows a capital says where its word begins; and what follows a part of a character,
        // what that is.
        if text.last().is_none_or(|last| last.is_ascii_uppercase() || !last.is_ascii()) {
            return true;
        }
        let mut at = from;
        for _ in 0..WORDS_MAX {
            let Some(word) = next_word(text, at) else { return false };
            if word.0 >= begin_end {
                return false;
            }
            if self.grows_from(text, word) {
                return true;
            }
            at = word.1;
        }
        true
    }

    /// The same for what begins with this word.
    fn grows_from(self, text: &[u8], first: (usize, usize)) -> bool {
        if !self.begins.may_have(text.get(first.0..first.1).unwrap_or_default()) {
            return false;
        }
        let mut phrase = Vec::new();
        let mut word = first;
        loop {
            let mut last = 0;
            let letters = text.get(word.0..word.1).unwrap_or_default();
            phrase.extend(letters.iter().map(|byte| lowercase(&mut last, *byte)));
            let at = self.words.partition_point(|entry| entry.text.as_bytes() < phrase.as_slice());
            let entry = self.words.get(at);
            let goes_on = entry.is_some_and(|entry| entry.text.as_bytes().starts_with(&phrase));
            if word.1 >= text.len() {
                // The plural of one may turn out to be another word.
                let plural = phrase.strip_suffix(b"s").is_some_and(|one| self.of(one) != 0);
                return goes_on || plural;
            }
            let next = word.1 + usize::from(is_gap(text, word.1));
            match goes_on {
                true if next >= text.len() => return true,
                true if is_letter(text, next) => word = (next, word_end(text, next)),
                _ => return false,
            }
        }
    }

    /// The sets of the words and phrases that begin with this word.
    fn beginning_with(self, text: &[u8], first: (usize, usize)) -> ContextSets {
        if !self.begins.may_have(text.get(first.0..first.1).unwrap_or_default()) {
            return 0;
        }
        let mut phrase = [0; limits::CONTEXT_WORD_BYTES_MAX + 1];
        let mut length = 0;
        let mut sets = 0;
        let mut word = first;
        loop {
            let mut last = 0;
            for byte in text.get(word.0..word.1).unwrap_or_default() {
                let Some(slot) = phrase.get_mut(length) else { return sets };
                *slot = lowercase(&mut last, *byte);
                length += 1;
            }
            let so_far = phrase.get(..length).unwrap_or_default();
            let at = self.words.partition_point(|entry| entry.text.as_bytes() < so_far);
            let entry = self.words.get(at);
            sets |= entry.filter(|e| e.text.as_bytes() == so_far).map_or(0, |e| e.sets);
            if let Some((b's', singular)) = so_far.split_last() {
                sets |= self.of(singular);
            }
            // PERF: most words begin no phrase.
            if entry.is_none_or(|entry| !entry.text.as_bytes().starts_with(so_far)) {
                return sets;
            }
            let next = word.1 + usize::from(is_gap(text, word.1));
            if !is_letter(text, next) {
                return sets;
            }
            word = (next, word_end(text, next));
        }
    }

    /// The sets of one word.
    fn of(self, word: &[u8]) -> ContextSets {
        let found = self.words.binary_search_by(|entry| entry.text.as_bytes().cmp(word));
        found.ok().and_then(|at| self.words.get(at)).map_or(0, |entry| entry.sets)
    }
}

/// The next word at or after `at`: letters, cut where camel case begins a new one. Digits and
/// everything else part words.
fn next_word(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut start = at;
    while !is_letter(text, start) {
        start += code_point_bytes(text, start);
        if start >= text.len() {
            return None;
        }
    }
    Some((start, word_end(text, start)))
}

/// Where the word ends that begins here.
fn word_end(text: &[u8], start: usize) -> usize {
    let mut end = start + code_point_bytes(text, start);
    while is_letter(text, end) && !begins_hump(text, end) {
        end += code_point_bytes(text, end);
    }
    end
}

/// Whether a phrase that began before may go on here: a letter, or a single gap after one.
fn goes_on(text: &[u8], at: usize) -> bool {
    let gap_before = at.checked_sub(1).is_some_and(|before| is_gap(text, before));
    is_letter(text, at) || (is_gap(text, at) && !gap_before)
}

/// Whether what parts two words of a phrase stands here.
pub(crate) fn is_gap(text: &[u8], at: usize) -> bool {
    matches!(text.get(at), Some(b' ' | b'_' | b'-'))
}

/// Whether a word begins here.
pub(crate) fn begins_word(text: &[u8], at: usize) -> bool {
    is_letter(text, at) && code_point_before(text, 0, at).is_none_or(|n| !joins(text, n, at))
}

/// Whether two neighbours belong to one word.
fn joins(text: &[u8], before: usize, at: usize) -> bool {
    is_letter(text, before) && is_letter(text, at) && !begins_hump(text, at)
}

/// Whether camel case begins a new word here: `aB`, and the last capital of `ABc`.
pub(crate) fn begins_hump(text: &[u8], at: usize) -> bool {
    let byte = |n: usize| text.get(n).copied().unwrap_or(0);
    let before = at.checked_sub(1).map_or(0, byte);
    if !byte(at).is_ascii_uppercase() {
        return false;
    }
    before.is_ascii_lowercase()
        || (before.is_ascii_uppercase() && byte(at + 1).is_ascii_lowercase())
}

/// Whether a letter stands here: of ASCII, or Latin with marks. Letters of other scripts part
/// words, since those scripts set no spaces around a Latin word.
pub(crate) fn is_letter(text: &[u8], at: usize) -> bool {
    match text.get(at).copied() {
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        // U+00C0 to U+024F, without the signs for times and divided by.
        Some(0xC3) => !matches!(text.get(at + 1), Some(0x97 | 0xB7)),
        Some(0xC4..=0xC8) => true,
        Some(0xC9) => matches!(text.get(at + 1), Some(0x80..=0x8F)),
        _ => false,
    }
}

/// The small letter of a byte of a word, which must be looked at in order: of ASCII, and of the
/// Latin letters with marks to U+017F, whose small letters differ in the second byte.
pub(crate) fn lowercase(last: &mut u8, byte: u8) -> u8 {
    let small = match (*last, byte) {
        (0xC3, 0x80..=0x9E) => byte | 0x20,
        // Pairs whose capital is even, and between them pairs whose capital is odd.
        (0xC4, 0x80..=0xB7) | (0xC5, 0x8A..=0xB7) => byte | 1,
        (0xC4, 0xB9..=0xBE) | (0xC5, 0x81..=0x88 | 0xB9..=0xBE) => byte + byte % 2,
        _ => byte.to_ascii_lowercase(),
    };
    *last = byte;
    small
}

fn code_point_bytes(text: &[u8], at: usize) -> usize {
    match text.get(at).copied() {
        Some(0xC0..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xFF) => 4,
        _ => 1,
    }
}

/// Where the code point before `at` begins.
fn code_point_before(text: &[u8], floor: usize, at: usize) -> Option<usize> {
    (1..=4)
        .filter_map(|n| at.checked_sub(n))
        .take_while(|n| *n >= floor)
        .find(|n| text.get(*n).is_some_and(|byte| !matches!(byte, 0x80..=0xBF)))
}
