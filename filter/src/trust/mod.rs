//! Lets in force only what several people have signed: reads what this host's settings say and what
//! its VMs remember, asks the engine's one verifier, and keeps what was good.
//!
//! ```text
//!  bytes --parse--> bundle      the same in every VM: what is broken is refused
//!  bundle + settings + memory + clock --verify--> policy in force
//!            |                                      ^
//!            '-- doubt: this VM's last good one, or what the VMs share, verified again, or nothing
//! ```
//!
//! What VMs share is a floor, and no proof: it can only make a bundle be refused.

#[cfg(feature = "unsigned")]
mod blob;
#[cfg(not(feature = "unsigned"))]
mod gate;
mod share;

#[cfg(feature = "unsigned")]
pub use blob::Prepared;
#[cfg(not(feature = "unsigned"))]
pub use gate::{Admission, Gate, Prepared, tell_refusal};

use crate::host::{Host, HostError};
use crate::vm::Vm;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::ends::{Direction, Ends};
use cofferdam_engine::granted::{GRANTED_MAX, Granted};
use cofferdam_engine::model::BoundaryId;
use cofferdam_engine::trust::limits::CLOCK_BACK_SECONDS;
use cofferdam_engine::trust::{Freshness, Grant, Reason, Standing, Time, Trusted};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A clock that never goes back: not when the host's does, and not while that stands still.
#[derive(Debug, Default)]
pub struct Clock {
    now: Cell<u64>,
    is_back: Cell<bool>,
}

impl Clock {
    /// What time it is.
    ///
    /// # Errors
    /// When the host does not tell.
    pub fn read(&self, host: &impl Host) -> Result<Time, HostError> {
        Ok(self.take(host.now_nanos()?))
    }

    /// The same where the host has just told.
    pub fn take(&self, nanos: u64) -> Time {
        let told = nanos / 1_000_000_000;
        let now = self.now.get().max(told);
        self.is_back.set(told.saturating_add(CLOCK_BACK_SECONDS) < now);
        self.now.set(now);
        Time(now)
    }

    /// It is at least so late: so many seconds were counted since a time that was read.
    pub fn at_least(&self, time: Time) {
        self.now.set(self.now.get().max(time.0));
    }

    /// Whether the host's clock is far behind what it was, or behind the seconds that were counted.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.is_back.get()
    }
}

/// What shows that a policy may be in force, and for how long.
#[derive(Debug)]
pub struct Trust {
    trusted: Trusted,
    shown: String,
    /// Some of its grants were given in an emergency.
    // PERF: asked of all grants it is 25 instructions for each, at every head (2026-11-23).
    has_emergency: bool,
    closed: Cell<Option<Reason>>,
    alert: Cell<Option<Reason>>,
}

impl Trust {
    /// What was verified.
    #[must_use]
    pub fn new(trusted: Trusted) -> Self {
        let shown = shown(&trusted);
        let alert = Cell::new(trusted.alerts.first().copied());
        let has_emergency = trusted.grants.iter().any(|grant| grant.break_glass);
        Self { trusted, shown, has_emergency, closed: Cell::new(None), alert }
    }

    /// The policy.
    #[must_use]
    pub fn bundle(&self) -> Rc<Bundle> {
        Rc::clone(&self.trusted.bundle)
    }

