//! Diagnostics as SARIF 2.1.0 (OASIS), which code hosts show in a pull request.
//! Carries no text of the policy but the names in messages.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::explain;
use serde_json::{Value, json};

/// All diagnostics of some policies, as one run.
#[must_use]
pub fn sarif(reports: &[(Source, Diagnostics)]) -> String {
    let rules: Vec<_> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let results: Vec<_> = reports
        .iter()
        .flat_map(|(source, found)| found.iter().map(|diagnostic| result(source, diagnostic)))
        .collect();
    let driver = json!({
        "name": "cofferdam",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    let page = explain::page(code);
    json!({
        "id": code.name(),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": page.meaning },
        "help": { "text": explain::text(code), "markdown": markdown(&page) },
        "defaultConfiguration": { "level": code.severity().name() },
    })
}

/// Code hosts show this beside a result.
fn markdown(page: &explain::Page) -> String {
    let example = page.example.as_ref().map(|text| format!("\n\n```yaml\n{text}```"));
    let explain::Page { meaning, remedy, .. } = page;
    format!("{meaning}{}\n\n**What to do:** {remedy}", example.unwrap_or_default())
}

fn result(source: &Source, diagnostic: &Diagnostic) -> Value {
    let text = match &diagnostic.help {
        Some(help) => format!("{}; help: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let related = diagnostic.related.iter().enumerate().map(|(n, related)| {
        let mut location = location(source, related.span);
        location["id"] = json!(n + 1);
        location["message"] = json!({ "text": related.message });
        location
    });
    let mut result = json!({
        "ruleId": diagnostic.code.name(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == diagnostic.code),
        "level": diagnostic.code.severity().name(),
        "message": { "text": text },
        "locations": [location(source, diagnostic.span)],
        "relatedLocations": related.collect::<Vec<_>>(),
    });
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([{
            "description": { "text": diagnostic.help.as_deref().unwrap_or(&diagnostic.message) },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(source.file(fix.span.start).name()) },
                "replacements": [{
                    "deletedRegion": region(source, fix.span),
                    "insertedContent": { "text": fix.replacement },
                }],
            }],
        }]);
    }
    result
}

fn location(source: &Source, span: Span) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(source.file(span.start).name()) },
            "region": region(source, span),
        },
    })
}

fn region(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
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
