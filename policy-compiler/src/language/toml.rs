//! Reads TOML 1.1 into the tree that YAML becomes, so that a policy in either means the same.
//! What only TOML has, fractions and times of day, has no place in a policy and is refused.

use super::yaml::{DEPTH_MAX, Key, Node, Value, escape, is_hidden, refuse_characters};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, File, Span};
use ::toml::Spanned;
use ::toml::de::{DeArray, DeString, DeTable, DeValue};
use std::ops::Range;

/// The keys under which a day may stand.
const DAYS: [&str; 1] = ["review_by"];

/// Reads a document. `None` when nothing can be read; what is wrong is in `diagnostics`.
pub(super) fn parse(file: File<'_>, diagnostics: &mut Diagnostics) -> Option<Node> {
    let unreadable = refuse_characters(file, diagnostics);
    let (table, errors) = DeTable::parse_recoverable(file.text());
    let mut tree = Tree { file, diagnostics };
    // A character that was reported already is also what the parser stumbles over.
    for error in errors.iter().filter(|_| !unreadable) {
        tree.syntax(error);
    }
    if !errors.is_empty() {
        return None;
    }
    if table.get_ref().is_empty() {
        tree.diagnostics.push(super::empty(file));
        return None;
    }
    tree.table(file.span(), table.get_ref(), 0)
}

struct Tree<'s, 'd> {
    file: File<'s>,
    diagnostics: &'d mut Diagnostics,
}

impl Tree<'_, '_> {
    /// The parser counts from the beginning of the file.
    fn span(&self, range: Range<usize>) -> Span {
        let start = self.file.span().start;
        Span::new(start + range.start, start + range.end)
    }

    fn syntax(&mut self, error: &::toml::de::Error) {
        let span = self.span(error.span().unwrap_or_default());
        let diagnostic = match error.message() {
            "duplicate key" => {
                let key = escape(self.file.slice(span));
                let message = format!("the key `{key}` stands here twice");
                Diagnostic::new(Code::DuplicateKey, span, message).help("take one of them out")
            }
            why => {
                let message = format!("the text is not TOML: {}", escape(why));
                Diagnostic::new(Code::Syntax, span, message).help(
                    "look for a text without quotes, a bracket or quote that is not closed, or a \
                     missing `=`",
                )
            }
        };
        self.diagnostics.push(diagnostic);
    }

    fn table(&mut self, span: Span, table: &DeTable<'_>, depth: usize) -> Option<Node> {
        let mut rows: Vec<_> = table.iter().collect();
        // In the order of the text: the order of zones counts.
        rows.sort_by_key(|(key, _)| key.span().start);
        let mut pairs = Vec::new();
        for (key, value) in rows {
            let key = self.key(key);
            let value = self.value(&key.text, value, depth)?;
            pairs.push((key, value));
        }
        let span = self.whole(span, pairs.iter().map(|(_, value)| value.span));
        Some(Node { span, value: Value::Map(pairs) })
    }

    fn array(&mut self, key: &str, span: Span, array: &DeArray<'_>, depth: usize) -> Option<Node> {
        let items: Option<Vec<_>> = array.iter().map(|item| self.value(key, item, depth)).collect();
        let items = items?;
        let span = self.whole(span, items.iter().map(|item| item.span));
        Some(Node { span, value: Value::List(items) })
    }

    /// Of a table under a header of its own the parser tells where the header is.
    fn whole(&self, span: Span, within: impl Iterator<Item = Span>) -> Span {
        Span::new(span.start, within.map(|span| span.end).fold(span.end, usize::max))
    }

    /// What stands under a key.
    fn value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, depth: usize) -> Option<Node> {
        let span = self.span(value.span());
        if depth >= DEPTH_MAX {
            self.diagnostics.push(super::yaml::too_deep(span));
            return None;
        }
        let written = self.file.slice(span);
        let value = match value.get_ref() {
            DeValue::Table(table) => return self.table(span, table, depth + 1),
            DeValue::Array(array) => return self.array(key, span, array, depth + 1),
            DeValue::String(text) => match written.chars().any(|c| c != '\n' && is_hidden(c)) {
                true => Value::Refused,
                false => Value::Text { text: text.to_string(), plain: false },
            },
            DeValue::Boolean(value) => Value::Text { text: value.to_string(), plain: true },
            DeValue::Integer(_) => {
                let digits = written.strip_prefix('-').unwrap_or(written);
                // What else TOML has would read as something else in YAML.
                match digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    true => Value::Text { text: written.to_owned(), plain: true },
                    false => self.refuse(span, "a number that is more than decimal digits"),
                }
            }
            DeValue::Float(_) => self.refuse(span, "a number with a point or an exponent"),
            DeValue::Datetime(day) if day.time.is_some() => self.refuse(span, "a time of day"),
            DeValue::Datetime(_) if DAYS.contains(&key) => {
                Value::Text { text: written.to_owned(), plain: true }
            }
            DeValue::Datetime(_) => self.refuse(span, "a day here"),
        };
        Some(Node { span, value })
    }

    fn refuse(&mut self, span: Span, what: &str) -> Value {
        let message = format!("a policy has no place for {what}");
        self.diagnostics.push(
            Diagnostic::new(Code::Feature, span, message)
                .help("write it in quotes where a text is meant, and a number in decimal digits"),
        );
        Value::Refused
    }

    fn key(&mut self, key: &Spanned<DeString<'_>>) -> Key {
        // A hidden character that stands here as it is has been reported.
        let text = key.get_ref().chars().filter(|c| !is_hidden(*c)).collect();
        Key { text, span: self.span(key.span()), refused: false }
    }
}
