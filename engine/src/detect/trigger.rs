//! Works out where candidates of an automaton may begin: the most selective trigger that holds
//! for every text that the automaton takes. For the compiler; a scan only uses what came of it.

use super::automaton::{Automaton, DEAD, State};
use crate::limits;
use crate::model::{Border, Trigger, Triggers, Validator};
use alloc::vec::Vec;

/// How many first bytes each trigger looks at.
pub(crate) const DIGIT_NEAR: usize = 5;
pub(crate) const DIGIT_SOON: usize = 12;
pub(crate) const CAPITALS: usize = 5;
pub(crate) const LONG_WORD: usize = 16;
pub(crate) const ASSIGNED: usize = 6;
pub(crate) const TILDE_SOON: usize = 8;
pub(crate) const SCHEME: usize = 24;
pub(crate) const DASHES: usize = 5;
/// Letters and digits that what begins at `Begin` with a letter mostly begins with.
pub(crate) const BEGIN_WORD: usize = 5;
/// Bytes among which the `::` of an address of IPv6 begins that has no sixth `:` by then.
pub(crate) const COLONS_SOON: usize = 30;
/// Most bytes from one `:` of an address to the next.
pub(crate) const GROUP: usize = 5;

/// No trigger asks for the place of a byte behind this one.
const DEEPEST: usize = SCHEME;

/// What a first byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Digit,
    Letter,
    Other,
}

impl First {
    pub(crate) const fn of(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' => Self::Digit,
            b'A'..=b'Z' | b'a'..=b'z' => Self::Letter,
            _ => Self::Other,
        }
    }
}

impl Triggers {
    /// The trigger where a candidate begins so.
    pub(crate) fn of(&self, first: First) -> Trigger {
        match first {
            First::Digit => self.digit,
            First::Letter => self.letter,
            First::Other => self.other,
        }
    }
}

fn is_of_capitals(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'<' | b' ')
}

/// Whether a byte may stand in the local part of an address.
pub(crate) fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%' | b'+' | b'\'' | b'-' | b'.')
}

/// Whether a byte may stand in a long word.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&*+,-./:;<=>?@^_~".contains(&byte)
}

/// Whether a byte may stand in a scheme (RFC 3986, section 3.1).
fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// What of a detector is asked for its triggers, beside its automaton.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// What disqualifies on the left.
    pub left: Border,
    /// The exact check.
    pub validator: Validator,
    /// Shortest candidate, in bytes.
    pub bytes_min: u16,
}

/// The triggers of an automaton in such a detector.
#[must_use]
pub fn triggers(automaton: Automaton<'_>, ask: Ask) -> Triggers {
    let of = |first: First| {
        let begins = |byte: &u8| {
            First::of(*byte) == first && automaton.step(automaton.start(), *byte) != DEAD
        };
        if !(0..=u8::MAX).any(|byte| begins(&byte)) {
            return Trigger::Never;
        }
        match (ask.left, ask.validator) {
            (Border::None, _) if first != First::Other => return Trigger::Anywhere,
            (Border::Whole, _) => return Trigger::Whole,
            // What the automaton leaves to the check.
            (_, Validator::Ipv6) => return Trigger::Groups,
            (_, Validator::Mac) => return Trigger::Pairs,
            _ => {}
        }
        let walk = Walk { automaton, first, bytes_min: usize::from(ask.bytes_min) };
        if ask.left == Border::Assigned {
            let long = walk.runs(ASSIGNED, is_of_word);
            return if long { Trigger::Assigned } else { Trigger::Begin };
        }
        let fits = |trigger: &&Trigger| walk.holds(**trigger);
        SELECTIVE_FIRST.iter().find(fits).copied().unwrap_or(Trigger::Begin)
    };
    Triggers { digit: of(First::Digit), letter: of(First::Letter), other: of(First::Other) }
}

const SELECTIVE_FIRST: [Trigger; 7] = [
    Trigger::Dashes,
    Trigger::Address,
    Trigger::Scheme,
    Trigger::Tilde,
    Trigger::Capitals,
    Trigger::Long,
    Trigger::Digit,
];

struct Walk<'a> {
    automaton: Automaton<'a>,
    first: First,
    /// What is shorter is no candidate.
    bytes_min: usize,
}

/// What a byte means for a walk.
enum Verdict {
    /// The trigger holds, whatever follows.
    Good,
    Bad,
    /// It is not told yet; this was counted so far.
    Open(usize),
}

