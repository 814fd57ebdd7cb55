//! Tries every mutant of a policy on its tests: one that no test notices shows a rule that nobody
//! tests. Runs the real engine; compiles detectors once.

use super::mutant::{self, Mutant};
use super::suite::{Subject, Suite};
use crate::diagnostic::{Diagnostics, Span};
use crate::language::{self, CaseForm};
use crate::resolve;
use cofferdam_engine::model::{
    Action, CategoryId, Decision, FieldId, Ignored, PlaceSelector, PlacedRule, Reply, Rules,
    Tables, Tokenize,
};
use std::collections::BTreeSet;

/// What came of all mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutation {
    /// Those that make a difference, in the order of the policy.
    pub tried: Vec<Tried>,
    /// How many make none: what they take away, another rule says too.
    pub same: usize,
}

/// What came of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What was changed: a rule as entries name it, a boundary, or a key of the policy.
    pub rule: String,
    /// Where that stands.
    pub span: Span,
    /// What was weakened, in words.
    pub what: String,
    /// The test that fails then; none where all of them pass.
    pub caught_by: Option<String>,
}

impl Mutation {
    /// Those that no test notices.
    pub fn survivors(&self) -> impl Iterator<Item = &Tried> {
        self.tried.iter().filter(|tried| tried.caught_by.is_none())
    }

    /// How many a test notices.
    #[must_use]
    pub fn caught(&self) -> usize {
        self.tried.len() - self.survivors().count()
    }

    /// Whether at least this share of them is noticed.
    #[must_use]
    pub fn reaches(&self, percent: u8) -> bool {
        self.caught() * 100 >= usize::from(percent) * self.tried.len()
    }
}

/// Tries all mutants on the tests that pass.
pub(super) fn measure(suite: &Suite<'_>, passed: &[&CaseForm]) -> Mutation {
    let Suite { source, policy, subject, .. } = suite;
    let mut mutation = Mutation::default();
    let Some(resolved) = resolve::resolve(policy, source, &mut Diagnostics::default()) else {
        return mutation;
    };
    let known = resolved.detection;
    let met: Vec<_> = passed.iter().map(|case| met(case, subject)).collect();
    let before = Meaning::of(&resolved.tables);
    for mutant in mutant::all(policy) {
        let Some(mut altered) = language::read(source, &mut Diagnostics::default()) else {
            continue;
        };
        (mutant.change)(&mut altered);
        let Some(resolved) = resolve::resolve_again(&altered, source, &known) else { continue };
        if Meaning::of(&resolved.tables) == before {
            mutation.same += 1;
            continue;
        }
        let weaker = Subject::of(&resolved.tables, &resolved.automata);
        let near = mutant.boundary.and_then(|n| Some(policy.boundaries.get(n)?.id.value.as_str()));
        let mut cases: Vec<_> = passed.iter().zip(&met).collect();
        // Those that met the boundary notice most, and one is enough.
        cases.sort_by_key(|(_, met)| met.as_deref() != near);
        let caught = weaker.and_then(|weaker| cases.iter().find(|(case, _)| !weaker.passes(case)));
        let caught_by = caught.map(|(case, _)| case.name.clone());
        let Mutant { rule, span, what, .. } = mutant;
        mutation.tried.push(Tried { rule, span, what, caught_by });
    }
    mutation
}

/// The boundary that a test's message goes over.
fn met(case: &CaseForm, subject: &Subject) -> Option<String> {
    subject.run(case).ok()?.entry.boundary
}

/// What tables say of messages, whatever their rows are called and in whatever order they stand.
#[derive(PartialEq)]
struct Meaning(Vec<String>);

impl Meaning {
    fn of(tables: &Tables) -> Self {
        let mut said = Vec::new();
        for boundary in &tables.boundaries {
            said.push(format!("{} {:?} {:?}", boundary.id, boundary.when, boundary.require));
            said.push(rules(&boundary.request, tables));
            said.push(match &boundary.reply {
                Reply::StatusOnly => "status_only".to_owned(),
                Reply::Inspect(reply) => rules(reply, tables),
            });
        }
        Self(said)
    }
}

fn rules(rules: &Rules, tables: &Tables) -> String {
    let field = |id: FieldId| {
        let field = tables.fields.get(id.index());
        format!("{:?}", field.map(|field| (&field.steps, field.category)))
    };
    let everywhere: Vec<_> = rules
        .by_category
        .iter()
        .map(|decision| decision.map(|decision| action(decision, tables)))
        .collect();
    let mut placed = Vec::new();
    for PlacedRule { category, place, decision } in &rules.placed {
        let place = match place {
            PlaceSelector::Field(id) => field(*id),
            other => format!("{other:?}"),
        };
        placed.push((*category, place, action(*decision, tables)));
    }
    placed.sort();
    // Where all places say what is said everywhere, they say nothing.
    let says = |category: CategoryId| {
        let everywhere = everywhere.get(category.index()).and_then(Option::as_ref);
        placed.iter().any(|(of, _, action)| *of == category && Some(action) != everywhere)
    };
    let placed: Vec<_> = placed.iter().filter(|(category, ..)| says(*category)).collect();
    let only = rules.fields_only.as_ref().map(|ids| {
        let paths: BTreeSet<_> = ids.iter().map(|id| field(*id)).collect();
        paths
    });
    let ignore = rules.ignore.iter().map(|ignore| match &ignore.what {
        Ignored::Field(id) => format!("{:?} {}", ignore.category, field(*id)),
        other => format!("{:?} {other:?}", ignore.category),
    });
    let ignore: BTreeSet<_> = ignore.collect();
    let Rules { mode, entries, inspect_credentials_in_place: inspect, .. } = rules;
    format!("{mode:?} {entries:?} {inspect} {everywhere:?} {placed:?} {only:?} {ignore:?}")
}

fn action(decision: Decision, tables: &Tables) -> String {
    match tables.actions.get(decision.action.index()) {
        Some(Action::Tokenize(Tokenize { key, prefix, scope })) => {
            format!("{:?} {prefix:?} {scope:?}", tables.keys.get(key.index()))
        }
        other => format!("{other:?}"),
    }
}
