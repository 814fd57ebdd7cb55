//! Proves `asserts` by looking at every cell that they speak of; of a broken one, the first cell
//! that breaks it is told. Looks at no message.

use super::Zones;
use super::catalog::{Catalog, Named};
use crate::cells::{Cells, Decided, Direction, Outcome, Place, Side, Strictness};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::language::asserts::{AssertForm, EVERY, ZonesForm};
use crate::language::field;
use crate::language::read::{Name, nearest};
use crate::language::yaml::escape;
use crate::language::{IgnoredForm, PolicyForm, ReplyForm, RulesForm};
use cofferdam_engine::model::{Mode, Tables, Zone};
use std::collections::BTreeSet;

/// Looks up every name.
pub(super) fn check_names(
    policy: &PolicyForm,
    zones: &Zones,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) {
    for assert in &policy.asserts {
        for form in assert.from.iter().chain(&assert.to) {
            match form {
                ZonesForm::Every => {}
                ZonesForm::Named(name) => {
                    zones.look_up(name, diagnostics);
                }
                ZonesForm::Like { sensitivity, .. } => {
                    for word in sensitivity.iter().flatten() {
                        check_sensitivity(word, zones, diagnostics);
                    }
                }
            }
        }
        for category in assert.categories.iter().filter(|name| name.value != EVERY) {
            catalog.look_up(category, diagnostics);
        }
    }
}

fn check_sensitivity(word: &Name, zones: &Zones, diagnostics: &mut Diagnostics) {
    let known = || zones.list.iter().map(|zone| zone.sensitivity.as_str());
    if known().any(|sensitivity| sensitivity == word.value) {
        return;
    }
    let message = format!("no zone has the sensitivity `{}`", escape(&word.value));
    diagnostics.push(
        Diagnostic::new(Code::Reference, word.span, message)
            .help("name one that stands under `zones`")
            .did_you_mean(nearest(&word.value, known())),
    );
}

/// Holds every assert against the compiled policy.
pub(crate) fn prove(policy: &PolicyForm, tables: &Tables, diagnostics: &mut Diagnostics) {
    if policy.asserts.is_empty() {
        return;
    }
    if tables.mode == Mode::Observe {
        let message = "the whole policy only observes: this is held against what it would do";
        let span = policy.asserts.first().map_or(Span::default(), |assert| assert.span);
        diagnostics.push(Diagnostic::new(Code::Void, span, message));
    }
    let catalog = Catalog::new(policy, &mut Diagnostics::default());
    let cells = Cells::new(tables);
    for assert in &policy.asserts {
        let wanted = Wanted::new(assert, &catalog, tables);
        if !wanted.speaks() {
            diagnostics.push(
                Diagnostic::new(Code::Vacuous, assert.span, "this assert speaks of nothing").help(
                    "no message can go between such zones, or none has such a place: an \
                         assert that nothing can break proves nothing",
                ),
            );
            continue;
        }
        let broken: Vec<_> = cells.sides().flat_map(|side| wanted.broken(side)).collect();
        if let Some(first) = broken.first() {
            diagnostics.push(counterexample(policy, assert, first, broken.len()));
        }
    }
}

/// What one assert speaks of.
struct Wanted<'a> {
    assert: &'a AssertForm,
    /// By index of the zone.
    from: Vec<bool>,
    to: Vec<bool>,
    categories: BTreeSet<String>,
    whole: Mode,
}

/// A cell that breaks an assert.
struct Broken<'t> {
    side: Side<'t>,
    category: String,
    place: Place,
    decided: Decided<'t>,
    outcome: Strictness,
    /// Whether it comes to that with a grant only.
    granted: bool,
}

impl<'a> Wanted<'a> {
    fn new(assert: &'a AssertForm, catalog: &Catalog, tables: &Tables) -> Self {
        let chosen = |forms: &[ZonesForm]| {
            tables.zones.iter().map(|zone| forms.iter().any(|form| fits(form, zone))).collect()
        };
        let mut categories = BTreeSet::new();
        for name in &assert.categories {
            if name.value == EVERY {
                // What no rule ever names is no personal data to this policy.
                categories.extend(tables.categories.iter().map(|category| category.name.clone()));
                continue;
            }
            let found = catalog.look_up(name, &mut Diagnostics::default());
            let counts = |named: &Named| {
                tables.categories.iter().any(|category| category.name == named.category)
            };
            // Of a group what counts nowhere is not meant, unless nothing of it does.
            let some = found.iter().any(counts);
            let meant = found.into_iter().filter(|named| !named.by_group || !some || counts(named));
            categories.extend(meant.map(|named| named.category));
        }
        let (from, to) = (chosen(&assert.from), chosen(&assert.to));
        Self { assert, from, to, categories, whole: tables.mode }
    }

