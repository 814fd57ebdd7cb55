//! Counts: one pass over what was signed for each figure.

use super::history::{GrantFacts, History, IDLE_SECONDS, Omitted, ReleaseFacts};
use super::usage::{MeasuredRules, Usage};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{Key, Role, Standing, Time};
use std::collections::{BTreeMap, BTreeSet};

/// All that is measured, at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The time.
    pub at: Time,
    /// Releases.
    pub releases: Releases,
    /// Grants, those of emergencies among them.
    pub grants: Grants,
    /// What became of grants, where entries were read.
    pub used: Option<GrantUse>,
    /// Emergencies.
    pub emergencies: Emergencies,
    /// Signatures by which somebody would have approved what they began.
    pub self_approvals: Vec<SelfApproval>,
    /// Pairs who approve each other's.
    pub reciprocal: Vec<Reciprocal>,
    /// Keys of the root in force.
    pub keys: Vec<KeyFigures>,
    /// How many holders may sign in each role now.
    pub roles: Vec<(Role, usize)>,
    /// What ends, the next first.
    pub ends: Vec<End>,
    /// Rules that nothing met, where entries and a policy were read.
    pub rules: Option<RuleUse>,
    /// What does not count.
    pub omitted: Vec<Omitted>,
}

/// Lengths of time, in seconds. Of an even number of them the median is between the middle two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// How many.
    pub count: usize,
    /// The one in the middle.
    pub median: u64,
    /// The longest.
    pub max: u64,
}

/// See [`Figures`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releases {
    /// All that an author has signed.
    pub proposed: usize,
    /// Those that enough people have signed.
    pub approved: usize,
    /// Those that wait for signatures, and have not ended.
    pub waiting: usize,
    /// The version that is current by the last freshness statement.
    pub current: Option<u64>,
    /// From the proposal to the first statement that it is current: a signature has no time.
    pub latency: Lengths,
}

/// See [`Figures`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// All that was asked for.
    pub asked: usize,
    /// What others approved.
    pub approved: usize,
    /// What waits for approval, and is not taken back.
    pub waiting: usize,
    /// What holds now.
    pub open: usize,
    /// What was taken back.
    pub revoked: usize,
    /// From the request to its approval.
    pub latency: Lengths,
    /// From the approval to the end, or to when it was taken back.
    pub life: Lengths,
}

/// What entries tell of approved grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantUse {
    /// An entry names them.
    pub used: usize,
    /// They have ended, and no entry of their whole life names them.
    pub never: Vec<Digest>,
    /// No entry names them yet.
    pub open: usize,
    /// No entry names them, and entries are not of their whole life.
    pub unknown: usize,
}

/// Grants of emergencies that were approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergencies {
    /// How many.
    pub count: usize,
    /// Reviewed, in time or late.
    pub reviewed: usize,
    /// Of these those that were late.
    pub late: usize,
    /// Of these those that should not have been made.
    pub unjustified: usize,
    /// Not reviewed yet, and not late.
    pub due: usize,
    /// Not reviewed in time, nor since.
    pub overdue: usize,
    /// Each.
    pub list: Vec<Emergency>,
}

/// A grant of an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Its id.
    pub id: Digest,
    /// Who asked.
    pub requester: String,
    /// Who approved.
    pub approvers: Vec<String>,
    /// By when somebody reviews it.
    pub due: Time,
    /// Whether somebody has.
    pub state: EmergencyState,
}

/// What became of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmergencyState {
    /// There is time.
    Due,
    /// There is none.
    Overdue,
    /// In time.
    Reviewed,
    /// Too late.
    Late,
}

impl EmergencyState {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Reviewed => "reviewed",
            Self::Late => "reviewed late",
        }
    }
}

/// Somebody signed in an approver's place what they began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfApproval {
    /// `release` or `grant`.
    pub what: &'static str,
    /// Its version, or its id.
    pub name: String,
    /// Who.
    pub holder: String,
    /// With how many keys.
    pub signatures: usize,
}

/// Two who approve each other's releases and grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reciprocal {
    /// One.
    pub first: String,
    /// The other.
    pub second: String,
    /// How much of the second's the first approved.
    pub by_first: usize,
    /// How much of the first's the second approved.
    pub by_second: usize,
}

