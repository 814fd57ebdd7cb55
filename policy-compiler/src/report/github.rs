//! Diagnostics as workflow commands of GitHub Actions, which it shows beside the changed lines.
//! Whatever a policy or a file is called, each diagnostic stays one command on one line.

use super::printable;
use crate::diagnostic::{Diagnostics, Severity, Source};
use std::fmt::Write as _;

/// All diagnostics of some policies, a line each.
#[must_use]
pub fn github(reports: &[(Source, Diagnostics)]) -> String {
    let mut out = String::new();
    for (source, diagnostics) in reports {
        for diagnostic in diagnostics.iter() {
            let command = match diagnostic.code.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let start = source.position(diagnostic.span.start);
            let end = source.position(diagnostic.span.end);
            let file = source.file(diagnostic.span.start);
            let name = property(&printable(&file.name().replace('\\', "/")));
            let _ = write!(out, "::{command} file={name},line={}", start.line);
            // Columns are for what lies on one line.
            if start.line == end.line {
                let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
            }
            let mut message = printable(&diagnostic.message);
            for related in &diagnostic.related {
                let line = source.position(related.span.start).line;
                let other = source.file(related.span.start);
                let place = match other.span() == file.span() {
                    true => format!("line {line}"),
                    false => format!("{}, line {line}", printable(other.name())),
                };
                let place = format!("{place}: {}", printable(&related.message));
                let _ = write!(message, "\n{place}");
            }
            if let Some(help) = &diagnostic.help {
                let _ = write!(message, "\nhelp: {}", printable(help));
            }
            let code = diagnostic.code.name();
            let _ = writeln!(out, ",endLine={},title={code}::{}", end.line, data(&message));
        }
    }
    out
}

/// What follows the `::` of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands behind a `=` of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
