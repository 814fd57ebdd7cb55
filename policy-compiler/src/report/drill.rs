//! What came of a drill: for people, as JSON, JUnit XML and SARIF 2.1.0.
//! Holds categories, places and numbers, and no value.

use super::text::place;
use super::xml;
use super::{printable, uri};
use crate::diagnostic::{Source, Span};
use crate::drill::{Attack, Counts, Kind, Outcome, Report};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Attacks that are told one by one in a text; all of them are in the other formats.
const SHOWN_MAX: usize = 50;

impl Outcome {
    /// The word in reports.
    fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Through => "through",
            Self::Open => "let through by `ignore`",
            Self::Other => "let through as another category",
            Self::Known(_) => "let through by a known limit",
            Self::Broken => "shows nothing",
        }
    }

    /// Which known limit it is.
    fn limit(self) -> Option<&'static str> {
        match self {
            Self::Known(limit) => Some(limit),
            Self::Held | Self::Through | Self::Open | Self::Other | Self::Broken => None,
        }
    }
}

/// Tables by boundary, group and dress, and everything that was not held.
#[must_use]
pub fn drill_text(source: &Source, report: &Report) -> String {
    let mut out = format!("{}, seed {}\n", printable(source.name()), report.seed);
    table(&mut out, "boundary", report, |kind| {
        format!("{}, {}", kind.boundary, kind.direction.name())
    });
    table(&mut out, "categories", report, |kind| format!("@{}", kind.group));
    table(&mut out, "dress", report, |kind| kind.trick.clone());
    for (what, outcome) in [
        ("got through", Outcome::Through),
        ("showed nothing", Outcome::Broken),
        ("let through by `ignore`", Outcome::Open),
        ("let through as another category", Outcome::Other),
        ("held", Outcome::Held),
    ] {
        let all: Vec<_> = report.shown.iter().filter(|one| one.outcome == outcome).collect();
        if all.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{what}:");
        for attack in all.iter().take(SHOWN_MAX) {
            let place = place(source, span(report, &attack.boundary).unwrap_or_default());
            let _ = writeln!(out, "  {place}: {}", sentence(report, attack));
        }
        if let Some(more) = all.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            let _ = writeln!(out, "  and {more} more");
        }
    }
    let met = known(report);
    for (what, list) in [
        ("got through, by known limits of this version", met),
        ("not attacked", lines(&report.left_out)),
        ("no value could be made of", report.unmade.clone()),
        ("not looked through, and so not tried", report.limits.clone()),
    ] {
        if !list.is_empty() {
            let _ = writeln!(out, "\n{what}:");
            list.iter().for_each(|line| {
                let _ = writeln!(out, "  {line}");
            });
        }
    }
    out
}

/// One JSON document.
#[must_use]
pub fn drill_json(source: &Source, report: &Report) -> String {
    let counts = |counts: &Counts| {
        json!({
            "attacks": counts.all(),
            "held": counts.held,
            "through": counts.through,
            "open": counts.open,
            "other_category": counts.other,
            "known_limit": counts.known,
            "showed_nothing": counts.broken,
        })
    };
    let kinds = report.kinds.iter().map(|(kind, found)| {
        let mut row = counts(found);
        row["boundary"] = kind.boundary.as_str().into();
        row["direction"] = kind.direction.name().into();
        row["group"] = kind.group.as_str().into();
        row["dress"] = kind.trick.as_str().into();
        row
    });
    let shown = report.shown.iter().map(|attack| attack_json(source, report, attack));
    let document = json!({
        "file": source.name(),
        "seed": report.seed,
        "total": counts(&report.total()),
        "kinds": kinds.collect::<Vec<_>>(),
        "attacks": shown.collect::<Vec<_>>(),
        "not_attacked": lines(&report.left_out),
        "no_value": report.unmade,
        "not_looked_through": report.limits,
    });
    format!("{document:#}\n")
}

