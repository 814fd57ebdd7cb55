//! Finds comments, which the parser leaves out, and gives each to what it speaks of.

use crate::diagnostic::{Source, Span};
use crate::language::yaml::{Key, Node, Value};
use std::collections::VecDeque;

/// A value with its comments.
pub(super) struct Tree<'n> {
    pub(super) node: &'n Node,
    /// Written as lines with `-` or `:`, since it was, or since comments stand within.
    pub(super) block: bool,
    pub(super) entries: Vec<Entry<'n>>,
    /// Lines behind the last entry.
    pub(super) tail: Vec<String>,
}

/// A pair or an item.
pub(super) struct Entry<'n> {
    /// Lines before it; an empty one is an empty line.
    pub(super) leading: Vec<String>,
    pub(super) key: Option<&'n Key>,
    pub(super) value: Tree<'n>,
    /// Behind its key, where the value stands on lines of its own.
    pub(super) head: Option<Comment>,
    pub(super) trailing: Option<Comment>,
}

/// A policy with its comments.
pub(super) struct Document<'n> {
    /// What stands over all.
    pub(super) header: Vec<String>,
    pub(super) root: Tree<'n>,
}

/// A comment that stands behind something.
#[derive(Clone)]
pub(super) struct Comment {
    pub(super) text: String,
    /// Where it stood: comments that line up shall go on to.
    pub(super) column: usize,
}

struct Found {
    at: usize,
    own_line: bool,
    column: usize,
    /// Whether an empty line comes before it.
    gap: bool,
    text: String,
}

/// Gives comments to what they speak of.
pub(super) fn attach<'n>(source: &Source, root: &'n Node) -> Document<'n> {
    let mut scalars = Vec::new();
    collect(root, &mut scalars);
    let mut attacher = Attacher { source, found: find(source, &scalars) };
    let first = match &root.value {
        Value::Map(pairs) => pairs.first().map_or(root.span.start, |(key, _)| key.span.start),
        _ => root.span.start,
    };
    let mut header = attacher.leading(first, 0);
    // What stands right over the first key speaks of it, and what is parted from it of all.
    let own = match header.iter().rposition(String::is_empty) {
        Some(at) => {
            let own = header.split_off(at);
            if !header.is_empty() {
                header.push(String::new());
            }
            own
        }
        None => Vec::new(),
    };
    let mut root = attacher.tree(root, 0, source.text().len());
    if let Some(entry) = root.entries.first_mut() {
        entry.leading.splice(0..0, own);
    }
    root.tail.extend(attacher.rest());
    Document { header, root }
}

fn collect(node: &Node, list: &mut Vec<Span>) {
    match &node.value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                list.push(key.span);
                collect(value, list);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, list)),
        Value::Null | Value::Refused => {}
        Value::Text { .. } => list.push(node.span),
    }
}

/// Every comment outside of texts.
fn find(source: &Source, scalars: &[Span]) -> VecDeque<Found> {
    let text = source.text();
    let mut found = VecDeque::new();
    let mut scalars = scalars.iter().peekable();
    let mut line_start = 0;
    let mut gap = false;
    for line in text.split_inclusive('\n') {
        let mut at = line_start;
        let end = line_start + line.len();
        let mut bare = true;
        while at < end {
            while scalars.peek().is_some_and(|span| span.end <= at) {
                scalars.next();
            }
            if let Some(span) = scalars.peek().filter(|span| span.start <= at) {
                at = span.end.min(end);
                bare = false;
                continue;
            }
            let rest = text.get(at..end).unwrap_or("");
            let Some(c) = rest.chars().next() else { break };
            let before = text.get(line_start..at).unwrap_or("");
            if c == '#' && (before.is_empty() || before.ends_with(' ')) {
                let column = before.chars().count();
                let text = rest.trim_end().to_owned();
                found.push_back(Found { at, own_line: bare, column, gap, text });
                break;
            }
            bare &= c.is_whitespace();
            at += c.len_utf8();
        }
        gap = line.trim().is_empty();
        line_start = end;
    }
    found
}

