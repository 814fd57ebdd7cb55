//! Renders diagnostics for people and machines.
//! Changes nothing in them. Only text for a screen carries color, and nothing hidden in a policy or
//! a file name reaches a terminal as it is.

mod drill;
mod github;
mod json;
mod sarif;
mod tests;
mod text;
mod untested;

pub use drill::{drill_json, drill_junit, drill_sarif, drill_text};
pub use github::github;
pub use json::json;
pub use sarif::{sarif, uri};
pub use tests::{Least, Results, tests_json, tests_junit, tests_text};
pub use text::{Paint, painted, text};

use crate::language::yaml::escape;

/// A name that is printed: nothing hidden in it.
#[must_use]
pub fn printable(name: &str) -> String {
    escape(name)
}
