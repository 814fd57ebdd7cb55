//! What the detectors of a blob begin with: which triggers and bytes there are. Made once, for all
//! texts alike.

use crate::detect::border::left_fits;
use crate::detect::sift::shape::Shape;
use crate::detect::simd::{Block, Classes, Set};
use crate::detect::trigger::{self, First};
use crate::model::{Border, Detector, Trigger};
use alloc::vec::Vec;

/// Most bytes that are looked for one by one.
const BYTES_MAX: usize = 12;

/// Bytes of plain text beside letters and digits: the space, and a class that takes a few others for
/// `,` `.` `'` and ends of lines.
const PLAIN: &[u8] = b" ,.'*\n\x07\x0c\x0e";

/// The lower and the higher halves of bytes: digits, letters in two classes, the space, what may
/// stand in a long word in two classes that take some other signs as well, `PLAIN` but the space,
/// and room for letters that detectors begin with.
const CLASSES: [[u16; 2]; 8] = [
    [0x03FF, 1 << 3],
    [0xFFFE, 1 << 4 | 1 << 6],
    [0x07FF, 1 << 5 | 1 << 7],
    [1, 1 << 2],
    [0xFC7A, 1 << 2 | 1 << 3],
    [1 | 1 << 14 | 1 << 15, 1 << 4 | 1 << 5 | 1 << 7],
    [1 << 7 | 1 << 10 | 1 << 12 | 1 << 14, 1 | 1 << 2],
    [0, 0],
];

/// A few bytes.
#[derive(Clone, Debug, Default)]
struct Few {
    list: Vec<u8>,
    set: Set,
    /// Whether the first bytes of characters outside ASCII are among them.
    high: bool,
    /// And whether the others are.
    tail: bool,
}

impl Few {
    fn has_any(&self, bytes: &[u8]) -> bool {
        self.list.iter().any(|byte| bytes.contains(byte))
    }

    #[inline]
    fn bits(&self, block: &Block) -> u64 {
        let listed = match self.list.as_slice() {
            [] => 0,
            [one] => block.is(*one),
            _ => block.among(&self.set),
        };
        match (self.high, self.tail) {
            (false, _) => listed,
            (true, false) => listed | block.leads(),
            (true, true) => listed | block.high(),
        }
    }
}

/// What detectors begin with.
#[derive(Clone, Debug)]
pub(crate) struct Beginnings {
    /// One bit for each trigger.
    triggers: u16,
    /// Whether a detector that begins at `Begin` begins with a digit.
    digits: bool,
    /// Letters with which such detectors begin, if they are few.
    letters: Option<Few>,
    /// Other bytes with which they begin, the same way.
    signs: Option<Few>,
    /// Other bytes that other detectors begin with, but for those that a trigger of their own looks
    /// for; `None` when they are too many to look for.
    others: Option<Few>,
    /// Those of them that may stand right behind a word.
    behind_words: Option<Few>,
    /// Whether what begins at `Begin` with a letter has a whole word of [`trigger::BEGIN_WORD`].
    long_words: bool,
    /// Whether none of these stands in plain text.
    is_plain: bool,
    classes: Classes,
    /// Whether something may begin with a digit behind a digit and `.` or `-`.
    joins: bool,
}

impl Beginnings {
    pub(crate) fn new() -> Self {
        let few = || Some(Few::default());
        let (letters, signs, others) = (few(), few(), few());
        let classes = Classes::new(CLASSES);
        Self {
            triggers: 0,
            digits: false,
            letters,
            signs,
            others,
            behind_words: few(),
            long_words: true,
            is_plain: true,
            classes,
            joins: false,
        }
    }

