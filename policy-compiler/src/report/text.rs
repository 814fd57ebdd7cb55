//! Diagnostics as text: message, place, the lines with what is meant underlined, help, the edit.
//! Never shows more of the policy than the lines that are meant, and those are cut when long.

use super::printable;
use crate::diagnostic::{Diagnostic, Diagnostics, File, Severity, Source, Span};
use std::fmt::Write as _;

/// Characters of a line that are shown at once.
const LINE_CHARS_MAX: usize = 120;
/// Characters of a longer line that are shown before what is meant.
const LEAD_CHARS: usize = 60;

/// Whether text is for a screen that knows colors. Nothing is told by color alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Escape sequences of ECMA-48.
    Color,
    /// Letters only.
    Plain,
}

/// What a color stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Error,
    Warning,
    Frame,
    Help,
}

impl Paint {
    pub(crate) fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Error => "1;31",
            Ink::Warning => "1;33",
            Ink::Frame => "34",
            Ink::Help => "1;32",
        };
        match self {
            Self::Color => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// All diagnostics, one after the other, each ending with an empty line.
#[must_use]
pub fn text(source: &Source, diagnostics: &Diagnostics) -> String {
    painted(source, diagnostics, Paint::Plain)
}

/// The same for a screen.
#[must_use]
pub fn painted(source: &Source, diagnostics: &Diagnostics, paint: Paint) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        one(source, diagnostic, paint, &mut out);
        out.push('\n');
    }
    out
}

fn one(source: &Source, diagnostic: &Diagnostic, paint: Paint, out: &mut String) {
    let code = diagnostic.code;
    let ink = match code.severity() {
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
    };
    let head = paint.paint(ink, &format!("{}[{}]", code.severity().name(), code.name()));
    let _ = writeln!(out, "{head}: {}", diagnostic.message);
    let arrow = paint.paint(Ink::Frame, "-->");
    let _ = writeln!(out, "  {arrow} {}", place(source, diagnostic.span));
    let first = source.file(diagnostic.span.start);
    let mut marks = vec![Mark { span: diagnostic.span, sign: '^', ink, label: "" }];
    let related = diagnostic.related.iter().map(|related| Mark {
        span: related.span,
        sign: '-',
        ink: Ink::Frame,
        label: &related.message,
    });
    let mut elsewhere: Vec<Mark<'_>> = related.collect();
    let here = |mark: &mut Mark<'_>| source.file(mark.span.start).span() == first.span();
    marks.extend(elsewhere.extract_if(.., here));
    snippet(first, marks, paint, out);
    // What stands in another file has its place over it.
    for mark in elsewhere {
        let dots = paint.paint(Ink::Frame, ":::");
        let _ = writeln!(out, "  {dots} {}", place(source, mark.span));
        snippet(source.file(mark.span.start), vec![mark], paint, out);
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{}: {help}", paint.paint(Ink::Help, "help"));
    }
    if let Some(fix) = &diagnostic.fix {
        let edited = edited_line(source, fix.span, &fix.replacement);
        if let Some((edited, span)) = edited {
            let number = source.position(fix.span.start).line;
            let mark = Mark { span, sign: '~', ink: Ink::Help, label: "" };
            Frame { width: number.to_string().len(), paint, out }.line(
                number,
                edited.policy().line(1),
                &[(&mark, 1 + chars(&edited, span.start))],
            );
        }
    }
}

/// File, line and column of where a span begins.
pub(super) fn place(source: &Source, span: Span) -> String {
    let (file, at) = (source.file(span.start), source.position(span.start));
    format!("{}:{}:{}", printable(file.name()), at.line, at.column)
}

/// The line as it would be, and what is new in it. `None` where nothing would show.
fn edited_line(source: &Source, span: Span, replacement: &str) -> Option<(Source, Span)> {
    let (start, end) = (source.position(span.start), source.position(span.end));
    if start.line != end.line || replacement.trim().is_empty() || replacement.contains('\n') {
        return None;
    }
    let line: Vec<char> = source.file(span.start).line(start.line).chars().collect();
    let before: String = line.iter().take(start.column - 1).collect();
    let after: String = line.iter().skip(end.column - 1).collect();
    let span = Span::new(before.len(), before.len() + replacement.len());
    Some((Source::new("", &format!("{before}{replacement}{after}")), span))
}

fn chars(source: &Source, at: usize) -> usize {
    source.position(at).column - 1
}

/// What is underlined.
struct Mark<'d> {
    span: Span,
    sign: char,
    ink: Ink,
    label: &'d str,
}

