//! The text of a policy: one file, and those that it includes, each with its name and its lines.
//! Opens no file: whoever has one hands its text in.

use crate::diagnostic::Span;
use crate::language::yaml::POLICY_BYTES_MAX;
use std::collections::BTreeMap;

/// More files than anybody parts a policy into.
pub(crate) const FILES_MAX: usize = 256;

/// All files of one policy. A [`Span`] is of their texts one behind the other, so that it tells
/// the file too.
#[derive(Clone, Debug)]
pub struct Source {
    text: String,
    /// The policy itself, and what it includes, in the order in which they were handed in.
    files: Vec<Lines>,
    /// Why a file that is included cannot be had, by its name there.
    missing: BTreeMap<String, String>,
    /// What the text names beside it, by the name that it has there.
    attached: BTreeMap<String, Vec<u8>>,
}

/// Where one file and its lines begin.
#[derive(Clone, Debug)]
struct Lines {
    name: String,
    /// As `include` names it.
    path: String,
    start: usize,
    end: usize,
    line_starts: Vec<usize>,
}

/// Line and column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Source {
    /// Takes the text of a policy. Line ends of both kinds are one, so that a checkout on another
    /// system compiles to the same bytes.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        let mut source = Self {
            text: String::new(),
            files: Vec::new(),
            missing: BTreeMap::new(),
            attached: BTreeMap::new(),
        };
        // A policy includes itself by the name that it has in its folder.
        let path = name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
        source.append(name.to_owned(), path, text);
        source
    }

    /// Adds a file that [`crate::load`] was told of, or why it cannot be had.
    pub(crate) fn include(&mut self, path: &str, read: Result<String, String>) {
        let read = read.and_then(|text| {
            if self.files.len() >= FILES_MAX {
                return Err(format!("a policy has {FILES_MAX} files at most"));
            }
            if self.text.len() + text.len() > POLICY_BYTES_MAX {
                return Err("with it the policy is longer than 1 MiB".to_owned());
            }
            Ok(text)
        });
        match read {
            Ok(text) => {
                // Beside the policy, as a person would name it from where they stand.
                let folder = self.name().rfind(['/', '\\']).map_or(0, |at| at + 1);
                let name = format!("{}{path}", &self.name()[..folder]);
                self.append(name, path.to_owned(), &text);
            }
            Err(why) => {
                self.missing.insert(path.to_owned(), why);
            }
        }
    }

    fn append(&mut self, name: String, path: String, text: &str) {
        if !self.files.is_empty() {
            // So that the end of a file is no place in the next one.
            self.text.push('\n');
        }
        let start = self.text.len();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        self.text.push_str(&text);
        let behind = text.match_indices('\n').map(|(at, _)| start + at + 1);
        let line_starts = std::iter::once(start).chain(behind).collect();
        self.files.push(Lines { name, path, start, end: self.text.len(), line_starts });
    }

    /// Adds a file that the text names; see [`crate::named_files`].
    pub fn attach(&mut self, name: &str, bytes: Vec<u8>) {
        self.attached.insert(name.to_owned(), bytes);
    }

    pub(crate) fn attached(&self, name: &str) -> Option<&[u8]> {
        self.attached.get(name).map(Vec::as_slice)
    }

    /// The name of the policy in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        self.files.first().map_or("", |lines| &lines.name)
    }

    /// The texts of all files, one behind the other: what a [`Span`] is of.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands in a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// The files, the policy itself first.
    pub fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.files.iter().map(|lines| File { whole: &self.text, lines })
    }

    /// The file that is included by this name.
    pub(crate) fn included(&self, path: &str) -> Option<File<'_>> {
        self.files().find(|file| file.path() == path)
    }

    /// Why a file cannot be had, where that is known.
    pub(crate) fn missing(&self, path: &str) -> Option<&str> {
        self.missing.get(path).map(String::as_str)
    }

    /// The policy itself.
    pub(crate) fn policy(&self) -> File<'_> {
        self.file(0)
    }

    /// The file that a byte stands in.
    #[must_use]
    pub fn file(&self, at: usize) -> File<'_> {
        let behind = self.files.partition_point(|lines| lines.start <= at);
        // A source has one file at least, and the first begins at 0.
        let lines = &self.files[behind.max(1) - 1];
        File { whole: &self.text, lines }
    }

    /// Where a byte stands in its file.
    #[must_use]
    pub fn position(&self, at: usize) -> Position {
        self.file(at).position(at)
    }
}

/// One file of a policy.
#[derive(Clone, Copy, Debug)]
pub struct File<'s> {
    whole: &'s str,
    lines: &'s Lines,
}

impl<'s> File<'s> {
    /// The name in messages.
    #[must_use]
    pub fn name(&self) -> &'s str {
        &self.lines.name
    }

    /// The name that `include` has for it.
    pub(crate) fn path(&self) -> &'s str {
        &self.lines.path
    }

    /// Whether its name says that it is TOML; all else is YAML.
    pub(crate) fn is_toml(&self) -> bool {
        let ending = self.lines.path.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
    }

    /// Where its text is among all.
    pub(crate) fn span(&self) -> Span {
        Span::new(self.lines.start, self.lines.end)
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &'s str {
        self.slice(self.span())
    }

    /// What stands in a span.
    pub(crate) fn slice(&self, span: Span) -> &'s str {
        self.whole.get(span.start..span.end).unwrap_or("")
    }

    /// Its text from a byte on.
    pub(crate) fn rest(&self, at: usize) -> &'s str {
        self.slice(Span::new(at, self.lines.end))
    }

    /// Where a byte stands in it.
    #[must_use]
    pub fn position(&self, at: usize) -> Position {
        let starts = &self.lines.line_starts;
        let line = starts.partition_point(|&start| start <= at).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let before = self.slice(Span::new(start, at.min(self.lines.end)));
        Position { line, column: before.chars().count() + 1 }
    }

    /// The text of a line, counted from 1, without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &'s str {
        let starts = &self.lines.line_starts;
        let Some(&start) = starts.get(line.wrapping_sub(1)) else { return "" };
        let end = starts.get(line).map_or(self.lines.end, |&next| next - 1);
        self.slice(Span::new(start, end))
    }
}
