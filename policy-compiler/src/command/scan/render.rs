//! Writes findings: as text for people, as JSON lines, and as SARIF 2.1.0 (OASIS).
//! Shows no text of a finding and no line of a file in any of them.

use super::part::{Counts, Found};
use crate::command::survey;
use cofferdam_engine::model::{Strength, Tables};
use cofferdam_policy_compiler::report::{printable, uri};
use serde_json::{Value, json};
use std::io::{self, Write};

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    JsonLines,
    Sarif,
}

impl Format {
    pub(super) fn of(name: Option<&str>) -> Self {
        match name {
            Some("jsonl") => Self::JsonLines,
            Some("sarif") => Self::Sarif,
            _ => Self::Text,
        }
    }

    /// One finding. In SARIF it ends with the comma of a list.
    pub(super) fn render(self, found: &Found<'_>, out: &mut Vec<u8>) {
        let Found { file, category, detector, span: (start, end), from, to } = found;
        let length = end - start;
        let line = match self {
            Self::Text => {
                let file = printable(file);
                let at = format!("{file}:{}:{}", from.line, from.column);
                format!("{at}: {category} ({detector}), {length} bytes\n")
            }
            Self::JsonLines => {
                let line = json!({
                    "file": file, "line": from.line, "column": from.column,
                    "end_line": to.line, "end_column": to.column,
                    "start": start, "end": end, "length": length,
                    "category": category, "detector": detector,
                });
                format!("{line}\n")
            }
            Self::Sarif => format!("{},\n", result(found, length)),
        };
        out.extend_from_slice(line.as_bytes());
    }

    /// What stands before all findings.
    pub(super) fn begin(self, tables: &Tables, out: &mut dyn Write) -> io::Result<()> {
        if self != Self::Sarif {
            return Ok(());
        }
        let names = survey::all_names(tables);
        let rules: Vec<_> = names.iter().map(|name| rule(tables, name)).collect();
        let driver = json!({
            "name": "cofferdam",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        });
        let head = json!({ "driver": driver });
        writeln!(
            out,
            "{{\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{head},\
             \"columnKind\":\"unicodeCodePoints\",\"results\":["
        )
    }

    /// Some findings, as they were rendered; `first` when there were none before.
    pub(super) fn write(self, data: &[u8], first: bool, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text | Self::JsonLines => out.write_all(data),
            Self::Sarif => {
                if !first {
                    out.write_all(b",\n")?;
                }
                out.write_all(data.strip_suffix(b",\n").unwrap_or(data))
            }
        }
    }

    /// What stands after all findings.
    pub(super) fn end(self, counts: &Counts, out: &mut dyn Write) -> io::Result<()> {
        if self != Self::Sarif {
            return Ok(());
        }
        let invocation = json!({ "executionSuccessful": counts.unread == 0 });
        writeln!(out, "\n],\"invocations\":[{invocation}]}}]}}")
    }
}

fn result(found: &Found<'_>, length: u64) -> Value {
    let Found { file, category, detector, span, from, to } = found;
    json!({
        "ruleId": format!("{category}/{detector}"),
        "message": { "text": format!("{category}, {length} bytes") },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(file) },
                "region": {
                    "startLine": from.line,
                    "startColumn": from.column,
                    "endLine": to.line,
                    "endColumn": to.column,
                    "byteOffset": span.0,
                    "byteLength": length,
                },
            },
        }],
    })
}

fn rule(tables: &Tables, (category, detector): &(&str, &str)) -> Value {
    let known = tables.detectors.iter().find(|row| row.name == *detector);
    let level = match known.map(|row| row.strength) {
        None | Some(Strength::Certain) => "error",
        Some(Strength::Likely | Strength::Weak) => "warning",
    };
    json!({
        "id": format!("{category}/{detector}"),
        "shortDescription": { "text": format!("{category}, found by `{detector}`") },
        "defaultConfiguration": { "level": level },
    })
}
