//! Changes as text, JSON and Markdown. Changes nothing in them.

use super::{Change, Mark};
use serde_json::json;
use std::fmt::Write as _;

/// One line for each change, its mark in front.
#[must_use]
pub fn text(changes: &[Change]) -> String {
    let mut out = String::new();
    for change in changes {
        let _ = writeln!(out, "{:<9} {}{}", change.mark.name(), over(change), change.what);
        if !change.rules.is_empty() {
            let _ = writeln!(out, "{:<9} by {}", "", change.rules.join(", "));
        }
    }
    out
}

fn over(change: &Change) -> String {
    change.boundary.as_ref().map(|id| format!("over `{id}`: ")).unwrap_or_default()
}

/// One document with all changes and how many there are of each kind.
#[must_use]
pub fn json(changes: &[Change]) -> String {
    let list: Vec<_> = changes
        .iter()
        .map(|change| {
            json!({
                "mark": change.mark.name(),
                "boundary": change.boundary,
                "what": change.what,
                "rules": change.rules,
            })
        })
        .collect();
    let document = json!({
        "opens": count(changes, Mark::Opens),
        "moves": count(changes, Mark::Moves),
        "tightens": count(changes, Mark::Tightens),
        "changes": list,
    });
    format!("{document:#}\n")
}

/// A section for a pull request. All names stand in backticks, within which nothing is markup.
#[must_use]
pub fn markdown(changes: &[Change]) -> String {
    let mut out = "## What this change of the policy does\n\n".to_owned();
    if changes.is_empty() {
        out.push_str("Nothing: every message is treated as before.\n");
    }
    for mark in [Mark::Opens, Mark::Moves, Mark::Tightens] {
        let some = changes.iter().filter(|change| change.mark == mark);
        for (n, change) in some.enumerate() {
            if n == 0 {
                let title = match mark {
                    Mark::Opens => "Opens: more may cross",
                    Mark::Moves => "Moves: something else crosses",
                    Mark::Tightens => "Tightens: less may cross",
                };
                let _ = writeln!(out, "### {title}\n");
            }
            let rules: Vec<_> = change.rules.iter().map(|rule| format!("`{rule}`")).collect();
            let by = if rules.is_empty() {
                String::new()
            } else {
                format!(" (by {})", rules.join(", "))
            };
            let _ = writeln!(out, "- {}{}{by}", over(change), change.what);
        }
        if changes.iter().any(|change| change.mark == mark) {
            out.push('\n');
        }
    }
    out
}

pub(super) fn count(changes: &[Change], mark: Mark) -> usize {
    changes.iter().filter(|change| change.mark == mark).count()
}
