//! What watches a policy in force: alerting rules for Prometheus and a dashboard for Grafana, over
//! the metrics that the filter counts (`filter/src/metrics.rs`) and `envoy/stats-tags.yaml` labels.
//! Reads no clock: dates to review by become numbers that Prometheus compares with its own.

mod grafana;
mod prometheus;

pub use grafana::dashboard;
pub use prometheus::rules;

use crate::Compiled;
use crate::language::date::Date;
use crate::report::printable;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::BlobError;

/// Hex digits of a policy's digest that its metric carries.
const DIGEST_DIGITS: usize = 12;

/// What is watched of one policy.
#[derive(Clone, Debug)]
pub struct Watched {
    policy: String,
    /// The beginning of its digest, as the metric has it.
    digest: String,
    reviews: Vec<Review>,
}

/// A date that must not pass unnoticed.
#[derive(Clone, Debug)]
struct Review {
    what: String,
    by: Date,
}

impl Watched {
    /// What is watched of a policy that compiles.
    ///
    /// # Errors
    /// When the engine refuses the blob.
    pub fn new(compiled: &Compiled) -> Result<Self, BlobError> {
        let bundle = Bundle::parse(compiled.blob.clone())?;
        let reviews = compiled.reviews.iter();
        Ok(Self {
            policy: printable(&compiled.tables.policy),
            digest: bundle.digest().to_string().chars().take(DIGEST_DIGITS).collect(),
            reviews: reviews
                .map(|review| Review {
                    what: printable(&review.what).replace('`', ""),
                    by: review.by,
                })
                .collect(),
        })
    }
}
