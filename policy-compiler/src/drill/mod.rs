//! Attacks every boundary of a policy with made-up data, on the engine itself, as a host would send
//! it: each category that must not cross as it is, in each place of a message, dressed in all that
//! the engine looks through, cut into chunks. Says what got through, and never shows a value.
//!
//! The same policy, seed and number make the same attack. That one is of any worth is shown by a
//! control: what is sent must hold the value, by the same search that then looks for it on the
//! other side.

pub(crate) mod attack;
pub(crate) mod canary;
pub(crate) mod carrier;
pub(crate) mod coding;
pub(crate) mod format;
mod known;
mod sample;
pub(crate) mod seek;
pub(crate) mod stream;
#[cfg(test)]
mod tests;
mod trick;
mod wire;

use crate::cases::suite::Suite;
use crate::cells::{Direction, Strictness};
use crate::diagnostic::{Diagnostics, Source, Span};
use attack::Range;
use std::collections::BTreeMap;

/// How a drill is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Another seed makes other attacks.
    pub seed: u64,
    /// How many attacks are made.
    pub attacks: u64,
    /// The only attack to make.
    pub only: Option<u64>,
}

/// What came of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The value did not arrive.
    Held,
    /// It did.
    Through,
    /// It did, and the policy lets just this value pass: `ignore`.
    Open,
    /// It did, as another category, which the policy lets pass here.
    Other,
    /// It did, by a known limit of the engine: which one.
    Known(&'static str),
    /// Nothing was shown: what was sent does not hold the value, or nothing could be sent.
    Broken,
}

/// One attack, in words that hold nothing of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// Its number, which makes it again together with the seed.
    pub number: u64,
    /// The boundary's id.
    pub boundary: String,
    /// Request or reply.
    pub direction: Direction,
    /// What was sent.
    pub category: String,
    /// The category's group.
    pub group: String,
    /// Where in the message.
    pub place: String,
    /// What it was dressed in.
    pub trick: String,
    /// The same, without what the seed mixed.
    pub kind: String,
    /// How it was cut.
    pub cut: &'static str,
    /// What the engine told of it: `forward`, `rewrite`, `block`.
    pub verdict: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// How many attacks came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// See [`Outcome::Held`].
    pub held: u64,
    /// See [`Outcome::Through`].
    pub through: u64,
    /// See [`Outcome::Open`].
    pub open: u64,
    /// See [`Outcome::Other`].
    pub other: u64,
    /// See [`Outcome::Known`].
    pub known: u64,
    /// See [`Outcome::Broken`].
    pub broken: u64,
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Held => &mut self.held,
            Outcome::Through => &mut self.through,
            Outcome::Open => &mut self.open,
            Outcome::Other => &mut self.other,
            Outcome::Known(_) => &mut self.known,
            Outcome::Broken => &mut self.broken,
        };
        *count += 1;
    }

    /// The sum of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            held: self.held + other.held,
            through: self.through + other.through,
            open: self.open + other.open,
            other: self.other + other.other,
            known: self.known + other.known,
            broken: self.broken + other.broken,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.held + self.through + self.open + self.other + self.known + self.broken
    }
}

/// What attacks have in common that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The boundary's id.
    pub boundary: String,
    /// Request or reply.
    pub direction: Direction,
    /// The category's group.
    pub group: String,
    /// What it was dressed in.
    pub trick: String,
}

/// What came of a drill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// How many attacks of each kind came to what.
    pub kinds: BTreeMap<Kind, Counts>,
    /// Those that got through, and the one that was asked for.
    pub shown: Vec<Attack>,
    /// Directions of boundaries that nothing was sent over, and why.
    pub left_out: Vec<(String, &'static str)>,
    /// Categories of which no value could be made.
    pub unmade: Vec<String>,
    /// What the engine does not look through, and no attack tries.
    pub limits: Vec<String>,
    /// Where each boundary stands in the policy.
    pub spans: BTreeMap<String, Span>,
}

impl Report {
    /// All counts together.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.kinds.values().fold(Counts::default(), |sum, counts| sum.and(*counts))
    }

    /// Attacks that got through.
    pub fn through(&self) -> impl Iterator<Item = &Attack> {
        self.shown.iter().filter(|attack| attack.outcome == Outcome::Through)
    }
}

/// A policy that does not compile, so that nothing can be drilled.
#[derive(Clone, Debug)]
pub struct DrillError {
    /// Whether it is the policy that says what must hold, and not the one that is attacked.
    pub of_expected: bool,
    /// What is wrong with it.
    pub diagnostics: Diagnostics,
}

/// Attacks a policy. What must not cross is what the policy itself says, or what another one says.
///
/// # Errors
/// When one of them does not compile.
pub fn run(
    policy: &Source,
    expected: Option<&Source>,
    options: Options,
) -> Result<Report, DrillError> {
    let fail = |of_expected| move |diagnostics| DrillError { of_expected, diagnostics };
    let attacked = Suite::new(policy).map_err(fail(false))?;
    let standard = Suite::new(expected.unwrap_or(policy)).map_err(fail(true))?;
    let range = Range::new(&attacked, &standard, options.seed);
    let mut report = Report {
        seed: options.seed,
        left_out: range.left_out(),
        unmade: range.unmade(),
        limits: limits(&standard),
        spans: spans(&attacked),
        ..Report::default()
    };
    let numbers = options.only.map_or(0..options.attacks, |only| only..only.saturating_add(1));
    for attack in numbers.filter_map(|number| range.attack(number)) {
        let Attack { boundary, direction, group, kind, .. } = &attack;
        let kind = Kind {
            boundary: boundary.clone(),
            direction: *direction,
            group: group.clone(),
            trick: kind.clone(),
        };
        report.kinds.entry(kind).or_default().add(attack.outcome);
        if options.only.is_some() || attack.outcome != Outcome::Held {
            report.shown.push(attack);
        }
    }
    Ok(report)
}

/// What is promised of no value, so that nothing is shown by trying.
fn limits(standard: &Suite<'_>) -> Vec<String> {
    let limits = &standard.subject.bundle.tables().limits;
    let mut list = vec![
        format!("more than {} layers of encoding within a value (`limits: unwrap`)", limits.unwrap),
        "runs of fewer than 16 letters in base64, hex or base32".to_owned(),
        "values split over several messages".to_owned(),
        "names of fields that a policy declares, spelled otherwise".to_owned(),
    ];
    if !limits.opaque_media.is_empty() {
        list.push("media that pass unread (`limits: opaque_media`)".to_owned());
    }
    list
}

fn spans(suite: &Suite<'_>) -> BTreeMap<String, Span> {
    suite.policy.boundaries.iter().map(|form| (form.id.value.clone(), form.id.span)).collect()
}

/// Whether a value must not cross as it is.
pub(crate) fn is_strict(strictness: Strictness) -> bool {
    strictness >= Strictness::Mask
}
