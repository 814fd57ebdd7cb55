//! Diagnostics as one JSON document.
//! Shows no line of the policy: positions are enough for a machine.

use crate::diagnostic::{Diagnostics, Source, Span};
use serde_json::{Value, json};

/// All diagnostics of some policies.
#[must_use]
pub fn json(reports: &[(Source, Diagnostics)]) -> String {
    let mut list = Vec::new();
    for (source, diagnostics) in reports {
        for diagnostic in diagnostics.iter() {
            let related: Vec<_> = diagnostic
                .related
                .iter()
                .map(
                    |related| json!({ "at": at(source, related.span), "message": related.message }),
                )
                .collect();
            let fix = diagnostic
                .fix
                .as_ref()
                .map(|fix| json!({ "at": at(source, fix.span), "replacement": fix.replacement }));
            list.push(json!({
                "code": diagnostic.code.name(),
                "severity": diagnostic.code.severity().name(),
                "message": diagnostic.message,
                "at": at(source, diagnostic.span),
                "related": related,
                "help": diagnostic.help,
                "fix": fix,
            }));
        }
    }
    format!("{:#}\n", json!({ "diagnostics": list }))
}

fn at(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "file": source.file(span.start).name(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    })
}
