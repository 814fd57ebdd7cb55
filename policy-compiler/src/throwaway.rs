//! People who are made up for a trial: a root, an author, and two who approve, with keys that nobody
//! keeps. What they sign is taken like anything that is signed, by a host that is told of their root,
//! and by no other. For demonstrations and tests: all of them are one.

use crate::deploy::told;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Trust as Settings;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{
    Act, BundleFile, Change, EngineVersion, Envelope, Freshness, Key, Kind, PayloadType, Period,
    PublicKey, Quorum, Reason, Release, Role, Root, Seen, Signature, Time, signed_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey};
use std::sync::{Arc, Mutex, PoisonError};

const HOUR: u64 = 60 * 60;
/// Which mesh these people sign for.
const AUDIENCE: &str = "throwaway";

/// Made-up people, and how far their releases have come.
#[derive(Clone, Debug)]
pub struct Throwaway {
    people: Arc<People>,
    at: Time,
    module: Digest,
    last: Arc<Mutex<Last>>,
}

/// The last release: its version, its blob, and the bundle that it is in.
#[derive(Debug, Default)]
struct Last {
    version: u64,
    given: Option<(Digest, Vec<u8>)>,
}

#[derive(Debug)]
struct People {
    author: SigningKey,
    approver: SigningKey,
    privacy: SigningKey,
    machine: SigningKey,
}

impl Throwaway {
    /// People with keys of a seed, who sign from a time on for one module of the filter.
    #[must_use]
    pub fn new(seed: [u8; 32], at: Time, module: Digest) -> Self {
        let key = |of: u8| SigningKey::from_bytes(&Digest::of(&[&seed[..], &[of]].concat()).0);
        let (author, approver, privacy, machine) = (key(1), key(2), key(3), key(4));
        let people = Arc::new(People { author, approver, privacy, machine });
        Self { people, at, module, last: Arc::default() }
    }

    /// What a host is told, so that it takes what they sign.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let pin = self.root().map(|root| root.digest()).ok();
        let audience = Some(AUDIENCE.to_owned());
        Settings { root: pin, audience, floor: Some(1), module: Some(self.module) }
    }

    /// The same as variables of an environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        told(&self.settings()).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A bundle with this blob: the next release, or the same where the blob is the last one's.
    ///
    /// # Errors
    /// When there is nothing to sign: two versions too many, or a time that no root can hold.
    pub fn bundle(&self, blob: &[u8]) -> Result<Vec<u8>, Reason> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = Digest::of(blob);
        if let Some((known, bytes)) = &last.given
            && *known == digest
        {
            return Ok(bytes.clone());
        }
        let version = last.version.saturating_add(1);
        let bytes = self.release(blob, version, true)?;
        *last = Last { version, given: Some((digest, bytes.clone())) };
        Ok(bytes)
    }

    /// A bundle that is to decide beside the last one.
    ///
    /// # Errors
    /// As for [`Self::bundle`].
    pub fn candidate(&self, blob: &[u8]) -> Result<Vec<u8>, Reason> {
        let version = self.last.lock().unwrap_or_else(PoisonError::into_inner).version;
        self.release(blob, version.saturating_add(1), false)
    }

    fn release(&self, blob: &[u8], version: u64, is_current: bool) -> Result<Vec<u8>, Reason> {
        let digest = Digest::of(blob);
        // What is no blob is signed like anything else, and refused for what it is.
        let policy = Bundle::parse(blob.to_vec()).map(|bundle| bundle.tables().policy.clone());
        let from = Time(self.at.0.saturating_sub(HOUR));
        let release = Release {
            policy: policy.unwrap_or_else(|_| "none".to_owned()),
            version,
            blob: digest,
            source: digest,
            previous: None,
            issued: from,
            period: Period { from, until: from.after(30 * DAY) },
            change: Change::Opens,
            modules: vec![self.module],
            author: "author".to_owned(),
            audience: AUDIENCE.to_owned(),
            engine_min: EngineVersion::this(),
            shown: digest,
        };
        let freshness = Freshness {
            number: version,
            period: Period { from, until: from.after(DAY) },
            root: 1,
            release: Seen { version, digest },
            revoked_keys: Vec::new(),
            revoked_grants: Vec::new(),
            suspended_keys: Vec::new(),
        };
        let People { author, approver, privacy, machine } = &*self.people;
        let release = seal(PayloadType::Release, release.write(), &[author, approver, privacy]);
        let freshness = seal(PayloadType::Freshness, freshness.write(), &[machine]);
        let file = BundleFile {
            blob: blob.to_vec(),
            roots: vec![self.root()?],
            release: Some(release),
            freshness: is_current.then_some(freshness),
            grants: Vec::new(),
        };
        file.write().ok_or(Reason::Oversize)
    }

    fn root(&self) -> Result<Envelope, Reason> {
        use Role::{Approver, Author, Online, Privacy, Requester};
        let from = Time(self.at.0.saturating_sub(HOUR));
        let People { author, approver, privacy, machine } = &*self.people;
        let key = |holder: &str, secret: &SigningKey, roles: &[Role]| {
            let public = PublicKey::new(Kind::Ed25519, secret.verifying_key().as_bytes())?;
            let period = Period { from, until: from.after(60 * DAY) };
            Ok::<_, Reason>(Key {
                holder: holder.to_owned(),
                public,
                roles: roles.to_vec(),
                period,
            })
        };
        let keys = vec![
            key("author", author, &[Author, Requester, Role::Root])?,
            key("approver", approver, &[Approver, Role::Root])?,
            key("privacy", privacy, &[Privacy, Role::Root])?,
            key("machine", machine, &[Online])?,
        ];
        let quorums = [
            Quorum::new(Act::Open, &[(Author, 1), (Approver, 1), (Privacy, 1)])?,
            Quorum::new(Act::Tighten, &[(Author, 1), (Approver, 1)])?,
            Quorum::new(Act::Grant, &[(Requester, 1), (Privacy, 1)])?,
            Quorum::new(Act::BreakGlass, &[(Requester, 1), (Approver, 1)])?,
            Quorum::new(Act::Root, &[(Role::Root, 3)])?,
            Quorum::new(Act::Freshness, &[(Online, 1)])?,
        ];
        let period = Period { from, until: from.after(90 * DAY) };
        let root = Root::new(1, period, keys, quorums)?;
        Ok(seal(PayloadType::Root, root.write(), &[author, approver, privacy]))
    }
}

