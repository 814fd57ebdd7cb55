//! Public keys, and what a signature of one looks like: plain Ed25519, or made by `ssh-keygen`.
//! Which of the two a key makes stands in the root, never in the signature.

use super::json::{self, Value, object};
use super::limits::{KEY_SECONDS_MAX, SIGNATURE_BYTES_MAX};
use super::time::Period;
use super::{Reason, base64, sshsig};
use crate::blob::Digest;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use ed25519_dalek::{Signature, VerifyingKey};

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Writes releases.
    Author,
    /// Approves what others wrote.
    Approver,
    /// Approves for those whose data it is.
    Privacy,
    /// Asks for grants.
    Requester,
    /// Changes who may do what.
    Root,
    /// Says, from a machine, that nothing newer is there and what is revoked.
    Online,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Author, Self::Approver, Self::Privacy, Self::Requester, Self::Root, Self::Online];

    /// The word in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Approver => "approver",
            Self::Privacy => "privacy",
            Self::Requester => "requester",
            Self::Root => "root",
            Self::Online => "online",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What kind of signatures a key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 64 bytes over the very message.
    Ed25519,
    /// What `ssh-keygen -Y sign -n cofferdam` writes, with a key of the type `ssh-ed25519`.
    Ssh,
}

impl Kind {
    /// The word in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ssh => "ssh-ed25519",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Ed25519, Self::Ssh].into_iter().find(|kind| kind.name() == name)
    }
}

/// A public key that signs safely.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: Kind,
    key: VerifyingKey,
    id: Digest,
}

impl PublicKey {
    /// Takes the 32 bytes of a key. None of those whose signatures anybody can make.
    ///
    /// # Errors
    /// When they are no key, or a weak one.
    pub fn new(kind: Kind, bytes: &[u8]) -> Result<Self, Reason> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| Reason::WeakKey)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Reason::WeakKey)?;
        match key.is_weak() || !is_reduced(bytes) {
            true => Err(Reason::WeakKey),
            false => Ok(Self { kind, key, id: Digest::of(bytes) }),
        }
    }

    /// What kind of signatures it makes.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The digest of its bytes, whatever kind of signatures it makes: one key has one id.
    #[must_use]
    pub fn id(&self) -> Digest {
        self.id
    }

    /// Whether a signature is of this key over a message.
    ///
    /// # Errors
    /// [`Reason::SignatureForm`], [`Reason::Namespace`] or [`Reason::SignatureWrong`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Reason> {
        if signature.len() > SIGNATURE_BYTES_MAX {
            return Err(Reason::SignatureForm);
        }
        match self.kind {
            Kind::Ed25519 => self.verify_plain(message, signature),
            Kind::Ssh => {
                let parsed = sshsig::Parsed::read(signature)?;
                if parsed.public != self.bytes() {
                    return Err(Reason::SignatureWrong);
                }
                self.verify_plain(&parsed.signed(message)?, parsed.signature)
            }
        }
    }

    /// Strict: no key and no signature of which there are several spellings.
    fn verify_plain(&self, message: &[u8], signature: &[u8]) -> Result<(), Reason> {
        let signature = Signature::from_slice(signature).map_err(|_| Reason::SignatureForm)?;
        self.key.verify_strict(message, &signature).map_err(|_| Reason::SignatureWrong)
    }
}

/// Whether the number in a key is below the field's prime, 2^255 - 19, as RFC 8032 wants it: above it
/// are second spellings of a few keys.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.kind.name(), self.id())
    }
}

/// A key of the root: whose it is, what for, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The person, or for `online` the machine, that has it.
    pub holder: String,
    /// The key.
    pub public: PublicKey,
    /// What may be done with it.
    pub roles: Vec<Role>,
    /// When it signs.
    pub period: Period,
}

impl Key {
    /// Reads a key. What is among those `known` is not computed once more.
    pub(super) fn read(value: Value, known: &[Self]) -> Result<Self, Reason> {
        let mut fields = value.object()?;
        let holder = fields.name("holder")?;
        let kind = Kind::of(&fields.take("kind")?.into_text()?).ok_or(Reason::BadValue)?;
        let bytes = base64::decode(&fields.take("public")?.into_text()?)?;
        let is_known = |key: &&Self| key.public.kind == kind && key.public.bytes()[..] == bytes[..];
        let public = match known.iter().find(is_known) {
            Some(key) => key.public.clone(),
            None => PublicKey::new(kind, &bytes)?,
        };
        let mut roles = Vec::new();
        for role in fields.list("roles", Role::ALL.len())? {
            let role = Role::of(&role.into_text()?).ok_or(Reason::BadValue)?;
            if roles.contains(&role) {
                return Err(Reason::BadValue);
            }
            roles.push(role);
        }
        if roles.is_empty() {
            return Err(Reason::BadValue);
        }
        // What a machine can reach is not to count as a person.
        if roles.contains(&Role::Online) && roles.len() > 1 {
            return Err(Reason::OnlineKey);
        }
        let (from, until) = (fields.time("not_before")?, fields.time("not_after")?);
        let period = Period::new(from, until, KEY_SECONDS_MAX, Reason::KeyLife)?;
        fields.end()?;
        Ok(Self { holder, public, roles, period })
    }

    pub(super) fn write(&self) -> Value {
        object([
            ("holder", self.holder.as_str().into()),
            ("kind", self.public.kind.name().into()),
            ("public", base64::encode(self.public.bytes()).as_str().into()),
            ("roles", json::list(self.roles.iter().map(|role| role.name()))),
            ("not_before", self.period.from.into()),
            ("not_after", self.period.until.into()),
        ])
    }
}
