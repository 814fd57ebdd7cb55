//! The one verifier: whether a bundle may run here and now, and which of its grants hold.
//! What this host knows, what it remembers and what time it is are arguments.

use super::Reason;
use super::file::BundleFile;
use super::freshness::Freshness;
use super::grant::{Grant, GrantEnvelopes, Ground, Use};
use super::limits::{
    CLOCK_BACK_SECONDS, RELEASE_GRACE_SECONDS, UNCONFIRMED_SECONDS, VERSION_STEP_MAX,
};
use super::narrower::is_narrower;
use super::proven::Proven;
use super::quorum::Act;
use super::release::{Change, EngineVersion, Release};
use super::root::{Chain, Root};
use super::time::{Period, Standing, Time};
use crate::Bundle;
use crate::blob::Digest;
use crate::model::BoundaryId;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// A version, and the digest of what had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The version.
    pub version: u64,
    /// Of a root its payload's digest, of a release its blob's.
    pub digest: Digest,
}

/// What the host's settings say.
#[derive(Clone, Debug)]
pub struct Host<'h> {
    /// The digest of the payload of the first root.
    pub pin: Digest,
    /// Which mesh this is.
    pub audience: &'h str,
    /// The least version of a release. Where nothing is remembered and nothing is fresh, a bundle
    /// is taken only if this is there.
    pub floor: Option<u64>,
    /// The digest of the module that the host runs.
    pub module: Option<Digest>,
    /// The version of the engine in it.
    pub engine: EngineVersion,
}

/// What was accepted before.
#[derive(Clone, Debug, Default)]
pub struct Memory<'m> {
    /// The last root.
    pub root: Option<Seen>,
    /// The last release.
    pub release: Option<Seen>,
    /// The last freshness statement.
    pub freshness: Option<Freshness>,
    /// The latest time.
    pub time: Option<Time>,
    /// The policy that is in force.
    pub active: Option<&'m Bundle>,
    /// Signatures that held before.
    pub proven: Proven,
}

/// A bundle that may run.
#[derive(Debug)]
pub struct Trusted {
    /// The policy.
    pub bundle: Rc<Bundle>,
    /// The root that holds.
    pub root: Chain,
    /// The release.
    pub release: Release,
    /// When the release holds: a part of what it says, where nobody confirmed it.
    pub period: Period,
    /// What is current and revoked, where that is known.
    pub freshness: Option<Freshness>,
    /// Whether it may be in force whatever is: those have signed who let one open.
    pub confirmed: bool,
    /// Holders who signed the release, who wrote it first.
    pub holders: Vec<String>,
    /// Grants that hold, by the time that each has: by boundary and subject, see
    /// [`Trusted::grants_for`].
    pub grants: Vec<Grant>,
    /// Grants of the bundle that do not, by their place in it.
    pub refused: Vec<(usize, Reason)>,
    /// How many of the bundle's grants were looked at, in their order.
    pub looked_at: usize,
    /// What is to be looked at.
    pub alerts: Vec<Reason>,
}

/// Whether a bundle may run, and which of its grants hold.
///
/// # Errors
/// Why not.
pub fn verify(
    file: &BundleFile,
    host: &Host<'_>,
    memory: &Memory<'_>,
    now: Time,
) -> Result<Trusted, Reason> {
    let mut trusted = verify_but_grants(file, None, host, memory, now)?;
    trusted.look_at_grants(&file.grants, &memory.proven, now, u64::MAX);
    Ok(trusted)
}

