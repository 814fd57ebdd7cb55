//! Says what grants may ask for over a boundary, and refuses bounds within which nothing could be
//! granted. Knows no grant.

use super::intern::Interned;
use super::rules::{Context, Direction};
use crate::cells::Strictness;
use crate::diagnostic::{Code, Diagnostic};
use crate::language::yaml::escape;
use crate::language::{BoundaryForm, GrantsForm};
use cofferdam_engine::model::{Action, GrantAction};
use std::collections::BTreeSet;

/// What grants may ask for, by name: indices come when all of the policy is known.
pub(super) struct DraftedGrants<'p> {
    pub(super) form: &'p GrantsForm,
    pub(super) categories: BTreeSet<String>,
    pub(super) actions: Vec<GrantAction>,
}

/// Resolves `grants` of a boundary whose directions are known.
pub(super) fn resolve<'p>(
    context: &mut Context<'_>,
    form: &'p BoundaryForm,
    directions: &[&Direction<'_>],
) -> Option<DraftedGrants<'p>> {
    let grants = form.grants.as_ref()?;
    let floor = Strictness::from(grants.floor.value);
    let mut categories = BTreeSet::new();
    for name in &grants.categories {
        let named = context.catalog.look_up(name, context.diagnostics);
        let lowers = |category: &str| {
            let found = strictest(category, directions, context.interned);
            found.is_some_and(|strictness| strictness > floor)
        };
        let lowered: Vec<_> =
            named.iter().map(|named| &named.category).filter(|name| lowers(name)).collect();
        if lowered.is_empty() && !named.is_empty() {
            let found = named
                .iter()
                .filter_map(|named| strictest(&named.category, directions, context.interned));
            context.diagnostics.push(nothing_to_lower(&name.value, name.span, found.max(), grants));
        }
        categories.extend(lowered.into_iter().cloned());
    }
    let actions = context.actions.at_least(
        grants.floor.value,
        &form.id.value,
        context.interned,
        context.diagnostics,
    );
    Some(DraftedGrants { form: grants, categories, actions })
}

/// The most that becomes of a category in any place of both directions.
fn strictest(
    category: &str,
    directions: &[&Direction<'_>],
    interned: &Interned,
) -> Option<Strictness> {
    let decisions = directions.iter().flat_map(|direction| {
        let placed = direction.placed.iter().filter(|(of, ..)| of == category);
        let everywhere = direction.by_category.get(category);
        everywhere.into_iter().chain(placed.map(|(_, _, decision)| decision))
    });
    let actions = decisions.filter_map(|decision| interned.actions.get(decision.action.index()));
    actions.map(|action: &Action| Strictness::of(action)).max()
}

fn nothing_to_lower(
    name: &str,
    span: crate::diagnostic::Span,
    found: Option<Strictness>,
    grants: &GrantsForm,
) -> Diagnostic {
    let name = escape(name);
    let floor = Strictness::from(grants.floor.value).name();
    let (message, help) = match found {
        None => (
            format!("`{name}` does not count here, so a grant has nothing to lower"),
            "take it out: what does not count crosses already",
        ),
        Some(found) => (
            format!(
                "the most that becomes of `{name}` here is `{}`, and `{floor}` is no less",
                found.name()
            ),
            "name a floor below what the rules say, or take the category out",
        ),
    };
    Diagnostic::new(Code::Conflict, span, message)
        .related(grants.floor.span, "the floor")
        .help(help)
}
