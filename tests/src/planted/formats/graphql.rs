//! A GraphQL document by itself: string arguments, block strings and comments.

use super::json;
use super::{Sent, Spelling};
use std::fmt::Write as _;

/// A query with an argument for each value.
pub fn document(values: &[String], spelling: Spelling) -> Option<Sent> {
    let mut body = String::from("query Notes {\n");
    for (n, value) in values.iter().enumerate() {
        let plain = spelling == Spelling::Plain && !value.contains(['"', '\\', '\n']);
        let _ = match n % 3 {
            1 if plain => writeln!(body, "  n{n}: note(text: \"\"\"{value}\"\"\") {{ id }}"),
            2 if plain => writeln!(body, "  n{n}: note(id: {n}) {{ id }} # {value}"),
            _ => {
                writeln!(body, "  n{n}: note(text: {}) {{ id }}", json::string(value, spelling))
            }
        };
    }
    body.push_str("}\n");
    Sent::body("application/graphql", body)
}
