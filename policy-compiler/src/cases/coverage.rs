//! Says which boundaries, rules and cells of a policy a passing test met.
//! A cell is the least that a rule names: one category or group, in one place or field, or
//! everywhere; what `otherwise` covers is one cell, and so is a reply that brings only a status.
//! To see them apart, tests run on tables in which every cell is a rule of its own.

use super::mutant::place_name;
use super::suite::Suite;
use crate::diagnostic::Span;
use crate::language::yaml::escape;
use crate::language::{BoundaryForm, CaseForm, ReplyForm, RuleForm, RulesForm};
use cofferdam_engine::model::{
    CategoryId, Decision, PlaceSelector, PlacedRule, Reply, RuleId, Rules, Tables,
};
use std::collections::BTreeMap;

/// The last number that a rule can have in tables.
const RULES_MAX: usize = u16::MAX as usize - 1;

/// What was met and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Each direction of each boundary.
    pub boundaries: Part,
    /// Each line of `rules`, and each `otherwise`.
    pub rules: Part,
    /// The least that a rule names.
    pub cells: Part,
}

/// One of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// All there are, in the order of the policy.
    pub all: Vec<Met>,
}

/// One boundary, rule or cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Whether a passing test met it.
    pub met: bool,
}

impl Coverage {
    /// The three by name.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, &Part); 3] {
        [("boundaries", &self.boundaries), ("rules", &self.rules), ("cells", &self.cells)]
    }

    /// Whether at least this share of each of the three was met.
    #[must_use]
    pub fn reaches(&self, percent: u8) -> bool {
        self.parts()
            .iter()
            .all(|(_, part)| part.met() * 100 >= usize::from(percent) * part.all.len())
    }
}

impl Part {
    /// How many were met.
    #[must_use]
    pub fn met(&self) -> usize {
        self.all.iter().filter(|one| one.met).count()
    }

    /// Those that no test met.
    pub fn missed(&self) -> impl Iterator<Item = &Met> {
        self.all.iter().filter(|one| !one.met)
    }
}

/// Where a cell is written: boundary, whether in its reply, line of `rules` (the number of lines is
/// `otherwise`), which of its categories, which of its places.
type Key = (usize, bool, usize, usize, usize);

/// All cells of a policy, each with its number, which is its rule while tests run.
#[derive(Default)]
struct Cells {
    known: BTreeMap<Key, usize>,
}

/// Runs the tests that pass on tables whose rules are cells.
pub(super) fn measure(suite: &Suite<'_>, passed: &[&CaseForm]) -> Coverage {
    let mut cells = Cells::default();
    let subject = suite.subject.altered(|tables| cells.label(tables, &suite.policy.boundaries));
    let mut met = vec![false; cells.known.len()];
    let mut crossed = vec![[false; 2]; suite.policy.boundaries.len()];
    for case in passed {
        let ran = subject.as_ref().and_then(|subject| subject.run(case).ok());
        let Some(entry) = ran.map(|output| output.entry) else { continue };
        let number = suite.policy.boundaries.iter().position(|form| {
            entry.boundary.as_deref().is_some_and(|boundary| boundary == form.id.value)
        });
        let reply = usize::from(case.message.response.is_some());
        if let Some(slot) = number.and_then(|n| crossed.get_mut(n)?.get_mut(reply)) {
            *slot = true;
        }
        for rule in &entry.rules {
            if let Some(slot) = rule.parse::<usize>().ok().and_then(|n| met.get_mut(n)) {
                *slot = true;
            }
        }
    }
    report(&suite.policy.boundaries, &cells, &met, &crossed)
}

impl Cells {
    /// Makes each cell a rule. What is past the last number that a rule can have is never met.
    fn label(&mut self, tables: &mut Tables, forms: &[BoundaryForm]) {
        let mut boundaries = std::mem::take(&mut tables.boundaries);
        for (n, (boundary, form)) in boundaries.iter_mut().zip(forms).enumerate() {
            self.direction(&mut boundary.request, tables, (n, false), form, &form.request);
            if let (Reply::Inspect(rules), Some(ReplyForm::Inspect(reply))) =
                (&mut boundary.reply, &form.reply)
            {
                self.direction(rules, tables, (n, true), form, reply);
            }
        }
        tables.boundaries = boundaries;
        let other = self.known.len().min(RULES_MAX);
        tables.rules = (0..=other).map(|n| n.to_string()).collect();
        let other = RuleId(u16::try_from(other).unwrap_or(u16::MAX));
        let own = tables.proxy_reply.by_category.iter_mut().flatten();
        own.for_each(|decision| decision.rule = other);
        tables.proxy_reply.placed.iter_mut().for_each(|placed| placed.decision.rule = other);
    }

