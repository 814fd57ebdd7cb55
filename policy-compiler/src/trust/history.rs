//! Reads signed documents, and keeps of them what was signed by those who had to.

use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{
    Act, Approval, Chain, Envelope, Freshness, Reason, Release, Request, Review, Role, Root,
    Signers, Time,
};
use std::collections::{BTreeMap, BTreeSet};

/// How long nobody uses a key before it is suspended.
pub const IDLE_SECONDS: u64 = 90 * DAY;
/// Within how long of its approval a grant of an emergency is reviewed.
pub const REVIEW_SECONDS: u64 = DAY;

/// A signed document, and where it lies.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Where it lies, for people.
    pub place: String,
    /// The document with its signatures.
    pub envelope: Envelope,
}

/// A grant as it lies in a folder.
#[derive(Clone, Debug)]
pub struct GrantPapers {
    /// What was asked for.
    pub request: Paper,
    /// What of it was approved.
    pub approval: Option<Paper>,
    /// What others said of it since.
    pub review: Option<Paper>,
    /// Somebody wants it taken back, and the next freshness statement does.
    pub taken_back: bool,
}

/// Everything that is signed, as it lies in a folder.
#[derive(Clone, Debug)]
pub struct Documents {
    /// The digest of the first root's payload.
    pub pin: Digest,
    /// Roots, from the first to the one in force.
    pub roots: Vec<Envelope>,
    /// Releases, by version.
    pub releases: Vec<Paper>,
    /// Freshness statements, by number.
    pub freshness: Vec<Paper>,
    /// Grants.
    pub grants: Vec<GrantPapers>,
    /// What could not be read.
    pub omitted: Vec<Omitted>,
}

/// Something that counts for nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omitted {
    /// Where it lies.
    pub place: String,
    /// Why it does not count.
    pub why: String,
}

/// Somebody whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The holder.
    pub holder: String,
    /// The id of the key.
    pub key: Digest,
    /// What the key may be used for.
    pub roles: Vec<Role>,
}

/// A release, and who signed it.
#[derive(Clone, Debug)]
pub struct ReleaseFacts {
    /// What it says.
    pub release: Release,
    /// Whose signatures hold, key by key.
    pub signers: Vec<Signer>,
    /// Whether enough have signed.
    pub is_met: bool,
}

/// A grant, and who signed it.
#[derive(Clone, Debug)]
pub struct GrantFacts {
    /// The digest of its request.
    pub id: Digest,
    /// What was asked for.
    pub request: Request,
    /// What of it was approved, by enough people or not.
    pub approval: Option<Approval>,
    /// Whose signatures of the approval hold, key by key: the requester's too, which approve
    /// nothing.
    pub approvers: Vec<Signer>,
    /// Whether those approved it who had to, and hosts take it as it lies there.
    pub is_met: bool,
    /// Whether enough others approved it, whatever was signed besides: so it was open once, and
    /// nobody hides that by one signature too many.
    pub was_opened: bool,
    /// The review, where somebody wrote one who may.
    pub review: Option<Review>,
    /// When it was taken back.
    pub revoked: Option<Time>,
    /// Somebody wants it taken back.
    pub taken_back: bool,
}

/// What is known of all that was signed.
#[derive(Clone, Debug)]
pub struct History {
    /// The roots, from the first to the one in force.
    pub roots: Vec<Root>,
    /// Releases, by version.
    pub releases: Vec<ReleaseFacts>,
    /// Freshness statements, by number.
    pub statements: Vec<Freshness>,
    /// Grants, by when they were asked for.
    pub grants: Vec<GrantFacts>,
    /// When each key was last used: the time that the last document says which it has signed.
    uses: BTreeMap<[u8; 32], Time>,
    /// What does not count.
    pub omitted: Vec<Omitted>,
}

impl GrantFacts {
    /// Until when it holds, by what was approved and taken back. Its policy, its release and the
    /// keys that signed it may end it before.
    #[must_use]
    pub fn until(&self) -> Option<Time> {
        let approval = self.approval.as_ref().filter(|_| self.is_met)?;
        let ends = approval.approved_at.after(approval.seconds);
        Some(self.revoked.map_or(ends, |revoked| revoked.clamp(approval.approved_at, ends)))
    }

