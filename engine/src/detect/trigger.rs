//! Works out where candidates of an automaton may begin: the most selective trigger that holds
//! for every text that the automaton takes. For the compiler; a scan only uses what came of it.

use super::automaton::{Automaton, DEAD, State};
use crate::limits;
use crate::model::{Border, Trigger, Triggers};
use alloc::vec::Vec;

/// How many first bytes each trigger looks at.
pub(crate) const DIGIT_SOON: usize = 10;
pub(crate) const DIGIT_NEAR: usize = 3;
pub(crate) const COLON_SOON: usize = 5;
pub(crate) const DIGITS: usize = 7;
pub(crate) const CAPITALS: usize = 6;
pub(crate) const LONG_WORD: usize = 16;
pub(crate) const SCHEME: usize = 24;
pub(crate) const DASHES: usize = 5;

/// What a first byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Digit,
    Letter,
    Other,
}

impl First {
    pub(crate) fn of(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' => Self::Digit,
            b'A'..=b'Z' | b'a'..=b'z' => Self::Letter,
            _ => Self::Other,
        }
    }
}

/// Whether a byte may stand between digits.
pub(crate) fn is_of_digits(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Whether a byte may stand in the local part of an address.
pub(crate) fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%' | b'+' | b'\'' | b'-' | b'.')
}

/// Whether a byte may stand in a long word.
pub(crate) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'#'..=b'&' | b'-'..=b'/' | b'!' | b'+' | b':' | b'=' | b'@' | b'_' | b'~')
}

/// The triggers of an automaton whose candidates have this border on the left and are as long.
#[must_use]
pub fn triggers(automaton: Automaton<'_>, left: Border, bytes_min: u16) -> Triggers {
    let of = |first: First| {
        let begin: Vec<State> = (0..=u8::MAX)
            .filter(|byte| First::of(*byte) == first)
            .map(|byte| automaton.step(automaton.start(), byte))
            .filter(|state| *state != DEAD)
            .collect();
        if begin.is_empty() {
            return Trigger::Never;
        }
        match left {
            Border::None if first != First::Other => return Trigger::Anywhere,
            Border::Assigned => return Trigger::Assigned,
            Border::Whole => return Trigger::Whole,
            _ => {}
        }
        let walk = Walk { automaton, first, bytes_min: usize::from(bytes_min) };
        let fits = |trigger: &&Trigger| walk.holds(**trigger);
        SELECTIVE_FIRST.iter().find(fits).copied().unwrap_or(Trigger::Begin)
    };
    Triggers { digit: of(First::Digit), letter: of(First::Letter), other: of(First::Other) }
}

const SELECTIVE_FIRST: [Trigger; 9] = [
    Trigger::Dashes,
    Trigger::Address,
    Trigger::Scheme,
    Trigger::LongWord,
    Trigger::Digits,
    Trigger::Capitals,
    Trigger::ColonSoon,
    Trigger::DigitNear,
    Trigger::DigitSoon,
];

struct Walk<'a> {
    automaton: Automaton<'a>,
    first: First,
    /// What is shorter is no candidate.
    bytes_min: usize,
}

