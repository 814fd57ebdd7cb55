//! JSON and JSON lines.

use super::{Sent, Spelling};
use std::fmt::Write as _;

/// An object with lists and objects in it.
pub fn object(values: &[String], spelling: Spelling) -> Option<Sent> {
    Sent::body("application/json", body(values, spelling))
}

/// One object a line.
pub fn lines(values: &[String], spelling: Spelling) -> Option<Sent> {
    let line = |value: &String| format!("{{\"note\":{}}}\n", string(value, spelling));
    Sent::body("application/x-ndjson", values.iter().map(line).collect::<String>())
}

/// The text of such an object.
pub(super) fn body(values: &[String], spelling: Spelling) -> String {
    let item = |(n, value): (usize, &String)| {
        let text = string(value, spelling);
        match n % 3 {
            0 => format!("{{\"id\":{n},\"note\":{text}}}"),
            1 => format!("[true,{text}]"),
            _ => text,
        }
    };
    let items: Vec<String> = values.iter().enumerate().map(item).collect();
    format!("{{\"items\": [{}], \"end\": null}}", items.join(","))
}

/// A string with its quotes.
pub(super) fn string(value: &str, spelling: Spelling) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            _ if spelling == Spelling::Escaped => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    let _ = write!(out, "\\u{unit:04x}");
                });
            }
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
