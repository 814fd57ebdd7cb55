//! Plain text.

use super::{Sent, Spelling, plain_only};

/// One value a line, between words.
pub fn lines(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Sent::body("text/plain; charset=utf-8", body(values))
}

/// The same without a type.
pub fn unsaid(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Some(Sent { body: Some(body(values).into_bytes()), ..Sent::default() })
}

/// Lines of words, each with a value.
pub(super) fn body(values: &[String]) -> String {
    values.iter().map(|value| format!("the note says {value} and no more\n")).collect()
}
