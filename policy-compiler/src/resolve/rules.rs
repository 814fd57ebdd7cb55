//! Decides which rule holds for each category of one direction of a boundary.
//! The more specific wins; two that could both hold are an error. Looks at no message.

use super::actions::Actions;
use super::catalog::Catalog;
use super::intern::Interned;
use super::places::overlap;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::language::field::FieldPath;
use crate::language::read::Spanned;
use crate::language::{DeliveryForm, IgnoredForm, RuleForm, RulesForm};
use crate::published;
use cofferdam_engine::limits::SETS_MAX;
use cofferdam_engine::model::{Action, Decision, Delivery, Entries, Mode, PlaceSelector};
use std::collections::{BTreeMap, HashSet};

/// Where a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(PlaceSelector),
    Field(FieldPath),
}

/// What both directions of a boundary begin with.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    pub(super) mode: Mode,
    pub(super) delivery: DeliveryForm,
    pub(super) entries: Entries,
    pub(super) inspect_credentials_in_place: bool,
}

/// One direction of a boundary, by name: indices come when all of the policy is known.
pub(super) struct Direction<'p> {
    pub(super) mode: Mode,
    pub(super) delivery: Delivery,
    pub(super) entries: Entries,
    pub(super) inspect_credentials_in_place: bool,
    pub(super) by_category: BTreeMap<String, Decision>,
    pub(super) placed: Vec<(String, Place, Decision)>,
    pub(super) ignore: Vec<(String, &'p IgnoredForm)>,
    pub(super) fields_only: Option<&'p [Spanned<FieldPath>]>,
}

/// What a whole policy's directions are resolved with.
pub(super) struct Context<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) actions: &'c Actions<'c>,
    pub(super) interned: &'c mut Interned,
    pub(super) diagnostics: &'c mut Diagnostics,
}

/// One rule's say on one category in one place, or everywhere.
#[derive(Clone)]
struct Claim {
    rule: usize,
    span: Span,
    place: Option<Place>,
    by_group: bool,
    decision: Decision,
}

impl Claim {
    /// A place, and a category by its own name, each make a rule more specific. A group in a place
    /// and a category everywhere rank the same: neither is plainly the narrower.
    fn rank(&self) -> u8 {
        u8::from(self.place.is_some()) + u8::from(!self.by_group)
    }

    fn meets(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (Some(a), Some(b)) => overlap(a, b),
            (None, _) | (_, None) => true,
        }
    }
}

impl Defaults {
    /// What a direction says itself goes first.
    pub(super) fn with(self, form: &RulesForm) -> Self {
        Self {
            mode: form.mode.as_ref().map_or(self.mode, |mode| mode.value),
            delivery: form.delivery.unwrap_or(self.delivery),
            entries: form.entries.unwrap_or(self.entries),
            inspect_credentials_in_place: form
                .inspect_credentials_in_place
                .unwrap_or(self.inspect_credentials_in_place),
        }
    }
}

/// Resolves one direction. `name` is the boundary's id; `part` tells its reply's rules apart.
pub(super) fn resolve<'p>(
    context: &mut Context<'_>,
    form: &'p RulesForm,
    defaults: Defaults,
    name: &str,
    part: &str,
) -> Direction<'p> {
    let mut claims: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for (n, rule) in form.rules.iter().enumerate() {
        let rule_name = format!("{name}#{part}{}", n + 1);
        let action = rule.action.as_ref().and_then(|action| {
            context.actions.resolve(action, name, context.interned, context.diagnostics)
        });
        for category in &rule.categories {
            for named in context.catalog.look_up(category, context.diagnostics) {
                let Some(action) = action else { continue };
                let rule_id = context.interned.rule(rule_name.clone());
                let claim = Claim {
                    rule: n,
                    span: category.span,
                    place: None,
                    by_group: named.by_group,
                    decision: Decision { action, rule: rule_id },
                };
                claims.entry(named.category).or_default().extend(spread(claim, rule));
            }
        }
    }
    let otherwise = otherwise(context, form, name, part);
    let mut direction = Direction {
        mode: defaults.mode,
        delivery: Delivery::Stream,
        entries: defaults.entries,
        inspect_credentials_in_place: defaults.inspect_credentials_in_place,
        by_category: BTreeMap::new(),
        placed: Vec::new(),
        ignore: ignored(context, form),
        fields_only: form.fields_only.as_deref(),
    };
    for (category, entry) in &context.catalog.entries {
        let claims = claims.remove(category).unwrap_or_default();
        refuse_equal_ranks(category, &claims, context.diagnostics);
        let widest = claims.iter().filter(|claim| claim.place.is_none()).max_by_key(|c| c.rank());
        let decision = widest.map(|claim| claim.decision).or(otherwise.filter(|_| entry.on));
        if let Some(decision) = decision {
            direction.by_category.insert(category.clone(), decision);
        }
        direction.placed.extend(placed(category, claims));
    }
    direction.delivery = delivery(defaults.delivery, &direction, context.interned);
    direction
}