    /// The version of its release.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.trusted.release.version
    }

    /// What entries say of it: a JSON object.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// A line for the host's log.
    #[must_use]
    pub fn told(&self) -> String {
        let Trusted { release, root, holders, grants, refused, .. } = &self.trusted;
        let mut line = format!(
            "release {} by root {}, signed by {}, to {}",
            release.version,
            root.last.version,
            holders.join(", "),
            self.trusted.period.until
        );
        if !grants.is_empty() || !refused.is_empty() {
            line.push_str(&format!(
                ", grants: {} of {}",
                grants.len(),
                grants.len() + refused.len()
            ));
        }
        for (_, reason) in refused {
            line.push_str(&format!(", {reason}"));
        }
        line
    }

    /// What the numbers of this release are: of release, root and freshness, and until when.
    #[must_use]
    pub fn numbers(&self) -> [(&'static str, u64); 5] {
        let Trusted { release, root, freshness, period, .. } = &self.trusted;
        let fresh = |of: fn(&Freshness) -> u64| freshness.as_ref().map_or(0, of);
        [
            ("release", release.version),
            ("root", root.last.version),
            ("freshness", fresh(|freshness| freshness.number)),
            ("release_until", period.until.0),
            ("freshness_until", fresh(|freshness| freshness.period.until.0)),
        ]
    }

    /// How many grants hold at a time.
    #[must_use]
    pub fn grants_held(&self, now: Time) -> u64 {
        let held =
            self.trusted.grants.iter().filter(|grant| self.trusted.holds(grant, now).is_ok());
        held.count().try_into().unwrap_or(u64::MAX)
    }

    /// Reasons for which grants of the bundle do not hold.
    pub fn grants_refused(&self) -> impl Iterator<Item = Reason> {
        self.trusted.refused.iter().map(|(_, reason)| *reason)
    }

    /// Looks at the time: whether anything may cross, and what is to be looked at.
    pub fn look(&self, now: Time, clock: &Clock) {
        let permitted = self.trusted.permits(now);
        self.closed.set(permitted.err());
        let freshness = self.trusted.freshness.as_ref().map(|f| f.period.standing(now));
        let stale = match freshness {
            Some(Standing::Active) => None,
            Some(Standing::Before) => Some(Reason::FreshnessNotYet),
            Some(Standing::After) => Some(Reason::FreshnessExpired),
            None => Some(Reason::FreshnessMissing),
        };
        let back = clock.is_back().then_some(Reason::ClockBack);
        let is_open = |grant: &Grant| grant.break_glass && self.trusted.holds(grant, now).is_ok();
        let emergency = self.has_emergency && self.trusted.grants.iter().any(is_open);
        let emergency = emergency.then_some(Reason::BreakGlass);
        let ended = permitted.ok().flatten();
        self.alert.set(permitted.err().or(ended).or(back).or(stale).or(emergency));
    }

    /// Why nothing may cross, as far as was looked.
    #[must_use]
    pub fn closed(&self) -> Option<Reason> {
        self.closed.get()
    }

    /// What somebody is to look at, as far as was looked.
    #[must_use]
    pub fn alert(&self) -> Option<Reason> {
        self.alert.get()
    }

    /// Grants for an exchange, and why there is no more where there might be. Each is used once by
    /// it, whatever it meets, and given back at the end where it met nothing.
    pub fn grants(
        &self,
        vm: &Vm,
        host: &impl Host,
        now: Time,
        (boundary, path): (BoundaryId, &[u8]),
        subject: Option<&str>,
    ) -> (Vec<Granted>, Option<Reason>) {
        let mut granted = Vec::new();
        let mut why = self.is_granted_to_others(boundary).then_some(Reason::OtherSubject);
        for grant in self.trusted.grants_for(boundary, subject.unwrap_or_default()) {
            // What does not fit whole is not given in parts.
            let fits = granted.len() + grant.categories.len() <= GRANTED_MAX;
            let refused = match self.holds(vm, grant, now) {
                Err(reason) => Some(reason),
                Ok(()) if !grant.is_for_path(path) => Some(Reason::OtherPath),
                Ok(()) if !fits => Some(Reason::TooMany),
                Ok(()) if !take_use(host, grant) => Some(Reason::UsesSpent),
                Ok(()) => None,
            };
            if refused.is_some() {
                why = refused;
                continue;
            }
            why = Some(Reason::OtherCategory);
            let of = |category: &_| Granted {
                id: grant.id,
                number: 0,
                category: *category,
                action: grant.action,
                holds: true,
            };
            granted.extend(grant.categories.iter().map(of));
        }
        (granted, why)
    }

    fn is_granted_to_others(&self, boundary: BoundaryId) -> bool {
        let grants = &self.trusted.grants;
        let first = grants.partition_point(|grant| grant.boundary < boundary);
        grants.get(first).is_some_and(|grant| grant.boundary == boundary)
    }

    /// Why a grant of an exchange over a boundary, of who is proven to call, holds no more.
    #[must_use]
    pub fn ended(
        &self,
        vm: &Vm,
        id: &Digest,
        now: Time,
        (boundary, subject): (BoundaryId, Option<&str>),
    ) -> Option<Reason> {
        let mut grants = self.trusted.grants_for(boundary, subject.unwrap_or_default());
        let grant = grants.find(|grant| grant.id == *id);
        grant.map_or(Some(Reason::GrantEnded), |grant| self.holds(vm, grant, now).err())
    }

    fn holds(&self, vm: &Vm, grant: &Grant, now: Time) -> Result<(), Reason> {
        if vm.clock.is_back() {
            return Err(Reason::ClockBack);
        }
        if vm.revoked.borrow().values().any(|ids| ids.contains(&grant.id)) {
            return Err(Reason::GrantRevoked);
        }
        self.trusted.holds(grant, now)
    }

    /// Gives back a use that nothing came of.
    pub fn give_back(&self, host: &impl Host, id: &Digest) {
        // A use that cannot be given back stays used.
        let _ = count(host, id, |uses| uses.checked_sub(1));
    }
}

