//! RFC 5321 lengths and RFC 1035 labels. Never asks whether a domain exists.

use alloc::vec::Vec;

const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 255;
const LABEL_BYTES_MAX: usize = 63;

/// Endings of files and units that are no top-level domain: `icon@2x.png` is no address.
const FILE_ENDINGS: [&[u8]; 22] = [
    b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"avif", b"css", b"js", b"mjs", b"ts",
    b"tsx", b"jsx", b"json", b"html", b"xml", b"service", b"socket", b"timer", b"slice", b"mount",
    b"scope",
];

pub(super) fn accept(candidate: &[u8]) -> bool {
    let Some((local, domain)) = parts(candidate) else { return false };
    let labels = || domain.split(|byte| *byte == b'.');
    let is_number = |label: &[u8]| label.iter().all(u8::is_ascii_digit);
    // `pkg@1.2.3-rc.one` is a version.
    let version = labels().take(2).filter(|label| is_number(label)).count() == 2;
    let ending = labels().next_back().unwrap_or_default();
    (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && domain.len() <= DOMAIN_BYTES_MAX
        && !version
        && !FILE_ENDINGS.iter().any(|file| ending.eq_ignore_ascii_case(file))
        && is_local(local)
        && labels().all(is_label)
}

fn is_local(local: &[u8]) -> bool {
    let dots = local.windows(2).any(|pair| pair == b"..");
    !dots && local.first() != Some(&b'.') && local.last() != Some(&b'.')
}

fn is_label(label: &[u8]) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.first() != Some(&b'-')
        && label.last() != Some(&b'-')
}

fn parts(candidate: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = candidate.iter().rposition(|byte| *byte == b'@')?;
    Some((candidate.get(..at)?, candidate.get(at + 1..)?))
}

/// The domain does not mind its case; the local part is its owner's business.
pub(super) fn canonical(candidate: &[u8], out: &mut Vec<u8>) {
    let (local, domain) = parts(candidate).unwrap_or((candidate, &[]));
    out.extend_from_slice(local);
    if candidate.len() > local.len() {
        out.push(b'@');
    }
    out.extend(domain.iter().map(u8::to_ascii_lowercase));
}
