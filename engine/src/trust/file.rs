//! The file that a host is given: a blob, and everything that shows that it may run.
//! Only takes it apart; nothing in it is believed here.
//!
//! ```text
//!  0  magic     4  "CFBN"
//!  4  format    2  little endian, like every number here
//!  6  sections  2
//!  .  each: kind 1, length 4, bytes. Roots in their order; a request, then its approval.
//! ```

use super::Reason;
use super::envelope::{Envelope, PayloadType};
use super::grant::GrantEnvelopes;
use super::limits::{BUNDLE_BYTES_MAX, GRANTS_MAX, ROOTS_MAX};
use crate::limits::BLOB_BYTES_MAX;
use alloc::vec::Vec;

const MAGIC: [u8; 4] = *b"CFBN";
const FORMAT: u16 = 1;

const BLOB: u8 = 1;
const ROOT: u8 = 2;
const RELEASE: u8 = 3;
const FRESHNESS: u8 = 4;
const REQUEST: u8 = 5;
const APPROVAL: u8 = 6;

/// A blob, and everything that shows that it may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFile {
    /// The blob.
    pub blob: Vec<u8>,
    /// Roots, from the one that the host's settings name to the last.
    pub roots: Vec<Envelope>,
    /// The release; without it nothing runs.
    pub release: Option<Envelope>,
    /// What is current and revoked.
    pub freshness: Option<Envelope>,
    /// Grants.
    pub grants: Vec<GrantEnvelopes>,
}

impl BundleFile {
    /// Takes a file apart.
    ///
    /// # Errors
    /// When it is no bundle, or an envelope in it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(Reason::Oversize);
        }
        let rest = bytes.strip_prefix(&MAGIC).ok_or(Reason::NotABundle)?;
        let (format, rest) = rest.split_first_chunk().ok_or(Reason::NotABundle)?;
        if u16::from_le_bytes(*format) != FORMAT {
            return Err(Reason::OtherFormat);
        }
        let (sections, mut rest) = rest.split_first_chunk().ok_or(Reason::NotABundle)?;
        let (mut blob, mut roots, mut grants) = (None, Vec::new(), Vec::new());
        let (mut release, mut freshness, mut request) = (None, None, None);
        for _ in 0..u16::from_le_bytes(*sections) {
            let (kind, section) = section(&mut rest)?;
            let envelope = |payload_type| Envelope::parse(section, payload_type);
            let twice = match kind {
                BLOB if section.len() > BLOB_BYTES_MAX => return Err(Reason::Oversize),
                BLOB => blob.replace(section.to_vec()).is_some(),
                ROOT if roots.len() >= ROOTS_MAX => return Err(Reason::TooMany),
                ROOT => {
                    roots.push(envelope(PayloadType::Root)?);
                    false
                }
                RELEASE => release.replace(envelope(PayloadType::Release)?).is_some(),
                FRESHNESS => freshness.replace(envelope(PayloadType::Freshness)?).is_some(),
                REQUEST if grants.len() >= GRANTS_MAX => return Err(Reason::TooMany),
                REQUEST => request.replace(envelope(PayloadType::Request)?).is_some(),
                APPROVAL => {
                    let approval = envelope(PayloadType::Approval)?;
                    let request = request.take().ok_or(Reason::NotABundle)?;
                    grants.push(GrantEnvelopes { request, approval });
                    false
                }
                _ => return Err(Reason::NotABundle),
            };
            if twice {
                return Err(Reason::NotABundle);
            }
        }
        match blob {
            Some(blob) if rest.is_empty() && request.is_none() => {
                Ok(Self { blob, roots, release, freshness, grants })
            }
            _ => Err(Reason::NotABundle),
        }
    }

    /// Puts a file together, whatever is in it. `None` when no file can hold it.
    #[must_use]
    pub fn write(&self) -> Option<Vec<u8>> {
        let mut sections: Vec<(u8, Vec<u8>)> = Vec::new();
        let of = |envelope: &Envelope| envelope.write().into_bytes();
        sections.extend(self.roots.iter().map(|root| (ROOT, of(root))));
        sections.extend(self.release.iter().map(|release| (RELEASE, of(release))));
        sections.extend(self.freshness.iter().map(|freshness| (FRESHNESS, of(freshness))));
        for GrantEnvelopes { request, approval } in &self.grants {
            sections.extend([(REQUEST, of(request)), (APPROVAL, of(approval))]);
        }
        sections.push((BLOB, self.blob.clone()));
        let mut out = MAGIC.to_vec();
        out.extend(FORMAT.to_le_bytes());
        out.extend(u16::try_from(sections.len()).ok()?.to_le_bytes());
        for (kind, bytes) in sections {
            out.push(kind);
            out.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
            out.extend(bytes);
        }
        Some(out)
    }
}

fn section<'b>(rest: &mut &'b [u8]) -> Result<(u8, &'b [u8]), Reason> {
    let (kind, behind) = rest.split_first().ok_or(Reason::NotABundle)?;
    let (length, behind) = behind.split_first_chunk().ok_or(Reason::NotABundle)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (section, behind) = behind.split_at_checked(length).ok_or(Reason::NotABundle)?;
    *rest = behind;
    Ok((*kind, section))
}
