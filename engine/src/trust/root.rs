//! Roots: who may sign what. Each follows from the one before it, the first from the host's
//! settings.

use super::envelope::{Envelope, Signers};
use super::json::{self, Value, object};
use super::key::{Key, Role};
use super::limits::{
    GRANT_SECONDS_MAX, KEYS_MAX, RELEASE_GRACE_SECONDS, ROOT_SECONDS_MAX, ROOTS_MAX,
};
use super::proven::Proven;
use super::quorum::{Act, Quorum};
use super::release::Release;
use super::time::{Period, Time};
use super::{Reason, Seen};
use crate::blob::Digest;
use alloc::string::String;
use alloc::vec::Vec;

const FORMAT: &str = "cofferdam/root/v1";
/// No version ends within a lifetime, and none near the end of numbers is believed.
const VERSION_MAX: u64 = 1_000_000_000_000;

/// Who may sign what, and what holds for all that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Each is one more than the one before it.
    pub version: u64,
    /// From when it was made until it ends.
    pub period: Period,
    /// The least version of a release.
    pub release_floor: u64,
    /// For how long all grants over one boundary may be open, together.
    pub grant_seconds_max: u64,
    /// How long after the last freshness statement has ended messages cross on.
    pub stale_seconds_max: u64,
    /// Who has which key.
    pub keys: Vec<Key>,
    /// Who must sign, by [`Act::ALL`].
    quorums: [Quorum; 6],
}

impl Root {
    /// Puts a root together.
    ///
    /// # Errors
    /// Whatever a root is refused for that is read.
    pub fn new(
        version: u64,
        period: Period,
        keys: Vec<Key>,
        quorums: [Quorum; 6],
    ) -> Result<Self, Reason> {
        let root = Self {
            version,
            period,
            release_floor: 1,
            grant_seconds_max: super::limits::DAY,
            stale_seconds_max: RELEASE_GRACE_SECONDS,
            keys,
            quorums,
        };
        root.check()?;
        Ok(root)
    }

    /// Reads a payload whose bytes somebody vouches for.
    ///
    /// # Errors
    /// When it is no root, or one that lets one person open something.
    pub fn parse(payload: &[u8]) -> Result<Self, Reason> {
        Self::parse_after(&[], payload)
    }

    /// The same, where keys are known from the root before it.
    fn parse_after(known: &[Key], payload: &[u8]) -> Result<Self, Reason> {
        let mut fields = Value::parse(payload)?.object()?;
        fields.expect("format", FORMAT, Reason::OtherFormat)?;
        let version = fields.count("version", VERSION_MAX)?;
        let (from, until) = (fields.time("issued")?, fields.time("expires")?);
        let period = Period::new(from, until, ROOT_SECONDS_MAX, Reason::RootLife)?;
        let release_floor = fields.count("release_floor", VERSION_MAX)?;
        let grant_seconds_max = fields.count("grant_seconds_max", GRANT_SECONDS_MAX)?;
        let stale_seconds_max = fields.count("stale_seconds_max", RELEASE_GRACE_SECONDS)?;
        let mut acts = fields.object("quorums")?;
        let mut quorum = |act: Act| Quorum::read(act, acts.take(act.name())?);
        let quorums = [
            quorum(Act::Open)?,
            quorum(Act::Tighten)?,
            quorum(Act::Grant)?,
            quorum(Act::BreakGlass)?,
            quorum(Act::Root)?,
            quorum(Act::Freshness)?,
        ];
        acts.end()?;
        let keys = fields.list("keys", KEYS_MAX)?;
        let keys = keys.into_iter().map(|key| Key::read(key, known));
        let keys = keys.collect::<Result<_, _>>()?;
        fields.end()?;
        let root = Self {
            version,
            period,
            release_floor,
            grant_seconds_max,
            stale_seconds_max,
            keys,
            quorums,
        };
        root.check()?;
        Ok(root)
    }

    /// What no root may be, whoever signed it.
    fn check(&self) -> Result<(), Reason> {
        for (n, key) in self.keys.iter().enumerate() {
            let before = self.keys.get(..n).unwrap_or_default();
            let same = before.iter().find(|other| other.public.bytes() == key.public.bytes());
            match same {
                Some(other) if other.holder == key.holder => return Err(Reason::KeyTwice),
                Some(_) => return Err(Reason::KeyShared),
                None => {}
            }
        }
        let all = Signers::of(self.keys.iter().collect());
        let persons = all.persons();
        match self.quorums.iter().all(|quorum| quorum.is_met_by(&persons)) {
            true => Ok(()),
            false => Err(Reason::ThresholdUnmet),
        }
    }

    /// Its payload, as people read it.
    #[must_use]
    pub fn write(&self) -> String {
        let quorums = Act::ALL.into_iter().zip(&self.quorums);
        let quorums = quorums.map(|(act, quorum)| (act.name().into(), quorum.write()));
        object([
            ("format", FORMAT.into()),
            ("version", self.version.into()),
            ("issued", self.period.from.into()),
            ("expires", self.period.until.into()),
            ("release_floor", self.release_floor.into()),
            ("grant_seconds_max", self.grant_seconds_max.into()),
            ("stale_seconds_max", self.stale_seconds_max.into()),
            ("quorums", Value::Object(quorums.collect())),
            ("keys", json::list(self.keys.iter().map(Key::write))),
        ])
        .pretty()
    }

    /// The key of this id.
    #[must_use]
    pub fn key(&self, id: &Digest) -> Option<&Key> {
        self.keys.iter().find(|key| key.public.id() == *id)
    }

