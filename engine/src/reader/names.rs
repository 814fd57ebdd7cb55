//! Remembers the names that a body repeats, and the context each gives.
//! Holds short names only in which nothing was found, and only as long as the body is read.
// PERF: keys are a quarter of the instructions of API JSON, and nearly all of them repeat.

use crate::detect::ContextSets;

/// Longest name that is remembered, in bytes of scan text.
const NAME_BYTES_MAX: usize = 24;
const SLOTS: usize = 32;

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
        let slot = self.slots.get(place(name)?)?;
        (slot.name.text() == name && slot.around == around).then_some(slot.context)
    }

    /// Remembers a name in which nothing was found.
    pub(crate) fn learn(&mut self, name: &Name, around: ContextSets, context: ContextSets) {
        if let Some(slot) = place(name.text()).and_then(|at| self.slots.get_mut(at)) {
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
    let (first, last) = (name.first()?, name.last()?);
    let sum = usize::from(*first) * 7 + usize::from(*last) * 3 + name.len();
    Some(sum % SLOTS)
}
