//! What the detectors of a blob begin with: for all of those that are looked for together, which
//! triggers, bytes, prefixes and words there are. Made once, for all texts alike.

use super::automaton::{Automaton, DEAD, State};
use super::filter::Filter;
use super::marks::Sight;
use super::near::SHORT_BYTES;
use super::planes::{Row, wide};
use super::simd::{BLOCK_BYTES, Block, Set};
use super::trigger::First;
use crate::model::{Border, Detector, Trigger};
use alloc::vec::Vec;

/// A set of triggers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TriggerSet(u32);

impl TriggerSet {
    pub(crate) const ALL: Self = Self(u32::MAX);

    pub(crate) fn has(self, trigger: Trigger) -> bool {
        self.0 & bit(trigger) != 0
    }

    pub(crate) fn insert(&mut self, trigger: Trigger) {
        self.0 |= bit(trigger);
    }

    /// The numbers of its triggers, or `all` in place of them where it has all.
    pub(crate) fn numbers(self, all: usize) -> impl Iterator<Item = usize> {
        let mut left =
            if self == Self::ALL { 1_u32.checked_shl(bits(all)).unwrap_or(0) } else { self.0 };
        core::iter::from_fn(move || {
            let n = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            usize::try_from(n).ok()
        })
    }

    /// Its triggers, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = Trigger> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let n = usize::try_from(left.trailing_zeros()).ok()?;
            left &= left.wrapping_sub(1);
            Trigger::ALL.get(n).copied()
        })
    }
}

