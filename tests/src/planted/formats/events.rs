//! Server-Sent Events.

use super::json;
use super::{Sent, Spelling, plain_only};
use std::fmt::Write as _;

/// An event for each value: in text, in JSON, over two lines of data beside others, in a comment.
pub fn stream(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let mut body = String::from("retry: 1000\n\n");
    for (n, value) in values.iter().enumerate() {
        let _ = match n % 4 {
            0 => write!(body, "id: {n}\ndata: the note says {value}\n\n"),
            1 => {
                write!(
                    body,
                    "event: note\ndata: {{\"note\":{}}}\n\n",
                    json::string(value, spelling)
                )
            }
            2 => write!(body, "data: one line\ndata: {value}\n\n"),
            _ => write!(body, ": {value}\ndata: behind a comment\n\n"),
        };
    }
    Sent::body("text/event-stream", body)
}
