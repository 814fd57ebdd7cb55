//! Signatures as `ssh-keygen -Y sign` makes them: the format SSHSIG, version 1, of OpenSSH's
//! `PROTOCOL.sshsig`, with Ed25519 keys. Reads the bytes within the armor, and nothing else.

use super::Reason;
use alloc::vec::Vec;
use sha2::{Digest as _, Sha256, Sha512};

/// What a signature must be made for.
pub const NAMESPACE: &str = "cofferdam";

const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
const KEY_TYPE: &[u8] = b"ssh-ed25519";

#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Sha256 => b"sha256",
            Self::Sha512 => b"sha512",
        }
    }
}

/// A signature taken apart.
pub(super) struct Parsed<'b> {
    /// The key that it says it is of.
    pub(super) public: &'b [u8],
    namespace: &'b [u8],
    hash: Hash,
    /// The Ed25519 signature within.
    pub(super) signature: &'b [u8],
}

impl<'b> Parsed<'b> {
    pub(super) fn read(bytes: &'b [u8]) -> Result<Self, Reason> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Reason::SignatureForm)?;
        let (version, mut rest) = rest.split_first_chunk().ok_or(Reason::SignatureForm)?;
        if u32::from_be_bytes(*version) != VERSION {
            return Err(Reason::SignatureForm);
        }
        let key = string(&mut rest)?;
        let namespace = string(&mut rest)?;
        let reserved = string(&mut rest)?;
        let hash = string(&mut rest)?;
        let signature = string(&mut rest)?;
        if !rest.is_empty() || !reserved.is_empty() {
            return Err(Reason::SignatureForm);
        }
        let hash = [Hash::Sha256, Hash::Sha512].into_iter().find(|known| known.name() == hash);
        Ok(Self {
            public: public(key)?,
            namespace,
            hash: hash.ok_or(Reason::SignatureForm)?,
            signature: public(signature)?,
        })
    }

    /// The bytes that the key signed, for a message, if it signed for us.
    pub(super) fn signed(&self, message: &[u8]) -> Result<Vec<u8>, Reason> {
        if self.namespace != NAMESPACE.as_bytes() {
            return Err(Reason::Namespace);
        }
        let mut out = MAGIC.to_vec();
        put(&mut out, NAMESPACE.as_bytes());
        put(&mut out, b"");
        put(&mut out, self.hash.name());
        match self.hash {
            Hash::Sha256 => put(&mut out, &Sha256::digest(message)),
            Hash::Sha512 => put(&mut out, &Sha512::digest(message)),
        }
        Ok(out)
    }
}

/// The 32 bytes of an Ed25519 key in the form that SSH has for public keys. Signatures have the
/// same form.
///
/// # Errors
/// [`Reason::SignatureForm`] when it is a key of another type.
pub fn public(mut bytes: &[u8]) -> Result<&[u8], Reason> {
    if string(&mut bytes)? != KEY_TYPE {
        return Err(Reason::SignatureForm);
    }
    let key = string(&mut bytes)?;
    if bytes.is_empty() { Ok(key) } else { Err(Reason::SignatureForm) }
}

/// The 32 bytes of the key that a signature says it is of.
///
/// # Errors
/// When it is no signature of a form that is known here.
pub fn signer(signature: &[u8]) -> Result<&[u8], Reason> {
    Parsed::read(signature).map(|parsed| parsed.public)
}

fn string<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], Reason> {
    let (length, behind) = rest.split_first_chunk().ok_or(Reason::SignatureForm)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let (string, behind) = behind.split_at_checked(length).ok_or(Reason::SignatureForm)?;
    *rest = behind;
    Ok(string)
}

fn put(out: &mut Vec<u8>, string: &[u8]) {
    // Nothing here is longer than a digest.
    let length = u32::try_from(string.len()).unwrap_or(u32::MAX);
    out.extend(length.to_be_bytes());
    out.extend(string);
}
