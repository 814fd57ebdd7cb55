//! Scans records: each line `{"id": .., "text": ..}` becomes `{"id": .., "findings": [..]}`.
//! Offsets are bytes of the text in UTF-8. What is wrong with a line is told by its number alone.

use super::part::Report;
use super::{STDIN, walk};
use crate::command::survey;
use cofferdam_engine::survey::{Format, Located, Survey};
use cofferdam_policy_compiler::report::printable;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Longest line, with its end.
const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Lines are handed out together up to so many bytes.
const BATCH_BYTES: usize = 256 * 1024;

/// Some lines of one file.
pub(in crate::command) struct Batch {
    pub(in crate::command) file: String,
    /// Number of the first line.
    first: u64,
    lines: Vec<Line>,
    /// Why there are no more.
    failure: Option<io::Error>,
}

enum Line {
    Text(Vec<u8>),
    TooLong,
}

/// One record.
pub(in crate::command) struct Record {
    /// As it was spelled.
    pub(in crate::command) id: String,
    pub(in crate::command) text: String,
    /// What else the line says, as JSON.
    pub(in crate::command) rest: BTreeMap<String, String>,
}

/// All lines of some files, in order.
pub(in crate::command) fn batches(paths: Vec<PathBuf>) -> impl Iterator<Item = Batch> {
    paths.into_iter().flat_map(|path| batches_of(&path))
}

fn batches_of(path: &Path) -> Box<dyn Iterator<Item = Batch>> {
    if path.as_os_str() == "-" {
        let reader = BufReader::with_capacity(BATCH_BYTES, io::stdin());
        return Box::new(Batches { file: STDIN.to_owned(), next: 1, reader: Some(reader) });
    }
    let file = walk::name(path);
    match File::open(path) {
        Ok(opened) => {
            let reader = BufReader::with_capacity(BATCH_BYTES, opened);
            Box::new(Batches { file, next: 1, reader: Some(reader) })
        }
        Err(error) => {
            let failure = Some(error);
            Box::new(std::iter::once(Batch { file, first: 1, lines: Vec::new(), failure }))
        }
    }
}

struct Batches<R> {
    file: String,
    next: u64,
    /// None at the end.
    reader: Option<R>,
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let reader = self.reader.as_mut()?;
        let first = self.next;
        let (file, mut lines, mut bytes, mut failure) = (self.file.clone(), Vec::new(), 0, None);
        while bytes < BATCH_BYTES {
            match line(reader) {
                Ok(Some(line)) => {
                    self.next += 1;
                    bytes += match &line {
                        Line::Text(text) => text.len(),
                        Line::TooLong => BATCH_BYTES,
                    };
                    lines.push(line);
                }
                Ok(None) => {
                    self.reader = None;
                    break;
                }
                Err(error) => {
                    failure = Some(error);
                    self.reader = None;
                    break;
                }
            }
        }
        let empty = lines.is_empty() && failure.is_none();
        (!empty).then_some(Batch { file, first, lines, failure })
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut text = Vec::new();
    let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut text)?;
    if read == 0 {
        return Ok(None);
    }
    if u64::try_from(read).is_ok_and(|read| read < LINE_BYTES_MAX) || text.ends_with(b"\n") {
        return Ok(Some(Line::Text(text)));
    }
    drop(text);
    reader.skip_until(b'\n')?;
    Ok(Some(Line::TooLong))
}

impl Batch {
    /// Each record, with the number of its line; and of lines that are none, what is wrong.
    pub(in crate::command) fn records(
        &self,
    ) -> impl Iterator<Item = (u64, Result<Record, String>)> {
        let lines = (self.first..).zip(&self.lines);
        lines.filter_map(|(number, line)| match line {
            Line::Text(text) if text.trim_ascii().is_empty() => None,
            Line::Text(text) => Some((number, Record::parse(text))),
            Line::TooLong => Some((number, Err("the line is longer than 256 MiB".to_owned()))),
        })
    }

    /// Why the file could not be read on.
    pub(in crate::command) fn failure(&self) -> Option<String> {
        let error = self.failure.as_ref()?;
        Some(format!("warning: {}: {error}", printable(&self.file)))
    }

    /// What is wrong with a line, as it is told.
    pub(in crate::command) fn complaint(&self, number: u64, why: &str) -> String {
        format!("error: {}:{number}: {why}", printable(&self.file))
    }

    pub(super) fn scan(self, survey: &Survey<'_>, report: &mut Report<'_>) {
        for (number, record) in self.records() {
            if !report.is_wanted() {
                return;
            }
            match record {
                Ok(record) => {
                    report.file();
                    report.bytes(record.text.len());
                    let found = find(survey, Format::Text, &record.text);
                    let line = rendered(report, &record, &found);
                    report.line(line.as_bytes(), found.len());
                }
                Err(why) => report.unread(self.complaint(number, &why)),
            }
        }
        if let Some(warning) = self.failure() {
            report.unread(warning);
        }
    }
}

impl Record {
    /// Reads a line. What is wrong with it is said without a word of it.
    fn parse(line: &[u8]) -> Result<Self, String> {
        let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(line)
            .map_err(|error| format!("no JSON object: column {}", error.column()))?;
        let mut rest: BTreeMap<_, _> =
            fields.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect();
        let id = rest.remove("id").ok_or("`id` is missing")?;
        if id.starts_with(['{', '[']) {
            return Err("`id` is neither a string nor a number nor a literal".to_owned());
        }
        let text = rest.remove("text").ok_or("`text` is missing")?;
        let text = serde_json::from_str(&text).map_err(|_| "`text` is no string of Unicode")?;
        Ok(Self { id, text, rest })
    }
}

/// What is found in a record's text, in the order in which it begins.
pub(in crate::command) fn find(survey: &Survey<'_>, format: Format, text: &str) -> Vec<Located> {
    let mut found = Vec::new();
    survey.read(format).push(text.as_bytes(), true, &mut found);
    found.sort_by_key(|located| (located.start, located.end));
    found
}

fn rendered(report: &Report<'_>, record: &Record, found: &[Located]) -> String {
    let mut line = format!("{{\"id\":{},\"findings\":[", record.id);
    for (n, located) in found.iter().enumerate() {
        let (category, detector) = survey::names(report.tables, located);
        let (start, end) = (located.start, located.end);
        let (category, detector) = (json!(category), json!(detector));
        let comma = if n == 0 { "" } else { "," };
        line += &format!(
            "{comma}{{\"category\":{category},\"detector\":{detector},\
             \"start\":{start},\"end\":{end}}}"
        );
    }
    line + "]}\n"
}