impl Walk<'_> {
    /// Whether every candidate with such a first byte fulfils a trigger.
    fn holds(&self, trigger: Trigger) -> bool {
        match trigger {
            Trigger::Never
            | Trigger::Assigned
            | Trigger::Whole
            | Trigger::Groups
            | Trigger::Pairs => false,
            Trigger::Anywhere | Trigger::Begin => true,
            Trigger::Digit => self.meets_digit(),
            Trigger::Tilde => self.meets(TILDE_SOON, |byte| *byte == b'~'),
            Trigger::Address => self.meets_at(),
            Trigger::Scheme => self.meets_scheme(),
            Trigger::Capitals => self.first == First::Letter && self.runs(CAPITALS, is_of_capitals),
            Trigger::Long => self.runs(LONG_WORD, is_of_word),
            Trigger::Dashes => self.runs(DASHES, |byte| byte == b'-'),
        }
    }

    /// Whether a digit always comes, as soon as the first byte asks for.
    fn meets_digit(&self) -> bool {
        self.all(&|capital, at, byte| {
            let capital = if at == 0 { usize::from(byte.is_ascii_uppercase()) } else { capital };
            let count = if capital == 1 { DIGIT_SOON } else { DIGIT_NEAR };
            match byte.is_ascii_digit() {
                true => Verdict::Good,
                false if at + 1 >= count => Verdict::Bad,
                false => Verdict::Open(capital),
            }
        })
    }

    /// Whether the first `count` bytes are always there and of a class.
    fn runs(&self, count: usize, class: impl Fn(u8) -> bool) -> bool {
        self.all(&|_, at, byte| match class(byte) {
            false => Verdict::Bad,
            true if at + 1 == count => Verdict::Good,
            true => Verdict::Open(0),
        })
    }

    /// Whether a wanted byte always comes among the first `count`.
    fn meets(&self, count: usize, wanted: impl Fn(&u8) -> bool) -> bool {
        self.all(&|_, at, byte| match wanted(&byte) {
            true => Verdict::Good,
            false if at + 1 == count => Verdict::Bad,
            false => Verdict::Open(0),
        })
    }

    /// Whether an `@` always comes, with nothing but bytes of a local part before.
    fn meets_at(&self) -> bool {
        self.all(&|_, _, byte| match byte {
            b'@' => Verdict::Good,
            _ if is_local(byte) => Verdict::Open(0),
            _ => Verdict::Bad,
        })
    }

    /// Whether all candidates with such a first byte come to a good verdict. `judge` is given what
    /// it counted, the place of a byte and the byte.
    fn all(&self, judge: &dyn Fn(usize, usize, u8) -> Verdict) -> bool {
        let mut open: Vec<(State, usize)> = Vec::from([(self.automaton.start(), 0)]);
        // A state that comes again deeper means the same where the verdict asks for no place.
        for at in 0..=limits::CANDIDATE_BYTES_MAX {
            let mut next: Vec<(State, usize)> = Vec::new();
            for (state, so_far) in &open {
                for byte in 0..=u8::MAX {
                    let target = self.automaton.step(*state, byte);
                    if target == DEAD || (at == 0 && First::of(byte) != self.first) {
                        continue;
                    }
                    match judge(*so_far, at, byte) {
                        Verdict::Good => {}
                        Verdict::Bad => return false,
                        Verdict::Open(so_far) => {
                            if self.automaton.accepts(target) && at + 1 >= self.bytes_min {
                                return false;
                            }
                            if !next.contains(&(target, so_far)) {
                                next.push((target, so_far));
                            }
                        }
                    }
                }
            }
            next.sort_unstable();
            if next.is_empty() || (next == open && at >= DEEPEST.max(self.bytes_min)) {
                return true;
            }
            open = next;
        }
        // No candidate is so long that it could do without after the longest.
        true
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
        let others = (0..=u8::MAX).filter(|byte| *byte != b':' && !is_of_scheme(*byte));
        let strays =
            |state: &State| others.clone().any(|byte| self.automaton.step(*state, byte) != DEAD);
        behind.is_some()
            && self.meets(SCHEME, |byte| *byte == b':')
            && !self.before_colon().iter().any(strays)
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

    fn ask(left: Border) -> Ask {
        Ask { left, validator: Validator::Structure, bytes_min: 1 }
    }

    fn of(classes: &[&[u8]]) -> Triggers {
        let section = section(classes);
        triggers(Automaton::parse(&section).expect("an automaton"), ask(Border::Number))
    }

    #[test]
    fn the_most_selective_trigger_that_holds_is_taken() {
        let digit: &[u8] = b"0123456789";
        let (small, capital): (&[u8], &[u8]) = (b"ab", b"AB");
        assert_eq!(of(&[digit; 5]).digit, Trigger::Digit);
        assert_eq!(of(&[digit; 5]).letter, Trigger::Never);
        assert_eq!(of(&[digit; 16]).digit, Trigger::Long);
        assert_eq!(of(&[digit, b" ", small, small, small]).digit, Trigger::Digit);
        assert_eq!(of(&[small, small, small, small, digit]).letter, Trigger::Digit);
        assert_eq!(of(&[small, small, small, small, small, digit]).letter, Trigger::Begin);
        assert_eq!(of(&[capital, small, small, small, digit]).letter, Trigger::Digit);
        assert_eq!(of(&[b"aA", small, small, small, small, digit]).letter, Trigger::Begin);
        assert_eq!(of(&[capital, capital, digit]).letter, Trigger::Digit);
        assert_eq!(of(&[&b"A1"[..]; 11]).letter, Trigger::Capitals);
        assert_eq!(of(&[&b"A1"[..]; 5]).letter, Trigger::Capitals);
        assert_eq!(of(&[&b"AZ "[..]; 5]).letter, Trigger::Capitals);
        assert_eq!(of(&[&b"AZ "[..]; 5]).other, Trigger::Begin);
        assert_eq!(of(&[&b"a"[..]; 9]).letter, Trigger::Begin);
        assert_eq!(of(&[&b"a"[..]; 16]).letter, Trigger::Long);
        assert_eq!(of(&[b"a", b".", b"@", b"b"]).letter, Trigger::Address);
        assert_eq!(of(&[b"a", b".", b"~", b"b"]).letter, Trigger::Tilde);
        assert_eq!(of(&[&b"-"[..]; 5]).other, Trigger::Dashes);
        assert_eq!(of(&[b"+", b"1"]).other, Trigger::Digit);
        assert_eq!(of(&[b"+", b"x"]).other, Trigger::Begin);
    }

    #[test]
    fn what_may_begin_within_a_word_may_begin_anywhere() {
        let section = section(&[&b"123"[..]; 8]);
        let automaton = Automaton::parse(&section).expect("an automaton");
        assert_eq!(triggers(automaton, ask(Border::None)).digit, Trigger::Anywhere);
    }
}
