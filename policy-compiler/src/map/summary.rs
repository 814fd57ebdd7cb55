//! What may cross one direction of a boundary, in a few lines: what passes first, what stops last.

use crate::cells::{Side, Strictness};
use crate::report::printable;
use crate::say;
use cofferdam_engine::model::{Action, Decision, Ignored, Mode, Rules, Tables};
use std::collections::{BTreeMap, BTreeSet};

/// More names than this nobody reads at a glance: the rest is a number.
const NAMES_MAX: usize = 6;

/// How much of what is found may cross, at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Openness {
    /// Something as it is.
    Whole,
    /// Masks and tokens.
    Partly,
    /// Names of categories.
    Redacted,
    /// No content.
    Nothing,
}

impl Openness {
    pub(super) const ALL: [Self; 4] = [Self::Whole, Self::Partly, Self::Redacted, Self::Nothing];

    fn of(strictness: Strictness) -> Self {
        match strictness {
            Strictness::Unseen | Strictness::Keep | Strictness::Observe => Self::Whole,
            Strictness::Mask | Strictness::Tokenize => Self::Partly,
            Strictness::Redact | Strictness::Drop | Strictness::Block => Self::Redacted,
            Strictness::Nothing => Self::Nothing,
        }
    }

    /// One sign for it, which needs no color.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Whole => "=",
            Self::Partly => "*",
            Self::Redacted => "x",
            Self::Nothing => "-",
        }
    }

    pub(super) fn means(self) -> &'static str {
        match self {
            Self::Whole => "something crosses as it is",
            Self::Partly => "masks or tokens cross at the most",
            Self::Redacted => "of what is found only the category's name crosses, or nothing",
            Self::Nothing => "only the status crosses",
        }
    }
}

/// One direction.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// At least one.
    pub(super) lines: Vec<String>,
    pub(super) openness: Openness,
    pub(super) observes: bool,
}

impl Way {
    pub(super) fn new(tables: &Tables, side: Option<&Side<'_>>) -> Self {
        let Some(rules) = side.and_then(Side::rules) else {
            let lines = vec!["status only".to_owned()];
            return Self { lines, openness: Openness::Nothing, observes: false };
        };
        let summary = Summary { tables, rules };
        let observes = rules.mode == Mode::Observe;
        let openness = if observes { Openness::Whole } else { summary.openness() };
        Self { lines: summary.lines(), openness, observes }
    }
}

struct Summary<'t> {
    tables: &'t Tables,
    rules: &'t Rules,
}

/// What is done and how that is said, so that like things stand in one line.
type Kind = (Strictness, String);

