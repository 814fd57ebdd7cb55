//! Compares what may be granted over a boundary: whatever a grant may do more, opens.

use super::cells::masks;
use super::words::{all, quoted};
use super::{Change, Mark};
use crate::cells::Strictness;
use crate::say;
use cofferdam_engine::model::{Action, GrantAction, Grants, KeyId, Tables};
use std::collections::BTreeSet;

pub(super) fn changes(
    (was, old): (Option<&Grants>, &Tables),
    (is, new): (Option<&Grants>, &Tables),
) -> Vec<Change> {
    match (was, is) {
        (None, None) => Vec::new(),
        (Some(_), None) => vec![Change::new(Mark::Tightens, "nothing may be granted any more")],
        (None, Some(is)) => vec![allowed(new, is)],
        (Some(was), Some(is)) => within((was, old), (is, new)),
    }
}

/// Grants where there were none.
pub(super) fn allowed(tables: &Tables, grants: &Grants) -> Change {
    Change::new(Mark::Opens, format!("a grant may now {}", say::grants(tables, grants)))
}

fn within((was, old): (&Grants, &Tables), (is, new): (&Grants, &Tables)) -> Vec<Change> {
    let mut list = Vec::new();
    let word = |grants: &Grants| Strictness::from(grants.floor).name();
    if was.floor != is.floor {
        let mark = if is.floor < was.floor { Mark::Opens } else { Mark::Tightens };
        let what = format!("a grant went down to `{}`, and now to `{}`", word(was), word(is));
        list.push(Change::new(mark, what));
    }
    if was.ttl_seconds_max != is.ttl_seconds_max {
        let longer = is.ttl_seconds_max > was.ttl_seconds_max;
        let mark = if longer { Mark::Opens } else { Mark::Tightens };
        let (before, now) = (say::time(was.ttl_seconds_max), say::time(is.ttl_seconds_max));
        list.push(Change::new(mark, format!("a grant held for {before} at most, and now {now}")));
    }
    let names = |grants: &Grants, tables: &Tables| -> BTreeSet<String> {
        say::categories(tables, &grants.categories).map(str::to_owned).collect()
    };
    let (before, now) = (names(was, old), names(is, new));
    let more: Vec<_> = now.difference(&before).map(String::as_str).collect();
    if !more.is_empty() {
        list.push(Change::new(Mark::Opens, format!("a grant may now be for {}", all(more))));
    }
    let less: Vec<_> = before.difference(&now).map(String::as_str).collect();
    if !less.is_empty() {
        let what = format!("a grant can no longer be for {}", all(less));
        list.push(Change::new(Mark::Tightens, what));
    }
    list.extend(actions((was, old), (is, new)));
    list
}

/// The actions that a grant may name: those that were not there, and those that are others now.
fn actions((was, old): (&Grants, &Tables), (is, new): (&Grants, &Tables)) -> Vec<Change> {
    let mut list = Vec::new();
    let mut more = Vec::new();
    for GrantAction { name, action } in &is.actions {
        let Some(before) = was.actions.iter().find(|before| before.name == *name) else {
            more.push(name.as_str());
            continue;
        };
        let mark = match (old.actions.get(before.action.index()), new.actions.get(action.index())) {
            (Some(Action::Mask(a)), Some(Action::Mask(b))) => masks(*a, *b),
            (Some(Action::Tokenize(a)), Some(Action::Tokenize(b))) => {
                let key = |tables: &Tables, key: KeyId| tables.keys.get(key.index()).cloned();
                let same = (key(old, a.key), &a.prefix, &a.scope)
                    == (key(new, b.key), &b.prefix, &b.scope);
                (!same).then_some(Mark::Moves)
            }
            (a, b) => (a != b).then_some(Mark::Opens),
        };
        let what = format!("{}, which a grant may name, is another action now", quoted(name));
        list.extend(mark.map(|mark| Change::new(mark, what)));
    }
    // A lower floor lets more of them in, and is told already.
    if !more.is_empty() && was.floor <= is.floor {
        list.push(Change::new(
            Mark::Opens,
            format!("a grant may now name the action {}", all(more)),
        ));
    }
    list
}
