//! Remembers the names that a body repeats, and the context each gives.
//! Holds short names only in which nothing was found, and only as long as the body is read.
// PERF: keys are a quarter of the instructions of API JSON, and nearly all of them repeat.

use crate::detect::ContextSets;
use crate::room;
use alloc::vec::Vec;
use core::ops::Range;

/// Longest name that is remembered, in bytes of scan text.
const NAME_BYTES_MAX: usize = 24;
/// Most names that are remembered, and room for the first: powers of two, since a name is hashed to
/// a group of them.
const SLOTS_MAX: usize = 128;
const SLOTS_MIN: usize = 32;
const GROUP: usize = 8;
/// Most pairs of contexts that are told apart.
const PAIRS_MAX: usize = 64;

/// Names that were looked at.
pub(crate) struct Names {
    /// Twice as many whenever a group is full.
    slots: Vec<Slot>,
    /// The slot of the name that came last.
    last: usize,
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
    /// The slot of the name that came next when this one came last.
    next: u8,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), last: 0, pairs: Vec::new() }
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.pairs);
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
        self.context_at(self.find(name, around)?)
    }

    fn find(&self, name: &[u8], around: ContextSets) -> Option<usize> {
        let first = place(name, self.slots.len())?;
        let group = self.slots.get(first..first + GROUP)?;
        let same = |slot: &Slot| {
            let known = || self.pairs.get(usize::from(slot.pair)).map(|(known, _)| *known);
            slot.name.text() == name && known() == Some(around)
        };
        Some(first + group.iter().position(same)?)
    }

    fn context_at(&self, at: usize) -> Option<ContextSets> {
        let pair = self.slots.get(at)?.pair;
        self.pairs.get(usize::from(pair)).map(|(_, context)| *context)
    }

    /// The same of a name that stands in a text, and the number of the name: no other has it as long
    /// as none is learned.
    // PERF: names come again in the same order, so that the next one is known by the one before.
    #[inline]
    pub(crate) fn recall_at(
        &mut self,
        text: &[u8],
        name: Range<usize>,
        around: ContextSets,
    ) -> Option<(usize, ContextSets)> {
        let next = usize::from(self.slots.get(self.last)?.next);
        let slot = self.slots.get(next)?;
        if slot.name.stands_at(text, &name)
            && let Some((known, context)) = self.pairs.get(usize::from(slot.pair))
            && *known == around
        {
            self.last = next;
            return Some((next, *context));
        }
        self.recall_elsewhere(text.get(name)?, around)
    }

    #[inline(never)]
    fn recall_elsewhere(
        &mut self,
        name: &[u8],
        around: ContextSets,
    ) -> Option<(usize, ContextSets)> {
        let at = self.find(name, around)?;
        if let (Some(last), Ok(next)) = (self.slots.get_mut(self.last), u8::try_from(at)) {
            last.next = next;
        }
        self.last = at;
        Some((at, self.context_at(at)?))
    }

    /// Remembers a name in which nothing was found.
    pub(crate) fn learn(&mut self, name: &Name, around: ContextSets, context: ContextSets) {
        let Some(pair) = self.pair(around, context) else { return };
        if self.slots.is_empty() {
            self.slots.resize(SLOTS_MIN, Slot::default());
        }
        let slot = Slot { name: *name, pair, next: 0 };
        while !self.put(slot) && self.slots.len() < SLOTS_MAX {
            self.grow();
        }
    }

    /// Puts a name into its group. Where that is full and cannot grow, only the last one of it gives
    /// way: names come again in the same order.
    fn put(&mut self, new: Slot) -> bool {
        let full = self.slots.len() >= SLOTS_MAX;
        let first = place(new.name.text(), self.slots.len());
        let group = first.and_then(|first| self.slots.get_mut(first..first + GROUP));
        // An empty name has no group.
        let Some(group) = group else { return true };
        let free = group.iter().position(|slot| slot.name.length == 0);
        let at = free.or(full.then_some(GROUP - 1));
        match at.and_then(|at| group.get_mut(at)) {
            Some(slot) => *slot = new,
            None => return false,
        }
        true
    }

    /// Makes two groups of each: both have room for what was in one.
    fn grow(&mut self) {
        let slots = self.slots.len() * 2;
        let before = core::mem::replace(&mut self.slots, alloc::vec![Slot::default(); slots]);
        for slot in before.into_iter().filter(|slot| slot.name.length > 0) {
            let put = self.put(slot);
            debug_assert!(put, "a group holds half of what two hold");
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

    /// Whether this is what stands somewhere in a text.
    // PERF: told by three numbers instead of byte by byte.
    #[inline]
    fn stands_at(&self, text: &[u8], at: &Range<usize>) -> bool {
        // No name stands in a free slot.
        if usize::from(self.length) != at.end - at.start || self.length == 0 {
            return false;
        }
        match text.get(at.start..).and_then(|rest| rest.first_chunk::<NAME_BYTES_MAX>()) {
            Some(bytes) => {
                let (own, there) = (self.bytes.as_chunks::<8>().0, bytes.as_chunks::<8>().0);
                let seen = SEEN.get(usize::from(self.length)).unwrap_or(&[0; 3]);
                let differ =
                    own.iter().zip(there).zip(seen).fold(0, |differ, ((own, there), seen)| {
                        differ | (u64::from_le_bytes(*own) ^ u64::from_le_bytes(*there)) & seen
                    });
                differ == 0
            }
            None => text.get(at.clone()) == Some(self.text()),
        }
    }
}

/// The bits of a name of each length, in three numbers.
static SEEN: [[u64; 3]; NAME_BYTES_MAX + 1] = {
    let mut rows = [[0; 3]; NAME_BYTES_MAX + 1];
    let (mut left, mut row): (&mut [[u64; 3]], [u64; 3]) = (&mut rows, [0; 3]);
    while let [first, rest @ ..] = left {
        *first = row;
        let [a, b, c] = row;
        row = [a << 8 | 0xFF, b << 8 | a >> 56, c << 8 | b >> 56];
        left = rest;
    }
    rows
};

/// The first slot of the group of a name, among so many slots.
fn place(name: &[u8], slots: usize) -> Option<usize> {
    let end = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let short = || name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (first, last) = (end(name.first_chunk()), end(name.last_chunk()));
    let mixed = first.unwrap_or_else(short) ^ last.unwrap_or(0).rotate_left(29);
    let spread = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let at = usize::try_from(spread >> 48).ok().filter(|_| !name.is_empty())?;
    Some(at.checked_rem(slots / GROUP)? * GROUP)
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
        assert!(recalled > SLOTS_MAX / 2, "{recalled}");
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
