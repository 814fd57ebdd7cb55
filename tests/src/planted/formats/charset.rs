//! Text in charsets other than UTF-8.

use super::text;
use super::{Sent, Spelling, plain_only};

/// UTF-16 with a byte order mark.
pub fn utf_16(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let text = format!("\u{feff}größer: {}", text::body(values));
    let body: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Sent::body("text/plain; charset=utf-16", body)
}

/// Latin-1, with letters that are no UTF-8.
pub fn latin_1(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let text = format!("größer: {}", text::body(values));
    let body: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    Sent::body("text/plain; charset=iso-8859-1", body?)
}