    /// Whether there are two zones that a message could go between, and a place for it in one.
    fn speaks(&self) -> bool {
        let unplaced = self.from.first() == Some(&true) && self.to.first() == Some(&true);
        let pair = self.from.iter().enumerate().any(|(from, chosen)| {
            *chosen && self.to.iter().enumerate().any(|(to, chosen)| *chosen && from != to)
        });
        let reply = self.assert.direction == Some(Direction::Reply);
        let path = |place: &Place| matches!(place, Place::Path | Place::Query);
        let nowhere =
            reply && !self.assert.places.is_empty() && self.assert.places.iter().all(path);
        (pair || unplaced) && !nowhere
    }

    fn broken<'t>(&self, side: Side<'t>) -> Vec<Broken<'t>> {
        let (from, to) = side.zone_ids();
        let chosen = |list: &[bool], at: usize| list.get(at).copied().unwrap_or(false);
        let direction = self.assert.direction.is_none_or(|wanted| wanted == side.direction());
        if !direction || !chosen(&self.from, from.index()) || !chosen(&self.to, to.index()) {
            return Vec::new();
        }
        let mut list = Vec::new();
        for category in &self.categories {
            for place in self.places(side, category) {
                let decided = side.decide(category, &place);
                let outcome = self.breaks(decided);
                let granted = outcome.is_none();
                if let Some(outcome) =
                    outcome.or_else(|| self.breaks_with_a_grant(side, category, decided))
                {
                    let category = category.clone();
                    list.push(Broken { side, category, place, decided, outcome, granted });
                }
            }
        }
        list
    }

    /// The cells of a category that the assert speaks of: a place that it names, and every more
    /// narrow one within.
    fn places(&self, side: Side<'_>, category: &str) -> Vec<Place> {
        if self.assert.places.is_empty() {
            return match side.is_alike_everywhere(category) {
                // PERF: most categories have no rule for a place, and policies may be long.
                true => vec![Place::Body],
                false => side.places(category),
            };
        }
        let reply = side.direction() == Direction::Reply;
        let named = self.assert.places.iter();
        let there =
            named.filter(|place| !(reply && matches!(place, Place::Path | Place::Query))).cloned();
        let within = side.places(category).into_iter();
        let within =
            within.filter(|place| self.assert.places.iter().any(|named| place.is_within(named)));
        let mut places: Vec<_> = there.chain(within).collect();
        places.sort();
        places.dedup();
        places
    }

    /// What it comes to, where the assert says that it must not.
    fn breaks(&self, decided: Decided<'_>) -> Option<Strictness> {
        let decided = self.held(decided);
        if decided.outcome == Outcome::AtHome && self.assert.places.is_empty() {
            return None;
        }
        // Nobody is told of what passes unseen, so it is kept at best.
        let outcome = decided.strictness().max(Strictness::Keep);
        self.assert.outcomes.contains(&outcome).then_some(outcome)
    }

    /// The same of what a grant may make of it: anything from the floor up to what the rule says.
    fn breaks_with_a_grant(
        &self,
        side: Side<'_>,
        category: &str,
        decided: Decided<'_>,
    ) -> Option<Strictness> {
        let decided = self.held(decided);
        let floor = side.granted(category, decided)?;
        let there = floor..decided.strictness();
        self.assert.outcomes.iter().copied().filter(|outcome| there.contains(outcome)).min()
    }

    /// A policy that only observes is a trial: what it would do is what counts.
    fn held<'t>(&self, decided: Decided<'t>) -> Decided<'t> {
        match self.whole {
            Mode::Observe => Decided { mode: Mode::Enforce, ..decided },
            Mode::Enforce => decided,
        }
    }
}

fn fits(form: &ZonesForm, zone: &Zone) -> bool {
    match form {
        ZonesForm::Every => true,
        ZonesForm::Named(name) => name.value == zone.name,
        ZonesForm::Like { third_party, sensitivity } => {
            third_party.is_none_or(|wanted| wanted == zone.third_party)
                && sensitivity
                    .as_ref()
                    .is_none_or(|words| words.iter().any(|word| word.value == zone.sensitivity))
        }
    }
}