    /// By when somebody reviews it, where it is an emergency that was opened.
    #[must_use]
    pub fn review_due(&self) -> Option<Time> {
        let is_one = self.was_opened && self.request.break_glass;
        let approval = self.approval.as_ref().filter(|_| is_one)?;
        Some(approval.approved_at.after(REVIEW_SECONDS))
    }

    /// Whether nobody has reviewed what was to be reviewed by now.
    #[must_use]
    pub fn is_overdue(&self, now: Time) -> bool {
        self.review.is_none() && self.review_due().is_some_and(|due| due <= now)
    }

    /// Who approved it besides who asked for it, each once.
    #[must_use]
    pub fn opened_by(&self) -> BTreeSet<&str> {
        let holders = self.approvers.iter().map(|signer| signer.holder.as_str());
        holders.filter(|holder| *holder != self.request.requester).collect()
    }

    /// Whether a holder opened it, alone or with others.
    #[must_use]
    pub fn is_of(&self, holder: &str) -> bool {
        self.request.requester == holder
            || self.approvers.iter().any(|signer| signer.holder == holder)
    }

    /// The roles that the two lose who opened it, while nobody has reviewed it: those in which they
    /// signed.
    #[must_use]
    pub fn roles_at_stake(&self, root: &Root) -> Vec<(String, Role)> {
        let mut out = vec![(self.request.requester.clone(), Role::Requester)];
        for signer in &self.approvers {
            let slots = root.quorum(Act::BreakGlass).slots().iter();
            let signed_as = slots.filter(|role| **role != Role::Requester);
            for role in signed_as.filter(|role| signer.roles.contains(role)) {
                let pair = (signer.holder.clone(), *role);
                if !out.contains(&pair) {
                    out.push(pair);
                }
            }
        }
        out
    }
}

impl History {
    /// Reads documents, and checks every signature that it counts.
    ///
    /// # Errors
    /// When the roots do not follow from each other.
    pub fn read(documents: &Documents) -> Result<Self, Reason> {
        // Every root was signed by those before it: so their bytes may be read.
        Chain::follow(&documents.roots, &documents.pin, None)?;
        let parsed = documents.roots.iter().map(|root| Root::parse(root.unverified()));
        let mut history = Self {
            roots: parsed.collect::<Result<_, _>>()?,
            releases: Vec::new(),
            statements: Vec::new(),
            grants: Vec::new(),
            uses: BTreeMap::new(),
            omitted: documents.omitted.clone(),
        };
        let roots = history.roots.clone();
        for (envelope, root) in documents.roots.iter().zip(&roots) {
            if let Ok(judged) = judge(&roots, envelope, root.period.from, |_, _| true) {
                history.used(&judged.signers, root.period.from);
            }
        }
        for paper in &documents.releases {
            let read = history.release(&roots, &paper.envelope);
            history.keep(paper, read);
        }
        for paper in &documents.freshness {
            let read = history.statement(&roots, &paper.envelope);
            history.keep(paper, read);
        }
        for papers in &documents.grants {
            if let Err((paper, reason)) = history.grant(&roots, papers) {
                history.keep(paper, Err(reason));
            }
        }
        history.grants.sort_by_key(|grant| (grant.request.requested, grant.id.0));
        Ok(history)
    }

    /// The root in force. There is one: nothing is read without.
    #[must_use]
    pub fn root(&self) -> Option<&Root> {
        self.roots.last()
    }

    /// The last freshness statement.
    #[must_use]
    pub fn last_statement(&self) -> Option<&Freshness> {
        self.statements.iter().max_by_key(|statement| statement.number)
    }

    /// The release that the last statement says is current.
    #[must_use]
    pub fn current(&self) -> Option<&ReleaseFacts> {
        let seen = self.last_statement()?.release;
        self.releases.iter().find(|facts| facts.release.seen() == seen)
    }

    /// When a key of the root in force was last used: to sign, or to be named anew by a root.
    #[must_use]
    pub fn last_use(&self, id: &Digest) -> Option<Time> {
        let named = self.root()?.key(id)?.period.from;
        Some(self.uses.get(&id.0).map_or(named, |used| (*used).max(named)))
    }

