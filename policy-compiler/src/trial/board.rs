//! What crosses, counted, and shown on a screen of any size or line by line.
//! Shows names, numbers and verdicts; whatever a log calls them, each letter takes one column.

use crate::entries::Entry;
use crate::report::{Ink, Paint, printable};
use std::collections::{BTreeMap, VecDeque};

/// Crossings that are shown one by one.
const LAST: usize = 10;
/// More rows than two zones have boundaries: what comes after is only counted.
const ROWS_MAX: usize = 200;
/// Different things that are told beside the table.
const NOTICES_MAX: usize = 6;
/// Categories of one row; there are fewer than these in any policy that a person reads.
const CATEGORIES_MAX: usize = 1000;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Letters of a line.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub struct Board {
    facts: Vec<String>,
    rows: BTreeMap<Key, Row>,
    last: VecDeque<Vec<Piece>>,
    notices: Vec<(String, u64)>,
    /// Entries that were taken.
    crossings: u64,
    /// Of them those past the bound on rows.
    uncounted: u64,
}

/// Rows stand by boundary, those without one last, and a request before its reply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    has_no_boundary: bool,
    boundary: String,
    is_reply: bool,
    zones: String,
}

#[derive(Clone, Debug, Default)]
struct Row {
    crossings: u64,
    rewritten: u64,
    blocked: u64,
    /// Those that nothing was done to, whatever the verdict.
    observed: u64,
    findings: BTreeMap<String, u64>,
    reason: Option<String>,
}

/// Letters of one color.
type Piece = (String, Option<Ink>);

impl Board {
    /// An empty one, under lines that say what is tried.
    #[must_use]
    pub fn new(facts: &[String]) -> Self {
        Self { facts: facts.iter().map(|fact| shown(fact)).collect(), ..Self::default() }
    }

    /// How many crossings were counted.
    #[must_use]
    pub fn crossings(&self) -> u64 {
        self.crossings
    }

    /// Counts a crossing.
    pub fn take(&mut self, entry: &Entry) {
        self.crossings += 1;
        self.last.push_back(pieces(entry));
        if self.last.len() > LAST {
            self.last.pop_front();
        }
        let key = Key {
            has_no_boundary: entry.boundary.is_none(),
            boundary: boundary(entry),
            is_reply: !entry.is_request,
            zones: zones(entry),
        };
        if self.rows.len() >= ROWS_MAX && !self.rows.contains_key(&key) {
            self.uncounted += 1;
            return;
        }
        let row = self.rows.entry(key).or_default();
        row.crossings += 1;
        row.rewritten += u64::from(entry.verdict == "rewrite");
        row.blocked += u64::from(entry.verdict == "block");
        row.observed += u64::from(entry.observed);
        for finding in &entry.findings {
            let category = shown(&finding.category);
            if row.findings.len() < CATEGORIES_MAX || row.findings.contains_key(&category) {
                let count = row.findings.entry(category).or_default();
                *count = count.saturating_add(finding.count);
            }
        }
        if let Some(reason) = &entry.reason {
            row.reason = Some(shown(reason));
        }
    }

    /// Something else that a person should know. Said once, however often it comes; whether it is
    /// new.
    pub fn notice(&mut self, text: &str) -> bool {
        let text = shown(text);
        if let Some((_, count)) = self.notices.iter_mut().find(|(known, _)| *known == text) {
            *count = count.saturating_add(1);
            return false;
        }
        let fits = self.notices.len() < NOTICES_MAX;
        if fits {
            self.notices.push((text, 1));
        }
        fits
    }

    /// A picture that fits a screen.
    #[must_use]
    pub fn frame(&self, size: Size, paint: Paint) -> String {
        let mut lines = self.head();
        let mut table = self.table();
        // What crosses goes before what stays as it is.
        if lines.len() + table.len() > size.rows {
            lines.drain(..self.facts.len());
        }
        let room = size.rows.saturating_sub(lines.len());
        if table.len() > room {
            let more = table.len() - room + 1;
            table.truncate(room.saturating_sub(1));
            table.push(plain(&format!("... and {more} lines more")));
        }
        lines.append(&mut table);
        let room = size.rows.saturating_sub(lines.len() + 2);
        if room > 0 && !self.last.is_empty() {
            lines.push(Vec::new());
            lines.push(plain("LAST CROSSINGS"));
            let skipped = self.last.len().saturating_sub(room);
            lines.extend(self.last.iter().skip(skipped).cloned());
        }
        lines.truncate(size.rows);
        painted(&lines, size.columns, paint)
    }

    /// The table alone, in full.
    #[must_use]
    pub fn summary(&self, paint: Paint) -> String {
        painted(&self.table(), usize::MAX, paint)
    }

