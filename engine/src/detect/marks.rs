//! Where in a text candidates may begin: one pass over 64 bytes at a time, without a branch on what
//! they are. A position that is not marked is none at which a scan could find anything, whatever
//! follows; a marked one may be nothing.

use super::simd::{BLOCK_BYTES, Block};
use super::trigger::{self, First};
use crate::limits;
use crate::model::Trigger;
use alloc::vec::Vec;

/// A set of triggers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TriggerSet(u16);

impl TriggerSet {
    pub(crate) const ALL: Self = Self(u16::MAX);

    pub(crate) fn has(self, trigger: Trigger) -> bool {
        self.0 & bit(trigger) != 0
    }

    /// The set with a trigger more, if it has that.
    pub(crate) fn with(mut self, trigger: Trigger, has: bool) -> Self {
        if has {
            self.insert(trigger);
        }
        self
    }

    pub(crate) fn insert(&mut self, trigger: Trigger) {
        self.0 |= bit(trigger);
    }
}

fn bit(trigger: Trigger) -> u16 {
    match trigger {
        Trigger::Never => 0,
        _ => u32::try_from(trigger.index()).ok().and_then(|n| 1u16.checked_shl(n)).unwrap_or(0),
    }
}

/// What the detectors of a blob begin with, for all texts alike.
#[derive(Clone, Debug)]
pub(crate) struct Beginnings {
    /// Triggers that some detector has where it begins with a digit.
    digit: TriggerSet,
    /// Triggers that some detector has where it begins with a letter.
    letter: TriggerSet,
    /// Letters with which detectors begin whose trigger there is `Begin`, if they are few.
    letters: Option<Vec<u8>>,
    /// Triggers that some detector has where it begins with another byte.
    other: TriggerSet,
    /// These other bytes, but for those that a trigger of their own looks for; `None` when they are too many
    /// to look for.
    bytes: Option<Vec<u8>>,
}

/// Most bytes that are looked for one by one.
const BYTES_MAX: usize = 12;

impl Beginnings {
    pub(crate) fn new() -> Self {
        let none = TriggerSet::default();
        let (letters, bytes) = (Some(Vec::new()), Some(Vec::new()));
        Self { digit: none, letter: none, letters, other: none, bytes }
    }

    /// Adds a byte that a detector begins with, and its trigger there.
    pub(crate) fn add(&mut self, byte: u8, trigger: Trigger) {
        match First::of(byte) {
            First::Digit => return self.digit.insert(trigger),
            First::Letter => {
                self.letter.insert(trigger);
                if trigger == Trigger::Begin {
                    add_byte(&mut self.letters, byte);
                }
                return;
            }
            First::Other => self.other.insert(trigger),
        }
        if matches!(
            trigger,
            Trigger::Dashes | Trigger::Address | Trigger::Assigned | Trigger::Whole
        ) {
            return;
        }
        add_byte(&mut self.bytes, byte);
    }

    fn has(&self, trigger: Trigger) -> bool {
        [self.digit, self.letter, self.other].iter().any(|set| set.has(trigger))
    }
}

/// Adds a byte to those that are looked for, unless they become too many.
fn add_byte(list: &mut Option<Vec<u8>>, byte: u8) {
    if let Some(bytes) = list
        && !bytes.contains(&byte)
    {
        bytes.push(byte);
        if bytes.len() > BYTES_MAX {
            *list = None;
        }
    }
}

/// Marks of 64 positions.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// Positions with any mark but the one of `Assigned`.
    any: u64,
    assigned: u64,
    /// Positions that are none within a word.
    begins: u64,
    anywhere: u64,
    begin: u64,
    digit_soon: u64,
    digit_near: u64,
    colon_soon: u64,
    digits: u64,
    capitals: u64,
    long_word: u64,
    scheme: u64,
    address: u64,
    dashes: u64,
}

/// The marks of one text, from some position on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    from: usize,
    rows: Vec<Row>,
}

/// What the bytes of a block are, one bit each.
#[derive(Clone, Copy, Debug)]
struct Planes {
    digits: u64,
    letters: u64,
    separators: u64,
    joiners: u64,
    capitals: u64,
    colons: u64,
    ats: u64,
    dashes: u64,
    others: u64,
    /// Letters that detectors begin with whose trigger is `Begin`.
    starters: u64,
    /// `=`, `:` and `>`.
    operators: u64,
    slashes: u64,
    /// What may stand between an operator and a value: spaces, quotes, a backslash.
    between: u64,
}

