//! What is found in texts, as the command finds it: counted by category and by detector.
//! Never keeps or shows a text.

use crate::labelled::Record;
use anyhow::{Context as _, anyhow};
use cofferdam_engine::Bundle;
use cofferdam_engine::survey::{Format, Located, Survey};
use cofferdam_policy_compiler::detectors;
use std::collections::{BTreeMap, BTreeSet};

/// The built-in detectors that are on, and those of these categories.
///
/// # Errors
/// When the built-in list does not compile.
pub fn bundle(named: &BTreeSet<&str>) -> anyhow::Result<Bundle> {
    let named: Vec<_> = named.iter().copied().collect();
    let detect = match named.is_empty() {
        true => String::new(),
        false => format!("detect: [{}]\n", named.join(", ")),
    };
    let text = format!(
        "format: cofferdam/v1\n\
         policy: corpora\n\
         owner: corpora\n\
         review_by: 9999-12-31\n\
         {detect}\
         zones: {{ here: {{ sensitivity: internal }}, there: {{ sensitivity: internal }} }}\n\
         members: [{{ zone: there, cluster: there }}]\n\
         boundaries:\n\
         - {{ id: scan, from: here, to: there, purpose: scan, reply: status_only }}\n"
    );
    let compiled = cofferdam_policy_compiler::compile(&text, "corpora")
        .map_err(|wrong| anyhow!("the policy of the corpora: {wrong:?}"))?;
    Bundle::parse(compiled.blob).context("the blob of the corpora")
}

/// The categories that count only where they are named.
#[must_use]
pub fn named() -> BTreeSet<&'static str> {
    detectors::builtin().filter(|row| !row.on).map(|row| row.category).collect()
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
    let bundle = bundle(&named())?;
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
