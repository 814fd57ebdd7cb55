//! Raw bytes that stay though a finding goes over them: tags within a text, and marks around it.
//! Knows offsets alone, and forgets what has been let on.

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
#[derive(Default)]
pub(crate) struct Kept {
    runs: Vec<Run>,
    /// Those before have been let on.
    first: usize,
}

#[derive(Clone, Copy)]
struct Run {
    start: u64,
    end: u64,
    hold: Hold,
}

impl Kept {
    /// More bytes that stay, behind all others.
    pub(crate) fn add(&mut self, start: u64, end: u64, hold: Hold) {
        if start >= end {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.end == start && last.hold == hold => last.end = end,
            _ => self.runs.push(Run { start, end, hold }),
        }
    }

    /// Everything before `base` has been let on.
    pub(crate) fn pass(&mut self, base: u64) {
        while self.runs.get(self.first).is_some_and(|run| run.end <= base) {
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

    pub(crate) fn kept_bytes(&self) -> usize {
        self.runs.len() * size_of::<Run>()
    }

    /// The next bytes that stay between `base` and `to`, in a finding that begins at `from`.
    pub(crate) fn next(&self, from: u64, base: u64, to: u64) -> Option<(u64, u64)> {
        let runs = self.runs.get(self.first..)?.iter();
        let takes = |run: &Run| run.hold != Hold::Firm && run.start <= from && from < run.end;
        let mut runs = runs.filter(|run| run.end > base && run.start < to && !takes(run));
        runs.next().map(|run| (run.start.max(base), run.end.min(to)))
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
        runs.iter().any(|run| run.hold == Hold::Firm && run.start < at && at < run.end)
    }
}
