//! Warns of a policy's own patterns and words that find what built-in detectors find too, and of
//! categories that nothing speaks of. Says only what the engine itself was seen to find: values
//! are made that both automata take, and both detectors are run on them. No value is shown.

use crate::detectors;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::PolicyForm;
use crate::random::Random;
use cofferdam_engine::Bundle;
use cofferdam_engine::detect::automaton::{Automaton, State};
use cofferdam_engine::detect::{DetectorSet, Memory, NoTokens, Text, validate};
use cofferdam_engine::model::{Detector, DetectorId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where an automaton goes on no more.
const DEAD: State = 0;
/// Pairs of states of two automata that are looked at.
const PAIRS_MAX: usize = 20_000;
/// Steps from such pairs, and bytes of values, over all of a policy: when they are used up, nothing
/// more is said.
const STEPS_MAX: usize = 8_000_000;
/// How many values are made: a check of two digits takes one in a hundred.
const TRIES: usize = 1000;
/// Longer values show nothing more.
const BYTES_MAX: usize = 64;
/// Built-in categories that are named.
const SHOWN_MAX: usize = 3;

/// Looks at a policy that compiles.
pub(crate) fn check(policy: &PolicyForm, bundle: &Bundle, diagnostics: &mut Diagnostics) {
    let mut search = Search { bundle, steps: STEPS_MAX };
    let named = named(policy);
    for form in &policy.categories {
        let name = &form.name.value;
        if !form.finds() || detectors::builtin().any(|row| row.category == *name) {
            continue;
        }
        let group = form.group.as_ref().map_or("custom", |group| group.value.as_str());
        // What is built in under this name speaks for itself.
        let own = !name.contains('.');
        if own && !named.contains(name.as_str()) && !named.contains(&*format!("@{group}")) {
            let message = format!("no rule, assert or test names `{name}`");
            diagnostics.push(Diagnostic::new(Code::Unused, form.name.span, message).help(
                "`otherwise` decides about it everywhere: name it in a rule, or in the \
                     `findings` of a test that shows what becomes of it",
            ));
        }
        let found = search.found_too(name);
        if found.is_empty() {
            continue;
        }
        let span = form.pattern.as_ref().or(form.words.first()).map_or(form.name.span, |p| p.span);
        let message = format!("some of what `{name}` finds is {} too", all_of(&found));
        diagnostics.push(
            Diagnostic::new(Code::Alike, span, message)
                .help("narrow it, or write a test of such a value, which shows what decides"),
        );
    }
}

/// Names in a sentence, the first few of many.
fn all_of(found: &BTreeSet<String>) -> String {
    let mut shown: Vec<_> = found.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    if found.len() > SHOWN_MAX {
        shown.push("more".to_owned());
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}

/// Everything that a policy calls by the name of a category or group.
fn named(policy: &PolicyForm) -> BTreeSet<&str> {
    let rules = policy.boundaries.iter().flat_map(|boundary| boundary.directions());
    let rules = rules.flat_map(|form| {
        let rules = form.rules.iter().flat_map(|rule| &rule.categories);
        rules.chain(form.ignore.iter().flat_map(|ignore| &ignore.categories))
    });
    let asserts = policy.asserts.iter().flat_map(|form| &form.categories);
    let cases = policy.cases.iter().flat_map(|case| case.expect.findings.iter().flatten());
    let names = rules.chain(asserts).chain(&policy.detect).chain(cases.map(|(name, _)| name));
    names.map(|name| name.value.as_str()).collect()
}

struct Search<'b> {
    bundle: &'b Bundle,
    steps: usize,
}

impl Search<'_> {
    /// Built-in categories of which an own one finds values, that need no words near them.
    fn found_too(&mut self, name: &str) -> BTreeSet<String> {
        let tables = self.bundle.tables();
        let rows: Vec<_> = (0..).map(DetectorId).zip(&tables.detectors).collect();
        let category = |row: &Detector| {
            tables.categories.get(row.category.index()).map_or("", |found| found.name.as_str())
        };
        let mut found = BTreeSet::new();
        for (own, row) in rows.iter().filter(|(_, row)| category(row) == name) {
            for (other, known) in &rows {
                let builtin = known.context.is_none()
                    && category(known) != name
                    && detectors::builtin().any(|row| row.name == known.name);
                if builtin
                    && !found.contains(category(known))
                    && self.meet((*own, row), (*other, known))
                {
                    found.insert(category(known).to_owned());
                }
            }
        }
        found
    }

    /// Whether a value was made that both find.
    fn meet(&mut self, a: (DetectorId, &Detector), b: (DetectorId, &Detector)) -> bool {
        let blob = self.bundle.blob();
        let section = |row: &Detector| blob.automaton(usize::from(row.automaton));
        let (Some(first), Some(second)) = (section(a.1), section(b.1)) else { return false };
        let (Ok(first), Ok(second)) = (Automaton::parse(first), Automaton::parse(second)) else {
            return false;
        };
        let Some(both) = Both::new(&first, &second, &mut self.steps) else { return false };
        // The same for each pair, whatever else stands in the policy.
        let mut random = Random::new(1);
        for _ in 0..TRIES {
            let Some(steps) = self.steps.checked_sub(BYTES_MAX) else { return false };
            self.steps = steps;
            let Some(value) = both.value(&mut random) else { return false };
            let proven = |row: &Detector| validate::accept(row.validator, &value, 0, value.len());
            if proven(a.1) && proven(b.1) && self.finds(a.0, &value) && self.finds(b.0, &value) {
                return true;
            }
        }
        false
    }

    /// Whether the engine finds all of this, with nothing beside it, and with words near.
    fn finds(&self, detector: DetectorId, value: &[u8]) -> bool {
        let active: DetectorSet = std::iter::once(detector).collect();
        let text = Text { bytes: value, from: 0, ended: true, place_context: u128::MAX };
        let (mut memory, mut found) = (Memory::default(), Vec::new());
        self.bundle.detection().scan(&text, &active, &NoTokens, &mut memory, &mut found);
        found.iter().any(|one| one.start == 0 && one.end == value.len())
    }
}

