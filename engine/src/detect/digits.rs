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
pub(crate) struct Beginnings {
    /// For each length the classes that a candidate goes on with; all, where it may end there.
    /// Empty for an automaton that is always tried.
    classes: Vec<u32>,
}

impl Beginnings {
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
