//! Compares what lies outside of boundaries: who is where, what is found, what cannot be read, and
//! what the policy says of itself. What cannot be proven narrower opens.

use super::words::{either, quoted};
use super::{Change, Mark, Policy};
use crate::cells::{Cells, Strictness};
use crate::language::date::Date;
use crate::language::read::Name;
use crate::language::{CategoryForm, MemberForm};
use crate::resolve::when::media_covers;
use crate::say::conditions;
use cofferdam_engine::model::{
    Detector, Mode, OnOversize, OnUnparsable, Recompress, Strength, Tables, Zone,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// All that changes around boundaries.
pub(super) fn changes(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let mut list = Vec::new();
    list.extend(mode(&old.tables, &new.tables));
    list.extend(limits(&old.tables, &new.tables));
    list.extend(zones(&old.tables, &new.tables));
    list.extend(members(old, new));
    let found = categories(old, new);
    // What is found may change in ways that no category tells.
    if found.is_empty() && finds_otherwise(&old.tables, &new.tables) {
        list.push(Change::new(Mark::Opens, "what is found is not the same"));
    }
    list.extend(found);
    if old.tables.schema != new.tables.schema {
        let what = "the types of protobuf messages are others: fields have other names, and other \
                    numbers are read";
        list.push(Change::new(Mark::Opens, what));
    }
    let date = |policy: &Policy<'_>| policy.form.review_by.as_ref().map(|date| date.value);
    if date(old) != date(new) {
        list.push(moved_date("the review of the policy", date(old), date(new)));
    }
    list.extend(asserts(old, new));
    list.extend(cases(old, new));
    list
}

/// A form as text, without where it stands.
pub(super) fn spanless(form: &impl Debug) -> String {
    const OPEN: &str = "Span { start: ";
    let text = format!("{form:?}");
    let mut pieces = text.split(OPEN);
    let mut out = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix(", end: ").unwrap_or(rest);
        out.push_str(rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

pub(super) fn moved_date(what: &str, was: Option<Date>, is: Option<Date>) -> Change {
    match (was, is) {
        (Some(was), Some(is)) if is < was => {
            Change::new(Mark::Tightens, format!("{what} is due on {is}, and was on {was}"))
        }
        (Some(was), Some(is)) => {
            Change::new(Mark::Opens, format!("{what} is due only on {is}, and was on {was}"))
        }
        (None, Some(is)) => Change::new(Mark::Tightens, format!("{what} is due on {is}")),
        (_, None) => Change::new(Mark::Opens, format!("{what} is due on no day any more")),
    }
}

fn mode(old: &Tables, new: &Tables) -> Option<Change> {
    match (old.mode, new.mode) {
        (Mode::Enforce, Mode::Observe) => Some(Change::new(
            Mark::Opens,
            "the whole policy is only observed now: nothing is altered or stopped, not even \
             between zones that no boundary joins",
        )),
        (Mode::Observe, Mode::Enforce) => {
            Some(Change::new(Mark::Tightens, "the whole policy is enforced, and not only observed"))
        }
        (Mode::Enforce, Mode::Enforce) | (Mode::Observe, Mode::Observe) => None,
    }
}

fn limits(old: &Tables, new: &Tables) -> Vec<Change> {
    let (was, is) = (&old.limits, &new.limits);
    let mut list = Vec::new();
    let mut tell = |mark, what: String| list.push(Change::new(mark, what));
    match (was.on_oversize, is.on_oversize) {
        (OnOversize::Block, OnOversize::Stream) => tell(
            Mark::Opens,
            "a message that is too long to be held goes on as a stream, and was blocked".to_owned(),
        ),
        (OnOversize::Stream, OnOversize::Block) => tell(
            Mark::Tightens,
            "a message that is too long to be held is blocked, and went on as a stream".to_owned(),
        ),
        (OnOversize::Block, OnOversize::Block) | (OnOversize::Stream, OnOversize::Stream) => {}
    }
    let (a, b) = (was.inspect_bytes_max, is.inspect_bytes_max);
    if a != b {
        // More of a message that is held is known at its verdict; one that would be blocked for its
        // length goes through.
        let streams = was.on_oversize == OnOversize::Stream && is.on_oversize == OnOversize::Stream;
        let blocks = was.on_oversize == OnOversize::Block && is.on_oversize == OnOversize::Block;
        let narrower = (streams && b > a) || (blocks && b < a);
        let mark = if narrower { Mark::Tightens } else { Mark::Opens };
        tell(
            mark,
            format!("up to {b} bytes of a message may be held until its verdict, and {a} before"),
        );
    }
    match (was.on_unparsable, is.on_unparsable) {
        (OnUnparsable::Block, OnUnparsable::ScanRaw) => tell(
            Mark::Opens,
            "a body that is not what it says is read as plain text, and was blocked".to_owned(),
        ),
        (OnUnparsable::ScanRaw, OnUnparsable::Block) => tell(
            Mark::Tightens,
            "a body that is not what it says is blocked, and was read as plain text".to_owned(),
        ),
        (OnUnparsable::Block, OnUnparsable::Block)
        | (OnUnparsable::ScanRaw, OnUnparsable::ScanRaw) => {}
    }
    if was.unwrap != is.unwrap {
        let mark = if is.unwrap > was.unwrap { Mark::Tightens } else { Mark::Opens };
        let (a, b) = (was.unwrap, is.unwrap);
        tell(mark, format!("{b} layers of encoding are looked through, and {a} before"));
    }
    match (was.recompress, is.recompress) {
        (Recompress::Never, Recompress::Gzip) => {
            tell(Mark::Moves, "what came coded goes on in gzip".to_owned());
        }
        (Recompress::Gzip, Recompress::Never) => {
            tell(Mark::Moves, "what came coded no longer goes on in gzip".to_owned());
        }
        (Recompress::Never, Recompress::Never) | (Recompress::Gzip, Recompress::Gzip) => {}
    }
    let within = |wide: &[String], item: &str| wide.iter().any(|glob| media_covers(glob, item));
    for media in is.opaque_media.iter().filter(|media| !within(&was.opaque_media, media)) {
        tell(Mark::Opens, format!("{} passes unread now", quoted(media)));
    }
    for media in was.opaque_media.iter().filter(|media| !within(&is.opaque_media, media)) {
        tell(Mark::Tightens, format!("{} no longer passes unread", quoted(media)));
    }
    list
}

fn zones(old: &Tables, new: &Tables) -> Vec<Change> {
    let by_name = |tables: &Tables| -> BTreeMap<String, Zone> {
        tables.zones.iter().map(|zone| (zone.name.clone(), zone.clone())).collect()
    };
    let (was, is) = (by_name(old), by_name(new));
    let mut list = Vec::new();
    for name in is.keys().filter(|name| !was.contains_key(*name)) {
        list.push(Change::new(Mark::Moves, format!("there is a zone {} now", quoted(name))));
    }
    for (name, was) in &was {
        let Some(is) = is.get(name) else {
            let what = format!("there is no zone {} any more", quoted(name));
            list.push(Change::new(Mark::Moves, what));
            continue;
        };
        let zone = quoted(name);
        match (was.third_party, is.third_party) {
            (true, false) => {
                let what = format!("the zone {zone} no longer counts as somebody else's");
                list.push(Change::new(Mark::Opens, what));
            }
            (false, true) => {
                let what = format!("the zone {zone} counts as somebody else's now");
                list.push(Change::new(Mark::Tightens, what));
            }
            (true, true) | (false, false) => {}
        }
        if was.sensitivity != is.sensitivity {
            let (a, b) = (quoted(&was.sensitivity), quoted(&is.sensitivity));
            let what = format!("the sensitivity of the zone {zone} is {b}, and was {a}");
            list.push(Change::new(Mark::Opens, what));
        }
    }
    list
}

/// Who is where. A line more, another one or another order may put anybody anywhere.
fn members(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let key = |form: &MemberForm| (form.zone.value.clone(), conditions(&form.member));
    let was: Vec<_> = old.form.members.iter().map(key).collect();
    let is: Vec<_> = new.form.members.iter().map(key).collect();
    if was == is {
        return Vec::new();
    }
    let line = |(zone, conditions): &(String, String)| {
        format!("{} in the zone {}", quoted(conditions), quoted(zone))
    };
    let mut list = Vec::new();
    for row in is.iter().filter(|row| !was.contains(row)) {
        list.push(Change::new(Mark::Opens, format!("a member line puts {} now", line(row))));
    }
    // Whom a line no longer places is in `unplaced`, unless another line fits.
    let unplaced = |name: &Option<Name>| name.as_ref().is_some_and(|n| n.value == "unplaced");
    let closed = new.tables.mode == Mode::Enforce
        && !new.form.boundaries.iter().any(|form| unplaced(&form.from) || unplaced(&form.to));
    for (n, row) in was.iter().enumerate().filter(|(_, row)| !is.contains(row)) {
        let (zone, _) = row;
        // What fitted this line fits none before it.
        let added = is.iter().filter(|row| !was.contains(row));
        let alone = was[n + 1..].iter().chain(added).all(|(other, _)| other == zone);
        let mark = if closed && alone { Mark::Tightens } else { Mark::Opens };
        list.push(Change::new(mark, format!("no member line puts {} any more", line(row))));
    }
    if list.is_empty() {
        let what = "the member lines stand in another order, and the first that fits wins";
        list.push(Change::new(Mark::Opens, what));
    } else {
        let kept: Vec<_> = was.iter().filter(|row| is.contains(row)).collect();
        let there: Vec<_> = is.iter().filter(|row| was.contains(row)).collect();
        if kept != there {
            let what =
                "the other member lines stand in another order, and the first that fits wins";
            list.push(Change::new(Mark::Opens, what));
        }
    }
    list
}

/// What is found, but for which categories count: those are cells.
fn finds_otherwise(old: &Tables, new: &Tables) -> bool {
    let detectors = |tables: &Tables| -> Vec<(String, Detector)> {
        let named = tables.detectors.iter().map(|detector| {
            let category = tables.categories.get(detector.category.index());
            (category.map(|found| found.name.clone()).unwrap_or_default(), detector.clone())
        });
        named.collect()
    };
    old.categories == new.categories
        && (detectors(old) != detectors(new) || old.words != new.words || old.names != new.names)
}

fn categories(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let by_name = |policy: &'_ Policy<'_>| -> BTreeMap<String, usize> {
        let forms = policy.form.categories.iter().enumerate();
        forms.map(|(n, form)| (form.name.value.clone(), n)).collect()
    };
    let (was, is) = (by_name(old), by_name(new));
    let names: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    let mut list = Vec::new();
    for name in names {
        let was = was.get(name).and_then(|n| old.form.categories.get(*n));
        let is = is.get(name).and_then(|n| new.form.categories.get(*n));
        list.extend(category(name, was, is, is_strict(name, &new.tables)));
    }
    list
}

/// Whether nothing of a category crosses anywhere. Of one that is kept, more that is found may hide
/// what else is found within it.
fn is_strict(category: &str, tables: &Tables) -> bool {
    let mut sides = Cells::new(tables).sides();
    sides.all(|side| {
        side.places(category)
            .iter()
            .all(|place| side.decide(category, place).strictness() >= Strictness::Redact)
    })
}

fn category(
    name: &str,
    was: Option<&CategoryForm>,
    is: Option<&CategoryForm>,
    strict: bool,
) -> Vec<Change> {
    let mut list = Vec::new();
    let more = if strict { Mark::Tightens } else { Mark::Opens };
    let mut tell = |mark, what: &str| {
        list.push(Change::new(mark, format!("the category {} {what}", quoted(name))));
    };
    let text = |form: Option<&CategoryForm>, part: fn(&CategoryForm) -> Option<&Name>| {
        form.and_then(part).map(|name| name.value.clone())
    };
    let texts = |form: Option<&CategoryForm>, part: fn(&CategoryForm) -> &[Name]| {
        let list = form.map(part).unwrap_or_default();
        list.iter().map(|name| name.value.clone()).collect::<BTreeSet<_>>()
    };
    let pattern = |form: &CategoryForm| form.pattern.is_some();
    match (text(was, |f| f.pattern.as_ref()), text(is, |f| f.pattern.as_ref())) {
        (a, b) if a == b => {}
        (None, Some(_)) => tell(more, "has a pattern now"),
        (Some(_), None) => tell(Mark::Opens, "has no pattern any more"),
        _ => tell(Mark::Opens, "has another pattern"),
    }
    let (a, b) = (texts(was, |f| &f.words), texts(is, |f| &f.words));
    if a != b {
        let mark = if a.is_subset(&b) { more } else { Mark::Opens };
        tell(mark, &format!("has {} words to find, and had {}", b.len(), a.len()));
    }
    // What follows narrows a pattern, so a pattern that is new is told by itself.
    if was.is_some_and(pattern) && is.is_some_and(pattern) {
        let (a, b) = (texts(was, |f| &f.near), texts(is, |f| &f.near));
        if a != b {
            let wider = b.is_empty() || (!a.is_empty() && a.is_subset(&b));
            let mark = if wider { more } else { Mark::Opens };
            tell(mark, &format!("counts near {} words, and near {} before", b.len(), a.len()));
        }
        match (text(was, |f| f.validate.as_ref()), text(is, |f| f.validate.as_ref())) {
            (a, b) if a == b => {}
            (Some(_), None) => tell(more, "is no longer checked"),
            _ => tell(Mark::Opens, "is checked otherwise"),
        }
    }
    let fields = |form: Option<&CategoryForm>| -> BTreeSet<String> {
        let list = form.map(|form| form.fields.as_slice()).unwrap_or_default();
        list.iter().map(|field| crate::language::field::spell(&field.value.steps)).collect()
    };
    let (a, b) = (fields(was), fields(is));
    if !b.is_subset(&a) {
        let some = either(b.difference(&a).map(String::as_str));
        tell(more, &format!("is also what stands in {some} now"));
    }
    if !a.is_subset(&b) {
        let some = either(a.difference(&b).map(String::as_str));
        tell(Mark::Opens, &format!("is no longer what stands in {some}"));
    }
    let least = |form: Option<&CategoryForm>| {
        form.and_then(|form| form.min_strength.as_ref()).map(|least| least.value)
    };
    let (a, b) = (least(was), least(is));
    if a != b {
        let rank = |least: Option<Strength>| least.unwrap_or(Strength::Weak);
        let mark = if rank(b) <= rank(a) { more } else { Mark::Opens };
        tell(mark, "counts from another strength on");
    }
    list
}

fn asserts(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    // As they are written: what they mean is in the policy for everyone to read.
    let all = |policy: &Policy<'_>| -> BTreeMap<String, String> {
        let forms = policy.form.asserts.iter().map(|form| {
            let written = policy.source.slice(form.span);
            let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
            (spanless(form), line)
        });
        forms.collect()
    };
    let (was, is) = (all(old), all(new));
    let out = was.iter().filter(|(form, _)| !is.contains_key(*form)).map(|(_, line)| {
        Change::new(Mark::Opens, format!("it is no longer asserted: never {}", quoted(line)))
    });
    let added = is.iter().filter(|(form, _)| !was.contains_key(*form)).map(|(_, line)| {
        Change::new(Mark::Tightens, format!("it is asserted now: never {}", quoted(line)))
    });
    out.chain(added).collect()
}

fn cases(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let all = |policy: &Policy<'_>| -> BTreeMap<String, BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for case in &policy.form.cases {
            all.entry(case.name.clone()).or_default().insert(spanless(case));
        }
        all
    };
    let (was, is) = (all(old), all(new));
    let mut list = Vec::new();
    for (name, before) in &was {
        match is.get(name) {
            None => {
                let what = format!("the test {} is taken out", quoted(name));
                list.push(Change::new(Mark::Opens, what));
            }
            Some(now) if !before.is_subset(now) => {
                // Nothing crosses by a test, and who tightens a rule alters its tests with it.
                let what = format!("the test {} is another one", quoted(name));
                list.push(Change::new(Mark::Moves, what));
            }
            Some(_) => {}
        }
    }
    for name in is.keys().filter(|name| !was.contains_key(*name)) {
        list.push(Change::new(Mark::Tightens, format!("there is a test {} now", quoted(name))));
    }
    list
}
