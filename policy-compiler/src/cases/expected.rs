//! Compares what came out with what a test expects.
//! What it says shows texts that the policy's author made up, and nothing else.

use super::exchange::Output;
use crate::language::CaseForm;
use crate::language::read::Name;
use crate::language::yaml::escape;
use cofferdam_engine::Bundle;
use cofferdam_engine::detect::automaton::Automaton;
use cofferdam_engine::detect::validate;
use cofferdam_engine::model::{Action, Decision, Detector, PlaceSelector, Reply, Rules, Tables};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::token;
use std::collections::BTreeMap;

const TOKEN_OPEN: &str = "${token:";

/// Everything that is not as expected.
pub(super) fn compare(
    case: &CaseForm,
    output: &Output,
    bundle: &Bundle,
    settings: &Settings,
) -> Vec<String> {
    let (expect, entry) = (&case.expect, &output.entry);
    let mut failures = Vec::new();
    if expect.is_empty() {
        failures.push("it expects nothing".to_owned());
    }
    if let Some(verdict) = expect.verdict.filter(|verdict| *verdict != entry.verdict) {
        let reason = entry.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        failures.push(format!("verdict: expected {verdict}, came {}{reason}", entry.verdict));
    }
    if expect.reason.is_some() && expect.reason != entry.reason {
        let (wanted, came) = (expect.reason.unwrap_or_default(), entry.reason.unwrap_or("none"));
        failures.push(format!("reason: expected {wanted}, came {came}"));
    }
    if let Some(findings) = &expect.findings {
        let wanted = findings.iter().map(|(name, count)| (name.value.clone(), *count));
        let wanted: BTreeMap<_, _> = wanted.filter(|(_, count)| *count > 0).collect();
        let mut came: BTreeMap<String, u64> = BTreeMap::new();
        for (category, _, count) in &entry.findings {
            *came.entry(category.clone()).or_default() += count;
        }
        if wanted != came {
            failures.push(format!(
                "findings: expected {}, came {}",
                counts(&wanted),
                counts(&came)
            ));
        }
    }
    if let Some(rules) = &expect.rules {
        failures.extend(compare_rules(rules, &entry.rules));
    }
    if let Some(body) = &expect.body {
        let rules = rules(case, output, bundle.tables());
        match fill_tokens(body, rules, bundle, settings) {
            Err(why) => failures.push(why),
            Ok(body) if body.as_bytes() == output.body => {}
            Ok(body) => {
                let came = String::from_utf8_lossy(&output.body);
                failures.push(format!(
                    "body:\n  expected {}\n  came     {}",
                    escape(&body),
                    escape(&came)
                ));
            }
        }
    }
    for (name, wanted) in &expect.headers {
        failures.extend(compare_header(name, wanted.as_deref(), output));
    }
    failures
}

/// A rule is named whole, `id#2`, or by its boundary, `id`.
fn compare_rules(wanted: &[Name], came: &[String]) -> Option<String> {
    let fits = |wanted: &str, came: &str| {
        wanted == came || came.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('#'))
    };
    let wanted: Vec<_> = wanted.iter().map(|name| name.value.as_str()).collect();
    let met = wanted.iter().all(|wanted| came.iter().any(|came| fits(wanted, came)));
    let named = came.iter().all(|came| wanted.iter().any(|wanted| fits(wanted, came)));
    (!met || !named)
        .then(|| format!("rules: expected {}, came {}", wanted.join(", "), came.join(", ")))
}

fn compare_header(name: &str, wanted: Option<&str>, output: &Output) -> Option<String> {
    let came: Vec<_> = output
        .headers
        .iter()
        .filter(|(found, _)| found == name.as_bytes())
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        .collect();
    let came = came.join(", ");
    let there = output.headers.iter().any(|(found, _)| found == name.as_bytes());
    match wanted {
        None if !there => None,
        None => Some(format!("header {name}: expected none, came `{}`", escape(&came))),
        Some(wanted) if there && wanted == came => None,
        Some(wanted) if there => {
            let (wanted, came) = (escape(wanted), escape(&came));
            Some(format!("header {name}: expected `{wanted}`, came `{came}`"))
        }
        Some(wanted) => Some(format!("header {name}: expected `{}`, came none", escape(wanted))),
    }
}

fn counts(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let list: Vec<_> = counts.iter().map(|(name, count)| format!("{name}: {count}")).collect();
    list.join(", ")
}

/// Puts the token of VALUE in place of each `${token:VALUE}`.
fn fill_tokens(
    body: &str,
    rules: Option<&Rules>,
    bundle: &Bundle,
    settings: &Settings,
) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), body);
    while let Some((before, after)) = rest.split_once(TOKEN_OPEN) {
        let Some((value, after)) = after.split_once('}') else {
            return Err("body: `${token:` is not closed".to_owned());
        };
        let token = rules
            .and_then(|rules| token_of(value.as_bytes(), rules, bundle, settings))
            .ok_or_else(|| format!("body: no rule makes a token of `{}`", escape(value)))?;
        out.push_str(before);
        out.push_str(&token);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The token that these rules make of a value: of a category with a detector that takes it, or of
/// one that is found by field, where no detector does.
fn token_of(value: &[u8], rules: &Rules, bundle: &Bundle, settings: &Settings) -> Option<String> {
    let tables = bundle.tables();
    let takes = |detector: &Detector| {
        let section = bundle.blob().automaton(usize::from(detector.automaton));
        let automaton = section.and_then(|section| Automaton::parse(section).ok());
        automaton.is_some_and(|automaton| automaton.accepts_all_of(value))
            && validate::accept(detector.validator, value, 0, value.len())
    };
    let mut by_field = None;
    for (n, category) in tables.categories.iter().enumerate() {
        let action = decision(rules, n).and_then(|d| tables.actions.get(d.action.index()));
        let Some(Action::Tokenize(tokenize)) = action else { continue };
        let make = |canonical: &[u8]| {
            let token = token::make(tables, settings, tokenize, &category.name, canonical)?;
            String::from_utf8(token).ok()
        };
        let mut detectors =
            tables.detectors.iter().filter(|detector| detector.category.index() == n);
        if detectors.clone().next().is_none() {
            by_field = by_field.or_else(|| make(value));
        }
        if let Some(detector) = detectors.find(|detector| takes(detector)) {
            let mut canonical = Vec::new();
            validate::canonical(detector.validator, value, &mut canonical);
            return make(&canonical);
        }
    }
    by_field
}

/// The rules of the boundary that the message went over.
fn rules<'t>(case: &CaseForm, output: &Output, tables: &'t Tables) -> Option<&'t Rules> {
    let id = output.entry.boundary.as_ref()?;
    let boundary = tables.boundaries.iter().find(|boundary| boundary.id == *id)?;
    match (&boundary.reply, case.message.response) {
        (_, None) => Some(&boundary.request),
        (Reply::Inspect(rules), Some(_)) => Some(rules),
        (Reply::StatusOnly, Some(_)) => None,
    }
}

fn decision(rules: &Rules, category: usize) -> Option<Decision> {
    let in_body =
        |place: &PlaceSelector| matches!(place, PlaceSelector::Field(_) | PlaceSelector::Body);
    let placed = rules
        .placed
        .iter()
        .find(|placed| placed.category.index() == category && in_body(&placed.place))
        .map(|placed| placed.decision);
    placed.or(rules.by_category.get(category).copied().flatten())
}
