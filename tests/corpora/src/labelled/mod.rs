//! Texts with labels: for every category values of it and near misses, in prose, JSON, logs, CSV
//! and headers. The same seed gives the same texts.
//! Never asks the detectors what is right.

mod carrier;
pub mod kind;
mod kinds;
mod near;

use crate::random::Random;
use carrier::Carrier;
use kind::{Kind, Value};
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::Range;

/// A text, and what is in it.
#[derive(Clone, Debug)]
pub struct Record {
    /// Category, whether it is a near miss, and the number.
    pub id: String,
    /// The text.
    pub text: String,
    /// `text` or `csv`.
    pub format: &'static str,
    /// What is in it, in the order of the values.
    pub spans: Vec<(&'static str, Range<usize>)>,
}

impl Record {
    /// One line, as `cofferdam evaluate` reads it.
    #[must_use]
    pub fn line(&self) -> String {
        let span = |(category, span): &(&str, Range<usize>)| json!({ "category": category, "start": span.start, "end": span.end });
        let spans: Vec<_> = self.spans.iter().map(span).collect();
        let (id, text, format) = (&self.id, &self.text, self.format);
        json!({ "id": id, "format": format, "text": text, "spans": spans }).to_string()
    }
}

/// Every category, with the kinds of its values.
#[must_use]
pub fn kinds() -> BTreeMap<&'static str, Vec<&'static Kind>> {
    let mut by_category: BTreeMap<_, Vec<_>> = BTreeMap::new();
    kinds::all().for_each(|kind| by_category.entry(kind.category).or_default().push(kind));
    by_category
}

/// So many values and so many near misses of every category, in its order.
pub fn records(seed: u64, count: usize) -> impl Iterator<Item = Record> {
    kinds().into_iter().flat_map(move |(category, kinds)| {
        let mut random = Random::new(seed, category);
        let mut records = Vec::new();
        for n in 0..count {
            // Each kind of value comes in each carrier.
            let kind = kinds[n / Carrier::ALL.len() % kinds.len()];
            let carrier = Carrier::ALL[n % Carrier::ALL.len()];
            let value = kind.value(&mut random);
            let word = random.pick(kind.words);
            let id = format!("{category}/value/{n}");
            records.push(carrier.record(&mut random, id, kind.assigned, word, &value));
        }
        for n in 0..count {
            let kind = kinds[n % kinds.len()];
            let id = format!("{category}/near/{n}");
            records.push(near::record(&mut random, id, kind, n / kinds.len()));
        }
        records
    })
}

/// What has no category.
fn nothing(text: String) -> Value {
    Value { text, parts: Vec::new() }
}