    fn head(&self) -> Vec<Vec<Piece>> {
        let mut lines: Vec<_> = self.facts.iter().map(|fact| plain(fact)).collect();
        for (text, count) in &self.notices {
            let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
            lines.push(vec![("! ".to_owned(), Some(Ink::Warning)), (text.clone() + &times, None)]);
        }
        lines.push(Vec::new());
        lines
    }

    fn table(&self) -> Vec<Vec<Piece>> {
        if self.rows.is_empty() {
            return vec![plain("nothing has crossed yet")];
        }
        let widest = |least: &str, of: fn(&Key) -> &str| {
            self.rows.keys().map(|key| of(key).len()).chain([least.len()]).max().unwrap_or(0)
        };
        let boundary = widest("BOUNDARY", |key| &key.boundary);
        let zones = widest("FROM -> TO", |key| &key.zones);
        let mut lines = vec![plain(&format!(
            "{:boundary$}  {:zones$}  MESSAGE   CROSSINGS  REWRITTEN  BLOCKED",
            "BOUNDARY", "FROM -> TO"
        ))];
        for (key, row) in &self.rows {
            let message = if key.is_reply { "response" } else { "request" };
            let start = format!("{:boundary$}  {:zones$}  {message:8}", key.boundary, key.zones);
            let ink = |count: u64, ink| (count > 0).then_some(ink);
            lines.push(vec![
                (format!("{start}  {:9}", row.crossings), None),
                (format!("  {:9}", row.rewritten), ink(row.rewritten, Ink::Warning)),
                (format!("  {:7}", row.blocked), ink(row.blocked, Ink::Error)),
            ]);
            lines.extend(row.details());
        }
        if self.uncounted > 0 {
            lines.push(plain(&format!("and {} crossings of other kinds", self.uncounted)));
        }
        lines
    }
}

impl Row {
    fn details(&self) -> impl Iterator<Item = Vec<Piece>> {
        let found: Vec<_> = self.findings.iter().map(|(name, n)| format!("{name} {n}")).collect();
        let found = (!found.is_empty()).then(|| format!("    found: {}", found.join(", ")));
        let reason = self.reason.as_ref().map(|reason| format!("    last blocked for: {reason}"));
        let observed = (self.observed > 0)
            .then(|| format!("    {} only observed: nothing was altered", self.observed));
        [found, reason, observed].into_iter().flatten().map(|line| plain(&line))
    }
}

/// One crossing in one line.
#[must_use]
pub fn line(entry: &Entry, paint: Paint) -> String {
    painted(&[pieces(entry)], usize::MAX, paint)
}

fn pieces(entry: &Entry) -> Vec<Piece> {
    let start = format!(
        "{}  {}  {}  {:8}  ",
        time(entry.time),
        boundary(entry),
        zones(entry),
        entry.message()
    );
    let ink = match entry.verdict.as_str() {
        "block" => Some(Ink::Error),
        "rewrite" => Some(Ink::Warning),
        _ => None,
    };
    let would = if entry.observed && ink.is_some() { "would " } else { "" };
    let reason = entry.reason.as_ref().map(|reason| format!(": {}", shown(reason)));
    let verdict = format!("{would}{}{}", shown(&entry.verdict), reason.unwrap_or_default());
    let found = entry.findings.iter().map(|finding| {
        format!("{} {} {}", shown(&finding.category), shown(&finding.action), finding.count)
    });
    let found = found.collect::<Vec<_>>().join(", ");
    let found = if found.is_empty() { found } else { format!("  {found}") };
    vec![(start, None), (verdict, ink), (found, None)]
}

fn boundary(entry: &Entry) -> String {
    entry.boundary.as_ref().map_or_else(|| "-".to_owned(), |boundary| shown(boundary))
}

fn zones(entry: &Entry) -> String {
    format!("{} -> {}", shown(&entry.from), shown(&entry.to))
}

/// Time of the day, of Greenwich.
fn time(millis: u64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}", seconds % 60, millis % 1000)
}

/// A text in which each letter takes one column: names of policies have no others.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        match c {
            ' '..='~' => out.push(c),
            other => out.extend(other.escape_unicode()),
        }
    }
    out
}

fn plain(text: &str) -> Vec<Piece> {
    vec![(text.to_owned(), None)]
}

/// Lines of so many columns at most; what is left out at the end of one shows as `..`.
fn painted(lines: &[Vec<Piece>], columns: usize, paint: Paint) -> String {
    let mut out = String::new();
    for line in lines {
        let length: usize = line.iter().map(|(text, _)| text.len()).sum();
        let cut = length > columns;
        let mut room = if cut { columns.saturating_sub(2) } else { columns };
        for (text, ink) in line {
            let part: String = text.chars().take(room).collect();
            room -= part.len();
            match ink {
                Some(ink) if !part.is_empty() => out.push_str(&paint.paint(*ink, &part)),
                Some(_) | None => out.push_str(&part),
            }
        }
        if cut {
            out.push_str(&".."[..columns.min(2)]);
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests;
