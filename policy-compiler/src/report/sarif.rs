//! Diagnostics as SARIF 2.1.0 (OASIS), which code hosts show in a pull request.
//! Carries no text of the policy but the names in messages.

use crate::diagnostic::{Code, Diagnostics, Source, Span};
use serde_json::{Value, json};

/// All diagnostics of some policies, as one run.
#[must_use]
pub fn sarif(reports: &[(Source, Diagnostics)]) -> String {
    let rules: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            json!({
                "id": code.name(),
                "shortDescription": { "text": code.title() },
                "defaultConfiguration": { "level": code.severity().name() },
            })
        })
        .collect();
    let mut results = Vec::new();
    for (source, diagnostics) in reports {
        for diagnostic in diagnostics.iter() {
            let text = match &diagnostic.help {
                Some(help) => format!("{}; help: {help}", diagnostic.message),
                None => diagnostic.message.clone(),
            };
            let related: Vec<_> = diagnostic
                .related
                .iter()
                .map(|related| {
                    let mut location = location(source, related.span);
                    location["message"] = json!({ "text": related.message });
                    location
                })
                .collect();
            results.push(json!({
                "ruleId": diagnostic.code.name(),
                "ruleIndex": Code::ALL.iter().position(|code| *code == diagnostic.code),
                "level": diagnostic.code.severity().name(),
                "message": { "text": text },
                "locations": [location(source, diagnostic.span)],
                "relatedLocations": related,
            }));
        }
    }
    let driver = json!({
        "name": "cofferdam",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let log = json!({
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn location(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(source.name()) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    })
}

/// A file name as a relative reference (RFC 3986).
#[must_use]
pub fn uri(name: &str) -> String {
    let mut out = String::new();
    for byte in name.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