/// A key of the root in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFigures {
    /// Its id.
    pub id: Digest,
    /// Whose.
    pub holder: String,
    /// What for.
    pub roles: Vec<Role>,
    /// Whether it signs.
    pub state: KeyState,
    /// Days since a root first named it.
    pub age_days: u64,
    /// Days since it signed anything, or a root renewed it.
    pub idle_days: u64,
    /// Its end.
    pub until: Time,
}

/// Whether a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Signs,
    /// Its time has not begun.
    Early,
    /// Its time has ended.
    Ended,
    /// The last statement suspends it.
    Suspended,
    /// The last statement revokes it.
    Revoked,
}

impl KeyState {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signs => "signs",
            Self::Early => "not yet",
            Self::Ended => "ended",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// `root`, `key`, `release`, `freshness` or `grant`.
    pub what: &'static str,
    /// Which one.
    pub name: String,
    /// When.
    pub until: Time,
    /// Whole days until then; below zero where it has ended.
    pub days_left: i64,
}

/// Rules of the current release that nothing met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleUse {
    /// For how many days.
    pub days: u64,
    /// The first entry of this policy, where there is one.
    pub since: Option<Time>,
    /// Whether entries of this policy go back as far.
    pub is_covered: bool,
    /// How many rules there are.
    pub rules: usize,
    /// Those that nothing met.
    pub unmet: Vec<String>,
}

impl Figures {
    /// Measures, at a time; with what entries tell, where some were read.
    #[must_use]
    pub fn new(
        history: &History,
        usage: Option<&Usage>,
        rules: Option<&MeasuredRules>,
        now: Time,
    ) -> Self {
        Self {
            at: now,
            releases: releases(history, now),
            grants: grants(history, now),
            used: usage.map(|usage| used(history, usage, now)),
            emergencies: emergencies(history, now),
            self_approvals: self_approvals(history),
            reciprocal: reciprocal(history),
            keys: keys(history, now),
            roles: roles(history, now),
            ends: ends(history, now),
            rules: usage.zip(rules).map(|(usage, rules)| unmet(usage, rules, now)),
            omitted: history.omitted.clone(),
        }
    }
}

impl Lengths {
    fn of(mut all: Vec<u64>) -> Self {
        all.sort_unstable();
        let at = |n: usize| all.get(n).copied().unwrap_or(0);
        let middle = all.len() / 2;
        let median = match all.len() % 2 {
            0 => at(middle.saturating_sub(1)).midpoint(at(middle)),
            _ => at(middle),
        };
        Self { count: all.len(), median, max: all.last().copied().unwrap_or(0) }
    }
}

fn releases(history: &History, now: Time) -> Releases {
    let all = &history.releases;
    let became_current = |facts: &ReleaseFacts| {
        let seen = facts.release.seen();
        let naming = history.statements.iter().filter(|statement| statement.release == seen);
        naming.map(|statement| statement.period.from).min()
    };
    let approved = || all.iter().filter(|facts| facts.is_met);
    let latency = approved().filter_map(|facts| {
        became_current(facts).map(|current| current.since(facts.release.issued))
    });
    let waits = |facts: &&ReleaseFacts| !facts.is_met && now < facts.release.period.until;
    Releases {
        proposed: all.len(),
        approved: approved().count(),
        waiting: all.iter().filter(waits).count(),
        current: history.current().map(|facts| facts.release.version),
        latency: Lengths::of(latency.collect()),
    }
}

/// When it was approved by those who had to, and when it ends.
fn life(grant: &GrantFacts) -> Option<(Time, Time)> {
    Some((grant.approval.as_ref()?.approved_at, grant.until()?))
}

fn is_open(grant: &GrantFacts, now: Time) -> bool {
    life(grant).is_some_and(|(from, until)| from <= now && now < until)
}

fn grants(history: &History, now: Time) -> Grants {
    let all = &history.grants;
    let lives: Vec<_> = all.iter().filter_map(|grant| Some((grant, life(grant)?))).collect();
    let latency = lives.iter().map(|(grant, (from, _))| from.since(grant.request.requested));
    let taken_back = |grant: &&GrantFacts| grant.revoked.is_some() || grant.taken_back;
    Grants {
        asked: all.len(),
        approved: lives.len(),
        waiting: all.iter().filter(|grant| !grant.is_met && !taken_back(grant)).count(),
        open: all.iter().filter(|grant| is_open(grant, now)).count(),
        revoked: all.iter().filter(|grant| grant.revoked.is_some()).count(),
        latency: Lengths::of(latency.collect()),
        life: Lengths::of(lives.iter().map(|(_, (from, until))| until.since(*from)).collect()),
    }
}

