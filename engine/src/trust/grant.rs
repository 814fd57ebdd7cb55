//! Grants: one person asks for more to cross, for a while, and others approve it.
//! What a grant may do stands in the policy; here is what was asked for, what of it was approved,
//! and what it is for. Whether it holds is asked of [`super::Trusted::covers`] alone.

use super::Reason;
use super::envelope::{Envelope, Signers};
use super::json::{self, Value, object};
use super::key::Role;
use super::limits::{BREAK_GLASS_SECONDS_MAX, GRANT_SECONDS_MAX, LIST_MAX, USES_MAX};
use super::proven::Proven;
use super::quorum::Act;
use super::release::Release;
use super::root::Root;
use super::time::{Period, Time};
use crate::blob::Digest;
use crate::glob;
use crate::model::{ActionId, BoundaryId, CategoryId, Tables};
use alloc::string::String;
use alloc::vec::Vec;

const REQUEST: &str = "cofferdam/grant-request/v1";
const APPROVAL: &str = "cofferdam/grant-approval/v1";
/// Groups of categories that no emergency lets pass.
const NEVER_IN_AN_EMERGENCY: [&str; 2] = ["credential", "government_id"];

/// Whether no emergency lets categories of this group pass.
#[must_use]
pub fn never_in_an_emergency(group: &str) -> bool {
    NEVER_IN_AN_EMERGENCY.contains(&group)
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The holder who asks.
    pub requester: String,
    /// Which mesh it is for.
    pub audience: String,
    /// The policy's name.
    pub policy: String,
    /// The boundary's id.
    pub boundary: String,
    /// Category by category: no group is granted.
    pub categories: Vec<String>,
    /// What is done instead of what the rules say, as the policy names it.
    pub action: String,
    /// Why.
    pub why: String,
    /// Where more is told of it.
    pub ticket: String,
    /// For how long, from its approval on.
    pub seconds: u64,
    /// The SPIFFE id of the one caller that it is for.
    pub subject: String,
    /// Globs of paths.
    pub paths: Vec<String>,
    /// How many crossings may use it.
    pub uses: u64,
    /// When it was asked for.
    pub requested: Time,
    /// Whether it is an emergency.
    pub break_glass: bool,
}

impl Request {
    /// Reads a payload that somebody who may sign has signed.
    ///
    /// # Errors
    /// When it is none, or asks for what nobody may ask for.
    pub fn parse(payload: &[u8]) -> Result<Self, Reason> {
        let mut fields = Value::parse(payload)?.object()?;
        fields.expect("format", REQUEST, Reason::OtherFormat)?;
        let break_glass = fields.flag("break_glass")?;
        let most = if break_glass { BREAK_GLASS_SECONDS_MAX } else { GRANT_SECONDS_MAX };
        let request = Self {
            requester: fields.name("requester")?,
            audience: fields.name("audience")?,
            policy: fields.text("policy")?,
            boundary: fields.text("boundary")?,
            categories: fields.names("categories")?,
            action: fields.text("action")?,
            why: fields.text("why")?,
            ticket: fields.text("ticket")?,
            seconds: fields.count("seconds", most)?,
            subject: fields.text("subject")?,
            paths: paths(fields.list("paths", LIST_MAX)?)?,
            uses: fields.count("uses", USES_MAX)?,
            requested: fields.time("requested")?,
            break_glass,
        };
        fields.end()?;
        let subject = request.subject.strip_prefix("spiffe://");
        match subject.is_some_and(|rest| !rest.is_empty() && !rest.contains('*')) {
            true => Ok(request),
            false => Err(Reason::BadValue),
        }
    }

    /// Its payload, as people read it.
    #[must_use]
    pub fn write(&self) -> String {
        object([
            ("format", REQUEST.into()),
            ("requester", self.requester.as_str().into()),
            ("requested", self.requested.into()),
            ("audience", self.audience.as_str().into()),
            ("policy", self.policy.as_str().into()),
            ("boundary", self.boundary.as_str().into()),
            ("categories", json::list(self.categories.iter().map(String::as_str))),
            ("action", self.action.as_str().into()),
            ("subject", self.subject.as_str().into()),
            ("paths", json::list(self.paths.iter().map(String::as_str))),
            ("seconds", self.seconds.into()),
            ("uses", self.uses.into()),
            ("break_glass", Value::Flag(self.break_glass)),
            ("ticket", self.ticket.as_str().into()),
            ("why", self.why.as_str().into()),
        ])
        .pretty()
    }
}

