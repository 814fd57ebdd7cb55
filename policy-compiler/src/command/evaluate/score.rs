//! Counts hits and misses by category, and what they come to.
//! One blended figure is never made: it would hide a category that fails.

use super::label::Span;
use cofferdam_policy_compiler::detectors::Target;
use std::collections::BTreeMap;

/// What was labelled and found of one category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) labelled: u64,
    pub(super) found: u64,
    /// Findings whose span is a label's.
    pub(super) exact: u64,
    /// Labels that share a byte with a finding.
    pub(super) labels_overlapped: u64,
    /// Findings that share a byte with a label.
    pub(super) found_overlapping: u64,
}

/// Precision and recall; none where there is nothing to divide by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    pub(super) precision: Option<f64>,
    pub(super) recall: Option<f64>,
}

/// Scores by category.
#[derive(Default)]
pub(super) struct Scores {
    scores: BTreeMap<String, Score>,
}

impl Scores {
    pub(super) fn add(&mut self, labels: &[Span], found: &[Span]) {
        let mut labels: Vec<_> = labels.iter().collect();
        // A label that is given twice says nothing more.
        labels.sort_by_key(|span| (&span.category, span.start, span.end));
        labels.dedup_by(|one, other| one.equals(other));
        for label in &labels {
            let score = self.scores.entry(label.category.clone()).or_default();
            score.labelled += 1;
            score.labels_overlapped += u64::from(found.iter().any(|span| span.overlaps(label)));
            score.exact += u64::from(found.iter().any(|span| span.equals(label)));
        }
        for span in found {
            let score = self.scores.entry(span.category.clone()).or_default();
            score.found += 1;
            let overlaps = labels.iter().any(|label| label.overlaps(span));
            score.found_overlapping += u64::from(overlaps);
        }
    }

    pub(super) fn by_category(&self) -> impl Iterator<Item = (&str, &Score)> {
        self.scores.iter().map(|(category, score)| (category.as_str(), score))
    }
}

impl Score {
    pub(super) fn exact(&self) -> Rates {
        let exact = self.exact;
        Rates { precision: ratio(exact, self.found), recall: ratio(exact, self.labelled) }
    }

    /// Whether the exact rates come to a target, as far as there is anything to judge.
    pub(super) fn meets(&self, target: Target) -> bool {
        let Rates { precision, recall } = self.exact();
        precision.is_none_or(|precision| precision >= target.precision)
            && recall.is_none_or(|recall| recall >= target.recall)
    }

    pub(super) fn overlap(&self) -> Rates {
        Rates {
            precision: ratio(self.found_overlapping, self.found),
            recall: ratio(self.labels_overlapped, self.labelled),
        }
    }
}

impl Rates {
    /// The mean in which recall weighs twice as much as precision.
    pub(super) fn f2(&self) -> Option<f64> {
        let recall = self.recall?;
        // Where nothing was found there is no precision, and everything was missed.
        let precision = self.precision.unwrap_or(0.0);
        let weighed = 4.0 * precision + recall;
        Some(if weighed > 0.0 { 5.0 * precision * recall / weighed } else { 0.0 })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of records")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::{Rates, ratio};

    #[test]
    fn f2_weighs_recall_more() {
        let rates = |precision, recall| Rates { precision: Some(precision), recall: Some(recall) };
        let f2 = |precision, recall| rates(precision, recall).f2().expect("both are there");
        assert!((f2(0.5, 1.0) - 0.8333).abs() < 1e-3);
        assert!((f2(1.0, 0.5) - 0.5556).abs() < 1e-3);
        assert!(f2(0.0, 0.0).abs() < 1e-9);
        assert_eq!(Rates { precision: ratio(0, 0), recall: ratio(0, 4) }.f2(), Some(0.0));
        assert_eq!(Rates { precision: ratio(0, 4), recall: ratio(0, 0) }.f2(), None);
    }
}