struct Attacher<'s> {
    source: &'s Source,
    found: VecDeque<Found>,
}

impl Attacher<'_> {
    /// Comments before a place, as lines.
    fn leading(&mut self, before: usize, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(comment) =
            self.found.pop_front_if(|found| found.at < before && found.column >= column)
        {
            if comment.gap {
                lines.push(String::new());
            }
            lines.push(comment.text);
        }
        let line = self.source.position(before).line;
        if line > 1 && self.source.policy().line(line - 1).trim().is_empty() {
            lines.push(String::new());
        }
        lines
    }

    fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for comment in self.found.drain(..) {
            if comment.gap {
                lines.push(String::new());
            }
            lines.push(comment.text);
        }
        lines
    }

    /// A comment behind a place, on its line and before what comes next.
    fn behind(&mut self, at: usize, next: usize) -> Option<Comment> {
        let line = self.source.position(at).line;
        let source = self.source;
        let found = self.found.pop_front_if(|found| {
            !found.own_line
                && found.at >= at
                && found.at < next
                && source.position(found.at).line == line
        })?;
        Some(Comment { text: found.text, column: found.column })
    }

    /// `next` is where what comes behind the node begins.
    fn tree<'n>(&mut self, node: &'n Node, column: usize, next: usize) -> Tree<'n> {
        let opened = self.source.text().get(node.span.start..).unwrap_or("");
        let flow = opened.starts_with(['{', '[']);
        let end = if flow { node.span.end } else { next };
        let commented = self.found.front().is_some_and(|found| found.at < node.span.end);
        let long = opened.get(..node.span.end - node.span.start).unwrap_or("").contains('\n');
        let mut tree = Tree { node, block: !flow, entries: Vec::new(), tail: Vec::new() };
        let parts: Vec<(Option<&Key>, &Node)> = match &node.value {
            Value::Map(pairs) => pairs.iter().map(|(key, value)| (Some(key), value)).collect(),
            Value::List(items) => items.iter().map(|item| (None, item)).collect(),
            Value::Null | Value::Refused | Value::Text { .. } => return tree,
        };
        let start = |(key, value): &(Option<&Key>, &Node)| {
            key.map_or(value.span.start, |key| key.span.start)
        };
        tree.block |= flow && !parts.is_empty() && commented;
        let own_column = parts.first().map_or(column, |part| {
            if flow { 0 } else { self.source.position(start(part)).column - 1 }
        });
        for (at, part) in parts.iter().enumerate() {
            let until = parts.get(at + 1).map_or(end, start);
            tree.entries.push(self.entry(*part, own_column, until));
        }
        if tree.block {
            tree.tail = self.tail(end, if flow { 0 } else { own_column });
        }
        // A flow over several lines that is too long for one becomes lines.
        tree.block |=
            flow && long && !parts.is_empty() && super::write::too_long(self.source, &tree);
        tree
    }

    fn entry<'n>(
        &mut self,
        (key, value): (Option<&'n Key>, &'n Node),
        column: usize,
        next: usize,
    ) -> Entry<'n> {
        let start = key.map_or(value.span.start, |key| key.span.start);
        let leading = self.leading(start, 0);
        let opened = self.source.text().get(value.span.start..).unwrap_or("");
        let block = matches!(value.value, Value::Map(_) | Value::List(_))
            && !opened.starts_with(['{', '[']);
        let head = match key.filter(|_| block) {
            Some(key) => self.behind(key.span.end, value.span.start),
            None => None,
        };
        let tree = self.tree(value, column, next);
        let trailing = if block { None } else { self.behind(value.span.end, next) };
        Entry { leading, key, value: tree, head, trailing }
    }

    /// Comments behind the last entry that stand as far in as the entries.
    fn tail(&mut self, end: usize, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(comment) = self
            .found
            .pop_front_if(|found| found.own_line && found.at < end && found.column >= column)
        {
            if comment.gap {
                lines.push(String::new());
            }
            lines.push(comment.text);
        }
        lines
    }
}
