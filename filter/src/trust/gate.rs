//! Holds bundles against what this host's settings say and its VMs remember, and remembers in turn
//! what was accepted.

use super::{Trust, share, why};
use crate::host::{Host, HostError, Level};
use crate::vm::Vm;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::trust::{
    BundleFile, Change, EngineVersion, Freshness, Host as Said, Memory, Proven, Reason, Seen, Time,
    Trusted, verify_but_grants,
};
use std::rc::Rc;

/// Signatures of grants that are checked when a bundle comes: of a few, as most have them. Those
/// of more wait for ticks, so that what is open here does not.
const CHECKS_AT_ONCE: u64 = 4;

/// What came of a bundle.
pub enum Admission {
    /// It may be in force.
    Good(Box<Trust>),
    /// It may not, here and now; and what may, where this VM has nothing and the VMs share it.
    Doubt(Reason, Option<Box<Trust>>),
}

/// Where this plugin's floors and its last good bundle are kept.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    floor: String,
    good: String,
    /// The last one that was good whatever was in force: what only tightens is proven against it in
    /// a VM that has seen nothing.
    whole: String,
}

impl Keys {
    fn of(said: &Said<'_>, plugin: &str) -> Self {
        let of = format!("{}.{}", said.pin, said.audience);
        let key = |what: &str| format!("cofferdam.{what}.{of}.{plugin}");
        let floor = format!("cofferdam.floor.{of}");
        Self { floor, good: key("good"), whole: key("whole") }
    }
}

/// What is remembered of what was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Floor {
    root: Option<Seen>,
    release: Option<Seen>,
    time: Option<Time>,
    freshness: Option<Freshness>,
}

impl Floor {
    const BYTES: usize = 2 * (8 + 32) + 8;

    /// Nothing at all is remembered in no bytes; what cannot be read is `None`.
    fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let (fixed, freshness) = bytes.split_at_checked(Self::BYTES)?;
        let (root, fixed) = fixed.split_first_chunk::<40>()?;
        let (release, time) = fixed.split_first_chunk::<40>()?;
        let seen = |bytes: &[u8; 40]| {
            let (version, digest) = bytes.split_first_chunk::<8>()?;
            let version = u64::from_le_bytes(*version);
            Some((version > 0).then_some(Seen { version, digest: Digest(digest.try_into().ok()?) }))
        };
        let freshness = match freshness {
            [] => None,
            payload => Some(Freshness::parse(payload).ok()?),
        };
        let time = u64::from_le_bytes(time.try_into().ok()?);
        let time = (time > 0).then_some(Time(time));
        Some(Self { root: seen(root)?, release: seen(release)?, time, freshness })
    }

    fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for seen in [&self.root, &self.release] {
            bytes.extend(seen.map_or(0, |seen| seen.version).to_le_bytes());
            bytes.extend(seen.map_or([0; 32], |seen| seen.digest.0));
        }
        bytes.extend(self.time.map_or(0, |time| time.0).to_le_bytes());
        bytes.extend(self.freshness.iter().flat_map(|freshness| freshness.write().into_bytes()));
        bytes
    }

    /// With what was accepted now, where that is above it.
    fn raised(mut self, trusted: &Trusted, now: Time) -> Self {
        let above = |known: Option<Seen>, seen: Seen| match known {
            Some(known) if known.version >= seen.version => known,
            _ => seen,
        };
        self.root = Some(above(self.root, trusted.root.seen()));
        self.release = Some(above(self.release, trusted.release.seen()));
        self.time = self.time.max(Some(now));
        let number = |freshness: &Option<Freshness>| freshness.as_ref().map(|f| f.number);
        if number(&trusted.freshness) >= number(&self.freshness) {
            self.freshness.clone_from(&trusted.freshness);
        }
        self
    }
}

/// What came, taken apart. Nothing in it is believed.
pub struct Prepared {
    bytes: Vec<u8>,
    file: BundleFile,
    policy: Rc<Bundle>,
}

impl Prepared {
    /// Takes a bundle apart, and reads its blob: what fails here fails in every VM.
    ///
    /// # Errors
    /// Why it is none.
    pub fn of(bytes: Vec<u8>) -> Result<Self, String> {
        let file = BundleFile::parse(&bytes).map_err(why)?;
        let policy = Bundle::parse(file.blob.clone())
            .map_err(|error| format!("{}: {error}", Reason::NotABlob))?;
        Ok(Self { bytes, file, policy: Rc::new(policy) })
    }
}

/// A setting that is missing, and what is not known without it.
pub(crate) type Missing = (&'static str, Reason);

/// What this VM's settings say.
fn said(settings: &Settings) -> Result<Said<'_>, Missing> {
    let trust = &settings.trust;
    let audience = trust.audience.as_deref();
    Ok(Said {
        pin: trust.root.ok_or(("COFFERDAM_ROOT", Reason::RootPin))?,
        audience: audience.ok_or(("COFFERDAM_AUDIENCE", Reason::OtherAudience))?,
        floor: trust.floor,
        module: Some(trust.module.ok_or(("COFFERDAM_MODULE", Reason::OtherModule))?),
        engine: EngineVersion::this(),
    })
}

/// Holds bundles against what this host says and remembers.
pub struct Gate<'g, H> {
    host: &'g H,
    said: Said<'g>,
    keys: Keys,
    floor: Floor,
    now: Time,
    shares: bool,
    proven: Proven,
    /// Signatures of grants that are checked at once.
    checks: u64,
}