fn used(history: &History, usage: &Usage, now: Time) -> GrantUse {
    let mut out = GrantUse { used: 0, never: Vec::new(), open: 0, unknown: 0 };
    for grant in &history.grants {
        let Some((from, until)) = life(grant) else { continue };
        let covers = usage.window().is_some_and(|(first, last)| first <= from && until <= last);
        match (usage.names(&grant.id), now < until, covers) {
            (true, _, _) => out.used += 1,
            (false, true, _) => out.open += 1,
            (false, false, true) => out.never.push(grant.id),
            (false, false, false) => out.unknown += 1,
        }
    }
    out
}

fn holders(grant: &GrantFacts) -> Vec<String> {
    grant.opened_by().into_iter().map(str::to_owned).collect()
}

fn emergencies(history: &History, now: Time) -> Emergencies {
    let mut list = Vec::new();
    let mut unjustified = 0;
    for grant in &history.grants {
        let Some(due) = grant.review_due() else { continue };
        let state = match &grant.review {
            Some(review) if review.reviewed_at <= due => EmergencyState::Reviewed,
            Some(_) => EmergencyState::Late,
            None if grant.is_overdue(now) => EmergencyState::Overdue,
            None => EmergencyState::Due,
        };
        unjustified += usize::from(grant.review.as_ref().is_some_and(|review| !review.justified));
        list.push(Emergency {
            id: grant.id,
            requester: grant.request.requester.clone(),
            approvers: holders(grant),
            due,
            state,
        });
    }
    let count = |state| list.iter().filter(|one| one.state == state).count();
    let late = count(EmergencyState::Late);
    Emergencies {
        count: list.len(),
        reviewed: count(EmergencyState::Reviewed) + late,
        late,
        unjustified,
        due: count(EmergencyState::Due),
        overdue: count(EmergencyState::Overdue),
        list,
    }
}

fn self_approvals(history: &History) -> Vec<SelfApproval> {
    let of_release = |facts: &ReleaseFacts| {
        let author = &facts.release.author;
        let theirs = facts.signers.iter().filter(|signer| signer.holder == *author);
        let as_author = theirs.clone().any(|signer| signer.roles.contains(&Role::Author));
        SelfApproval {
            what: "release",
            name: facts.release.version.to_string(),
            holder: author.clone(),
            signatures: theirs.count() - usize::from(as_author),
        }
    };
    let of_grant = |grant: &GrantFacts| {
        let requester = &grant.request.requester;
        let theirs = grant.approvers.iter().filter(|signer| signer.holder == *requester);
        SelfApproval {
            what: "grant",
            name: short(&grant.id),
            holder: requester.clone(),
            signatures: theirs.count(),
        }
    };
    let all = history.releases.iter().map(of_release).chain(history.grants.iter().map(of_grant));
    all.filter(|attempt| attempt.signatures > 0).collect()
}

fn reciprocal(history: &History) -> Vec<Reciprocal> {
    let mut approved: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut count = |began: &str, holders: BTreeSet<&str>| {
        for holder in holders.into_iter().filter(|holder| *holder != began) {
            *approved.entry((holder.to_owned(), began.to_owned())).or_default() += 1;
        }
    };
    for facts in history.releases.iter().filter(|facts| facts.is_met) {
        let signers = facts.signers.iter().map(|signer| signer.holder.as_str());
        count(&facts.release.author, signers.collect());
    }
    for grant in history.grants.iter().filter(|grant| grant.is_met) {
        let signers = grant.approvers.iter().map(|signer| signer.holder.as_str());
        count(&grant.request.requester, signers.collect());
    }
    let first = approved.iter().filter(|((by, of), _)| by < of);
    let both = first.filter_map(|((first, second), by_first)| {
        let by_second = *approved.get(&(second.clone(), first.clone()))?;
        let (first, second) = (first.clone(), second.clone());
        Some(Reciprocal { first, second, by_first: *by_first, by_second })
    });
    both.collect()
}

