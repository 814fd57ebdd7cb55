//! An anchored automaton over bytes, used in place from a section of a blob.
//! Every number in a section is checked once; stepping afterwards checks nothing twice and cannot
//! fail. Never copies a transition.
//!
//! ```text
//!   0  states        2  little endian, like every number here; state 0 is dead
//!   2  start         2
//!   4  classes       2  1 to 256
//!   6  byte classes  256, one a byte
//! 262  accepting     one bit a state, least significant first, whole bytes
//!   .  transitions   2 each: states times classes
//! ```

use alloc::vec::Vec;
use core::fmt;

/// A state. 0 is dead: nothing follows.
pub type State = u16;

/// The dead state.
pub const DEAD: State = 0;

const CLASSES_AT: usize = 6;
const ACCEPTING_AT: usize = CLASSES_AT + 256;

/// Why bytes are no automaton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutomatonError {
    kind: AutomatonErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AutomatonErrorKind {
    Length,
    Class,
    State,
    Empty,
}

impl From<AutomatonErrorKind> for AutomatonError {
    fn from(kind: AutomatonErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for AutomatonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            AutomatonErrorKind::Length => "automaton is not as long as its header says",
            AutomatonErrorKind::Class => "automaton has a byte class outside its classes",
            AutomatonErrorKind::State => "automaton has a transition outside its states",
            AutomatonErrorKind::Empty => "automaton accepts the empty text",
        })
    }
}

impl core::error::Error for AutomatonError {}

/// Where the parts of a checked section are. Made only by [`Layout::check`]; it goes with the very
/// bytes that were checked, and with others it only finds nothing.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    states: u16,
    classes: usize,
    start: State,
    transitions_at: usize,
}

impl Layout {
    /// Checks a section, whole.
    ///
    /// # Errors
    /// When a number in it points outside of it.
    pub fn check(section: &[u8]) -> Result<Self, AutomatonError> {
        let number = |at: usize| -> Result<u16, AutomatonError> {
            let bytes = section.get(at..at + 2).ok_or(AutomatonErrorKind::Length)?;
            Ok(u16::from_le_bytes(bytes.try_into().map_err(|_| AutomatonErrorKind::Length)?))
        };
        let (states, start) = (number(0)?, number(2)?);
        let classes = usize::from(number(4)?);
        if classes == 0 || classes > 256 {
            return Err(AutomatonErrorKind::Class.into());
        }
        let map = section.get(CLASSES_AT..ACCEPTING_AT).ok_or(AutomatonErrorKind::Length)?;
        if map.iter().any(|class| usize::from(*class) >= classes) {
            return Err(AutomatonErrorKind::Class.into());
        }
        let transitions_at = ACCEPTING_AT + usize::from(states).div_ceil(8);
        let end = transitions_at + usize::from(states) * classes * 2;
        if section.len() != end {
            return Err(AutomatonErrorKind::Length.into());
        }
        let transitions = section.get(transitions_at..end).ok_or(AutomatonErrorKind::Length)?;
        let (targets, _) = transitions.as_chunks::<2>();
        let dead = targets.get(..classes).ok_or(AutomatonErrorKind::State)?;
        if start >= states
            || targets.iter().any(|target| u16::from_le_bytes(*target) >= states)
            || dead.iter().any(|target| u16::from_le_bytes(*target) != DEAD)
        {
            return Err(AutomatonErrorKind::State.into());
        }
        let layout = Self { states, classes, start, transitions_at };
        let automaton = layout.view(section);
        // Accepting dead ends and empty candidates would make a scan report nothing as something.
        if automaton.accepts(DEAD) || automaton.accepts(start) {
            return Err(AutomatonErrorKind::Empty.into());
        }
        Ok(layout)
    }

    /// The automaton over the bytes that were checked.
    #[must_use]
    pub fn view<'s>(&self, section: &'s [u8]) -> Automaton<'s> {
        Automaton {
            start: self.start,
            classes: self.classes,
            map: section.get(CLASSES_AT..ACCEPTING_AT).unwrap_or_default(),
            accepting: section.get(ACCEPTING_AT..self.transitions_at).unwrap_or_default(),
            transitions: section
                .get(self.transitions_at..)
                .map(|bytes| bytes.as_chunks::<2>().0)
                .unwrap_or_default(),
        }
    }

    /// How many states there are, the dead one too.
    #[must_use]
    pub fn states(&self) -> u16 {
        self.states
    }
}

