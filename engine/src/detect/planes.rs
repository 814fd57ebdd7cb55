//! What 64 bytes are, one bit each, and which triggers hold at each of them.
//! Looks at the 64 bytes before and behind, and no further; where that is too short to tell, a
//! trigger holds.

use super::beginnings::{Beginnings, TriggerSet};
use super::simd::{Block, Set};
use super::trigger;
use crate::model::Trigger;

/// What the bytes of a block are, one bit each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planes {
    pub(super) digits: u64,
    pub(super) letters: u64,
    /// Space `-` `.` `/` `(` `)`.
    separators: u64,
    /// What may stand in a long word beside letters and digits.
    joiners: u64,
    /// Capitals and `<`.
    capitals: u64,
    spaces: u64,
    colons: u64,
    slashes: u64,
    /// `-` and `.`
    dashes: u64,
    dots: u64,
    /// `_` and `+`.
    signs: u64,
    tildes: u64,
    /// Other bytes that detectors begin with.
    others: u64,
    /// The same of `DigitNear`.
    near_digits: u64,
    /// Letters that detectors begin with whose trigger is `Begin`.
    starters: u64,
    /// `=`, `:` and `>`.
    operators: u64,
    /// What may stand between an operator and a value: spaces, quotes, a backslash.
    between: u64,
}

const SEPARATORS: Set = Set::of(b" -./()");
const JOINERS: Set = Set::of(b"!#$%&+-./:<=@_~");
const OPERATORS: Set = Set::of(b"=:>");
const BETWEEN: Set = Set::of(b" \"'`\\");

impl Planes {
    pub(crate) fn of(block: &Block, wanted: &Beginnings) -> Self {
        let needs = wanted.needs();
        // PERF: in prose most blocks hold nothing else.
        if needs.plain && block.is_plain() {
            return Self::plain(block, wanted);
        }
        let (digits, letters) = (block.digits(), block.letters());
        Self {
            digits,
            letters,
            separators: if needs.numbers { block.among(&SEPARATORS) } else { 0 },
            joiners: if needs.words { block.among(&JOINERS) } else { 0 },
            capitals: if needs.capitals { block.capitals() } else { 0 },
            spaces: if needs.capitals { block.is(b' ') } else { 0 },
            colons: if needs.colons { block.is(b':') } else { 0 },
            slashes: if needs.slashes { block.is(b'/') } else { 0 },
            dashes: if needs.dashes { block.dashes() } else { 0 },
            dots: if wanted.has(Trigger::Pairs) { block.is(b'.') } else { 0 },
            signs: if needs.keys { block.is_either(b'_', b'+') } else { 0 },
            tildes: if needs.tildes { block.is(b'~') } else { 0 },
            others: wanted.others(block, digits | letters),
            near_digits: wanted.near_digits(block, digits | letters),
            starters: if needs.starters { wanted.starters(block, letters) } else { 0 },
            operators: if needs.operators { block.among(&OPERATORS) } else { 0 },
            between: if wanted.has(Trigger::Assigned) { block.among(&BETWEEN) } else { 0 },
        }
    }

    /// The same of a block in which there is nothing but letters, spaces, ends of lines and
    /// `,` `.` `'`.
    fn plain(block: &Block, wanted: &Beginnings) -> Self {
        let needs = wanted.needs();
        let letters = block.letters();
        let (spaces, dots) = (block.is(b' '), block.is(b'.'));
        Self {
            letters,
            separators: spaces | dots,
            joiners: dots,
            capitals: if needs.capitals { block.capitals() } else { 0 },
            spaces,
            dashes: dots,
            dots,
            starters: if needs.starters { wanted.starters(block, letters) } else { 0 },
            between: spaces | block.is(b'\''),
            ..Self::NOTHING
        }
    }

    const fn all(bits: u64) -> Self {
        Self {
            digits: bits,
            letters: bits,
            separators: bits,
            joiners: bits,
            capitals: bits,
            spaces: bits,
            colons: bits,
            slashes: bits,
            dashes: bits,
            dots: bits,
            signs: bits,
            tildes: bits,
            others: bits,
            near_digits: bits,
            starters: bits,
            operators: bits,
            between: bits,
        }
    }

