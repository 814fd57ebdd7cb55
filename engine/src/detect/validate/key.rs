//! Keys by their unmistakable form: AWS access key ids, PEM (RFC 7468) and what stands inside of it.
//! Never asks whether a key is in use.

use super::jwt;

/// Characters of body that a PEM block has at least.
const BODY_MIN: usize = 64;

const BEGIN: &[u8] = b"-----BEGIN ";
const LINE_END: &[u8] = b"-----";

/// The ids of the documentation end in `EXAMPLE`.
pub(super) fn accept_aws(candidate: &[u8]) -> bool {
    candidate.len() == 20 && !candidate.ends_with(b"EXAMPLE")
}

pub(super) fn accept_pem(candidate: &[u8]) -> bool {
    let end = candidate.windows(9).rposition(|window| window == b"-----END ");
    end.and_then(|end| candidate.get(..end)).is_some_and(begins_pem)
}

/// A line that begins a private key, and enough of a body behind it.
pub(super) fn begins_pem(prefix: &[u8]) -> bool {
    let Some(rest) = prefix.strip_prefix(BEGIN) else { return false };
    let Some(end) = rest.windows(LINE_END.len()).position(|window| window == LINE_END) else {
        return false;
    };
    let label = rest.get(..end).unwrap_or_default();
    let body = rest.get(end + LINE_END.len()..).unwrap_or_default();
    names_private(label) && has_body(body)
}

/// Enough of the base64 of a private key without its armor: PKCS #1, #8 or #12 in DER, a PEM block
/// encoded once more, the last part of a key of PuTTY.
pub(super) fn accept_bare(prefix: &[u8]) -> bool {
    if let Some(rest) = prefix.strip_prefix(b"Private-Lines:") {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n' | b'\\'));
        return end.and_then(|end| rest.get(end..)).is_some_and(has_body);
    }
    if prefix.starts_with(b"LS0t") {
        let line = prefix.get(..64).and_then(jwt::decode).unwrap_or_default();
        return names_private(&line) && has_body(prefix);
    }
    // The version of PKCS #1 and #8 is 0, that of PKCS #12 is 3, and each goes on with a type.
    let version = prefix.get(6..12).unwrap_or_default();
    let known = [b"IBADAN", b"IBAAKC", b"IBAzCC"].iter().any(|known| version == *known);
    prefix.starts_with(b"MII") && known && has_body(prefix)
}

fn names_private(label: &[u8]) -> bool {
    label.windows(11).any(|window| window == b"PRIVATE KEY")
}

fn has_body(text: &[u8]) -> bool {
    let is_body = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.iter().filter(is_body).take(BODY_MIN).count() == BODY_MIN
}
