//! Compares the cells of one direction of a boundary, and tells those that change alike together.

use super::words::{after, before, either, joined, message, quoted};
use super::{Change, Mark};
use crate::cells::{Decided, Outcome, Place, Side, Strictness};
use cofferdam_engine::model::{Action, Mask, Mode, Tables};
use std::collections::{BTreeMap, BTreeSet};

/// More names than this in a sentence nobody reads.
const NAMES_MAX: usize = 8;

/// Cells that change alike: what is told of them before and now.
type Alike = (Mark, String, String);

/// Where a category changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Where {
    Everywhere,
    EverywhereBut(Vec<Place>),
    In(Vec<Place>),
}

impl Where {
    fn new(there: Vec<Place>, all: &[Place]) -> Self {
        let but: Vec<_> = all.iter().filter(|place| !there.contains(place)).cloned().collect();
        match but.len() {
            0 => Self::Everywhere,
            // What is shorter to read.
            n if n < there.len() && there.len() > 2 => Self::EverywhereBut(but),
            _ => Self::In(there),
        }
    }

    fn in_words(&self) -> String {
        let words = |places: &[Place]| {
            let words: Vec<_> = places.iter().map(Place::in_words).collect();
            joined(&words, "or")
        };
        match self {
            Self::Everywhere => "anywhere in".to_owned(),
            Self::EverywhereBut(places) => format!("anywhere but in {} of", words(places)),
            Self::In(places) => format!("in {} of", words(places)),
        }
    }
}

/// What changes in the cells of a direction.
pub(super) fn changes(old: (Side<'_>, &Tables), new: (Side<'_>, &Tables)) -> Vec<Change> {
    let mut alike: BTreeMap<Alike, BTreeMap<Where, BTreeSet<String>>> = BTreeMap::new();
    let mut rules: BTreeMap<Alike, BTreeSet<String>> = BTreeMap::new();
    for category in categories(old.1, new.1) {
        let mut places = old.0.places(&category);
        places.extend(new.0.places(&category));
        places.sort();
        places.dedup();
        let mut changed: BTreeMap<Alike, Vec<Place>> = BTreeMap::new();
        for place in &places {
            let (was, is) = (old.0.decide(&category, place), new.0.decide(&category, place));
            let Some(mark) = compare((was, old.1), (is, new.1)) else { continue };
            let key = (mark, before(was, &old.1.keys), after(is, &new.1.keys));
            let told = [was, is].into_iter().filter_map(|decided| decided.rule());
            rules.entry(key.clone()).or_default().extend(told.map(str::to_owned));
            changed.entry(key).or_default().push(place.clone());
        }
        for (key, there) in changed {
            let group = alike.entry(key).or_default();
            group.entry(Where::new(there, &places)).or_default().insert(category.clone());
        }
    }
    let mut list = Vec::new();
    for (key, places) in alike {
        let (mark, was, is) = &key;
        for (place, categories) in places {
            let subject = subject(&categories, [old.1, new.1]);
            let place = place.in_words();
            let message = message(new.0);
            let what = format!("{subject} {place} {message} {was}, and {is}");
            let rules = rules.get(&key).into_iter().flatten().cloned().collect();
            list.push(Change { rules, ..Change::new(*mark, what).over(new.0.boundary()) });
        }
    }
    list
}

fn categories(old: &Tables, new: &Tables) -> BTreeSet<String> {
    let all = old.categories.iter().chain(&new.categories);
    all.map(|category| category.name.clone()).collect()
}

/// `a value of ..`, by groups where all of a group is meant.
pub(super) fn subject(categories: &BTreeSet<String>, tables: [&Tables; 2]) -> String {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for category in tables.iter().flat_map(|tables| &tables.categories) {
        groups.entry(&category.group).or_default().insert(&category.name);
    }
    let count: usize = groups.values().map(BTreeSet::len).sum();
    if categories.len() == count && count > 1 {
        return format!("a value of any of the {count} categories that count");
    }
    let mut names = Vec::new();
    for (group, members) in groups {
        let there: Vec<_> =
            members.iter().copied().filter(|name| categories.contains(*name)).collect();
        if there.len() == members.len() && there.len() > 1 {
            names.push(format!("{} ({} categories)", quoted(&format!("@{group}")), there.len()));
        } else if there.len() > NAMES_MAX {
            let some = either(there.iter().copied().take(2));
            let more = there.len() - 2;
            names.push(format!("{some} and {more} more of {}", quoted(&format!("@{group}"))));
        } else {
            names.extend(there.into_iter().map(quoted));
        }
    }
    format!("a value of {}", joined(&names, "or"))
}

/// How one cell changes; none where the same becomes of it.
fn compare((was, old): (Decided<'_>, &Tables), (is, new): (Decided<'_>, &Tables)) -> Option<Mark> {
    // The mode is told of the direction as a whole. What is only told then does not open anything.
    let observed = was.mode == Mode::Observe || is.mode == Mode::Observe;
    let enforced = |decided: Decided<'_>| Decided { mode: Mode::Enforce, ..decided }.strictness();
    let (before, now) = (enforced(was), enforced(is));
    // That a field crosses at all is told by itself; here only what is let through in it.
    let fields = (before == Strictness::Drop) != (now == Strictness::Drop);
    if fields && before.min(now) > Strictness::Tokenize {
        return None;
    }
    let mark = match before.cmp(&now) {
        // What is kept is told as one finding, and what is found within it is kept with it.
        std::cmp::Ordering::Less
            if before == Strictness::Unseen
                && matches!(now, Strictness::Keep | Strictness::Observe) =>
        {
            Mark::Opens
        }
        std::cmp::Ordering::Less => Mark::Tightens,
        std::cmp::Ordering::Greater => Mark::Opens,
        std::cmp::Ordering::Equal => alike((was, old), (is, new))?,
    };
    match (was.mode, is.mode) {
        // Everything crossed; what is done now is less.
        (Mode::Observe, Mode::Enforce) => None,
        _ if observed => Some(Mark::Moves),
        _ => Some(mark),
    }
}

/// What differs between two that are as strict as one another.
fn alike((was, old): (Decided<'_>, &Tables), (is, new): (Decided<'_>, &Tables)) -> Option<Mark> {
    match (was.outcome, is.outcome) {
        (Outcome::Act { action: a, .. }, Outcome::Act { action: b, .. }) => match (a, b) {
            (Action::Mask(a), Action::Mask(b)) => masks(*a, *b),
            (Action::Tokenize(a), Action::Tokenize(b)) => {
                let same = old.keys.get(a.key.index()) == new.keys.get(b.key.index())
                    && (&a.prefix, &a.scope) == (&b.prefix, &b.scope);
                (!same).then_some(Mark::Moves)
            }
            _ => None,
        },
        (a, b) => (std::mem::discriminant(&a) != std::mem::discriminant(&b)).then_some(Mark::Moves),
    }
}

pub(super) fn masks(was: Mask, is: Mask) -> Option<Mark> {
    let more = is.keep_last > was.keep_last || (is.keep_separators && !was.keep_separators);
    match was == is {
        true => None,
        false if more => Some(Mark::Opens),
        false => Some(Mark::Tightens),
    }
}