fn seal(payload_type: PayloadType, text: String, signers: &[&SigningKey]) -> Envelope {
    let payload = text.into_bytes();
    let message = signed_bytes(payload_type, &payload);
    let sign = |secret: &&SigningKey| Signature {
        key: Digest::of(secret.verifying_key().as_bytes()),
        bytes: secret.sign(&message).to_bytes().to_vec(),
    };
    let signatures = signers.iter().map(sign).collect();
    Envelope::new(payload_type, payload, signatures)
}

#[cfg(test)]
mod tests {
    use super::Throwaway;
    use cofferdam_engine::blob::Digest;
    use cofferdam_engine::trust::{
        BundleFile, EngineVersion, Host, Memory, Reason, Time, Trusted, verify,
    };

    const AT: Time = Time(1_800_000_000);

    fn blob() -> Vec<u8> {
        let policy = "format: cofferdam/v1\npolicy: shop\nowner: team:x\nreview_by: 2036-12-31\n\
                      zones: { shop: { sensitivity: high }, desk: { sensitivity: low } }\n\
                      members: [{ zone: shop, cluster: shop }, { zone: desk, cluster: desk }]\n\
                      boundaries: [{ id: a, from: shop, to: desk, purpose: p, reply: status_only }]\n";
        crate::compile(policy, "policy.yaml").expect("it compiles").blob
    }

    fn held(people: &Throwaway, bundle: &[u8], pin: Digest) -> Result<Trusted, Reason> {
        let settings = people.settings();
        let host = Host {
            pin,
            audience: settings.audience.as_deref().expect("a mesh"),
            floor: settings.floor,
            module: settings.module,
            engine: EngineVersion::this(),
        };
        verify(&BundleFile::parse(bundle)?, &host, &Memory::default(), AT)
    }

    #[test]
    fn what_they_sign_is_taken_by_who_is_told_of_them_and_by_nobody_else() {
        let module = Digest::of(b"a module");
        let [people, others] = [7, 8].map(|seed| Throwaway::new([seed; 32], AT, module));
        let bundle = people.bundle(&blob()).expect("a bundle");
        let pin = |people: &Throwaway| people.settings().root.expect("a root");
        let trusted = held(&people, &bundle, pin(&people)).expect("taken");
        assert_eq!(trusted.holders, ["author", "approver", "privacy"]);
        assert_eq!(trusted.alerts, []);
        assert_eq!(held(&people, &bundle, pin(&others)).err(), Some(Reason::RootPin));
    }

    #[test]
    fn another_blob_is_another_release_and_the_same_one_is_the_same() {
        let people = Throwaway::new([7; 32], AT, Digest::of(b"a module"));
        let first = people.bundle(b"one").expect("a bundle");
        assert_eq!(people.bundle(b"one"), Ok(first.clone()));
        let second = people.bundle(b"two").expect("a bundle");
        let version = |bytes: &[u8]| {
            let file = BundleFile::parse(bytes).expect("a bundle");
            let release = file.release.expect("a release");
            String::from_utf8_lossy(release.unverified()).contains("\"version\": 2")
        };
        assert!(!version(&first) && version(&second));
    }
}