    /// What may follow the end of a text that has not ended: anything.
    pub(crate) const ANYTHING: Self = Self::all(u64::MAX);
    pub(crate) const NOTHING: Self = Self::all(0);

    /// Up to `length` bytes of this, then the other.
    pub(crate) fn until(self, length: usize, then: Self) -> Self {
        let mask = u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n)).unwrap_or(0);
        let join = |one: u64, other: u64| one & !mask | other & mask;
        Self {
            digits: join(self.digits, then.digits),
            letters: join(self.letters, then.letters),
            separators: join(self.separators, then.separators),
            joiners: join(self.joiners, then.joiners),
            capitals: join(self.capitals, then.capitals),
            spaces: join(self.spaces, then.spaces),
            colons: join(self.colons, then.colons),
            slashes: join(self.slashes, then.slashes),
            dashes: join(self.dashes, then.dashes),
            dots: join(self.dots, then.dots),
            signs: join(self.signs, then.signs),
            tildes: join(self.tildes, then.tildes),
            others: join(self.others, then.others),
            near_digits: join(self.near_digits, then.near_digits),
            starters: join(self.starters, then.starters),
            operators: join(self.operators, then.operators),
            between: join(self.between, then.between),
        }
    }

    /// Letters and digits.
    pub(crate) fn words(&self) -> u64 {
        self.digits | self.letters
    }
}

/// 64 bits and the 64 behind them.
pub(crate) fn wide(now: u64, next: u64) -> u128 {
    u128::from(now) | u128::from(next) << 64
}

/// The positions from which on `COUNT` bits are set, as far as they are seen.
fn run<const COUNT: usize>(bits: u128) -> u128 {
    let mut run = bits;
    let mut length = 1;
    while length * 2 <= COUNT {
        run &= run >> length;
        length *= 2;
    }
    if length < COUNT {
        run &= run >> (COUNT - length);
    }
    run
}

/// The positions with a bit set among the `COUNT` from there on.
fn soon<const COUNT: usize>(bits: u128) -> u128 {
    !run::<COUNT>(!bits)
}

fn low(bits: u128) -> u64 {
    u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX)
}

/// The bits moved up by `N`, with those of the block before.
fn up<const N: u32>(before: u64, now: u64) -> u64 {
    now << N | before >> (64 - N)
}

/// Positions behind an operator, with at most four characters between.
fn assigned(before: &Planes, now: &Planes) -> u64 {
    let operators = wide(before.operators, now.operators);
    let between = wide(before.between, now.between);
    let mut behind = operators << 1;
    let mut all = behind;
    for _ in 0..4 {
        behind = (behind & between) << 1;
        all |= behind;
    }
    low(all >> 64)
}

/// What may begin in a block that needs words beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tells {
    /// Anything.
    pub(super) any: bool,
    /// What may be so long that words far behind count.
    pub(super) far: bool,
}

/// What detectors that others look out for may begin in the middle of three blocks.
pub(crate) fn tells([before, now, next]: [&Planes; 3], wanted: &Beginnings) -> Tells {
    let needs = wanted.needs();
    let begins = || {
        let words = now.words();
        !(words & up::<1>(before.words(), words))
    };
    let digits = || {
        let soon = soon::<{ trigger::DIGIT_SOON }>(wide(now.digits, next.digits));
        begins() & low(soon) != 0
    };
    let long = || {
        let bytes = wide(now.words() | now.joiners, next.words() | next.joiners);
        begins() & now.words() & low(run::<{ trigger::CODE }>(bytes)) != 0
    };
    let capitals = || {
        let of = |planes: &Planes| planes.capitals | planes.digits | planes.spaces;
        let run = low(run::<{ trigger::CAPITALS }>(wide(of(now), of(next))));
        begins() & run & now.capitals != 0
    };
    let assigned = needs.tells_operators && before.operators | now.operators != 0;
    let any = needs.tells
        && (needs.tells_always
            || assigned
            || (now.digits | next.digits != 0 && digits())
            || (needs.tells_words && long())
            || (needs.tells_capitals && capitals()));
    Tells { any, far: any && (assigned || needs.tells_far) }
}

