//! An answer as text. Shows places and numbers of bytes, never what stands there.

use super::{Answer, Told};
use crate::cells::quoted;
use std::fmt::Write as _;

/// More findings than this nobody reads one by one.
const SHOWN_MAX: usize = 100;

/// The whole answer.
#[must_use]
pub fn text(answer: &Answer) -> String {
    let mut out = String::new();
    let (from, to) = &answer.ends;
    let _ = writeln!(out, "a {} from {} to {}", answer.direction.name(), quoted(from), quoted(to));
    for considered in &answer.boundaries {
        let sign = if considered.chosen { "over" } else { "not " };
        let _ = writeln!(out, "  {sign} `{}`: {}", considered.id, considered.why);
    }
    for note in &answer.notes {
        let _ = writeln!(out, "  {note}");
    }
    for told in answer.findings.iter().take(SHOWN_MAX) {
        finding(told, &mut out);
    }
    if answer.findings.len() > SHOWN_MAX {
        let _ = writeln!(out, "\n{} more findings", answer.findings.len() - SHOWN_MAX);
    }
    if answer.findings.is_empty() && answer.boundaries.iter().any(|found| found.chosen) {
        let _ = writeln!(out, "\nnothing is found in it");
    }
    let reason = answer.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let would = match answer.mode {
        "observe" => ", were it not only observed",
        _ => "",
    };
    let _ = writeln!(out, "\nverdict: {}{reason}{would}", answer.verdict);
    out
}

fn finding(told: &Told, out: &mut String) {
    let span =
        told.span.map(|(start, end)| format!(", bytes {start} to {end}")).unwrap_or_default();
    let by = told.detector.as_ref().map(|name| format!(", by `{name}`")).unwrap_or_default();
    let place = told.place.in_words();
    let _ = writeln!(out, "\n{} in {place}{span}{by}", quoted(&told.category));
    let rule = told.rule.as_ref().map(|rule| format!(" (`{rule}`)")).unwrap_or_default();
    let _ = writeln!(out, "  action: {}{rule}", told.action);
    for line in &told.why {
        let _ = writeln!(out, "  {line}");
    }
}