impl Walk<'_> {
    /// Whether every candidate with such a first byte fulfils a trigger.
    fn holds(&self, trigger: Trigger) -> bool {
        let digit = |byte: u8| byte.is_ascii_digit();
        let any = |_: u8| true;
        match trigger {
            Trigger::Never | Trigger::Assigned | Trigger::Whole => false,
            Trigger::Anywhere | Trigger::Begin => true,
            Trigger::DigitSoon => self.meets(DIGIT_SOON, &digit, &any),
            Trigger::DigitNear => self.meets(DIGIT_NEAR, &digit, &any),
            Trigger::ColonSoon => self.meets(COLON_SOON, &|byte| byte == b':', &any),
            Trigger::Address => {
                self.meets(limits::CANDIDATE_BYTES_MAX, &|byte| byte == b'@', &is_local)
            }
            Trigger::Scheme => self.meets_scheme(),
            Trigger::Digits => self.runs(DIGITS, &is_of_digits),
            Trigger::Capitals => self
                .runs(CAPITALS, &|byte| byte.is_ascii_uppercase() || matches!(byte, b'<' | b' ')),
            Trigger::LongWord => self.runs(LONG_WORD, &is_of_word),
            Trigger::Dashes => self.runs(DASHES, &|byte| byte == b'-'),
        }
    }

    /// Whether the first `:` always comes among the first bytes, with `//` behind it.
    fn meets_scheme(&self) -> bool {
        let collect = |state: State, byte: u8| {
            let target = self.automaton.step(state, byte);
            (byte == b':' && target != DEAD).then_some(target)
        };
        let slash = |state: &State| {
            let others = (0..=u8::MAX).filter(|byte| *byte != b'/');
            let only = others.map(|byte| self.automaton.step(*state, byte)).all(|to| to == DEAD);
            (only && !self.automaton.accepts(*state)).then(|| self.automaton.step(*state, b'/'))
        };
        // Every `:` that may be the first, and so has nothing but a scheme before it.
        let firsts = self.before_colon();
        let firsts = firsts.iter().filter_map(|state| collect(*state, b':'));
        let behind: Option<Vec<State>> = firsts.map(|state| slash(&state)).collect();
        let behind = behind.and_then(|states| states.iter().map(slash).collect::<Option<Vec<_>>>());
        behind.is_some() && self.meets(SCHEME, &|byte| byte == b':', &|_| true)
    }

    /// The states before the first `:`.
    fn before_colon(&self) -> Vec<State> {
        let mut states = Vec::from([self.automaton.start()]);
        let mut at = 0;
        while let Some(state) = states.get(at).copied() {
            at += 1;
            for byte in (0..=u8::MAX).filter(|byte| *byte != b':') {
                let target = self.automaton.step(state, byte);
                if target != DEAD && !states.contains(&target) {
                    states.push(target);
                }
            }
        }
        states
    }

    /// Whether the first `count` bytes are always there and of a class.
    fn runs(&self, count: usize, class: &dyn Fn(u8) -> bool) -> bool {
        self.follow(count, count, &|byte| Some(class(byte))).is_some()
    }

    /// Whether a wanted byte always comes among the first `count`, with others of a class before.
    fn meets(&self, count: usize, wanted: &dyn Fn(u8) -> bool, class: &dyn Fn(u8) -> bool) -> bool {
        let goes_on = |byte: u8| if wanted(byte) { None } else { Some(class(byte)) };
        let left = self.follow(count, usize::MAX, &goes_on);
        // No candidate is so long that it could do without after the longest.
        left.is_some_and(|left| left.is_empty() || count >= limits::CANDIDATE_BYTES_MAX)
    }

    /// The states after `count` bytes, none of which ended the walk (`goes_on` says `None`).
    /// `None` where a byte leads on that should not, or a candidate ends within `least` bytes.
    fn follow(
        &self,
        count: usize,
        least: usize,
        goes_on: &dyn Fn(u8) -> Option<bool>,
    ) -> Option<Vec<State>> {
        let mut states = Vec::from([self.automaton.start()]);
        for depth in 0..count {
            let mut next: Vec<State> = Vec::new();
            for state in &states {
                for byte in 0..=u8::MAX {
                    let target = self.automaton.step(*state, byte);
                    if target == DEAD || (depth == 0 && First::of(byte) != self.first) {
                        continue;
                    }
                    match goes_on(byte) {
                        None => {}
                        Some(false) => return None,
                        Some(true)
                            if self.automaton.accepts(target)
                                && depth + 1 < least
                                && depth + 1 >= self.bytes_min =>
                        {
                            return None;
                        }
                        Some(true) if next.contains(&target) => {}
                        Some(true) => next.push(target),
                    }
                }
            }
            next.sort_unstable();
            if next == states && depth >= self.bytes_min {
                break;
            }
            states = next;
        }
        Some(states)
    }
}

#[cfg(test)]
mod tests {
    use super::super::automaton::Parts;
    use super::*;

    /// An automaton for texts of these classes, one after another.
    fn section(classes: &[&[u8]]) -> Vec<u8> {
        let mut byte_classes = [0; 256];
        let mut all: Vec<u8> = classes.concat();
        all.sort_unstable();
        all.dedup();
        for (class, byte) in (1..).zip(&all) {
            byte_classes[usize::from(*byte)] = class;
        }
        let mut transitions = std::vec![std::vec![DEAD; all.len() + 1]; classes.len() + 2];
        for (n, class) in classes.iter().enumerate() {
            for byte in *class {
                let target = State::try_from(n + 2).expect("few");
                transitions[n + 1][usize::from(byte_classes[usize::from(*byte)])] = target;
            }
        }
        let accepting = (0..transitions.len()).map(|n| n == classes.len() + 1).collect();
        Parts { start: 1, byte_classes, accepting, transitions }.write().expect("a section")
    }

    fn of(classes: &[&[u8]]) -> Triggers {
        let section = section(classes);
        triggers(Automaton::parse(&section).expect("an automaton"), Border::Word, 1)
    }

    #[test]
    fn the_most_selective_trigger_that_holds_is_taken() {
        let digit: &[u8] = b"0123456789";
        assert_eq!(of(&[digit; 7]).digit, Trigger::Digits);
        assert_eq!(of(&[digit; 6]).digit, Trigger::DigitNear);
        assert_eq!(of(&[digit; 6]).letter, Trigger::Never);
        assert_eq!(of(&[b"ab", b"AB", b"3"]).letter, Trigger::DigitNear);
        assert_eq!(of(&[b"ab", b"AB", b"c", b"3"]).letter, Trigger::DigitSoon);
        assert_eq!(of(&[&b"a"[..]; 9]).letter, Trigger::Begin);
        assert_eq!(of(&[&b"a"[..]; 16]).letter, Trigger::LongWord);
        assert_eq!(of(&[&b"AZ"[..]; 6]).letter, Trigger::Capitals);
        assert_eq!(of(&[b"a1", b":", b"x"]).letter, Trigger::ColonSoon);
        assert_eq!(of(&[b"a", b".", b"@", b"b"]).letter, Trigger::Address);
        assert_eq!(of(&[&b"-"[..]; 5]).other, Trigger::Dashes);
        assert_eq!(of(&[b"+", b"1"]).other, Trigger::DigitNear);
        assert_eq!(of(&[b"+", b"x"]).other, Trigger::Begin);
    }

    #[test]
    fn what_may_begin_within_a_word_may_begin_anywhere() {
        let section = section(&[&b"123"[..]; 8]);
        let automaton = Automaton::parse(&section).expect("an automaton");
        assert_eq!(triggers(automaton, Border::None, 1).digit, Trigger::Anywhere);
    }
}
