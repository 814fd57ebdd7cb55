//! Reads typed values out of the tree, from a closed vocabulary.
//! A value that cannot be read becomes a diagnostic and `None`; it never becomes a default.

use super::yaml::{Key, Node, Value, escape, is_hidden};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};

/// Longest name of anything.
const NAME_BYTES_MAX: usize = 64;

/// More pairs than any mapping of a policy has.
const PAIRS_SEARCHED_MAX: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// A name and where it stands.
pub(crate) type Name = Spanned<String>;

/// The keys that a mapping may have.
#[derive(Clone, Copy)]
pub(crate) struct Vocabulary {
    /// What the mapping is, for messages: `a boundary`.
    pub(crate) what: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// Keys of the language that this version refuses.
    pub(crate) later: &'static [&'static str],
}

/// A mapping all of whose keys are known.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    pub(crate) span: Span,
    vocabulary: Vocabulary,
    pairs: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.pairs.iter().find(|(found, _)| found.text == key).map(|(_, node)| node)
    }

    /// Whether an unknown key was reported that means this one.
    fn has_misspelled(&self, key: &str) -> bool {
        let mut unknown = self
            .pairs
            .iter()
            .take(PAIRS_SEARCHED_MAX)
            .filter(|(found, _)| !self.vocabulary.keys.contains(&found.text.as_str()));
        unknown.any(|(found, _)| nearest(&found.text, [key].into_iter()).is_some())
    }

    pub(crate) fn key_span(&self, key: &str) -> Option<Span> {
        self.pairs.iter().find(|(found, _)| found.text == key).map(|(key, _)| key.span)
    }
}

/// Collects what is wrong while values are read.
pub(crate) struct Reader<'d> {
    pub(crate) diagnostics: &'d mut Diagnostics,
}

