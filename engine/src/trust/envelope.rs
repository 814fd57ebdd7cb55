//! Envelopes of DSSE 1.0.2: one payload, and signatures over exactly its bytes and its type.
//! What is inside is handed out only with a signature that holds, and never changed on the way.

use super::json::{self, Value, object};
use super::key::{Key, Role};
use super::limits::{ENVELOPE_BYTES_MAX, PAYLOAD_BYTES_MAX, SIGNATURE_BYTES_MAX, SIGNATURES_MAX};
use super::proven::Proven;
use super::quorum::Act;
use super::root::Root;
use super::time::{Standing, Time};
use super::{Reason, base64};
use crate::blob::Digest;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// What a payload is. Its name is part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadType {
    /// [`Root`]
    Root,
    /// [`super::Release`]: a statement of in-toto.
    Release,
    /// [`super::Request`]
    Request,
    /// [`super::Approval`]
    Approval,
    /// [`super::Freshness`]
    Freshness,
    /// [`super::Review`]
    Review,
}

impl PayloadType {
    /// The name in the envelope.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "application/vnd.cofferdam.root+json",
            Self::Release => "application/vnd.in-toto+json",
            Self::Request => "application/vnd.cofferdam.request+json",
            Self::Approval => "application/vnd.cofferdam.approval+json",
            Self::Freshness => "application/vnd.cofferdam.freshness+json",
            Self::Review => "application/vnd.cofferdam.review+json",
        }
    }
}

/// The bytes that are signed: the type and the payload, with their lengths.
#[must_use]
pub fn signed_bytes(payload_type: PayloadType, payload: &[u8]) -> Vec<u8> {
    let name = payload_type.name();
    let mut out = Vec::with_capacity(payload.len() + 80);
    out.extend(b"DSSEv1 ");
    out.extend(name.len().to_string().bytes());
    out.push(b' ');
    out.extend(name.bytes());
    out.push(b' ');
    out.extend(payload.len().to_string().bytes());
    out.push(b' ');
    out.extend(payload);
    out
}

/// A signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Which key it is said to be of, see [`super::PublicKey::id`]. Nothing follows from it.
    pub key: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A payload with its signatures, none of them looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload_type: PayloadType,
    payload: Vec<u8>,
    digest: Digest,
    signatures: Vec<Signature>,
}

impl Envelope {
    /// Puts a payload and its signatures together.
    #[must_use]
    pub fn new(payload_type: PayloadType, payload: Vec<u8>, signatures: Vec<Signature>) -> Self {
        let digest = Digest::of(&payload);
        Self { payload_type, payload, digest, signatures }
    }

    /// Reads the JSON of an envelope. The payload stays a run of bytes.
    ///
    /// # Errors
    /// When it is none, or one of another kind of payload.
    pub fn parse(bytes: &[u8], payload_type: PayloadType) -> Result<Self, Reason> {
        let mut fields = Value::parse_within(bytes, ENVELOPE_BYTES_MAX)?.object()?;
        fields.expect("payloadType", payload_type.name(), Reason::PayloadType)?;
        let payload = base64::decode(&fields.take("payload")?.into_text()?)?;
        let mut signatures = Vec::new();
        for signature in fields.list("signatures", SIGNATURES_MAX)? {
            let mut fields = signature.object()?;
            let key = fields.digest("keyid")?;
            let bytes = base64::decode(&fields.take("sig")?.into_text()?)?;
            fields.end()?;
            signatures.push(Signature { key, bytes });
        }
        fields.end()?;
        let envelope = Self::new(payload_type, payload, signatures);
        envelope.bounded()?;
        Ok(envelope)
    }

    fn bounded(&self) -> Result<(), Reason> {
        let long = self.signatures.iter().any(|one| one.bytes.len() > SIGNATURE_BYTES_MAX);
        if self.payload.len() > PAYLOAD_BYTES_MAX || long {
            return Err(Reason::Oversize);
        }
        if self.signatures.len() > SIGNATURES_MAX { Err(Reason::TooMany) } else { Ok(()) }
    }

    /// Its JSON.
    #[must_use]
    pub fn write(&self) -> String {
        let signatures = self.signatures.iter().map(|signature| {
            object([
                ("keyid", signature.key.into()),
                ("sig", base64::encode(&signature.bytes).as_str().into()),
            ])
        });
        object([
            ("payload", base64::encode(&self.payload).as_str().into()),
            ("payloadType", self.payload_type.name().into()),
            ("signatures", json::list(signatures)),
        ])
        .line()
    }

