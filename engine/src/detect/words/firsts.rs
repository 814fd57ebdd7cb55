//! Who asks for words that begin with some letters: told by three, without a look at the words.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Places for what words begin with: a power of two.
const PLACES: usize = 8192;

/// The bunches that ask for words and phrases with some first three bytes.
#[derive(Debug)]
pub(crate) struct Firsts {
    /// By the three bytes, hashed: a number of `bunches`.
    rows: [u8; PLACES],
    /// Nobody first; everybody last, where there are more than can be told apart.
    bunches: Vec<u64>,
}

impl Firsts {
    /// Of no words yet.
    pub(crate) fn new() -> Self {
        Self { rows: [0; PLACES], bunches: Vec::from([0]) }
    }

    /// Adds all words, each with those who ask for it.
    pub(crate) fn add<'w>(&mut self, words: impl Iterator<Item = (&'w str, u64)>) {
        let mut all = alloc::vec![0; PLACES];
        for (word, bunches) in words {
            let plural: Vec<u8> = word.bytes().chain([b's']).collect();
            add(&mut all, word.as_bytes(), bunches);
            add(&mut all, &plural, bunches);
        }
        let mut known = BTreeMap::new();
        // PERF: most places are nobody's.
        for (row, bunches) in self.rows.iter_mut().zip(all).filter(|(_, bunches)| *bunches != 0) {
            *row = *known.entry(bunches).or_insert_with(|| {
                let number = u8::try_from(self.bunches.len()).unwrap_or(u8::MAX);
                if number < u8::MAX {
                    self.bunches.push(bunches);
                }
                number
            });
        }
        self.bunches.push(u64::MAX);
    }

    /// Those who ask for what may begin with the first three of these bytes.
    #[inline]
    pub(crate) fn beginning_with(&self, bytes: [u8; 4]) -> u64 {
        let row = self.rows.get(place_of(bytes)).copied().unwrap_or(0);
        self.bunches.get(usize::from(row)).copied().unwrap_or(u64::MAX)
    }
}

/// The place of the first three of four bytes, letters whatever their case.
#[inline]
fn place_of(bytes: [u8; 4]) -> usize {
    let three = u64::from(u32::from_le_bytes(bytes) & 0x001F_1F1F);
    let spread = three.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(spread >> 48).unwrap_or(0) % PLACES
}

/// Adds those who ask for a word to all that it may begin with.
fn add(all: &mut [u64], word: &[u8], bunches: u64) {
    // Between letters may be a gap, and behind them anything.
    let gaps = || [Some(b' '), Some(b'_'), Some(b'-')].into_iter();
    let anything = || (0..32_u8).map(Some);
    let mut put = |bytes: [Option<u8>; 3]| {
        let [one, two, three] = bytes.map(Option::unwrap_or_default);
        if let Some(slot) = all.get_mut(place_of([one, two, three, 0])) {
            *slot |= bunches;
        }
    };
    let [first, second, third] = [0, 1, 2].map(|n| word.get(n).copied());
    match (second, third) {
        (Some(_), Some(_)) => {
            put([first, second, third]);
            gaps().for_each(|gap| put([first, second, gap]));
            gaps().for_each(|gap| put([first, gap, second]));
        }
        (Some(_), None) => {
            anything().for_each(|behind| put([first, second, behind]));
            gaps().for_each(|gap| put([first, gap, second]));
        }
        (None, _) => anything().for_each(|one| {
            anything().for_each(|other| put([first, one, other]));
        }),
    }
}
