//! Looks for planted values in what arrived, in every spelling that anything here writes: as it
//! is, percent-encoded, in base64 at any offset, in escapes, decompressed, and in one another.
//! Knows no filter; what it reads is read in full and forgivingly, so that it misses nothing.

use super::formats::Sent;
use super::formats::coded::{PIECE_BYTES, ZSTD_HEADER};
use crate::runner::Received;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::collections::BTreeSet;
use std::io::Read as _;

/// Spellings within spellings.
const DEPTH: usize = 3;
/// Shortest run that is read as base64.
const BASE64_BYTES_MIN: usize = 12;
/// What a decompression may come to.
const DECODED_BYTES_MAX: u64 = 1 << 20;

/// Everything that a message can be read as.
pub struct Views(Vec<String>);

impl Views {
    /// Whether a text stands in one of them.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.0.iter().any(|view| view.contains(text))
    }

    fn of(pieces: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut known: BTreeSet<Vec<u8>> = pieces.into_iter().collect();
        let mut latest = known.clone();
        for _ in 0..DEPTH {
            let found = latest.iter().flat_map(|view| spellings(view));
            latest = found.filter(|view| !known.contains(view)).collect();
            known.extend(latest.iter().cloned());
        }
        Self(known.iter().map(|view| String::from_utf8_lossy(view).into_owned()).collect())
    }
}

/// What a received message can be read as.
#[must_use]
pub fn views(received: &Received) -> Views {
    let lines = received.head.iter().chain(&received.trailers);
    let mut lines: Vec<u8> = lines.flat_map(|(name, value)| line(name, value)).collect();
    lines.push(b'\n');
    Views::of([lines, received.body.clone()])
}

/// What a message can be read as before it is sent.
#[must_use]
pub fn views_of_sent(sent: &Sent) -> Views {
    let mut head = sent.head.clone();
    head.extend(sent.path.iter().map(|path| (b":path".to_vec(), path.clone().into_bytes())));
    let body = sent.body.clone().unwrap_or_default();
    views(&Received { head, body, trailers: sent.trailers.clone(), cut: false })
}

fn line(name: &[u8], value: &[u8]) -> Vec<u8> {
    [name, b": ", value, b"\n"].concat()
}

fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let has = |byte: u8| bytes.contains(&byte);
    let mut views = Vec::new();
    if has(b'%') {
        views.push(escapes(bytes, b"%", 2));
    }
    if has(b'\\') {
        views.push(escapes(bytes, b"\\u", 4));
        views.push(unslashed(bytes));
    }
    if has(b'&') {
        views.push(entities(bytes));
    }
    if has(0) {
        views.push(bytes.iter().copied().filter(|byte| *byte != 0).collect());
    }
    views.extend(base64_runs(bytes));
    views.extend(decompressed(bytes));
    views
}

/// Characters written as a mark and so many hex digits.
fn escapes(bytes: &[u8], mark: &[u8], digits: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let code = rest.strip_prefix(mark).and_then(|code| code.get(..digits));
        match code.and_then(|code| number(code, 16)).and_then(char::from_u32) {
            Some(c) => {
                out.extend(c.to_string().bytes());
                rest = &rest[mark.len() + digits..];
            }
            None => {
                out.push(*first);
                rest = &rest[1..];
            }
        }
    }
    out
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

/// Without the backslash before a sign.
fn unslashed(bytes: &[u8]) -> Vec<u8> {
    let mut signs = bytes.iter().copied();
    let mut out = Vec::with_capacity(bytes.len());
    while let Some(byte) = signs.next() {
        out.push(if byte == b'\\' { signs.next().unwrap_or(byte) } else { byte });
    }
    out
}

fn entities(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        match entity(rest) {
            Some((c, length)) => {
                out.extend(c.to_string().bytes());
                rest = &rest[length..];
            }
            None => {
                out.push(*first);
                rest = &rest[1..];
            }
        }
    }
    out
}

fn entity(bytes: &[u8]) -> Option<(char, usize)> {
    let rest = bytes.strip_prefix(b"&")?;
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let c = match &rest[..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"commat" => '@',
        [b'#', b'x' | b'X', code @ ..] => char::from_u32(number(code, 16)?)?,
        [b'#', code @ ..] => char::from_u32(number(code, 10)?)?,
        _ => return None,
    };
    Some((c, end + 2))
}

/// Every long run of the alphabets of base64, read from each of its first four signs.
fn base64_runs(bytes: &[u8]) -> Vec<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut views = vec![Vec::new(); 4];
    for run in bytes.split(|byte| value(*byte).is_none()) {
        if run.len() < BASE64_BYTES_MIN {
            continue;
        }
        for (skipped, view) in views.iter_mut().enumerate() {
            let (mut bits, mut count) = (0_u32, 0);
            for sign in run[skipped..].iter().filter_map(|byte| value(*byte)) {
                (bits, count) = (bits << 6 | u32::from(sign), count + 6);
                if count >= 8 {
                    count -= 8;
                    view.push((bits >> count) as u8);
                }
            }
            view.push(b'\n');
        }
    }
    views.retain(|view| !view.is_empty());
    views
}

fn decompressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // What is cut short, or no such stream at all, gives what can be had.
    let _ = match bytes {
        [0x1f, 0x8b, ..] => {
            MultiGzDecoder::new(bytes).take(DECODED_BYTES_MAX).read_to_end(&mut out)
        }
        [0x78, ..] => ZlibDecoder::new(bytes).take(DECODED_BYTES_MAX).read_to_end(&mut out),
        _ => Ok(0),
    };
    if let Some(blocks) = bytes.strip_prefix(ZSTD_HEADER) {
        out = pieces(blocks, |header| (header >> 3) as usize);
    }
    // The first meta-block of brotli has a bit more before it.
    if bytes.get(2) == Some(&0x10) && bytes.len() > 3 + PIECE_BYTES {
        let (block, rest) = bytes.split_at(3 + PIECE_BYTES);
        out = block[3..].to_vec();
        out.extend(pieces(rest, |header| (header >> 3 & 0xffff) as usize + 1));
    }
    (!out.is_empty()).then_some(out)
}

/// Pieces behind headers of three bytes.
fn pieces(mut bytes: &[u8], length: impl Fn(u32) -> usize) -> Vec<u8> {
    let mut out = Vec::new();
    while let [a, b, c, rest @ ..] = bytes {
        let piece = length(u32::from_le_bytes([*a, *b, *c, 0])).min(rest.len());
        out.extend_from_slice(&rest[..piece]);
        bytes = &rest[piece..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::wrapping::WRAPPINGS;

    #[test]
    fn every_wrapping_is_seen_through_and_nothing_is_seen_in_nothing() {
        for wrapping in WRAPPINGS {
            let text = (wrapping.wrap)("ann.reed@example.com");
            let body = format!("[{text}]").into_bytes();
            let views = views(&Received { body, ..Received::default() });
            assert!(views.has("ann.reed@example.com"), "{}", wrapping.name);
            assert!(!views.has("bob.reed@example.com"));
        }
    }
}
