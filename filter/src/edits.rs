//! Says what makes one header list of another, where that is a matter of a few lines.
//! Never gives up a line that it cannot name: then the whole list is to be written.

use cofferdam_engine::exchange::Headers;

/// More edits than these cost a host as much as the whole list.
const EDITS_MAX: usize = 4;

/// One call to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'h> {
    /// This header has this value: in place where it stands, or else at the end.
    Set(&'h [u8], &'h [u8]),
    /// There is no such header.
    Remove(&'h [u8]),
}

/// The edits that make `to` of `from`, in its order; none where they are many, or would change what
/// they are not about: a pseudo-header, or a name that stands in more lines than one.
#[must_use]
pub fn between<'h>(from: &'h Headers, to: &'h Headers) -> Option<Vec<Edit<'h>>> {
    let times = |headers: &Headers, name: &[u8]| headers.iter().filter(|(n, _)| n == name).count();
    let mut edits = Vec::new();
    let mut left = to.iter();
    let mut next = left.next();
    for (name, value) in from {
        let edit = match next {
            Some((other, same)) if other == name && same == value => {
                next = left.next();
                continue;
            }
            Some((other, changed)) if other == name => {
                next = left.next();
                let alone = times(from, name) == 1 && times(to, name) == 1;
                alone.then_some(Edit::Set(name, changed))
            }
            Some(_) | None => (times(to, name) == 0).then_some(Edit::Remove(name)),
        };
        let edit = edit?;
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    for (name, value) in next.into_iter().chain(left) {
        let is_new = times(from, name) == 0 && times(to, name) == 1;
        edits.push(is_new.then_some(Edit::Set(name, value))?);
    }
    let is_plain = |edit: &Edit<'_>| match edit {
        Edit::Set(name, _) | Edit::Remove(name) => !name.starts_with(b":"),
    };
    (edits.len() <= EDITS_MAX && edits.iter().all(is_plain)).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::{Edit, between};
    use cofferdam_engine::exchange::Headers;
    use proptest::prelude::*;

    /// As a host does it.
    fn edited(mut headers: Headers, edits: &[Edit<'_>]) -> Headers {
        for edit in edits {
            match *edit {
                Edit::Remove(name) => headers.retain(|(other, _)| other != name),
                Edit::Set(name, value) => {
                    match headers.iter_mut().find(|(other, _)| other == name) {
                        Some((_, old)) => *old = value.to_vec(),
                        None => headers.push((name.to_vec(), value.to_vec())),
                    }
                }
            }
        }
        headers
    }

    fn headers() -> impl Strategy<Value = Headers> {
        let name = prop::sample::select(vec!["a", "b", "c", "d", ":e"]);
        let line = (name, 0..3u8).prop_map(|(name, value)| (name.into(), vec![value]));
        prop::collection::vec(line, 0..6)
    }

    proptest! {
        #[test]
        fn edits_make_the_one_of_the_other(from in headers(), to in headers()) {
            if let Some(edits) = between(&from, &to) {
                prop_assert_eq!(edited(from.clone(), &edits), to);
            }
        }

        #[test]
        fn few_changes_are_edits(from in headers(), drop in any::<prop::sample::Index>()) {
            let mut from: Headers = from.into_iter().filter(|(name, _)| name != b":e").collect();
            from.sort();
            from.dedup_by(|a, b| a.0 == b.0);
            prop_assume!(!from.is_empty());
            let mut to = from.clone();
            to.remove(drop.index(from.len()));
            to.push((b"new".to_vec(), b"x".to_vec()));
            let edits = between(&from, &to).expect("two edits");
            prop_assert_eq!(edits.len(), 2);
        }
    }
}
