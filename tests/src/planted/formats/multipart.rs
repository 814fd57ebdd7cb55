//! `multipart/form-data`: fields, file names, and files by their own type.

use super::json;
use super::{Sent, Spelling, plain_only};
use std::fmt::Write as _;

const BOUNDARY: &str = "planted7MA4YWxkTrZu0gW";

/// Values in turn in a field, in a file of text, in a file of JSON, and in a file's name where one
/// can be written there.
pub fn fields(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let mut body = String::new();
    for (n, value) in values.iter().enumerate() {
        let _ = write!(body, "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"part{n}\"");
        let quotable = !value.contains(['"', '\\', '\r', '\n']);
        let _ = match n % 4 {
            1 => write!(body, "; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\n{value}"),
            2 => {
                let text = json::string(value, spelling);
                let head = "; filename=\"a.json\"\r\ncontent-type: application/json";
                write!(body, "{head}\r\n\r\n{{\"note\":{text}}}")
            }
            3 if quotable => {
                write!(body, "; filename=\"{value}\"\r\ncontent-type: text/plain\r\n\r\nempty")
            }
            _ => write!(body, "\r\n\r\n{value}"),
        };
        body.push_str("\r\n");
    }
    let _ = write!(body, "--{BOUNDARY}--\r\n");
    Sent::body(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
