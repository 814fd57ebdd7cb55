//! How the last long reads of detectors went on, so that a read that comes into the same state at
//! the same place need not be made again: whatever lies behind is the same for both.
//! Holds for one text, and holds no byte of it. Never used where every detector is tried everywhere,
//! which is what this is compared with.

use super::automaton::State;
use super::simd::{BLOCK_BYTES, Block};
use crate::limits;
use crate::model::DetectorId;
use alloc::vec::Vec;

/// States are kept at every position that this divides.
pub(super) const STRIDE: usize = 16;
/// How many states: enough for the longest candidate.
const STATES: usize = 64;
const _: () = assert!(STATES * STRIDE > limits::COMMIT_BYTES_MAX + STRIDE);
const _: () = assert!(limits::COMMIT_BYTES_MAX >= limits::CANDIDATE_BYTES_MAX);
/// Candidates that are no longer than this are read again each time.
pub(super) const SHORT_BYTES_MAX: usize = 128;
/// How many reads are kept.
const TRAILS: usize = 8;

/// How many bytes behind the beginning of a read an end can stand.
const ENDS_BYTES: usize = 64 * ENDS_WORDS;
const ENDS_WORDS: usize = 16;
const _: () = assert!(ENDS_BYTES > limits::COMMIT_BYTES_MAX);
/// Of many ends, the longest that are tried, and the shortest.
const LONGEST: usize = 8;
const SHORTEST: usize = 4;

/// The ends at which a candidate could be whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    /// A bit for each, at its position in the text modulo [`ENDS_BYTES`]. Those of words behind the
    /// last one say nothing.
    bits: [u64; ENDS_WORDS],
    /// None lies before this, or behind that.
    first: usize,
    last: usize,
}

/// How far the ends of a read have been tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    /// All that are left lie before this.
    before: usize,
    count: usize,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self { before: usize::MAX, count: 0 }
    }

    /// Leaves out all from a position on.
    pub(super) fn leave_from(&mut self, at: usize) {
        self.before = self.before.min(at);
    }
}

impl Ends {
    /// None, of a read that begins here.
    // PERF: words of bits are emptied when they are come to.
    #[inline]
    pub(super) fn clear(&mut self, start: usize) {
        (self.first, self.last) = (start, start);
        self.empty(start);
    }

    /// One more, behind all others.
    #[inline]
    pub(super) fn add(&mut self, end: usize) {
        self.come_to(end);
        if let Some(word) = self.bits.get_mut(end / 64 % ENDS_WORDS) {
            *word |= 1 << (end % 64);
        }
        self.last = end;
    }

    /// All of another read from a position on, which is behind all others.
    pub(super) fn join(&mut self, other: &Self, from: usize) {
        let mut at = from;
        while at <= other.last {
            let ends = other.word(at) & u64::MAX << (at % 64);
            if ends != 0 {
                self.come_to(at);
                if let Some(word) = self.bits.get_mut(at / 64 % ENDS_WORDS) {
                    *word |= ends;
                }
                self.last = at / 64 * 64 + 63 - bit(ends.leading_zeros());
            }
            at = (at / 64 + 1) * 64;
        }
    }

    /// Empties the words up to that of a position.
    #[inline]
    fn come_to(&mut self, at: usize) {
        while self.last / 64 < at / 64 {
            self.last = (self.last / 64 + 1) * 64;
            self.empty(self.last);
        }
    }

    #[inline]
    fn empty(&mut self, at: usize) {
        if let Some(word) = self.bits.get_mut(at / 64 % ENDS_WORDS) {
            *word = 0;
        }
    }

    /// The next to be tried: the longest first. What goes on a candidate in ways that are refused
    /// again and again hides neither a long one nor a short one.
    #[inline]
    pub(super) fn next(&self, tries: &mut Tries) -> Option<usize> {
        if tries.count == LONGEST {
            let shortest = self.from(self.first).nth(SHORTEST - 1)?;
            tries.leave_from(shortest + 1);
        }
        let end = self.before(tries.before.min(self.last + 1))?;
        (tries.before, tries.count) = (end, tries.count + 1);
        Some(end)
    }