/// The marks of 64 positions, by trigger.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    bits: [u64; Trigger::ALL.len()],
    set: TriggerSet,
    any: u64,
}

impl Row {
    /// The first `length` of the 64 positions in the middle of three blocks.
    pub(crate) fn new(planes: [&Planes; 3], length: usize, wanted: &Beginnings) -> Self {
        let [before, now, next] = planes;
        let words = now.words();
        let within = words & up::<1>(before.words(), words);
        let missing = u32::try_from(length).ok().and_then(|n| u64::MAX.checked_shl(n));
        let seen = !missing.unwrap_or(0);
        let begins = !within & seen;
        let mut row = Self { bits: [0; Trigger::ALL.len()], set: TriggerSet::default(), any: 0 };
        let firsts = Firsts { begins, now, wanted };
        // PERF: much text has none.
        if now.digits | next.digits != 0 {
            row.numbers(&firsts, planes);
            row.codes(&firsts, planes);
        }
        row.long_words(&firsts, planes);
        row.words(&firsts, planes);
        row.network(&firsts, planes);
        if wanted.has(Trigger::Anywhere) {
            row.add(Trigger::Anywhere, seen);
        }
        if wanted.has(Trigger::Begin) {
            row.add(Trigger::Begin, firsts.of(Trigger::Begin) & (!now.letters | now.starters));
        }
        if wanted.has(Trigger::Assigned) {
            row.add(Trigger::Assigned, begins & assigned(before, now));
        }
        if wanted.has(Trigger::Dashes) {
            let dashes = wide(now.dashes, next.dashes);
            row.add(Trigger::Dashes, begins & low(run::<{ trigger::DASHES }>(dashes)));
        }
        row
    }

    fn numbers(&mut self, firsts: &Firsts<'_>, [before, now, next]: [&Planes; 3]) {
        let wanted = firsts.wanted;
        let wants = [Trigger::Number, Trigger::ShortNumber, Trigger::LetterNumber];
        if wants.into_iter().any(|trigger| wanted.has(trigger)) {
            let separators = wide(now.separators, next.separators);
            let bytes = wide(now.digits, next.digits) | separators;
            let short = run::<{ trigger::SHORT_NUMBER }>(bytes);
            let whole = short & bytes >> trigger::SHORT_NUMBER;
            let three = run::<3>(separators & !wide(now.digits, next.digits));
            let parted = soon::<4>(three);
            let short = short & !parted;
            let whole = whole & !(parted | three >> 4);
            let joined = up::<1>(before.dashes, now.dashes) & up::<2>(before.digits, now.digits);
            self.add(Trigger::Number, firsts.of(Trigger::Number) & low(whole) & !joined);
            self.add(Trigger::ShortNumber, firsts.of(Trigger::ShortNumber) & low(short) & !joined);
            let behind = low(short >> 1);
            self.add(Trigger::LetterNumber, firsts.of(Trigger::LetterNumber) & behind);
        }
        // PERF: what may begin nowhere is not worked out.
        let begins = |trigger| match firsts.of(trigger) {
            0 => None,
            bits => Some(bits),
        };
        if let Some(bits) = begins(Trigger::DigitNear) {
            let near = low(soon::<{ trigger::DIGIT_NEAR }>(wide(now.digits, next.digits)));
            self.add(Trigger::DigitNear, bits & near);
        }
        if let Some(bits) = begins(Trigger::DigitSoon) {
            let soon = low(soon::<{ trigger::DIGIT_SOON }>(wide(now.digits, next.digits)));
            self.add(Trigger::DigitSoon, bits & soon);
        }
        if firsts.of(Trigger::LetterSoon) != 0 {
            let letters = wide(now.letters, next.letters);
            let digits = wide(now.digits, next.digits) & !letters;
            let digits = low(digits >> 2 | digits >> 3 | digits >> 4);
            let soon = low(soon::<{ trigger::LETTER_SOON }>(letters));
            self.add(Trigger::LetterSoon, firsts.of(Trigger::LetterSoon) & soon & !digits);
        }
    }

