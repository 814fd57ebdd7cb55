//! What the rules of a policy let through. Holds no value as it is written, but for the ends of
//! ranges that are too wide to tell of anybody.

use super::{AddressBlock, CategoryId, FieldId};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// One opening of `ignore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignore {
    /// The category that is let through.
    pub category: CategoryId,
    /// What exactly.
    pub what: Ignored,
}

/// See [`Ignore::what`]. Values are kept as salted digests: SHA-256 over salt, category name, a
/// zero byte and the canonical text, the first 16 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ignored {
    /// Everything at this path.
    Field(FieldId),
    /// One exact value.
    Value([u8; 16]),
    /// Every value that begins like this: length in bytes of the canonical text, digest.
    Prefix(u16, [u8; 16]),
    /// Every value whose canonical text is as long as these two and lies between them, both
    /// included, in the order of bytes.
    Range(String, String),
    /// Every address of this block.
    Addresses(AddressBlock),
}