fn bits(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn bit(trigger: Trigger) -> u32 {
    u32::try_from(trigger.index()).ok().and_then(|n| 1u32.checked_shl(n)).unwrap_or(0)
}

/// Most bytes that are looked for one by one.
const BYTES_MAX: usize = 12;

/// A few bytes.
#[derive(Clone, Debug, Default)]
struct Few {
    list: Vec<u8>,
    set: Set,
}

impl Few {
    fn has_any(&self, bytes: &[u8]) -> bool {
        self.list.iter().any(|byte| bytes.contains(byte))
    }

    fn bits(&self, block: &Block) -> u64 {
        match self.list.as_slice() {
            [] => 0,
            [one] => block.is(*one),
            _ => block.among(&self.set),
        }
    }
}

/// What some detectors begin with.
#[derive(Clone, Debug)]
pub(crate) struct Beginnings {
    set: TriggerSet,
    needs: Needs,
    /// Whether a long candidate may begin without an operator before it.
    is_far: bool,
    /// By trigger, whether some detector begins so with a digit, a letter, another byte.
    firsts: [[bool; 3]; Trigger::ALL.len()],
    /// Letters with which detectors begin whose trigger there is `Begin`, if they are few.
    letters: Option<Few>,
    /// Other bytes that detectors begin with, but for those that a trigger of their own looks for;
    /// `None` when they are too many to look for.
    bytes: Option<Few>,
    /// The same of `DigitNear`.
    near: Option<Few>,
    /// What long words begin with.
    words: Starts,
    /// The same of `LongKey`.
    keys: Starts,
}

impl Beginnings {
    pub(crate) fn new() -> Self {
        Self {
            set: TriggerSet::default(),
            needs: Needs::default(),
            is_far: false,
            firsts: [[false; 3]; Trigger::ALL.len()],
            letters: Some(Few::default()),
            bytes: Some(Few::default()),
            near: Some(Few::default()),
            words: Starts::new(),
            keys: Starts::new(),
        }
    }

    /// Adds a detector.
    pub(crate) fn add(&mut self, detector: &Detector, automaton: Automaton<'_>) {
        let mut long = TriggerSet::default();
        for byte in automaton.first_bytes() {
            let first = First::of(byte);
            let trigger = detector.triggers.of(first);
            self.set.insert(trigger);
            long.insert(trigger);
            self.is_far |= usize::from(detector.bytes_max) > SHORT_BYTES
                && !matches!(trigger, Trigger::Assigned | Trigger::Whole);
            if let Some(firsts) = self.firsts.get_mut(trigger.index())
                && let Some(slot) = firsts.get_mut(first.index())
            {
                *slot = true;
            }
            match (first, trigger) {
                (First::Letter, Trigger::Begin) => add_byte(&mut self.letters, byte),
                (First::Digit | First::Letter, _) => {}
                (
                    First::Other,
                    Trigger::Dashes
                    | Trigger::Address
                    | Trigger::Assigned
                    | Trigger::Whole
                    | Trigger::Groups
                    | Trigger::TildeSoon,
                ) => {}
                (First::Other, Trigger::DigitNear) => add_byte(&mut self.near, byte),
                (First::Other, _) => add_byte(&mut self.bytes, byte),
            }
        }
        if long.has(Trigger::LongWord) {
            self.words.add(detector, automaton);
        }
        if long.has(Trigger::LongKey) {
            self.keys.add(detector, automaton);
        }
    }

    /// Looks for what tells whether these detectors have anything to look at, too.
    pub(crate) fn tell_of(&mut self, others: &Self) {
        self.needs = Needs::of(self, others);
    }

    pub(crate) fn has(&self, trigger: Trigger) -> bool {
        self.set.has(trigger)
    }

    pub(crate) fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Whether some detector with this trigger begins with a digit, a letter, another byte.
    pub(crate) fn firsts(&self, trigger: Trigger) -> [bool; 3] {
        self.firsts.get(trigger.index()).copied().unwrap_or_default()
    }

    /// Other bytes in a block that detectors begin with.
    pub(crate) fn others(&self, block: &Block, words: u64) -> u64 {
        among(self.bytes.as_ref(), block, words)
    }

    /// The same of `DigitNear`.
    pub(crate) fn near_digits(&self, block: &Block, words: u64) -> u64 {
        among(self.near.as_ref(), block, words)
    }

    /// Letters in a block that detectors begin with whose trigger is `Begin`.
    pub(crate) fn starters(&self, block: &Block, letters: u64) -> u64 {
        match &self.letters {
            Some(bytes) => bytes.bits(block),
            None => letters,
        }
    }

    /// Takes back marks of long words that begin like none that a detector looks for.
    pub(crate) fn refine(&self, row: &mut Row, sight: &Sight<'_>, text: &[u8], ended: bool) {
        for (trigger, starts) in [(Trigger::LongWord, &self.words), (Trigger::LongKey, &self.keys)]
        {
            let marked = row.of(trigger);
            if marked != 0 {
                row.keep(trigger, starts.among(marked, sight, text, ended));
            }
        }
    }
}

/// What has to be known of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Needs {
    /// Whether no detector begins with one of `,` `.` `'`, the space or an end of line, other than
    /// where a trigger of its own looks for it.
    pub(super) plain: bool,
    pub(super) numbers: bool,
    pub(super) words: bool,
    pub(super) keys: bool,
    pub(super) capitals: bool,
    pub(super) colons: bool,
    pub(super) slashes: bool,
    pub(super) dashes: bool,
    pub(super) tildes: bool,
    pub(super) starters: bool,
    pub(super) operators: bool,
    /// What is only needed to tell whether others have anything to look at.
    pub(super) tells: bool,
    pub(super) tells_always: bool,
    pub(super) tells_words: bool,
    pub(super) tells_capitals: bool,
    pub(super) tells_operators: bool,
    /// Whether what may be so long that words far behind count begins without an operator.
    pub(super) tells_far: bool,
}

