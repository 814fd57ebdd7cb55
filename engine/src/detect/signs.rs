//! Signs that a text has, and that candidates cannot do without: a digit, an `@`.
//! Tells that nothing can be found, never that something is.

use super::automaton::{Automaton, DEAD};

/// Bytes of which one sign is made; a byte belongs to one sign at most.
const SIGNS: [&[u8]; 6] = [b"0123456789", b"@", b".", b":", b"-", b"+"];

/// The sign of each byte, as a bit.
static SIGN_OF: [u8; 256] = {
    let mut table = [0; 256];
    let mut sign = 0;
    while sign < SIGNS.len() {
        let mut at = 0;
        while at < SIGNS[sign].len() {
            table[SIGNS[sign][at] as usize] = 1 << sign;
            at += 1;
        }
        sign += 1;
    }
    table
};

/// A set of signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs(u8);

impl Signs {
    /// The signs of a text.
    pub(crate) fn of(text: &[u8]) -> Self {
        let sign = |byte: &u8| SIGN_OF.get(usize::from(*byte)).copied().unwrap_or(0);
        Self(text.iter().fold(0, |signs, byte| signs | sign(byte)))
    }

    /// Whether all of some signs are there.
    pub(crate) fn hold(self, wanted: Self) -> bool {
        wanted.0 & !self.0 == 0
    }
}

/// The signs without which an automaton accepts nothing.
pub(crate) fn needed(automaton: Automaton<'_>) -> Signs {
    let mut needed = 0;
    for (sign, bytes) in SIGNS.iter().enumerate() {
        if !accepts_without(automaton, bytes) {
            needed |= 1 << sign;
        }
    }
    Signs(needed)
}

/// Whether an accepting state can be reached without these bytes.
fn accepts_without(automaton: Automaton<'_>, without: &[u8]) -> bool {
    let bytes = automaton.representatives(without);
    let mut seen = alloc::vec![false; usize::from(automaton.states())];
    let mut left = alloc::vec![automaton.start()];
    while let Some(state) = left.pop() {
        if automaton.accepts(state) {
            return true;
        }
        for byte in &bytes {
            let next = automaton.step(state, *byte);
            let Some(seen) = seen.get_mut(usize::from(next)) else { continue };
            if next != DEAD && !core::mem::replace(seen, true) {
                left.push(next);
            }
        }
    }
    false
}
