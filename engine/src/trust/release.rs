//! Releases: the signed statement that a blob may run. A statement of in-toto, version 1.

use super::json::{self, Value, object};
use super::limits::{LIST_MAX, RELEASE_SECONDS_MAX, VERSION_STEP_MAX};
use super::quorum::Act;
use super::time::{Period, Time};
use super::{Reason, Seen};
use crate::blob::Digest;
use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "urn:cofferdam:release:v1";

/// What a release does to what may cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// More may cross, or nobody has proven that it may not.
    Opens,
    /// Nothing more may cross: proven.
    Tightens,
}

impl Change {
    /// The word in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Tightens => "tightens",
        }
    }

    /// What people do together who sign it.
    #[must_use]
    pub const fn act(self) -> Act {
        match self {
            Self::Opens => Act::Open,
            Self::Tightens => Act::Tighten,
        }
    }
}

/// A version of the engine: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineVersion(pub [u16; 3]);

impl EngineVersion {
    /// The version of this engine.
    #[must_use]
    pub fn this() -> Self {
        // No version of a crate fails to be one; a zero asks for nothing, and meets nothing.
        Self::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Self([0; 3]))
    }

    /// Reads `1.20.3`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut part = || {
            let part = parts.next()?;
            let number: u16 = part.parse().ok()?;
            (number.to_string() == part).then_some(number)
        };
        let version = Self([part()?, part()?, part()?]);
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The statement that a blob may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The policy's name.
    pub policy: String,
    /// Which version of it.
    pub version: u64,
    /// The digest of the blob.
    pub blob: Digest,
    /// The digest of the text that it was compiled from.
    pub source: Digest,
    /// The version and the blob before it, unless it is the first.
    pub previous: Option<Seen>,
    /// When it was made.
    pub issued: Time,
    /// When it holds.
    pub period: Period,
    /// What it says that it does.
    pub change: Change,
    /// The modules of the filter that it is for, one at the least.
    pub modules: Vec<Digest>,
    /// The holder who wrote it.
    pub author: String,
    /// Which mesh it is for.
    pub audience: String,
    /// The oldest engine that may run it.
    pub engine_min: EngineVersion,
    /// The digest of what everybody who signs is shown: what changes, what was tested, who wrote
    /// it.
    pub shown: Digest,
}

impl Release {
    /// Reads a payload that somebody who may sign has signed.
    ///
    /// # Errors
    /// When it is no release, or one that nobody may make.
    pub fn parse(payload: &[u8]) -> Result<Self, Reason> {
        let mut fields = Value::parse(payload)?.object()?;
        fields.expect("_type", STATEMENT, Reason::OtherFormat)?;
        fields.expect("predicateType", PREDICATE, Reason::OtherFormat)?;
        let (policy, blob) = subject(fields.list("subject", LIST_MAX)?)?;
        let mut predicate = fields.object("predicate")?;
        fields.end()?;
        let version = predicate.count("version", u64::MAX)?;
        let previous = previous(predicate.take("previous")?)?;
        let floor = previous.as_ref().map_or(0, |seen| seen.version);
        match version.checked_sub(floor) {
            None | Some(0) => return Err(Reason::OlderVersion),
            Some(step) if step > VERSION_STEP_MAX => return Err(Reason::VersionJump),
            Some(_) => {}
        }
        let issued = predicate.time("issued")?;
        let (from, until) = (predicate.time("not_before")?, predicate.time("expires")?);
        let period = Period::new(from, until, RELEASE_SECONDS_MAX, Reason::ReleaseLife)?;
        // It lives from the day it was made: nobody signs in stock.
        if issued > from || until.since(issued) > RELEASE_SECONDS_MAX {
            return Err(Reason::ReleaseLife);
        }
        let change = predicate.take("change")?.into_text()?;
        let change = [Change::Opens, Change::Tightens].into_iter().find(|one| one.name() == change);
        let modules = predicate.digests("modules", LIST_MAX)?;
        if modules.is_empty() {
            return Err(Reason::BadValue);
        }
        let engine_min = EngineVersion::parse(&predicate.take("engine_min")?.into_text()?);
        let release = Self {
            policy,
            version,
            blob,
            source: predicate.digest("source")?,
            previous,
            issued,
            period,
            change: change.ok_or(Reason::BadValue)?,
            modules,
            author: predicate.name("author")?,
            audience: predicate.name("audience")?,
            engine_min: engine_min.ok_or(Reason::BadValue)?,
            shown: predicate.digest("shown")?,
        };
        predicate.end()?;
        // The first one opens all that it lets cross.
        if release.previous.is_none() && release.change == Change::Tightens {
            return Err(Reason::FalseTightens);
        }
        Ok(release)
    }

    /// Its payload, as people read it.
    #[must_use]
    pub fn write(&self) -> String {
        let sha256 = |digest: Digest| object([("sha256", digest.into())]);
        let subject =
            object([("name", self.policy.as_str().into()), ("digest", sha256(self.blob))]);
        let previous = match &self.previous {
            None => Value::Null,
            Some(seen) => object([("version", seen.version.into()), ("blob", seen.digest.into())]),
        };
        let predicate = object([
            ("version", self.version.into()),
            ("change", self.change.name().into()),
            ("author", self.author.as_str().into()),
            ("audience", self.audience.as_str().into()),
            ("issued", self.issued.into()),
            ("not_before", self.period.from.into()),
            ("expires", self.period.until.into()),
            ("previous", previous),
            ("source", self.source.into()),
            ("shown", self.shown.into()),
            ("engine_min", Value::Text(self.engine_min.to_string())),
            ("modules", json::list(self.modules.iter().copied())),
        ]);
        object([
            ("_type", STATEMENT.into()),
            ("subject", Value::List(alloc::vec![subject])),
            ("predicateType", PREDICATE.into()),
            ("predicate", predicate),
        ])
        .pretty()
    }

    /// Its version and its blob.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen { version: self.version, digest: self.blob }
    }
}

fn subject(mut list: Vec<Value>) -> Result<(String, Digest), Reason> {
    let (Some(subject), true) = (list.pop(), list.is_empty()) else { return Err(Reason::BadValue) };
    let mut fields = subject.object()?;
    let policy = fields.text("name")?.to_owned();
    let mut digest = fields.object("digest")?;
    fields.end()?;
    let blob = digest.digest("sha256")?;
    digest.end()?;
    Ok((policy, blob))
}

fn previous(value: Value) -> Result<Option<Seen>, Reason> {
    if value == Value::Null {
        return Ok(None);
    }
    let mut fields = value.object()?;
    let seen = Seen { version: fields.count("version", u64::MAX)?, digest: fields.digest("blob")? };
    fields.end()?;
    Ok(Some(seen))
}
