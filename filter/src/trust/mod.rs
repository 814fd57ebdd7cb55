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
//! What VMs share proves nothing by itself: a floor only makes bundles be refused, and a bundle that
//! is found there is verified like one that comes. One thing follows from which it is: a release
//! that only tightens is held, in a VM that has seen nothing, against the last one there that
//! needed no such proof.

#[cfg(feature = "unsigned")]
mod blob;
mod clock;
#[cfg(not(feature = "unsigned"))]
mod gate;
mod share;
mod taken;
mod uses;

#[cfg(feature = "unsigned")]
pub use blob::Prepared;
pub use clock::Clock;
#[cfg(not(feature = "unsigned"))]
pub use gate::{Admission, Gate, Prepared, tell_refusal};
pub use taken::Taken;

use crate::host::Host;
use crate::vm::Vm;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::granted::{GRANTED_MAX, Granted};
use cofferdam_engine::model::{Boundary, BoundaryId};
use cofferdam_engine::trust::{
    Freshness, Grant, GrantEnvelopes, Proven, Reason, Standing, Time, Trusted,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Signatures of grants that a VM checks at a tick. Each takes 120 to 150 microseconds, in which
/// nothing else goes on where the VM runs.
const CHECKS_A_TICK: u64 = 32;

/// What shows that a policy may be in force, and for how long.
#[derive(Debug)]
pub struct Trust {
    trusted: RefCell<Trusted>,
    /// Grants of the bundle that are still to be looked at.
    waiting: RefCell<Vec<GrantEnvelopes>>,
    bundle: Rc<Bundle>,
    shown: RefCell<String>,
    /// Some of its grants were given in an emergency.
    // PERF: asked of all grants it is 25 instructions for each, at every head (2026-11-23).
    has_emergency: Cell<bool>,
    closed: Cell<Option<Reason>>,
    alert: Cell<Option<Reason>>,
}

impl Trust {
    /// What was verified. `waiting` are the grants of the bundle that were not looked at.
    #[must_use]
    pub fn new(trusted: Trusted, waiting: &[GrantEnvelopes]) -> Self {
        let trust = Self {
            bundle: Rc::clone(&trusted.bundle),
            shown: RefCell::default(),
            has_emergency: Cell::new(false),
            closed: Cell::new(None),
            alert: Cell::new(trusted.alerts.first().copied()),
            trusted: RefCell::new(trusted),
            waiting: RefCell::new(waiting.to_vec()),
        };
        trust.know_grants();
        trust
    }

    /// Looks at some of the grants that wait. Whether it was the last ones.
    pub fn look_at_grants(&self, proven: &Proven, now: Time) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() {
            return false;
        }
        let looked_at =
            self.trusted.borrow_mut().look_at_grants(&waiting, proven, now, CHECKS_A_TICK);
        let rest = looked_at.min(waiting.len());
        *waiting = waiting.split_off(rest);
        self.know_grants();
        waiting.is_empty()
    }

    fn know_grants(&self) {
        let trusted = self.trusted.borrow();
        self.has_emergency.set(trusted.grants.iter().any(|grant| grant.break_glass));
        *self.shown.borrow_mut() = shown(&trusted);
    }

    /// The policy.
    #[must_use]
    pub fn bundle(&self) -> Rc<Bundle> {
        Rc::clone(&self.bundle)
    }

    /// The version of its release.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.trusted.borrow().release.version
    }

    /// What entries say of it: a JSON object.
    #[must_use]
    pub fn shown(&self) -> String {
        self.shown.borrow().clone()
    }

    /// A line for the host's log.
    #[must_use]
    pub fn told(&self) -> String {
        let Trusted { release, root, holders, period, .. } = &*self.trusted.borrow();
        format!(
            "release {} by root {}, signed by {}, to {}{}",
            release.version,
            root.last.version,
            holders.join(", "),
            period.until,
            self.told_of_grants()
        )
    }

    /// What became of its grants, for such a line.
    #[must_use]
    pub fn told_of_grants(&self) -> String {
        let Trusted { grants, refused, .. } = &*self.trusted.borrow();
        let waiting = self.waiting.borrow().len();
        let all = grants.len() + refused.len() + waiting;
        if all == 0 {
            return String::new();
        }
        let mut line = format!(", grants: {} of {all}", grants.len());
        for (_, reason) in refused {
            line.push_str(&format!(", {reason}"));
        }
        if waiting > 0 {
            line.push_str(&format!(", {waiting} are still to be checked"));
        }
        line
    }

    /// What the numbers of this release are: of release, root and freshness, and until when.
    #[must_use]
    pub fn numbers(&self) -> [(&'static str, u64); 5] {
        let Trusted { release, root, freshness, period, .. } = &*self.trusted.borrow();
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
        let trusted = self.trusted.borrow();
        let held = trusted.grants.iter().filter(|grant| trusted.holds(grant, now).is_ok());
        held.count().try_into().unwrap_or(u64::MAX)
    }

    /// How many are still to be looked at.
    #[must_use]
    pub fn grants_waiting(&self) -> u64 {
        self.waiting.borrow().len().try_into().unwrap_or(u64::MAX)
    }

    /// Looks at the time: whether anything may cross, and what is to be looked at.
    pub fn look(&self, now: Time, clock: &Clock) {
        let trusted = self.trusted.borrow();
        let permitted = trusted.permits(now);
        self.closed.set(permitted.err());
        let freshness = trusted.freshness.as_ref().map(|f| f.period.standing(now));
        let stale = match freshness {
            Some(Standing::Active) => None,
            Some(Standing::Before) => Some(Reason::FreshnessNotYet),
            Some(Standing::After) => Some(Reason::FreshnessExpired),
            None => Some(Reason::FreshnessMissing),
        };
        let back = clock.is_back().then_some(Reason::ClockBack);
        let is_open = |grant: &Grant| grant.break_glass && trusted.holds(grant, now).is_ok();
        let emergency = self.has_emergency.get() && trusted.grants.iter().any(is_open);
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
        let trusted = self.trusted.borrow();
        let mut granted = Vec::new();
        let others = is_granted_to_others(&trusted, boundary).then_some(Reason::OtherSubject);
        let waiting = self.waits_for_grants(boundary).then_some(Reason::GrantWaiting);
        let mut why = waiting.or(others);
        for grant in trusted.grants_for(boundary, subject.unwrap_or_default()) {
            // What does not fit whole is not given in parts.
            let fits = granted.len() + grant.categories.len() <= GRANTED_MAX;
            let refused = match holds(&trusted, vm, grant, now) {
                Err(reason) => Some(reason),
                Ok(()) if !grant.is_for_path(path) => Some(Reason::OtherPath),
                Ok(()) if !fits => Some(Reason::TooMany),
                Ok(()) if !uses::take(host, grant) => Some(Reason::UsesSpent),
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

    fn waits_for_grants(&self, boundary: BoundaryId) -> bool {
        let tables = self.bundle.tables();
        let boundary = usize::from(boundary.0);
        let allows = |one: &Boundary| one.grants.is_some();
        !self.waiting.borrow().is_empty() && tables.boundaries.get(boundary).is_some_and(allows)
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
        let trusted = self.trusted.borrow();
        let mut grants = trusted.grants_for(boundary, subject.unwrap_or_default());
        let grant = grants.find(|grant| grant.id == *id);
        grant.map_or(Some(Reason::GrantEnded), |grant| holds(&trusted, vm, grant, now).err())
    }
}

fn is_granted_to_others(trusted: &Trusted, boundary: BoundaryId) -> bool {
    let first = trusted.grants.partition_point(|grant| grant.boundary < boundary);
    trusted.grants.get(first).is_some_and(|grant| grant.boundary == boundary)
}

fn holds(trusted: &Trusted, vm: &Vm, grant: &Grant, now: Time) -> Result<(), Reason> {
    if vm.clock.is_back() {
        return Err(Reason::ClockBack);
    }
    if vm.revoked.borrow().values().any(|ids| ids.contains(&grant.id)) {
        return Err(Reason::GrantRevoked);
    }
    trusted.holds(grant, now)
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

/// A reason, in its word and in a sentence.
#[must_use]
pub fn why(reason: Reason) -> String {
    format!("{reason}: {}", reason.meaning())
}
