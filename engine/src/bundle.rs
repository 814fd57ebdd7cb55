//! What a host is given: a blob, checked whole, ready to decide.

use crate::blob::{Blob, BlobError, Digest};
use crate::model::Tables;
use alloc::vec::Vec;

/// A checked blob.
#[derive(Debug)]
pub struct Bundle {
    blob: Blob,
}

impl Bundle {
    /// Reads a blob and checks every reference in it, so that nothing is checked again later.
    ///
    /// # Errors
    /// When the bytes are no blob that this engine reads.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, BlobError> {
        Ok(Self { blob: Blob::parse(bytes)? })
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
