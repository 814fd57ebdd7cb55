//! Makes bodies of every media that is read, well-formed most of the time.

use crate::coded::{Charset, Coding};
use crate::entropy::Entropy;
use crate::events;
use crate::markup;
use crate::messages;
use crate::parts;
use crate::words;
use std::fmt::Write as _;

/// A body and the type that it says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// `content-type`, if any.
    pub media: Option<&'static str>,
    /// The bytes, before they are coded.
    pub bytes: Vec<u8>,
    /// What it is coded in.
    pub coding: Option<Coding>,
    /// What its text is written in.
    pub charset: Option<Charset>,
    /// Bytes that are missing at the end of what is coded.
    pub lost: usize,
}

const MEDIA: &[Option<&str>] = &[
    Some("application/json"),
    Some("application/json; charset=utf-8"),
    Some("application/problem+json"),
    Some("application/x-ndjson"),
    Some("text/plain"),
    Some("text/html; charset=utf-8"),
    Some("application/x-www-form-urlencoded"),
    Some("text/event-stream"),
    Some("text/event-stream"),
    Some("multipart/form-data; boundary=x7"),
    Some("multipart/mixed; boundary=\"x7\""),
    Some("text/csv"),
    Some("text/tab-separated-values"),
    Some("application/x-protobuf"),
    Some("application/grpc"),
    Some("application/grpc-web+proto"),
    Some("application/grpc-web-text"),
    Some("application/grpc+json"),
    Some("application/xml"),
    Some("application/soap+xml; charset=utf-8"),
    Some("image/svg+xml"),
    Some("application/xhtml+xml"),
    None,
];

/// Depth of generated JSON; what goes deeper is made by hand.
const DEPTH: usize = 6;

impl Body {
    /// A body out of bytes.
    pub fn generate(entropy: &mut Entropy<'_>) -> Self {
        let media = MEDIA[entropy.below(MEDIA.len())];
        Self::of(media, entropy)
    }

    /// A body of one media out of bytes.
    pub fn of(media: Option<&'static str>, entropy: &mut Entropy<'_>) -> Self {
        let mut bytes = match media {
            Some(media) if messages::is_framed(Some(media)) => {
                let mut bytes = messages::generate(media, entropy, json);
                spoil(entropy, &mut bytes);
                return Self { media: Some(media), bytes, ..Self::default() };
            }
            Some(media) if media.contains("ndjson") => {
                (0..=entropy.below(4)).map(|_| json(entropy) + "\n").collect()
            }
            Some(media) if media.contains("json") => json(entropy),
            Some(media) if media.contains("form") => form(entropy),
            Some(media) if media.contains("event") => events::generate(entropy),
            Some(media) if media.contains("multipart") => parts::generate(entropy, "x7", 2),
            Some("text/csv") => records(entropy, [",", ";", "|"]),
            Some("text/tab-separated-values") => records(entropy, ["\t"; 3]),
            Some(media) if media.contains("xml") => markup::xml(entropy),
            Some(media) if media.contains("html") && !entropy.once_in(4) => markup::html(entropy),
            Some("text/plain") if entropy.once_in(6) => markup::xml(entropy),
            Some(_) => words::text(entropy, 24),
            None if entropy.once_in(2) => json(entropy),
            None if entropy.once_in(4) => markup::html(entropy),
            None => words::text(entropy, 24),
        }
        .into_bytes();
        spoil(entropy, &mut bytes);
        let mut body = Self { media, bytes, ..Self::default() };
        if entropy.once_in(4) {
            body.coding = Some(Coding::ALL[entropy.below(Coding::ALL.len())]);
            body.lost = if entropy.once_in(8) { 1 + entropy.below(6) } else { 0 };
        }
        let text = matches!(media, Some("text/plain" | "text/csv"));
        if text && entropy.once_in(4) && std::str::from_utf8(&body.bytes).is_ok() {
            body.charset = Some([Charset::Utf16Le, Charset::Utf16Be][entropy.below(2)]);
        }
        body
    }

    /// What is sent.
    #[must_use]
    pub fn wire(&self) -> Vec<u8> {
        let text = String::from_utf8_lossy(&self.bytes);
        let bytes = self.charset.map_or(self.bytes.clone(), |charset| charset.encode(&text));
        let Some(coding) = self.coding else { return bytes };
        let mut coded = coding.encode(&bytes);
        coded.truncate(coded.len().saturating_sub(self.lost).max(1));
        coded
    }

    /// What is said of it in a head.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let charset = match self.charset {
            None => "",
            Some(Charset::Utf16Le) => "; charset=utf-16le",
            Some(Charset::Utf16Be) => "; charset=utf-16be",
            Some(Charset::Latin1) => "; charset=latin1",
        };
        let media = self.media.map(|media| ("content-type", format!("{media}{charset}")));
        let coding = self.coding.map(|coding| ("content-encoding", coding.name().to_owned()));
        media.into_iter().chain(coding).collect()
    }

    /// What left of it, without its charset.
    #[must_use]
    pub fn read(&self, left: Vec<u8>) -> Vec<u8> {
        let order = match self.charset {
            None | Some(Charset::Latin1) => return left,
            Some(Charset::Utf16Le) => u16::from_le_bytes,
            Some(Charset::Utf16Be) => u16::from_be_bytes,
        };
        let pairs = left.chunks(2).map(|pair| [pair[0], pair.get(1).copied().unwrap_or(0)]);
        String::from_utf16_lossy(&pairs.map(order).collect::<Vec<_>>()).into_bytes()
    }
}

