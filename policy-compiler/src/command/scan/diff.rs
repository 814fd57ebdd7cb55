//! Scans the lines that were added since a revision of git, or that are staged.
//! Each changed file is read whole, for context, and only what touches an added line is told.
//! Runs `git` without a shell, and no program that a repository names.

use super::lines::Position;
use super::part::Report;
use super::text::Text;
use crate::command::Failure;
use cofferdam_engine::survey::Survey;
use cofferdam_policy_compiler::report::printable;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

/// Longest line that speaks of a change, and not of what was changed.
const HEADER_BYTES_MAX: u64 = 64 * 1024;

/// What has changed since a revision.
pub(super) struct Changes {
    /// What `git diff` is asked for: a revision, or what is staged.
    since: String,
    paths: Vec<PathBuf>,
}

impl Changes {
    pub(super) fn new(revision: &str, paths: Vec<PathBuf>) -> Result<Self, Failure> {
        if revision.starts_with('-') || revision.is_empty() {
            let shown = printable(revision);
            return Err(Failure::misuse(format!("error: --diff `{shown}` is no revision")));
        }
        Ok(Self { since: revision.to_owned(), paths })
    }

    /// What the next commit would add; everything, where there is none before it.
    pub(super) fn staged(paths: Vec<PathBuf>) -> Self {
        Self { since: "--cached".to_owned(), paths }
    }

    pub(super) fn scan(&self, survey: &Survey<'_>, report: &mut Report<'_>) {
        if let Err(error) = self.run(survey, report) {
            report.unread(format!("error: git diff: {error}"));
        }
    }

