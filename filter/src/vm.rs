//! What all exchanges of one VM share: its budget, its ids, and whether it lets anything through.
//! Holds no policy: an exchange keeps the one it began with.

use crate::host::{Host, HostError, Level};
use crate::metrics::Metrics;
use crate::properties::{self, Node};
use crate::trust::{Clock, Trust};
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::ends::Asked;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::trust::Proven;
use cofferdam_engine::verdict::Reason;
use sha2::{Digest as _, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most exchanges that are open at once. The next one is refused as `busy`.
pub const OPEN_MAX: usize = 20_000;
/// What an exchange takes beside what it keeps of its messages: what it knows of them, and readers
/// with the names that a body repeats.
pub const EXCHANGE_BYTES: usize = 6 * 1024;
/// Candidates may keep so much less than exchanges may, beside those.
const BESIDE_PART: usize = 8;
/// Memory of a VM that exchanges do not get, where the host says how much there is: what the module
/// and its policy take, and one chunk on its way.
const APART_BYTES: usize = 4 * 1024 * 1024;
/// Exchanges that may be over and not deleted, or done and not logged. A host tells both at once,
/// or nearly so; one that never does is caught here.
pub const UNTOLD_MAX: usize = 64;

/// A policy in force.
#[derive(Debug)]
pub struct Policy {
    /// The checked blob.
    pub bundle: Rc<Bundle>,
    /// What shows that it may be in force; none in a build for trials, which asks nobody.
    pub trust: Option<Box<Trust>>,
    /// What the environment says.
    pub settings: Rc<Settings>,
    /// Who the proxy is.
    pub node: Node,
    /// What its members ask of both ends.
    pub asked: Asked,
    /// It is in force, and no tick will come that tells.
    pub untold: Cell<bool>,
    /// Another policy, which decides beside it and alters nothing.
    pub candidate: Option<Candidate>,
}

impl Policy {
    /// What entries say of who let it be in force: a JSON object.
    #[must_use]
    pub fn trust_shown(&self) -> String {
        self.trust.as_ref().map_or_else(|| "{\"unsigned\":true}".to_owned(), |it| it.shown())
    }
}

/// A policy that decides beside the one in force.
#[derive(Debug)]
pub struct Candidate {
    /// Its checked blob, observing.
    pub bundle: Rc<Bundle>,
    /// What its members ask of both ends.
    pub asked: Asked,
}

/// What the exchanges of a VM may take. Over it the next one is refused as `busy`, and so is one
/// that needs more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Most bytes in all.
    pub bytes_max: usize,
    /// Most bytes that an exchange keeps of messages that are on their way.
    pub kept_bytes_max: usize,
}

impl Default for Budget {
    /// A host gives a VM 1 GiB at least.
    fn default() -> Self {
        Self { bytes_max: 256 * 1024 * 1024, kept_bytes_max: usize::MAX }
    }
}

impl Budget {
    /// As the host says.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let bytes = |number: u32, unit| {
            usize::try_from(number).map_or(usize::MAX, |n: usize| n.saturating_mul(unit))
        };
        let usual = Self::default();
        Self {
            bytes_max: settings.memory_mib.map_or(usual.bytes_max, |mib| {
                bytes(mib, 1024 * 1024).saturating_sub(APART_BYTES).min(usual.bytes_max)
            }),
            kept_bytes_max: settings.kept_kib.map_or(usual.kept_bytes_max, |kib| bytes(kib, 1024)),
        }
    }
}

/// Shared by every context of a VM.
#[derive(Default)]
pub struct Vm {
    /// Counters and gauges.
    pub metrics: Metrics,
    /// Scratch for what comes out of the engine: one for all, since callbacks do not nest.
    pub out: RefCell<Vec<u8>>,
    /// A callback for a body of a request has come at least once: the host does call it.
    pub request_body_proven: Cell<bool>,
    /// Requests whose heads waited for that, as long as none came.
    pub proving: Cell<u64>,
    /// Exchanges that are over but not deleted.
    pub undeleted: Cell<usize>,
    /// Exchanges that are done but not logged.
    pub unlogged: Cell<usize>,
    /// What exchanges may take.
    pub budget: Cell<Budget>,
    /// What candidates keep: it is none of what exchanges may take.
    pub beside_bytes: Cell<usize>,
    open: Cell<usize>,
    bytes: Cell<usize>,
    denied: Cell<bool>,
    untold_denial: Cell<bool>,
    sequence: Cell<u64>,
    seed: Cell<[u8; 32]>,
    ids: Cell<u64>,
    /// A clock that never goes back.
    pub clock: Clock,
    /// The last good policy, by the name of the plugin.
    pub good: RefCell<BTreeMap<String, Rc<Policy>>>,
    /// Signatures that held: a bundle that follows another has most of them too.
    pub proven: Proven,
    /// Grants that are taken back, by whose they are.
    pub revoked: RefCell<BTreeMap<String, Vec<Digest>>>,
    /// Short digest of the policy in force, by the name of the plugin.
    active: RefCell<BTreeMap<String, String>>,
}

impl Vm {
    /// Makes ids differ from those of every other VM: random bytes where the host grants some,
    /// the clock and the context's number in any case.
    pub fn seed(&self, host: &impl Host, context: u32) {
        let mut sha = Sha256::new();
        sha.update(self.seed.get());
        sha.update(host.random().unwrap_or_default());
        sha.update(host.now_nanos().unwrap_or_default().to_le_bytes());
        sha.update(context.to_le_bytes());
        self.seed.set(sha.finalize().into());
    }

