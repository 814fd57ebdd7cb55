//! The ends of the texts of one message, for the next message of the same stream: a value may be
//! cut in two between them. Texts are told apart by the numbers of the fields on the way to them.
//! A message never waits for the next one, so of such a value what comes last is replaced.

use crate::limits;
use crate::room;
use alloc::vec::Vec;

/// The numbers of the fields on the way to a value, as one number.
pub(crate) type Way = u64;

/// The way to a field of a message that stands at the end of another way.
pub(crate) fn below(way: Way, number: u32) -> Way {
    // FNV-1a, over whole numbers.
    (way ^ u64::from(number)).wrapping_mul(0x0100_0000_01b3).rotate_left(5)
}

/// The ends of texts.
#[derive(Default)]
pub(crate) struct Tails {
    before: Vec<Tail>,
    now: Vec<Tail>,
}

struct Tail {
    way: Way,
    text: Vec<u8>,
}

impl Tails {
    /// The end of the text that the last message had here; empty for all but the first text of a
    /// message, which alone follows it.
    pub(crate) fn before(&self, way: Way) -> &[u8] {
        if self.now.iter().any(|tail| tail.way == way) {
            return &[];
        }
        let tail = self.before.iter().find(|tail| tail.way == way);
        tail.map(|tail| tail.text.as_slice()).unwrap_or_default()
    }

    /// A text of this message, as it leaves.
    pub(crate) fn keep(&mut self, way: Way, text: &[u8]) {
        // A value may be cut in more than two.
        let mut kept = self.before(way).to_vec();
        kept.extend_from_slice(text);
        kept.drain(..kept.len().saturating_sub(limits::HISTORY_BYTES));
        if let Some(tail) = self.now.iter_mut().find(|tail| tail.way == way) {
            tail.text = kept;
        } else if self.now.len() < limits::TAILS_MAX {
            self.now.push(Tail { way, text: kept });
        }
    }

    /// The message begins once more.
    pub(crate) fn again(&mut self) {
        self.now.clear();
    }

    /// The message has been let on. What it had no text for keeps the end that it had.
    pub(crate) fn next(&mut self) {
        let now = core::mem::take(&mut self.now);
        self.before.retain(|tail| now.iter().all(|other| other.way != tail.way));
        self.before.extend(now);
        let over = self.before.len().saturating_sub(limits::TAILS_MAX);
        self.before.drain(..over);
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.before);
        room::trim(&mut self.now);
        self.before.iter_mut().for_each(|tail| room::trim(&mut tail.text));
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.before.iter().chain(&self.now).map(|tail| tail.text.len() + size_of::<Tail>()).sum()
    }
}