impl<'g, H: Host> Gate<'g, H> {
    /// Reads settings, memory and clock. The inner error names a setting that is missing.
    ///
    /// # Errors
    /// When the host does not tell.
    pub fn open(
        host: &'g H,
        vm: &Vm,
        settings: &'g Settings,
        plugin: &str,
    ) -> Result<Result<Self, Missing>, HostError> {
        let said = match said(settings) {
            Ok(said) => said,
            Err(missing) => return Ok(Err(missing)),
        };
        let keys = Keys::of(&said, plugin);
        let shares = !settings.no_shared_data;
        let floor = match shares {
            true => host.shared(&keys.floor)?.map(|(bytes, _)| bytes).unwrap_or_default(),
            false => Vec::new(),
        };
        let floor = Floor::parse(&floor).ok_or(HostError::malformed("proxy_get_shared_data"))?;
        let now = vm.clock.read(host)?;
        let proven = vm.proven.clone();
        // Without ticks there is no later.
        let checks = if settings.no_timers { u64::MAX } else { CHECKS_AT_ONCE };
        Ok(Ok(Self { host, said, keys, floor, now, shares, proven, checks }))
    }

    /// Whether a bundle may be in force here and now, beside or instead of what is.
    fn hold(
        &self,
        file: &BundleFile,
        policy: Option<&Rc<Bundle>>,
        active: Option<&Bundle>,
    ) -> Result<Trusted, Reason> {
        let Floor { root, release, time, freshness } = self.floor.clone();
        let proven = self.proven.clone();
        let memory = Memory { root, release, freshness, time, active, proven };
        verify_but_grants(file, policy, &self.said, &memory, self.now)
    }

    /// With those of its grants that are looked at now.
    fn trust(&self, mut trusted: Trusted, file: &BundleFile) -> Trust {
        let grants = file.grants.as_slice();
        let looked_at = trusted.look_at_grants(grants, &self.proven, self.now, self.checks);
        Trust::new(trusted, grants.get(looked_at..).unwrap_or_default())
    }

    /// The last good bundle that VMs of this host share, held against everything once more.
    fn last_good(&self) -> Option<Trust> {
        let good = self.shared(&self.keys.good)?;
        let whole = || {
            // Older than what is remembered: it is compared with, and let in force no more.
            let whole = self.shared(&self.keys.whole)?;
            let said = Said { floor: Some(0), ..self.said.clone() };
            let memory = Memory { proven: self.proven.clone(), ..Memory::default() };
            let whole = verify_but_grants(&whole, None, &said, &memory, self.now).ok()?;
            self.hold(&good, None, Some(&whole.bundle)).ok()
        };
        let trusted = self.hold(&good, None, None).ok().or_else(whole)?;
        Some(self.trust(trusted, &good))
    }

    fn shared(&self, key: &str) -> Option<BundleFile> {
        let shared = if self.shares { self.host.shared(key).ok()? } else { None };
        BundleFile::parse(&shared?.0).ok()
    }

    /// Lets a bundle be in force, or says why not. What was accepted is remembered before it is.
    ///
    /// # Errors
    /// When the host does not keep it.
    pub fn admit(
        &mut self,
        vm: &Vm,
        prepared: &Prepared,
        active: Option<&Bundle>,
    ) -> Result<Admission, HostError> {
        let hold = |active| self.hold(&prepared.file, Some(&prepared.policy), active);
        // What VMs share is read where something follows from it, and not at each VM's beginning.
        let (held, shared) = match (hold(active), active) {
            (Ok(trusted), None) if trusted.release.change == Change::Opens => (Ok(trusted), None),
            (_, None) => {
                let shared = self.last_good();
                (hold(shared.as_ref().map(|trust| &*trust.bundle)), shared)
            }
            (held, Some(_)) => (held, None),
        };
        let trusted = match held {
            Ok(trusted) => trusted,
            Err(reason) => return Ok(Admission::Doubt(reason, shared.map(Box::new))),
        };
        if self.shares {
            let raised = |bytes: &[u8]| {
                let floor = Floor::parse(bytes).unwrap_or_else(|| self.floor.clone());
                Some(floor.raised(&trusted, self.now).write())
            };
            if !share::change(self.host, &self.keys.floor, raised)? {
                return Err(HostError::malformed("proxy_set_shared_data"));
            }
            if trusted.confirmed {
                self.host.share(&self.keys.whole, &prepared.bytes, 0)?;
            }
            self.host.share(&self.keys.good, &prepared.bytes, 0)?;
        }
        self.floor = self.floor.clone().raised(&trusted, self.now);
        if let Some(freshness) = &trusted.freshness {
            let revoked = freshness.revoked_grants.clone();
            vm.revoked.borrow_mut().insert(self.keys.floor.clone(), revoked);
        }
        Ok(Admission::Good(Box::new(self.trust(trusted, &prepared.file))))
    }

    /// The same of one that is to decide beside what was just let in force: it is remembered nowhere.
    ///
    /// # Errors
    /// Why it may not.
    pub fn candidate(&self, prepared: &Prepared, active: &Bundle) -> Result<Bundle, Reason> {
        self.hold(&prepared.file, Some(&prepared.policy), Some(active))?;
        Bundle::observing(prepared.file.blob.clone()).map_err(|_| Reason::NotABlob)
    }
}

/// Says in the log that a bundle is not taken, and what goes on.
pub fn tell_refusal(host: &impl Host, reason: Reason, on: Option<&Trust>) {
    let goes_on = on.map_or_else(
        || "nothing crosses".to_owned(),
        |trust| format!("release {} goes on", trust.version()),
    );
    let text = format!("cofferdam: bundle refused: {}: {goes_on}", why(reason));
    let _ = host.log(Level::Error, &text);
}
