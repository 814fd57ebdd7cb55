//! Remembers which signatures held, so that each is checked once however often it is asked for:
//! within a chain of roots it is up to three times, and a host is given most of them again with
//! every bundle.

use super::Reason;
use super::envelope::PayloadType;
use super::key::PublicKey;
use super::limits::PROVEN_MAX;
use crate::blob::Digest;
use alloc::collections::BTreeSet;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use sha2::{Digest as _, Sha256};

/// Signatures that held. Clones know the same ones.
///
/// What is known of each is one digest over all that it depends on: the key, its kind, what was
/// signed, the signature. So nothing follows from one for any other.
#[derive(Clone, Debug, Default)]
pub struct Proven(Rc<Known>);

#[derive(Debug, Default)]
struct Known {
    held: RefCell<BTreeSet<[u8; 32]>>,
    checks: Cell<u64>,
}

impl Proven {
    /// How many signatures were checked, and not just remembered.
    #[must_use]
    pub fn checks(&self) -> u64 {
        self.0.checks.get()
    }

    /// Whether a signature holds: as it is remembered, or as `check` finds.
    pub(super) fn or_check(
        &self,
        key: &PublicKey,
        (payload_type, payload): (PayloadType, &Digest),
        signature: &[u8],
        check: impl FnOnce() -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let mut sha = Sha256::new();
        // Of these only the last has no length of its own.
        sha.update([key.kind() as u8, payload_type as u8]);
        sha.update(key.bytes());
        sha.update(payload.0);
        sha.update(signature);
        let id = sha.finalize().into();
        if self.0.held.borrow().contains(&id) {
            return Ok(());
        }
        self.0.checks.set(self.0.checks.get().saturating_add(1));
        check()?;
        let mut held = self.0.held.borrow_mut();
        // Rather than keep account of which were asked for last: all are checked once more.
        if held.len() >= PROVEN_MAX {
            held.clear();
        }
        held.insert(id);
        Ok(())
    }
}
