//! Puts a policy down, line by line.

use super::comments::{Comment, Document, Entry, Tree};
use super::order::Kind;
use crate::diagnostic::Source;
use crate::language::yaml::Value;

/// What a flow over several lines must fit in to become one line.
const LINE_CHARS_MAX: usize = 100;
const STEP: usize = 2;

/// The whole text.
pub(super) fn document(source: &Source, document: &Document<'_>) -> String {
    let mut writer = Writer { source, out: String::new() };
    for line in &document.header {
        writer.comment(0, line);
    }
    match document.root.block {
        true => writer.entries(&document.root, Kind::Policy, 0),
        false => {
            let line = flow(source, &document.root, Kind::Policy);
            writer.out.push_str(&line);
            writer.out.push('\n');
        }
    }
    writer.lines(&document.root.tail, 0);
    let text = writer.out.trim_matches('\n');
    format!("{text}\n")
}

/// Whether a flow does not fit on a line.
pub(super) fn too_long(source: &Source, tree: &Tree<'_>) -> bool {
    let indent = source.position(tree.node.span.start).column;
    indent + flow(source, tree, Kind::Other).chars().count() > LINE_CHARS_MAX
        || tree.entries.iter().any(|entry| entry.value.block && !entry.value.entries.is_empty())
}

struct Writer<'s> {
    source: &'s Source,
    out: String,
}

impl Writer<'_> {
    fn comment(&mut self, indent: usize, line: &str) {
        if line.is_empty() {
            let fresh = self.out.is_empty() || self.out.ends_with("\n\n");
            if !fresh {
                self.out.push('\n');
            }
            return;
        }
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn lines(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            self.comment(indent, line);
        }
    }

    fn entries(&mut self, tree: &Tree<'_>, kind: Kind, indent: usize) {
        for (at, entry) in ordered(tree, kind).into_iter().enumerate() {
            self.leading(entry, indent, at == 0);
            self.out.push_str(&" ".repeat(indent));
            self.entry(entry, kind, indent);
        }
        if indent > 0 {
            self.lines(&tree.tail, indent);
        }
    }

    fn leading(&mut self, entry: &Entry<'_>, indent: usize, first: bool) {
        let blank = entry.leading.iter().take_while(|line| line.is_empty()).count();
        // The first of several follows its key at once.
        let skip = if first && indent > 0 { blank } else { 0 };
        self.lines(entry.leading.get(skip..).unwrap_or(&[]), indent);
    }

    fn entry(&mut self, entry: &Entry<'_>, kind: Kind, indent: usize) {
        let below = match entry.key {
            Some(key) => {
                let written = self.source.text().get(key.span.start..key.span.end);
                self.out.push_str(written.unwrap_or(""));
                self.out.push(':');
                kind.below(&key.text)
            }
            None => {
                self.out.push('-');
                kind
            }
        };
        let value = &entry.value;
        if !value.block || value.entries.is_empty() {
            self.inline(entry, below, indent);
            return;
        }
        let item = entry.key.is_none() && matches!(value.node.value, Value::Map(_));
        if !item || entry.head.is_some() {
            self.behind(entry.head.as_ref());
            self.out.push('\n');
            self.entries(value, below, indent + STEP);
            self.late(entry, indent);
            return;
        }
        // The first pair of an item stands beside the dash.
        self.out.push(' ');
        for (at, pair) in ordered(value, below).into_iter().enumerate() {
            if at > 0 {
                self.leading(pair, indent + STEP, false);
                self.out.push_str(&" ".repeat(indent + STEP));
            } else if pair.leading.iter().any(|line| !line.is_empty()) {
                // Its comments go over the dash.
                let dash = self.out.rfind('\n').map_or(0, |at| at + 1);
                let begun = self.out.split_off(dash);
                self.leading(pair, indent, true);
                self.out.push_str(&begun);
            }
            self.entry(pair, below, indent + STEP);
        }
        self.lines(&value.tail, indent + STEP);
        self.late(entry, indent);
    }

    /// A comment behind a flow that became lines.
    fn late(&mut self, entry: &Entry<'_>, indent: usize) {
        if let Some(comment) = &entry.trailing {
            self.comment(indent + STEP, &comment.text);
        }
    }

    fn inline(&mut self, entry: &Entry<'_>, kind: Kind, indent: usize) {
        let text = match &entry.value.node.value {
            Value::Map(_) | Value::List(_) => flow(self.source, &entry.value, kind),
            Value::Null | Value::Refused | Value::Text { .. } => {
                scalar(self.source, &entry.value, indent + STEP)
            }
        };
        if !text.is_empty() {
            self.out.push(' ');
            self.out.push_str(&text);
        }
        self.behind(entry.trailing.as_ref());
        self.out.push('\n');
    }

    fn behind(&mut self, comment: Option<&Comment>) {
        let Some(comment) = comment else { return };
        let line = self.out.rsplit('\n').next().unwrap_or("").chars().count();
        let pad = comment.column.saturating_sub(line).max(1);
        self.out.push_str(&" ".repeat(pad));
        self.out.push_str(&comment.text);
    }
}

/// Pairs in the order of the vocabulary; what it does not know comes last.
fn ordered<'t, 'n>(tree: &'t Tree<'n>, kind: Kind) -> Vec<&'t Entry<'n>> {
    let mut list: Vec<&Entry<'_>> = tree.entries.iter().collect();
    if matches!(tree.node.value, Value::Map(_)) {
        let keys = kind.keys();
        let rank = |entry: &&Entry<'_>| {
            let key = entry.key.map_or("", |key| key.text.as_str());
            keys.iter().position(|known| *known == key).unwrap_or(keys.len())
        };
        list.sort_by_key(rank);
    }
    list
}

/// A value on one line.
fn flow(source: &Source, tree: &Tree<'_>, kind: Kind) -> String {
    let parts = ordered(tree, kind).into_iter().map(|entry| {
        let (before, below) = match entry.key {
            Some(key) => {
                let text = source.text().get(key.span.start..key.span.end).unwrap_or("");
                (format!("{text}:"), kind.below(&key.text))
            }
            None => (String::new(), kind),
        };
        let value = flow(source, &entry.value, below);
        let gap = if before.is_empty() || value.is_empty() { "" } else { " " };
        format!("{before}{gap}{value}")
    });
    let parts: Vec<String> = parts.collect();
    match &tree.node.value {
        Value::Map(pairs) if pairs.is_empty() => "{}".to_owned(),
        Value::Map(_) => format!("{{ {} }}", parts.join(", ")),
        Value::List(_) => format!("[{}]", parts.join(", ")),
        Value::Null | Value::Refused | Value::Text { .. } => {
            scalar(source, tree, 0).lines().map(str::trim).collect::<Vec<_>>().join(" ")
        }
    }
}

/// A text as it is written, its further lines moved to where they belong now.
fn scalar(source: &Source, tree: &Tree<'_>, indent: usize) -> String {
    let span = tree.node.span;
    let written = source.text().get(span.start..span.end).unwrap_or("");
    if tree.node.value == Value::Null {
        let named = matches!(written, "~" | "null" | "Null" | "NULL");
        return if named { "~".to_owned() } else { String::new() };
    }
    let mut lines = written.lines();
    let first = lines.next().unwrap_or("").trim_end();
    let rest: Vec<&str> = lines.collect();
    let block = first.starts_with(['|', '>']);
    let depth = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let least = rest.iter().filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or(0);
    let mut out = first.to_owned();
    for line in rest {
        let line = if block { line.get(least..).unwrap_or("") } else { line.trim() };
        out.push('\n');
        if !line.trim().is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out
}