    /// Keys that may sign and that nobody has used for long. What is current was signed by keys in
    /// use, however long ago.
    #[must_use]
    pub fn idle_keys(&self, now: Time) -> Vec<Digest> {
        let Some(root) = self.root() else { return Vec::new() };
        let signs = self.current().map_or(&[][..], |facts| &facts.signers);
        let active = root.keys.iter().filter(|key| key.period.is_active(now));
        let ids = active.map(|key| key.public.id());
        ids.filter(|id| {
            let idle = self.last_use(id).map_or(0, |used| now.since(used));
            idle >= IDLE_SECONDS && signs.iter().all(|signer| signer.key != *id)
        })
        .collect()
    }

    /// Emergencies that nobody reviewed in time.
    pub fn overdue(&self, now: Time) -> impl Iterator<Item = &GrantFacts> {
        self.grants.iter().filter(move |grant| grant.is_overdue(now))
    }

    fn keep(&mut self, paper: &Paper, read: Result<(), Reason>) {
        if let Err(reason) = read {
            let why = format!("{reason}: {}", reason.meaning());
            self.omitted.push(Omitted { place: paper.place.clone(), why });
        }
    }

    fn used(&mut self, signers: &[Signer], at: Time) {
        for signer in signers {
            let last = self.uses.entry(signer.key.0).or_insert(at);
            *last = (*last).max(at);
        }
    }

    fn release(&mut self, roots: &[Root], envelope: &Envelope) -> Result<(), Reason> {
        let release = Release::parse(payload(roots, envelope)?)?;
        let met = |root: &Root, signers: &Signers<'_>| root.lets_run(&release, signers).is_ok();
        let Judged { signers, is_met } = judge(roots, envelope, release.issued, met)?;
        self.used(&signers, release.issued);
        self.releases.push(ReleaseFacts { release, signers, is_met });
        Ok(())
    }

    fn statement(&mut self, roots: &[Root], envelope: &Envelope) -> Result<(), Reason> {
        let statement = Freshness::parse(payload(roots, envelope)?)?;
        let met = |root: &Root, signers: &Signers<'_>| {
            let acts = [Act::Freshness, Act::Root].into_iter();
            acts.map(|act| root.quorum(act)).any(|quorum| quorum.missing(signers).is_empty())
        };
        let Judged { signers, is_met } = judge(roots, envelope, statement.period.from, met)?;
        if !is_met {
            return Err(Reason::QuorumShort);
        }
        self.used(&signers, statement.period.from);
        self.statements.push(statement);
        Ok(())
    }

    /// A request that its requester has signed. What is wrong with its other halves is told, and
    /// these are left out.
    fn grant<'p>(
        &mut self,
        roots: &[Root],
        papers: &'p GrantPapers,
    ) -> Result<(), (&'p Paper, Reason)> {
        let paper = &papers.request;
        let envelope = &paper.envelope;
        let request = payload(roots, envelope).and_then(Request::parse);
        let request = request.map_err(|reason| (paper, reason))?;
        let met =
            |_: &Root, signers: &Signers<'_>| signers.has(&request.requester, Role::Requester);
        let asked = judge(roots, envelope, request.requested, met);
        let asked = asked.map_err(|reason| (paper, reason))?;
        if !asked.is_met {
            return Err((paper, Reason::QuorumShort));
        }
        self.used(&asked.signers, request.requested);
        let id = envelope.digest();
        let mut revoking =
            self.statements.iter().filter(|statement| statement.revoked_grants.contains(&id));
        let mut facts = GrantFacts {
            id,
            revoked: revoking.next().map(|statement| statement.period.from),
            request,
            approval: None,
            approvers: Vec::new(),
            is_met: false,
            was_opened: false,
            review: None,
            taken_back: papers.taken_back,
        };
        if let Some(paper) = &papers.approval {
            let read = self.approval(roots, envelope, &paper.envelope, &mut facts);
            self.keep(paper, read);
        }
        if let Some(paper) = &papers.review {
            let read = self.review(roots, &paper.envelope, &mut facts);
            self.keep(paper, read);
        }
        self.grants.push(facts);
        Ok(())
    }

    fn approval(
        &mut self,
        roots: &[Root],
        asked: &Envelope,
        envelope: &Envelope,
        facts: &mut GrantFacts,
    ) -> Result<(), Reason> {
        let approval = Approval::parse(payload(roots, envelope)?)?;
        let request = &facts.request;
        if approval.request != facts.id {
            return Err(Reason::OtherRequest);
        }
        if !approval.is_within(request) || approval.approved_at < request.requested {
            return Err(Reason::GrantWider);
        }
        let act = if request.break_glass { Act::BreakGlass } else { Act::Grant };
        let met = |root: &Root, signers: &Signers<'_>| {
            let Ok(asked) = asked.verify(root, request.requested, &|_| false) else {
                return false;
            };
            // As a host sees it: who asks signs the request alone, and nothing else.
            let mine = |holder: &str| holder == request.requester;
            let parted = asked.signers.keys().iter().all(|key| mine(&key.holder))
                && !signers.keys().iter().any(|key| mine(&key.holder));
            let all = asked.signers.and(signers.clone());
            let quorum = root.quorum(act);
            let missing = quorum.missing_begun(&all, &request.requester, Role::Requester);
            parted && missing.is_empty()
        };
        let Judged { signers, is_met } = judge(roots, envelope, approval.approved_at, met)?;
        let opened = |root: &Root, signers: &Signers<'_>| {
            let quorum = root.quorum(act);
            let missing = quorum.missing_begun(signers, &request.requester, Role::Requester);
            missing.iter().all(|role| *role == Role::Requester)
        };
        let was_opened = judge(roots, envelope, approval.approved_at, opened)?.is_met;
        self.used(&signers, approval.approved_at);
        facts.was_opened = was_opened;
        facts.approvers = signers;
        facts.is_met = is_met;
        facts.approval = Some(approval);
        Ok(())
    }

    /// A review by somebody who did not open what is reviewed.
    fn review(
        &mut self,
        roots: &[Root],
        envelope: &Envelope,
        facts: &mut GrantFacts,
    ) -> Result<(), Reason> {
        let review = Review::parse(payload(roots, envelope)?)?;
        if review.request != facts.id {
            return Err(Reason::OtherRequest);
        }
        let approved_at = facts.approval.as_ref().map(|approval| approval.approved_at);
        if approved_at.is_none_or(|approved| review.reviewed_at < approved) {
            return Err(Reason::BadTime);
        }
        let reviewer = &review.reviewer;
        let met = |_: &Root, signers: &Signers<'_>| {
            REVIEWERS.into_iter().any(|role| signers.has(reviewer, role))
        };
        let Judged { signers, is_met } = judge(roots, envelope, review.reviewed_at, met)?;
        if facts.is_of(reviewer) {
            return Err(Reason::RequesterApproves);
        }
        if !is_met {
            return Err(Reason::QuorumShort);
        }
        self.used(&signers, review.reviewed_at);
        facts.review = Some(review);
        Ok(())
    }
}