/// A claim for each place that the rule names; a rule that names none holds everywhere.
fn spread(claim: Claim, rule: &RuleForm) -> Vec<Claim> {
    if !rule.placed {
        return vec![claim];
    }
    let places = rule.places.iter().map(|place| Place::At(place.value.clone()));
    let fields = rule.fields.iter().map(|field| Place::Field(field.value.clone()));
    places.chain(fields).map(|place| Claim { place: Some(place), ..claim.clone() }).collect()
}

fn otherwise(
    context: &mut Context<'_>,
    form: &RulesForm,
    name: &str,
    part: &str,
) -> Option<Decision> {
    let action = match &form.otherwise {
        None => context.interned.action(Action::Redact),
        Some(action) => {
            context.actions.resolve(action, name, context.interned, context.diagnostics)?
        }
    };
    let rule = context.interned.rule(format!("{name}#{part}otherwise"));
    Some(Decision { action, rule })
}

fn ignored<'p>(context: &mut Context<'_>, form: &'p RulesForm) -> Vec<(String, &'p IgnoredForm)> {
    let mut list = Vec::new();
    for ignore in &form.ignore {
        for what in &ignore.what {
            if let IgnoredForm::PublishedTestValues = what {
                list.extend(published::categories().map(|name| (name.to_owned(), what)));
            }
        }
        for category in &ignore.categories {
            for named in context.catalog.look_up(category, context.diagnostics) {
                list.extend(ignore.what.iter().map(|what| (named.category.clone(), what)));
            }
        }
    }
    list
}

fn refuse_equal_ranks(category: &str, claims: &[Claim], diagnostics: &mut Diagnostics) {
    let fields = claims.iter().filter_map(|claim| match &claim.place {
        Some(Place::Field(path)) => Some(format!("{:?}", path.steps)),
        Some(Place::At(_)) | None => None,
    });
    // A policy with more fields is refused, and they need not be held against each other.
    if fields.collect::<HashSet<_>>().len() > SETS_MAX {
        return;
    }
    for (at, later) in claims.iter().enumerate() {
        let clash = claims[..at].iter().find(|earlier| {
            // At most one claim may hold in a place, so a narrower one must be the very place.
            let apart = earlier.rank() != later.rank()
                && (earlier.place.is_none()
                    || later.place.is_none()
                    || earlier.place == later.place);
            earlier.rule != later.rule && !apart && earlier.meets(later)
        });
        let Some(earlier) = clash else { continue };
        let message = format!("two rules of equal rank on `{category}`");
        diagnostics.push(
            Diagnostic::new(Code::EqualRank, later.span, message)
                .related(earlier.span, "the other rule")
                .help(
                    "the more specific wins: category and place over category, category over \
                     group; make one of them narrower, or take it out",
                ),
        );
    }
}

/// Claims in places, without those that a more specific one replaces in the same place.
fn placed(category: &str, claims: Vec<Claim>) -> Vec<(String, Place, Decision)> {
    let mut best: Vec<(Place, u8, Decision)> = Vec::new();
    for claim in claims {
        let rank = claim.rank();
        let Some(place) = claim.place else { continue };
        match best.iter_mut().find(|(other, _, _)| *other == place) {
            None => best.push((place, rank, claim.decision)),
            Some(found) if found.1 < rank => *found = (place, rank, claim.decision),
            Some(_) => {}
        }
    }
    best.into_iter().map(|(place, _, decision)| (category.to_owned(), place, decision)).collect()
}

/// `auto` holds a message where a rule can block it, so that nothing of it has left by then.
fn delivery(form: DeliveryForm, direction: &Direction<'_>, interned: &Interned) -> Delivery {
    let placed = direction.placed.iter().map(|(_, _, decision)| decision);
    let blocks = direction.by_category.values().chain(placed).any(|decision| {
        matches!(interned.actions.get(decision.action.index()), Some(Action::Block))
    });
    match form {
        DeliveryForm::Stream => Delivery::Stream,
        DeliveryForm::Whole => Delivery::Whole,
        DeliveryForm::Auto if blocks => Delivery::WholeUnlessEvents,
        DeliveryForm::Auto => Delivery::Stream,
    }
}
