//! Whether anything may be found at a position, told for bunches of like detectors at once: one
//! bit for each bunch, a row of bits for each byte at each place. Passes by most positions for
//! little; what it lets through, automata look at closely.

pub mod bunch;
mod lefts;
mod members;
pub(crate) mod shape;

use crate::detect::DetectorSet;
use crate::detect::bits::{change_rows, halves};
use crate::detect::border::left_fits;
use crate::detect::simd::Pair;
use crate::detect::trigger::First;
use crate::model::{Border, Detector, DetectorId, Trigger};
use alloc::boxed::Box;
use alloc::vec::Vec;
use lefts::Lefts;
use members::Members;
use shape::{DEPTH, EXACT, KINDS, Shape, WORD_MAX, kind};

/// Bunches as bits: the lower half of detectors that ask for nothing, the higher half of those that
/// ask for words.
pub(crate) type Bunches = u128;

/// How many bunches each half has.
pub(crate) const HALF: usize = 64;
const _: () = assert!(HALF * 2 == Bunches::BITS as usize);
/// Combinations of the triggers that hold in most texts.
const COMMON: usize = 1 << Trigger::OFTEN;
/// A row for each byte.
const BYTES: usize = 256;

/// The bunches of those that ask for nothing.
#[inline]
pub(crate) fn free(bunches: Bunches) -> u64 {
    let [free, _] = halves(bunches);
    free
}

/// The bunches of those that ask for words.
#[inline]
pub(crate) fn asking(bunches: Bunches) -> u64 {
    let [_, asking] = halves(bunches);
    asking
}

/// The bunch of a detector.
pub(crate) fn bunch_of(detector: &Detector) -> Bunches {
    let half = if detector.context.is_some() { HALF } else { 0 };
    1 << (half + usize::from(detector.bunch) % HALF)
}

/// The bunches of all detectors of a blob, and their rows.
#[derive(Debug)]
pub(crate) struct Sift {
    members: Box<Members>,
    lefts: Lefts,
    tables: Box<Tables>,
}

#[derive(Clone, Debug)]
struct Tables {
    /// Those that begin so.
    triggers: [Bunches; Trigger::ALL.len()],
    /// The same for each combination of the first triggers.
    common: [Bunches; COMMON],
    /// By what stands two bytes before, by the byte before.
    left: [[Bunches; BYTES]; 4],
    exact: [[Bunches; BYTES]; EXACT],
    further: [[Bunches; KINDS]; DEPTH - EXACT],
    /// The same where the text ends.
    ends: [Bunches; DEPTH],
    /// By how many letters and digits come first.
    lengths: [Bunches; 2 * WORD_MAX],
}

impl Sift {
    /// Of all detectors of a blob.
    pub(crate) fn new(detectors: Vec<(DetectorId, &Detector, Shape)>) -> Self {
        let mut sift = Self {
            members: Members::new(),
            lefts: Lefts::new(),
            tables: Box::new(Tables {
                triggers: [0; Trigger::ALL.len()],
                common: [0; COMMON],
                left: [[0; BYTES]; 4],
                exact: [[0; BYTES]; EXACT],
                further: [[0; KINDS]; DEPTH - EXACT],
                ends: [0; DEPTH],
                lengths: [0; 2 * WORD_MAX],
            }),
        };
        let mut borders: Vec<(Border, Bunches)> = Vec::new();
        for (id, detector, shape) in detectors {
            let bunch = bunch_of(detector);
            sift.tables.add(&shape, bunch);
            match borders.iter_mut().find(|(border, _)| *border == detector.left) {
                Some((_, bunches)) => *bunches |= bunch,
                None => borders.push((detector.left, bunch)),
            }
            let at = usize::try_from(bunch.trailing_zeros()).unwrap_or(0);
            sift.members.add(id, &shape, at);
            sift.lefts.add(detector);
        }
        borders.into_iter().for_each(|(border, bunches)| sift.tables.add_left(border, bunches));
        sift
    }
}

