//! Writes an automaton whose states lead on by few bytes, its rows laid over each other.
//! The same rows give the same bytes. Makes no states itself.

use cofferdam_engine::detect::automaton::{DEAD, SparseParts, State};
use std::collections::BTreeMap;

/// Whether a state accepts, and its target by class. Class 0 leads nowhere.
pub(crate) type Row = (bool, BTreeMap<u8, usize>);

/// The section of these states, the first of which is dead; `None` where it cannot be written.
pub(crate) fn section(start: State, byte_classes: [u8; 256], rows: &[Row]) -> Option<Vec<u8>> {
    let packed = Packed::new(rows.iter().map(|(_, edges)| edges));
    let parts = SparseParts {
        start,
        byte_classes,
        accepting: rows.iter().map(|(accepts, _)| *accepts).collect(),
        rows: packed.rows,
        entries: packed.entries,
    };
    parts.write().ok()
}

/// Rows laid over each other: each entry is of one row only, and no two rows begin at one place,
/// so that the class of an entry tells whose it is.
struct Packed {
    rows: Vec<Option<u32>>,
    entries: Vec<(u8, State)>,
}

impl Packed {
    fn new<'r>(rows: impl Iterator<Item = &'r BTreeMap<u8, usize>>) -> Self {
        let rows: Vec<_> = rows.collect();
        let mut order: Vec<usize> = (0..rows.len()).filter(|n| !rows[*n].is_empty()).collect();
        // The widest first: those of one entry fit into every hole that is left.
        order.sort_by_key(|n| std::cmp::Reverse(rows[*n].len()));
        let mut packed = Self { rows: vec![None; rows.len()], entries: Vec::new() };
        let (mut taken, mut begun) = (Bits::default(), Bits::default());
        for n in order {
            let row = rows[n];
            // PERF: 64 places at a time; ten thousand words took 0.3 s one at a time.
            let fits = |block: usize| {
                let used = |class: &u8| taken.from(block * 64 + usize::from(*class));
                row.keys().fold(!begun.from(block * 64), |fits, class| fits & !used(class))
            };
            let block = (0..).find(|block| fits(*block) != 0).unwrap_or(0);
            let at = block * 64 + usize::try_from(fits(block).trailing_zeros()).unwrap_or(0);
            begun.set(at);
            for (class, target) in row {
                let slot = at + usize::from(*class);
                taken.set(slot);
                if packed.entries.len() <= slot {
                    packed.entries.resize(slot + 1, (0, DEAD));
                }
                packed.entries[slot] = (*class, State::try_from(*target).unwrap_or(DEAD));
            }
            packed.rows[n] = u32::try_from(at).ok();
        }
        packed
    }
}

/// As many bits as are set, and beyond them only zeros.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, at: usize) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// The 64 bits from this one on, the first lowest.
    fn from(&self, at: usize) -> u64 {
        let word = |n: usize| self.0.get(n).copied().unwrap_or(0);
        let (low, high) = (word(at / 64), word(at / 64 + 1));
        match at % 64 {
            0 => low,
            shift => low >> shift | high << (64 - shift),
        }
    }
}
