//! Compares boundaries: which there are, for which requests, and what holds for all of a direction.

use super::around::spanless;
use super::words::{either, message, quoted};
use super::{Change, Mark, Policy, cells, grants, require};
use crate::cells::{Cells, Direction, Side, Strictness};
use crate::language::field::{covers, spell};
use crate::language::read::Name;
use crate::language::{BoundaryForm, IgnoredForm, ReplyForm, RulesForm};
use crate::resolve::when::{media_covers, path_covers};
use cofferdam_engine::model::{Delivery, Entries, FieldId, Grants, Mode, Rules, Tables, When};
use std::collections::{BTreeMap, BTreeSet};

/// All that changes in boundaries and their order.
pub(super) fn changes(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let mut list = Vec::new();
    let pairs = matched(old, new);
    for (was, is) in &pairs {
        let over = |change: Change| change.over(&is.id.value);
        if was.id.value != is.id.value {
            let what = format!("the boundary {} has another name", quoted(&was.id.value));
            list.push(over(Change::new(Mark::Moves, what)));
        }
        list.extend(when(was, is, new).map(over));
        let required = require::changes(was.require.require, is.require.require);
        list.extend(required.into_iter().map(over));
        let before = (of(&old.tables, was), &old.tables);
        list.extend(
            grants::changes(before, (of(&new.tables, is), &new.tables)).into_iter().map(over),
        );
        list.extend(review(old, was, new, is).map(over));
        for direction in [Direction::Request, Direction::Reply] {
            list.extend(sides(old, was, new, is, direction));
        }
    }
    for was in &old.form.boundaries {
        if !pairs.iter().any(|(found, _)| std::ptr::eq(*found, was)) {
            list.push(removed(was, new));
        }
    }
    for is in &new.form.boundaries {
        if !pairs.iter().any(|(_, found)| std::ptr::eq(*found, is)) {
            list.extend(added(is, old, new));
        }
    }
    list.extend(order(&pairs, old));
    list
}

type Pair<'p> = (&'p BoundaryForm, &'p BoundaryForm);

/// Boundaries that are one: of the same name and ends, or else the only one of the same ends and
/// requests.
fn matched<'p>(old: &'p Policy<'_>, new: &'p Policy<'_>) -> Vec<Pair<'p>> {
    let mut pairs: Vec<Pair<'p>> = Vec::new();
    let named: BTreeMap<_, _> =
        old.form.boundaries.iter().map(|form| (&form.id.value, form)).collect();
    for is in &new.form.boundaries {
        if let Some(was) = named.get(&is.id.value).filter(|was| ends(was) == ends(is)) {
            pairs.push((was, is));
        }
    }
    let left = |forms: &'p [BoundaryForm], taken: &dyn Fn(&BoundaryForm) -> bool| {
        let mut by: BTreeMap<_, Vec<&'p BoundaryForm>> = BTreeMap::new();
        for form in forms.iter().filter(|form| !taken(form)) {
            let When { methods, paths, media } = &form.when.when;
            by.entry((ends(form), methods, paths, media)).or_default().push(form);
        }
        by
    };
    let old_left =
        left(&old.form.boundaries, &|form| pairs.iter().any(|(was, _)| std::ptr::eq(*was, form)));
    let new_left =
        left(&new.form.boundaries, &|form| pairs.iter().any(|(_, is)| std::ptr::eq(*is, form)));
    for (key, was) in old_left {
        if let ([was], Some([is])) = (was.as_slice(), new_left.get(&key).map(Vec::as_slice)) {
            pairs.push((was, is));
        }
    }
    pairs
}

/// What may be granted over a boundary.
fn of<'t>(tables: &'t Tables, form: &BoundaryForm) -> Option<&'t Grants> {
    let found = tables.boundaries.iter().find(|boundary| boundary.id == form.id.value);
    found?.grants.as_ref()
}

fn ends(form: &BoundaryForm) -> (&str, &str) {
    // A policy that compiles has both.
    (name(form.from.as_ref()), name(form.to.as_ref()))
}

fn name(zone: Option<&Name>) -> &str {
    zone.map_or("", |zone| zone.value.as_str())
}

/// The others that join the same zones.
fn others<'p>(form: &BoundaryForm, policy: &'p Policy<'_>) -> Vec<&'p BoundaryForm> {
    let all = policy.form.boundaries.iter();
    all.filter(|other| ends(other) == ends(form) && other.id.value != form.id.value).collect()
}

