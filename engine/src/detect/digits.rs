//! What may come of a run of digits: most detectors cannot begin with just that many.
//! Tells that a candidate cannot be, never that one is.

use super::automaton::{Automaton, DEAD, State};
use alloc::vec::Vec;

/// Longest run that is told apart.
const RUN_MAX: usize = 20;
/// Byte classes that are told apart; an automaton with more is always tried.
const CLASSES_MAX: usize = 32;

/// A run of digits and the byte behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DigitRun {
    length: usize,
    next: u8,
}

impl DigitRun {
    /// The run that begins at `at`, if it is short and the byte behind it is there.
    pub(crate) fn at(text: &[u8], at: usize) -> Option<Self> {
        let rest = text.get(at..)?;
        let length = rest.iter().take(RUN_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
        let next = *rest.get(length)?;
        (1..=RUN_MAX).contains(&length).then_some(Self { length, next })
    }
}

/// Which runs one automaton may begin with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    /// For each length the classes that a candidate goes on with; all, where it may end there.
    /// Empty for an automaton that is always tried.
    classes: Vec<u32>,
}

impl Runs {
    /// Works out what an automaton takes. It must not end where a digit follows: its border says
    /// so for all but those with none.
    pub(crate) fn of(automaton: Automaton<'_>) -> Self {
        let digits: Vec<u8> = (b'0'..=b'9').collect();
        let others = automaton.representatives(&digits);
        if others.iter().any(|byte| automaton.class(*byte) >= CLASSES_MAX) {
            return Self::default();
        }
        let mut classes = Vec::with_capacity(RUN_MAX);
        let mut states: Vec<State> = alloc::vec![automaton.start()];
        for _ in 0..RUN_MAX {
            let after = states.iter().flat_map(|state| {
                digits.iter().map(|digit| automaton.step(*state, *digit)).collect::<Vec<_>>()
            });
            let mut next: Vec<State> = Vec::new();
            for state in after {
                if state != DEAD && !next.contains(&state) {
                    next.push(state);
                }
            }
            states = next;
            let ends = states.iter().any(|state| automaton.accepts(*state));
            let goes_on =
                |byte: &&u8| states.iter().any(|state| automaton.step(*state, **byte) != DEAD);
            let alive = others.iter().filter(goes_on);
            let mask = alive.fold(0, |mask, byte| mask | 1 << automaton.class(*byte));
            classes.push(if ends { u32::MAX } else { mask });
        }
        Self { classes }
    }

    /// Whether a candidate may begin with this run.
    pub(crate) fn may_be(&self, automaton: Automaton<'_>, run: DigitRun) -> bool {
        let classes = run.length.checked_sub(1).and_then(|n| self.classes.get(n));
        classes.is_none_or(|mask| {
            let class = u32::try_from(automaton.class(run.next)).unwrap_or(u32::MAX);
            mask.checked_shr(class).is_none_or(|bits| bits & 1 == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::automaton::Parts;
    use super::*;

    /// Three digits, `-`, then two digits or more: states 1 to 7, the last two accept.
    fn section() -> Vec<u8> {
        let mut byte_classes = [0; 256];
        for byte in b'0'..=b'9' {
            byte_classes[usize::from(byte)] = 1;
        }
        byte_classes[usize::from(b'-')] = 2;
        let rows: [[State; 3]; 8] = [
            [0, 0, 0],
            [0, 2, 0],
            [0, 3, 0],
            [0, 4, 0],
            [0, 0, 5],
            [0, 6, 0],
            [0, 7, 0],
            [0, 7, 0],
        ];
        let transitions = rows.iter().map(|row| row.to_vec()).collect();
        let accepting = (0..8).map(|state| state >= 7).collect();
        Parts { start: 1, byte_classes, accepting, transitions }.write().expect("a section")
    }

    #[test]
    fn what_is_left_out_could_not_be() {
        let section = section();
        let automaton = Automaton::parse(&section).expect("an automaton");
        let runs = Runs::of(automaton);
        for length in 1..=RUN_MAX {
            for next in [b'-', b' ', b'a', 0xFF] {
                let run = (0..length).map(|_| b'7');
                let text: Vec<u8> = run.chain([next]).collect();
                let digits = DigitRun::at(&text, 0).expect("a run");
                let possible = length == 3 && next == b'-';
                assert_eq!(runs.may_be(automaton, digits), possible, "{length} {next}");
            }
        }
        // Where the run is too long, or the byte behind it is not there, all are tried.
        assert!(DigitRun::at(&[b'7'; RUN_MAX + 2], 0).is_none());
        assert!(DigitRun::at(b"777", 0).is_none());
        assert!(DigitRun::at(b"x", 0).is_none());
    }
}
