//! Remembers the names that a body repeats, and the context each gives.
//! Holds short names only in which nothing was found, and only as long as the body is read.
// PERF: keys are a quarter of the instructions of API JSON, and nearly all of them repeat.

use crate::detect::ContextSets;

/// Longest name that is remembered, in bytes of scan text.
const NAME_BYTES_MAX: usize = 24;
const SLOTS: usize = 64;

/// Names that were looked at.
pub(crate) struct Names {
    slots: [Slot; SLOTS],
}

/// A short name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Name {
    bytes: [u8; NAME_BYTES_MAX],
    length: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    name: Name,
    /// What the place of the name gave, when it was looked at.
    around: ContextSets,
    context: ContextSets,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { slots: [Slot::default(); SLOTS] }
    }

    /// A name that is short enough to be remembered.
    pub(crate) fn copy(name: &[u8]) -> Option<Name> {
        let mut copy = Name { bytes: [0; NAME_BYTES_MAX], length: name.len() };
        copy.bytes.get_mut(..name.len())?.copy_from_slice(name);
        (!name.is_empty()).then_some(copy)
    }

    /// The context of a name in which nothing is found.
    pub(crate) fn recall(&self, name: &[u8], around: ContextSets) -> Option<ContextSets> {
        let place = place(name)?;
        let slots = [place, place ^ 1].into_iter().filter_map(|at| self.slots.get(at));
        let mut same = slots.filter(|slot| slot.name.text() == name && slot.around == around);
        same.next().map(|slot| slot.context)
    }

    /// Remembers a name in which nothing was found.
    pub(crate) fn learn(&mut self, name: &Name, around: ContextSets, context: ContextSets) {
        let Some(place) = place(name.text()) else { return };
        let taken = self.slots.get(place).is_some_and(|slot| slot.name.length > 0);
        if let Some(slot) = self.slots.get_mut(if taken { place ^ 1 } else { place }) {
            *slot = Slot { name: *name, around, context };
        }
    }
}

impl Name {
    fn text(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

fn place(name: &[u8]) -> Option<usize> {
    let end = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let short = || name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (first, last) = (end(name.first_chunk()), end(name.last_chunk()));
    let mixed = first.unwrap_or_else(short) ^ last.unwrap_or(0).rotate_left(29);
    let spread = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(spread >> 58).ok().filter(|_| !name.is_empty())
}