fn removed(was: &BoundaryForm, new: &Policy<'_>) -> Change {
    let (from, to) = ends(was);
    let others = others(was, new);
    let (mark, then) = match others.is_empty() {
        true => (Mark::Tightens, "nothing joins them now".to_owned()),
        false => {
            let ids = others.iter().map(|other| other.id.value.as_str());
            (Mark::Opens, format!("its requests may now go over {}", either(ids)))
        }
    };
    let what =
        format!("the boundary from {} to {} is taken out, and {then}", quoted(from), quoted(to));
    Change::new(mark, what).over(&was.id.value)
}

/// What a boundary that was not there lets cross.
fn added(is: &BoundaryForm, old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let (from, to) = ends(is);
    let joined = old.form.boundaries.iter().any(|form| ends(form) == (from, to));
    let before = match joined {
        true => "other boundaries joined them before",
        false => "nothing crossed there before",
    };
    let what = format!("messages may now go from {} to {}: {before}", quoted(from), quoted(to));
    let mut list = vec![Change::new(Mark::Opens, what).over(&is.id.value)];
    let granted = of(&new.tables, is).map(|granted| grants::allowed(&new.tables, granted));
    list.extend(granted.map(|change| change.over(&is.id.value)));
    let cells = Cells::new(&new.tables);
    for direction in [Direction::Request, Direction::Reply] {
        let Some(side) = cells.side(&is.id.value, direction) else { continue };
        list.extend(opened(side, new).map(|change| change.over(&is.id.value)));
    }
    list
}

/// Of what a new boundary lets cross, how many categories come to what: what is not redacted.
fn opened(side: Side<'_>, new: &Policy<'_>) -> impl Iterator<Item = Change> + use<> {
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for category in Cells::new(&new.tables).categories() {
        for place in side.places(category) {
            let decided = side.decide(category, &place);
            if decided.strictness() < Strictness::Redact {
                let word = super::words::after(decided, &new.tables.keys);
                by.entry(word).or_default().insert(category.to_owned());
            }
        }
    }
    let message = message(side);
    let list: Vec<_> = by
        .into_iter()
        .map(|(word, categories)| {
            let subject = cells::subject(&categories, [&new.tables, &new.tables]);
            Change::new(Mark::Opens, format!("{subject} in {message} {word}"))
        })
        .collect();
    list.into_iter()
}

/// Boundaries of one pair of zones that go before one another otherwise: of several that fit, the
/// first one decides.
fn order(pairs: &[Pair<'_>], old: &Policy<'_>) -> Vec<Change> {
    let place: BTreeMap<_, _> =
        old.form.boundaries.iter().enumerate().map(|(n, form)| (&form.id.value, n)).collect();
    let mut list = Vec::new();
    let mut last: BTreeMap<(&str, &str), &Pair<'_>> = BTreeMap::new();
    let mut sorted: Vec<_> = pairs.iter().collect();
    sorted.sort_by_key(|(_, is)| is.id.span.start);
    for pair in sorted {
        let at = |pair: &Pair<'_>| place.get(&pair.0.id.value).copied();
        if let Some(before) = last.insert(ends(pair.1), pair)
            && at(before) > at(pair)
            && !apart(&before.1.when.when, &pair.1.when.when)
        {
            let what = format!(
                "{} goes before it now: a request that fits both is decided by that one",
                quoted(&before.1.id.value)
            );
            list.push(Change::new(Mark::Opens, what).over(&pair.1.id.value));
        }
    }
    list
}

/// Whether no request fits both, as far as methods tell.
fn apart(a: &When, b: &When) -> bool {
    !a.methods.is_empty()
        && !b.methods.is_empty()
        && !a.methods.iter().any(|method| b.methods.contains(method))
}

fn when(
    was: &BoundaryForm,
    is: &BoundaryForm,
    new: &Policy<'_>,
) -> impl Iterator<Item = Change> + use<> {
    let (old, now) = (&was.when.when, &is.when.when);
    type Condition<'w> = (&'static str, &'w [String], &'w [String], fn(&str, &str) -> bool);
    let rows: [Condition<'_>; 3] = [
        ("methods", &old.methods, &now.methods, |a, b| a == b),
        ("paths", &old.paths, &now.paths, path_covers),
        ("media types", &old.media, &now.media, media_covers),
    ];
    let alone = others(is, new).is_empty();
    let mut list = Vec::new();
    for (what, old, now, fits) in rows {
        let sorted = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        if sorted(old) == sorted(now) {
            continue;
        }
        let within = |wide: &[String], narrow: &[String]| {
            wide.is_empty()
                || (!narrow.is_empty()
                    && narrow.iter().all(|item| wide.iter().any(|glob| fits(glob, item))))
        };
        let mark = match (within(old, now), within(now, old)) {
            (true, true) => continue,
            (true, false) if alone => Mark::Tightens,
            _ => Mark::Opens,
        };
        let told = |list: &[String]| match list.is_empty() {
            true => "any".to_owned(),
            false => either(list.iter().map(String::as_str)),
        };
        let sentence = format!(
            "requests that it speaks of had the {what} {}, and now {}",
            told(old),
            told(now)
        );
        list.push(Change::new(mark, sentence));
    }
    list.into_iter()
}

