//! Every kind of value at every place of the reference policy: it compiles, or is refused there.

use super::yaml::{Node, Value};
use super::{parse, read};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, Source, Span};
use std::fs;
use std::path::Path;

/// A value of each kind.
pub(super) const KINDS: [&str; 7] = ["~", "some text", "7", "true", "[a, b]", "{ a: b }", ""];

/// A value that may be changed, and where its key stands, or itself in a list.
pub(super) struct Place {
    pub(super) key: Span,
    pub(super) value: Span,
    /// The mapping or list that it stands in.
    around: Span,
    pub(super) in_list: bool,
}

pub(super) fn places(node: &Node, list: &mut Vec<Place>) {
    match &node.value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                list.push(Place {
                    key: key.span,
                    value: value.span,
                    around: node.span,
                    in_list: false,
                });
                places(value, list);
            }
        }
        Value::List(items) => {
            for item in items {
                list.push(Place {
                    key: item.span,
                    value: item.span,
                    around: node.span,
                    in_list: true,
                });
                places(item, list);
            }
        }
        Value::Null | Value::Refused | Value::Text { .. } => {}
    }
}

pub(super) fn reference() -> String {
    block(1)
}

/// A policy of the reference: the first is one, the second a file that it includes.
fn block(n: usize) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("POLICY.md");
    let page = fs::read_to_string(page).expect("the reference");
    let rest = page.split("```yaml\n").nth(n).expect("a policy");
    rest.split_once("```").expect("its end").0.to_owned()
}

pub(super) fn source(text: &str) -> Source {
    let mut source = Source::new("POLICY.md", text);
    crate::load(&mut source, &mut |file| match file {
        "boundaries/partner.yaml" => Ok(block(2)),
        _ => Err("there is no such file".to_owned()),
    });
    let described = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/policies/described.pb");
    source.attach("shop.pb", fs::read(described).expect("descriptors"));
    source
}

/// What is wrong with the text, first as it is read, and where nothing is, as it is compiled.
fn diagnose(source: &Source) -> Diagnostics {
    let mut read_only = Diagnostics::default();
    let _ = read(source, &mut read_only);
    if read_only.has_errors() {
        return read_only;
    }
    crate::compile_source(source).map_or_else(|errors| errors, |compiled| compiled.warnings)
}

/// What came of the values of some places.
#[derive(Default)]
struct Outcome {
    refused: usize,
    taken: usize,
    elsewhere: Vec<String>,
}

fn try_kinds(text: &str, list: &[Place]) -> Outcome {
    let mut outcome = Outcome::default();
    for Place { key, value, around, in_list } in list {
        // Nothing at all between two commas is not YAML.
        for other in KINDS.iter().filter(|other| !(*in_list && other.is_empty())) {
            let (before, after) = (&text[..value.start], &text[value.end..]);
            let changed = source(&format!("{before}{other}{after}"));
            let found = diagnose(&changed);
            let errors = found.iter().filter(|one| one.code.severity() == Severity::Error);
            let within = Span::new(key.start, value.start + other.len() + 1);
            let inside =
                |span: Span| span.start >= within.start && span.end <= within.end.max(span.start);
            // The ends of a range are compared, and neither of them is wrong alone.
            let range = |error: &Diagnostic| {
                error.code == Code::Value && error.span.start == around.start && !in_list
            };
            let mut errors = errors.peekable();
            if errors.peek().is_none() {
                outcome.taken += 1;
            } else if errors.any(|error| inside(error.span) || range(error)) {
                outcome.refused += 1;
            } else {
                let line = changed.position(key.start).line;
                let told = crate::report::text(&changed, &found);
                outcome.elsewhere.push(format!("{line}: {}\n{told}", changed.policy().line(line)));
            }
        }
    }
    outcome
}

#[test]
fn a_value_of_another_kind_is_refused_where_it_stands() {
    let text = reference();
    let root = parse(source(&text).policy(), &mut Diagnostics::default()).expect("a policy");
    let mut list = Vec::new();
    places(&root, &mut list);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let parts = list.chunks(list.len().div_ceil(4));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| try_kinds(&text, part))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let sum = |count: fn(&Outcome) -> usize| outcomes.iter().map(count).sum::<usize>();
    let (refused, taken) = (sum(|outcome| outcome.refused), sum(|outcome| outcome.taken));
    assert!(refused > 600 && taken > 100, "{refused} refused, {taken} taken");
    let elsewhere: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.elsewhere).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}