impl Summary<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.rules.mode == Mode::Observe {
            lines.push("observed only: nothing is altered".to_owned());
        }
        if let Some(only) = &self.rules.fields_only {
            let fields = only.iter().filter_map(|field| self.tables.fields.get(field.index()));
            let fields: Vec<_> = fields.map(|field| field.text.as_str()).collect();
            lines.push(format!("only these fields: {}", fields.join(", ")));
        }
        lines.extend(self.openings());
        lines.extend(self.placed());
        lines.extend(self.everywhere());
        if lines.is_empty() {
            lines.push("everything passes: nothing counts".to_owned());
        }
        lines.into_iter().map(|line| printable(&line)).collect()
    }

    /// What holds wherever a finding stands. What most categories come to is said of all else.
    fn everywhere(&self) -> Vec<String> {
        let mut kinds: BTreeMap<Kind, BTreeSet<usize>> = BTreeMap::new();
        for (category, decision) in self.rules.by_category.iter().enumerate() {
            let kind = decision.and_then(|decision| self.kind(decision));
            if let Some(kind) = kind {
                kinds.entry(kind).or_default().insert(category);
            }
        }
        let most = kinds.iter().max_by_key(|(_, categories)| categories.len());
        let most = most.map(|(kind, _)| kind.clone());
        let named = |kind: &Kind, categories: &BTreeSet<usize>| match most.as_ref() == Some(kind) {
            true if kinds.len() == 1 => "all that counts".to_owned(),
            true => "all else that counts".to_owned(),
            false => self.names(categories),
        };
        let lines = kinds.iter().map(|(kind, all)| format!("{}: {}", kind.1, named(kind, all)));
        lines.collect()
    }

    fn placed(&self) -> Vec<String> {
        let mut kinds: BTreeMap<(Kind, String), BTreeSet<usize>> = BTreeMap::new();
        for placed in &self.rules.placed {
            let Some(kind) = self.kind(placed.decision) else { continue };
            let key = (kind, say::place(self.tables, &placed.place));
            kinds.entry(key).or_default().insert(placed.category.index());
        }
        // Places of which the same is said stand in one line.
        let mut lines: BTreeMap<(Kind, String), Vec<String>> = BTreeMap::new();
        for ((kind, place), categories) in kinds {
            lines.entry((kind, self.names(&categories))).or_default().push(place);
        }
        let line = |((kind, names), places): (&(Kind, String), &Vec<String>)| {
            format!("{} in {}: {names}", kind.1, places.join(", "))
        };
        lines.iter().map(line).collect()
    }

    fn openings(&self) -> Vec<String> {
        let mut openings: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for ignore in &self.rules.ignore {
            let what = match &ignore.what {
                Ignored::Field(_) => format!("in {}", say::ignored(self.tables, &ignore.what)),
                other => say::ignored(self.tables, other),
            };
            openings.entry(what).or_default().insert(ignore.category.index());
        }
        let line = |(what, categories): (&String, &BTreeSet<usize>)| {
            format!("ignored {what}: {}", self.names(categories))
        };
        let lines: Vec<_> = openings.iter().map(line).collect();
        match lines.len() {
            0..=NAMES_MAX => lines,
            many => vec![format!("ignored: {many} openings, `cofferdam inspect` lists them")],
        }
    }

    fn kind(&self, decision: Decision) -> Option<Kind> {
        let action = self.tables.actions.get(decision.action.index())?;
        let said = match action {
            Action::Keep => "passes".to_owned(),
            Action::Observe => "passes, and is told".to_owned(),
            Action::Mask(mask) if mask.keep_last == 0 => "masked".to_owned(),
            Action::Mask(mask) => format!("masked but the last {}", mask.keep_last),
            Action::Tokenize(_) => "token".to_owned(),
            Action::Redact => "redacted".to_owned(),
            Action::Block => "stops the message".to_owned(),
        };
        Some((Strictness::of(action), said))
    }

    /// Categories by name, and a whole group by its own.
    fn names(&self, categories: &BTreeSet<usize>) -> String {
        let all = &self.tables.categories;
        let counts = |n: &usize| {
            self.rules.by_category.get(*n).is_some_and(Option::is_some) || categories.contains(n)
        };
        let mut names = Vec::new();
        let mut groups = BTreeSet::new();
        for category in categories.iter().filter_map(|&n| all.get(n)) {
            let group = &category.group;
            let mut members = (0..all.len()).filter(|&n| all[n].group == *group).filter(counts);
            let many = members.clone().count() > 1;
            match many && members.all(|n| categories.contains(&n)) {
                true if groups.insert(group.as_str()) => names.push(format!("@{group}")),
                true => {}
                false => names.push(category.name.clone()),
            }
        }
        if names.len() > NAMES_MAX {
            let more = names.len() + 1 - NAMES_MAX;
            names.truncate(NAMES_MAX - 1);
            names.push(format!("{more} more"));
        }
        names.join(", ")
    }

    fn openness(&self) -> Openness {
        let everywhere = self.rules.by_category.iter().flatten();
        let placed = self.rules.placed.iter().map(|placed| &placed.decision);
        let actions = everywhere
            .chain(placed)
            .filter_map(|decision| self.tables.actions.get(decision.action.index()));
        let least = actions.map(|action| Openness::of(Strictness::of(action))).min();
        match self.rules.ignore.is_empty() {
            true => least.unwrap_or(Openness::Whole),
            false => Openness::Whole,
        }
    }
}
