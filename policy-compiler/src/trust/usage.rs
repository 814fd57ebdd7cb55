//! What entries of filters tell of grants and rules: which were used, and when last.

use crate::entries::Entry;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a grant's id by which entries name it.
const ID_LETTERS: usize = 12;

/// What entries tell. Keeps names and times, and no entry.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Entries that were read.
    pub entries: u64,
    /// Lines that are none.
    pub others: u64,
    /// The first and the last of them.
    window: Option<(Time, Time)>,
    grants: BTreeSet<String>,
    /// By policy: when its first entry was written, and when each rule was last met.
    policies: BTreeMap<String, (Time, BTreeMap<String, Time>)>,
}

/// A policy whose rules are looked for in entries.
#[derive(Clone, Debug)]
pub struct MeasuredRules {
    /// The digest of its blob, as entries have it.
    pub policy: String,
    /// Its rules.
    pub rules: Vec<String>,
    /// How many days a rule may be met by nothing.
    pub days: u64,
}

impl Usage {
    /// Reads a log, after those before it.
    pub fn read(&mut self, log: &[u8]) {
        for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match Entry::find(line) {
                Some(entry) => self.count(entry),
                None => self.others += 1,
            }
        }
    }

    fn count(&mut self, entry: Entry) {
        let at = Time(entry.time / 1000);
        self.entries += 1;
        let (first, last) = self.window.unwrap_or((at, at));
        self.window = Some((first.min(at), last.max(at)));
        self.grants.extend(entry.grants);
        let (since, rules) = self.policies.entry(entry.policy).or_insert((at, BTreeMap::new()));
        *since = (*since).min(at);
        for rule in entry.rules {
            let met = rules.entry(rule).or_insert(at);
            *met = (*met).max(at);
        }
    }

    /// When the first entry was written, and the last one.
    #[must_use]
    pub fn window(&self) -> Option<(Time, Time)> {
        self.window
    }

    /// Whether an entry names a grant.
    #[must_use]
    pub fn names(&self, grant: &Digest) -> bool {
        let id: String = grant.to_string().chars().take(ID_LETTERS).collect();
        self.grants.contains(&id)
    }

    /// When the first entry of a policy was written.
    #[must_use]
    pub fn since(&self, policy: &str) -> Option<Time> {
        self.policies.get(policy).map(|(since, _)| *since)
    }

    /// When something last met a rule.
    #[must_use]
    pub fn met(&self, policy: &str, rule: &str) -> Option<Time> {
        self.policies.get(policy)?.1.get(rule).copied()
    }
}
