//! Says of one message what the policy makes of it, and why: which boundary and why none of the
//! others, which rule for each finding and why none of the others.
//! The engine itself is asked what is found and what comes of it. Tells categories and places,
//! never the text of a finding.

mod json_path;
mod openings;
mod render;
mod route;
mod rules;
mod sent;

pub use render::text;

use crate::cases::suite::Subject;
use crate::cells::{Cells, Decided, Direction, Place, Side};
use crate::diagnostic::{Diagnostics, Source};
use crate::language::require::Connection;
use crate::language::{self, PolicyForm, ReplyForm, RulesForm};
use cofferdam_engine::Bundle;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::model::Tables;
use cofferdam_engine::survey::{Format, Located, Survey};
use sent::{Found, Sent};
use std::collections::BTreeMap;

/// A message that is asked about.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Zone of the caller.
    pub from: String,
    /// Zone of the callee.
    pub to: String,
    /// The request's method.
    pub method: String,
    /// The request's path, with its query.
    pub path: String,
    /// Where the reply is asked about, its status.
    pub response: Option<u16>,
    /// The type of the body.
    pub media: Option<String>,
    /// More headers of the message.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// What the connections prove that it comes over.
    pub connection: Connection,
}

/// What the policy makes of a message.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The zones that the message leaves and enters.
    pub ends: (String, String),
    /// Request or reply.
    pub direction: Direction,
    /// The boundaries of the request's two zones, in the order in which they are asked.
    pub boundaries: Vec<Considered>,
    /// What is said where there is none, or where none is asked.
    pub notes: Vec<String>,
    /// `enforce` or `observe`.
    pub mode: &'static str,
    /// `forward`, `rewrite` or `block`; in observe mode what it would have been.
    pub verdict: &'static str,
    /// Why it is blocked.
    pub reason: Option<&'static str>,
    /// What is found, by place.
    pub findings: Vec<Told>,
}

/// A boundary that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Its id.
    pub id: String,
    /// Whether it is the one.
    pub chosen: bool,
    /// Why, or why not.
    pub why: String,
}

/// What is found in a place, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The category.
    pub category: String,
    /// Where in the message: `body`, `header x-card`, `$.lines[2].sku`.
    pub place: Place,
    /// What found it; none where that is not known, or where the field alone says it.
    pub detector: Option<String>,
    /// The first byte and one past the last, in the place, where that is known.
    pub span: Option<(u64, u64)>,
    /// What is done, in a word or two.
    pub action: String,
    /// The rule that says so, as entries call it.
    pub rule: Option<String>,
    /// Why that, and why not the others: a line each.
    pub why: Vec<String>,
}

/// Says what a policy makes of a message.
///
/// # Errors
/// Everything that is wrong with the policy.
pub fn explain(source: &Source, message: &Message) -> Result<Result<Answer, String>, Diagnostics> {
    let compiled = crate::compile_source(source)?;
    let mut diagnostics = Diagnostics::default();
    let form = language::read(source, &mut diagnostics);
    let (Some(form), Ok(bundle)) = (form, Bundle::parse(compiled.blob)) else {
        return Err(diagnostics);
    };
    Ok(answer(&form, &Subject::with(bundle), message))
}

fn answer(form: &PolicyForm, subject: &Subject, message: &Message) -> Result<Answer, String> {
    let bundle = &subject.bundle;
    let tables = bundle.tables();
    let sent = Sent::new(subject, message)?;
    let direction = match message.response {
        None => Direction::Request,
        Some(_) => Direction::Reply,
    };
    let ends = match direction {
        Direction::Request => (message.from.clone(), message.to.clone()),
        Direction::Reply => (message.to.clone(), message.from.clone()),
    };
    let entry = sent.whole()?;
    let (boundaries, notes) = route::told(tables, message, &entry);
    let mut answer = Answer {
        ends,
        direction,
        boundaries,
        notes,
        mode: entry.mode,
        verdict: entry.verdict,
        reason: entry.reason,
        findings: Vec::new(),
    };
    let Some(id) = &entry.boundary else { return Ok(answer) };
    let cells = Cells::new(tables);
    let Some(side) = cells.side(id, direction) else { return Ok(answer) };
    if side.rules().is_none() {
        answer
            .notes
            .push(format!("`{id}` says `reply: status_only`: no header and no body crosses"));
        return Ok(answer);
    }
    let Some(rules) = rules_of(form, id, direction) else { return Ok(answer) };
    let asked = Asked { tables, side, rules, id };
    for found in sent.places()? {
        answer.findings.extend(asked.told_of(bundle, &found));
    }
    let body = sent.body()?;
    answer.findings.extend(asked.told_of_body(bundle, message, body.as_ref(), &entry));
    Ok(answer)
}

fn rules_of<'p>(form: &'p PolicyForm, id: &str, direction: Direction) -> Option<&'p RulesForm> {
    let boundary = form.boundaries.iter().find(|form| form.id.value == id)?;
    match (direction, &boundary.reply) {
        (Direction::Request, _) => Some(&boundary.request),
        (Direction::Reply, Some(ReplyForm::Inspect(rules))) => Some(rules),
        (Direction::Reply, Some(ReplyForm::StatusOnly) | None) => None,
    }
}

/// What holds for the message that is asked about.
struct Asked<'a> {
    tables: &'a Tables,
    side: Side<'a>,
    rules: &'a RulesForm,
    id: &'a str,
}

