//! A blob that nobody has signed, for builds that ask nobody.

use cofferdam_engine::Bundle;

/// A blob, read.
pub struct Prepared {
    bundle: Bundle,
    blob: Vec<u8>,
}

impl Prepared {
    /// Reads a blob: what fails here fails in every VM.
    ///
    /// # Errors
    /// Why it is none.
    pub fn of(blob: Vec<u8>) -> Result<Self, String> {
        let bundle = Bundle::parse(blob.clone()).map_err(|error| error.to_string())?;
        Ok(Self { bundle, blob })
    }

    /// The policy.
    #[must_use]
    pub fn into_bundle(self) -> Bundle {
        self.bundle
    }

    /// Its blob.
    #[must_use]
    pub fn into_blob(self) -> Vec<u8> {
        self.blob
    }
}