/// Who may review what was opened in an emergency, unless they opened it.
pub const REVIEWERS: [Role; 3] = [Role::Approver, Role::Privacy, Role::Root];

/// A payload that some key of some root has signed. When it was made tells then which keys could.
fn payload<'e>(roots: &[Root], envelope: &'e Envelope) -> Result<&'e [u8], Reason> {
    let mut why = Reason::Unsigned;
    for root in roots.iter().rev() {
        match envelope.signed_at_some_time(root) {
            Ok(payload) => return Ok(payload),
            Err(Reason::Unsigned) => {}
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

struct Judged {
    signers: Vec<Signer>,
    is_met: bool,
}

/// Who signed with keys that could sign at a time, by the last root that lets them; and where no
/// root does, by the one that knows most of them.
fn judge(
    roots: &[Root],
    envelope: &Envelope,
    at: Time,
    met: impl Fn(&Root, &Signers<'_>) -> bool,
) -> Result<Judged, Reason> {
    let (mut known, mut why) = (None::<Judged>, Reason::Unsigned);
    for root in roots.iter().rev() {
        match envelope.verify(root, at, &|_| false) {
            Ok(signed) => {
                let is_met = met(root, &signed.signers);
                let judged = Judged { signers: signers(&signed.signers), is_met };
                if is_met {
                    return Ok(judged);
                }
                let more = |known: &Judged| judged.signers.len() > known.signers.len();
                if known.as_ref().is_none_or(more) {
                    known = Some(judged);
                }
            }
            Err(Reason::Unsigned) => {}
            Err(reason) => why = reason,
        }
    }
    known.ok_or(why)
}

fn signers(signers: &Signers<'_>) -> Vec<Signer> {
    let signer = |key: &&cofferdam_engine::trust::Key| Signer {
        holder: key.holder.clone(),
        key: key.public.id(),
        roles: key.roles.clone(),
    };
    signers.keys().iter().map(signer).collect()
}