    fn run(&self, survey: &Survey<'_>, report: &mut Report<'_>) -> io::Result<()> {
        let mut child = Command::new("git")
            .args(["-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "diff"])
            .args(["--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--patch"])
            .args(["--no-relative", "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short"])
            // The whole file is context.
            .args(["--unified=2000000000", "--inter-hunk-context=0"])
            .arg(&self.since)
            .arg("--")
            .args(&self.paths)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or_else(|| io::Error::other("it says nothing"))?;
        let complaint = thread::spawn(move || first_line(stderr));
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("it says nothing"))?;
        let read =
            Patch { reader: BufReader::with_capacity(64 * 1024, stdout), survey, report }.read();
        let status = child.wait()?;
        read?;
        match status.success() {
            true => Ok(()),
            false => {
                let complaint = complaint.join().unwrap_or_default();
                Err(io::Error::other(format!("{} ({status})", printable(&complaint))))
            }
        }
    }
}

/// What `git` complains of; its list of options, which may follow, helps nobody.
fn first_line(stderr: impl Read) -> String {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    let read = reader.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut line);
    // All of it is read, so that `git` never waits for us.
    let _ = io::copy(&mut reader, &mut io::sink());
    match read {
        Ok(_) => String::from_utf8_lossy(&line).trim_end().to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The output of `git diff` on its way.
struct Patch<'p, 'r, R> {
    reader: R,
    survey: &'p Survey<'p>,
    report: &'p mut Report<'r>,
}

/// How many lines of a hunk are left.
struct Hunk {
    old: u64,
    new: u64,
    /// Number of the next line of the new file.
    line: u64,
}

impl<R: BufRead> Patch<'_, '_, R> {
    fn read(mut self) -> io::Result<()> {
        let mut file = None;
        while let Some(line) = self.header()? {
            if line.starts_with(b"diff --git ") {
                file = None;
            } else if let Some(name) = line.strip_prefix(b"+++ ") {
                file = name_of(name);
            } else if line.starts_with(b"Binary files ") {
                self.report.binary();
            } else if line.starts_with(b"@@ ") {
                let broken = || io::Error::other("its output cannot be read");
                let hunk = Hunk::parse(&line).ok_or_else(broken)?;
                // Of a file that is gone nothing was added.
                self.hunk(file.as_deref(), hunk)?;
            }
        }
        Ok(())
    }

    fn header(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut line)?;
        if line.pop_if(|end| *end == b'\n').is_none() {
            self.reader.skip_until(b'\n')?;
        }
        Ok((read > 0).then_some(line))
    }

    fn hunk(&mut self, file: Option<&str>, mut hunk: Hunk) -> io::Result<()> {
        let name = file.unwrap_or_default();
        let mut text = Text::new(self.survey, name);
        let mut added = Added::default();
        while hunk.old > 0 || hunk.new > 0 {
            let Some(&sign) = self.reader.fill_buf()?.first() else {
                return Err(io::Error::other("its output ends too early"));
            };
            self.reader.consume(1);
            match sign {
                b'+' => added.insert(hunk.line),
                b' ' | b'-' => {}
                // `\ No newline at end of file`.
                _ => {
                    self.reader.skip_until(b'\n')?;
                    continue;
                }
            }
            let new = sign != b'-';
            hunk.step(sign);
            self.line(&mut text, &added, file.filter(|_| new))?;
        }
        if let Some(name) = file {
            self.report.file();
            let report = &mut *self.report;
            text.push(&[], true, &mut |found, from, to| {
                if added.touches(from, to) {
                    report.found(name, found, from, to);
                }
            });
        }
        Ok(())
    }

    /// The rest of a line, however long; into the text where it is one of the new file.
    fn line(&mut self, text: &mut Text<'_>, added: &Added, file: Option<&str>) -> io::Result<()> {
        loop {
            let piece = self.reader.fill_buf()?;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let piece = piece.get(..end.map_or(piece.len(), |at| at + 1)).unwrap_or_default();
            let taken = piece.len();
            if let Some(name) = file {
                let report = &mut *self.report;
                text.push(piece, false, &mut |found, from, to| {
                    if added.touches(from, to) {
                        report.found(name, found, from, to);
                    }
                });
                report.bytes(taken);
            }
            self.reader.consume(taken);
            if end.is_some() || taken == 0 {
                return Ok(());
            }
        }
    }
}

impl Hunk {
    /// Reads `@@ -a,b +c,d @@`; a count that is not said is 1.
    fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line.split(|byte| *byte == b'@').nth(2)?).ok()?;
        let mut ranges = line.split_whitespace();
        let mut range = |sign: char| {
            let range = ranges.next()?.strip_prefix(sign)?;
            let (start, count) = range.split_once(',').unwrap_or((range, "1"));
            Some((start.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
        };
        let ((_, old), (line, new)) = (range('-')?, range('+')?);
        Some(Self { old, new, line })
    }

    fn step(&mut self, sign: u8) {
        if sign != b'+' {
            self.old = self.old.saturating_sub(1);
        }
        if sign != b'-' {
            self.new = self.new.saturating_sub(1);
            self.line += 1;
        }
    }
}

/// Lines that were added, as runs.
#[derive(Default)]
struct Added {
    runs: Vec<(u64, u64)>,
}

impl Added {
    fn insert(&mut self, line: u64) {
        match self.runs.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => self.runs.push((line, line)),
        }
    }

    fn touches(&self, from: Position, to: Position) -> bool {
        let at = self.runs.partition_point(|(_, last)| *last < from.line);
        self.runs.get(at).is_some_and(|(first, _)| *first <= to.line)
    }
}

/// The name of the new file: `b/NAME`, quoted where it holds what would break a line.
fn name_of(name: &[u8]) -> Option<String> {
    // A tab follows a name with a space in it.
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    let name = match name.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        Some(quoted) => unquoted(quoted),
        None => name.to_vec(),
    };
    name.strip_prefix(b"b/").map(|name| String::from_utf8_lossy(name).into_owned())
}

/// Undoes the escapes of C in which git writes a name.
fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut rest = quoted.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            name.push(byte);
            continue;
        }
        let escaped = rest.next().unwrap_or(b'\\');
        name.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'0'..=b'3' => {
                let octal = [escaped, rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                octal.iter().fold(0, |code: u8, digit| code << 3 | (digit.wrapping_sub(b'0') & 7))
            }
            other => other,
        });
    }
    name
}
