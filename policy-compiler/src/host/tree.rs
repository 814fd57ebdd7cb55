//! Reads a host's configuration, YAML or JSON, into a tree that knows where everything stands.
//! Anchors and aliases are followed, as hosts do; the names of fields are found in both spellings
//! of protobuf's JSON (`vm_id`, `vmId`).

use super::mesh::is_manifest;
use crate::diagnostic::Span;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Deeper than any host's configuration.
const DEPTH_MAX: usize = 128;
/// More values than any host's configuration has, with every alias written out.
const VALUES_MAX: usize = 4_000_000;

/// One value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Which of the files that were handed in.
    pub(super) file: usize,
    pub(super) span: Span,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Nothing,
    Text(Rc<str>),
    List(Rc<[Node]>),
    Map(Rc<[(Key, Node)]>),
}

#[derive(Clone, Debug)]
struct Key {
    text: Box<str>,
    span: Span,
}

/// Why a text is no configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) span: Span,
    pub(super) why: String,
}

impl Node {
    /// What stands below a name, in either spelling.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let Value::Map(pairs) = &self.value else { return None };
        let found = pairs.iter().find(|(key, _)| spells(&key.text, name));
        found.map(|(_, node)| node).filter(|node| !matches!(node.value, Value::Nothing))
    }

    /// What stands below names, one in the other.
    pub(super) fn at(&self, names: &[&str]) -> Option<&Node> {
        names.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Where a name stands.
    pub(super) fn key_span(&self, name: &str) -> Option<Span> {
        let Value::Map(pairs) = &self.value else { return None };
        pairs.iter().find(|(key, _)| spells(&key.text, name)).map(|(key, _)| key.span)
    }

    /// The text below a name.
    pub(super) fn text_at(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// Its text: of a number or a boolean, as it is written.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a boolean below a name is set.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name).and_then(Node::boolean) == Some(true)
    }

    /// A boolean, also one in protobuf's wrapper.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.text().or_else(|| self.text_at("value"))? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number below a name, also one in protobuf's wrapper.
    pub(super) fn number_at(&self, name: &str) -> Option<u64> {
        let node = self.get(name)?;
        node.text().or_else(|| node.text_at("value"))?.parse().ok()
    }

    /// The items of a list; of anything else none.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list below a name.
    pub(super) fn list(&self, name: &str) -> &[Node] {
        self.get(name).map_or(&[], Node::items)
    }

    /// Names and values of a mapping.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, Span, &Node)> {
        let pairs: &[(Key, Node)] = match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        };
        pairs.iter().map(|(key, node)| (&*key.text, key.span, node))
    }

    /// What a message of any type is, without the host that its type names: `...v3.Wasm`. What
    /// `TypedStruct` wraps is told as itself.
    pub(super) fn typed(&self) -> (&str, &Node) {
        let name = |text: &'_ str| text.rfind('/').map_or(0, |at| at + 1);
        let Some(kind) = self.text_at("@type") else { return ("", self) };
        let kind = &kind[name(kind)..];
        if kind.ends_with(".TypedStruct")
            && let (Some(inner), Some(value)) = (self.text_at("type_url"), self.get("value"))
        {
            return (&inner[name(inner)..], value);
        }
        (kind, self)
    }
}

/// `vm_id` and `vmId` are one name.
fn spells(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut wanted = name.chars();
    for c in key.chars() {
        let next = match wanted.next() {
            Some('_') => wanted.next().map(|c| c.to_ascii_uppercase()),
            next => next,
        };
        if next != Some(c) {
            return false;
        }
    }
    wanted.next().is_none()
}

/// What is open around the next event.
enum Open {
    List(Vec<Node>),
    Map { pairs: Vec<(Key, Node)>, seen: BTreeSet<String>, key: Option<Key> },
}

struct Reading {
    file: usize,
    /// Where each character begins, for the parser counts characters.
    starts: Vec<usize>,
    end: usize,
    open: Vec<(Span, usize, Open)>,
    /// How many values there were when each of them began.
    begun: Vec<usize>,
    anchors: BTreeMap<usize, (Node, usize)>,
    /// Values so far, with aliases written out.
    values: usize,
    /// What the documents hold.
    roots: Vec<Node>,
}

/// Reads one document, or manifests of Kubernetes, of which a file may hold several.
pub(super) fn read(file: usize, text: &str) -> Result<Vec<Node>, Unreadable> {
    let starts = text.char_indices().map(|(at, _)| at).collect();
    let mut reading = Reading {
        file,
        starts,
        end: text.len(),
        open: Vec::new(),
        begun: Vec::new(),
        anchors: BTreeMap::new(),
        values: 0,
        roots: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                let span = Span::new(reading.offset(span.start), reading.offset(span.end));
                reading.take(event, span)?;
            }
            Err(error) => {
                let at = reading.offset(*error.marker());
                let why = format!("the text is neither YAML nor JSON: {}", error.info());
                return Err(Unreadable { span: Span::new(at, at), why });
            }
        }
    }
    reading.documents()
}