impl Reader<'_> {
    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(code, span, message));
    }

    /// The same with a way out.
    pub(crate) fn refuse(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: &str,
    ) {
        self.diagnostics.push(Diagnostic::new(code, span, message).help(help));
    }

    fn shape(&mut self, node: &Node, wanted: &str, help: &str) {
        if node.value == Value::Refused {
            return;
        }
        let found = node.value.what();
        let message = format!("{wanted} is wanted here, and this is {found}");
        let diagnostic = Diagnostic::new(Code::Shape, node.span, message).help(help);
        self.diagnostics.push(diagnostic);
    }

    /// A mapping with these keys only.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        vocabulary: Vocabulary,
    ) -> Option<Fields<'n>> {
        let Value::Map(pairs) = &node.value else {
            let help = format!("write `{{ key: value }}`; it may have {}", among(vocabulary.keys));
            self.shape(node, &format!("{} as a mapping", vocabulary.what), &help);
            return None;
        };
        for (key, _) in pairs {
            let known = vocabulary.keys.contains(&key.text.as_str());
            if !known && !key.refused {
                self.unknown_key(key, pairs, vocabulary);
            }
        }
        Some(Fields { span: node.span, vocabulary, pairs })
    }

    fn unknown_key(&mut self, key: &Key, pairs: &[(Key, Node)], vocabulary: Vocabulary) {
        let name = escape(&key.text);
        if vocabulary.later.contains(&key.text.as_str()) {
            let message = format!("this version does not have `{name}`");
            self.diagnostics.push(
                Diagnostic::new(Code::Unsupported, key.span, message)
                    .help("take it out: what is not enforced must not look as if it were"),
            );
            return;
        }
        let message = format!("{} has no key `{name}`", vocabulary.what);
        if self.diagnostics.is_full() {
            self.error(Code::UnknownKey, key.span, message);
            return;
        }
        let near = nearest(&key.text, vocabulary.keys.iter().copied());
        let mut diagnostic = Diagnostic::new(Code::UnknownKey, key.span, message)
            .help(format!("it may have {}", among(vocabulary.keys)))
            .did_you_mean(near);
        // Where the key that may be meant stands there too, nobody knows which of them is right.
        if pairs.iter().take(PAIRS_SEARCHED_MAX).any(|(other, _)| Some(&*other.text) == near) {
            diagnostic.fix = None;
        }
        self.diagnostics.push(diagnostic);
    }

    /// The value of a key that must be there.
    pub(crate) fn need<'n>(&mut self, fields: Fields<'n>, key: &str) -> Option<&'n Node> {
        let found = fields.get(key);
        if found.is_none() && !fields.has_misspelled(key) {
            let message = format!("{} needs the key `{key}`", fields.vocabulary.what);
            let start = fields.pairs.first().map_or(fields.span, |(first, _)| first.span);
            self.diagnostics.push(
                Diagnostic::new(Code::MissingKey, start, message)
                    .help(format!("add `{key}: ..` beside what stands here")),
            );
        }
        found
    }

    /// The pairs of a mapping whose keys are names that the policy gives.
    pub(crate) fn named<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(Name, &'n Node)> {
        self.pairs(node, what, &|text| text)
    }

    /// The same, where a key may be the name of a built-in category too.
    pub(crate) fn categories<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(Name, &'n Node)> {
        self.pairs(node, what, &|text| text.strip_prefix("by_field.").unwrap_or(text))
    }

    fn pairs<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        own_part: &dyn Fn(&str) -> &str,
    ) -> Vec<(Name, &'n Node)> {
        let Value::Map(pairs) = &node.value else {
            let help = "write each as `name: ..`, on a line of its own or between `{` and `}`";
            self.shape(node, &format!("a mapping of {what}"), help);
            return Vec::new();
        };
        let mut list = Vec::new();
        for (key, value) in pairs {
            if key.refused {
                continue;
            }
            self.check_name(own_part(&key.text), key.span);
            list.push((Name { value: key.text.clone(), span: key.span }, value));
        }
        list
    }

    /// The items of a list.
    pub(crate) fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null | Value::Refused | Value::Text { .. } | Value::Map(_) => {
                let help = "begin each with `- `, on a line of its own, or write `[.., ..]`";
                self.shape(node, &format!("a list of {what}"), help);
                &[]
            }
        }
    }

    /// Texts of a list; a single text counts as a list of one.
    pub(crate) fn texts(&mut self, node: &Node, what: &str) -> Vec<Name> {
        match &node.value {
            Value::Text { .. } => self.text(node, what).into_iter().collect(),
            Value::List(items) => {
                if items.is_empty() {
                    let message = format!("this list of {what} is empty");
                    self.refuse(Code::Value, node.span, message, "name one, or take the key out");
                }
                items.iter().filter_map(|item| self.text(item, what)).collect()
            }
            Value::Null | Value::Refused | Value::Map(_) => {
                self.shape(
                    node,
                    &format!("a list of {what}"),
                    "write `[.., ..]`, or one text alone",
                );
                Vec::new()
            }
        }
    }

    /// Any text, with nothing hidden in it.
    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<Name> {
        let Value::Text { text, plain } = &node.value else {
            self.shape(node, &format!("text ({what})"), "write one text");
            return None;
        };
        if *plain && matches!(text.as_str(), "true" | "false") {
            let message = format!("text ({what}) is wanted here, and `{text}` is a boolean");
            let help = format!("write `\"{text}\"`");
            self.diagnostics.push(
                Diagnostic::new(Code::Shape, node.span, message)
                    .help(help)
                    .fix(node.span, format!("\"{text}\"")),
            );
            return None;
        }
        if let Some(c) = text.chars().find(|&c| c != '\n' && is_hidden(c)) {
            let message = format!("the text has the character U+{:04X}", u32::from(c));
            self.diagnostics.push(
                Diagnostic::new(Code::Character, node.span, message)
                    .help("it does not show, or shows as something else: take its escape out"),
            );
            return None;
        }
        Some(Name { value: text.clone(), span: node.span })
    }

    /// Text as a message carries it: anything goes.
    pub(crate) fn raw_text(&mut self, node: &Node, what: &str) -> Option<Name> {
        let Value::Text { text, .. } = &node.value else {
            self.shape(node, &format!("text ({what})"), "write one text");
            return None;
        };
        Some(Name { value: text.clone(), span: node.span })
    }

    /// A name: small letters, digits, `-`, `_`.
    pub(crate) fn name(&mut self, node: &Node, what: &str) -> Option<Name> {
        let text = self.text(node, what)?;
        self.check_name(&text.value, text.span).then_some(text)
    }

    fn check_name(&mut self, text: &str, span: Span) -> bool {
        let fits = is_name(text);
        if !fits {
            let message = format!("`{}` cannot be a name", escape(text));
            let help = match text.contains(":{") {
                true => "there is a space between `:` and what follows",
                false => {
                    "a name begins with a small letter and goes on with small letters, digits, \
                     `-` and `_`, 64 at most"
                }
            };
            self.diagnostics.push(Diagnostic::new(Code::Name, span, message).help(help));
        }
        fits
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Text { text, plain: true } if text == "true" => Some(true),
            Value::Text { text, plain: true } if text == "false" => Some(false),
            Value::Text { text, .. } if text == "true" || text == "false" => {
                let message = format!("`{text}` in quotes is a text, and a boolean is wanted here");
                self.diagnostics.push(
                    Diagnostic::new(Code::Shape, node.span, message)
                        .help(format!("write `{text}` without quotes")),
                );
                None
            }
            _ => {
                self.shape(node, "`true` or `false`", "write one of them, without quotes");
                None
            }
        }
    }

    /// A whole number in decimal digits.
    pub(crate) fn number(&mut self, node: &Node, max: u64) -> Option<u64> {
        let text = self.text(node, "a number")?;
        let digits = !text.value.is_empty() && text.value.bytes().all(|b| b.is_ascii_digit());
        // Some readers of YAML take a leading zero for an octal number.
        let plain = digits && (text.value == "0" || !text.value.starts_with('0'));
        let number = text.value.parse().ok().filter(|&number: &u64| plain && number <= max);
        if number.is_none() {
            let message = format!("`{}` is no whole number up to {max}", escape(&text.value));
            self.diagnostics.push(
                Diagnostic::new(Code::Value, text.span, message)
                    .help("write it in digits, without a sign, a unit or a zero before it"),
            );
        }
        number
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, "a word")?;
        let found = choices.iter().find(|(word, _)| *word == text.value).map(|&(_, value)| value);
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|&(word, _)| word).collect();
            let message = format!("`{}` is not allowed here", escape(&text.value));
            self.diagnostics.push(
                Diagnostic::new(Code::Value, text.span, message)
                    .help(format!("write {}", among(&words)))
                    .did_you_mean(nearest(&text.value, words.iter().copied())),
            );
        }
        found
    }
}

/// `a`, `b` or `c`, in backticks.
pub(crate) fn among(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Whether a text can be a name: small letters, digits, `-`, `_`.
pub(crate) fn is_name(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    text.len() <= NAME_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(rest)
}

/// The closest word, if one is close.
#[must_use]
pub fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let length = text.chars().count();
    let most = match length {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    words
        .filter(|word| word.len().abs_diff(length) <= most)
        .map(|word| (edits(text, word), word))
        .filter(|&(edits, word)| edits <= most && edits < word.len())
        .min()
        .map(|(_, word)| word)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbor.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = rows[i][j] + usize::from(x != y);
            let mut least = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
