//! Text around bytes: `-----BEGIN X-----`, base64, `-----END X-----`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Letters in a line of armor, as OpenSSH and OpenSSL read them.
const LINE: usize = 64;

pub(super) fn wrap(label: &str, bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = behind;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The bytes in a text that has this armor and nothing else.
pub(super) fn unwrap(label: &str, text: &str) -> Option<Vec<u8>> {
    let rest = text.trim().strip_prefix(&format!("-----BEGIN {label}-----"))?;
    let encoded = rest.strip_suffix(&format!("-----END {label}-----"))?;
    let letters: String = encoded.split_ascii_whitespace().collect();
    STANDARD.decode(letters).ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The same, where others may have written it with the letters for URLs.
pub(super) fn decode_any(text: &str) -> Option<Vec<u8>> {
    decode(text).or_else(|| URL_SAFE.decode(text).ok())
}
