//! Renders diagnostics for people and machines.
//! Changes nothing in them. Only text for a screen carries color, and nothing hidden in a policy or
//! a file name reaches a terminal as it is.

mod drill;
mod github;
mod json;
mod probe;
mod sarif;
mod tests;
mod text;
mod untested;

pub use drill::{drill_json, drill_junit, drill_sarif, drill_text};
pub use github::github;
pub use json::json;
pub use probe::{probe_json, probe_text};
pub use sarif::{sarif, uri};
pub use tests::{Least, Results, tests_json, tests_junit, tests_text};
pub(crate) use text::Ink;
pub use text::{Paint, painted, text};

use crate::language::yaml::escape;

/// A name that is printed: nothing hidden in it.
#[must_use]
pub fn printable(name: &str) -> String {
    escape(name)
}

/// A text of XML, in a value or between tags: nothing hidden in it, and nothing that is markup.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            other => out.push_str(&printable(other.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}
