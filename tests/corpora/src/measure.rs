//! What is found in texts, as the command finds it: counted by category and by detector.
//! Never keeps or shows a text.

use crate::labelled::Record;
use anyhow::{Context as _, anyhow};
use cofferdam_engine::Bundle;
use cofferdam_engine::survey::{Format, Located, Survey};
use cofferdam_policy_compiler::detectors;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The built-in detectors that are on, and those of these categories.
///
/// # Errors
/// When the built-in list does not compile.
pub fn bundle(named: &BTreeSet<&str>) -> anyhow::Result<Bundle> {
    let text = detectors::policy_of(named);
    let compiled = cofferdam_policy_compiler::compile(&text, "corpora")
        .map_err(|wrong| anyhow!("the policy of the corpora: {wrong:?}"))?;
    Bundle::parse(compiled.blob).context("the blob of the corpora")
}

/// Labels, findings and what they have in common, of one category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Labels.
    pub labelled: u32,
    /// Findings.
    pub found: u32,
    /// Findings that are a label's, to the byte.
    pub exact: u32,
}

impl Score {
    /// How much of what is labelled is found.
    #[must_use]
    pub fn recall(&self) -> f64 {
        f64::from(self.exact) / f64::from(self.labelled.max(1))
    }

    /// How much of what is found is labelled.
    #[must_use]
    pub fn precision(&self) -> f64 {
        f64::from(self.exact) / f64::from(self.found.max(1))
    }
}

/// Compares findings with labels, by category.
///
/// # Errors
/// When the built-in list does not compile.
pub fn scores(records: impl Iterator<Item = Record>) -> anyhow::Result<BTreeMap<String, Score>> {
    let bundle = bundle(&detectors::named())?;
    let survey = Survey::new(&bundle);
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for record in records {
        let format = if record.format == "csv" { Format::Csv } else { Format::Text };
        let mut found = Vec::new();
        survey.read(format).push(record.text.as_bytes(), true, &mut found);
        let labels: BTreeSet<_> = record
            .spans
            .iter()
            .map(|(category, span)| ((*category).to_owned(), span.start, span.end))
            .collect();
        for (category, ..) in &labels {
            scores.entry(category.clone()).or_default().labelled += 1;
        }
        let found: BTreeSet<_> = found.iter().map(|located| spot(&bundle, located)).collect();
        for spot in found {
            let score = scores.entry(spot.0.clone()).or_default();
            score.found += 1;
            score.exact += u32::from(labels.contains(&spot));
        }
    }
    Ok(scores)
}

fn spot(bundle: &Bundle, located: &Located) -> (String, usize, usize) {
    let category = &bundle.tables().categories[located.category.index()].name;
    let at = |offset: u64| usize::try_from(offset).expect("a text in memory");
    (category.clone(), at(located.start), at(located.end))
}

/// Bytes that one false finding may be found in.
const BYTES_EACH: f64 = 1e7;

/// Places that are told of one detector.
const PLACES_MAX: usize = 5;

/// What is found in texts that hold nothing, by detector.
pub struct Clean<'b> {
    bundle: &'b Bundle,
    survey: Survey<'b>,
    named: BTreeSet<&'static str>,
    /// Bytes of each sort of text.
    bytes: BTreeMap<String, u64>,
    /// By category: by detector how often, and where first. What truly stands there is apart.
    found: BTreeMap<String, Found>,
}

#[derive(Default)]
struct Found {
    false_ones: u64,
    true_ones: u64,
    detectors: BTreeMap<String, u64>,
    places: Vec<String>,
}

impl<'b> Clean<'b> {
    /// With all built-in detectors, which [`bundle`] gives.
    #[must_use]
    pub fn new(bundle: &'b Bundle) -> Self {
        let (survey, named) = (Survey::new(bundle), detectors::named());
        Self { bundle, survey, named, bytes: BTreeMap::new(), found: BTreeMap::new() }
    }

    /// Looks at a text. `holds` are the categories of which it has true values.
    pub fn look(&mut self, sort: &str, place: &str, format: Format, holds: &[&str], text: &[u8]) {
        let mut located = Vec::new();
        self.survey.read(format).push(text, true, &mut located);
        *self.bytes.entry(sort.to_owned()).or_default() += text.len() as u64;
        for one in &located {
            let (category, start, _) = spot(self.bundle, one);
            let detectors = &self.bundle.tables().detectors;
            let detector = one.detector.map_or("field", |id| &detectors[id.index()].name);
            let found = self.found.entry(category.clone()).or_default();
            if holds.contains(&category.as_str()) {
                found.true_ones += 1;
                continue;
            }
            found.false_ones += 1;
            *found.detectors.entry(detector.to_owned()).or_default() += 1;
            if found.places.len() < PLACES_MAX {
                found.places.push(format!("{place} at {start}"));
            }
        }
    }

    fn all_bytes(&self) -> u64 {
        self.bytes.values().sum()
    }

    /// How many of 10 MB are false, of the detectors that are on together.
    #[must_use]
    pub fn on_rate(&self) -> f64 {
        let on = self.found.iter().filter(|(category, _)| !self.named.contains(category.as_str()));
        self.rate(on.map(|(_, found)| found.false_ones).sum())
    }

    /// The categories that have to be named and are too often false.
    #[must_use]
    pub fn named_above(&self) -> Vec<(&str, f64)> {
        let named =
            self.found.iter().filter(|(category, _)| self.named.contains(category.as_str()));
        let rates = named.map(|(category, found)| (category.as_str(), self.rate(found.false_ones)));
        rates.filter(|(_, rate)| *rate > 1.0).collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of bytes")]
    fn rate(&self, count: u64) -> f64 {
        count as f64 * BYTES_EACH / self.all_bytes().max(1) as f64
    }

    /// All of it as a table: no text, only sorts, offsets and counts.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        for (sort, bytes) in &self.bytes {
            let _ = writeln!(out, "{:>12} bytes  {sort}", bytes);
        }
        let _ =
            writeln!(out, "\n{:>8} {:>8} {:>9}  category and detectors", "true", "false", "/10 MB");
        for (category, found) in &self.found {
            let rate = self.rate(found.false_ones);
            let detectors = found.detectors.iter().map(|(name, count)| format!("{name} {count}"));
            let detectors: Vec<_> = detectors.collect();
            let counts = if self.named.contains(category.as_str()) { "named" } else { "on" };
            let _ = writeln!(
                out,
                "{:>8} {:>8} {rate:>9.2}  {category} [{counts}] {}",
                found.true_ones,
                found.false_ones,
                detectors.join(", ")
            );
            for place in &found.places {
                let _ = writeln!(out, "{:30}{place}", "");
            }
        }
        let _ = writeln!(
            out,
            "\n{:.2} false findings in 10 MB of all detectors that are on, of {} bytes",
            self.on_rate(),
            self.all_bytes()
        );
        for (category, rate) in self.named_above() {
            let _ = writeln!(out, "{rate:.2} false findings in 10 MB of `{category}` when named");
        }
        out
    }
}
