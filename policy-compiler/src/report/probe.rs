//! What came of a probe: for people, and as JSON.
//! Holds categories, places, paths and numbers, and no value.

use super::printable;
use crate::cells::Direction;
use crate::probe::{Counts, Outcome, Report, Row};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Categories that are named in a line; all of them are in JSON.
const NAMED_MAX: usize = 6;

impl Outcome {
    /// The word in reports.
    fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Raw => "raw",
            Self::Other => "otherwise",
            Self::Unjudged(_) => "not judged",
        }
    }

    /// What is wrong, as a heading.
    fn heading(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Raw => "came out raw",
            Self::Other => "did not come out raw, and not as the policy says",
            Self::Unjudged(_) => "not judged",
        }
    }

    /// What to look at.
    fn help(self) -> Option<&'static str> {
        match self {
            Self::Held => None,
            Self::Raw => Some(
                "something on this way goes past the filter, or it runs a looser policy: see \
                 `cofferdam check-host` on the host's configuration (filter, routes, allow-list, \
                 failure policy), and which policy the filter's entries and metrics name",
            ),
            Self::Other => Some(
                "the listener runs another policy than this one, or something else alters \
                 messages: compare the digests that its entries name with `cofferdam inspect`",
            ),
            Self::Unjudged(why) => Some(why.help()),
        }
    }
}

/// A table by boundary and direction, and everything that was not held.
#[must_use]
pub fn probe_text(report: &Report) -> String {
    let mut sides: BTreeMap<(&str, Direction), Vec<&Row>> = BTreeMap::new();
    for row in &report.rows {
        sides.entry((&row.boundary, row.direction)).or_default().push(row);
    }
    let width = sides.keys().map(|(boundary, _)| printable(boundary).chars().count()).max();
    let width = width.unwrap_or(0).max("boundary".len());
    let mut out = format!(
        "{:<width$}  {:<9}  {:>5}  {:>5}  {:>9}  {:>10}\n",
        "boundary", "direction", "held", "raw", "otherwise", "not judged"
    );
    for ((boundary, direction), rows) in &sides {
        let Counts { held, raw, other, unjudged } = Counts::of(rows.iter().copied());
        let _ = writeln!(
            out,
            "{:<width$}  {:<9}  {held:>5}  {raw:>5}  {other:>9}  {unjudged:>10}",
            printable(boundary),
            direction.name(),
        );
    }
    for (boundary, direction) in &report.open {
        let boundary = printable(boundary);
        let _ = writeln!(
            out,
            "{boundary:<width$}  {:<9}  everything may cross as it is: nothing to probe",
            direction.name()
        );
    }
    for wanted in [Outcome::Raw, Outcome::Other] {
        told(&mut out, report, wanted);
    }
    let mut reasons: Vec<_> = report.rows.iter().map(|row| row.outcome).collect();
    reasons.retain(|outcome| matches!(outcome, Outcome::Unjudged(_)));
    reasons.sort_by_key(|outcome| match outcome {
        Outcome::Unjudged(why) => Some(*why),
        Outcome::Held | Outcome::Raw | Outcome::Other => None,
    });
    reasons.dedup();
    reasons.into_iter().for_each(|outcome| told(&mut out, report, outcome));
    out
}

/// Everything that came to this, a line for each place of a way.
fn told(out: &mut String, report: &Report, wanted: Outcome) {
    let mut lines: BTreeMap<[String; 4], Vec<String>> = BTreeMap::new();
    for row in report.rows.iter().filter(|row| row.outcome == wanted) {
        let way = [
            printable(&row.boundary),
            row.direction.name().to_owned(),
            printable(&row.path),
            printable(&row.place),
        ];
        let category = row.category.as_deref().unwrap_or("the echo's own");
        lines.entry(way).or_default().push(printable(category));
    }
    if lines.is_empty() {
        return;
    }
    let why = match wanted {
        Outcome::Unjudged(why) => format!(", {why}"),
        Outcome::Held | Outcome::Raw | Outcome::Other => String::new(),
    };
    let _ = writeln!(out, "\n{}{why}:", wanted.heading());
    for ([boundary, direction, path, place], categories) in &lines {
        let named = categories.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        let more = categories.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(out, "  {boundary}, {direction}, {path}, {place}: {named}{more}");
    }
    if let Some(help) = wanted.help() {
        let _ = writeln!(out, "  help: {help}");
    }
}

/// One JSON document.
#[must_use]
pub fn probe_json(policy: &str, digest: &str, report: &Report) -> String {
    let row = |row: &Row| {
        let why = match row.outcome {
            Outcome::Unjudged(why) => Some(why.to_string()),
            Outcome::Held | Outcome::Raw | Outcome::Other => None,
        };
        json!({
            "boundary": row.boundary,
            "direction": row.direction.name(),
            "category": row.category,
            "place": row.place,
            "path": row.path,
            "expected": row.wanted,
            "outcome": row.outcome.name(),
            "why": why,
            "help": row.outcome.help(),
        })
    };
    let Counts { held, raw, other, unjudged } = Counts::of(&report.rows);
    let open = |(boundary, direction): &(String, Direction)| {
        let direction = direction.name();
        json!({ "boundary": boundary, "direction": direction })
    };
    let document = json!({
        "policy": policy,
        "digest": digest,
        "total": { "held": held, "raw": raw, "otherwise": other, "not_judged": unjudged },
        "open": report.open.iter().map(open).collect::<Vec<_>>(),
        "crossings": report.rows.iter().map(row).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}