    /// All from a position on.
    fn from(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut at = at;
        core::iter::from_fn(move || {
            while at <= self.last {
                let word = self.word(at) >> (at % 64);
                if word != 0 {
                    let end = at + bit(word.trailing_zeros());
                    at = end + 1;
                    return Some(end);
                }
                at = (at / 64 + 1) * 64;
            }
            None
        })
    }

    /// The last one before a position.
    #[inline]
    fn before(&self, at: usize) -> Option<usize> {
        let mut at = at;
        while at > self.first {
            // Bits up to the one before `at`.
            let word = self.word(at - 1) << (63 - (at - 1) % 64);
            if word != 0 {
                return Some(at - 1 - bit(word.leading_zeros()));
            }
            at = (at - 1) / 64 * 64;
        }
        None
    }

    fn word(&self, at: usize) -> u64 {
        self.bits.get(at / 64 % ENDS_WORDS).copied().unwrap_or(0)
    }
}

fn bit(n: u32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// One read of a detector's automaton.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    detector: DetectorId,
    /// The first position whose state is kept, and where the read ended: states are kept of what
    /// lies between.
    from: usize,
    pub(super) end: usize,
    /// The state there.
    pub(super) state: State,
    /// Whether the byte there led nowhere. Otherwise the read came to its limit.
    pub(super) is_dead: bool,
    states: [State; STATES],
    pub(super) ends: Ends,
}

impl Trail {
    /// One that begins to be kept at a position.
    pub(super) fn new(detector: DetectorId, from: usize) -> Self {
        let (states, ends) = ([0; STATES], Ends::default());
        Self { detector, from, end: from, state: 0, is_dead: false, states, ends }
    }

    /// Keeps the state at a position.
    pub(super) fn keep(&mut self, at: usize, state: State) {
        if let Some(slot) = self.states.get_mut(at / STRIDE % STATES) {
            *slot = state;
        }
    }

    /// Whether the read was in this state at a position.
    fn was(&self, detector: DetectorId, at: usize, state: State) -> bool {
        let known = self.states.get(at / STRIDE % STATES);
        self.detector == detector && (self.from..self.end).contains(&at) && known == Some(&state)
    }

    /// Goes on from `at` as another read did.
    fn join(&mut self, other: &Self, at: usize) {
        let mut kept = self.from;
        let states = core::mem::replace(&mut self.states, other.states);
        while kept < at {
            let n = kept / STRIDE % STATES;
            if let (Some(to), Some(from)) = (self.states.get_mut(n), states.get(n)) {
                *to = *from;
            }
            kept += STRIDE;
        }
        (self.end, self.state, self.is_dead) = (other.end, other.state, other.is_dead);
    }
}

/// The last long reads of one scan.
// PERF: takes room with the first one, which most texts have none of.
#[derive(Debug)]
pub(super) struct Trails {
    trails: Vec<Trail>,
    /// Where the next one is kept.
    next: usize,
    /// Where the furthest of them ended.
    reach: usize,
    sought: Option<Sought>,
}

/// Where a byte stands that some candidates must have.
#[derive(Clone, Copy, Debug)]
struct Sought {
    byte: u8,
    from: usize,
    /// The first one from there on, or the end of the text.
    at: usize,
}

impl Trails {
    pub(super) fn new() -> Self {
        Self { trails: Vec::new(), next: 0, reach: 0, sought: None }
    }

    /// How far a read from a position goes until it is looked whether it was made before.
    #[inline]
    pub(super) fn first_look(&self, start: usize) -> usize {
        // PERF: most candidates are short, and none is known of where they stand.
        let strides = if self.reach > start { 1 } else { 2 };
        (start / STRIDE + strides) * STRIDE
    }

    /// Where a byte stands first from a position on; the end of the text where there is none.
    // PERF: what was passed by once is not looked at again.
    pub(super) fn find(&mut self, byte: u8, text: &[u8], from: usize) -> usize {
        match self.sought {
            Some(sought) if sought.byte == byte && (sought.from..=sought.at).contains(&from) => {
                sought.at
            }
            _ => {
                let at = first_of(byte, text, from);
                self.sought = Some(Sought { byte, from, at });
                at
            }
        }
    }