impl Planes {
    fn of(block: &Block, beginnings: &Beginnings) -> Self {
        let has = |trigger| beginnings.has(trigger);
        let (digits, letters) = (block.digits(), block.letters());
        let when = |wanted: bool, bits: &dyn Fn() -> u64| if wanted { bits() } else { 0 };
        let others = match &beginnings.bytes {
            Some(bytes) => bytes.iter().fold(0, |bits, byte| bits | block.is(*byte)),
            None => !(digits | letters | block.is(b' ')),
        };
        Self {
            digits,
            letters,
            separators: when(has(Trigger::Digits), &|| block.separators()),
            joiners: when(has(Trigger::LongWord), &|| block.joiners()),
            capitals: when(has(Trigger::Capitals), &|| block.capitals()),
            colons: when(has(Trigger::ColonSoon) || has(Trigger::Scheme), &|| block.is(b':')),
            slashes: when(has(Trigger::Scheme), &|| block.is(b'/')),
            ats: when(has(Trigger::Address), &|| block.is(b'@')),
            dashes: when(has(Trigger::Dashes), &|| block.is(b'-')),
            others,
            starters: when(has(Trigger::Begin), &|| match &beginnings.letters {
                Some(bytes) => bytes.iter().fold(0, |bits, byte| bits | block.is(*byte)),
                None => letters,
            }),
            operators: when(has(Trigger::Assigned), &|| block.operators()),
            between: when(has(Trigger::Assigned), &|| block.between()),
        }
    }

    /// What may follow the end of a text that has not ended: anything.
    const ANYTHING: Self = Self {
        digits: u64::MAX,
        letters: u64::MAX,
        separators: u64::MAX,
        joiners: u64::MAX,
        capitals: u64::MAX,
        colons: u64::MAX,
        ats: u64::MAX,
        dashes: u64::MAX,
        others: u64::MAX,
        starters: u64::MAX,
        operators: u64::MAX,
        slashes: u64::MAX,
        between: u64::MAX,
    };
    const NOTHING: Self = Self {
        digits: 0,
        letters: 0,
        separators: 0,
        joiners: 0,
        capitals: 0,
        colons: 0,
        ats: 0,
        dashes: 0,
        others: 0,
        starters: 0,
        operators: 0,
        slashes: 0,
        between: 0,
    };

    /// Up to `length` bytes of this, then the other.
    fn until(self, length: usize, then: Self) -> Self {
        let mask = u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n)).unwrap_or(0);
        let join = |one: u64, other: u64| one & !mask | other & mask;
        Self {
            digits: join(self.digits, then.digits),
            letters: join(self.letters, then.letters),
            separators: join(self.separators, then.separators),
            joiners: join(self.joiners, then.joiners),
            capitals: join(self.capitals, then.capitals),
            colons: join(self.colons, then.colons),
            ats: join(self.ats, then.ats),
            dashes: join(self.dashes, then.dashes),
            others: join(self.others, then.others),
            starters: join(self.starters, then.starters),
            slashes: join(self.slashes, then.slashes),
            operators: join(self.operators, then.operators),
            between: join(self.between, then.between),
        }
    }
}

/// 64 bits and the 64 behind them.
fn wide(now: u64, next: u64) -> u128 {
    u128::from(now) | u128::from(next) << 64
}

/// Of the first 64 positions those from which on `COUNT` bits are set.
fn run<const COUNT: usize>(bits: u128) -> u64 {
    let mut run = bits;
    let mut length = 1;
    while length * 2 <= COUNT {
        run &= run >> length;
        length *= 2;
    }
    if length < COUNT {
        run &= run >> (COUNT - length);
    }
    low(run)
}

/// Of the first 64 positions those with a bit set among the `COUNT` from there on.
fn soon<const COUNT: usize>(bits: u128) -> u64 {
    low(!u128::from(run::<COUNT>(!bits)))
}

fn low(bits: u128) -> u64 {
    u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX)
}

/// Positions behind an operator, with at most four characters between.
fn assigned(before: &Planes, now: &Planes) -> u64 {
    let operators = u128::from(before.operators) | u128::from(now.operators) << 64;
    let between = u128::from(before.between) | u128::from(now.between) << 64;
    let mut behind = operators << 1;
    let mut all = behind;
    for _ in 0..4 {
        behind = (behind & between) << 1;
        all |= behind;
    }
    low(all >> 64)
}

