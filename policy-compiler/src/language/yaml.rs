//! Reads YAML 1.2 into a tree that knows where everything stands.
//! Takes the plain part of the language only: what the approver reads is what compiles. Never
//! resolves an anchor, an alias or a tag, and guesses no types.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, File, Span};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// Deeper than any policy.
pub(super) const DEPTH_MAX: usize = 32;
/// Longer than any policy.
pub(crate) const POLICY_BYTES_MAX: usize = 1024 * 1024;

/// One value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// See [`Node`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Something that was refused where it stands: nothing more is said about it.
    Refused,
    /// Text; `plain` without quotes.
    Text { text: String, plain: bool },
    /// `[..]`, or lines with `-`.
    List(Vec<Node>),
    /// `{..}`, or lines with `:`. Keys are unique.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Refused where it stands: nothing more is said about it.
    pub(crate) refused: bool,
}

impl Value {
    /// What it is, for messages.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Null | Self::Refused => "nothing",
            Self::Text { .. } => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Reads one document. `None` when nothing can be read; what is wrong is in `diagnostics`.
pub(crate) fn parse(file: File<'_>, diagnostics: &mut Diagnostics) -> Option<Node> {
    let start = file.span().start;
    let unreadable = refuse_characters(file, diagnostics);
    let starts = file.text().char_indices().map(|(at, _)| start + at).collect();
    let mut tree = Tree { file, starts, diagnostics, open: Vec::new(), root: None, documents: 0 };
    for event in Parser::new_from_str(file.text()) {
        match event {
            Ok((event, span)) => {
                let span = tree.span(span.start, span.end);
                if !tree.take(event, span) {
                    return None;
                }
            }
            // A tab that was reported already is also what the parser stumbles over.
            Err(_) if unreadable => return None,
            Err(error) => {
                let at = tree.offset(*error.marker());
                let end = file.rest(at).chars().next().map_or(at, |c| at + c.len_utf8());
                let message = format!("the text is not YAML: {}", error.info());
                let help = syntax_help(file, at, error.info());
                tree.diagnostics
                    .push(Diagnostic::new(Code::Syntax, Span::new(at, end), message).help(help));
                return None;
            }
        }
    }
    if tree.root.is_none() {
        tree.diagnostics.push(super::empty(file));
    }
    tree.root
}

/// What to look at where a parser has lost its way.
fn syntax_help(file: File<'_>, at: usize, why: &str) -> &'static str {
    let rest = file.rest(at);
    let line = file.line(file.position(at).line);
    if why.contains("escape") {
        "in double quotes a backslash begins an escape: write `\\\\`, or use single quotes"
    } else if rest.starts_with(['@', '`', '*', '&', '!', '%']) {
        "a text that begins with such a sign needs quotes"
    } else if line.matches(": ").count() > 1 && !line.contains(['{', '"', '\'']) {
        "a text with `: ` in it needs quotes"
    } else {
        "look for a bracket or quote that is not closed, a missing space behind `:` or `-`, and at \
         the indentation of this line and of the one before"
    }
}

/// A digest of what is said, whatever the order of keys, the quotes, the files that it is parted
/// into and their format, and whatever stands beside it.
pub(crate) fn digest(node: &Node) -> [u8; 32] {
    fn put(node: &Node, sha: &mut Sha256) {
        let mut length = |tag: u8, length: usize| {
            sha.update([tag]);
            sha.update(u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
        };
        match &node.value {
            Value::Null | Value::Refused => length(0, 0),
            Value::Text { text, plain } => {
                // Quotes mean something only where a boolean or a text may be meant.
                let boolean = *plain && matches!(text.as_str(), "true" | "false");
                length(1 + u8::from(boolean), text.len());
                sha.update(text);
            }
            Value::List(items) => {
                length(3, items.len());
                items.iter().for_each(|item| put(item, sha));
            }
            Value::Map(pairs) => {
                length(4, pairs.len());
                let mut pairs: Vec<_> = pairs.iter().collect();
                pairs.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
                for (key, value) in pairs {
                    sha.update(u64::try_from(key.text.len()).unwrap_or(u64::MAX).to_le_bytes());
                    sha.update(&key.text);
                    put(value, sha);
                }
            }
        }
    }
    let mut sha = Sha256::new();
    put(node, &mut sha);
    sha.finalize().into()
}

/// Whether a character does not show, changes the order of others, or controls a terminal.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}')
        || matches!(c, '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{00a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}')
        || matches!(c, '\u{205f}' | '\u{3000}' | '\u{e0000}'..='\u{e0fff}')
}

/// Refuses characters that do not show as what they are, and tells whether there are some.
pub(super) fn refuse_characters(file: File<'_>, diagnostics: &mut Diagnostics) -> bool {
    let mut found = false;
    for (at, c) in file.text().char_indices().filter(|&(_, c)| c != '\n' && is_hidden(c)) {
        found = true;
        let at = file.span().start + at;
        let span = Span::new(at, at + c.len_utf8());
        let diagnostic = match c {
            '\t' => refuse_tab(file, span),
            _ => {
                let message = format!("the text has the character U+{:04X}", u32::from(c));
                let blank = c.is_whitespace() && !c.is_control();
                let help = match blank {
                    true => "it looks like a space and is none: write a space",
                    false => "it does not show, or shows as something else: take it out",
                };
                Diagnostic::new(Code::Character, span, message)
                    .help(help)
                    .fix(span, if blank { " " } else { "" })
            }
        };
        diagnostics.push(diagnostic);
    }
    found
}

/// How many columns a tab stood for nobody knows, unless tabs are all that a line is indented by.
fn refuse_tab(file: File<'_>, span: Span) -> Diagnostic {
    let at = file.position(span.start);
    let before: String = file.line(at.line).chars().take(at.column - 1).collect();
    let quoted = before.contains(['"', '\'']);
    let help = match (before.trim().is_empty(), quoted) {
        (true, _) => "indent with spaces",
        (false, true) => "write a space; in double quotes a tab is written as `\\t`",
        (false, false) => "write a space",
    };
    let diagnostic = Diagnostic::new(Code::Character, span, "the text has a tab").help(help);
    if before.chars().all(|c| c == '\t') {
        return diagnostic.fix(span, "  ");
    }
    if before.trim().is_empty() || quoted { diagnostic } else { diagnostic.fix(span, " ") }
}

/// What is open around the next event.
enum Open {
    List(Vec<Node>),
    Map { pairs: Vec<(Key, Node)>, seen: HashMap<String, Span>, key: Option<Key> },
}

struct Tree<'s> {
    file: File<'s>,
    /// Where each character begins, since the parser counts characters.
    starts: Vec<usize>,
    diagnostics: &'s mut Diagnostics,
    open: Vec<(Span, Open)>,
    root: Option<Node>,
    documents: usize,
}

impl Tree<'_> {
    fn offset(&self, marker: Marker) -> usize {
        self.starts.get(marker.index()).copied().unwrap_or(self.file.span().end)
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        Span::new(self.offset(start), self.offset(end))
    }