    /// Who must sign for an act.
    #[must_use]
    pub fn quorum(&self, act: Act) -> &Quorum {
        let [open, tighten, grant, break_glass, root, freshness] = &self.quorums;
        match act {
            Act::Open => open,
            Act::Tighten => tighten,
            Act::Grant => grant,
            Act::BreakGlass => break_glass,
            Act::Root => root,
            Act::Freshness => freshness,
        }
    }

    /// Whether those have signed a release who must: for what it says that it does, or for one
    /// that opens.
    ///
    /// # Errors
    /// Why they are too few.
    pub fn lets_run(&self, release: &Release, signers: &Signers<'_>) -> Result<(), Reason> {
        self.released(Act::Open, release, signers)
            .or_else(|_| self.released(release.change.act(), release, signers))
    }

    /// Whether those have signed a release who do an act. Its author takes no other place.
    pub(super) fn released(
        &self,
        act: Act,
        release: &Release,
        signers: &Signers<'_>,
    ) -> Result<(), Reason> {
        let author = &release.author;
        self.quorum(act).met_begun(signers, author, Role::Author, Reason::AuthorApproves)
    }
}

/// The last root of a chain, and the digest of its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The root that holds.
    pub last: Root,
    /// See [`Envelope::digest`].
    pub digest: Digest,
}

impl Chain {
    /// Walks from the root that the host's settings name to the last one. Whether a root was
    /// signed in time is asked of the time that it was made: keys end, and the chain goes on.
    ///
    /// # Errors
    /// When a root does not follow from the one before it, or the last one does not hold now.
    pub fn walk(
        roots: &[Envelope],
        pin: &Digest,
        seen: Option<&Seen>,
        now: Time,
    ) -> Result<Self, Reason> {
        Self::walk_with(&Proven::default(), roots, pin, seen, now)
    }

    /// The same, and checks no signature that was proven before.
    pub(super) fn walk_with(
        proven: &Proven,
        roots: &[Envelope],
        pin: &Digest,
        seen: Option<&Seen>,
        now: Time,
    ) -> Result<Self, Reason> {
        let chain = Self::follow_with(proven, roots, pin, seen)?;
        let period = chain.last.period;
        period.active(now, Reason::RootNotYet, Reason::RootExpired)?;
        Ok(chain)
    }

    /// The same, whether or not the last one has ended: how a new one is made then.
    ///
    /// # Errors
    /// When a root does not follow from the one before it.
    pub fn follow(roots: &[Envelope], pin: &Digest, seen: Option<&Seen>) -> Result<Self, Reason> {
        Self::follow_with(&Proven::default(), roots, pin, seen)
    }

    fn follow_with(
        proven: &Proven,
        roots: &[Envelope],
        pin: &Digest,
        seen: Option<&Seen>,
    ) -> Result<Self, Reason> {
        let (first, next) = roots.split_first().ok_or(Reason::RootMissing)?;
        if roots.len() > ROOTS_MAX {
            return Err(Reason::TooMany);
        }
        let root = Root::parse(first.pinned(pin)?)?;
        signed_by(proven, first, &root, root.period.from)?;
        let mut chain = Self { last: root, digest: first.digest() };
        chain.is_as_seen(seen)?;
        for envelope in next {
            chain = chain.step_with(proven, envelope)?;
            chain.is_as_seen(seen)?;
        }
        match seen {
            Some(seen) if chain.last.version < seen.version => Err(Reason::RootOlder),
            _ => Ok(chain),
        }
    }

    /// The next root. Its bytes are read once those of the old root's quorum have signed them.
    ///
    /// # Errors
    /// When it does not follow.
    pub fn step(&self, envelope: &Envelope) -> Result<Self, Reason> {
        self.step_with(&Proven::default(), envelope)
    }

    fn step_with(&self, proven: &Proven, envelope: &Envelope) -> Result<Self, Reason> {
        let old = &self.last;
        // When it says that it was made is not known before it may be read: any key of the old
        // root may have signed, and which could is asked then.
        let payload = envelope.signed_by_keys_of(old, proven)?;
        let root = Root::parse_after(&old.keys, payload)?;
        if old.version.checked_add(1) != Some(root.version) {
            return Err(Reason::RootJump);
        }
        if root.period.from < old.period.from {
            return Err(Reason::RootNotYet);
        }
        if root.release_floor > old.release_floor.saturating_add(super::limits::VERSION_STEP_MAX) {
            return Err(Reason::FloorPoisoned);
        }
        if root.release_floor < old.release_floor {
            return Err(Reason::OlderVersion);
        }
        signed_by(proven, envelope, old, root.period.from)?;
        signed_by(proven, envelope, &root, root.period.from)?;
        Ok(Self { last: root, digest: envelope.digest() })
    }

    /// The last root's version and its digest.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen { version: self.last.version, digest: self.digest }
    }

    fn is_as_seen(&self, seen: Option<&Seen>) -> Result<(), Reason> {
        match seen {
            Some(seen) if seen.version == self.last.version && seen.digest != self.digest => {
                Err(Reason::RootFork)
            }
            _ => Ok(()),
        }
    }
}

/// Those who must sign a root have signed this one, by what a root says of them.
fn signed_by(proven: &Proven, envelope: &Envelope, root: &Root, at: Time) -> Result<(), Reason> {
    let signed = envelope.verify_with(proven, root, at, &|_| false).map_err(root_reason)?;
    root.quorum(Act::Root).met(&signed.signers).map_err(root_reason)
}

/// What is missing is missing of a root.
fn root_reason(reason: Reason) -> Reason {
    match reason {
        Reason::Unsigned | Reason::QuorumShort => Reason::RootQuorumShort,
        other => other,
    }
}
