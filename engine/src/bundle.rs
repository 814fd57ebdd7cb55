//! What a host is given: a blob, checked whole, ready to decide.

use crate::blob::{Blob, BlobError, Digest};
use crate::detect::Detection;
use crate::model::Tables;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// A checked blob.
#[derive(Debug)]
pub struct Bundle {
    blob: Rc<Blob>,
    detection: Detection,
}

impl Bundle {
    /// Reads a blob and checks every reference in it, so that nothing is checked again later.
    ///
    /// # Errors
    /// When the bytes are no blob that this engine reads.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, BlobError> {
        let blob = Rc::new(Blob::parse(bytes)?);
        let detection = Detection::new(Rc::clone(&blob))?;
        Ok(Self { blob, detection })
    }

    /// Finds what the blob's detectors find.
    #[must_use]
    pub fn detection(&self) -> &Detection {
        &self.detection
    }

    /// The digest of the blob.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        self.blob.digest()
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.blob.tables
    }

    /// The blob itself, for inspection.
    #[must_use]
    pub fn blob(&self) -> &Blob {
        &self.blob
    }
}