/// Paths that are some paths: each names its first segment.
fn paths(items: Vec<Value>) -> Result<Vec<String>, Reason> {
    let named = |path: &str| {
        let first = path.strip_prefix('/').and_then(|rest| rest.split('/').next());
        first.is_some_and(|first| !first.is_empty() && !first.contains('*'))
    };
    let mut paths = Vec::new();
    for item in items {
        let path = item.into_text()?;
        if !named(&path) || path.len() > super::limits::TEXT_BYTES_MAX {
            return Err(Reason::BadValue);
        }
        paths.push(path);
    }
    if paths.is_empty() { Err(Reason::BadValue) } else { Ok(paths) }
}

/// What of a request others approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The digest of the request's payload.
    pub request: Digest,
    /// When: it holds from then on.
    pub approved_at: Time,
    /// For how long.
    pub seconds: u64,
    /// For which of its categories.
    pub categories: Vec<String>,
    /// For which of its paths.
    pub paths: Vec<String>,
    /// How many crossings may use it.
    pub uses: u64,
}

impl Approval {
    /// Reads a payload that somebody who may sign has signed.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(payload: &[u8]) -> Result<Self, Reason> {
        let mut fields = Value::parse(payload)?.object()?;
        fields.expect("format", APPROVAL, Reason::OtherFormat)?;
        let approval = Self {
            request: fields.digest("request")?,
            approved_at: fields.time("approved_at")?,
            seconds: fields.count("seconds", GRANT_SECONDS_MAX)?,
            categories: fields.names("categories")?,
            paths: paths(fields.list("paths", LIST_MAX)?)?,
            uses: fields.count("uses", USES_MAX)?,
        };
        fields.end()?;
        Ok(approval)
    }

    /// Its payload, as people read it.
    #[must_use]
    pub fn write(&self) -> String {
        object([
            ("format", APPROVAL.into()),
            ("request", self.request.into()),
            ("approved_at", self.approved_at.into()),
            ("categories", json::list(self.categories.iter().map(String::as_str))),
            ("paths", json::list(self.paths.iter().map(String::as_str))),
            ("seconds", self.seconds.into()),
            ("uses", self.uses.into()),
        ])
        .pretty()
    }

    /// Whether it gives nothing that was not asked for.
    #[must_use]
    pub fn is_within(&self, request: &Request) -> bool {
        self.seconds <= request.seconds
            && self.uses <= request.uses
            && self.categories.iter().all(|category| request.categories.contains(category))
            && self.paths.iter().all(|path| request.paths.contains(path))
    }
}

/// A request and its approval, as they are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantEnvelopes {
    /// A [`Request`].
    pub request: Envelope,
    /// An [`Approval`].
    pub approval: Envelope,
}

/// What a grant is held against.
#[derive(Clone, Copy)]
pub(super) struct Ground<'g> {
    pub(super) root: &'g Root,
    pub(super) release: &'g Release,
    pub(super) release_until: Time,
    pub(super) tables: &'g Tables,
    pub(super) now: Time,
    pub(super) is_revoked: &'g dyn Fn(&Digest) -> bool,
    pub(super) proven: &'g Proven,
}

/// A grant that those have signed who must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The digest of its request, by which it is revoked and told of.
    pub id: Digest,
    /// Over which boundary, in both directions.
    pub boundary: BoundaryId,
    /// For which categories.
    pub categories: Vec<CategoryId>,
    /// What is done instead.
    pub action: ActionId,
    /// For which caller.
    pub subject: String,
    /// For which paths.
    pub paths: Vec<String>,
    /// How often it may be used.
    pub uses: u64,
    /// When it holds.
    pub period: Period,
    /// Whether it was an emergency.
    pub break_glass: bool,
    /// Who asked for it.
    pub requester: String,
    /// Who else signed.
    pub approvers: Vec<String>,
}

/// A finding that a grant may be for.
#[derive(Clone, Copy, Debug)]
pub struct Use<'u> {
    /// The time of the request.
    pub now: Time,
    /// The boundary of the crossing.
    pub boundary: BoundaryId,
    /// The category of the finding.
    pub category: CategoryId,
    /// The SPIFFE id that the caller has proven; empty where it has none.
    pub subject: &'u str,
    /// The path of the request, without its query.
    pub path: &'u [u8],
    /// How often the grant has been used.
    pub used: u64,
}

