//! What a value can be wrapped in before it is planted: the one list.
//! Says of each whether it is looked through; the run holds that against what happens.

use super::formats::Spelling;
use std::fmt::Write as _;

/// One wrapping.
pub struct Wrapping {
    /// Its name, in tables.
    pub name: &'static str,
    /// Whether the engine looks through it, wherever it reads a format.
    pub read: bool,
    /// How the format itself spells what is wrapped.
    pub spelling: Spelling,
    /// Wraps a value.
    pub wrap: fn(&str) -> String,
}

const fn own(name: &'static str, spelling: Spelling) -> Wrapping {
    Wrapping { name, read: true, spelling, wrap: str::to_owned }
}

const fn read(name: &'static str, wrap: fn(&str) -> String) -> Wrapping {
    Wrapping { name, read: true, spelling: Spelling::Plain, wrap }
}

/// All of them.
pub const WRAPPINGS: &[Wrapping] = &[
    own("plain", Spelling::Plain),
    own("the format's escapes", Spelling::Escaped),
    read("percent", |value| value.bytes().map(|byte| format!("%{byte:02x}")).collect()),
    read("base64", |value| base64(padded(value, 0).as_bytes())),
    read("base64, 1 byte on", |value| base64(padded(value, 1).as_bytes())),
    read("base64, 2 bytes on", |value| base64(padded(value, 2).as_bytes())),
    read("base64url", |value| url_safe(&padded(value, 3))),
    read("JSON in a string", |value| format!("{{\"note\":\"{value}\"}}")),
    read("entities", |value| each(value, |c| format!("&#x{:x};", u32::from(c)))),
    read("\\u escapes", |value| each(value, |c| format!("\\u{:04x}", u32::from(c)))),
    read("percent in base64", |value| {
        let inner: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        base64(inner.as_bytes())
    }),
];

/// Wrappings, with a format each, that are not looked through there: a path with a backslash is
/// refused.
pub const EXCEPT: &[(&str, &str)] = &[("\\u escapes", "path")];

fn each(value: &str, spell: impl Fn(char) -> String) -> String {
    value.chars().map(spell).collect()
}

/// Words around a value, so that it begins so many bytes behind a multiple of three.
fn padded(value: &str, offset: usize) -> String {
    format!("{} note {value} and no more", &"abc"[..offset])
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with its padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for n in 0..4 {
            let sign = ALPHABET[(bits >> (18 - 6 * n)) as usize & 63];
            out.push(if n > group.len() { '=' } else { char::from(sign) });
        }
    }
    out
}

fn url_safe(text: &str) -> String {
    let mut out = String::new();
    for c in base64(text.as_bytes()).chars().filter(|c| *c != '=') {
        let _ = out.write_char(match c {
            '+' => '-',
            '/' => '_',
            c => c,
        });
    }
    out
}