impl Row {
    /// The first `length` of the 64 positions of `now`; `begins` are those within no word.
    fn new(
        before: &Planes,
        now: &Planes,
        next: &Planes,
        begins: u64,
        length: usize,
        beginnings: &Beginnings,
    ) -> Self {
        let short = u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n));
        let begins = begins & !short.unwrap_or(0);
        let base = |trigger| {
            let with = |set: TriggerSet, bits: u64| if set.has(trigger) { bits } else { 0 };
            let first = with(beginnings.digit, now.digits)
                | with(beginnings.letter, now.letters)
                | with(beginnings.other, now.others);
            begins & first
        };
        // PERF: what no detector wants is not worked out.
        let with = |trigger, bits: &dyn Fn() -> u64| match base(trigger) {
            0 => 0,
            base => base & bits(),
        };
        let anywhere = if beginnings.has(Trigger::Anywhere) { !short.unwrap_or(0) } else { 0 };
        let digits = || wide(now.digits, next.digits);
        let numbers = || digits() | wide(now.separators, next.separators);
        let words = || digits() | wide(now.letters, next.letters) | wide(now.joiners, next.joiners);
        let mut row = Self {
            any: 0,
            assigned: if beginnings.has(Trigger::Assigned) {
                begins & assigned(before, now)
            } else {
                0
            },
            begins,
            anywhere,
            begin: base(Trigger::Begin) & (!now.letters | now.starters),
            digit_soon: with(Trigger::DigitSoon, &|| soon::<{ trigger::DIGIT_SOON }>(digits())),
            digit_near: with(Trigger::DigitNear, &|| soon::<{ trigger::DIGIT_NEAR }>(digits())),
            colon_soon: with(Trigger::ColonSoon, &|| {
                soon::<{ trigger::COLON_SOON }>(wide(now.colons, next.colons))
            }),
            digits: with(Trigger::Digits, &|| run::<{ trigger::DIGITS }>(numbers())),
            capitals: with(Trigger::Capitals, &|| {
                run::<{ trigger::CAPITALS }>(wide(now.capitals, next.capitals))
            }),
            long_word: with(Trigger::LongWord, &|| run::<{ trigger::LONG_WORD }>(words())),
            scheme: with(Trigger::Scheme, &|| {
                let slashes = wide(now.slashes, next.slashes);
                let schemes = wide(now.colons, next.colons) & slashes >> 1 & slashes >> 2;
                // What lies so far on that its slashes are not seen may be one.
                soon::<{ trigger::SCHEME }>(schemes | 3 << 126)
            }),
            address: now.ats,
            dashes: begins & run::<{ trigger::DASHES }>(wide(now.dashes, next.dashes)),
        };
        row.any = row.anywhere | row.begin | row.digit_soon | row.digit_near;
        row.any |= row.colon_soon;
        row.any |= row.digits | row.capitals | row.long_word | row.scheme | row.dashes;
        row
    }
}

impl Marks {
    /// Marks a text from `from` on. Where the text has not ended, anything may follow.
    pub(crate) fn fill(&mut self, text: &[u8], from: usize, ended: bool, beginnings: &Beginnings) {
        self.from = from;
        self.rows.clear();
        let undecided = text.get(from..).unwrap_or_default();
        let mut in_word = from
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .is_some_and(u8::is_ascii_alphanumeric);
        let beyond = if ended { Planes::NOTHING } else { Planes::ANYTHING };
        let planes = |piece: &[u8]| match piece.len() {
            0 => beyond,
            BLOCK_BYTES.. => Planes::of(&Block::new(piece), beginnings),
            length => Planes::of(&Block::new(piece), beginnings).until(length, beyond),
        };
        let mut pieces = undecided.chunks(BLOCK_BYTES);
        let Some(first) = pieces.next() else { return };
        self.rows.reserve(undecided.len().div_ceil(BLOCK_BYTES));
        let mut now = planes(first);
        // What stands before may be an operator.
        let mut before = if from > 0 { Planes::ANYTHING } else { Planes::NOTHING };
        let mut length = first.len();
        loop {
            let piece = pieces.next().unwrap_or_default();
            let next = planes(piece);
            let words = now.digits | now.letters;
            let begins = !(words & (words << 1 | u64::from(in_word)));
            in_word = words >> 63 == 1;
            self.rows.push(Row::new(&before, &now, &next, begins, length, beginnings));
            if piece.is_empty() {
                break;
            }
            (before, now, length) = (now, next, piece.len());
        }
        if beginnings.has(Trigger::Address) {
            self.mark_addresses(text, ended);
        }
    }