impl Needs {
    fn of(own: &Beginnings, others: &Beginnings) -> Self {
        let any = |of: &Beginnings, wanted: &[Trigger]| wanted.iter().any(|t| of.has(*t));
        let numbers = [Trigger::Number, Trigger::ShortNumber, Trigger::LetterNumber];
        let words = [Trigger::LongWord, Trigger::LongKey, Trigger::Code];
        let capitals = [
            Trigger::Capitals,
            Trigger::CapitalSoon,
            Trigger::CapitalCode,
            Trigger::CapitalWord,
            Trigger::NumberCode,
        ];
        let in_capitals = [Trigger::Capitals, Trigger::CapitalWord];
        let always = [
            Trigger::Anywhere,
            Trigger::Begin,
            Trigger::Groups,
            Trigger::Pairs,
            Trigger::TildeSoon,
            Trigger::Dashes,
        ];
        let dashes = [Trigger::Pairs, Trigger::Dashes, Trigger::LongKey, Trigger::NumberCode];
        let unlisted = |few: &Option<Few>| few.as_ref().is_some_and(|few| !few.has_any(b" \n,.'"));
        Self {
            plain: unlisted(&own.bytes) && unlisted(&own.near),
            numbers: any(own, &numbers),
            words: any(own, &words) || any(others, &words),
            keys: own.has(Trigger::LongKey),
            capitals: any(own, &capitals) || any(others, &in_capitals),
            colons: any(own, &[Trigger::Groups, Trigger::Scheme, Trigger::Pairs]),
            slashes: own.has(Trigger::Scheme),
            dashes: any(own, &numbers) || any(own, &dashes),
            tildes: own.has(Trigger::TildeSoon),
            starters: own.has(Trigger::Begin),
            operators: own.has(Trigger::Assigned) || others.has(Trigger::Assigned),
            tells: others.set != TriggerSet::default(),
            tells_always: any(others, &always),
            tells_words: any(others, &words),
            tells_capitals: any(others, &in_capitals),
            tells_operators: others.has(Trigger::Assigned),
            tells_far: others.is_far,
        }
    }
}

/// These bytes in a block; all that are not of a word if there is no list.
fn among(bytes: Option<&Few>, block: &Block, words: u64) -> u64 {
    match bytes {
        Some(bytes) => bytes.bits(block),
        None => !(words | block.is(b' ')),
    }
}

/// Adds a byte to those that are looked for, unless they become too many.
fn add_byte(list: &mut Option<Few>, byte: u8) {
    if let Some(bytes) = list
        && !bytes.list.contains(&byte)
    {
        bytes.list.push(byte);
        bytes.set = Set::of(&bytes.list);
        if bytes.list.len() > BYTES_MAX || !byte.is_ascii() {
            *list = None;
        }
    }
}

/// Bytes of a prefix.
const PREFIX: usize = 3;
/// Most prefixes of one detector that are listed.
const PREFIXES_MAX: usize = 96;
/// Words as long as this are all alike.
const WORD_MAX: usize = 127;

/// What long words begin with that a detector may find: the first three bytes, hashed, or how many
/// letters and digits come first.
#[derive(Clone, Debug)]
struct Starts {
    prefixes: Filter<64>,
    /// By the first byte. Bit n: a word of n letters and digits; the highest bit: a longer one.
    lengths: Vec<u128>,
}

impl Starts {
    fn new() -> Self {
        Self { prefixes: Filter::new(), lengths: alloc::vec![0; 128] }
    }

    fn add(&mut self, detector: &Detector, automaton: Automaton<'_>) {
        let classes = Classes::of(automaton);
        let mut prefixes = Vec::new();
        if classes.prefixes(automaton, &mut prefixes) {
            for prefix in prefixes {
                self.prefixes.insert(number(prefix));
            }
        } else {
            for (state, bytes) in classes.leads(automaton, automaton.start()) {
                let lengths = classes.lengths(automaton, state, detector);
                for byte in bytes {
                    let lengths = if byte.is_ascii_alphanumeric() { lengths } else { u128::MAX };
                    if let Some(slot) = self.lengths.get_mut(usize::from(*byte)) {
                        *slot |= lengths;
                    }
                }
            }
        }
    }