/// Whether a bundle may run; none of its grants is looked at yet, see [`Trusted::look_at_grants`].
/// `policy` is the one in its blob, where that was read before.
///
/// # Errors
/// Why not.
pub fn verify_but_grants(
    file: &BundleFile,
    policy: Option<&Rc<Bundle>>,
    host: &Host<'_>,
    memory: &Memory<'_>,
    now: Time,
) -> Result<Trusted, Reason> {
    if memory.time.is_some_and(|seen| seen.since(now) > CLOCK_BACK_SECONDS) {
        return Err(Reason::ClockBack);
    }
    let seen = memory.root.as_ref();
    let chain = Chain::walk_with(&memory.proven, &file.roots, &host.pin, seen, now)?;
    let freshness = freshness(file, &chain.last, memory, now)?;
    let is_revoked =
        |key: &Digest| freshness.as_ref().is_some_and(|freshness| freshness.takes_key(key));
    let Checked { release, period, confirmed, holders, bundle } =
        check_release(file, policy, &chain.last, host, memory, now, &is_revoked)?;
    let current = check_versions(&release, &chain.last, freshness.as_ref(), host, memory, now)?;
    let mut trusted = Trusted {
        bundle,
        root: chain,
        release,
        period,
        freshness,
        confirmed,
        holders,
        grants: Vec::new(),
        refused: Vec::new(),
        looked_at: 0,
        alerts: Vec::new(),
    };
    if let Some(doubt) = trusted.standing(now, memory)? {
        trusted.alerts.push(doubt);
    }
    trusted.alerts.extend(current);
    Ok(trusted)
}

/// The statement that holds: the one of the bundle, or where it has none the one that was seen.
/// One that has ended still takes away.
fn freshness(
    file: &BundleFile,
    root: &Root,
    memory: &Memory<'_>,
    now: Time,
) -> Result<Option<Freshness>, Reason> {
    let seen = memory.freshness.as_ref();
    let Some(envelope) = &file.freshness else { return Ok(seen.cloned()) };
    let revoked = |key: &Digest| seen.is_some_and(|seen| seen.takes_key(key));
    let signed = envelope.verify_with(&memory.proven, root, now, &revoked)?;
    let freshness = Freshness::parse(signed.payload)?;
    let by_root = root.quorum(Act::Root).met(&signed.signers).is_ok();
    if !by_root {
        root.quorum(Act::Freshness).met(&signed.signers)?;
    }
    if freshness.root > root.version {
        return Err(Reason::RootOlder);
    }
    let Some(seen) = seen else { return Ok(Some(freshness)) };
    if freshness.number < seen.number {
        return Err(Reason::FreshnessOlder);
    }
    if freshness.number == seen.number && freshness != *seen {
        return Err(Reason::Fork);
    }
    if !by_root && !freshness.contains(seen) {
        return Err(Reason::Unrevoked);
    }
    Ok(Some(freshness))
}

struct Checked {
    release: Release,
    period: Period,
    confirmed: bool,
    holders: Vec<String>,
    bundle: Rc<Bundle>,
}

/// Who signed the release, what it is for, and that the blob is the one.
fn check_release(
    file: &BundleFile,
    policy: Option<&Rc<Bundle>>,
    root: &Root,
    host: &Host<'_>,
    memory: &Memory<'_>,
    now: Time,
    is_revoked: &dyn Fn(&Digest) -> bool,
) -> Result<Checked, Reason> {
    let envelope = file.release.as_ref().ok_or(Reason::ReleaseMissing)?;
    let signed = envelope.verify_with(&memory.proven, root, now, is_revoked)?;
    let release = Release::parse(signed.payload)?;
    root.lets_run(&release, &signed.signers)?;
    let confirmed = root.released(Act::Open, &release, &signed.signers).is_ok();
    let blob = policy.map_or_else(|| Digest::of(&file.blob), |policy| *policy.digest());
    if blob != release.blob {
        return Err(Reason::OtherBlob);
    }
    if release.audience != host.audience {
        return Err(Reason::OtherAudience);
    }
    if release.engine_min > host.engine {
        return Err(Reason::EngineOld);
    }
    if !host.module.is_some_and(|module| release.modules.contains(&module)) {
        return Err(Reason::OtherModule);
    }
    let bundle = match policy {
        Some(policy) => Rc::clone(policy),
        None => Rc::new(Bundle::parse(file.blob.clone()).map_err(|_| Reason::NotABlob)?),
    };
    if bundle.tables().policy != release.policy {
        return Err(Reason::OtherPolicy);
    }
    if release.change == Change::Tightens {
        proven_narrower(&release, confirmed, memory.active, &bundle)?;
    }
    let mut period = release.period;
    if !confirmed {
        period.until = period.until.min(release.issued.after(UNCONFIRMED_SECONDS));
    }
    let mut holders = alloc::vec![release.author.clone()];
    for person in signed.signers.persons() {
        if person.holder != release.author {
            holders.push(person.holder.into());
        }
    }
    Ok(Checked { release, period, confirmed, holders, bundle })
}