    /// The digest of the payload's exact bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The payload, whoever signed it or did not: to be shown, and nothing may follow from it.
    #[must_use]
    pub fn unverified(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures, none of them looked at.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The payload, where a key of a root has signed it, whenever that key may sign. What it says
    /// of when it was made tells then which keys could.
    ///
    /// # Errors
    /// [`Reason::Unsigned`], and what is wrong with a signature.
    pub fn signed_at_some_time(&self, root: &Root) -> Result<&[u8], Reason> {
        match self.keys_that_hold(root, &Proven::default())?.is_empty() {
            true => Err(Reason::Unsigned),
            false => Ok(&self.payload),
        }
    }

    /// The payload of the one root that the host's settings name: they vouch for its bytes, as
    /// signatures do elsewhere.
    pub(super) fn pinned(&self, pin: &Digest) -> Result<&[u8], Reason> {
        if self.digest() == *pin { Ok(&self.payload) } else { Err(Reason::RootPin) }
    }

    /// The payload, where the holders whom a root asks for have signed it with keys that it knows,
    /// whenever these may sign.
    pub(super) fn signed_by_keys_of(&self, root: &Root, proven: &Proven) -> Result<&[u8], Reason> {
        let keys = self.keys_that_hold(root, proven)?;
        root.quorum(Act::Root).met(&Signers::of(keys)).map_err(|_| Reason::RootQuorumShort)?;
        Ok(&self.payload)
    }

    /// Checks every signature of a key that a root knows. Signatures of other keys are not looked
    /// at: those of an older or a newer root stand beside. One that does not hold refuses all.
    ///
    /// # Errors
    /// [`Reason::Unsigned`] when none is of a known key that may sign now, and what is wrong with a
    /// signature.
    pub fn verify<'e>(
        &'e self,
        root: &'e Root,
        now: Time,
        is_revoked: &dyn Fn(&Digest) -> bool,
    ) -> Result<Signed<'e>, Reason> {
        self.verify_with(&Proven::default(), root, now, is_revoked)
    }

    /// The same, and checks no signature that was proven before.
    pub(super) fn verify_with<'e>(
        &'e self,
        proven: &Proven,
        root: &'e Root,
        now: Time,
        is_revoked: &dyn Fn(&Digest) -> bool,
    ) -> Result<Signed<'e>, Reason> {
        let mut left_out = None;
        let mut keys = self.keys_that_hold(root, proven)?;
        keys.retain(|key| {
            let why = match key.period.standing(now) {
                Standing::Before => Reason::KeyNotYet,
                Standing::After => Reason::KeyExpired,
                Standing::Active if is_revoked(&key.public.id()) => Reason::KeyRevoked,
                Standing::Active => return true,
            };
            left_out = Some(why);
            false
        });
        match keys.is_empty() {
            true => Err(left_out.unwrap_or(Reason::Unsigned)),
            false => Ok(Signed { payload: &self.payload, signers: Signers { keys, left_out } }),
        }
    }

    /// The keys of a root whose signatures hold, each once.
    fn keys_that_hold<'r>(&self, root: &'r Root, proven: &Proven) -> Result<Vec<&'r Key>, Reason> {
        self.bounded()?;
        let signed = (self.payload_type, &self.digest);
        let mut keys: Vec<&Key> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = root.key(&signature.key) else { continue };
            if keys.iter().all(|known| known.public != key.public) {
                let message = || signed_bytes(self.payload_type, &self.payload);
                let check = || key.public.verify(&message(), &signature.bytes);
                proven.or_check(&key.public, signed, &signature.bytes, check)?;
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

/// A payload that somebody who may sign has signed, and who did.
pub struct Signed<'e> {
    /// The exact bytes that were signed.
    pub payload: &'e [u8],
    /// Who signed them.
    pub signers: Signers<'e>,
}

/// Who signed, by keys that may sign now.
#[derive(Clone, Debug)]
pub struct Signers<'e> {
    keys: Vec<&'e Key>,
    /// Why a signature that holds does not count.
    left_out: Option<Reason>,
}

/// One person: all that they signed with.
#[derive(Clone, Debug)]
pub(super) struct Person<'e> {
    pub(super) holder: &'e str,
    pub(super) roles: Vec<Role>,
}

impl<'e> Signers<'e> {
    /// Who has these keys.
    pub(super) fn of(keys: Vec<&'e Key>) -> Self {
        Self { keys, left_out: None }
    }

    /// These and others: a request and its approval are one act.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.keys.extend(other.keys);
        self.left_out = self.left_out.or(other.left_out);
        self
    }

    /// Their keys.
    #[must_use]
    pub fn keys(&self) -> &[&'e Key] {
        &self.keys
    }

    /// Whether a holder signed with a key that has a role.
    #[must_use]
    pub fn has(&self, holder: &str, role: Role) -> bool {
        self.keys.iter().any(|key| key.holder == holder && key.roles.contains(&role))
    }

    /// How many keys a holder signed with.
    pub(super) fn count(&self, holder: &str) -> usize {
        self.keys.iter().filter(|key| key.holder == holder).count()
    }

    /// Each holder once, however many keys they signed with.
    pub(super) fn persons(&self) -> Vec<Person<'e>> {
        let mut persons: Vec<Person<'e>> = Vec::new();
        for key in &self.keys {
            match persons.iter_mut().find(|person| person.holder == key.holder) {
                Some(person) => person.roles.extend(&key.roles),
                None => persons.push(Person { holder: &key.holder, roles: key.roles.clone() }),
            }
        }
        persons
    }

    /// Why there are too few: the most telling of what is known.
    pub(super) fn short(&self) -> Reason {
        let twice = self.keys.len() > self.persons().len();
        self.left_out.unwrap_or(if twice { Reason::HolderTwice } else { Reason::QuorumShort })
    }

    /// The first end of a key among them.
    pub(super) fn until(&self) -> Time {
        self.keys.iter().map(|key| key.period.until).min().unwrap_or(Time(0))
    }
}