    /// Whether to go on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                self.refuse_directives(span.start);
                if self.documents > 1 {
                    self.refuse(span, "a second document", "one file holds one policy");
                    return false;
                }
            }
            Event::Alias(_) => {
                self.refuse(span, "an alias", "write the value out");
                self.put(Node { span, value: Value::Refused });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_marks(span, anchor > 0, tag.is_some());
                let plain = matches!(style, ScalarStyle::Plain);
                let trimmed = self.trim(span, style);
                self.scalar(text.into_owned(), plain, trimmed);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_marks(span, anchor > 0, tag.is_some());
                return self.enter(span, Open::List(Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_marks(span, anchor > 0, tag.is_some());
                return self
                    .enter(span, Open::Map { pairs: Vec::new(), seen: HashMap::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
        }
        true
    }

    /// A block scalar's end is on the line after it.
    fn trim(&self, span: Span, style: ScalarStyle) -> Span {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return span;
        }
        let text = self.file.slice(span);
        Span::new(span.start, span.start + text.trim_end().len())
    }

    fn scalar(&mut self, text: String, plain: bool, span: Span) {
        let refused = plain && is_other_boolean(&text) && !self.wants_key();
        if refused {
            let right = if matches!(text.to_ascii_lowercase().as_str(), "yes" | "on" | "y" | "true")
            {
                "true"
            } else {
                "false"
            };
            let message = format!("`{text}` is not a boolean here");
            self.diagnostics.push(
                Diagnostic::new(Code::Boolean, span, message)
                    .help(format!("write `{right}`, or `\"{text}\"` where a text is meant"))
                    .fix(span, right),
            );
        }
        // A hidden character that stands here as it is has been reported.
        let written = self.file.slice(span);
        let hidden = written.chars().any(|c| c != '\n' && is_hidden(c));
        let mut text = text;
        if hidden && self.wants_key() {
            text.retain(|c| !is_hidden(c));
        }
        let value = match text.as_str() {
            _ if refused || (hidden && !self.wants_key()) => Value::Refused,
            "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
            _ => Value::Text { text, plain },
        };
        self.put(Node { span, value });
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some((_, Open::Map { key: None, .. })))
    }

    fn enter(&mut self, span: Span, open: Open) -> bool {
        if self.open.len() >= DEPTH_MAX {
            self.diagnostics.push(too_deep(span));
            return false;
        }
        self.open.push((span, open));
        true
    }

    fn leave(&mut self, end: Span) {
        let Some((start, open)) = self.open.pop() else { return };
        let value = match open {
            Open::List(items) => Value::List(items),
            Open::Map { pairs, .. } => Value::Map(pairs),
        };
        // The end of a block is where the next line begins: what counts is the last value in it.
        let last = match &value {
            Value::List(items) => items.last().map(|node| node.span),
            Value::Map(pairs) => pairs.last().map(|(_, node)| node.span),
            Value::Null | Value::Refused | Value::Text { .. } => None,
        };
        // What closes a flow is one byte; the parser counts spaces and a comment behind it too.
        let closed = self.file.rest(end.start).starts_with([']', '}']);
        let span = match closed && end.end > end.start {
            true => Span::new(start.start, end.start + 1),
            false => start.to(last.unwrap_or(end)),
        };
        self.put(Node { span, value });
    }

    fn put(&mut self, node: Node) {
        if self.wants_key() {
            let new = self.key(node);
            if let Some((_, Open::Map { key, .. })) = self.open.last_mut() {
                *key = Some(new);
            }
            return;
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((_, Open::List(items))) => items.push(node),
            Some((_, Open::Map { pairs, seen, key })) => {
                let Some(key) = key.take() else { return };
                let Some(first) = seen.get(&key.text) else {
                    seen.insert(key.text.clone(), key.span);
                    pairs.push((key, node));
                    return;
                };
                let message = format!("the key `{}` stands here twice", escape(&key.text));
                self.diagnostics.push(
                    Diagnostic::new(Code::DuplicateKey, key.span, message)
                        .related(*first, "the first one")
                        .help("take one of them out"),
                );
            }
        }
    }

    fn key(&mut self, node: Node) -> Key {
        let span = node.span;
        match node.value {
            Value::Text { text, plain } => {
                let merge = plain && text == "<<";
                if merge {
                    self.refuse(span, "a merge key", "write the keys out");
                }
                Key { text, span, refused: merge }
            }
            other => {
                if other != Value::Refused {
                    let message = format!("a key is text, and this is {}", other.what());
                    self.diagnostics.push(
                        Diagnostic::new(Code::Shape, span, message)
                            .help("write a key for each, or quotes where this is one name"),
                    );
                }
                // Spans are unique, so this is no duplicate of another one.
                Key { text: format!("?{}", span.start), span, refused: true }
            }
        }
    }

    /// A directive could change what the lines behind it mean.
    fn refuse_directives(&mut self, before: usize) {
        let mut at = self.file.span().start;
        let text = self.file.slice(Span::new(at, before));
        for line in text.split_inclusive('\n') {
            if line.starts_with('%') && self.documents == 1 {
                let span = Span::new(at, at + line.trim_end().len());
                self.refuse(span, "a directive", "a policy is YAML 1.2: take the line out");
            }
            at += line.len();
        }
    }

    fn refuse_marks(&mut self, span: Span, anchor: bool, tag: bool) {
        if anchor {
            self.refuse(span, "an anchor", "write the value out where it is needed");
        }
        if tag {
            self.refuse(span, "a tag", "leave it out: the key says what kind of value follows");
        }
    }

    fn refuse(&mut self, span: Span, what: &str, help: &str) {
        let message = format!("a policy has no place for {what}");
        self.diagnostics.push(Diagnostic::new(Code::Feature, span, message).help(help));
    }
}

/// What is nested deeper than any policy.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("the text is nested deeper than {DEPTH_MAX}");
    Diagnostic::new(Code::Limit, span, message)
        .help("no part of a policy is that deep: take brackets out")
}

fn is_other_boolean(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "yes" | "no" | "on" | "off" | "y" | "n")
        || (matches!(lower.as_str(), "true" | "false") && lower != text)
}

/// Text of a policy as it may stand in a message: nothing hidden in it.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}