/// What only tightens is narrower than what is in force here. Where nothing is, or another version
/// than it was made from, those must have signed who let one open.
fn proven_narrower(
    release: &Release,
    confirmed: bool,
    active: Option<&Bundle>,
    bundle: &Bundle,
) -> Result<(), Reason> {
    let proven = active.is_some_and(|active| is_narrower(active, bundle));
    let is_previous = |active: &Bundle| {
        release.previous.is_some_and(|previous| previous.digest == *active.digest())
    };
    match (proven, confirmed) {
        (true, _) => Ok(()),
        (false, true) if !active.is_some_and(is_previous) => Ok(()),
        (false, _) => Err(Reason::FalseTightens),
    }
}

/// Nothing older than what is known, and nothing else of the same version. Tells what is to be
/// looked at where it is not known what is current.
fn check_versions(
    release: &Release,
    root: &Root,
    freshness: Option<&Freshness>,
    host: &Host<'_>,
    memory: &Memory<'_>,
    now: Time,
) -> Result<Option<Reason>, Reason> {
    let known = [memory.release, freshness.map(|freshness| freshness.release)];
    for seen in known.into_iter().flatten() {
        if seen.version == release.version && seen.digest != release.blob {
            return Err(Reason::Fork);
        }
        // Nobody makes as many releases at once: it is no floor, it is an attack on one.
        if seen.version > release.version.saturating_add(VERSION_STEP_MAX) {
            return Err(Reason::FloorPoisoned);
        }
        if seen.version > release.version {
            return Err(Reason::OlderVersion);
        }
    }
    if release.version < host.floor.unwrap_or(0).max(root.release_floor) {
        return Err(Reason::OlderVersion);
    }
    let doubt = match freshness.map(|freshness| freshness.period.standing(now)) {
        Some(Standing::Active) => return Ok(None),
        Some(Standing::Before) => Reason::FreshnessNotYet,
        Some(Standing::After) => Reason::FreshnessExpired,
        None => Reason::FreshnessMissing,
    };
    // A restart that is told nothing fresh must not bring an old release back.
    match memory.release.is_none() && host.floor.is_none() {
        true => Err(doubt),
        false => Ok(Some(doubt)),
    }
}

/// For how long a boundary is open with one more grant.
fn opened(good: &[Grant], grant: &Grant) -> u64 {
    let over = good.iter().filter(|other| other.boundary == grant.boundary);
    let length = |grant: &Grant| grant.period.until.since(grant.period.from);
    over.fold(length(grant), |sum, other| sum.saturating_add(length(other)))
}

impl Trusted {
    /// Looks at more grants of the bundle, from the first that was not looked at on: at all of
    /// them, or until `checks` signatures were checked that were not proven before. How many of
    /// them it looked at; those behind are to be given again.
    pub fn look_at_grants(
        &mut self,
        grants: &[GrantEnvelopes],
        proven: &Proven,
        now: Time,
        checks: u64,
    ) -> usize {
        let last = proven.checks().saturating_add(checks);
        let mut looked_at = 0;
        for envelopes in grants {
            if proven.checks() >= last {
                break;
            }
            match self.look_at_grant(envelopes, proven, now) {
                Ok(grant) => self.grants.push(grant),
                Err(reason) => self.refused.push((self.looked_at, reason)),
            }
            self.looked_at += 1;
            looked_at += 1;
        }
        let is_alerted = self.alerts.contains(&Reason::BreakGlass);
        if !is_alerted && self.grants.iter().any(|grant| grant.break_glass) {
            self.alerts.push(Reason::BreakGlass);
        }
        // Those of one boundary and subject stay in the order of the bundle.
        self.grants.sort_by(|one, other| one.place().cmp(&other.place()));
        looked_at
    }

