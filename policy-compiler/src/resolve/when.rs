//! Finds boundaries that no request can reach, because earlier ones take them all.
//! Judges by what is written: where a glob might cover another, but that is not plain, it does not.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::BoundaryForm;
use cofferdam_engine::model::When;
use std::collections::HashMap;

/// Reports every boundary all of whose requests go over earlier ones.
pub(super) fn check(boundaries: &[BoundaryForm], diagnostics: &mut Diagnostics) {
    let mut pairs: HashMap<(&str, &str), Vec<&BoundaryForm>> = HashMap::new();
    for boundary in boundaries {
        let (Some(from), Some(to)) = (&boundary.from, &boundary.to) else { continue };
        let earlier = pairs.entry((&from.value, &to.value)).or_default();
        let taken = |method: Option<&str>, path: Option<&str>, media: Option<&str>| {
            earlier.iter().find(|other| takes(&other.when.when, method, path, media)).copied()
        };
        let mut by = None;
        let shadowed = !earlier.is_empty()
            && each(&boundary.when.when.methods).all(|method| {
                each(&boundary.when.when.paths).all(|path| {
                    each(&boundary.when.when.media).all(|media| {
                        let found = taken(method, path, media);
                        by = by.or(found);
                        found.is_some()
                    })
                })
            });
        if let (true, Some(other)) = (shadowed, by) {
            let message =
                format!("no request reaches `{}`: earlier boundaries take them", boundary.id.value);
            let span = boundary.when.span.unwrap_or(boundary.id.span);
            diagnostics.push(
                Diagnostic::new(Code::Shadowed, span, message)
                    .related(other.id.span, format!("`{}` comes first", other.id.value))
                    .help("put the narrower one first, or take one of them out"),
            );
        }
        earlier.push(boundary);
    }
}

/// The items, or once "any" where there are none.
fn each(list: &[String]) -> impl Iterator<Item = Option<&str>> {
    let any = list.is_empty().then_some(None);
    list.iter().map(|item| Some(item.as_str())).chain(any)
}

fn takes(when: &When, method: Option<&str>, path: Option<&str>, media: Option<&str>) -> bool {
    let list = |list: &[String], item: Option<&str>, covers: fn(&str, &str) -> bool| {
        list.is_empty() || item.is_some_and(|item| list.iter().any(|glob| covers(glob, item)))
    };
    list(&when.methods, method, |a, b| a == b)
        && list(&when.paths, path, path_covers)
        && list(&when.media, media, media_covers)
}

pub(crate) fn media_covers(wide: &str, narrow: &str) -> bool {
    wide == narrow
        || wide
            .strip_suffix('*')
            .is_some_and(|kind| kind.ends_with('/') && narrow.starts_with(kind))
}

/// Whether all that the narrow glob fits the wide one fits too. A wildcard of the narrow one is
/// covered by a wildcard that reaches as far.
pub(crate) fn path_covers(wide: &str, narrow: &str) -> bool {
    // What stands before the first wildcard stands in both: this settles nearly all pairs.
    let plain = wide.split('*').next().unwrap_or("");
    if wide == narrow || !narrow.starts_with(plain) {
        return wide == narrow;
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Part {
        Byte(u8),
        Within,
        Across,
    }
    let parts = |glob: &str| {
        let mut list = Vec::new();
        let mut rest = glob;
        while let Some(first) = rest.bytes().next() {
            let (part, length) = match first {
                b'*' if rest.starts_with("**") => (Part::Across, 2),
                b'*' => (Part::Within, 1),
                byte => (Part::Byte(byte), 1),
            };
            list.push(part);
            rest = rest.get(length..).unwrap_or("");
        }
        list
    };
    let (wide, narrow) = (parts(wide), parts(narrow));
    let mut cells = vec![vec![false; narrow.len() + 1]; wide.len() + 1];
    for i in (0..=wide.len()).rev() {
        for j in (0..=narrow.len()).rev() {
            let next = narrow.get(j);
            cells[i][j] = match wide.get(i) {
                None => next.is_none(),
                Some(Part::Byte(byte)) => next == Some(&Part::Byte(*byte)) && cells[i + 1][j + 1],
                Some(Part::Within) => {
                    let swallows = matches!(next, Some(Part::Byte(byte)) if *byte != b'/')
                        || next == Some(&Part::Within);
                    cells[i + 1][j] || (swallows && cells[i][j + 1])
                }
                Some(Part::Across) => cells[i + 1][j] || (next.is_some() && cells[i][j + 1]),
            };
        }
    }
    cells[0][0]
}

#[cfg(test)]
mod tests {
    use super::path_covers;

    #[test]
    fn a_glob_covers_what_it_fits() {
        for (wide, narrow) in [
            ("/**", "/a/b"),
            ("/**", "/a/*"),
            ("/**", "/**"),
            ("/a/**", "/a/*/c/**"),
            ("/a*", "/ab*"),
            ("/*/x", "/a/x"),
            ("/a", "/a"),
        ] {
            assert!(path_covers(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in
            [("/*", "/**"), ("/*", "/a/b"), ("/a/*", "/**"), ("/a", "/a*"), ("/ab*", "/a*")]
        {
            assert!(!path_covers(wide, narrow), "{wide} {narrow}");
        }
    }
}
