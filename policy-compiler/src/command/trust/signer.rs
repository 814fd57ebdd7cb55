//! Keys that sign: files of `cofferdam key new`, and keys of SSH, which stay with their program.
//! A private key is never printed, and no error shows a byte of one.

use super::super::{Failure, files};
use super::{armor, refused};
use cofferdam_engine::trust::{
    Kind, NAMESPACE, PayloadType, PublicKey, Signature, signed_bytes, ssh_public,
};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PRIVATE: &str = "PRIVATE KEY";
const SSH_PRIVATE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const SSH_SIGNATURE: &str = "SSH SIGNATURE";
/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410), which `openssl genpkey
/// -algorithm ed25519` writes too.
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Somebody's key.
pub(super) struct Signer {
    path: PathBuf,
    pub(super) public: PublicKey,
    secret: Secret,
}

enum Secret {
    Plain(Box<SigningKey>),
    /// In a file or an agent: `ssh-keygen` knows.
    Ssh,
}

impl Signer {
    /// Opens a key. Nothing of an SSH key is read but its public half.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let bytes = files::read(path)?;
        let no_key = || {
            refused(
                path,
                "this is no key that signs here",
                "make one with `cofferdam key new`, or name a key of the type `ssh-ed25519`",
            )
        };
        let text = String::from_utf8(bytes).map_err(|_| no_key())?;
        if text.starts_with("ssh-") || text.starts_with(SSH_PRIVATE) {
            let text = match text.starts_with(SSH_PRIVATE) {
                true => beside(path)?,
                false => text,
            };
            let public = read_public(&text).ok_or_else(no_key)?;
            return match public.kind() {
                Kind::Ssh => Ok(Self { path: path.to_owned(), public, secret: Secret::Ssh }),
                Kind::Ed25519 => Err(no_key()),
            };
        }
        let der = armor::unwrap(PRIVATE, &text).ok_or_else(no_key)?;
        let secret = der.strip_prefix(&PKCS8).and_then(|secret| <&[u8; 32]>::try_from(secret).ok());
        let secret = SigningKey::from_bytes(secret.ok_or_else(no_key)?);
        only_mine(path)?;
        let public = PublicKey::new(Kind::Ed25519, secret.verifying_key().as_bytes());
        let public = public.map_err(|_| no_key())?;
        Ok(Self { path: path.to_owned(), public, secret: Secret::Plain(Box::new(secret)) })
    }

    /// Signs a payload. What comes out is checked before it is handed on.
    pub(super) fn sign(
        &self,
        payload_type: PayloadType,
        payload: &[u8],
    ) -> Result<Signature, Failure> {
        let message = signed_bytes(payload_type, payload);
        let bytes = match &self.secret {
            Secret::Plain(secret) => secret.sign(&message).to_bytes().to_vec(),
            Secret::Ssh => self.ssh(&message)?,
        };
        match self.public.verify(&message, &bytes) {
            Ok(()) => Ok(Signature { key: self.public.id(), bytes }),
            Err(reason) => Err(refused(
                &self.path,
                format_args!("what it signed does not hold ({reason})"),
                "see that the file beside it, with `.pub`, is of the same key",
            )),
        }
    }

    /// `ssh-keygen` asks for what it needs to know by itself, and speaks to the agent.
    fn ssh(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let fail = |what: &dyn std::fmt::Display| {
            refused(
                &self.path,
                format_args!("`ssh-keygen` did not sign: {what}"),
                "install OpenSSH 8.2 or newer; with the .pub of a key its agent must have it",
            )
        };
        let mut child = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-q", "-n", NAMESPACE, "-f"])
            .arg(&self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| fail(&error))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(message).map_err(|error| fail(&error))?;
        }
        let output = child.wait_with_output().map_err(|error| fail(&error))?;
        if !output.status.success() {
            return Err(fail(&output.status));
        }
        let text = String::from_utf8(output.stdout).unwrap_or_default();
        armor::unwrap(SSH_SIGNATURE, &text).ok_or_else(|| fail(&"it wrote no signature"))
    }
}

/// The public half beside a private key of SSH.
fn beside(path: &Path) -> Result<String, Failure> {
    let mut public = path.to_owned().into_os_string();
    public.push(".pub");
    fs::read_to_string(&public).map_err(|error| {
        let public = Path::new(&public);
        refused(public, error, "the public half stands beside the key: `ssh-keygen -y` makes it")
    })
}

/// A key that others can read is none.
#[cfg(unix)]
fn only_mine(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode()).unwrap_or(0o777);
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(refused(
            path,
            format_args!("others can read this key (mode {:o})", mode & 0o777),
            "`chmod 600` it; if others may have read it, make another and rotate the root",
        )),
    }
}

#[cfg(not(unix))]
fn only_mine(_: &Path) -> Result<(), Failure> {
    Ok(())
}

/// A new private key, as text of a file.
pub(super) fn new_private(secret: &[u8; 32]) -> (String, Option<PublicKey>) {
    let public = SigningKey::from_bytes(secret).verifying_key();
    let text = armor::wrap(PRIVATE, &[PKCS8.as_slice(), secret].concat());
    (text, PublicKey::new(Kind::Ed25519, public.as_bytes()).ok())
}

/// The line of a public key: kind, key, and whose it is said to be.
pub(super) fn public_line(public: &PublicKey, holder: &str) -> String {
    format!("{} {} {holder}\n", public.kind().name(), armor::encode(public.bytes()))
}

/// Reads the line of a public key: ours, or one of SSH.
pub(super) fn read_public(text: &str) -> Option<PublicKey> {
    let mut words = text.split_ascii_whitespace();
    let kind = Kind::of(words.next()?)?;
    let bytes = armor::decode(words.next()?)?;
    let key = match kind {
        Kind::Ed25519 => bytes.as_slice(),
        Kind::Ssh => ssh_public(&bytes).ok()?,
    };
    PublicKey::new(kind, key).ok()
}

/// A signature as a file: what `ssh-keygen -Y verify` reads, or one line.
pub(super) fn signature_text(kind: Kind, signature: &Signature) -> String {
    match kind {
        Kind::Ssh => armor::wrap(SSH_SIGNATURE, &signature.bytes),
        Kind::Ed25519 => {
            format!("{} {} {}\n", kind.name(), signature.key, armor::encode(&signature.bytes))
        }
    }
}

/// Reads a signature.
pub(super) fn read_signature(text: &str) -> Option<Signature> {
    if let Some(bytes) = armor::unwrap(SSH_SIGNATURE, text) {
        let key = cofferdam_engine::trust::ssh_signer(&bytes).ok()?;
        return Some(Signature { key: cofferdam_engine::blob::Digest::of(key), bytes });
    }
    let mut words = text.split_ascii_whitespace();
    let (kind, key, bytes) = (words.next()?, words.next()?, words.next()?);
    let end = words.next().is_none();
    let key = cofferdam_engine::trust::digest(key)?;
    let bytes = armor::decode(bytes)?;
    (kind == Kind::Ed25519.name() && end).then_some(Signature { key, bytes })
}
