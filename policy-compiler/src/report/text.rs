//! Diagnostics as text: message, place, the line with carets, help.
//! Never shows more of the policy than the line that is meant, and that is cut when it is long.

use super::printable;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use std::fmt::Write as _;

/// Characters of a line that are shown around what is meant.
const LINE_CHARS_MAX: usize = 120;

/// All diagnostics, one after the other, each ending with an empty line.
#[must_use]
pub fn text(source: &Source, diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        one(source, diagnostic, &mut out);
        out.push('\n');
    }
    out
}

fn one(source: &Source, diagnostic: &Diagnostic, out: &mut String) {
    let code = diagnostic.code;
    let _ = writeln!(out, "{}[{}]: {}", code.severity().name(), code.name(), diagnostic.message);
    let _ = writeln!(out, "  --> {}", place(source, diagnostic.span));
    excerpt(source, diagnostic.span, out);
    for related in &diagnostic.related {
        let _ = writeln!(out, "  see {}: {}", place(source, related.span), related.message);
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "help: {help}");
    }
}

fn place(source: &Source, span: Span) -> String {
    let at = source.position(span.start);
    format!("{}:{}:{}", printable(source.name()), at.line, at.column)
}

fn excerpt(source: &Source, span: Span, out: &mut String) {
    let at = source.position(span.start);
    let line = source.line(at.line);
    if line.trim().is_empty() {
        return;
    }
    let skip = (at.column - 1).saturating_sub(LINE_CHARS_MAX / 2);
    let (mut shown, mut pad) = (String::new(), 0);
    for (n, c) in line.chars().enumerate().skip(skip).take(LINE_CHARS_MAX) {
        let printed = printable(c.encode_utf8(&mut [0; 4]));
        if n + 1 < at.column {
            pad += printed.chars().count();
        }
        shown.push_str(&printed);
    }
    let meant = source.text().get(span.start..span.end).unwrap_or("");
    let width = meant.lines().next().map_or(0, |first| printable(first).chars().count());
    let room = shown.chars().count().saturating_sub(pad);
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let carets = "^".repeat(width.clamp(1, room.max(1)));
    let _ = writeln!(out, "{margin} |\n{number} | {shown}\n{margin} | {}{carets}", " ".repeat(pad));
}