impl Tables {
    fn add(&mut self, shape: &Shape, bunch: Bunches) {
        let insert = |row: &mut Bunches| *row |= bunch;
        let own = usize::from(shape.triggers);
        change_rows(&mut self.triggers, shape.triggers.into(), insert);
        for (n, slot) in self.common.iter_mut().enumerate() {
            *slot |= if n & own != 0 { bunch } else { 0 };
        }
        let (lengths, longer) = self.lengths.split_at_mut(WORD_MAX);
        change_rows(lengths, shape.lengths, insert);
        if shape.lengths >> WORD_MAX & 1 == 1 {
            change_rows(longer, u128::MAX, insert);
        }
        for (place, (rows, bytes)) in self.exact.iter_mut().zip(&shape.exact).enumerate() {
            let (ascii, others) = rows.split_at_mut(128);
            change_rows(ascii, *bytes, insert);
            if shape.high >> place & 1 == 1 {
                others.iter_mut().for_each(insert);
            }
        }
        for (rows, kinds) in self.further.iter_mut().zip(&shape.further) {
            change_rows(rows, u128::from(*kinds), insert);
        }
        change_rows(&mut self.ends, shape.ends.into(), insert);
    }

    /// What the left borders of some bunches let through.
    fn add_left(&mut self, border: Border, bunches: Bunches) {
        // What looks further back than two bytes is looked at later.
        let far = matches!(border, Border::Assigned | Border::Whole | Border::Letters);
        for (beyond, rows) in [b'0', b'a', b' '].into_iter().zip(&mut self.left) {
            for (byte, slot) in (0..=u8::MAX).zip(rows) {
                let fits = match border {
                    Border::None => true,
                    _ if byte.is_ascii_alphanumeric() => false,
                    Border::Address | Border::Colon => true,
                    _ => far || !byte.is_ascii() || left_fits(border, &[beyond, byte], 0, 2),
                };
                *slot |= if fits { bunches } else { 0 };
            }
        }
    }
}

/// Where a position stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'t> {
    pub(crate) text: &'t [u8],
    pub(crate) at: usize,
    pub(crate) ended: bool,
}

impl Sift {
    /// The detectors of some bunches that may find something at a position.
    pub(crate) fn members(&self, bunches: Bunches, text: &[u8], at: usize) -> DetectorSet {
        self.members.of(bunches, text.get(at..).unwrap_or_default())
    }

    /// The only detector of these bunches, if there is one only.
    #[inline]
    pub(crate) fn only(&self, bunches: Bunches) -> Option<DetectorId> {
        self.members.only(bunches)
    }

    /// Those of these bunches whose candidates may begin at `start`, as far as that is told for a
    /// bunch. Nothing before `floor` counts.
    #[inline]
    pub(crate) fn fitting(
        &self,
        bunches: Bunches,
        text: &[u8],
        floor: usize,
        start: usize,
    ) -> Bunches {
        self.lefts.fitting(bunches, text, floor, start)
    }

    /// Whether that is told for all of them.
    #[inline]
    pub(crate) fn knows_left(&self, bunches: Bunches) -> bool {
        self.lefts.knows(bunches)
    }

    /// The bunches that may begin where these triggers hold: 1 for each that does of those that
    /// hold in most texts, and a bit for each of the others.
    #[inline]
    pub(crate) fn begin(&self, often: [usize; Trigger::OFTEN], rare: usize) -> Bunches {
        let [a, b, c, d, e] = often;
        let at = a | b << 1 | c << 2 | d << 3 | e << 4;
        let common = self.tables.common.get(at % COMMON).copied().unwrap_or(0);
        match rare {
            0 => common,
            _ => {
                let rows = self.tables.triggers.get(Trigger::OFTEN..).unwrap_or_default();
                let held = rows.iter().enumerate().filter(|(n, _)| rare >> n & 1 == 1);
                held.fold(common, |bunches, (_, row)| bunches | row)
            }
        }
    }

    /// Whether anything begins with a byte, whatever stands before it.
    pub(crate) fn begins_with(&self, byte: u8) -> bool {
        self.tables.exact.first().is_some_and(|rows| row(rows, byte).any())
    }

    /// All bunches that may find something at a position, whatever stands before it.
    pub(crate) fn all_at(&self, text: &[u8], at: usize, ended: bool) -> Bunches {
        let rest = text.get(at..).unwrap_or_default();
        let length = u32::try_from(word_length(rest)).unwrap_or(0);
        self.keep_slowly(Bunches::MAX, length, Place { text, at, ended })
    }