    /// Goes on as the read that was in the same state at a position, and says which one that was.
    pub(super) fn join(&self, trail: &mut Trail, at: usize, state: State) -> Option<(usize, Ends)> {
        let nth = self.trails.iter().position(|known| known.was(trail.detector, at, state))?;
        let known = self.trails.get(nth)?;
        trail.join(known, at);
        Some((nth, known.ends))
    }

    /// Keeps a read, in the place of the one that it went on as.
    pub(super) fn add(&mut self, trail: &Trail, joined: Option<usize>) {
        let nth = joined.unwrap_or(self.next);
        if joined.is_none() {
            self.next = (self.next + 1) % TRAILS;
        }
        self.reach = self.reach.max(trail.end);
        match self.trails.get_mut(nth) {
            Some(slot) => *slot = *trail,
            None => self.trails.push(*trail),
        }
    }
}

fn first_of(byte: u8, text: &[u8], from: usize) -> usize {
    let pieces = text.get(from..).unwrap_or_default().chunks(BLOCK_BYTES);
    let found = pieces.zip((from..).step_by(BLOCK_BYTES)).find_map(|(piece, at)| {
        let bits = Block::new(piece).is(byte);
        let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
        (bits != 0).then_some(at + bit)
    });
    found.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn tried(ends: &Ends) -> Vec<usize> {
        let mut tries = Tries::new();
        core::iter::from_fn(|| ends.next(&mut tries)).collect()
    }

    #[test]
    fn of_many_ends_the_longest_and_the_shortest_are_tried() {
        for (start, step) in [(0, 1), (3, 7), (60, 64), (1000, 80), (4090, 13)] {
            let mut ends = Ends::default();
            ends.clear(start);
            let mut all = Vec::new();
            for nth in 1..=limits::COMMIT_BYTES_MAX / step {
                let few = all.len() <= LONGEST + SHORTEST;
                let (long, short) = if few { (all.len(), 0) } else { (LONGEST, SHORTEST) };
                let longest = all.iter().rev().take(long).copied();
                let shortest = all.iter().take(short).rev().copied();
                assert_eq!(tried(&ends), longest.chain(shortest).collect::<Vec<_>>());
                assert_eq!(ends.from(start).collect::<Vec<_>>(), all);
                all.push(start + nth * step);
                ends.add(start + nth * step);
            }
            let mut tries = Tries::new();
            ends.next(&mut tries);
            tries.leave_from(start + 2 * step);
            assert_eq!(ends.next(&mut tries), Some(start + step));
            assert_eq!(ends.next(&mut tries), None);
        }
    }

    #[test]
    fn a_read_goes_on_with_the_ends_of_another() {
        let all: Vec<usize> = (1001..1900).filter(|n| n % 7 < 2 || n % 64 == 63).collect();
        let of = |start: usize, ends: &[usize]| {
            let mut made = Ends::default();
            made.clear(start);
            ends.iter().for_each(|end| made.add(*end));
            made
        };
        for from in [1001, 1063, 1064, 1500, 1880, 1900] {
            let own = all.partition_point(|end| *end < from);
            let mut joined = of(995, all.get(..own).expect("some"));
            joined.join(&of(1000, &all), from);
            assert_eq!(joined.from(995).collect::<Vec<_>>(), all);
            assert_eq!(tried(&joined), tried(&of(995, &all)));
        }
    }

    #[test]
    fn the_first_of_a_byte_from_each_position_on() {
        let mut text = [b'.'; 200];
        for at in [3, 64, 65, 190] {
            text[at] = b'@';
        }
        let mut trails = Trails::new();
        for from in (0..=text.len()).chain([0, 150, 64]) {
            let rest = &text[from..];
            let at = rest.iter().position(|byte| *byte == b'@').map_or(text.len(), |n| from + n);
            assert_eq!(trails.find(b'@', &text, from), at, "from {from}");
        }
    }
}
