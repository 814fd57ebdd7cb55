//! An anchored automaton over bytes, used in place from a section of a blob.
//! Every number in a section is checked once; stepping afterwards checks nothing twice and cannot
//! fail. Never copies a transition.
//!
//! ```text
//!   0  states        2  little endian, like every number here; state 0 is dead
//!   2  start         2
//!   4  classes       2  1 to 256; the highest bit is set where only ASCII has classes
//!   6  byte classes  256, one a byte; 128 where only ASCII has classes, and others are of class 0
//!   .  accepting     one bit a state, least significant first, whole bytes
//!   .  transitions   2 each: states times classes
//! ```
//!
//! Of many states that lead on by a byte or two, as in a list of words, the rows lie over each
//! other. The number of classes is 0 there, and in place of the transitions stand
//!
//! ```text
//!   .  entries count 4
//!   .  rows          3 each state: the entry of its class 0, or 0xFFFFFF without any
//!   .  entries       3 each: class, and target 2; of another class than asked for, it leads nowhere
//! ```

use super::sift::shape::kind;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// A state. 0 is dead: nothing follows.
pub type State = u16;

/// The dead state.
pub const DEAD: State = 0;

const CLASSES_AT: usize = 6;
/// In the number of classes: only ASCII has classes of its own.
const ASCII: u16 = 1 << 15;
/// The row of a state that leads nowhere.
const NO_ROW: [u8; 3] = [0xFF; 3];

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
    /// 0 where rows lie over each other.
    classes: usize,
    start: State,
    accepting_at: usize,
    transitions_at: usize,
    /// Where entries begin; where transitions end, without any.
    entries_at: usize,
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
        let classes = number(4)?;
        let accepting_at = CLASSES_AT + if classes & ASCII == 0 { 256 } else { 128 };
        let classes = usize::from(classes & !ASCII);
        if classes == 0 {
            return Self::check_sparse(section, states, start, accepting_at);
        }
        if classes > 256 {
            return Err(AutomatonErrorKind::Class.into());
        }
        let map = section.get(CLASSES_AT..accepting_at).ok_or(AutomatonErrorKind::Length)?;
        if map.iter().any(|class| usize::from(*class) >= classes) {
            return Err(AutomatonErrorKind::Class.into());
        }
        let transitions_at = accepting_at + usize::from(states).div_ceil(8);
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
        Self { states, classes, start, accepting_at, transitions_at, entries_at: end }
            .checked(section)
    }

    fn check_sparse(
        section: &[u8],
        states: u16,
        start: State,
        accepting_at: usize,
    ) -> Result<Self, AutomatonError> {
        let count_at = accepting_at + usize::from(states).div_ceil(8);
        let count = section.get(count_at..count_at + 4).and_then(|bytes| bytes.try_into().ok());
        let count = u32::from_le_bytes(count.ok_or(AutomatonErrorKind::Length)?);
        let count = usize::try_from(count).map_err(|_| AutomatonErrorKind::Length)?;
        let transitions_at = count_at + 4;
        let entries_at = transitions_at + usize::from(states) * 3;
        let end = count.checked_mul(3).and_then(|bytes| bytes.checked_add(entries_at));
        if end != Some(section.len()) {
            return Err(AutomatonErrorKind::Length.into());
        }
        let rows = section.get(transitions_at..entries_at).ok_or(AutomatonErrorKind::Length)?;
        let entries = section.get(entries_at..).ok_or(AutomatonErrorKind::Length)?;
        let (rows, _) = rows.as_chunks::<3>();
        let (entries, _) = entries.as_chunks::<3>();
        // Dead is a state that leads nowhere, and class 0 is of bytes that do not.
        if start >= states
            || rows.first() != Some(&NO_ROW)
            || entries.iter().any(|[_, low, high]| u16::from_le_bytes([*low, *high]) >= states)
        {
            return Err(AutomatonErrorKind::State.into());
        }
        Self { states, classes: 0, start, accepting_at, transitions_at, entries_at }
            .checked(section)
    }

    fn checked(self, section: &[u8]) -> Result<Self, AutomatonError> {
        let (layout, start) = (self, self.start);
        let automaton = layout.view(section);
        // Accepting dead ends and empty candidates would make a scan report nothing as something.
        if automaton.accepts(DEAD) || automaton.accepts(start) {
            return Err(AutomatonErrorKind::Empty.into());
        }
        Ok(layout)
    }

    /// The automaton over the bytes that were checked.
    #[must_use]
    #[inline]
    pub fn view<'s>(&self, section: &'s [u8]) -> Automaton<'s> {
        // PERF: one cut after the other, so that each asks one question.
        let (_, rest) = section.split_at_checked(CLASSES_AT).unwrap_or_default();
        let map_bytes = self.accepting_at.saturating_sub(CLASSES_AT);
        let (map, rest) = rest.split_at_checked(map_bytes).unwrap_or_default();
        let accepting_bytes = self.transitions_at.saturating_sub(self.accepting_at);
        let (accepting, rest) = rest.split_at_checked(accepting_bytes).unwrap_or_default();
        let rows = match self.classes {
            0 => {
                let rows_bytes = self.entries_at.saturating_sub(self.transitions_at);
                let (rows, entries) = rest.split_at_checked(rows_bytes).unwrap_or_default();
                Rows::Sparse { rows: rows.as_chunks().0, entries: entries.as_chunks().0 }
            }
            classes => Rows::Dense { classes, transitions: rest.as_chunks().0 },
        };
        Automaton { start: self.start, states: self.states, map, accepting, rows }
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
    states: u16,
    map: &'s [u8],
    accepting: &'s [u8],
    rows: Rows<'s>,
}

