//! Turns a list of words into automaton sections: whole words, whatever their case. The same list
//! gives the same bytes. Reads words as a text is read, so that what is not seen in one is not
//! asked for in the other. Never takes part of a word.

use crate::sparse;
use cofferdam_engine::detect::automaton::State;
use cofferdam_engine::{limits, scan_text};
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization as _;

/// Most words of one list. Beyond it a list is no policy, but a data set.
pub(crate) const WORDS_MAX: usize = 100_000;
/// What parts the words of a phrase: any of these, one of them.
const GAPS: [char; 4] = [' ', '-', '_', '\n'];

/// What came of a list, or of a part of a long one.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) section: Vec<u8>,
    /// Longest word, in bytes of scan text.
    pub(crate) bytes_max: usize,
}

/// Why a word was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WordError {
    /// Index of the word; of a whole list, 0.
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// Compiles a list.
///
/// # Errors
/// Every word that cannot be one.
pub(crate) fn compile(words: &[String]) -> Result<Vec<Made>, Vec<WordError>> {
    if words.len() > WORDS_MAX {
        let message = format!("a list has {} words, and {WORDS_MAX} are taken", words.len());
        return Err(vec![WordError { at: 0, message, help: "give it to several categories" }]);
    }
    let mut errors = Vec::new();
    let mut all: BTreeSet<Vec<char>> = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        match spellings(word) {
            Ok(spellings) => all.extend(spellings),
            Err((message, help)) => errors.push(WordError { at, message, help }),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let all: Vec<Vec<char>> = all.into_iter().collect();
    let mut made = Vec::new();
    // Parts that are still too large are halved, the first first.
    let mut parts = vec![all.as_slice()];
    while let Some(part) = parts.pop() {
        match section(part) {
            Some(section) => made.push(section),
            None => {
                let (first, second) = part.split_at(part.len() / 2);
                assert!(!first.is_empty(), "a word takes fewer states than there are");
                parts.extend([second, first]);
            }
        }
    }
    Ok(made)
}

/// A word as it may stand in scan text, in small letters: composed, without its marks, with `ss`
/// for `ß`.
fn spellings(word: &str) -> Result<Vec<Vec<char>>, (String, &'static str)> {
    let composed: String = word.trim().nfc().collect();
    let bare: String = word.trim().nfd().collect();
    let doubled = composed.replace('ß', "ss");
    let mut spellings: Vec<Vec<char>> = Vec::new();
    for text in [composed, bare, doubled] {
        let words: Vec<_> = scan_text(&text).split(GAPS).map(str::to_owned).collect();
        let words = words.iter().filter(|word| !word.is_empty());
        let text = words.map(String::as_str).collect::<Vec<_>>().join(" ");
        if !text.starts_with(char::is_alphanumeric) || !text.ends_with(char::is_alphanumeric) {
            let message = "a word begins and ends with a letter or digit".to_owned();
            return Err((message, "use `pattern` for what is no word"));
        }
        if text.chars().count() < 2 {
            let message = "a word of one character is found everywhere".to_owned();
            return Err((message, "use words of two characters or more"));
        }
        // A letter may be longer in its other case.
        let bytes: usize = text
            .chars()
            .map(|c| alternatives(small(c)).map(char::len_utf8).max().unwrap_or(4))
            .sum();
        if bytes > limits::CANDIDATE_BYTES_MAX {
            let most = limits::CANDIDATE_BYTES_MAX;
            let message = format!("a word can be {bytes} bytes long, and {most} are looked at");
            return Err((message, "use a shorter part of it"));
        }
        spellings.push(text.chars().map(small).collect());
    }
    spellings.dedup();
    Ok(spellings)
}

/// The small letter that all cases of a letter have in common.
fn small(c: char) -> char {
    let single = |mut mapped: Box<dyn Iterator<Item = char>>, c: char| {
        mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(c)
    };
    let upper = single(Box::new(c.to_uppercase()), c);
    single(Box::new(upper.to_lowercase()), upper)
}

/// What may stand for a small letter, or for a gap.
fn alternatives(c: char) -> impl Iterator<Item = char> {
    let gaps = if c == ' ' { &GAPS[..] } else { &[] };
    let other = c.to_uppercase().next().filter(|upper| small(*upper) == c && *upper != c);
    let own = Some(c).filter(|_| gaps.is_empty());
    gaps.iter().copied().chain(own).chain(other)
}

/// States in the making, equal ones once. State 0 is dead, and states are made before those that
/// lead to them.
#[derive(Default)]
struct States {
    known: BTreeMap<(bool, Vec<(u8, usize)>), usize>,
    rows: Vec<(bool, Vec<(u8, usize)>)>,
}

impl States {
    fn add(&mut self, accepts: bool, edges: Vec<(u8, usize)>) -> usize {
        let row = (accepts, edges);
        if let Some(state) = self.known.get(&row) {
            return *state;
        }
        self.rows.push(row.clone());
        self.known.insert(row, self.rows.len());
        self.rows.len()
    }

    /// The state from which these sorted words, without their first `depth` letters, are read.
    fn of(&mut self, words: &[Vec<char>], depth: usize) -> usize {
        let (accepts, mut rest) = match words.split_first() {
            Some((first, rest)) if first.len() == depth => (true, rest),
            _ => (false, words),
        };
        let mut paths: Vec<(Vec<u8>, usize)> = Vec::new();
        while let Some(first) = rest.first() {
            let letter = first[depth];
            let count = rest.partition_point(|word| word[depth] <= letter);
            let (same, others) = rest.split_at(count);
            let target = self.of(same, depth + 1);
            paths.extend(alternatives(letter).map(|c| (utf8(c), target)));
            rest = others;
        }
        paths.sort();
        self.read(&paths, 0, accepts)
    }

    /// The state from which these sorted bytes, without the first `depth`, lead to their targets.
    fn read(&mut self, mut paths: &[(Vec<u8>, usize)], depth: usize, accepts: bool) -> usize {
        let mut edges = Vec::new();
        while let Some((first, target)) = paths.first() {
            let byte = first[depth];
            let count = paths.partition_point(|(path, _)| path[depth] <= byte);
            let (same, others) = paths.split_at(count);
            let ends = first.len() == depth + 1;
            edges.push((byte, if ends { *target } else { self.read(same, depth + 1, false) }));
            paths = others;
        }
        self.add(accepts, edges)
    }
}

fn utf8(c: char) -> Vec<u8> {
    c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()
}

/// `None` where there are more states than a section has.
fn section(words: &[Vec<char>]) -> Option<Made> {
    let mut states = States::default();
    let start = states.of(words, 0);
    if states.rows.len() >= usize::from(State::MAX) {
        return None;
    }
    // Bytes that all states treat alike are one class: mostly a letter in both cases.
    let mut columns: BTreeMap<u8, Vec<(usize, usize)>> = BTreeMap::new();
    for (state, (_, edges)) in states.rows.iter().enumerate() {
        for (byte, target) in edges {
            columns.entry(*byte).or_default().push((state, *target));
        }
    }
    let mut byte_classes = [0; 256];
    let mut known: BTreeMap<Vec<(usize, usize)>, u8> = BTreeMap::new();
    for (byte, column) in columns {
        let fresh = u8::try_from(known.len() + 1).ok()?;
        byte_classes[usize::from(byte)] = *known.entry(column).or_insert(fresh);
    }
    let classed = |(accepts, edges): &(bool, Vec<(u8, usize)>)| {
        let edge = |(byte, target): &(u8, usize)| (byte_classes[usize::from(*byte)], *target);
        let edges: BTreeMap<u8, usize> = edges.iter().map(edge).collect();
        (*accepts, edges)
    };
    let rows: Vec<_> =
        std::iter::once((false, BTreeMap::new())).chain(states.rows.iter().map(classed)).collect();
    let start = State::try_from(start).ok()?;
    let section = sparse::section(start, byte_classes, &rows)?;
    let length = |word: &Vec<char>| -> usize {
        let longest = |c: &char| alternatives(*c).map(char::len_utf8).max().unwrap_or(4);
        word.iter().map(longest).sum()
    };
    let bytes_max = words.iter().map(length).max()?;
    Some(Made { section, bytes_max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_engine::detect::automaton::{Automaton, Layout};
    use proptest::prelude::*;

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn accepts(made: &[Made], text: &str) -> bool {
        made.iter().any(|made| {
            let automaton = Automaton::parse(&made.section).expect("a section");
            automaton.accepts_all_of(text.as_bytes())
        })
    }

    #[test]
    fn words_are_found_whatever_their_case_and_marks() {
        let made = compile(&list(&["Bluefin", "operation sandbar", "Österreich", "Straße", "αβγ"]));
        let made = made.expect("words");
        for text in [
            "bluefin",
            "BLUEFIN",
            "BlueFin",
            "Operation Sandbar",
            "operation-sandbar",
            "OPERATION_SANDBAR",
            "operation\nsandbar",
            "österreich",
            "ÖSTERREICH",
            "Osterreich",
            "straße",
            "STRASSE",
            "ΑΒΓ",
        ] {
            assert!(accepts(&made, text), "{text}");
        }
        for text in ["bluefins", "blue", "operation", "operationsandbar", "operation  sandbar", ""]
        {
            assert!(!accepts(&made, text), "{text}");
        }
    }

    #[test]
    fn what_is_no_word_is_told_with_its_place() {
        let long = "a".repeat(limits::CANDIDATE_BYTES_MAX + 1);
        let errors = compile(&list(&["fine", "x", "-a-", &long, " "])).expect_err("four");
        assert_eq!(errors.iter().map(|error| error.at).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(compile(&vec!["word".to_owned(); WORDS_MAX + 1]).is_err());
    }

    /// Words of three syllables and an ending, each once.
    fn made_up(count: usize) -> Vec<String> {
        const SYLLABLES: [&str; 24] = [
            "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so",
            "tu", "va", "we", "xi", "yo", "zu", "bra", "che", "sti", "plo",
        ];
        let word = |mut n: usize| {
            let mut word = String::new();
            // A step that has no divisor in common with the number of words mixes them.
            n = n * 7919 % (24 * 24 * 24 * 24);
            for _ in 0..4 {
                word.push_str(SYLLABLES[n % 24]);
                n /= 24;
            }
            word
        };
        (0..count).map(word).collect()
    }

    #[test]
    fn ten_thousand_words_are_one_section_that_fits() {
        let words = made_up(10_000);
        let made = compile(&words).expect("words");
        assert_eq!(made.len(), 1);
        let bytes = made[0].section.len();
        assert!(bytes < 256 * 1024, "{bytes} bytes");
        assert!(words.iter().all(|word| accepts(&made, word)));
        let others = made_up(12_000);
        let others = others[10_000..].iter().filter(|word| !words.contains(word));
        assert!(others.clone().count() > 1000 && others.clone().all(|word| !accepts(&made, word)));
        assert_eq!(compile(&words).expect("words")[0].section, made[0].section);
    }

    proptest! {
        #[test]
        fn a_damaged_section_is_refused_or_stays_in_bounds(
            cut in any::<prop::sample::Index>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            text in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let made = compile(&list(&["bluefin", "blueprint", "élan"])).expect("words");
            let whole = &made[0].section;
            prop_assert!(Layout::check(&whole[..cut.index(whole.len())]).is_err());
            let mut flipped = whole.clone();
            for (at, byte) in &flips {
                *at.get_mut(&mut flipped) = *byte;
            }
            if let Ok(automaton) = Automaton::parse(&flipped) {
                let _ = automaton.accepts_all_of(&text);
                automaton.first_bytes().count();
            }
            let layout = Layout::check(whole).expect("a section");
            let other = layout.view(&flipped[..cut.index(flipped.len())]);
            let _ = other.accepts_all_of(&text);
        }

        #[test]
        fn a_list_takes_its_words_and_no_others(
            words in prop::collection::btree_set("[a-cA-Cäß]{2,5}( [ab]{2})?", 1..20),
            text in "[a-cA-Cäß]{2,5}([ -][ab]{2})?",
        ) {
            let words: Vec<String> = words.into_iter().collect();
            let made = compile(&words).expect("words");
            let plain = |text: &str| text.to_lowercase().replace('-', " ");
            let marked = |text: &str| plain(text).replace('ß', "ss");
            let bare = |text: &str| plain(text).replace('ä', "a");
            let fits = |word: &String| {
                let text = plain(&text);
                text == plain(word) || text == marked(word) || text == bare(word)
            };
            prop_assert_eq!(accepts(&made, &text), words.iter().any(fits));
            prop_assert!(words.iter().all(|word| accepts(&made, word)));
        }
    }
}