impl Grant {
    /// Whether it is for a path, without its query.
    #[must_use]
    pub fn is_for_path(&self, path: &[u8]) -> bool {
        self.paths.iter().any(|glob| glob::fits(glob, path, Some(b'/')))
    }

    /// Where it stands among the grants of a bundle.
    pub(super) fn place(&self) -> (BoundaryId, &str) {
        (self.boundary, &self.subject)
    }

    /// Whether it is for a finding, whatever the time.
    pub(super) fn fits(&self, asked: &Use<'_>) -> Result<(), Reason> {
        if self.boundary != asked.boundary || !self.categories.contains(&asked.category) {
            return Err(Reason::OtherCategory);
        }
        if self.subject != asked.subject {
            return Err(Reason::OtherSubject);
        }
        if !self.is_for_path(asked.path) {
            return Err(Reason::OtherPath);
        }
        if asked.used < self.uses { Ok(()) } else { Err(Reason::UsesSpent) }
    }

    /// Checks both envelopes and what the policy allows.
    pub(super) fn of(envelopes: &GrantEnvelopes, ground: Ground<'_>) -> Result<Self, Reason> {
        let Ground { root, release, now, is_revoked, proven, .. } = ground;
        let asked = envelopes.request.verify_with(proven, root, now, is_revoked)?;
        let request = Request::parse(asked.payload)?;
        let answered = envelopes.approval.verify_with(proven, root, now, is_revoked)?;
        let approval = Approval::parse(answered.payload)?;
        let id = envelopes.request.digest();
        if approval.request != id {
            return Err(Reason::OtherRequest);
        }
        // Only who asks signs a request: a signature there approves nothing.
        if asked.signers.keys().iter().any(|key| key.holder != request.requester) {
            return Err(Reason::OtherRequest);
        }
        if answered.signers.keys().iter().any(|key| key.holder == request.requester) {
            return Err(Reason::RequesterApproves);
        }
        let signers = asked.signers.and(answered.signers);
        let act = if request.break_glass { Act::BreakGlass } else { Act::Grant };
        let (role, approves) = (Role::Requester, Reason::RequesterApproves);
        root.quorum(act).met_begun(&signers, &request.requester, role, approves)?;
        if request.audience != release.audience {
            return Err(Reason::OtherAudience);
        }
        if request.policy != release.policy {
            return Err(Reason::OtherPolicy);
        }
        if !approval.is_within(&request) || approval.approved_at < request.requested {
            return Err(Reason::GrantWider);
        }
        allowed(id, &request, &approval, &signers, ground)
    }
}

/// The grant as the policy allows it.
fn allowed(
    id: Digest,
    request: &Request,
    approval: &Approval,
    signers: &Signers<'_>,
    ground: Ground<'_>,
) -> Result<Grant, Reason> {
    let tables = ground.tables;
    let mut boundaries = (0..).zip(&tables.boundaries);
    let found = boundaries.find(|(_, boundary)| boundary.id == request.boundary);
    let (n, boundary) = found.ok_or(Reason::GrantForbidden)?;
    let bounds = boundary.grants.as_ref().ok_or(Reason::GrantForbidden)?;
    let mut categories = Vec::new();
    for name in &approval.categories {
        let found = (0..).zip(&tables.categories).find(|(_, category)| category.name == *name);
        let (n, category) = found.ok_or(Reason::GrantForbidden)?;
        let never = never_in_an_emergency(&category.group);
        if !bounds.categories.contains(&CategoryId(n)) || (request.break_glass && never) {
            return Err(Reason::GrantForbidden);
        }
        categories.push(CategoryId(n));
    }
    let mut actions = bounds.actions.iter();
    let action = actions.find(|action| action.name == request.action);
    let action = action.ok_or(Reason::GrantForbidden)?.action;
    let from = approval.approved_at;
    let ends = [
        from.after(approval.seconds),
        from.after(bounds.ttl_seconds_max.into()),
        ground.release_until,
        signers.until(),
    ];
    let until = ends.into_iter().min().unwrap_or(from);
    let mut approvers: Vec<String> = Vec::new();
    for person in signers.persons() {
        if person.holder != request.requester {
            approvers.push(person.holder.into());
        }
    }
    Ok(Grant {
        id,
        boundary: BoundaryId(n),
        categories,
        action,
        subject: request.subject.clone(),
        paths: approval.paths.clone(),
        uses: approval.uses,
        period: Period { from, until },
        break_glass: request.break_glass,
        requester: request.requester.clone(),
        approvers,
    })
}