    fn look_at_grant(
        &self,
        envelopes: &GrantEnvelopes,
        proven: &Proven,
        now: Time,
    ) -> Result<Grant, Reason> {
        let freshness = self.freshness.as_ref();
        let ground = Ground {
            root: &self.root.last,
            release: &self.release,
            release_until: self.period.until,
            tables: self.bundle.tables(),
            now,
            is_revoked: &|key| freshness.is_some_and(|freshness| freshness.takes_key(key)),
            proven,
        };
        let grant = Grant::of(envelopes, ground)?;
        if self.grants.iter().any(|other| other.id == grant.id) {
            return Err(Reason::GrantTwice);
        }
        self.holds(&grant, now)?;
        match opened(&self.grants, &grant) > self.root.last.grant_seconds_max {
            true => Err(Reason::GrantTotal),
            false => Ok(grant),
        }
    }

    /// Whether anything may cross at a time, and what is to be looked at then.
    ///
    /// # Errors
    /// Why nothing may.
    pub fn permits(&self, now: Time) -> Result<Option<Reason>, Reason> {
        self.root.last.period.active(now, Reason::RootNotYet, Reason::RootExpired)?;
        self.stale(now)?;
        match self.period.standing(now) {
            Standing::Before => Err(Reason::ReleaseNotYet),
            Standing::Active => Ok(None),
            Standing::After if now < self.period.until.after(RELEASE_GRACE_SECONDS) => {
                Ok(Some(self.ended()))
            }
            Standing::After => Err(self.ended()),
        }
    }

    /// The same for a bundle that comes: only one that is in force goes on when it has ended.
    fn standing(&self, now: Time, memory: &Memory<'_>) -> Result<Option<Reason>, Reason> {
        match self.permits(now)? {
            Some(ended) if memory.release != Some(self.release.seen()) => Err(ended),
            permitted => Ok(permitted),
        }
    }

    fn ended(&self) -> Reason {
        let whole = self.period.until == self.release.period.until;
        if whole { Reason::ReleaseExpired } else { Reason::Unconfirmed }
    }

    /// Nothing crosses when nothing has been said for too long of what is current.
    fn stale(&self, now: Time) -> Result<(), Reason> {
        let last = self.freshness.as_ref();
        let last = last.map_or(self.release.issued, |freshness| freshness.period.until);
        match now < last.after(self.root.last.stale_seconds_max) {
            true => Ok(()),
            false => Err(Reason::FreshnessLong),
        }
    }

    /// Whether a grant holds at a time: while the release holds, and it is known to be current.
    ///
    /// # Errors
    /// Why it does not.
    pub fn holds(&self, grant: &Grant, now: Time) -> Result<(), Reason> {
        if let Some(ended) = self.permits(now)? {
            return Err(ended);
        }
        let freshness = self.freshness.as_ref().ok_or(Reason::FreshnessMissing)?;
        let period = freshness.period;
        period.active(now, Reason::FreshnessNotYet, Reason::FreshnessExpired)?;
        if freshness.revoked_grants.contains(&grant.id) {
            return Err(Reason::GrantRevoked);
        }
        grant.period.active(now, Reason::GrantNotYet, Reason::GrantEnded)
    }

    /// The grants over a boundary for one subject, which are few however many there are.
    /// Each is still to be asked whether it [`covers`](Self::covers) a finding.
    pub fn grants_for(&self, boundary: BoundaryId, subject: &str) -> impl Iterator<Item = &Grant> {
        let place = (boundary, subject);
        let first = self.grants.partition_point(|grant| grant.place() < place);
        let behind = self.grants.get(first..).unwrap_or_default();
        behind.iter().take_while(move |grant| grant.place() == place)
    }

    /// Whether a grant of this bundle holds for a finding.
    ///
    /// # Errors
    /// Why it does not.
    pub fn covers(&self, grant: &Grant, asked: &Use<'_>) -> Result<(), Reason> {
        self.holds(grant, asked.now)?;
        grant.fits(asked)
    }
}
