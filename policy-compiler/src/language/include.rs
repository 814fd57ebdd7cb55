//! Reads the files of a policy as one: what is included comes behind what includes it.
//! Opens no file; of what is in them it looks at names and at what may stand there alone.

use super::POLICY;
use super::proto::is_below;
use super::read::{Name, Reader, Vocabulary};
use super::yaml::{Key, Node, Value, escape};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, File, Source, Span};
use crate::source::FILES_MAX;
use std::collections::HashMap;

/// Files within files within files.
const DEPTH_MAX: usize = 8;

/// What an included file may hold: what names one thing after the other. What holds for the whole
/// policy stands in the policy itself, where its approver looks for it.
pub(crate) const INCLUDED: Vocabulary = Vocabulary {
    what: "an included file",
    keys: &[
        "include",
        "zones",
        "members",
        "categories",
        "actions",
        "boundaries",
        "asserts",
        "tests",
    ],
    later: &[],
};

/// Those whose names are unique.
const NAMED: [&str; 3] = ["zones", "categories", "actions"];

/// Hands a source all files that it includes.
pub(crate) fn load(source: &mut Source, read: &mut dyn FnMut(&str) -> Result<String, String>) {
    let mut at = 0;
    let mut asked = 1;
    loop {
        let Some(names) = source.files().nth(at).map(named) else { return };
        for name in names {
            if source.included(&name).is_some() || source.missing(&name).is_some() {
                continue;
            }
            let text = match asked < FILES_MAX {
                true => read(&name),
                false => Err(format!("a policy has {FILES_MAX} files at most")),
            };
            asked += 1;
            source.include(&name, text);
        }
        at += 1;
    }
}

/// The files that a file includes, as far as they can be told.
fn named(file: File<'_>) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let Some(Node { value: Value::Map(pairs), .. }) = super::parse(file, &mut diagnostics) else {
        return Vec::new();
    };
    let Some((_, node)) = pairs.iter().find(|(key, _)| key.text == "include") else {
        return Vec::new();
    };
    let names = Reader { diagnostics: &mut diagnostics }.texts(node, "files");
    names.into_iter().map(|name| name.value).filter(|name| is_below(name)).collect()
}

/// One tree of all files of a policy. `None` when the policy itself cannot be read.
pub(super) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<Node> {
    let root = super::parse(source.policy(), diagnostics)?;
    let span = root.span;
    let pairs = match root.value {
        Value::Map(pairs) if pairs.iter().any(|(key, _)| key.text == "include") => pairs,
        value => return Some(Node { span, value }),
    };
    let reader = Reader { diagnostics };
    let (seen, names) = (HashMap::new(), HashMap::new());
    let mut joined = Joined { source, reader, open: Vec::new(), seen, pairs: Vec::new(), names };
    joined.take(pairs);
    Some(Node { span, value: Value::Map(joined.pairs) })
}

/// Files that are put together.
struct Joined<'s, 'd> {
    source: &'s Source,
    reader: Reader<'d>,
    /// The files that lead to the one that is read.
    open: Vec<String>,
    /// Where each was included first.
    seen: HashMap<String, Span>,
    pairs: Vec<(Key, Node)>,
    /// Where each name is declared, by the key that it stands below.
    names: HashMap<(&'static str, String), Span>,
}

impl Joined<'_, '_> {
    /// Adds a file, and behind it those that it includes.
    fn take(&mut self, pairs: Vec<(Key, Node)>) {
        let mut include = None;
        for (key, node) in pairs {
            if key.text == "include" {
                include = Some(node);
            } else {
                self.add(key, node);
            }
        }
        let names = include.map(|node| self.reader.texts(&node, "files")).unwrap_or_default();
        for name in names {
            if let Some(pairs) = self.file(&name) {
                self.open.push(name.value);
                self.take(pairs);
                self.open.pop();
            }
        }
    }

    /// What stands in a file that may be included here.
    fn file(&mut self, name: &Name) -> Option<Vec<(Key, Node)>> {
        if let Err(diagnostic) = self.permit(name) {
            self.reader.diagnostics.push(diagnostic);
            return None;
        }
        self.seen.insert(name.value.clone(), name.span);
        let Some(file) = self.source.included(&name.value) else {
            let why = self.source.missing(&name.value);
            let why = why.unwrap_or("the policy came without the files that it includes");
            let message = format!("`{}` cannot be included: {}", name.value, escape(why));
            self.reader.diagnostics.push(
                Diagnostic::new(Code::Include, name.span, message)
                    .help("names begin at the folder of the policy, whichever file they stand in"),
            );
            return None;
        };
        let mut node = super::parse(file, self.reader.diagnostics)?;
        if let Value::Map(pairs) = &mut node.value {
            pairs.retain(|(key, _)| self.belongs(key));
        }
        self.reader.fields(&node, INCLUDED)?;
        let Value::Map(mut pairs) = node.value else { return None };
        pairs.retain(|(key, _)| INCLUDED.keys.contains(&key.text.as_str()));
        Some(pairs)
    }