/// Whom a grant may be for: who is proven to call.
#[must_use]
pub fn subject(ends: &Ends) -> Option<&str> {
    match (ends.direction, ends.peer_uris.as_slice()) {
        (Direction::Outbound, _) => ends.local_uri.as_deref(),
        (Direction::Gateway | Direction::Inbound, [uri]) if ends.peer_certificate => Some(uri),
        (Direction::Gateway | Direction::Inbound, _) => None,
    }
}

fn shown(trusted: &Trusted) -> String {
    let Trusted { release, root, freshness, holders, alerts, .. } = trusted;
    let mut text = format!("{{\"release\":{},\"root\":{}", release.version, root.last.version);
    if let Some(freshness) = freshness {
        text.push_str(&format!(",\"freshness\":{}", freshness.number));
    }
    // Names of holders and reasons are words: nothing in them is to be escaped.
    let list = |words: Vec<String>| words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>();
    text.push_str(&format!(",\"holders\":[{}]", list(holders.clone()).join(",")));
    if !alerts.is_empty() {
        let words = alerts.iter().map(|alert| alert.name().to_owned()).collect();
        text.push_str(&format!(",\"alerts\":[{}]", list(words).join(",")));
    }
    text.push('}');
    text
}

fn take_use(host: &impl Host, grant: &Grant) -> bool {
    count(host, &grant.id, |uses| uses.checked_add(1).filter(|uses| *uses <= grant.uses))
}

/// Counts the uses of a grant over all VMs of the host. Whether it could.
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

/// A reason, in its word and in a sentence.
#[must_use]
pub fn why(reason: Reason) -> String {
    format!("{reason}: {}", reason.meaning())
}

/// Grants that an exchange has taken a use of.
#[derive(Debug)]
pub struct Taken {
    ids: RefCell<Vec<Digest>>,
    boundary: Cell<BoundaryId>,
    why: Cell<Option<Reason>>,
}

impl Default for Taken {
    fn default() -> Self {
        let boundary = Cell::new(BoundaryId(0));
        Self { ids: RefCell::default(), boundary, why: Cell::new(None) }
    }
}

impl Taken {
    /// These were taken, and others not.
    pub fn put(&self, boundary: BoundaryId, granted: &[Granted], why: Option<Reason>) {
        self.boundary.set(boundary);
        self.why.set(why);
        let mut ids: Vec<Digest> = granted.iter().map(|granted| granted.id).collect();
        ids.dedup();
        *self.ids.borrow_mut() = ids;
    }

    /// Over which boundary.
    #[must_use]
    pub fn boundary(&self) -> BoundaryId {
        self.boundary.get()
    }

    /// One has ended.
    pub fn end(&self, why: Reason) {
        self.why.set(Some(why));
    }

    /// Why there was none for a finding that none was for.
    #[must_use]
    pub fn why(&self) -> Option<Reason> {
        self.why.get()
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.borrow().is_empty()
    }

    /// What was taken, and is no more.
    #[must_use]
    pub fn take(&self) -> Vec<Digest> {
        self.ids.take()
    }
}
