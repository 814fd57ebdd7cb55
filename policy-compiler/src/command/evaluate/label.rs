//! Labels of a record, and where findings and labels differ.
//! Keeps offsets and names; what is wrong with a label is told without the text.

use crate::command::scan::record::Record;
use crate::command::survey;
use cofferdam_engine::model::Tables;
use cofferdam_engine::survey::{Format, Located};
use cofferdam_policy_compiler::report::printable;
use serde_json::{Value, json};

/// A labelled or found piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) category: String,
    /// Of a finding.
    detector: Option<String>,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Span {
    pub(super) fn of(tables: &Tables, located: &Located) -> Self {
        let (category, detector) = survey::names(tables, located);
        let (category, detector) = (category.to_owned(), Some(detector.to_owned()));
        Self { category, detector, start: located.start, end: located.end }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.category == other.category && (self.start, self.end) == (other.start, other.end)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.category == other.category && self.touches(other)
    }

    fn touches(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The labels of a record.
pub(super) fn labels(record: &Record) -> Result<Vec<Span>, String> {
    let spans = record.rest.get("spans").ok_or("`spans` is missing")?;
    let Ok(Value::Array(spans)) = serde_json::from_str(spans) else {
        return Err("`spans` is no list".to_owned());
    };
    spans.iter().enumerate().map(|(n, span)| label(&record.text, n, span)).collect()
}

/// How the text of a record is read: by its name for it, or as plain text.
pub(super) fn format(record: &Record) -> Result<Format, String> {
    match record.rest.get("format").map(String::as_str) {
        None | Some("\"text\"") => Ok(Format::Text),
        Some("\"csv\"") => Ok(Format::Csv),
        Some("\"tsv\"") => Ok(Format::Tsv),
        Some(_) => Err("`format` is none of `text`, `csv`, `tsv`".to_owned()),
    }
}

fn label(text: &str, n: usize, span: &Value) -> Result<Span, String> {
    let broken = |what: &str| format!("span {n}: {what}");
    let category = span["category"].as_str().ok_or_else(|| broken("`category` is no string"))?;
    let offset = |name: &str| {
        let offset =
            span[name].as_u64().ok_or_else(|| broken(&format!("`{name}` is no offset")))?;
        let index = usize::try_from(offset).unwrap_or(usize::MAX);
        if !text.is_char_boundary(index) {
            return Err(broken(&format!("`{name}` points at no character of the text")));
        }
        Ok(offset)
    };
    let (start, end) = (offset("start")?, offset("end")?);
    if start >= end {
        return Err(broken("it is empty"));
    }
    Ok(Span { category: category.to_owned(), detector: None, start, end })
}

/// A label that was not found as it is, or a finding that no label says.
pub(super) struct Confusion {
    id: String,
    /// `missed` or `extra`.
    what: &'static str,
    span: Span,
    /// What lies over it on the other side.
    instead: Vec<Span>,
}

/// Where labels and findings of a record differ.
pub(super) fn confusions<'c>(
    id: &'c str,
    labels: &'c [Span],
    found: &'c [Span],
) -> impl Iterator<Item = Confusion> + 'c {
    let differ = |what: &'static str, spans: &'c [Span], others: &'c [Span]| {
        let alone = spans.iter().filter(|span| !others.iter().any(|other| other.equals(span)));
        alone.map(move |span| {
            let over = others.iter().filter(|other| other.touches(span));
            Confusion {
                id: id.to_owned(),
                what,
                span: span.clone(),
                instead: over.cloned().collect(),
            }
        })
    };
    differ("missed", labels, found).chain(differ("extra", found, labels))
}

impl Confusion {
    pub(super) fn text(&self) -> String {
        let show = |span: &Span| {
            let detector = span.detector.as_ref().map(|name| format!(" ({name})"));
            let (category, detector) = (&span.category, detector.unwrap_or_default());
            printable(&format!("{category}{detector} {}..{}", span.start, span.end))
        };
        let instead: Vec<_> = self.instead.iter().map(show).collect();
        let over = if instead.is_empty() { String::new() } else { ", over ".to_owned() };
        let id = printable(&self.id);
        format!("{id}: {} {}{over}{}", self.what, show(&self.span), instead.join(", "))
    }

    pub(super) fn json(&self) -> Value {
        let show = |span: &Span| {
            json!({
                "category": span.category, "detector": span.detector,
                "start": span.start, "end": span.end,
            })
        };
        let id: Value = serde_json::from_str(&self.id).unwrap_or_default();
        let instead: Vec<_> = self.instead.iter().map(show).collect();
        json!({ "id": id, "what": self.what, "span": show(&self.span), "over": instead })
    }
}