/// Two automata at once: what both take.
struct Both {
    /// By pair of states: where bytes lead from it.
    edges: Vec<Vec<(usize, u8)>>,
    /// By pair: how many bytes there are at least until both accept.
    left: Vec<usize>,
}

impl Both {
    /// None where no value is both, or more would have to be looked at than may be.
    fn new(a: &Automaton<'_>, b: &Automaton<'_>, steps: &mut usize) -> Option<Self> {
        // A byte of each pair of classes, and the others that are treated alike.
        let mut classes: BTreeMap<(usize, usize), Vec<u8>> = BTreeMap::new();
        for byte in b' '..=b'~' {
            classes.entry((a.class(byte), b.class(byte))).or_default().push(byte);
        }
        let mut pairs = vec![(a.start(), b.start())];
        let mut numbers = HashMap::from([(pairs[0], 0)]);
        let mut edges = Vec::new();
        while let Some((x, y)) = pairs.get(edges.len()).copied() {
            let mut row = Vec::new();
            for bytes in classes.values() {
                *steps = steps.checked_sub(1)?;
                let next = (a.step(x, bytes[0]), b.step(y, bytes[0]));
                if next.0 == DEAD || next.1 == DEAD {
                    continue;
                }
                let number = *numbers.entry(next).or_insert_with(|| {
                    pairs.push(next);
                    pairs.len() - 1
                });
                row.extend(bytes.iter().map(|byte| (number, *byte)));
            }
            edges.push(row);
            if pairs.len() > PAIRS_MAX {
                return None;
            }
        }
        let accepts = |(x, y): &(State, State)| a.accepts(*x) && b.accepts(*y);
        let left = left(&edges, pairs.iter().map(accepts));
        (left[0] <= BYTES_MAX).then_some(Self { edges, left })
    }

    /// One of the values.
    fn value(&self, random: &mut Random) -> Option<Vec<u8>> {
        let (mut at, mut value) = (0, Vec::new());
        loop {
            // Where both accept, a value may end, and often another one goes on from it.
            if self.left[at] == 0 && random.once_in(3) {
                return Some(value);
            }
            let room = BYTES_MAX - value.len();
            let open = self.edges[at].iter().filter(|(to, _)| self.left[*to] < room);
            let open: Vec<_> = open.collect();
            let Some((to, byte)) = random.pick(&open) else {
                return (self.left[at] == 0).then_some(value);
            };
            value.push(*byte);
            at = *to;
        }
    }
}

/// How far it is from each pair to one that both accept in.
fn left(edges: &[Vec<(usize, u8)>], accepting: impl Iterator<Item = bool>) -> Vec<usize> {
    let mut before = vec![Vec::new(); edges.len()];
    for (from, row) in edges.iter().enumerate() {
        for (to, _) in row {
            if before[*to].last() != Some(&from) {
                before[*to].push(from);
            }
        }
    }
    let mut left: Vec<usize> = accepting.map(|yes| if yes { 0 } else { usize::MAX }).collect();
    let mut queue: Vec<usize> = (0..left.len()).filter(|at| left[*at] == 0).collect();
    let mut next = 0;
    while let Some(at) = queue.get(next).copied() {
        next += 1;
        for from in &before[at] {
            if left[*from] == usize::MAX {
                left[*from] = left[at] + 1;
                queue.push(*from);
            }
        }
    }
    left
}
