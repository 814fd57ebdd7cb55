//! What a policy allows and nothing used, and what was seen and the policy does not speak of.

use super::seen::Seen;
use crate::cells::{Cells, Strictness};
use crate::report::printable;
use cofferdam_engine::model::{Rules, Tables};
use std::collections::BTreeSet;
use std::fmt;

/// See the head of this module. Texts hold nothing hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Boundaries that nothing went over.
    pub unused: Vec<String>,
    /// Rules that let something of a finding through, and that no finding met.
    pub unmet: Vec<String>,
    /// Requests between zones that no boundary joins, or that `when` of none fits.
    pub undeclared: Vec<String>,
    /// What was read, and what was left out of it.
    pub read: Vec<String>,
}

impl Gaps {
    pub(super) fn new(tables: &Tables, seen: &Seen) -> Self {
        let unused = |boundary: &&cofferdam_engine::model::Boundary| {
            let count = seen.of(&boundary.id);
            count.requests == 0 && count.replies == 0
        };
        let name = |boundary: &cofferdam_engine::model::Boundary| printable(&boundary.id);
        Self {
            unused: tables.boundaries.iter().filter(unused).map(name).collect(),
            unmet: unmet(tables, seen),
            undeclared: undeclared(seen),
            read: read(seen),
        }
    }
}

/// Rules of boundaries in use: of one that nothing went over all rules are unmet.
fn unmet(tables: &Tables, seen: &Seen) -> Vec<String> {
    let mut opening = BTreeSet::new();
    for side in Cells::new(tables).sides() {
        let count = seen.of(side.boundary());
        if let Some(rules) = side.rules().filter(|_| count.requests + count.replies > 0) {
            opening.extend(openings(tables, rules));
        }
    }
    let names = opening.into_iter().filter_map(|rule| tables.rules.get(rule));
    names.filter(|rule| !seen.met(rule)).map(|rule| printable(rule)).collect()
}

/// Indices of the rules that let something through.
fn openings<'t>(tables: &'t Tables, rules: &'t Rules) -> impl Iterator<Item = usize> + use<'t> {
    let placed = rules.placed.iter().map(|placed| &placed.decision);
    let all = rules.by_category.iter().flatten().chain(placed);
    let opens = all.filter(|decision| {
        let action = tables.actions.get(decision.action.index());
        action.is_some_and(|action| Strictness::of(action) < Strictness::Redact)
    });
    opens.map(|decision| decision.rule.index())
}

fn undeclared(seen: &Seen) -> Vec<String> {
    let line = |(what, count): (&super::seen::Undeclared, u64)| {
        let (from, to) = (printable(&what.from), printable(&what.to));
        let why = match what.reason.as_str() {
            "not_permitted" => "`when` of no boundary fits",
            _ => "no boundary joins them",
        };
        format!("{from} -> {to}: {count} requests, {why}")
    };
    let mut lines: Vec<_> = seen.undeclared().map(line).collect();
    if seen.uncounted > 0 {
        lines.push(format!("{} requests between further zones", seen.uncounted));
    }
    lines
}

fn read(seen: &Seen) -> Vec<String> {
    let mut lines = vec![format!("{} entries of this policy", seen.entries - seen.foreign)];
    if seen.foreign > 0 {
        lines.push(format!("{} entries of other policies, left out", seen.foreign));
    }
    if seen.others > 0 {
        lines.push(format!("{} lines that are no entry, left out", seen.others));
    }
    lines
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, lines) in self.sections() {
            writeln!(f, "{title}")?;
            lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
            if lines.is_empty() {
                writeln!(f, "  nothing")?;
            }
        }
        Ok(())
    }
}

impl Gaps {
    /// With their titles.
    pub(super) fn sections(&self) -> [(&'static str, &[String]); 4] {
        [
            ("boundaries that nothing went over", &self.unused),
            ("rules that let something through, and that no finding met", &self.unmet),
            ("seen, and nowhere declared", &self.undeclared),
            ("what was read", &self.read),
        ]
    }
}
