//! Remembers the names that a body repeats, and the context each gives.
//! Holds short names only in which nothing was found, and only as long as the body is read.
// PERF: keys are a quarter of the instructions of API JSON, and nearly all of them repeat.

use crate::detect::ContextSets;
use alloc::vec::Vec;

/// Longest name that is remembered, in bytes of scan text.
const NAME_BYTES_MAX: usize = 24;
/// Names that are remembered: a power of two, since a name is hashed to a group of them.
const SLOTS: usize = 128;
const GROUP: usize = 8;
/// Most pairs of contexts that are told apart.
const PAIRS_MAX: usize = 64;

/// Names that were looked at.
pub(crate) struct Names {
    slots: [Slot; SLOTS],
    /// What the place of a name gave when it was looked at, and what the name gives.
    pairs: Vec<(ContextSets, ContextSets)>,
}

/// A short name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Name {
    bytes: [u8; NAME_BYTES_MAX],
    /// 0 where there is none.
    length: u8,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    name: Name,
    /// Which of the pairs.
    pair: u8,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { slots: [Slot::default(); SLOTS], pairs: Vec::new() }
    }

    /// A name that is short enough to be remembered.
    pub(crate) fn copy(name: &[u8]) -> Option<Name> {
        let length = u8::try_from(name.len()).ok().filter(|length| *length > 0)?;
        let mut copy = Name { bytes: [0; NAME_BYTES_MAX], length };
        copy.bytes.get_mut(..name.len())?.copy_from_slice(name);
        Some(copy)
    }

    /// The context of a name in which nothing is found.
    pub(crate) fn recall(&self, name: &[u8], around: ContextSets) -> Option<ContextSets> {
        let first = place(name)?;
        let group = self.slots.get(first..first + GROUP)?;
        let mut same = group.iter().filter(|slot| slot.name.text() == name);
        same.find_map(|slot| {
            let (known, context) = self.pairs.get(usize::from(slot.pair))?;
            (*known == around).then_some(*context)
        })
    }

    /// Remembers a name in which nothing was found.
    pub(crate) fn learn(&mut self, name: &Name, around: ContextSets, context: ContextSets) {
        let Some(first) = place(name.text()) else { return };
        let Some(pair) = self.pair(around, context) else { return };
        let Some(group) = self.slots.get_mut(first..first + GROUP) else { return };
        // Where there is no room, only the last gives way: names come again in the same order.
        let free = group.iter().position(|slot| slot.name.length == 0);
        if let Some(slot) = group.get_mut(free.unwrap_or(GROUP - 1)) {
            *slot = Slot { name: *name, pair };
        }
    }

    /// Which of the pairs this is, unless there are too many.
    fn pair(&mut self, around: ContextSets, context: ContextSets) -> Option<u8> {
        let known = self.pairs.iter().position(|pair| *pair == (around, context));
        let at = known.unwrap_or(self.pairs.len());
        if known.is_none() {
            if at >= PAIRS_MAX {
                return None;
            }
            self.pairs.push((around, context));
        }
        u8::try_from(at).ok()
    }
}

impl Name {
    fn text(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// The first slot of the group of a name.
fn place(name: &[u8]) -> Option<usize> {
    let end = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let short = || name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (first, last) = (end(name.first_chunk()), end(name.last_chunk()));
    let mixed = first.unwrap_or_else(short) ^ last.unwrap_or(0).rotate_left(29);
    let spread = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let at = usize::try_from(spread >> 48).ok().filter(|_| !name.is_empty())?;
    Some(at % (SLOTS / GROUP) * GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names as a body may have them.
    fn names(count: u16) -> Vec<Vec<u8>> {
        (0..count).map(|n| alloc::format!("name_{n}").into_bytes()).collect()
    }

    #[test]
    fn what_is_recalled_was_learned_so() {
        let mut names_known = Names::new();
        for (n, name) in names(300).iter().enumerate() {
            let context = u128::try_from(n).expect("small");
            let copy = Names::copy(name).expect("short");
            names_known.learn(&copy, context % 3, context % 5);
        }
        let mut recalled = 0;
        for (n, name) in names(300).iter().enumerate() {
            let context = u128::try_from(n).expect("small");
            for around in 0..3 {
                if let Some(given) = names_known.recall(name, around) {
                    assert_eq!((around, given), (context % 3, context % 5));
                    recalled += 1;
                }
            }
        }
        assert!(recalled > SLOTS / 2, "{recalled}");
        assert_eq!(names_known.recall(b"name_300", 0), None);
    }

    #[test]
    fn names_of_a_usual_body_all_stay() {
        let mut names_known = Names::new();
        let body = names(60);
        for _ in 0..3 {
            for name in &body {
                if names_known.recall(name, 0).is_none() {
                    names_known.learn(&Names::copy(name).expect("short"), 0, 1);
                }
            }
        }
        let stay = body.iter().filter(|name| names_known.recall(name, 0) == Some(1)).count();
        assert_eq!(stay, body.len());
    }

    #[test]
    fn what_is_long_or_empty_is_not_remembered() {
        assert!(Names::copy(&[b'n'; NAME_BYTES_MAX + 1]).is_none());
        assert!(Names::copy(b"").is_none());
        assert!(Names::new().recall(b"", 0).is_none());
        assert!(Names::new().recall(&[0; NAME_BYTES_MAX], 0).is_none());
    }
}