    /// Adds a detector.
    pub(crate) fn add(&mut self, detector: &Detector, shape: &Shape) {
        for byte in shape.first_bytes() {
            let first = First::of(byte);
            let trigger = detector.triggers.of(first);
            let Some(index) = trigger.index() else { continue };
            if first == First::Digit && index < Trigger::OFTEN && !self.joins {
                let fits = |before: &[u8; 2]| left_fits(detector.left, before, 0, 2);
                self.joins = [b"0.", b"0-"].into_iter().any(fits);
            }
            self.triggers |= 1 << index;
            match (first, trigger) {
                (First::Digit, Trigger::Begin) => self.digits = true,
                (First::Letter, Trigger::Begin) => {
                    let length = usize::try_from(shape.lengths.trailing_zeros()).unwrap_or(0);
                    self.long_words &= length >= trigger::BEGIN_WORD;
                    add_byte(&mut self.letters, byte, shape);
                }
                (First::Other, Trigger::Begin) => add_byte(&mut self.signs, byte, shape),
                (First::Digit | First::Letter, _)
                | (
                    First::Other,
                    Trigger::Dashes
                    | Trigger::Address
                    | Trigger::Assigned
                    | Trigger::Groups
                    | Trigger::Tilde,
                ) => {}
                (First::Other, _) => {
                    add_byte(&mut self.others, byte, shape);
                    if detector.left == Border::None {
                        add_byte(&mut self.behind_words, byte, shape);
                    }
                }
            }
        }
    }

    /// Works out how blocks are told, once all detectors are there.
    pub(crate) fn finish(&mut self) {
        let plain = |few: &Option<Few>| few.as_ref().is_some_and(|few| !few.has_any(PLAIN));
        self.is_plain = plain(&self.others) && plain(&self.signs);
        let mut halves = CLASSES;
        let [.., [low, high]] = &mut halves;
        let all = || (b'A'..=b'Z').chain(b'a'..=b'z').collect();
        let letters: Vec<u8> = self.letters.as_ref().map_or_else(all, |few| few.list.clone());
        for byte in letters {
            *low |= 1 << (byte % 16);
            *high |= 1 << (byte / 16);
        }
        self.classes = Classes::new(halves);
    }

    /// The classes that a block is told by.
    #[inline]
    pub(crate) fn classes(&self, block: &Block) -> [u64; 8] {
        block.classes(&self.classes)
    }

    pub(crate) fn has(&self, trigger: Trigger) -> bool {
        trigger.index().is_some_and(|index| self.triggers >> index & 1 == 1)
    }

    /// Whether something may begin with a digit behind a digit and `.` or `-`.
    #[inline]
    pub(crate) fn joins(&self) -> bool {
        self.joins
    }

    /// Whether none begins with one of `,` `.` `'`, the space or an end of line, other than where a
    /// trigger of its own looks for it.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Other bytes in a block that detectors begin with, but for those behind a word that need
    /// another place.
    #[inline]
    pub(crate) fn others(&self, block: &Block, words: u64) -> u64 {
        let others = among(self.others.as_ref(), block, words);
        // PERF: most hyphens stand within words.
        match others & words << 1 {
            0 => others,
            behind => others & !behind | behind & among(self.behind_words.as_ref(), block, words),
        }
    }

    /// Whether what begins at `Begin` with a letter begins with a long word.
    #[inline]
    pub(crate) fn begins_long(&self) -> bool {
        self.long_words
    }

    /// Whether detectors that begin at `Begin` begin with digits.
    pub(crate) fn starts_with_digits(&self) -> bool {
        self.digits
    }

    /// Other bytes in a block that they begin with.
    #[inline]
    pub(crate) fn signs(&self, block: &Block, words: u64) -> u64 {
        among(self.signs.as_ref(), block, words)
    }
}

/// These bytes in a block; all that are not of a word if there is no list.
#[inline]
fn among(bytes: Option<&Few>, block: &Block, words: u64) -> u64 {
    match bytes {
        Some(bytes) => bytes.bits(block),
        None => !(words | block.is(b' ')),
    }
}

/// Adds a byte to those that are looked for, unless they become too many.
fn add_byte(list: &mut Option<Few>, byte: u8, shape: &Shape) {
    let Some(bytes) = list else { return };
    if !byte.is_ascii() {
        bytes.high = true;
        bytes.tail |= shape.tail;
    } else if !bytes.list.contains(&byte) {
        bytes.list.push(byte);
        bytes.set = Set::of(&bytes.list);
        if bytes.list.len() > BYTES_MAX {
            *list = None;
        }
    }
}
