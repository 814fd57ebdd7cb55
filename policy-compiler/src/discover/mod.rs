//! What entries tell of the traffic of a policy that only observes, and a policy for it.
//! Declares what was seen to cross, and opens nothing: a finding is redacted, or blocked where it
//! was, whatever became of it before. Keeps names and numbers, and no entry.

mod proposal;

use crate::detectors::builtin;
use crate::detectors::by_field;
use crate::entries::Entry;
use crate::language::read::is_name;
use std::collections::{BTreeMap, BTreeSet};

/// The zone of whatever no member line fits.
const UNPLACED: &str = "unplaced";
/// More zones, or pairs of them, than any policy has: what comes after is only counted.
const NAMES_MAX: usize = 1000;
/// The last day for which a log is believed: the end of 2099, in seconds.
const SECONDS_MAX: u64 = 4_102_444_799;

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Zones of what crossed, and what placed their ends.
    zones: BTreeMap<String, BTreeSet<String>>,
    /// What crossed, by the zones of caller and callee.
    pairs: BTreeMap<(String, String), Pair>,
    /// Requests between zones that were refused, and never let through.
    refused: BTreeMap<(String, String), u64>,
    /// Categories of a policy's own, which no other one knows.
    own: BTreeSet<String>,
    /// Digests of the policies that told.
    policies: BTreeSet<String>,
    /// The last second that was told of.
    latest: u64,
    /// Entries that were read.
    pub entries: u64,
    /// Lines that are no entry.
    pub others: u64,
    /// Messages with an end that nothing placed.
    unplaced: u64,
    /// Messages within one zone.
    within: u64,
    /// Entries with what is no name, or past the bound on names.
    left_out: u64,
}

/// What crossed between a caller's zone and a callee's.
#[derive(Clone, Debug, Default)]
struct Pair {
    /// What it was declared as, where it was.
    boundaries: BTreeSet<String>,
    requests: Side,
    replies: Side,
}

/// One direction.
#[derive(Clone, Debug, Default)]
struct Side {
    messages: u64,
    /// How often a category was found, by what was done, or would have been.
    found: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Traffic {
    /// Reads the lines of a log: an entry is a JSON object, with anything before it in its line.
    #[must_use]
    pub fn read(log: &[u8]) -> Self {
        let known = known();
        let mut traffic = Self::default();
        for line in log.split(|&byte| byte == b'\n') {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match Entry::find(line) {
                Some(entry) => traffic.take(entry, &known),
                None => traffic.others += 1,
            }
        }
        let crossed: BTreeSet<_> = traffic.pairs.keys().cloned().collect();
        traffic.refused.retain(|pair, _| !crossed.contains(pair));
        traffic
    }

    /// Whether anything crossed that a boundary can be proposed for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs of zones that boundaries are proposed for: caller and callee.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.keys().map(|(from, to)| (from.as_str(), to.as_str()))
    }

    fn take(&mut self, entry: Entry, known: &BTreeSet<&str>) {
        self.entries += 1;
        if [&entry.from, &entry.to].iter().any(|zone| *zone == UNPLACED) {
            self.unplaced += 1;
            return;
        }
        if entry.from == entry.to {
            self.within += 1;
            return;
        }
        let names = [&entry.from, &entry.to].into_iter().chain(&entry.boundary);
        if names.into_iter().any(|name| !is_usable(name)) || !self.has_room(&entry) {
            self.left_out += 1;
            return;
        }
        self.latest = self.latest.max((entry.time / 1000).min(SECONDS_MAX));
        if self.policies.len() < NAMES_MAX {
            self.policies.insert(entry.policy.clone());
        }
        let pair = match entry.is_request {
            true => (entry.from.clone(), entry.to.clone()),
            false => (entry.to.clone(), entry.from.clone()),
        };
        // Nothing crossed where the policy had no boundary and was in force.
        if entry.boundary.is_none() && entry.verdict == "block" && !entry.observed {
            *self.refused.entry(pair).or_default() += u64::from(entry.is_request);
            return;
        }
        for (zone, by) in [(entry.from, entry.from_by), (entry.to, entry.to_by)] {
            let placed = self.zones.entry(zone).or_default();
            if is_name(&by) && placed.len() < NAMES_MAX {
                placed.insert(by);
            }
        }
        let pair = self.pairs.entry(pair).or_default();
        pair.boundaries.extend(entry.boundary);
        let side = if entry.is_request { &mut pair.requests } else { &mut pair.replies };
        side.messages += 1;
        for finding in entry.findings {
            if !known.contains(finding.category.as_str()) {
                let fits = is_name(&finding.category) && self.own.len() < NAMES_MAX;
                self.own.extend(fits.then_some(finding.category));
                continue;
            }
            let actions = side.found.entry(finding.category).or_default();
            if is_name(&finding.action) && actions.len() < NAMES_MAX {
                let count = actions.entry(finding.action).or_default();
                *count = count.saturating_add(finding.count);
            }
        }
    }

    fn has_room(&self, entry: &Entry) -> bool {
        let zone = |name: &String| self.zones.contains_key(name) || self.zones.len() < NAMES_MAX;
        let room = self.pairs.len() < NAMES_MAX && self.refused.len() < NAMES_MAX;
        zone(&entry.from) && zone(&entry.to) && room
    }
}

/// A name that reads as one in YAML too.
fn is_usable(name: &str) -> bool {
    is_name(name) && !matches!(name, "null" | "true" | "false")
}

/// The categories that every policy may name.
fn known() -> BTreeSet<&'static str> {
    let by_field = by_field::BY_FIELD.iter().map(|row| row.category);
    builtin().map(|row| row.category).chain(by_field).collect()
}