/// Lines between two that are shown: one is shown as well, of more the dots tell.
fn snippet(file: File<'_>, mut marks: Vec<Mark<'_>>, paint: Paint, out: &mut String) {
    marks.retain(|mark| !file.line(file.position(mark.span.start).line).trim().is_empty());
    marks.sort_by_key(|mark| mark.span);
    let lines = marks.iter().map(|mark| file.position(mark.span.start).line);
    let mut lines: Vec<usize> = lines.collect();
    lines.dedup();
    let Some(last) = lines.last() else { return };
    let mut frame = Frame { width: last.to_string().len(), paint, out };
    frame.margin("");
    let mut before = None;
    for number in lines {
        match before.map(|before: usize| number - before) {
            Some(2) => frame.line(number - 1, file.line(number - 1), &[]),
            Some(3..) => frame.dots(),
            Some(_) | None => {}
        }
        let here: Vec<_> = marks
            .iter()
            .map(|mark| (mark, file.position(mark.span.start)))
            .filter(|(_, at)| at.line == number)
            .map(|(mark, at)| (mark, at.column))
            .collect();
        frame.marked(number, file, &here);
        before = Some(number);
    }
}

/// Lines with their numbers before them.
struct Frame<'o> {
    width: usize,
    paint: Paint,
    out: &'o mut String,
}

impl Frame<'_> {
    fn margin(&mut self, rest: &str) {
        let bar = self.paint.paint(Ink::Frame, &format!("{:width$} |", "", width = self.width));
        let gap = if rest.is_empty() { "" } else { " " };
        let _ = writeln!(self.out, "{bar}{gap}{rest}");
    }

    fn dots(&mut self) {
        let _ = writeln!(self.out, "{}", self.paint.paint(Ink::Frame, "..."));
    }

    /// A line with all of its marks; once more where one does not fit beside the others.
    fn marked(&mut self, number: usize, file: File<'_>, marks: &[(&Mark<'_>, usize)]) {
        let mut rest = marks;
        while let [(_, first), ..] = rest {
            let skip = skipped(file.line(number), *first);
            let fit = rest.partition_point(|(_, column)| column - 1 < skip + LINE_CHARS_MAX).max(1);
            let (now, later) = rest.split_at(fit);
            self.line(number, file.line(number), now);
            rest = later;
        }
    }

    fn line(&mut self, number: usize, line: &str, marks: &[(&Mark<'_>, usize)]) {
        let skip = marks.first().map_or(0, |(_, column)| skipped(line, *column));
        let mut shown = String::new();
        let mut starts = Vec::new();
        if skip > 0 {
            shown.push_str("...");
        }
        for c in line.chars().skip(skip).take(LINE_CHARS_MAX) {
            starts.push(shown.chars().count());
            shown.push_str(&printable(c.encode_utf8(&mut [0; 4])));
        }
        let end = shown.chars().count();
        starts.push(end);
        if line.chars().count() > skip + LINE_CHARS_MAX {
            shown.push_str("...");
        }
        let bar = format!("{number:>width$} |", width = self.width);
        let bar = self.paint.paint(Ink::Frame, &bar);
        let gap = if shown.is_empty() { "" } else { " " };
        let _ = writeln!(self.out, "{bar}{gap}{shown}");
        for (mark, column) in marks {
            let at = |column: usize| starts.get(column - 1 - skip).copied().unwrap_or(end);
            let pad = at(*column);
            let written = line.chars().skip(column - 1).count();
            let length = width_within(mark.span, line, *column).min(written);
            let width = at(column + length).saturating_sub(pad).max(1);
            let signs = mark.sign.to_string().repeat(width);
            let label = if mark.label.is_empty() { "" } else { " " };
            let signs = self.paint.paint(mark.ink, &format!("{signs}{label}{}", mark.label));
            self.margin(&format!("{}{signs}", " ".repeat(pad)));
        }
    }
}

/// Characters of a line that are left out before the first that is meant.
fn skipped(line: &str, column: usize) -> usize {
    if line.chars().count() <= LINE_CHARS_MAX { 0 } else { (column - 1).saturating_sub(LEAD_CHARS) }
}

/// How many characters of a line a span that begins at a column has.
fn width_within(span: Span, line: &str, column: usize) -> usize {
    let mut left = span.end - span.start.min(span.end);
    let mut count = 0;
    for c in line.chars().skip(column - 1) {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(c.len_utf8());
        count += 1;
    }
    count
}