    /// The first marked position at or behind `at` and before `end`.
    pub(crate) fn next(&self, at: usize, end: usize) -> Option<usize> {
        self.find(at, end, |row| row.any | row.assigned)
    }

    /// Whether nothing begins in a value that ends before `end`, for which what stands before it
    /// is no operator.
    pub(crate) fn is_quiet(&self, at: usize, end: usize) -> bool {
        self.find(at, end, |row| row.any).is_none()
            && self.find(at + 1, end, |row| row.assigned).is_none()
    }

    fn find(&self, at: usize, end: usize, bits_of: impl Fn(&Row) -> u64) -> Option<usize> {
        if at >= end {
            return None;
        }
        let offset = at.checked_sub(self.from)?;
        let (mut row, bit) = (offset / BLOCK_BYTES, offset % BLOCK_BYTES);
        let mut bits = bits_of(self.rows.get(row)?) & u64::MAX << bit;
        while bits == 0 {
            row += 1;
            bits = bits_of(self.rows.get(row)?);
        }
        let found = self.from + row * BLOCK_BYTES + usize::try_from(bits.trailing_zeros()).ok()?;
        (found < end).then_some(found)
    }

    /// Gives back the room that long texts took.
    pub(crate) fn trim(&mut self) {
        const ROWS_KEPT: usize = 4;
        if self.rows.capacity() > ROWS_KEPT {
            self.rows = Vec::new();
        }
    }

    /// The triggers whose marks a position has.
    pub(crate) fn at(&self, at: usize) -> TriggerSet {
        let offset = at.saturating_sub(self.from);
        let Some(row) = self.rows.get(offset / BLOCK_BYTES) else { return TriggerSet::default() };
        let bit = offset % BLOCK_BYTES;
        let mut set = TriggerSet::default();
        for (bits, trigger) in [
            (row.anywhere, Trigger::Anywhere),
            (row.begin, Trigger::Begin),
            (row.digit_soon, Trigger::DigitSoon),
            (row.digit_near, Trigger::DigitNear),
            (row.colon_soon, Trigger::ColonSoon),
            (row.digits, Trigger::Digits),
            (row.capitals, Trigger::Capitals),
            (row.long_word, Trigger::LongWord),
            (row.scheme, Trigger::Scheme),
            (row.address, Trigger::Address),
            (row.dashes, Trigger::Dashes),
            (row.assigned, Trigger::Assigned),
        ] {
            if bits >> bit & 1 == 1 {
                set.insert(trigger);
            }
        }
        set
    }

    /// Marks what stands before each `@`, and before the end where one may follow.
    fn mark_addresses(&mut self, text: &[u8], ended: bool) {
        let mut done = self.from;
        for n in 0..self.rows.len() {
            let Some(mut ats) = self.rows.get(n).map(|row| row.address) else { return };
            if let Some(row) = self.rows.get_mut(n) {
                row.address = 0;
            }
            while ats != 0 {
                let bit = usize::try_from(ats.trailing_zeros()).unwrap_or(0);
                let at = self.from + n * BLOCK_BYTES + bit;
                if at >= text.len() {
                    break;
                }
                self.mark_local(text, at, done);
                done = at;
                ats &= ats - 1;
            }
        }
        if !ended {
            self.mark_local(text, text.len(), done);
        }
    }

    /// Marks where a local part that goes on to `end` may begin, not before `floor`.
    fn mark_local(&mut self, text: &[u8], end: usize, floor: usize) {
        let least = floor.max(end.saturating_sub(limits::CANDIDATE_BYTES_MAX));
        let mut at = end;
        while at > least {
            let Some(byte) = text.get(at - 1) else { return };
            if !trigger::is_local(*byte) {
                return;
            }
            at -= 1;
            let offset = at - self.from;
            if let Some(row) = self.rows.get_mut(offset / BLOCK_BYTES) {
                let bit = row.begins & 1 << (offset % BLOCK_BYTES);
                row.address |= bit;
                row.any |= bit;
            }
        }
    }
}