    fn direction(
        &mut self,
        rules: &mut Rules,
        tables: &Tables,
        (boundary, reply): (usize, bool),
        form: &BoundaryForm,
        written: &RulesForm,
    ) {
        let prefix = format!("{}#{}", form.id.value, if reply { "reply." } else { "" });
        let line = |decision: &Decision| -> usize {
            let name = tables.rules.get(decision.rule.index());
            let line = name.and_then(|name| name.strip_prefix(&prefix)?.parse::<usize>().ok());
            line.map_or(written.rules.len(), |line| line - 1)
        };
        let mut label =
            |category: usize, place: Option<&PlaceSelector>, decision: &mut Decision| {
                let line = line(decision);
                let rule = written.rules.get(line);
                let of = rule.map_or(0, |rule| named(rule, category, tables));
                let at = rule.and_then(|rule| at(rule, place?, tables)).unwrap_or(0);
                let next = self.known.len();
                let number = *self.known.entry((boundary, reply, line, of, at)).or_insert(next);
                decision.rule = RuleId(u16::try_from(number.min(RULES_MAX)).unwrap_or(u16::MAX));
            };
        for (category, decision) in rules.by_category.iter_mut().enumerate() {
            if let Some(decision) = decision {
                label(category, None, decision);
            }
        }
        for PlacedRule { category: CategoryId(category), place, decision } in &mut rules.placed {
            label(usize::from(*category), Some(place), decision);
        }
    }
}

/// By which of a rule's names a category is meant: its own before its group.
fn named(rule: &RuleForm, category: usize, tables: &Tables) -> usize {
    let Some(category) = tables.categories.get(category) else { return 0 };
    let own = rule.categories.iter().position(|name| name.value == category.name);
    let group = || {
        let is = |name: &str| name.strip_prefix('@') == Some(category.group.as_str());
        rule.categories.iter().position(|name| is(&name.value))
    };
    own.or_else(group).unwrap_or(0)
}

/// Which of a rule's places or fields is meant; fields come after places.
fn at(rule: &RuleForm, place: &PlaceSelector, tables: &Tables) -> Option<usize> {
    if let PlaceSelector::Field(id) = place {
        let steps = &tables.fields.get(id.index())?.steps;
        let at = rule.fields.iter().position(|field| field.value.steps == *steps)?;
        return Some(rule.places.len() + at);
    }
    rule.places.iter().position(|written| written.value == *place)
}

fn report(
    boundaries: &[BoundaryForm],
    cells: &Cells,
    met: &[bool],
    crossed: &[[bool; 2]],
) -> Coverage {
    let mut coverage = Coverage::default();
    for (form, [request, reply]) in boundaries.iter().zip(crossed) {
        let (id, span) = (&form.id.value, form.id.span);
        let mut add = |name: String, met: bool| {
            coverage.boundaries.all.push(Met { name, span, met });
        };
        add(format!("{id}, requests"), *request);
        add(format!("{id}, replies"), *reply);
    }
    let mut rules: BTreeMap<(usize, bool, usize), Met> = BTreeMap::new();
    let mut all: BTreeMap<Key, Met> = BTreeMap::new();
    for (key, number) in &cells.known {
        let (boundary, reply, line, ..) = *key;
        let Some(form) = boundaries.get(boundary) else { continue };
        let Some((rule, cell)) = names(form, *key) else { continue };
        let met = met.get(*number).copied().unwrap_or_default();
        let first = Met { met: false, ..rule };
        rules.entry((boundary, reply, line)).or_insert(first).met |= met;
        all.insert(*key, Met { met, ..cell });
    }
    for (n, (form, [_, crossed])) in boundaries.iter().zip(crossed).enumerate() {
        if let Some(ReplyForm::StatusOnly) = form.reply {
            let name = format!("{}#reply", form.id.value);
            let met = Met { name, span: form.id.span, met: *crossed };
            rules.insert((n, true, 0), met.clone());
            all.insert((n, true, 0, 0, 0), met);
        }
    }
    coverage.rules.all = rules.into_values().collect();
    coverage.cells.all = all.into_values().collect();
    coverage
}

/// What a cell and its rule are called. None where no test can meet it: a test has no trailers.
fn names(form: &BoundaryForm, key: Key) -> Option<(Met, Met)> {
    let (_, reply, line, of, at) = key;
    let part = if reply { "reply." } else { "" };
    let id = &form.id;
    let written = match &form.reply {
        Some(ReplyForm::Inspect(rules)) if reply => rules,
        Some(_) | None => &form.request,
    };
    let met = |name: String, span: Span| Met { name, span, met: false };
    let Some(rule) = written.rules.get(line) else {
        let name = format!("{}#{part}otherwise", id.value);
        let span = written.otherwise.as_ref().map_or(id.span, |action| action.span);
        return Some((met(name.clone(), span), met(name, span)));
    };
    let name = format!("{}#{part}{}", id.value, line + 1);
    let category = rule.categories.get(of)?;
    let cell = format!("{name}, {}", escape(&category.value));
    let cell = match rule.places.get(at) {
        _ if !rule.placed => cell,
        Some(place) if place.value == PlaceSelector::Trailer => return None,
        Some(place) => format!("{cell} in {}", place_name(&place.value)),
        None => {
            let field = rule.fields.get(at - rule.places.len())?;
            format!("{cell} in `{}`", escape(&field.value.text))
        }
    };
    let first = rule.categories.first().map_or(id.span, |name| name.span);
    Some((met(name, first), met(cell, category.span)))
}
