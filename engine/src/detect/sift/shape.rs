//! What candidates of a detector begin with: which bytes at which place, and how many letters and
//! digits. What has another shape is no candidate; what has this one may be none all the same.

use crate::detect::automaton::{Automaton, Class, State};
use crate::detect::bits::ones_of;
use crate::detect::trigger::First;
use crate::model::{Border, Detector};
use alloc::vec::Vec;

/// How many first bytes are looked at.
pub(crate) const DEPTH: usize = 14;
/// How many of them are told apart byte by byte.
pub(crate) const EXACT: usize = 4;
/// Kinds of bytes further on.
pub(crate) const KINDS: usize = 32;
/// Words as long as this are all alike.
pub(crate) const WORD_MAX: usize = 64;
/// Most states of one automaton that are followed.
const STATES_MAX: usize = 64;

/// The kind of each byte.
static KIND_OF: [u8; 256] = {
    let mut kinds = [0; 256];
    let (mut left, mut byte): (&mut [u8], u8) = (&mut kinds, 0);
    while let [kind, rest @ ..] = left {
        *kind = kind_of(byte);
        byte = byte.wrapping_add(1);
        left = rest;
    }
    kinds
};

/// What is no letter and no digit: bytes of ASCII, and kinds.
const SIGNS: (u128, u32) = {
    let (mut bytes, mut kinds, mut byte) = (0, 0, 0_u8);
    loop {
        if !byte.is_ascii_alphanumeric() {
            bytes |= if byte < 0x80 { 1 << byte } else { 0 };
            kinds |= 1 << kind_of(byte);
        }
        if byte == u8::MAX {
            break (bytes, kinds);
        }
        byte += 1;
    }
};

/// What the candidates of one detector begin with, or those of several.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// Their triggers, by their numbers.
    pub(crate) triggers: u16,
    /// By place, the bytes of ASCII.
    pub(crate) exact: [u128; EXACT],
    /// The places with other bytes.
    pub(crate) high: u16,
    /// Whether one may begin within a character.
    pub(crate) tail: bool,
    /// By place further on, the kinds of bytes.
    pub(crate) further: [u32; DEPTH - EXACT],
    /// The places at which the text may end.
    pub(crate) ends: u16,
    /// Bit n: as many letters and digits as n come first; the bit of `WORD_MAX`: more.
    pub(crate) lengths: u128,
}

/// What a shape is worked out from, but for triggers: detectors often have the same.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Basis {
    bytes_min: u16,
    /// Whether candidates end anywhere.
    open: bool,
}

/// The shapes that were worked out, by automaton.
#[derive(Default)]
pub(crate) struct Shapes {
    known: Vec<Option<(Basis, Shape)>>,
}

impl Shapes {
    /// The shape of a detector.
    // PERF: one of five detectors has the automaton of another.
    pub(crate) fn of(&mut self, detector: &Detector, automaton: Automaton<'_>) -> Shape {
        let basis = Basis { bytes_min: detector.bytes_min, open: detector.right == Border::None };
        let at = usize::from(detector.automaton);
        if self.known.len() <= at {
            self.known.resize(at + 1, None);
        }
        let mut shape = match self.known.get_mut(at) {
            Some(Some((known, shape))) if *known == basis => shape.clone(),
            slot => {
                let shape = Shape::read(basis, automaton);
                if let Some(slot) = slot {
                    *slot = Some((basis, shape.clone()));
                }
                shape
            }
        };
        let firsts = shape.first_bytes().map(First::of);
        let triggers = firsts.filter_map(|first| detector.triggers.of(first).index());
        shape.triggers = triggers.fold(0, |all, index| all | 1 << index);
        shape
    }
}

impl Shape {
    fn read(basis: Basis, automaton: Automaton<'_>) -> Self {
        let classes = automaton.classes();
        let mut shape = Self {
            triggers: 0,
            exact: [0; EXACT],
            high: 0,
            tail: false,
            further: [0; DEPTH - EXACT],
            ends: 0,
            lengths: lengths(basis, automaton, &classes),
        };
        let mut states: Vec<State> = Vec::from([automaton.start()]);
        let mut next: Vec<State> = Vec::new();
        let mut led = alloc::vec![false; classes.len()];
        for place in 0..DEPTH {
            for state in &states {
                automaton.leads(*state, classes.len(), |class, target| {
                    if let Some(led) = led.get_mut(class) {
                        *led = true;
                    }
                    next.push(target);
                });
            }
            for (led, class) in led.iter_mut().zip(&classes) {
                if core::mem::take(led) {
                    shape.add(place, class.ascii(), class.high, class.kinds);
                    shape.tail |= place == 0 && class.tail;
                }
            }
            let ends = place >= usize::from(basis.bytes_min)
                && states.iter().any(|state| automaton.accepts(*state));
            if ends {
                let (bytes, kinds) = if basis.open { (u128::MAX, u32::MAX) } else { SIGNS };
                shape.add(place, bytes, true, kinds);
                shape.ends |= 1 << place;
            }
            next.sort_unstable();
            next.dedup();
            core::mem::swap(&mut states, &mut next);
            next.clear();
            // Behind an end is anything, and beyond so many states nearly every byte leads on.
            if ends || states.len() > STATES_MAX {
                for place in place + 1..DEPTH {
                    shape.add(place, u128::MAX, true, u32::MAX);
                    shape.ends |= 1 << place;
                }
                break;
            }
        }
        shape
    }