fn review(
    old: &Policy<'_>,
    was: &BoundaryForm,
    new: &Policy<'_>,
    is: &BoundaryForm,
) -> impl Iterator<Item = Change> + use<> {
    let date = |policy: &Policy<'_>, form: &BoundaryForm| {
        let own = form.review_by.as_ref().or(policy.form.review_by.as_ref());
        own.map(|date| date.value)
    };
    // What is inherited on both sides is told of the policy.
    let inherited = was.review_by.is_none() && is.review_by.is_none();
    let (before, now) = (date(old, was), date(new, is));
    let change =
        (!inherited && before != now).then(|| super::around::moved_date("the review", before, now));
    change.into_iter()
}

/// The rules of a direction as written; none where only the status comes back.
fn rules(form: &BoundaryForm, direction: Direction) -> Option<&RulesForm> {
    match (direction, &form.reply) {
        (Direction::Request, _) => Some(&form.request),
        (Direction::Reply, Some(ReplyForm::Inspect(rules))) => Some(rules),
        (Direction::Reply, Some(ReplyForm::StatusOnly) | None) => None,
    }
}

fn sides(
    old: &Policy<'_>,
    was: &BoundaryForm,
    new: &Policy<'_>,
    is: &BoundaryForm,
    direction: Direction,
) -> Vec<Change> {
    let (before, now) = (Cells::new(&old.tables), Cells::new(&new.tables));
    let before = before.side(&was.id.value, direction);
    let now = now.side(&is.id.value, direction);
    let (Some(before), Some(now)) = (before, now) else { return Vec::new() };
    let over = |change: Change| change.over(&is.id.value);
    let message = message(now);
    let (a, b) = match (before.rules(), now.rules()) {
        (None, None) => return Vec::new(),
        (Some(_), None) => {
            let what = format!("of {message} nothing but the status crosses now");
            return vec![over(Change::new(Mark::Tightens, what))];
        }
        (None, Some(_)) => {
            let what =
                format!("of {message} nothing but the status crossed, and now all of it may");
            let mut list = vec![over(Change::new(Mark::Opens, what))];
            list.extend(opened(now, new).map(over));
            return list;
        }
        (Some(a), Some(b)) => (a, b),
    };
    let mut list: Vec<_> = settings(a, b, &message);
    list.extend(only(a, &old.tables, b, &new.tables, &message));
    if let (Some(was), Some(is)) = (rules(was, direction), rules(is, direction)) {
        list.extend(openings(was, is, &message));
    }
    let mut list: Vec<_> = list.into_iter().map(over).collect();
    list.extend(cells::changes((before, &old.tables), (now, &new.tables)));
    list
}

/// What holds for a direction as a whole.
fn settings(was: &Rules, is: &Rules, message: &str) -> Vec<Change> {
    let mut list = Vec::new();
    match (was.mode, is.mode) {
        (Mode::Enforce, Mode::Observe) => {
            let what = format!("{message} is only observed now: all of it crosses as it is");
            list.push(Change::new(Mark::Opens, what));
        }
        (Mode::Observe, Mode::Enforce) => {
            let what = format!("what the rules say for {message} is done now, and not only told");
            list.push(Change::new(Mark::Tightens, what));
        }
        (Mode::Enforce, Mode::Enforce) | (Mode::Observe, Mode::Observe) => {}
    }
    let held = |delivery: Delivery| match delivery {
        Delivery::Stream => 0,
        Delivery::WholeUnlessEvents => 1,
        Delivery::Whole => 2,
    };
    match held(was.delivery).cmp(&held(is.delivery)) {
        std::cmp::Ordering::Less => {
            let what = format!(
                "{message} is held until its verdict now, so that nothing leaves before a \
                 block"
            );
            list.push(Change::new(Mark::Tightens, what));
        }
        std::cmp::Ordering::Greater => {
            let what = format!(
                "{message} is no longer held until its verdict: what is before a block leaves"
            );
            list.push(Change::new(Mark::Opens, what));
        }
        std::cmp::Ordering::Equal => {}
    }
    match (was.entries, is.entries) {
        (Entries::All, Entries::Findings) => {
            let what = format!("{message} in which nothing is found leaves no entry now");
            list.push(Change::new(Mark::Opens, what));
        }
        (Entries::Findings, Entries::All) => {
            let what = format!("every {} leaves an entry now", message.trim_start_matches("a "));
            list.push(Change::new(Mark::Tightens, what));
        }
        (Entries::All, Entries::All) | (Entries::Findings, Entries::Findings) => {}
    }
    list
}

