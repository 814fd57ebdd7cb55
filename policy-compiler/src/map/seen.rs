//! What entries tell of crossings that really happened: by boundary, by rule, and between zones that
//! no boundary joins. Keeps names and numbers, and no entry.

use serde_json::Value;
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
            match entry(line) {
                Some(entry) => seen.take(&entry, digest),
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

    fn take(&mut self, entry: &Value, digest: &str) {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        self.entries += 1;
        if text("policy") != Some(digest) {
            self.foreign += 1;
            return;
        }
        let is_request = text("message") == Some("request");
        if let Some(boundary) = text("boundary") {
            let count = self.boundaries.entry(boundary.to_owned()).or_default();
            match is_request {
                true => count.requests += 1,
                false => count.replies += 1,
            }
            count.blocked += u64::from(text("verdict") == Some("block"));
        }
        // Of an answer the request has told already.
        if let Some(reason) = text("reason").filter(|why| is_request && UNDECLARED.contains(why)) {
            let zones = (text("from").unwrap_or_default(), text("to").unwrap_or_default());
            self.missing(zones, reason);
        }
        for rule in entry.get("rules").and_then(Value::as_array).into_iter().flatten() {
            if let Some(rule) = rule.as_str().filter(|rule| !self.rules.contains(*rule)) {
                self.rules.insert(rule.to_owned());
            }
        }
    }

    fn missing(&mut self, (from, to): (&str, &str), reason: &str) {
        let key = Undeclared { from: from.into(), to: to.into(), reason: reason.into() };
        if self.undeclared.len() >= PAIRS_MAX && !self.undeclared.contains_key(&key) {
            self.uncounted += 1;
            return;
        }
        *self.undeclared.entry(key).or_default() += 1;
    }
}

/// The entry in a line of a log, if there is one.
fn entry(line: &[u8]) -> Option<Value> {
    let at = line.iter().position(|&byte| byte == b'{')?;
    let value: Value = serde_json::from_slice(line.get(at..)?.trim_ascii_end()).ok()?;
    let is_entry = ["crossing", "message", "verdict", "policy"].iter().all(|key| {
        let value = value.get(key);
        value.is_some_and(Value::is_string)
    });
    is_entry.then_some(value)
}
