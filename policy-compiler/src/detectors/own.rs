//! A policy's own detectors: a pattern or a list of words, made into sections with their borders
//! and triggers. Knows no category and no other detector.

use super::{Ask, OwnError, Sought, plain, triggers};
use crate::automaton::{self, Edge};
use crate::words;
use cofferdam_engine::detect::automaton::Automaton;
use cofferdam_engine::limits;
use cofferdam_engine::model::{Border, Trigger, Triggers, Validator};

/// Names of checks of digits alone, beside those of the built-in detectors.
const SCHEMES: [(&str, Validator); 4] = [
    ("luhn", Validator::Luhn),
    ("verhoeff", Validator::Verhoeff),
    ("mod11_10", Validator::Mod1110),
    ("mod97_10", Validator::Mod9710),
];

/// One section of what is sought.
pub(super) struct Made {
    pub(super) section: Vec<u8>,
    pub(super) left: Border,
    pub(super) right: Border,
    pub(super) triggers: Triggers,
    pub(super) bytes_max: u16,
}

impl Sought {
    /// Its sections.
    pub(super) fn made(&self) -> Result<Vec<Made>, Vec<OwnError>> {
        let error = |at, message, help| OwnError { own: 0, in_near: false, at, message, help };
        let in_pattern =
            |found: automaton::PatternError| error(found.at, found.message, found.help);
        let in_words = |found: words::WordError| {
            error(found.at..found.at + 1, found.message, Some(found.help.to_owned()))
        };
        match self {
            Self::Pattern(pattern) => match automaton::bounded(pattern) {
                Ok(made) => Ok(vec![of_pattern(made)]),
                Err(found) => Err(found.into_iter().map(in_pattern).collect()),
            },
            Self::Words(words) => match words::compile(words) {
                Ok(made) => Ok(made.into_iter().map(of_words).collect()),
                Err(found) => Err(found.into_iter().map(in_words).collect()),
            },
        }
    }
}

/// A candidate that begins or ends with a letter or digit must do so where a word does; one that
/// begins with a digit must not go on a longer number.
fn of_pattern(made: automaton::Made) -> Made {
    let left = match made.left {
        _ if made.first.iter().any(u8::is_ascii_digit) => Border::Number,
        Edge::Letters => Border::Letters,
        Edge::Plain if made.first.iter().any(u8::is_ascii_alphabetic) => Border::Word,
        Edge::Plain => Border::None,
    };
    let right = match made.right {
        Edge::Letters => Border::Letters,
        Edge::Plain if made.last.iter().any(u8::is_ascii_alphanumeric) => Border::Word,
        Edge::Plain => Border::None,
    };
    let bytes_max = made.bytes_max.and_then(|length| u16::try_from(length).ok());
    let ask = Ask { left, validator: Validator::Structure, bytes_min: 1 };
    let triggers = triggers(&made.section, ask);
    Made { section: made.section, left, right, triggers, bytes_max: bytes_max.unwrap_or(1) }
}

/// Nothing is common to all words of a list, so they are looked for wherever a word begins.
fn of_words(made: words::Made) -> Made {
    let first: Vec<u8> = Automaton::parse(&made.section)
        .map(|automaton| automaton.first_bytes().collect())
        .unwrap_or_default();
    let begin = |is: fn(&u8) -> bool| match first.iter().any(is) {
        true => Trigger::Begin,
        false => Trigger::Never,
    };
    let triggers = Triggers {
        digit: begin(u8::is_ascii_digit),
        letter: begin(u8::is_ascii_alphabetic),
        other: begin(|byte| !byte.is_ascii_alphanumeric()),
    };
    let bytes_max = u16::try_from(made.bytes_max).unwrap_or(u16::MAX);
    let (left, right) = (Border::Letters, Border::Letters);
    Made { section: made.section, left, right, triggers, bytes_max }
}

/// What is wrong with the words that a policy asks for near a candidate.
pub(super) fn wrong_near(own: usize, near: &[String]) -> Vec<OwnError> {
    let most = limits::CONTEXT_WORD_BYTES_MAX;
    let lengths = near.iter().map(|word| plain(word).len()).enumerate();
    let wrong = lengths.filter(|(_, length)| !(1..=most).contains(length));
    let error = |(at, length): (usize, usize)| OwnError {
        own,
        in_near: true,
        at: at..at + 1,
        message: format!("`near` has a word of {length} letters, not 1 to {most}"),
        help: Some("use whole words, such as `patient`".to_owned()),
    };
    wrong.map(error).collect()
}

/// The check of this name: a scheme of check digits, or what a built-in detector or category is
/// checked by.
#[must_use]
pub fn validator_named(name: &str) -> Option<Validator> {
    let scheme = SCHEMES.iter().find(|(scheme, _)| *scheme == name).map(|(_, found)| *found);
    let mut checked = super::builtin().filter(|row| row.validator != Validator::Structure);
    scheme.or_else(|| {
        checked.find(|row| row.name == name || row.category == name).map(|row| row.validator)
    })
}

/// The names of all checks.
pub fn validator_names() -> impl Iterator<Item = &'static str> {
    let checked = super::builtin().filter(|row| row.validator != Validator::Structure);
    let schemes = SCHEMES.iter().map(|(scheme, _)| *scheme);
    schemes.chain(checked.flat_map(|row| [row.category, row.name]))
}
