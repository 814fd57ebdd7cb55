//! Writes a policy anew in one style: keys in the order of the reference, two spaces for each step,
//! comments where they were. Never changes what compiles: the result is read again and compared.

mod comments;
mod order;
mod write;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::language::parse;
use crate::language::yaml::{self, Node, Value};
use order::Kind;

/// The policy in the one style.
///
/// # Errors
/// What keeps the text from being read; a policy that only does not compile is formatted too.
pub fn format(source: &Source) -> Result<String, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    if source.policy().is_toml() {
        let message = "policies in TOML are not formatted, only those in YAML";
        diagnostics.push(
            Diagnostic::new(Code::Unsupported, Span::default(), message)
                .help("a formatter of TOML does it: neither style nor comments change the blob"),
        );
        return Err(diagnostics);
    }
    let Some(root) = parse(source.policy(), &mut diagnostics).filter(|_| !diagnostics.has_errors())
    else {
        diagnostics.settle(source);
        diagnostics.sort();
        return Err(diagnostics);
    };
    let document = comments::attach(source, &root);
    let text = write::document(source, &document);
    let again = Source::new(source.name(), &text);
    let read = parse(again.policy(), &mut Diagnostics::default());
    if read.is_some_and(|read| same(&root, &read, Kind::Policy)) {
        return Ok(text);
    }
    let message = "this policy cannot be written anew without changing it";
    diagnostics.push(
        Diagnostic::new(Code::Internal, Span::default(), message)
            .help("write texts of several lines as `|` without a number or `+` behind it"),
    );
    Err(diagnostics)
}

/// Whether two trees are one policy: only where the order of keys means nothing may it differ.
fn same(a: &Node, b: &Node, kind: Kind) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(a), Value::Map(b)) if kind.keys().is_empty() => {
            let pair = |((x, v), (y, w)): (&(yaml::Key, Node), &(yaml::Key, Node))| {
                x.text == y.text && same(v, w, kind.below(&x.text))
            };
            a.len() == b.len() && a.iter().zip(b).all(pair)
        }
        (Value::Map(a), Value::Map(b)) => {
            let there = |(key, value): &(yaml::Key, Node)| {
                let other = b.iter().find(|(other, _)| other.text == key.text);
                other.is_some_and(|(_, other)| same(value, other, kind.below(&key.text)))
            };
            a.len() == b.len() && a.iter().all(there)
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, kind))
        }
        (a, b) => a == b,
    }
}
