//! Keys by their unmistakable form: AWS access key ids, PEM (RFC 7468).
//! Never asks whether a key is in use.

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
    let is_body = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    label.windows(11).any(|window| window == b"PRIVATE KEY")
        && body.iter().filter(is_body).take(BODY_MIN).count() == BODY_MIN
}