    /// Those of the marked positions of a block at which such a word may begin.
    fn among(&self, marked: u64, sight: &Sight<'_>, text: &[u8], ended: bool) -> u64 {
        let words = wide(sight.now.words(), sight.next.words());
        let at = sight.block * BLOCK_BYTES;
        let (mut left, mut kept) = (marked, 0);
        while left != 0 {
            let bit = left.trailing_zeros();
            let lowest = left & left.wrapping_neg();
            left ^= lowest;
            let begin = at + usize::try_from(bit).unwrap_or(0);
            let length = (!(words >> bit)).trailing_zeros();
            let Some(prefix_at) = text.get(begin..).and_then(|rest| rest.first_chunk::<PREFIX>())
            else {
                kept |= if ended { 0 } else { lowest };
                continue;
            };
            let known = self.prefixes.may_have(number(*prefix_at));
            let first = prefix_at.first().copied().unwrap_or(0);
            let lengths = self.lengths.get(usize::from(first)).copied().unwrap_or(0);
            // A word that goes on where nothing is seen may be of any length.
            let unseen = length + bit >= 128;
            let fits = lengths >> length.min(127) & 1 == 1 || (unseen && lengths != 0);
            kept |= if known || fits { lowest } else { 0 };
        }
        kept
    }
}

fn number(prefix: [u8; PREFIX]) -> u32 {
    let [a, b, c] = prefix;
    u32::from_be_bytes([0, a, b, c])
}

/// The bytes of an automaton by class.
struct Classes {
    bytes: Vec<Vec<u8>>,
}

impl Classes {
    fn of(automaton: Automaton<'_>) -> Self {
        Self { bytes: automaton.bytes_by_class() }
    }

    /// The states that a state leads to, and by which bytes.
    fn leads(
        &self,
        automaton: Automaton<'_>,
        state: State,
    ) -> impl Iterator<Item = (State, &[u8])> {
        self.bytes.iter().filter_map(move |bytes| {
            let target = automaton.step(state, *bytes.first()?);
            (target != DEAD).then_some((target, bytes.as_slice()))
        })
    }

    /// Lists what candidates begin with; false when that is too much.
    fn prefixes(&self, automaton: Automaton<'_>, out: &mut Vec<[u8; PREFIX]>) -> bool {
        let mut partial: Vec<(State, [u8; PREFIX])> = Vec::from([(automaton.start(), [0; PREFIX])]);
        for n in 0..PREFIX {
            let mut next = Vec::new();
            for (state, prefix) in &partial {
                for (target, bytes) in self.leads(automaton, *state) {
                    if next.len() + bytes.len() > PREFIXES_MAX {
                        return false;
                    }
                    for byte in bytes {
                        let mut longer = *prefix;
                        if let Some(slot) = longer.get_mut(n) {
                            *slot = *byte;
                        }
                        next.push((target, longer));
                    }
                }
            }
            partial = next;
        }
        out.extend(partial.into_iter().map(|(_, prefix)| prefix));
        true
    }

    /// How many letters and digits candidates begin with whose first byte led to this state.
    fn lengths(&self, automaton: Automaton<'_>, state: State, detector: &Detector) -> u128 {
        let open = detector.right == Border::None;
        let mut lengths = 0_u128;
        let mut states: Vec<State> = Vec::from([state]);
        for length in 1..WORD_MAX {
            let mut next = Vec::new();
            for state in &states {
                let ends = automaton.accepts(*state) && length >= usize::from(detector.bytes_min);
                if ends && open {
                    return lengths | u128::MAX << length;
                }
                lengths |= if ends { 1 << length } else { 0 };
                for (target, bytes) in self.leads(automaton, *state) {
                    if bytes.iter().any(|byte| !byte.is_ascii_alphanumeric()) {
                        lengths |= 1 << length;
                    }
                    let within = bytes.iter().any(u8::is_ascii_alphanumeric);
                    if within && !next.contains(&target) {
                        next.push(target);
                    }
                }
            }
            states = next;
        }
        if states.is_empty() { lengths } else { lengths | 1 << WORD_MAX }
    }
}