/// The only fields that cross.
fn only(was: &Rules, old: &Tables, is: &Rules, new: &Tables, message: &str) -> Vec<Change> {
    let steps = |tables: &Tables, ids: &[FieldId]| {
        let found = ids.iter().filter_map(|id| tables.fields.get(id.index()));
        found.map(|field| field.steps.clone()).collect::<Vec<_>>()
    };
    let (before, now) = match (&was.fields_only, &is.fields_only) {
        (None, None) => return Vec::new(),
        (None, Some(_)) => {
            let what = format!("of the body of {message} only some fields cross now");
            return vec![Change::new(Mark::Tightens, what)];
        }
        (Some(_), None) => {
            let what =
                format!("of the body of {message} every field may cross now, and not only some");
            return vec![Change::new(Mark::Opens, what)];
        }
        (Some(before), Some(now)) => (steps(old, before), steps(new, now)),
    };
    let within = |wide: &[Vec<_>], path: &[_]| wide.iter().any(|wide| covers(wide, path));
    let opened = now.iter().filter(|path| !within(&before, path)).map(|path| {
        let what = format!("the field {} of {message} crosses now", quoted(&spell(path)));
        Change::new(Mark::Opens, what)
    });
    let closed = before.iter().filter(|path| !within(&now, path)).map(|path| {
        let what = format!("the field {} of {message} no longer crosses", quoted(&spell(path)));
        Change::new(Mark::Tightens, what)
    });
    opened.chain(closed).collect()
}

/// Openings by value: those by field are cells.
fn openings(was: &RulesForm, is: &RulesForm, message: &str) -> Vec<Change> {
    let all = |form: &RulesForm| {
        let mut list: BTreeSet<(String, String, String)> = BTreeSet::new();
        for ignore in &form.ignore {
            let categories: Vec<_> =
                ignore.categories.iter().map(|name| name.value.as_str()).collect();
            for what in &ignore.what {
                // Values are told by their number only, and are told apart by what they are.
                let words = match what {
                    IgnoredForm::Field(_) => continue,
                    IgnoredForm::Value(_) => "a value that is named",
                    IgnoredForm::Prefix(_) => "values with a beginning that is named",
                    IgnoredForm::Range(_) => "values of a range that is named",
                    IgnoredForm::Addresses(block) => {
                        let block = quoted(&block.value);
                        let words = format!("addresses in {block}");
                        list.extend(categories.iter().map(|category| {
                            ((*category).to_owned(), words.clone(), spanless(what))
                        }));
                        continue;
                    }
                    IgnoredForm::PublishedTestValues => {
                        let words = "values that are published for tests".to_owned();
                        list.insert((String::new(), words, spanless(what)));
                        continue;
                    }
                };
                let row =
                    |category: &&str| ((*category).to_owned(), words.to_owned(), spanless(what));
                list.extend(categories.iter().map(row));
            }
        }
        list
    };
    let (before, now) = (all(was), all(is));
    let told = |rows: &BTreeSet<(String, String, String)>, other: &BTreeSet<_>| {
        let mut count: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (category, words, _) in rows.difference(other) {
            *count.entry((category.clone(), words.clone())).or_default() += 1;
        }
        count
    };
    let sentence = |category: &str, words: &str, count: usize, then: &str| {
        let of =
            if category.is_empty() { String::new() } else { format!(" of {}", quoted(category)) };
        let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
        format!("{words}{of} in {message} {then}{times}")
    };
    let opened = told(&now, &before).into_iter().map(|((category, words), count)| {
        Change::new(
            Mark::Opens,
            sentence(&category, &words, count, "is let through by `ignore` now"),
        )
    });
    let closed = told(&before, &now).into_iter().map(|((category, words), count)| {
        let then = "is no longer let through by `ignore`";
        Change::new(Mark::Tightens, sentence(&category, &words, count, then))
    });
    opened.chain(closed).collect()
}
