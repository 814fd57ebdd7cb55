//! Changes what VMs of one host share, where several may do so at once.

use crate::host::{Host, HostError};

/// How often it is tried again when another VM was faster.
const TRIES: u32 = 64;

/// Changes what is shared under a key, unless `to` says not to. Whether it did.
///
/// # Errors
/// When the host refuses.
pub(super) fn change(
    host: &impl Host,
    key: &str,
    to: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<bool, HostError> {
    for _ in 0..TRIES {
        let Some((before, number)) = host.shared(key)? else {
            // The first writing is no matter of who was first: it says nothing yet.
            host.share(key, &[], 0)?;
            continue;
        };
        let Some(after) = to(&before) else { return Ok(false) };
        if after == before || host.share(key, &after, number)? {
            return Ok(true);
        }
    }
    Ok(false)
}