    /// The bunches that may find something at a position: of those that begin there, with what is
    /// the length of its word, as far as that is seen.
    // PERF: what is asked first is what rules out most for least.
    #[inline(always)]
    pub(crate) fn keep(
        &self,
        begin: Bunches,
        length: impl Fn() -> u32,
        place: Place<'_>,
    ) -> Bunches {
        let bytes: Option<&[u8; 2 + DEPTH]> =
            place.at.checked_sub(2).and_then(|n| place.text.get(n..)?.first_chunk());
        let Some([beyond, before, a, b, c, d, further @ ..]) = bytes else {
            let bunches = begin & self.left(place.text, place.at);
            return self.keep_slowly(bunches, length(), place);
        };
        let tables = &*self.tables;
        let [first, second, third, fourth] = &tables.exact;
        let left = pair(begin) & row(first, *a) & row(second, *b);
        let left = left & self.behind(*beyond, *before) & row(third, *c) & row(fourth, *d);
        if !left.any() {
            return 0;
        }
        let [e, f, g, h, i, j, k, l, m, n] = &tables.further;
        let [be, bf, bg, bh, bi, bj, bk, bl, bm, bn] = further;
        let left = left & of_kind(e, *be) & of_kind(f, *bf) & of_kind(g, *bg) & of_kind(h, *bh);
        if !left.any() {
            return 0;
        }
        let left = left & pair(self.length(length(), place)) & of_kind(i, *bi) & of_kind(j, *bj);
        let left = left & of_kind(k, *bk) & of_kind(l, *bl) & of_kind(m, *bm) & of_kind(n, *bn);
        whole(left)
    }

    /// Those whose left border what stands before a position may let through.
    #[inline]
    fn left(&self, text: &[u8], at: usize) -> Bunches {
        let bytes = at.checked_sub(2).and_then(|n| text.get(n..)?.first_chunk());
        bytes.map_or(Bunches::MAX, |[beyond, before]| whole(self.behind(*beyond, *before)))
    }

    #[inline]
    fn behind(&self, beyond: u8, before: u8) -> Pair {
        let first = FIRST_OF.get(usize::from(beyond)).copied().unwrap_or(0);
        self.tables.left.get(usize::from(first % 4)).map_or(pair(0), |rows| row(rows, before))
    }

    #[inline]
    fn length(&self, length: u32, Place { text, at, ended }: Place<'_>) -> Bunches {
        let length = usize::try_from(length).unwrap_or(0);
        // A word may go on where nothing is seen.
        if at + length >= text.len() && !ended {
            return Bunches::MAX;
        }
        self.tables.lengths.get(length % (2 * WORD_MAX)).copied().unwrap_or(0)
    }

    /// The same where the text may be too short for all places.
    fn keep_slowly(&self, bunches: Bunches, length: u32, place: Place<'_>) -> Bunches {
        let Place { text, at, ended } = place;
        let mut left = bunches & self.length(length, place);
        let rest = text.get(at..).unwrap_or_default();
        for n in 0..DEPTH {
            left &= match (rest.get(n), n.checked_sub(EXACT)) {
                (Some(byte), None) => {
                    self.tables.exact.get(n).map_or(0, |rows| whole(row(rows, *byte)))
                }
                (Some(byte), Some(further)) => {
                    self.tables.further.get(further).map_or(0, |rows| whole(of_kind(rows, *byte)))
                }
                (None, _) if ended => self.tables.ends.get(n).copied().unwrap_or(0),
                (None, _) => return left,
            };
            if left == 0 || n == rest.len() {
                break;
            }
        }
        left
    }
}

/// What a byte is at the beginning of a word: the number of its `left` table.
static FIRST_OF: [u8; BYTES] = {
    let mut firsts = [0; BYTES];
    let (mut left, mut byte): (&mut [u8], u8) = (&mut firsts, 0);
    while let [first, rest @ ..] = left {
        *first = match First::of(byte) {
            First::Digit => 0,
            First::Letter => 1,
            First::Other => 2,
        };
        byte = byte.wrapping_add(1);
        left = rest;
    }
    firsts
};

/// How many letters and digits a text begins with, up to the most that are told apart.
fn word_length(text: &[u8]) -> usize {
    let first = |byte: &u8| FIRST_OF.get(usize::from(*byte)).copied().unwrap_or(0);
    text.iter().take(WORD_MAX).take_while(|byte| first(byte) < 2).count()
}

#[inline]
fn row(rows: &[Bunches; BYTES], byte: u8) -> Pair {
    pair(rows.get(usize::from(byte)).copied().unwrap_or(0))
}

#[inline]
fn of_kind(rows: &[Bunches; KINDS], byte: u8) -> Pair {
    pair(rows.get(usize::from(kind(byte)) % KINDS).copied().unwrap_or(0))
}

// PERF: WebAssembly has no 128 bits but in vectors.
#[inline]
fn pair(bunches: Bunches) -> Pair {
    let [free, asking] = halves(bunches);
    Pair::new(free, asking)
}

#[inline]
fn whole(bunches: Pair) -> Bunches {
    let [free, asking] = bunches.rows();
    Bunches::from(asking) << HALF | Bunches::from(free)
}