fn counterexample(
    policy: &PolicyForm,
    assert: &AssertForm,
    broken: &Broken<'_>,
    count: usize,
) -> Diagnostic {
    let Broken { side, category, place, decided, outcome, granted } = broken;
    let outcome = outcome.name();
    let with = if *granted { " with a grant" } else { "" };
    let message = format!(
        "this must never be: `{category}` in {} of a {} from `{}` to `{}` comes to \
         `{outcome}`{with}",
        place.in_words(),
        side.direction().name(),
        side.from().name,
        side.to().name,
    );
    let (span, says) = author(policy, broken);
    let help = match decided.outcome {
        _ if *granted => "raise the `floor`, or take the category out of `grants`",
        Outcome::Unseen => {
            "name the category in a rule or under `detect`: what does not count \
                            passes unseen, and that is `keep`"
        }
        Outcome::Ignore => "take the opening out, or let the assert name other places",
        Outcome::AtHome => "write `credentials_in_place: inspect`",
        Outcome::Act { .. } | Outcome::Drop | Outcome::Nothing if decided.mode == Mode::Observe => {
            "write `mode: enforce`: what is only observed passes"
        }
        Outcome::Act { .. } | Outcome::Drop | Outcome::Nothing => {
            "make the rule stricter, or the assert narrower"
        }
    };
    let more = match count {
        1 => String::new(),
        2 => "; one more cell breaks it".to_owned(),
        _ => format!("; {} more cells break it", count - 1),
    };
    Diagnostic::new(Code::Broken, assert.span, message)
        .related(span, says)
        .help(format!("{help}{more}"))
}

/// The line that says what becomes of a cell, and what it says.
fn author(policy: &PolicyForm, broken: &Broken<'_>) -> (Span, String) {
    let Broken { side, decided, .. } = broken;
    let id = side.boundary();
    let Some(form) = policy.boundaries.iter().find(|form| form.id.value == id) else {
        return (Span::default(), format!("`{id}`"));
    };
    if let (true, Some(grants)) = (broken.granted, &form.grants) {
        return (grants.span, "a grant may lower it here".to_owned());
    }
    let rules = match (side.direction(), &form.reply) {
        (Direction::Request, _) => &form.request,
        (Direction::Reply, Some(ReplyForm::Inspect(rules))) => rules,
        (Direction::Reply, Some(ReplyForm::StatusOnly) | None) => {
            return (form.id.span, format!("`{id}`"));
        }
    };
    match decided.outcome {
        Outcome::Unseen => (form.id.span, format!("no rule of `{id}` names it")),
        Outcome::AtHome => (form.id.span, format!("`{id}` lets credentials pass in their place")),
        Outcome::Ignore => {
            let span = opening(rules, &broken.place).unwrap_or(form.id.span);
            (span, "this opening lets it pass".to_owned())
        }
        Outcome::Drop | Outcome::Nothing => (form.id.span, format!("`{id}`")),
        Outcome::Act { rule, action } => {
            let word = Strictness::of(action).name();
            let span = rule_span(rules, rule).unwrap_or(form.id.span);
            let says = match decided.mode {
                Mode::Enforce => format!("`{rule}` says `{word}`"),
                Mode::Observe => format!("`{rule}` would `{word}` it, and is only observed"),
            };
            (span, says)
        }
    }
}

fn opening(rules: &RulesForm, place: &Place) -> Option<Span> {
    let mut what = rules.ignore.iter().flat_map(|ignore| &ignore.what);
    what.find_map(|what| match what {
        IgnoredForm::Field(field) => {
            field::covers(&field.value.steps, &place.steps()).then_some(field.span)
        }
        IgnoredForm::Value(_)
        | IgnoredForm::Prefix(_)
        | IgnoredForm::Range(_)
        | IgnoredForm::Addresses(_)
        | IgnoredForm::PublishedTestValues => None,
    })
}

/// Where the action of a rule stands, by what entries call the rule.
pub(crate) fn rule_span(rules: &RulesForm, name: &str) -> Option<Span> {
    let (_, part) = name.rsplit_once('#')?;
    let part = part.strip_prefix("reply.").unwrap_or(part);
    let action = match part.parse::<usize>() {
        Ok(n) => rules.rules.get(n.checked_sub(1)?)?.action.as_ref(),
        Err(_) => rules.otherwise.as_ref(),
    };
    action.map(|action| action.span)
}
