//! Raw bytes that stay though a finding goes over them: tags within a text, and marks around it.
//! Knows offsets alone, and forgets what has been let on.

use crate::room;
use alloc::vec::Vec;

/// How firmly bytes stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Without them nobody could read what is around. A finding in nothing else blocks.
    Firm,
    /// The same, but a finding that begins in them takes them with it.
    Loose,
    /// What stands within markup: it stays where a finding goes over it, and is no markup itself.
    Within,
}

/// Runs of bytes that stay, one behind another.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    runs: Vec<Run>,
    /// Those before have been let on.
    first: usize,
}

/// PERF: short on purpose, since a text may be cut at every letter.
#[derive(Clone, Copy)]
struct Run {
    start: u64,
    length: u32,
    hold: Hold,
}

impl Run {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.length.into())
    }
}

impl Kept {
    /// More bytes that stay, behind all others.
    pub(crate) fn add(&mut self, mut start: u64, end: u64, hold: Hold) {
        while start < end {
            let last = self.runs.last_mut().filter(|last| last.end() == start && last.hold == hold);
            let room = last.as_ref().map_or(u32::MAX, |last| u32::MAX - last.length);
            let more = u32::try_from(end - start).unwrap_or(u32::MAX).min(room);
            match last {
                Some(last) if more > 0 => last.length += more,
                _ => self.runs.push(Run { start, length: more.max(1), hold }),
            }
            start = start.saturating_add(more.max(1).into());
        }
    }

    /// Whether nothing stays.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether this stands within markup that a finding from `from` on goes over.
    pub(crate) fn is_within(&self, start: u64, end: u64, from: u64) -> bool {
        let runs = self.runs.get(self.first..).unwrap_or_default();
        let holds = |run: &Run| run.start <= start && end <= run.end() && run.start > from;
        runs.iter().any(|run| run.hold == Hold::Within && holds(run))
    }

    /// Everything before `base` has been let on.
    pub(crate) fn pass(&mut self, base: u64) {
        while self.runs.get(self.first).is_some_and(|run| run.end() <= base) {
            self.first += 1;
        }
        // PERF: what is gone is dropped in one go.
        if self.first == self.runs.len() {
            self.runs.clear();
            self.first = 0;
        } else if self.first >= 64 {
            self.runs.drain(..self.first);
            self.first = 0;
        }
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.runs);
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.runs.len() * size_of::<Run>()
    }

    /// The same as [`Self::next`], but for what stands within markup.
    pub(crate) fn next_mark(&self, from: u64, base: u64, to: u64) -> Option<(u64, u64)> {
        let mut base = base;
        loop {
            let (start, end) = self.next(from, base, to)?;
            let runs = self.runs.get(self.first..)?.iter();
            let mut runs = runs.filter(|run| run.hold != Hold::Within);
            if runs.any(|run| run.start <= start && start < run.end()) {
                return Some((start, end));
            }
            base = end;
        }
    }

    /// The next bytes that stay between `base` and `to`, in a finding that begins at `from`.
    pub(crate) fn next(&self, from: u64, base: u64, to: u64) -> Option<(u64, u64)> {
        if base >= to {
            // Such bytes may go on behind `to`, and are no next ones then.
            return None;
        }
        let runs = self.runs.get(self.first..)?.iter();
        let takes = |run: &Run| run.hold != Hold::Firm && run.start <= from && from < run.end();
        let mut runs = runs.filter(|run| run.end() > base && run.start < to && !takes(run));
        runs.next().map(|run| (run.start.max(base), run.end().min(to)))
    }

    /// Whether all bytes of a finding stay.
    pub(crate) fn holds_all(&self, start: u64, end: u64) -> bool {
        let mut at = start;
        while at < end {
            match self.next(start, at, end) {
                Some((begin, to)) if begin == at => at = to,
                _ => return false,
            }
        }
        start < end
    }

    /// Whether nothing may be put in at `at`.
    pub(crate) fn splits(&self, at: u64) -> bool {
        let runs = self.runs.get(self.first..).unwrap_or_default();
        runs.iter().any(|run| run.hold == Hold::Firm && run.start < at && at < run.end())
    }
}