/// The bytes of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    /// Those of ASCII, the lower half first.
    ascii: [u64; 2],
    /// Whether there are others.
    pub(crate) high: bool,
    /// Whether there are some that only stand within a character (RFC 3629, section 3).
    pub(crate) tail: bool,
    /// Their kinds.
    pub(crate) kinds: u32,
}

impl Class {
    /// Those of ASCII.
    pub(crate) fn ascii(&self) -> u128 {
        let [low, high] = self.ascii;
        u128::from(high) << 64 | u128::from(low)
    }

    #[inline(always)]
    fn low_half(&mut self, byte: u8) {
        let [low, _] = &mut self.ascii;
        *low |= 1 << byte;
    }

    #[inline(always)]
    fn high_half(&mut self, byte: u8) {
        let [_, high] = &mut self.ascii;
        *high |= 1 << (byte - 0x40);
    }

    #[inline(always)]
    fn beyond(&mut self, byte: u8) {
        self.high = true;
        self.tail |= matches!(byte, 0x80..=0xBF);
    }
}

/// Where states lead.
#[derive(Clone, Copy)]
enum Rows<'s> {
    Dense { classes: usize, transitions: &'s [[u8; 2]] },
    Sparse { rows: &'s [[u8; 3]], entries: &'s [[u8; 3]] },
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
    #[inline]
    pub fn step(&self, state: State, byte: u8) -> State {
        let class = self.map.get(usize::from(byte)).copied().unwrap_or(0);
        match self.rows {
            Rows::Dense { classes, transitions } => {
                let at = usize::from(state) * classes + usize::from(class);
                transitions.get(at).map_or(DEAD, |target| u16::from_le_bytes(*target))
            }
            Rows::Sparse { rows, entries } => lead(rows, entries, state, class),
        }
    }

    /// Reads a part of a text from a state on as long as something may follow: the last state but the
    /// dead one, where the first byte stands that was not taken, and whether that led nowhere.
    /// `seen` is given each end at which a whole candidate was read, but for those behind which a
    /// letter or digit stands, where these are not `IN_WORDS`.
    #[inline]
    pub(crate) fn read<const IN_WORDS: bool>(
        &self,
        from: State,
        text: &[u8],
        part: Range<usize>,
        seen: impl FnMut(usize),
    ) -> (State, usize, bool) {
        match self.rows {
            // PERF: what is asked in each step is told once.
            Rows::Dense { classes, transitions } => {
                let map = self.map;
                let step = |state: State, byte: u8| {
                    let class = map.get(usize::from(byte)).copied().unwrap_or(0);
                    let at = usize::from(state) * classes + usize::from(class);
                    transitions.get(at).map_or(DEAD, |target| u16::from_le_bytes(*target))
                };
                self.read_by::<IN_WORDS>(step, from, text, part, seen)
            }
            Rows::Sparse { .. } => {
                let step = |state: State, byte: u8| self.step(state, byte);
                self.read_by::<IN_WORDS>(step, from, text, part, seen)
            }
        }
    }

    #[inline(always)]
    fn read_by<const IN_WORDS: bool>(
        &self,
        step: impl Fn(State, u8) -> State,
        from: State,
        text: &[u8],
        part: Range<usize>,
        mut seen: impl FnMut(usize),
    ) -> (State, usize, bool) {
        let (mut state, mut at) = (from, part.start);
        for byte in text.get(part).unwrap_or_default() {
            let next = step(state, *byte);
            if next == DEAD {
                return (state, at, true);
            }
            state = next;
            at += 1;
            // PERF: that is asked for less than whether the state accepts.
            let within = !IN_WORDS && text.get(at).is_some_and(u8::is_ascii_alphanumeric);
            if !within && self.accepts(state) {
                seen(at);
            }
        }
        (state, at, false)
    }

    /// The class of a byte: all bytes of one class are treated alike.
    #[must_use]
    pub fn class(&self, byte: u8) -> usize {
        self.map.get(usize::from(byte)).copied().unwrap_or(0).into()
    }

    /// Whether what was read up to this state is a whole candidate.
    #[must_use]
    #[inline]
    pub fn accepts(&self, state: State) -> bool {
        let byte = self.accepting.get(usize::from(state) / 8).copied().unwrap_or(0);
        byte >> (state % 8) & 1 == 1
    }

    /// How many states there are, the dead one too.
    #[must_use]
    pub fn states(&self) -> u16 {
        self.states
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

    /// The bytes of each class, by its number.
    // PERF: this is done for each automaton when a blob is loaded.
    pub(crate) fn classes(&self) -> Vec<Class> {
        let count = self.map.iter().max().map_or(0, |last| usize::from(*last) + 1);
        let none = Class { ascii: [0; 2], high: false, tail: false, kinds: 0 };
        let mut classes: Vec<Class> = alloc::vec![none; count];
        let mut byte = 0_u8;
        for class in self.map {
            if let Some(class) = classes.get_mut(usize::from(*class)) {
                class.kinds |= 1 << kind(byte);
                match byte {
                    0..0x40 => class.low_half(byte),
                    0x40..0x80 => class.high_half(byte),
                    0x80.. => class.beyond(byte),
                }
            }
            byte = byte.wrapping_add(1);
        }
        // Where only ASCII has classes, all others are of class 0.
        if let Some(class) = classes.first_mut().filter(|_| self.map.len() <= 0x80) {
            class.kinds |= 1 << kind(0x80);
            class.beyond(0x80);
        }
        classes
    }

    /// Where a state leads by each class by which it leads anywhere.
    #[inline]
    pub(crate) fn leads(&self, state: State, classes: usize, mut to: impl FnMut(usize, State)) {
        match self.rows {
            Rows::Dense { classes, transitions } => {
                let row = transitions.get(usize::from(state) * classes..).unwrap_or_default();
                for (class, target) in row.iter().take(classes).enumerate() {
                    let target = u16::from_le_bytes(*target);
                    if target != DEAD {
                        to(class, target);
                    }
                }
            }
            Rows::Sparse { rows, entries } => {
                for class in 0..classes {
                    let target = lead(rows, entries, state, u8::try_from(class).unwrap_or(0));
                    if target != DEAD {
                        to(class, target);
                    }
                }
            }
        }
    }

    /// Whether this byte may stand in a candidate.
    pub(crate) fn takes(&self, byte: u8) -> bool {
        (0..self.states()).any(|state| self.step(state, byte) != DEAD)
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

/// Where a state leads by a class, of rows that lie over each other.
#[inline(always)]
fn lead(rows: &[[u8; 3]], entries: &[[u8; 3]], state: State, class: u8) -> State {
    let [low, middle, high] = rows.get(usize::from(state)).copied().unwrap_or(NO_ROW);
    let row = u32::from_le_bytes([low, middle, high, 0]);
    let at = usize::try_from(row).unwrap_or(usize::MAX);
    match entries.get(at.saturating_add(usize::from(class))) {
        Some([of, low, high]) if *of == class => u16::from_le_bytes([*low, *high]),
        _ => DEAD,
    }
}

/// The parts of an automaton whose rows lie over each other, ready to be written as a section.
#[derive(Clone, Debug)]
pub struct SparseParts {
    /// The state before the first byte.
    pub start: State,
    /// The class of each byte; 0 for those that lead nowhere.
    pub byte_classes: [u8; 256],
    /// Whether each state accepts; state 0 is dead.
    pub accepting: Vec<bool>,
    /// For each state the entry of its class 0, if it leads anywhere.
    pub rows: Vec<Option<u32>>,
    /// Class and target.
    pub entries: Vec<(u8, State)>,
}

impl SparseParts {
    /// Writes a section. The same parts give the same bytes.
    ///
    /// # Errors
    /// When [`Layout::check`] would refuse it, or a row begins further on than can be written.
    pub fn write(&self) -> Result<Vec<u8>, AutomatonError> {
        let states = u16::try_from(self.rows.len()).map_err(|_| AutomatonErrorKind::State)?;
        let count = u32::try_from(self.entries.len()).map_err(|_| AutomatonErrorKind::Length)?;
        let mut section = Vec::new();
        let map = short(&self.byte_classes);
        for number in [states, self.start, if map.len() < 256 { ASCII } else { 0 }] {
            section.extend_from_slice(&number.to_le_bytes());
        }
        section.extend_from_slice(map);
        write_accepting(&self.accepting, &mut section);
        section.extend_from_slice(&count.to_le_bytes());
        for row in &self.rows {
            let [low, middle, high, rest] = row.unwrap_or(0x00FF_FFFF).to_le_bytes();
            if rest != 0 || (row.is_some() && [low, middle, high] == NO_ROW) {
                return Err(AutomatonErrorKind::Length.into());
            }
            section.extend_from_slice(&[low, middle, high]);
        }
        for (class, target) in &self.entries {
            section.push(*class);
            section.extend_from_slice(&target.to_le_bytes());
        }
        Layout::check(&section)?;
        Ok(section)
    }
}

/// The classes of bytes, without those beyond ASCII where all of these are of class 0.
fn short(byte_classes: &[u8; 256]) -> &[u8] {
    let (ascii, others) = byte_classes.split_at(128);
    if others.iter().all(|class| *class == 0) { ascii } else { byte_classes }
}

fn write_accepting(accepting: &[bool], section: &mut Vec<u8>) {
    for bits in accepting.chunks(8) {
        let byte = bits.iter().rev().fold(0, |byte: u8, bit| byte << 1 | u8::from(*bit));
        section.push(byte);
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
        // What is of the same class as what is not ASCII changes places with class 0.
        let high = self.byte_classes.last().copied().unwrap_or(0);
        let swapped = |class: u8| match class {
            0 => high,
            _ if class == high => 0,
            _ => class,
        };
        let byte_classes = self.byte_classes.map(swapped);
        let map = short(&byte_classes);
        let mut section = Vec::new();
        for number in [states, self.start, classes | if map.len() < 256 { ASCII } else { 0 }] {
            section.extend_from_slice(&number.to_le_bytes());
        }
        section.extend_from_slice(map);
        write_accepting(&self.accepting, &mut section);
        for targets in &self.transitions {
            for class in (0..targets.len()).filter_map(|class| u8::try_from(class).ok()) {
                let target = targets.get(usize::from(swapped(class))).copied().unwrap_or(DEAD);
                section.extend_from_slice(&target.to_le_bytes());
            }
        }
        Layout::check(&section)?;
        Ok(section)
    }
}