    fn long_words(&mut self, firsts: &Firsts<'_>, [before, now, next]: [&Planes; 3]) {
        let wanted = firsts.wanted;
        let wants = [Trigger::LongWord, Trigger::LongKey, Trigger::Code];
        if !wants.into_iter().any(|trigger| wanted.has(trigger)) {
            return;
        }
        let bytes = wide(now.words() | now.joiners, next.words() | next.joiners);
        let code = run::<{ trigger::CODE }>(bytes);
        self.add(Trigger::Code, firsts.of(Trigger::Code) & low(code));
        let long = low(code & code >> (trigger::LONG_WORD - trigger::CODE));
        self.add(Trigger::LongWord, firsts.of(Trigger::LongWord) & long);
        let signs = |planes: &Planes| planes.dashes | planes.signs;
        let joined = up::<1>(signs(before), signs(now)) & up::<2>(before.words(), now.words());
        self.add(Trigger::LongKey, firsts.of(Trigger::LongKey) & long & !joined);
    }

    fn codes(&mut self, firsts: &Firsts<'_>, [_, now, next]: [&Planes; 3]) {
        let wanted = firsts.wanted;
        let digits = wide(now.digits, next.digits);
        let codes = wide(now.capitals | now.digits, next.capitals | next.digits);
        let capitals = now.capitals & firsts.begins != 0;
        if capitals && (wanted.has(Trigger::CapitalCode) || wanted.has(Trigger::CapitalSoon)) {
            let soon = now.capitals & low(soon::<{ trigger::DIGIT_SOON }>(digits));
            let small = wide(now.letters & !now.capitals, next.letters & !next.capitals);
            // What is not seen may be anything.
            let small = small | wide(0, next.letters & next.digits);
            let word = soon & low(small >> 1 & small >> 2);
            self.add(Trigger::CapitalSoon, firsts.of(Trigger::CapitalSoon) & word);
            let code = soon & low(codes >> 1);
            self.add(Trigger::CapitalCode, firsts.of(Trigger::CapitalCode) & code);
        }
        if firsts.of(Trigger::NumberCode) != 0 && now.capitals | next.capitals != 0 {
            let capitals = wide(now.capitals, next.capitals);
            let bytes = codes | wide(now.dashes, next.dashes);
            let code = low((capitals >> 1 | capitals >> 2) & run::<{ trigger::CODE }>(bytes));
            self.add(Trigger::NumberCode, firsts.of(Trigger::NumberCode) & code);
        }
        if wanted.has(Trigger::LetterPair) {
            let letters = now.letters & low(wide(now.letters, next.letters) >> 1);
            let pair = letters & low(digits >> 2 & digits >> 3);
            self.add(Trigger::LetterPair, firsts.of(Trigger::LetterPair) & pair);
        }
    }

    /// What needs no digit.
    fn words(&mut self, firsts: &Firsts<'_>, [_, now, next]: [&Planes; 3]) {
        let wanted = firsts.wanted;
        if firsts.begins & (now.capitals | now.digits) != 0
            && (wanted.has(Trigger::CapitalWord) || wanted.has(Trigger::Capitals))
        {
            let codes = wide(now.capitals | now.digits, next.capitals | next.digits);
            let word = low(run::<{ trigger::CAPITAL_WORD }>(codes));
            self.add(Trigger::CapitalWord, firsts.of(Trigger::CapitalWord) & word);
            let spaced = codes | wide(now.spaces, next.spaces);
            let capitals = now.capitals & low(run::<{ trigger::CAPITALS }>(spaced));
            self.add(Trigger::Capitals, firsts.of(Trigger::Capitals) & capitals);
        }
        if wanted.has(Trigger::TildeSoon) && now.tildes | next.tildes != 0 {
            let soon = low(soon::<{ trigger::TILDE_SOON }>(wide(now.tildes, next.tildes)));
            self.add(Trigger::TildeSoon, firsts.of(Trigger::TildeSoon) & soon);
        }
    }