/// A case for each direction of a boundary and dress.
#[must_use]
pub fn drill_junit(source: &Source, report: &Report) -> String {
    let mut cases: BTreeMap<(String, &str, String), Counts> = BTreeMap::new();
    for (Kind { boundary, direction, trick, .. }, counts) in &report.kinds {
        let key = (boundary.clone(), direction.name(), trick.clone());
        let sum = cases.entry(key).or_default();
        *sum = sum.and(*counts);
    }
    let file = xml(source.name());
    let failed = cases.values().filter(|counts| counts.through > 0).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let _ = writeln!(
        out,
        "  <testsuite name=\"{file}: drill\" tests=\"{}\" failures=\"{failed}\" errors=\"0\">",
        cases.len()
    );
    for ((boundary, direction, trick), counts) in &cases {
        let at = span(report, boundary).unwrap_or_default().start;
        let (line, of) = (source.position(at).line, xml(source.file(at).name()));
        let name = xml(&format!("{boundary}, {direction}: {trick}"));
        let _ = write!(
            out,
            "    <testcase name=\"{name}\" classname=\"{file}: drill\" file=\"{of}\" \
             line=\"{line}\""
        );
        if counts.through == 0 {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        let of_case = |attack: &&Attack| {
            attack.boundary == *boundary
                && attack.direction.name() == *direction
                && attack.kind == *trick
        };
        for attack in report.through().filter(of_case) {
            let text = xml(&sentence(report, attack));
            let _ = writeln!(out, "      <failure message=\"{text}\"/>");
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// One result for each attack that got through, at its boundary.
#[must_use]
pub fn drill_sarif(source: &Source, report: &Report) -> String {
    let results = report.through().map(|attack| {
        let mut region = json!({ "startLine": 1 });
        let mut name = source.name();
        if let Some(span) = span(report, &attack.boundary) {
            let (start, end) = (source.position(span.start), source.position(span.end));
            name = source.file(span.start).name();
            region = json!({
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            });
        }
        json!({
            "ruleId": "drill/through",
            "ruleIndex": 0,
            "level": "error",
            "message": { "text": sentence(report, attack) },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": uri(name) },
                    "region": region,
                },
            }],
            "partialFingerprints": {
                "cofferdamDrill/v1": format!(
                    "{} {} {} {} {}",
                    attack.boundary,
                    attack.direction.name(),
                    attack.category,
                    attack.place,
                    attack.kind
                ),
            },
        })
    });
    let rule = json!({
        "id": "drill/through",
        "shortDescription": { "text": "made-up personal data crossed a boundary as it was" },
        "defaultConfiguration": { "level": "error" },
    });
    let log = json!({
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cofferdam",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": [rule],
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn table(out: &mut String, title: &str, report: &Report, by: impl Fn(&Kind) -> String) {
    let mut rows: BTreeMap<String, Counts> = BTreeMap::new();
    for (kind, counts) in &report.kinds {
        let sum = rows.entry(printable(&by(kind))).or_default();
        *sum = sum.and(*counts);
    }
    let width = rows.keys().map(|row| row.chars().count()).max().unwrap_or(0).max(title.len());
    let _ = writeln!(out, "\n{title:width$}  attacks     held  through  known  other");
    for (row, counts) in rows {
        let Counts { held, through, open, other, known, broken } = counts;
        let rest = open + other + broken;
        let all = counts.all();
        let _ =
            writeln!(out, "{row:width$}  {all:>7}  {held:>7}  {through:>7}  {known:>5}  {rest:>5}");
    }
}

fn sentence(report: &Report, attack: &Attack) -> String {
    let Attack { number, boundary, direction, category, place, trick, cut, .. } = attack;
    let (seed, place) = (report.seed, printable(place));
    let (direction, verdict) = (direction.name(), attack.verdict);
    let outcome = attack.outcome.name();
    format!(
        "{boundary}, {direction}: {category} in {place}, {trick}, cut {cut}: {outcome}, verdict \
         {verdict} (--seed {seed} --attack {number})"
    )
}

fn attack_json(source: &Source, report: &Report, attack: &Attack) -> Value {
    let span = span(report, &attack.boundary);
    json!({
        "attack": attack.number,
        "boundary": attack.boundary,
        "file": span.map(|span| source.file(span.start).name()),
        "line": span.map(|span| source.position(span.start).line),
        "direction": attack.direction.name(),
        "category": attack.category,
        "place": attack.place,
        "dress": attack.trick,
        "cut": attack.cut,
        "verdict": attack.verdict,
        "outcome": attack.outcome.name(),
        "known_limit": attack.outcome.limit(),
    })
}

/// Known limits that were met, how often, and an attack that shows each.
fn known(report: &Report) -> Vec<String> {
    let mut met: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for attack in &report.shown {
        if let Some(limit) = attack.outcome.limit() {
            met.entry(limit).or_insert((0, attack.number)).0 += 1;
        }
    }
    let line = |(limit, (count, first)): (&str, (u64, u64))| {
        format!("{limit}: {count} (--seed {} --attack {first})", report.seed)
    };
    met.into_iter().map(line).collect()
}

fn lines(list: &[(String, &'static str)]) -> Vec<String> {
    list.iter().map(|(name, why)| format!("{name}: {why}")).collect()
}

fn span(report: &Report, boundary: &str) -> Option<Span> {
    report.spans.get(boundary).copied()
}