impl Asked<'_> {
    /// What the engine found in a place of the head.
    fn told_of(&self, bundle: &Bundle, found: &Found) -> Vec<Told> {
        let rows = found.findings.iter().flat_map(|(category, action, count)| {
            let decided = self.side.decide(category, &found.place);
            let told = self.told(category, found.place.clone(), decided);
            let same = told.action.starts_with(action);
            let action = if same { told.action.clone() } else { (*action).to_owned() };
            let told = Told { action, ..told };
            std::iter::repeat_n(told, usize::try_from(*count).unwrap_or(usize::MAX).min(64))
        });
        let mut list: Vec<_> = rows.collect();
        // What is there and is no finding: nobody would know why.
        for located in survey(bundle, &found.survey, Format::Text) {
            let category = self.tables.categories.get(located.category.index());
            let Some(named) = category.map(|category| category.name.as_str()) else { continue };
            let decided = self.side.decide(named, &found.place);
            if decided.rule().is_none() && !list.iter().any(|told| told.category == named) {
                list.push(self.told(named, found.place.clone(), decided));
            }
        }
        list
    }

    /// What the detectors find in the body, beside what the engine made of it.
    fn told_of_body(
        &self,
        bundle: &Bundle,
        message: &Message,
        found: Option<&Found>,
        entry: &Entry,
    ) -> Vec<Told> {
        let mut list: Vec<Told> = Vec::new();
        let coded = message.headers.iter().any(|(name, _)| name == "content-encoding");
        let located = match coded {
            true => Vec::new(),
            false => survey(bundle, &message.body, format(message)),
        };
        let start = |located: &Located| usize::try_from(located.start).ok();
        let starts = located.iter().filter_map(start).collect();
        let paths = json_path::at(&message.body, &starts).unwrap_or_default();
        for Located { category, detector, start, end } in located {
            let Some(named) = self.tables.categories.get(category.index()) else { continue };
            let steps = usize::try_from(start).ok().and_then(|at| paths.get(&at));
            let place = match steps {
                Some(steps) if !steps.is_empty() => Place::field(steps),
                _ => Place::Body,
            };
            let decided = self.side.decide(&named.name, &place);
            let detector = detector.and_then(|id| self.tables.detectors.get(id.index()));
            let mut told = Told {
                detector: detector.map(|detector| detector.name.clone()),
                span: Some((start, end)),
                ..self.told(&named.name, place, decided)
            };
            let value = usize::try_from(start).ok().zip(usize::try_from(end).ok());
            let value = value.and_then(|(start, end)| message.body.get(start..end));
            let opening = detector.zip(value).and_then(|(detector, value)| {
                openings::of_value(self.tables, self.side.rules()?, detector, value)
            });
            if let (Some(opening), true) = (opening, told.rule.is_some()) {
                (told.action, told.rule, told.why) = ("none".to_owned(), None, vec![opening]);
            }
            list.push(told);
        }
        let findings = found.map(|found| found.findings.as_slice()).unwrap_or_default();
        // What follows a block is not looked at any more.
        if !(entry.verdict == "block" && entry.mode == "enforce") {
            passed_over(&mut list, findings);
        }
        // What only the engine finds: behind an encoding, or in a coded body.
        for (category, action, count) in findings {
            if !list.iter().any(|told| told.category == *category) {
                let decided = self.side.decide(category, &Place::Body);
                let mut told = self.told(category, Place::Body, decided);
                told.action = (*action).to_owned();
                told.why
                    .insert(0, format!("found {count} times, behind an encoding or by a field"));
                list.push(told);
            }
        }
        list
    }

    fn told(&self, category: &str, place: Place, decided: Decided<'_>) -> Told {
        let (action, why) = rules::why(self.rules, self.id, self.tables, category, &place, decided);
        let rule = decided.rule().map(str::to_owned);
        let category = category.to_owned();
        Told { category, place, detector: None, span: None, action, rule, why }
    }
}

/// Says so where the engine counts fewer findings than detectors find.
fn passed_over(list: &mut [Told], findings: &[(String, &'static str, u64)]) {
    let mut there: BTreeMap<String, u64> = BTreeMap::new();
    for told in list.iter().filter(|told| told.rule.is_some()) {
        *there.entry(told.category.clone()).or_default() += 1;
    }
    for told in list.iter_mut().filter(|told| told.rule.is_some()) {
        let rows = findings.iter().filter(|(category, _, _)| *category == told.category);
        let count: u64 = rows.map(|(_, _, count)| count).sum();
        let located = there.get(&told.category).copied().unwrap_or(0);
        if count == 0 {
            (told.action, told.rule) = ("none".to_owned(), None);
            told.why = vec!["it is part of a longer finding, or no value by itself".to_owned()];
        } else if count < located {
            told.why.push(format!(
                "only {count} of {located} such values count: others are part of longer findings"
            ));
        }
    }
}

fn format(message: &Message) -> Format {
    match message.media.as_deref() {
        Some("text/csv") => Format::Csv,
        Some("text/tab-separated-values") => Format::Tsv,
        _ => Format::Text,
    }
}

/// Everything that the detectors find in a text, whatever the rules say.
fn survey(bundle: &Bundle, text: &[u8], format: Format) -> Vec<Located> {
    let survey = Survey::new(bundle);
    let mut out = Vec::new();
    survey.read(format).push(text, true, &mut out);
    out
}