    /// The bytes that candidates begin with; one of all those beyond ASCII.
    pub(crate) fn first_bytes(&self) -> impl Iterator<Item = u8> {
        let ascii = ones_of(self.exact.first().copied().unwrap_or(0));
        let ascii = ascii.filter_map(|byte| u8::try_from(byte).ok());
        ascii.chain((self.high & 1 == 1).then_some(u8::MAX))
    }

    fn add(&mut self, place: usize, ascii: u128, high: bool, kinds: u32) {
        match place.checked_sub(EXACT) {
            None => {
                if let Some(bytes) = self.exact.get_mut(place) {
                    *bytes |= ascii;
                }
                self.high |= u16::from(high) << place;
            }
            Some(further) => {
                if let Some(slot) = self.further.get_mut(further) {
                    *slot |= kinds;
                }
            }
        }
    }

    /// The shape of what has one of two.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.triggers |= other.triggers;
        both.exact.iter_mut().zip(&other.exact).for_each(|(to, from)| *to |= from);
        both.high |= other.high;
        both.tail |= other.tail;
        both.further.iter_mut().zip(&other.further).for_each(|(to, from)| *to |= from);
        both.ends |= other.ends;
        both.lengths |= other.lengths;
        both
    }
}

/// How many letters and digits candidates begin with.
fn lengths(basis: Basis, automaton: Automaton<'_>, classes: &[Class]) -> u128 {
    const WORDS: u128 = !SIGNS.0;
    let is_sign = |class: &Class| class.high || class.ascii() & SIGNS.0 != 0;
    // Whether each class has signs, and whether it has letters or digits.
    let has: Vec<(bool, bool)> =
        classes.iter().map(|class| (is_sign(class), class.ascii() & WORDS != 0)).collect();
    let mut lengths = 0_u128;
    let mut states: Vec<State> = Vec::from([automaton.start()]);
    let mut next: Vec<State> = Vec::new();
    for length in 0..WORD_MAX {
        let ends = length >= usize::from(basis.bytes_min)
            && states.iter().any(|state| automaton.accepts(*state));
        if ends && basis.open {
            return lengths | u128::MAX << length;
        }
        let mut may_end = ends;
        for state in &states {
            automaton.leads(*state, classes.len(), |class, target| {
                let (sign, word) = has.get(class).copied().unwrap_or((true, true));
                may_end |= sign;
                if word {
                    next.push(target);
                }
            });
        }
        lengths |= u128::from(may_end) << length;
        next.sort_unstable();
        next.dedup();
        if next.len() > STATES_MAX {
            return lengths | u128::MAX << length;
        }
        // What comes again goes on for ever.
        if next == states && length >= usize::from(basis.bytes_min) {
            return lengths | if may_end { u128::MAX << length } else { 1 << WORD_MAX };
        }
        core::mem::swap(&mut states, &mut next);
        next.clear();
        if states.is_empty() {
            return lengths;
        }
    }
    lengths | 1 << WORD_MAX
}

/// The kind of a byte.
#[inline]
pub(crate) fn kind(byte: u8) -> u8 {
    KIND_OF.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Digits and the signs that part them each for themselves, letters by what hex takes.
const fn kind_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'F' => 10,
        b'G'..=b'Z' => 11,
        b'a'..=b'f' => 12,
        b'g'..=b'z' => 13,
        b' ' => 14,
        b'-' => 15,
        b'.' => 16,
        b'/' => 17,
        b':' => 18,
        b'@' => 19,
        b'_' => 20,
        b'+' => 21,
        b'=' => 22,
        b'<' => 23,
        b'"' => 24,
        b'(' | b')' => 25,
        b',' | b';' => 26,
        0..=0x1f => 27,
        0x80.. => 28,
        _ => 29,
    }
}