/// Now and then something is wrong with a body.
fn spoil(entropy: &mut Entropy<'_>, bytes: &mut Vec<u8>) {
    if !entropy.once_in(8) {
        return;
    }
    let at = entropy.below(bytes.len() + 1);
    match entropy.below(6) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, entropy.byte()),
        2 => bytes.extend_from_slice(b" trailing"),
        3 => bytes.splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
        4 => bytes.splice(at..at, *b"\xff\xfe").for_each(drop),
        _ => {
            let copy = bytes.clone();
            (0..entropy.below(64)).for_each(|_| bytes.extend_from_slice(&copy));
        }
    }
}

/// Records of cells below names, some cells in quotes.
pub(crate) fn records(entropy: &mut Entropy<'_>, delimiters: [&str; 3]) -> String {
    let (delimiter, columns) = (entropy.pick(&delimiters), 1 + entropy.below(4));
    let mut out = String::new();
    for record in 0..1 + entropy.below(5) {
        for column in 0..columns {
            out.push_str(if column == 0 { "" } else { delimiter });
            let text = if record == 0 { words::key(entropy) } else { words::text(entropy, 4) };
            if entropy.once_in(2) || text.contains([',', ';', '|', '\t', '"', '\r', '\n']) {
                let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
            } else {
                out.push_str(&text);
            }
        }
        out.push_str(entropy.pick(&["\n", "\r\n", "\n\n"]));
    }
    out
}

pub(crate) fn json(entropy: &mut Entropy<'_>) -> String {
    let mut out = String::new();
    value(entropy, DEPTH, &mut out);
    out
}

fn value(entropy: &mut Entropy<'_>, depth: usize, out: &mut String) {
    space(entropy, out);
    match entropy.below(if depth == 0 { 7 } else { 14 }) {
        0..4 => string(&words::text(entropy, 6), entropy, out),
        4 | 5 => number(entropy, out),
        6 => out.push_str(entropy.pick(&["null", "true", "false"])),
        7..11 => {
            out.push('{');
            for n in 0..entropy.below(6) {
                out.push_str(if n == 0 { "" } else { "," });
                space(entropy, out);
                string(&words::key(entropy), entropy, out);
                space(entropy, out);
                out.push(':');
                value(entropy, depth - 1, out);
            }
            out.push('}');
        }
        _ => {
            out.push('[');
            for n in 0..entropy.below(5) {
                out.push_str(if n == 0 { "" } else { "," });
                value(entropy, depth - 1, out);
            }
            out.push(']');
        }
    }
    space(entropy, out);
}

fn space(entropy: &mut Entropy<'_>, out: &mut String) {
    if entropy.once_in(6) {
        out.push_str(entropy.pick(&[" ", "\n", "\r\n", "\t", "    "]));
    }
}

/// A string, each character in one of its spellings.
pub(crate) fn string(text: &str, entropy: &mut Entropy<'_>, out: &mut String) {
    let escapes = entropy.once_in(3);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '/' if escapes => out.push_str("\\/"),
            c if c < ' ' || (escapes && entropy.once_in(4)) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let upper = entropy.once_in(2);
                    let _ = match upper {
                        true => write!(out, "\\u{unit:04X}"),
                        false => write!(out, "\\u{unit:04x}"),
                    };
                }
            }
            c => out.push(c),
        }
    }
    if entropy.once_in(40) {
        out.push_str(entropy.pick(&["\\ud83d", "\\udc00", "\\ud83dx", "\\u004"]));
    }
    out.push('"');
}

fn number(entropy: &mut Entropy<'_>, out: &mut String) {
    const NUMBERS: &[&str] = &[
        "0",
        "-1",
        "12.50",
        "4111111111111111",
        "-4111111111111111",
        "4111111111111111.0",
        "4.111111111111111e15",
        "4.111111111111111E+15",
        "41111111111111110e-1",
        "378282246310005",
        "5555555555554444",
        "1e3",
        "0.5",
        "1700000000000",
        "78051120",
        "078051120",
        "4155552671",
        "4111111111111112",
        "1e999",
        "411111111111111100e-2",
        "0.00001",
        "-0.0",
    ];
    match entropy.below(12) {
        11 => (0..=entropy.below(40)).for_each(|_| out.push_str("41")),
        _ => out.push_str(entropy.pick(NUMBERS)),
    }
}

pub(crate) fn form(entropy: &mut Entropy<'_>) -> String {
    let mut out = String::new();
    for n in 0..entropy.below(8) {
        out.push_str(if n == 0 { "" } else { "&" });
        quoted(&words::key(entropy), entropy, &mut out);
        if !entropy.once_in(9) {
            out.push('=');
            quoted(&words::text(entropy, 4), entropy, &mut out);
        }
    }
    if entropy.once_in(12) {
        out.push_str(entropy.pick(&["%", "%4", "%zz", "&&", "%u0040"]));
    }
    out
}

fn quoted(text: &str, entropy: &mut Entropy<'_>, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' if !entropy.once_in(4) => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' if !entropy.once_in(9) => {
                out.push(char::from(byte));
            }
            b'@' | b':' | b'/' if entropy.once_in(3) => out.push(char::from(byte)),
            _ => {
                let _ = match entropy.once_in(2) {
                    true => write!(out, "%{byte:02X}"),
                    false => write!(out, "%{byte:02x}"),
                };
            }
        }
    }
}
