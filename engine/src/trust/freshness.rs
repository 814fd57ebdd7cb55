//! Freshness: a short-lived statement of what is current and what is revoked.
//! It takes away and never gives: what was revoked stays so, unless those who sign roots say else.

use super::json::{self, Value, object};
use super::limits::{FRESHNESS_SECONDS_MAX, REVOKED_MAX};
use super::time::Period;
use super::{Reason, Seen};
use crate::blob::Digest;
use alloc::string::String;
use alloc::vec::Vec;

const FORMAT: &str = "cofferdam/freshness/v1";

/// What is current, and what is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Each is above those before it.
    pub number: u64,
    /// When it holds.
    pub period: Period,
    /// The version of the root that is current.
    pub root: u64,
    /// The release that is current.
    pub release: Seen,
    /// Ids of keys that sign no more.
    pub revoked_keys: Vec<Digest>,
    /// Digests of the requests of grants that are taken back.
    pub revoked_grants: Vec<Digest>,
    /// Ids of keys that nobody used for long: they sign again when this list has them no more.
    pub suspended_keys: Vec<Digest>,
}

impl Freshness {
    /// Reads a payload that somebody who may sign has signed.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(payload: &[u8]) -> Result<Self, Reason> {
        let mut fields =
            Value::parse_within(payload, super::limits::PAYLOAD_BYTES_MAX)?.object()?;
        fields.expect("format", FORMAT, Reason::OtherFormat)?;
        let number = fields.count("number", u64::MAX)?;
        let (from, until) = (fields.time("issued")?, fields.time("expires")?);
        let period = Period::new(from, until, FRESHNESS_SECONDS_MAX, Reason::FreshnessLife)?;
        let root = fields.count("root", u64::MAX)?;
        let mut release = fields.object("release")?;
        let current =
            Seen { version: release.count("version", u64::MAX)?, digest: release.digest("blob")? };
        release.end()?;
        let freshness = Self {
            number,
            period,
            root,
            release: current,
            revoked_keys: fields.digests("revoked_keys", REVOKED_MAX)?,
            revoked_grants: fields.digests("revoked_grants", REVOKED_MAX)?,
            suspended_keys: fields.digests("suspended_keys", REVOKED_MAX)?,
        };
        fields.end()?;
        Ok(freshness)
    }

    /// Its payload, as people read it.
    #[must_use]
    pub fn write(&self) -> String {
        let release = object([
            ("version", self.release.version.into()),
            ("blob", self.release.digest.into()),
        ]);
        object([
            ("format", FORMAT.into()),
            ("number", self.number.into()),
            ("issued", self.period.from.into()),
            ("expires", self.period.until.into()),
            ("root", self.root.into()),
            ("release", release),
            ("revoked_keys", json::list(self.revoked_keys.iter().copied())),
            ("revoked_grants", json::list(self.revoked_grants.iter().copied())),
            ("suspended_keys", json::list(self.suspended_keys.iter().copied())),
        ])
        .pretty()
    }

    /// Whether a key signs no more.
    #[must_use]
    pub fn takes_key(&self, id: &Digest) -> bool {
        self.revoked_keys.contains(id) || self.suspended_keys.contains(id)
    }

    /// Whether all that another one revokes is revoked here.
    #[must_use]
    pub fn contains(&self, earlier: &Self) -> bool {
        earlier.revoked_keys.iter().all(|key| self.revoked_keys.contains(key))
            && earlier.revoked_grants.iter().all(|grant| self.revoked_grants.contains(grant))
    }
}