    fn network(&mut self, firsts: &Firsts<'_>, [_, now, next]: [&Planes; 3]) {
        let wanted = firsts.wanted;
        let colons = wide(now.colons, next.colons);
        if wanted.has(Trigger::Scheme) && colons != 0 {
            let slashes = wide(now.slashes, next.slashes);
            let schemes = colons & slashes >> 1 & slashes >> 2;
            // What lies so far on that its slashes are not seen may be one.
            let soon = low(soon::<{ trigger::SCHEME }>(schemes | 3 << 126));
            self.add(Trigger::Scheme, firsts.of(Trigger::Scheme) & soon);
        }
        if wanted.has(Trigger::Groups) && colons != 0 {
            let goes_on = |behind: u128| match behind {
                0 => 0,
                _ => colons & soon::<{ trigger::GROUP }>(behind >> 1),
            };
            let third = goes_on(goes_on(colons));
            let double = match colons & colons >> 1 {
                0 => 0,
                double => soon::<{ trigger::COLONS_SOON }>(double),
            };
            // PERF: there are three only in clocks and addresses.
            let sixth = if third == 0 { 0 } else { goes_on(goes_on(goes_on(third))) };
            let groups = double | soon::<{ trigger::GROUP }>(sixth);
            self.add(Trigger::Groups, firsts.of(Trigger::Groups) & low(groups));
        }
        if wanted.has(Trigger::Pairs) {
            let signs = colons | wide(now.dashes, next.dashes);
            let dots = wide(now.dots, next.dots);
            let pairs = signs >> 2 & signs >> 5 & signs >> 8 | dots >> 4 & dots >> 9;
            self.add(Trigger::Pairs, firsts.of(Trigger::Pairs) & low(pairs));
        }
    }

    /// Adds marks of a trigger.
    pub(crate) fn add(&mut self, trigger: Trigger, bits: u64) {
        if bits != 0
            && let Some(slot) = self.bits.get_mut(trigger.index())
        {
            *slot |= bits;
            self.set.insert(trigger);
            self.any |= bits;
        }
    }

    /// Keeps of the marks of a trigger only these.
    pub(crate) fn keep(&mut self, trigger: Trigger, bits: u64) {
        if let Some(slot) = self.bits.get_mut(trigger.index()) {
            *slot &= bits;
        }
        self.any = self.marked().fold(0, |any, (_, bits)| any | bits);
    }

    /// The marks of a trigger.
    pub(crate) fn of(&self, trigger: Trigger) -> u64 {
        self.bits.get(trigger.index()).copied().unwrap_or(0)
    }

    /// Positions with any mark.
    pub(crate) fn any(&self) -> u64 {
        self.any
    }

    /// The triggers that have marks, and these.
    pub(crate) fn marked(&self) -> impl Iterator<Item = (Trigger, u64)> + '_ {
        self.set.iter().map(|trigger| (trigger, self.of(trigger)))
    }

    /// The triggers of one position.
    pub(crate) fn at(&self, bit: usize) -> TriggerSet {
        let has = |bits: u64| bits >> (bit % 64) & 1 == 1;
        let mut set = TriggerSet::default();
        self.marked().filter(|(_, bits)| has(*bits)).for_each(|(trigger, _)| set.insert(trigger));
        set
    }
}

/// Positions that are none within a word, by what stands there.
struct Firsts<'f> {
    begins: u64,
    now: &'f Planes,
    wanted: &'f Beginnings,
}

impl Firsts<'_> {
    /// Those with a byte that a detector of this trigger may begin with.
    fn of(&self, trigger: Trigger) -> u64 {
        let [digit, letter, other] = self.wanted.firsts(trigger);
        let with = |wanted: bool, bits: u64| if wanted { bits } else { 0 };
        let others = match trigger {
            // PERF: rare enough for all bytes.
            Trigger::Groups | Trigger::TildeSoon => !self.now.words(),
            Trigger::DigitNear => self.now.near_digits,
            _ => self.now.others,
        };
        let first =
            with(digit, self.now.digits) | with(letter, self.now.letters) | with(other, others);
        self.begins & first
    }
}