/// An automaton over checked bytes.
#[derive(Clone, Copy)]
pub struct Automaton<'s> {
    start: State,
    classes: usize,
    map: &'s [u8],
    accepting: &'s [u8],
    transitions: &'s [[u8; 2]],
}

impl<'s> Automaton<'s> {
    /// Checks a section and looks at it.
    ///
    /// # Errors
    /// As [`Layout::check`].
    pub fn parse(section: &'s [u8]) -> Result<Self, AutomatonError> {
        Ok(Layout::check(section)?.view(section))
    }

    /// The state before the first byte.
    #[must_use]
    pub fn start(&self) -> State {
        self.start
    }

    /// The state after one more byte.
    #[must_use]
    pub fn step(&self, state: State, byte: u8) -> State {
        let class = self.map.get(usize::from(byte)).copied().unwrap_or(0);
        let at = usize::from(state) * self.classes + usize::from(class);
        self.transitions.get(at).map_or(DEAD, |target| u16::from_le_bytes(*target))
    }

    /// The class of a byte: all bytes of one class are treated alike.
    #[must_use]
    pub fn class(&self, byte: u8) -> usize {
        self.map.get(usize::from(byte)).copied().unwrap_or(0).into()
    }

    /// Whether what was read up to this state is a whole candidate.
    #[must_use]
    pub fn accepts(&self, state: State) -> bool {
        let byte = self.accepting.get(usize::from(state) / 8).copied().unwrap_or(0);
        byte >> (state % 8) & 1 == 1
    }

    /// How many states there are, the dead one too.
    #[must_use]
    pub fn states(&self) -> u16 {
        u16::try_from(self.transitions.len() / self.classes.max(1)).unwrap_or(u16::MAX)
    }

    /// One byte of each class, but none of these.
    #[must_use]
    pub fn representatives(&self, without: &[u8]) -> Vec<u8> {
        let mut seen = [false; 256];
        let bytes = (0..=u8::MAX).filter(|byte| !without.contains(byte));
        let new = bytes.filter(|byte| {
            let class = self.map.get(usize::from(*byte)).copied().unwrap_or(0);
            let seen = seen.get_mut(usize::from(class));
            seen.is_some_and(|seen| !core::mem::replace(seen, true))
        });
        new.collect()
    }

    /// The bytes that a candidate may begin with.
    pub fn first_bytes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|byte| self.step(self.start, *byte) != DEAD)
    }

    /// Whether the whole text is a candidate.
    #[must_use]
    pub fn accepts_all_of(&self, text: &[u8]) -> bool {
        self.accepts(text.iter().fold(self.start, |state, byte| self.step(state, *byte)))
    }
}

/// The parts of an automaton, ready to be written as a section.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The state before the first byte.
    pub start: State,
    /// The class of each byte.
    pub byte_classes: [u8; 256],
    /// Whether each state accepts; state 0 is dead.
    pub accepting: Vec<bool>,
    /// For each state one target a class.
    pub transitions: Vec<Vec<State>>,
}

impl Parts {
    /// Writes a section. The same parts give the same bytes.
    ///
    /// # Errors
    /// When [`Layout::check`] would refuse it.
    pub fn write(&self) -> Result<Vec<u8>, AutomatonError> {
        let states =
            u16::try_from(self.transitions.len()).map_err(|_| AutomatonErrorKind::State)?;
        let classes = self.transitions.first().map_or(0, Vec::len);
        let classes = u16::try_from(classes).map_err(|_| AutomatonErrorKind::Class)?;
        let mut section = Vec::new();
        for number in [states, self.start, classes] {
            section.extend_from_slice(&number.to_le_bytes());
        }
        section.extend_from_slice(&self.byte_classes);
        for bits in self.accepting.chunks(8) {
            let byte = bits.iter().rev().fold(0, |byte: u8, bit| byte << 1 | u8::from(*bit));
            section.push(byte);
        }
        for target in self.transitions.iter().flatten() {
            section.extend_from_slice(&target.to_le_bytes());
        }
        Layout::check(&section)?;
        Ok(section)
    }
}