    /// The id of a new crossing. `salt` is what may differ where two VMs share a seed.
    pub fn id(&self, salt: &[u8]) -> [u8; 16] {
        let number = self.ids.get().wrapping_add(1);
        self.ids.set(number);
        let mut sha = Sha256::new();
        sha.update(self.seed.get());
        sha.update(number.to_le_bytes());
        sha.update(salt);
        let digest: [u8; 32] = sha.finalize().into();
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        id
    }

    /// Number of the next entry.
    pub fn next_sequence(&self) -> u64 {
        let number = self.sequence.get();
        self.sequence.set(number.wrapping_add(1));
        number
    }

    /// Whether a new exchange may begin.
    ///
    /// # Errors
    /// When this VM lets nothing through, or has no room.
    pub fn admit(&self, host: &impl Host) -> Result<(), Reason> {
        if self.undeleted.get() > UNTOLD_MAX {
            self.deny(host, "exchanges are over and never deleted (`proxy_on_delete`)");
        }
        if self.unlogged.get() > UNTOLD_MAX {
            self.blind(host, "exchanges are done and never logged (`proxy_on_log`)");
        }
        if self.denied.get() {
            return Err(Reason::Host);
        }
        if self.open.get() >= OPEN_MAX || !self.has_room(EXCHANGE_BYTES) {
            return Err(Reason::Busy);
        }
        Ok(())
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.bytes.get().saturating_add(bytes) <= self.budget.get().bytes_max
    }

    /// What candidates may keep in all.
    pub fn beside_bytes_max(&self) -> usize {
        self.budget.get().bytes_max / BESIDE_PART
    }

    /// Lets nothing through from the next exchange on. For good: what the host does not allow to
    /// this VM it will not allow later.
    pub fn deny(&self, host: &impl Host, why: &str) {
        if self.denied.replace(true) {
            return;
        }
        self.untold_denial.set(true);
        // Nothing can be done where even these fail; the denial stands.
        let _ = host.log(Level::Error, &format!("cofferdam: denies everything: {why}"));
        self.tell_denial(host);
    }

    /// As [`Self::deny`], where something was proven to have passed unseen.
    pub fn blind(&self, host: &impl Host, what: &str) {
        if !self.denied.get() {
            let _ = self.metrics.blind(host);
        }
        self.deny(host, &format!("it is blind: {what}"));
    }

    /// As [`Self::deny`], where a host call failed in a way that lasts.
    pub fn host_failed(&self, host: &impl Host, error: HostError) {
        if error.is_lasting() {
            self.deny(host, &error.to_string());
        } else {
            let _ = host.log(Level::Error, &format!("cofferdam: a host call failed: {error}"));
        }
    }

    /// Whether this VM lets nothing through.
    pub fn is_denied(&self) -> bool {
        self.denied.get()
    }

    fn tell_denial(&self, host: &impl Host) {
        if self.untold_denial.get() && self.metrics.deny_all(host, 1).is_ok() {
            self.untold_denial.set(false);
        }
    }

    /// Puts a policy's gauge up, and down that of the one it follows.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn activate(&self, host: &impl Host, policy: &Policy) -> Result<(), HostError> {
        let plugin = properties::text(host, "plugin_name")?.unwrap_or_default();
        let digest = policy.bundle.digest().short();
        let before = self.active.borrow_mut().insert(plugin, digest.clone());
        if let Some(before) = before.filter(|before| *before != digest) {
            self.metrics.policy(host, &before, false)?;
        }
        self.metrics.policy(host, &digest, true)
    }
}

/// What one exchange takes of its VM's budget.
pub struct Account {
    vm: Rc<Vm>,
    open: bool,
    bytes: usize,
}

impl Account {
    /// Nothing taken yet.
    #[must_use]
    pub fn new(vm: Rc<Vm>) -> Self {
        Self { vm, open: false, bytes: 0 }
    }

    /// The exchange begins.
    pub fn open(&mut self) {
        if !self.open {
            self.open = true;
            self.vm.open.set(self.vm.open.get().saturating_add(1));
            self.hold(0);
        }
    }

    /// The exchange holds so many bytes of messages now.
    pub fn hold(&mut self, bytes: usize) {
        let bytes = bytes.saturating_add(if self.open { EXCHANGE_BYTES } else { 0 });
        self.take(bytes);
    }

    /// Whether it may hold so many bytes of messages, so many of them kept until more comes.
    #[must_use]
    pub fn may_hold(&self, bytes: usize, kept: usize) -> bool {
        let more = bytes.saturating_add(EXCHANGE_BYTES).saturating_sub(self.bytes);
        kept <= self.vm.budget.get().kept_bytes_max && (more == 0 || self.vm.has_room(more))
    }

    /// Whether so many bytes more fit.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.vm.has_room(bytes)
    }

    fn take(&mut self, bytes: usize) {
        let others = self.vm.bytes.get().saturating_sub(self.bytes);
        self.vm.bytes.set(others.saturating_add(bytes));
        self.bytes = bytes;
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.take(0);
        if self.open {
            self.vm.open.set(self.vm.open.get().saturating_sub(1));
        }
    }
}
