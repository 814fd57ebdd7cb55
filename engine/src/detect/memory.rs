//! What a value remembers from one scan to the next: how far it is decided, what was found last and
//! what is still open. Holds no text.

use super::automaton::State;
use super::marks::Marks;
use super::words::near::Nearby;
use crate::model::{CategoryId, DetectorId, Strength};
use alloc::boxed::Box;

/// What one value needs to remember from one scan to the next. Holds no text. A fresh one begins
/// a value.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Where the next scan begins. Offsets here count from the beginning of the value.
    pub(super) decided: u64,
    /// The furthest end of a candidate or replacement so far. Context does not reach before it.
    pub(super) barrier: u64,
    pub(super) covers: Covers,
    pub(super) open: Option<Follow>,
    /// Where the last committed candidate ended.
    pub(super) commit_end: u64,
    pub(super) steps: u64,
    pub(super) room: Option<Box<Room>>,
}

/// Room that is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    pub(super) marks: Marks,
    pub(super) nearby: Nearby,
}

impl Memory {
    /// Begins another value, with the room of the one before.
    pub fn restart(&mut self) {
        *self = Self { room: self.room.take(), ..Self::default() };
    }

    /// The same without its room.
    pub(crate) fn lean(&self) -> Self {
        let Self { decided, barrier, covers, open, commit_end, steps, room: _ } = *self;
        Self { decided, barrier, covers, open, commit_end, steps, room: None }
    }

    /// Gives back the room that long texts took, before a wait.
    pub(crate) fn trim(&mut self) {
        if let Some(room) = &mut self.room {
            room.marks.trim();
            room.nearby.trim();
        }
    }

    /// Gives back all room, before a wait that may be long.
    pub(crate) fn drop_room(&mut self) {
        self.room = None;
    }

    /// Bytes that automata have read for this value: what a scan costs.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

/// A committed candidate whose end has not been seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follow {
    pub(super) detector: DetectorId,
    /// State of its automaton before the byte at `at`.
    pub(super) state: State,
    pub(super) at: u64,
}

/// Categories in whose candidates the scan is, so that an inner candidate of the same category
/// is not reported again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Covers {
    pub(super) covers: [Option<Cover>; 8],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    pub(super) category: CategoryId,
    pub(super) strength: Strength,
    pub(super) end: u64,
}

impl Covers {
    pub(super) fn hold(&self, category: CategoryId, strength: Strength, end: u64) -> bool {
        self.covers.iter().flatten().any(|cover| {
            cover.category == category && cover.strength >= strength && cover.end >= end
        })
    }

    /// Takes the slot of the same category, an empty one, or the one that ends first.
    pub(super) fn add(&mut self, new: Cover) {
        let same = |slot: &Option<Cover>| slot.is_some_and(|old| old.category == new.category);
        let slot = match self.covers.iter().position(same) {
            Some(n) => self.covers.get_mut(n),
            None => self.covers.iter_mut().min_by_key(|slot| slot.map_or(0, |old| old.end)),
        };
        let Some(slot) = slot else { return };
        match *slot {
            Some(old) if old.category == new.category && old.end > new.end => {}
            _ => *slot = Some(new),
        }
    }
}
