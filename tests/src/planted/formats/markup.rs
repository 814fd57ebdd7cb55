//! XML and HTML: text, attributes, CDATA and character references.

use super::{Sent, Spelling};
use std::fmt::Write as _;

/// Values in turn in text, in an attribute and in CDATA.
pub fn xml(values: &[String], spelling: Spelling) -> Option<Sent> {
    let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<notes>");
    for (n, value) in values.iter().enumerate() {
        let text = characters(value, spelling);
        let _ = match n % 3 {
            1 => write!(body, "<note of=\"{text}\"/>"),
            2 if spelling == Spelling::Plain && !value.contains("]]>") => {
                write!(body, "<note><![CDATA[{value}]]></note>")
            }
            _ => write!(body, "<note>{text}</note>"),
        };
    }
    body.push_str("</notes>\n");
    Sent::body("application/xml", body)
}

/// Values in text and in attributes.
pub fn html(values: &[String], spelling: Spelling) -> Option<Sent> {
    // As text, the escapes of HTML are no escapes: they are a wrapping.
    super::plain_only(spelling)?;
    let mut body = String::from("<!doctype html>\n<title>Notes</title>\n");
    for (n, value) in values.iter().enumerate() {
        let text = characters(value, spelling);
        let _ = match n % 2 {
            0 => writeln!(body, "<p>A note: {text} and no more.</p>"),
            _ => writeln!(body, "<a title=\"{text}\">a note</a>"),
        };
    }
    Sent::body("text/html; charset=utf-8", body)
}

fn characters(value: &str, spelling: Spelling) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            _ if spelling == Spelling::Escaped => {
                let _ = write!(out, "&#x{:x};", u32::from(c));
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
