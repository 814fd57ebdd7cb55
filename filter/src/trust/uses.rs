//! How often grants have been used, counted over all VMs of a host.

use super::share;
use crate::host::Host;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::Grant;

/// Takes one more use of a grant. Whether there was one.
pub(super) fn take(host: &impl Host, grant: &Grant) -> bool {
    count(host, &grant.id, |uses| uses.checked_add(1).filter(|uses| *uses <= grant.uses))
}

/// Gives back a use that nothing came of.
pub(super) fn give_back(host: &impl Host, id: &Digest) {
    // A use that cannot be given back stays used.
    let _ = count(host, id, |uses| uses.checked_sub(1));
}

fn count(host: &impl Host, id: &Digest, next: impl Fn(u64) -> Option<u64>) -> bool {
    let key = format!("cofferdam.uses.{id}");
    let changed = share::change(host, &key, |before| {
        let uses = match before {
            [] => 0,
            bytes => u64::from_le_bytes(bytes.try_into().ok()?),
        };
        next(uses).map(|uses| uses.to_le_bytes().to_vec())
    });
    changed.unwrap_or(false)
}
