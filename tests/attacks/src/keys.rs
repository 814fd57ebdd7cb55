//! Throw-away keys: each of a name that everybody knows, so that nobody takes one for a secret.

use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{Kind, PayloadType, PublicKey, Signature, signed_bytes};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256, Sha512};

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// 64 bytes.
    Plain,
    /// A signature with more behind it than any has.
    Long,
    /// As `ssh-keygen -Y sign` does, but for the key that it says it is of.
    Naming(&'static str),
    /// As `ssh-keygen -Y sign` does.
    Ssh {
        /// What it is made for.
        namespace: &'static str,
        /// `sha256` or `sha512`.
        hash: &'static str,
    },
}

/// What `ssh-keygen -Y sign -n cofferdam` does.
pub const SSH: Style = Style::Ssh { namespace: "cofferdam", hash: "sha512" };

/// Somebody who signs: the name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key is made of it.
    pub key: &'static str,
    /// How it signs.
    pub style: Style,
}

impl From<&'static str> for Signer {
    fn from(key: &'static str) -> Self {
        Self { key, style: if key.ends_with("ssh") { SSH } else { Style::Plain } }
    }
}

fn secret(key: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(key.as_bytes()).into())
}

/// The public key of a name.
#[must_use]
pub fn public(key: &str) -> PublicKey {
    let kind = if key.ends_with("ssh") { Kind::Ssh } else { Kind::Ed25519 };
    let bytes = secret(key).verifying_key().to_bytes();
    PublicKey::new(kind, &bytes).expect("a key")
}

impl Signer {
    /// Signs a payload.
    #[must_use]
    pub fn sign(self, payload_type: PayloadType, payload: &[u8]) -> Signature {
        let secret = secret(self.key);
        let message = signed_bytes(payload_type, payload);
        let bytes = match self.style {
            Style::Plain => secret.sign(&message).to_bytes().to_vec(),
            Style::Long => [secret.sign(&message).to_bytes().as_slice(), &[0; 500]].concat(),
            Style::Naming(other) => {
                let named = self::secret(other).verifying_key().to_bytes();
                ssh(&secret, named, &message, "cofferdam", "sha512")
            }
            Style::Ssh { namespace, hash } => {
                let named = secret.verifying_key().to_bytes();
                ssh(&secret, named, &message, namespace, hash)
            }
        };
        Signature { key: Digest::of(&secret.verifying_key().to_bytes()), bytes }
    }
}

/// Written from the description of the format, apart from what reads it.
fn ssh(
    secret: &SigningKey,
    named: [u8; 32],
    message: &[u8],
    namespace: &str,
    hash: &str,
) -> Vec<u8> {
    let string = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("a short string");
        [&length.to_be_bytes(), bytes].concat()
    };
    let hashed = match hash {
        "sha256" => Sha256::digest(message).to_vec(),
        _ => Sha512::digest(message).to_vec(),
    };
    let about = [string(namespace.as_bytes()), string(b""), string(hash.as_bytes())].concat();
    let signed = [b"SSHSIG".as_slice(), &about, &string(&hashed)].concat();
    let typed = |bytes: &[u8]| string(&[string(b"ssh-ed25519"), string(bytes)].concat());
    let key = typed(&named);
    let signature = typed(&secret.sign(&signed).to_bytes());
    [b"SSHSIG".as_slice(), &1u32.to_be_bytes(), &key, &about, &signature].concat()
}