    /// Whether a file may be read by this name, and here.
    fn permit(&self, name: &Name) -> Result<(), Diagnostic> {
        let shown = escape(&name.value);
        let refuse = |message: String| Diagnostic::new(Code::Include, name.span, message);
        if !is_below(&name.value) {
            return Err(refuse(format!("`{shown}` cannot be the name of a file here"))
                .help("name a file in the folder of the policy or below: `boundaries/shop.yaml`"));
        }
        if name.value == self.source.policy().path() {
            return Err(refuse(format!("`{shown}` is the policy itself"))
                .help("take this line out: what includes itself has no end"));
        }
        let first = self.seen.get(&name.value).copied();
        if self.open.contains(&name.value) {
            return Err(refuse(format!("`{shown}` would include itself"))
                .related(first.unwrap_or_default(), "it is included here")
                .help("take one of the lines out that lead from it to itself"));
        }
        if let Some(first) = first {
            return Err(refuse(format!("`{shown}` is included twice"))
                .related(first, "here first")
                .help("all files of a policy are one: once is enough, in whichever file"));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(refuse(format!("files include each other deeper than {DEPTH_MAX}"))
                .help("include this one in the policy itself"));
        }
        Ok(())
    }

    /// Refuses a key that only the policy itself may have.
    fn belongs(&mut self, key: &Key) -> bool {
        let known = |words: Vocabulary| words.keys.contains(&key.text.as_str());
        let foreign = known(POLICY) && !known(INCLUDED);
        if foreign {
            let message = format!("an included file has no key `{}`", key.text);
            let help = match key.text.as_str() {
                "format" | "policy" => "take it out: it stands in the policy that includes this",
                _ => "it holds for the whole policy: write it in the file that includes all others",
            };
            let diagnostic = Diagnostic::new(Code::UnknownKey, key.span, message).help(help);
            self.reader.diagnostics.push(diagnostic);
        }
        !foreign
    }

    /// Adds what stands below a key to what other files have there.
    fn add(&mut self, key: Key, mut node: Node) {
        let Some(what) = INCLUDED.keys.iter().copied().find(|known| *known == key.text) else {
            self.pairs.push((key, node));
            return;
        };
        if NAMED.contains(&what) {
            self.keep_unique(what, &mut node);
        }
        let Some((_, first)) = self.pairs.iter_mut().find(|(other, _)| other.text == key.text)
        else {
            self.pairs.push((key, node));
            return;
        };
        match (&mut first.value, node.value) {
            (Value::Map(first), Value::Map(more)) => first.extend(more),
            (Value::List(first), Value::List(more)) => first.extend(more),
            // What stays is read, and refused, with the rest; the other one is refused here.
            (_, value) => {
                let mut other = Node { span: node.span, value };
                let wrong = |node: &Node| match NAMED.contains(&what) {
                    true => !matches!(node.value, Value::Map(_)),
                    false => !matches!(node.value, Value::List(_)),
                };
                if wrong(first) && !wrong(&other) {
                    std::mem::swap(first, &mut other);
                }
                match NAMED.contains(&what) {
                    true => drop(self.reader.named(&other, what)),
                    false => {
                        self.reader.items(&other, what);
                    }
                }
            }
        }
    }

    /// Takes out what an earlier file has a name for already.
    fn keep_unique(&mut self, what: &'static str, node: &mut Node) {
        let Value::Map(pairs) = &mut node.value else { return };
        pairs.retain(|(key, _)| {
            let Some(first) = self.names.get(&(what, key.text.clone())) else {
                self.names.insert((what, key.text.clone()), key.span);
                return true;
            };
            let message = format!("there are two {what} `{}`", escape(&key.text));
            self.reader.diagnostics.push(
                Diagnostic::new(Code::Redeclared, key.span, message)
                    .related(*first, "the first one")
                    .help("all files of a policy share their names: take one out, or rename it"),
            );
            false
        });
    }
}
