//! The policies of a benchmark: every built-in detector, a hundred, and twenty of them.
//! Compiles them, and knows which detector is which.

use anyhow::{Result, anyhow, ensure};
use cofferdam_engine::model::{Category, Mode, Strength, Tables};
use cofferdam_engine::{Bundle, blob};
use cofferdam_policy_compiler::compile;
use cofferdam_policy_compiler::detectors::{self, Builtin};
use std::collections::BTreeSet;

/// The categories of the twenty.
const TWENTY: &[&str] = &[
    "aws_access_key",
    "credit_card",
    "email",
    "github_token",
    "iban",
    "ip_address",
    "jwt",
    "mac_address",
    "phone",
    "us_ssn",
];

/// A blob, and the rows of its detectors.
#[derive(Debug)]
pub struct Policy {
    /// What lanes load.
    pub blob: Vec<u8>,
    /// The row of each detector, by its number.
    pub rows: Vec<&'static Builtin>,
}

/// The text of a policy that names every category, and lets all of it pass.
#[must_use]
pub fn text_of_all() -> String {
    let named: BTreeSet<_> =
        detectors::builtin().filter(|row| !row.on).map(|row| row.category).collect();
    let named: Vec<_> = named.into_iter().collect();
    format!(
        "format: cofferdam/v1\n\
         policy: bench\n\
         owner: team:bench\n\
         review_by: 9999-12-31\n\
         detect: [{}]\n\
         zones: {{ here: {{ sensitivity: internal }}, there: {{ sensitivity: internal }} }}\n\
         members: [{{ zone: here, listener_port: 8443 }}, {{ zone: there, cluster: there }}]\n\
         boundaries:\n\
         - {{ id: bench, from: here, to: there, purpose: measuring, otherwise: observe,\n\
         \x20   reply: status_only }}\n",
        named.join(", ")
    )
}

/// Every built-in detector.
///
/// # Errors
/// When the policy does not compile.
pub fn all() -> Result<Policy> {
    let compiled = compile(&text_of_all(), "bench").map_err(|error| anyhow!("{error:?}"))?;
    policy(compiled.blob)
}

/// Twenty detectors of the most common categories.
///
/// # Errors
/// When they are not twenty.
pub fn twenty() -> Result<Policy> {
    some(20)
}

/// The twenty, and eighty from all over the others.
///
/// # Errors
/// When they are not a hundred.
pub fn hundred() -> Result<Policy> {
    some(100)
}

/// So many detectors: those of [`TWENTY`] first, then those of every other category in turn.
fn some(count: usize) -> Result<Policy> {
    let whole = Bundle::parse(all()?.blob).map_err(|error| anyhow!("{error}"))?;
    let whole = whole.tables();
    let known = |own: &Category| TWENTY.contains(&own.name.as_str());
    let others = || whole.categories.iter().filter(|own| !known(own));
    let common = whole.categories.iter().filter(|own| known(own));
    let in_turn = others().step_by(2).chain(others().skip(1).step_by(2));
    let (mut categories, mut taken) = (Vec::new(), 0);
    for own in common.chain(in_turn) {
        let more = detectors::builtin().filter(|row| row.category == own.name).count();
        if taken + more <= count {
            taken += more;
            categories.push(own.clone());
        }
    }
    categories.sort_by(|a, b| a.name.cmp(&b.name));
    let compiled = detectors::compile(&categories, &[]).map_err(|error| anyhow!("{error:?}"))?;
    ensure!(compiled.detectors.len() == count, "{} detectors", compiled.detectors.len());
    let mut proxy_reply = whole.proxy_reply.clone();
    proxy_reply.by_category = vec![None; categories.len()];
    let tables = Tables {
        mode: Mode::Enforce,
        categories,
        detectors: compiled.detectors,
        words: compiled.words,
        rules: Vec::new(),
        boundaries: Vec::new(),
        proxy_reply,
        ..whole.clone()
    };
    policy(blob::seal(&tables, &compiled.automata).map_err(|error| anyhow!("{error}"))?)
}

fn policy(blob: Vec<u8>) -> Result<Policy> {
    let bundle = Bundle::parse(blob.clone()).map_err(|error| anyhow!("{error}"))?;
    let row = |name: &str| detectors::builtin().find(|row| row.name == name);
    let rows = bundle.tables().detectors.iter().map(|detector| {
        row(&detector.name).ok_or_else(|| anyhow!("no row is called `{}`", detector.name))
    });
    Ok(Policy { rows: rows.collect::<Result<_>>()?, blob })
}

impl Policy {
    /// What a detector finds.
    #[must_use]
    pub fn category(&self, detector: u32) -> &'static str {
        let row = usize::try_from(detector).ok().and_then(|at| self.rows.get(at));
        row.map_or("", |row| row.category)
    }

    /// Whether what a detector finds is sure by itself.
    #[must_use]
    pub fn is_certain(&self, detector: u32) -> bool {
        let row = usize::try_from(detector).ok().and_then(|at| self.rows.get(at));
        row.is_some_and(|row| row.strength == Strength::Certain)
    }
}
