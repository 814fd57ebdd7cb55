//! Which detectors may find something at a position, told from its first bytes for all of them at
//! once: a bit for each detector, a row of bits for each byte at each place. A detector that is
//! left out could not have found anything there; one that is not may find nothing all the same.

use super::automaton::{Automaton, DEAD, State};
use super::marks::TriggerSet;
use super::trigger::First;
use crate::limits;
use crate::model::{Border, Detector, Trigger, Triggers};
use alloc::vec::Vec;

/// How many first bytes are looked at.
const DEPTH: usize = 14;
const TRIGGERS: usize = Trigger::ALL.len();
/// A row for each ASCII character, one for all others, one for the end of the text.
const ROWS: usize = 130;
const HIGH: usize = 128;
const END: usize = 129;
/// Words of bits that the most detectors take.
const WORDS_MAX: usize = limits::AUTOMATA_MAX / 64;

/// Detectors as bits.
pub(crate) type Bits = [u64; WORDS_MAX];

/// The rows of all detectors of a blob.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// Words of bits that these detectors take.
    words: usize,
    /// By place, byte, word.
    rows: Vec<u64>,
    /// By first byte, trigger, word.
    triggers: Vec<u64>,
}

impl Sieve {
    /// Without detectors.
    pub(crate) fn new(detectors: usize) -> Self {
        let words = detectors.div_ceil(64).min(WORDS_MAX);
        let triggers = alloc::vec![0; 3 * TRIGGERS * words];
        Self { words, rows: alloc::vec![0; DEPTH * ROWS * words], triggers }
    }

    /// Adds the detector with this number.
    pub(crate) fn add(&mut self, n: usize, detector: &Detector, automaton: Automaton<'_>) {
        let Triggers { digit, letter, other } = detector.triggers;
        for (first, trigger) in
            [(First::Digit, digit), (First::Letter, letter), (First::Other, other)]
        {
            let at = self.trigger_at(first, trigger);
            self.set(n, at, true);
        }
        let mut states: Vec<State> = alloc::vec![automaton.start()];
        let mut may_have_ended = false;
        for place in 0..DEPTH {
            if may_have_ended {
                (0..ROWS).for_each(|row| self.set_row(n, place, row));
                continue;
            }
            let ends = states.iter().any(|state| automaton.accepts(*state));
            let next = self.add_place(n, place, &states, automaton);
            if ends {
                let fits =
                    |byte: u8| detector.right == Border::None || !byte.is_ascii_alphanumeric();
                (0..=0x7f).filter(|byte| fits(*byte)).for_each(|byte| {
                    self.set_row(n, place, usize::from(byte));
                });
                self.set_row(n, place, HIGH);
                self.set_row(n, place, END);
            }
            may_have_ended = ends;
            states = next;
        }
    }

    /// Sets the rows of the bytes that lead on from some of these states; where they lead.
    fn add_place(
        &mut self,
        n: usize,
        place: usize,
        states: &[State],
        automaton: Automaton<'_>,
    ) -> Vec<State> {
        let mut next: Vec<State> = Vec::new();
        let mut leads = [false; 256];
        for byte in automaton.representatives(&[]) {
            for state in states {
                let target = automaton.step(*state, byte);
                if target == DEAD {
                    continue;
                }
                if let Some(leads) = leads.get_mut(automaton.class(byte)) {
                    *leads = true;
                }
                if !next.contains(&target) {
                    next.push(target);
                }
            }
        }
        for byte in 0..=u8::MAX {
            if leads.get(automaton.class(byte)).copied().unwrap_or(false) {
                self.set_row(n, place, usize::from(byte).min(HIGH));
            }
        }
        next
    }

    /// Detectors of these triggers that may find something in `text`, of which nothing is missing
    /// when it has `ended`. Leaves only those that were in `bits`.
    pub(crate) fn pass(&self, bits: &mut Bits, marked: TriggerSet, text: &[u8], ended: bool) {
        let Some(first) = text.first() else { return };
        let first = First::of(*first);
        let mut triggered: Bits = [0; WORDS_MAX];
        for trigger in Trigger::ALL.into_iter().filter(|trigger| marked.has(*trigger)) {
            let at = self.trigger_at(first, trigger);
            let row = self.triggers.get(at..at + self.words).unwrap_or_default();
            triggered.iter_mut().zip(row).for_each(|(to, from)| *to |= from);
        }
        let mut any = 0;
        for (to, from) in bits.iter_mut().zip(&triggered).take(self.words) {
            *to &= from;
            any |= *to;
        }
        for place in 0..DEPTH {
            if any == 0 {
                return;
            }
            let row = match text.get(place) {
                Some(byte) => usize::from(*byte).min(HIGH),
                None if ended => END,
                None => return,
            };
            let at = (place * ROWS + row) * self.words;
            let row = self.rows.get(at..at + self.words).unwrap_or_default();
            any = 0;
            for (to, from) in bits.iter_mut().zip(row) {
                *to &= from;
                any |= *to;
            }
            if place > 0 && text.len() == place {
                return;
            }
        }
    }

    fn trigger_at(&self, first: First, trigger: Trigger) -> usize {
        let first = match first {
            First::Digit => 0,
            First::Letter => 1,
            First::Other => 2,
        };
        (first * TRIGGERS + trigger.index()) * self.words
    }

    fn set_row(&mut self, n: usize, place: usize, row: usize) {
        self.set(n, (place * ROWS + row) * self.words, false);
    }

    fn set(&mut self, n: usize, at: usize, trigger: bool) {
        let table = if trigger { &mut self.triggers } else { &mut self.rows };
        if let Some(word) = table.get_mut(at + n / 64) {
            *word |= 1 << (n % 64);
        }
    }
}
