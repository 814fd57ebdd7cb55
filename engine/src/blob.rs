//! The container of a compiled policy: one run of bytes with one digest.
//! Automata are used in place; nothing is copied out of the blob but the tables.
//! Never trusts a length or an offset it has not checked.
//!
//! ```text
//!  0  magic            4  "CFDM"
//!  4  format version   2  little endian, like every number here
//!  6  minimum engine   2  format version that the reader must know at least
//!  8  total length     4  of all bytes
//! 12  tables length    4
//! 16  automata count   4
//! 20  automata index   8 each: offset, length
//!  .  tables              postcard
//!  .  automata
//!  .  checksum        32  SHA-256 of every byte before
//! ```

use crate::limits;
use crate::model::Tables;
use alloc::vec::Vec;
use core::fmt;
use sha2::{Digest as _, Sha256};

/// The format that this engine writes. It reads this one and the one before.
pub const FORMAT: u16 = 1;

const MAGIC: [u8; 4] = *b"CFDM";
const HEADER_BYTES: usize = 20;
const CHECKSUM_BYTES: usize = 32;

/// SHA-256 of the exact bytes of a blob.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first 12 hex digits, for metrics.
    #[must_use]
    pub fn short(&self) -> alloc::string::String {
        let mut text = alloc::format!("{self}");
        text.truncate(12);
        text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why bytes are no blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobError {
    kind: BlobErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlobErrorKind {
    Oversize,
    Short,
    Magic,
    Format(u16),
    Engine(u16),
    Length,
    Checksum,
    Index,
    Tables,
    Reference(&'static str),
}

impl BlobError {
    pub(crate) const fn reference(table: &'static str) -> Self {
        Self { kind: BlobErrorKind::Reference(table) }
    }
}

impl From<BlobErrorKind> for BlobError {
    fn from(kind: BlobErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            BlobErrorKind::Oversize => {
                write!(f, "blob is longer than {} bytes", limits::BLOB_BYTES_MAX)
            }
            BlobErrorKind::Short => f.write_str("blob ends before its header does"),
            BlobErrorKind::Magic => f.write_str("not a blob: it does not begin with `CFDM`"),
            BlobErrorKind::Format(found) => {
                write!(f, "blob has format {found}, and this engine reads up to {FORMAT}")
            }
            BlobErrorKind::Engine(needed) => {
                write!(f, "blob needs an engine for format {needed}, and this one is for {FORMAT}")
            }
            BlobErrorKind::Length => f.write_str("blob is not as long as its header says"),
            BlobErrorKind::Checksum => f.write_str("blob was altered: its checksum does not fit"),
            BlobErrorKind::Index => f.write_str("blob has an automaton outside its bytes"),
            BlobErrorKind::Tables => f.write_str("blob has tables that cannot be read"),
            BlobErrorKind::Reference(table) => {
                write!(f, "blob refers to something that is not in its table `{table}`")
            }
        }
    }
}

impl core::error::Error for BlobError {}

/// A blob whose container was checked: tables read, automata delimited.
#[derive(Debug)]
pub struct Blob {
    bytes: Vec<u8>,
    digest: Digest,
    /// The tables.
    pub tables: Tables,
    automata: Vec<(usize, usize)>,
}

impl Blob {
    /// Reads a blob. Every reference between tables is checked by [`crate::Bundle::parse`].
    ///
    /// # Errors
    /// When a single byte is not as [`seal`] would have written it.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, BlobError> {
        if bytes.len() > limits::BLOB_BYTES_MAX {
            return Err(BlobErrorKind::Oversize.into());
        }
        let (Some(magic), Some(header)) = (bytes.get(..4), bytes.get(..HEADER_BYTES)) else {
            return Err(BlobErrorKind::Short.into());
        };
        if bytes.len() < HEADER_BYTES + CHECKSUM_BYTES {
            return Err(BlobErrorKind::Short.into());
        }
        if magic != MAGIC {
            return Err(BlobErrorKind::Magic.into());
        }
        let format = u16_at(header, 4).ok_or(BlobErrorKind::Short)?;
        if format > FORMAT || format + 1 < FORMAT || format == 0 {
            return Err(BlobErrorKind::Format(format).into());
        }
        let engine = u16_at(header, 6).ok_or(BlobErrorKind::Short)?;
        if engine > FORMAT {
            return Err(BlobErrorKind::Engine(engine).into());
        }
        let total = usize_at(header, 8).ok_or(BlobErrorKind::Short)?;
        if total != bytes.len() {
            return Err(BlobErrorKind::Length.into());
        }
        let (content, written) =
            bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(BlobErrorKind::Short)?;
        // PERF: the digest of all goes on where that of the content ends.
        let mut sha = Sha256::new_with_prefix(content);
        if *written != <[u8; CHECKSUM_BYTES]>::from(sha.clone().finalize()) {
            return Err(BlobErrorKind::Checksum.into());
        }
        sha.update(written);
        let digest = Digest(sha.finalize().into());
        let content_bytes = content.len();
        let tables_bytes = usize_at(header, 12).ok_or(BlobErrorKind::Short)?;
        let count = usize_at(header, 16).ok_or(BlobErrorKind::Short)?;
        if count > limits::AUTOMATA_MAX {
            return Err(BlobErrorKind::Index.into());
        }
        let tables_at = HEADER_BYTES + count * 8;
        let tables_end = tables_at.checked_add(tables_bytes).ok_or(BlobErrorKind::Length)?;
        let raw = bytes.get(tables_at..tables_end).ok_or(BlobErrorKind::Length)?;
        let (tables, rest) =
            postcard::take_from_bytes::<Tables>(raw).map_err(|_| BlobErrorKind::Tables)?;
        if !rest.is_empty() {
            return Err(BlobErrorKind::Tables.into());
        }
        let mut automata = Vec::with_capacity(count);
        let mut expected = tables_end;
        for n in 0..count {
            let at = HEADER_BYTES + n * 8;
            let start = usize_at(&bytes, at).ok_or(BlobErrorKind::Index)?;
            let length = usize_at(&bytes, at + 4).ok_or(BlobErrorKind::Index)?;
            let end = start.checked_add(length).ok_or(BlobErrorKind::Index)?;
            if start != expected || end > content_bytes {
                return Err(BlobErrorKind::Index.into());
            }
            automata.push((start, end));
            expected = end;
        }
        if expected != content_bytes {
            return Err(BlobErrorKind::Length.into());
        }
        Ok(Self { bytes, digest, tables, automata })
    }

    /// The digest of all bytes.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Length of the blob.
    #[must_use]
    pub fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// How many automata there are.
    #[must_use]
    pub fn automata_len(&self) -> usize {
        self.automata.len()
    }

    /// The bytes of one automaton.
    #[must_use]
    pub fn automaton(&self, index: usize) -> Option<&[u8]> {
        let (start, end) = *self.automata.get(index)?;
        self.bytes.get(start..end)
    }
}

/// Writes a blob. The same tables give the same bytes, on any machine.
///
/// # Errors
/// When the whole is longer than a blob may be.
pub fn seal(tables: &Tables, automata: &[Vec<u8>]) -> Result<Vec<u8>, BlobError> {
    let raw = postcard::to_allocvec(tables).map_err(|_| BlobErrorKind::Tables)?;
    let tables_at = HEADER_BYTES + automata.len() * 8;
    let sections = automata.iter().map(Vec::len).sum::<usize>();
    let total = tables_at + raw.len() + sections + CHECKSUM_BYTES;
    if total > limits::BLOB_BYTES_MAX || automata.len() > limits::AUTOMATA_MAX {
        return Err(BlobErrorKind::Oversize.into());
    }
    let number =
        |n: usize| u32::try_from(n).map(u32::to_le_bytes).map_err(|_| BlobErrorKind::Oversize);
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&number(total)?);
    bytes.extend_from_slice(&number(raw.len())?);
    bytes.extend_from_slice(&number(automata.len())?);
    let mut at = tables_at + raw.len();
    for automaton in automata {
        bytes.extend_from_slice(&number(at)?);
        bytes.extend_from_slice(&number(automaton.len())?);
        at += automaton.len();
    }
    bytes.extend_from_slice(&raw);
    automata.iter().for_each(|automaton| bytes.extend_from_slice(automaton));
    let sum = Digest::of(&bytes);
    bytes.extend_from_slice(&sum.0);
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}