fn state(history: &History, key: &Key, now: Time) -> KeyState {
    let (id, last) = (key.public.id(), history.last_statement());
    if last.is_some_and(|last| last.revoked_keys.contains(&id)) {
        return KeyState::Revoked;
    }
    match key.period.standing(now) {
        Standing::Before => KeyState::Early,
        Standing::After => KeyState::Ended,
        Standing::Active if last.is_some_and(|last| last.suspended_keys.contains(&id)) => {
            KeyState::Suspended
        }
        Standing::Active => KeyState::Signs,
    }
}

fn keys(history: &History, now: Time) -> Vec<KeyFigures> {
    let all = history.root().map(|root| root.keys.as_slice()).unwrap_or_default();
    let figures = |key: &Key| {
        let id = key.public.id();
        let named = history.roots.iter().filter_map(|root| root.key(&id));
        let first = named.map(|key| key.period.from).min().unwrap_or(key.period.from);
        KeyFigures {
            id,
            holder: key.holder.clone(),
            roles: key.roles.clone(),
            state: state(history, key, now),
            age_days: now.since(first) / DAY,
            idle_days: history.last_use(&id).map_or(0, |used| now.since(used)) / DAY,
            until: key.period.until,
        }
    };
    let mut keys: Vec<_> = all.iter().map(figures).collect();
    keys.sort_by(|a, b| (&a.holder, a.id.0).cmp(&(&b.holder, b.id.0)));
    keys
}

fn roles(history: &History, now: Time) -> Vec<(Role, usize)> {
    let all = history.root().map(|root| root.keys.as_slice()).unwrap_or_default();
    let holders = |role: Role| {
        let signing = all.iter().filter(|key| state(history, key, now) == KeyState::Signs);
        let with = signing.filter(|key| key.roles.contains(&role));
        with.map(|key| key.holder.as_str()).collect::<BTreeSet<_>>().len()
    };
    Role::ALL.into_iter().map(|role| (role, holders(role))).collect()
}

fn ends(history: &History, now: Time) -> Vec<End> {
    let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    let end = |what, name: String, until: Time| End {
        what,
        name,
        until,
        days_left: (signed(until.0) - signed(now.0)).div_euclid(signed(DAY)),
    };
    let mut out = Vec::new();
    if let Some(root) = history.root() {
        out.push(end("root", root.version.to_string(), root.period.until));
        let keys = root.keys.iter();
        out.extend(keys.map(|key| {
            let name = format!("{} {}", key.holder, short(&key.public.id()));
            end("key", name, key.period.until)
        }));
    }
    let current = history.current().map_or(0, |facts| facts.release.version);
    let releases = history.releases.iter().filter(|facts| facts.release.version >= current);
    out.extend(releases.map(|facts| {
        end("release", facts.release.version.to_string(), facts.release.period.until)
    }));
    let last = history.last_statement();
    out.extend(last.map(|last| end("freshness", last.number.to_string(), last.period.until)));
    for grant in history.grants.iter().filter(|grant| is_open(grant, now)) {
        out.extend(grant.until().map(|until| end("grant", short(&grant.id), until)));
    }
    out.sort_by(|a, b| (a.until, a.what, &a.name).cmp(&(b.until, b.what, &b.name)));
    out
}

fn unmet(usage: &Usage, rules: &MeasuredRules, now: Time) -> RuleUse {
    let since = usage.since(&rules.policy);
    let from = Time(now.0.saturating_sub(rules.days * DAY));
    let met = |rule: &&String| usage.met(&rules.policy, rule).is_some_and(|met| met >= from);
    let unmet = rules.rules.iter().filter(|rule| !met(rule)).cloned().collect();
    RuleUse {
        days: rules.days,
        since,
        is_covered: since.is_some_and(|since| since <= from),
        rules: rules.rules.len(),
        // Where no entry is of this policy, nothing is known of its rules.
        unmet: if since.is_some() { unmet } else { Vec::new() },
    }
}

/// Enough of an id to find it by: the name of a grant's folder.
pub(super) fn short(id: &Digest) -> String {
    id.to_string().chars().take(16).collect()
}

/// Whether a key has rested for so long that it is to be suspended.
pub(super) fn is_idle(key: &KeyFigures) -> bool {
    key.idle_days >= IDLE_SECONDS / DAY
}