impl Reading {
    /// What was read: where one of several documents is no manifest, a host would take another one
    /// than somebody who reads the file.
    fn documents(self) -> Result<Vec<Node>, Unreadable> {
        let mut roots = self.roots;
        if roots.len() > 1 {
            roots.retain(|root| !matches!(root.value, Value::Nothing));
        }
        if roots.len() > 1
            && let Some(other) = roots.iter().find(|root| !is_manifest(root))
        {
            let span = roots.get(1).map_or(other.span, |second| second.span);
            let why = "a second document begins: hand each in as a file";
            return Err(Unreadable { span, why: why.to_owned() });
        }
        match roots.is_empty() {
            true => Err(Unreadable { span: Span::default(), why: "the file is empty".to_owned() }),
            false => Ok(roots),
        }
    }

    fn offset(&self, marker: Marker) -> usize {
        self.starts.get(marker.index()).copied().unwrap_or(self.end)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        let refused = |why: &str| Err(Unreadable { span, why: why.to_owned() });
        let tagged = matches!(
            &event,
            Event::Scalar(_, _, _, Some(_))
                | Event::SequenceStart(_, Some(_))
                | Event::MappingStart(_, Some(_))
        );
        if tagged {
            return refused("a tag: Envoy leaves out what is tagged `!ignore`");
        }
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                // Anchors are of their document.
                self.anchors.clear();
                Ok(())
            }
            Event::Alias(anchor) => {
                let Some((node, values)) = self.anchors.get(&anchor).cloned() else {
                    return refused("the alias stands within its own anchor, or names none");
                };
                self.count(span, values)?;
                self.put(node, span)
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let value = match &*text {
                    "" | "~" | "null" if plain => Value::Nothing,
                    text => Value::Text(text.into()),
                };
                self.count(span, 1)?;
                let node = Node { file: self.file, span, value };
                self.anchor(anchor, &node, 1);
                self.put(node, span)
            }
            Event::SequenceStart(anchor, _) => self.enter(span, anchor, Open::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let open = Open::Map { pairs: Vec::new(), seen: BTreeSet::new(), key: None };
                self.enter(span, anchor, open)
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
        }
    }

    fn count(&mut self, span: Span, values: usize) -> Result<(), Unreadable> {
        self.values = self.values.saturating_add(values);
        if self.values > VALUES_MAX {
            let why = format!("the text has more than {VALUES_MAX} values, with its aliases");
            return Err(Unreadable { span, why });
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, node: &Node, values: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), values));
        }
    }

    fn enter(&mut self, span: Span, anchor: usize, open: Open) -> Result<(), Unreadable> {
        if self.open.len() >= DEPTH_MAX {
            let why = format!("the text is nested deeper than {DEPTH_MAX}");
            return Err(Unreadable { span, why });
        }
        self.count(span, 1)?;
        // Until it is closed, an alias of it names nothing.
        self.anchors.remove(&anchor);
        self.open.push((span, anchor, open));
        self.begun.push(self.values);
        Ok(())
    }

    fn leave(&mut self, end: Span) -> Result<(), Unreadable> {
        let Some((start, anchor, open)) = self.open.pop() else { return Ok(()) };
        let begun = self.begun.pop().unwrap_or(0);
        let value = match open {
            Open::List(items) => Value::List(items.into()),
            Open::Map { pairs, .. } => Value::Map(pairs.into()),
        };
        let node = Node { file: self.file, span: start.to(end), value };
        self.anchor(anchor, &node, self.values.saturating_sub(begun).saturating_add(1));
        self.put(node, start)
    }

    fn put(&mut self, node: Node, span: Span) -> Result<(), Unreadable> {
        match self.open.last_mut() {
            None => self.roots.push(node),
            Some((_, _, Open::List(items))) => items.push(node),
            Some((_, _, Open::Map { pairs, seen, key })) => match key.take() {
                Some(key) => pairs.push((key, node)),
                None => {
                    let Value::Text(text) = &node.value else {
                        return Err(Unreadable { span, why: "a name is no text".to_owned() });
                    };
                    if &**text == "<<" || !seen.insert(text.to_string()) {
                        let why = "a name that stands twice, or a merge: hosts differ on it";
                        return Err(Unreadable { span, why: why.to_owned() });
                    }
                    *key = Some(Key { text: (&**text).into(), span });
                }
            },
        }
        Ok(())
    }
}
