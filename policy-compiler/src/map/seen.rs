//! What entries tell of crossings that really happened: by boundary, by rule, and between zones that
//! no boundary joins. Keeps names and numbers, and no entry.

use crate::entries::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// More pairs of zones than any policy joins: what comes after is only counted.
const PAIRS_MAX: usize = 1000;
/// Reasons of a crossing that the policy does not speak of.
const UNDECLARED: [&str; 2] = ["no_boundary", "not_permitted"];

/// Crossings of one boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests.
    pub requests: u64,
    /// Replies.
    pub replies: u64,
    /// Of both those that were blocked.
    pub blocked: u64,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, replies, blocked } = self;
        match (requests, replies) {
            (0, 0) => f.write_str("never"),
            _ => write!(f, "{requests} requests, {replies} replies, {blocked} blocked"),
        }
    }
}

/// What has no place in the policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undeclared {
    /// Zone of the caller.
    pub from: String,
    /// Zone of the callee.
    pub to: String,
    /// Why it was blocked, or would have been.
    pub reason: String,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    boundaries: BTreeMap<String, Count>,
    rules: BTreeSet<String>,
    undeclared: BTreeMap<Undeclared, u64>,
    /// Entries that were read.
    pub entries: u64,
    /// Of them those of another policy, which say nothing of this one.
    pub foreign: u64,
    /// Lines that are no entry.
    pub others: u64,
    /// Crossings between zones past the bound on pairs.
    pub uncounted: u64,
}

impl Seen {
    /// Reads the lines of a log: an entry is a JSON object, with anything before it in its line.
    /// What another policy than that with this digest told is counted apart.
    #[must_use]
    pub fn read(log: &[u8], digest: &str) -> Self {
        let mut seen = Self::default();
        for line in log.split(|&byte| byte == b'\n') {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match Entry::find(line) {
                Some(entry) => seen.take(entry, digest),
                None => seen.others += 1,
            }
        }
        seen
    }

    /// Crossings of a boundary.
    #[must_use]
    pub fn of(&self, boundary: &str) -> Count {
        self.boundaries.get(boundary).copied().unwrap_or_default()
    }

    /// Whether a finding met this rule.
    #[must_use]
    pub fn met(&self, rule: &str) -> bool {
        self.rules.contains(rule)
    }

    /// Requests that no boundary speaks of.
    pub fn undeclared(&self) -> impl Iterator<Item = (&Undeclared, u64)> {
        self.undeclared.iter().map(|(what, count)| (what, *count))
    }

    fn take(&mut self, entry: Entry, digest: &str) {
        self.entries += 1;
        if entry.policy != digest {
            self.foreign += 1;
            return;
        }
        if let Some(boundary) = entry.boundary {
            let count = self.boundaries.entry(boundary).or_default();
            match entry.is_request {
                true => count.requests += 1,
                false => count.replies += 1,
            }
            count.blocked += u64::from(entry.verdict == "block");
        }
        // Of an answer the request has told already.
        let reason = entry.reason.filter(|_| entry.is_request);
        if let Some(reason) = reason.filter(|why| UNDECLARED.contains(&why.as_str())) {
            self.missing(Undeclared { from: entry.from, to: entry.to, reason });
        }
        self.rules.extend(entry.rules);
    }

    fn missing(&mut self, key: Undeclared) {
        if self.undeclared.len() >= PAIRS_MAX && !self.undeclared.contains_key(&key) {
            self.uncounted += 1;
            return;
        }
        *self.undeclared.entry(key).or_default() += 1;
    }
}
