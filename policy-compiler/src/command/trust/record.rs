//! A signed document as files: its payload, and each signature in a file of its own.

use super::super::{Failure, files};
use super::signer::{self, Signer};
use super::{refused, told};
use cofferdam_engine::trust::{Envelope, Key, PayloadType, Root, Signature};
use std::fs;
use std::path::{Path, PathBuf};

/// More files than anybody signs with.
const FILES_MAX: usize = 64;

/// Where a document and its signatures are.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) payload: PathBuf,
    pub(super) signatures: PathBuf,
    payload_type: PayloadType,
}

impl Record {
    pub(super) fn new(payload: PathBuf, signatures: PathBuf, payload_type: PayloadType) -> Self {
        Self { payload, signatures, payload_type }
    }

    pub(super) fn payload_type(&self) -> PayloadType {
        self.payload_type
    }

    pub(super) fn exists(&self) -> bool {
        self.payload.exists()
    }

    /// Writes a document that nobody has signed yet, never over one that is there.
    pub(super) fn create(&self, text: &str) -> Result<(), Failure> {
        if self.exists() {
            let help = "documents that were made stay: make the next one";
            return Err(refused(&self.payload, "there is a file already", help));
        }
        for folder in [self.payload.parent(), Some(self.signatures.as_path())].into_iter().flatten()
        {
            fs::create_dir_all(folder).map_err(|error| {
                Failure::misuse(format!("error: {}: {error}", files::name(folder)))
            })?;
        }
        files::write(&self.payload, text.as_bytes())
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        files::read(&self.payload)
    }

    /// The document with all its signatures, none of them checked.
    pub(super) fn envelope(&self) -> Result<Envelope, Failure> {
        let paths = self.signature_paths()?;
        let signatures = paths.iter().map(|path| read_signature(path)).collect::<Result<_, _>>()?;
        Ok(self.signed_by(self.bytes()?, signatures))
    }

    /// The document with some signatures.
    pub(super) fn signed_by(&self, payload: Vec<u8>, signatures: Vec<Signature>) -> Envelope {
        Envelope::new(self.payload_type, payload, signatures)
    }

    /// The files that its signatures are in.
    pub(super) fn signature_paths(&self) -> Result<Vec<PathBuf>, Failure> {
        let Ok(entries) = fs::read_dir(&self.signatures) else { return Ok(Vec::new()) };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "sig"));
        paths.sort();
        if paths.len() > FILES_MAX {
            let help = "leave those of keys that the root has";
            return Err(refused(&self.signatures, "there are too many signatures", help));
        }
        Ok(paths)
    }

    /// Signs, with a key that a root knows, and puts the signature beside the others.
    pub(super) fn sign(&self, signer: &Signer, key: &Key) -> Result<PathBuf, Failure> {
        self.put(key, &signer.sign(self.payload_type, &self.bytes()?)?)
    }

    /// Puts a signature that holds beside the others.
    pub(super) fn put(&self, key: &Key, signature: &Signature) -> Result<PathBuf, Failure> {
        fs::create_dir_all(&self.signatures).map_err(|error| {
            Failure::misuse(format!("error: {}: {error}", files::name(&self.signatures)))
        })?;
        let path =
            self.signatures.join(format!("{}.{}.sig", key.holder, &signature.key.to_string()[..8]));
        let text = signer::signature_text(key.public.kind(), signature);
        files::write(&path, text.as_bytes())?;
        Ok(path)
    }

    /// Something in the document that the engine refuses.
    pub(super) fn refused(&self, reason: cofferdam_engine::trust::Reason) -> Failure {
        refused(&self.payload, told(reason), "see who changed it: `git log` of this file")
    }
}

/// The signature in a file.
pub(super) fn read_signature(path: &Path) -> Result<Signature, Failure> {
    let text = String::from_utf8(files::read(path)?).unwrap_or_default();
    signer::read_signature(&text).ok_or_else(|| {
        let help = "it is what `ssh-keygen -Y sign -n cofferdam` writes, or a line of \
                    `cofferdam`; remove the file";
        refused(path, "this is no signature", help)
    })
}

/// The key of a root that a signer has.
pub(super) fn key_of<'r>(root: &'r Root, signer: &Signer, path: &Path) -> Result<&'r Key, Failure> {
    let key = root.key(&signer.public.id());
    let known = key.filter(|key| key.public == signer.public);
    known.ok_or_else(|| {
        refused(
            path,
            format_args!("root {} does not know this key", root.version),
            "those who hold roots add it: `cofferdam root rotate --add HOLDER=ROLES=FILE.pub`",
        )
    })
}
