//! RFC 7519: the first part decodes to JSON with `alg`. Never checks a signature.

use alloc::vec::Vec;

/// Members of a header, one of which stands in the beginning of a long one.
const MEMBERS: [&[u8]; 5] = [b"\"alg\"", b"\"typ\"", b"\"kid\"", b"\"x5c\"", b"\"enc\""];

pub(super) fn accept(candidate: &[u8]) -> bool {
    let Some(end) = candidate.iter().position(|byte| *byte == b'.') else { return false };
    let Some(header) = candidate.get(..end).and_then(decode) else { return false };
    let json = header.trim_ascii();
    json.starts_with(b"{") && json.ends_with(b"}") && is_text(json) && holds(json, b"\"alg\"")
}

/// As [`accept`], for a header that may go on.
pub(super) fn begins(prefix: &[u8]) -> bool {
    match prefix.iter().position(|byte| *byte == b'.') {
        Some(_) => accept(prefix),
        None => {
            let whole = prefix.len() - prefix.len() % 4;
            let header = prefix.get(..whole).and_then(decode).unwrap_or_default();
            header.starts_with(b"{")
                && is_text(&header)
                && MEMBERS.iter().any(|member| holds(&header, member))
        }
    }
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

fn is_text(json: &[u8]) -> bool {
    json.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// base64url or base64 without padding (RFC 4648, 4 and 5).
pub(super) fn decode(part: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(part.len() * 3 / 4);
    for group in part.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            bits = bits << 6 | u32::from(value(*byte)?);
        }
        bits <<= 6 * (4 - u32::try_from(group.len()).ok()?);
        let [_, bytes @ ..] = bits.to_be_bytes();
        // One character alone holds no byte.
        out.extend_from_slice(bytes.get(..group.len().checked_sub(1).filter(|n| *n > 0)?)?);
    }
    Some(out)
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' | b'+' => 62,
        b'_' | b'/' => 63,
        _ => return None,
    })
}
