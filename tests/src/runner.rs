//! What runs a case, and what it saw.
//! A runner drives one implementation and judges nothing: `check.rs` does.

use crate::case::{Case, Headers};
use crate::plan::Plan;
use crate::policy::Policy;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;

/// Runs cases on one implementation.
pub trait Runner {
    /// Its name, in reports.
    fn name(&self) -> &'static str;

    /// Whether the filter is there. Without it every leak must come out.
    fn filters(&self) -> bool {
        true
    }

    /// Which plans are worth their time here.
    fn plans(&self, length: usize) -> Vec<Plan> {
        Plan::all(length)
    }

    /// Why a case cannot be run here at all, in words for the report.
    fn refuses(&self, case: &Case) -> Option<&'static str> {
        let _ = case;
        None
    }

    /// Runs one case, its bodies cut by one plan.
    ///
    /// # Errors
    /// When the implementation itself does not work; not when it does something wrong.
    fn run(&mut self, case: &Case, policy: &Policy, plan: Plan) -> Result<Outcome>;
}

/// What one run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the upstream received; none when it was never asked.
    pub upstream: Option<Received>,
    /// What the client received; none when the connection was cut before any head.
    pub client: Option<Received>,
    /// The entry of the request.
    pub request: Option<Seen>,
    /// The entry of the response.
    pub response: Option<Seen>,
    /// Everything that was said: log lines, entries, metrics, filter state. Without time, digests
    /// and crossing ids.
    pub told: Vec<String>,
}

impl Outcome {
    /// Takes an entry's line of JSON. Of what it tells, that is left out which is random by nature,
    /// where digits may look like anything.
    ///
    /// # Errors
    /// When it is no entry.
    pub fn enter(&mut self, line: &str) -> Result<()> {
        let mut entry: Value = serde_json::from_str(line).context("an entry is a line of JSON")?;
        let seen = Seen::read(&entry)?;
        match entry.get("message").and_then(Value::as_str) {
            Some("request") => self.request = Some(seen),
            Some("response") => self.response = Some(seen),
            _ => bail!("an entry of neither a request nor a response"),
        }
        if let Some(entry) = entry.as_object_mut() {
            for name in ["time", "took_ms", "crossing", "policy", "sequence"] {
                entry.remove(name);
            }
        }
        self.told.push(entry.to_string());
        Ok(())
    }
}

/// A message as it came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The head, pseudo-headers first.
    pub head: Headers,
    /// All that came of the body.
    pub body: Vec<u8>,
    /// The trailers.
    pub trailers: Headers,
    /// The end never came.
    pub cut: bool,
}

impl Received {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.head.iter().find(|(other, _)| other == name.as_bytes()).map(|(_, value)| &value[..])
    }
}

/// What an entry says, as far as it is the same everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `forward`, `rewrite` or `block`.
    pub verdict: String,
    /// Why it was blocked.
    pub reason: Option<String>,
    /// How often each category was found.
    pub findings: BTreeMap<String, u64>,
    /// Rules that findings met.
    pub rules: Vec<String>,
    /// The boundary's id.
    pub boundary: Option<String>,
    /// Zones, `from -> to`.
    pub zones: String,
    /// Things worth telling.
    pub notes: Vec<String>,
    /// Chunks that the body came in.
    pub chunks: u64,
    /// Bytes of the body that were let on.
    pub bytes_out: u64,
}

impl Seen {
    fn read(entry: &Value) -> Result<Self> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| entry.get(name).and_then(Value::as_u64).unwrap_or(0);
        let items = |name: &str| entry.get(name).and_then(Value::as_array).into_iter().flatten();
        let list = |name: &str| {
            items(name).filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let mut findings = BTreeMap::new();
        for finding in items("findings") {
            let category = finding.get("category").and_then(Value::as_str);
            let count = finding.get("count").and_then(Value::as_u64);
            let category = category.context("a finding has a category")?.to_owned();
            *findings.entry(category).or_default() += count.context("a finding has a count")?;
        }
        let zones = [text("from"), text("to")].map(Option::unwrap_or_default).join(" -> ");
        Ok(Self {
            verdict: text("verdict").context("an entry has a verdict")?,
            reason: text("reason"),
            findings,
            rules: list("rules"),
            boundary: text("boundary"),
            zones,
            notes: list("notes"),
            chunks: number("chunks"),
            bytes_out: number("bytes_out"),
        })
    }
}

/// The entry's JSON in a line of a log, if it is one.
#[must_use]
pub fn entry_in(line: &str) -> Option<&str> {
    let (before, _) = line.split_once("cofferdam: {")?;
    line.get(before.len() + "cofferdam: ".len()..)
}
