//! A history of forty releases and a hundred and sixty grants, made by a seed with throw-away keys,
//! as files in a folder; and beside it what was done, in plain numbers.

use super::POLICY;
use crate::process::Folder;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{
    Act, Approval, Change, EngineVersion, Freshness, Key, Kind, PayloadType, Period, PublicKey,
    Quorum, Release, Request, Review, Role, Root, Seen, Time, signed_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// 2026-01-01T00:00:00Z
pub(crate) const START: u64 = 1_767_225_600;
/// The time that the report is of.
pub(crate) const NOW: u64 = START + 170 * DAY + 5 * HOUR;
pub(crate) const HOUR: u64 = 3600;
const RELEASES: u64 = 40;
const GRANTS: u64 = 160;
/// When root 2 was made.
pub(crate) const SECOND_ROOT: u64 = START + 100 * DAY;

/// Holder, whether the second root has the key and renews it, and its roles.
pub(crate) const KEYS: [(&str, bool, bool, &[Role]); 9] = [
    ("ann", true, true, &[Role::Author, Role::Approver, Role::Root]),
    ("ann", true, true, &[Role::Approver]),
    ("bob", true, true, &[Role::Author, Role::Approver, Role::Root]),
    ("pat", true, true, &[Role::Privacy, Role::Root]),
    ("sue", true, true, &[Role::Requester, Role::Privacy]),
    ("lee", true, true, &[Role::Requester, Role::Privacy, Role::Approver]),
    ("kim", false, false, &[Role::Approver]),
    // Nobody ever uses this one.
    ("max", true, false, &[Role::Approver]),
    ("robot", true, true, &[Role::Online]),
];
pub(crate) const ANN: usize = 0;
pub(crate) const ANN_AGAIN: usize = 1;
pub(crate) const BOB: usize = 2;
pub(crate) const PAT: usize = 3;
pub(crate) const SUE: usize = 4;
pub(crate) const LEE: usize = 5;
pub(crate) const KIM: usize = 6;
pub(crate) const MAX: usize = 7;
pub(crate) const ROBOT: usize = 8;

/// SplitMix64, published by Steele, Lea and Flood (2014).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick(&mut self, of: &[usize]) -> usize {
        of[usize::try_from(self.below(of.len() as u64)).expect("a place")]
    }
}

/// What was done with a release. Times are seconds since [`START`].
#[derive(Clone, Debug)]
pub(crate) struct Released {
    pub(crate) version: u64,
    pub(crate) issued: u64,
    pub(crate) author: usize,
    pub(crate) approvers: Vec<usize>,
    pub(crate) enough: bool,
    pub(crate) twice: bool,
    pub(crate) current: Option<u64>,
}

/// What was done with a grant.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) id: Digest,
    pub(crate) requester: usize,
    pub(crate) requested: u64,
    pub(crate) emergency: bool,
    asked: u64,
    pub(crate) approved: Option<u64>,
    pub(crate) approver: usize,
    pub(crate) seconds: u64,
    /// Who asked signed as an approver too.
    pub(crate) alone: bool,
    pub(crate) revoked: Option<u64>,
    pub(crate) taken_back: bool,
    /// When, whether it was justified, and whether by one who may.
    pub(crate) review: Option<(u64, bool, bool)>,
    /// An entry names it, at this time.
    pub(crate) used: Option<u64>,
}

impl Granted {
    /// What the seed wants done; without the id, which follows from it.
    fn drawn(chance: &mut Chance, n: u64) -> Self {
        let requested = chance.below(169 * DAY);
        let requester = chance.pick(&[SUE, LEE]);
        let other = if requester == SUE { LEE } else { SUE };
        let emergency = n.is_multiple_of(8);
        let approver = match emergency {
            true => chance.pick(&[ANN, BOB]),
            false => chance.pick(&[other, PAT]),
        };
        let asked =
            if emergency { 300 + chance.below(1500) } else { HOUR + chance.below(20 * DAY) };
        let seconds = asked - chance.below(asked / 2);
        let approved = (chance.below(7) > 0).then(|| requested + 60 + chance.below(DAY));
        let alone = approved.is_some() && chance.below(20) == 0;
        let holds = approved.filter(|_| !alone);
        let revoked = holds.filter(|at| *at > 5 * DAY && !emergency && chance.below(6) == 0);
        let revoked = revoked.map(|approved| approved + 1 + chance.below(seconds + seconds / 2));
        let taken_back = approved.is_none() && chance.below(5) == 0;
        let kind = chance.below(5);
        let (justified, soon) = (chance.below(3) > 0, HOUR + chance.below(22 * HOUR));
        let review = holds.filter(|_| emergency).and_then(|approved| match kind {
            0 => None,
            1 | 2 => Some((approved + soon, justified, true)),
            3 => Some((approved + DAY + soon, justified, true)),
            _ => Some((approved + soon, justified, false)),
        });
        let review = review.filter(|(at, ..)| START + at <= NOW);
        let used = holds.filter(|_| chance.below(3) > 0);
        let used = used.map(|approved| approved + chance.below(seconds));
        let used = used.filter(|at| *at >= 5 * DAY && START + at < NOW);
        Self {
            id: Digest([0; 32]),
            requester,
            requested,
            emergency,
            asked,
            approved,
            approver,
            seconds,
            alone,
            revoked: revoked.filter(|at| START + at < NOW - DAY),
            taken_back,
            review,
            used,
        }
    }
}

pub(crate) struct Seeded {
    pub(crate) folder: Folder,
    pub(crate) releases: Vec<Released>,
    pub(crate) grants: Vec<Granted>,
    /// When each key last signed something that counts.
    pub(crate) uses: BTreeMap<usize, u64>,
    pub(crate) statements: u64,
    pub(crate) last_statement: u64,
    /// Version that is current.
    pub(crate) current: u64,
    /// Of the policy of the current release.
    pub(crate) blob: Digest,
}

pub(crate) fn public(key: usize) -> PublicKey {
    let secret = secret(key);
    PublicKey::new(Kind::Ed25519, secret.verifying_key().as_bytes()).expect("a key")
}

fn secret(key: usize) -> SigningKey {
    SigningKey::from_bytes(&[u8::try_from(key).expect("few keys") + 1; 32])
}

impl Seeded {
    pub(crate) fn new(name: &str, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let compiled = cofferdam_policy_compiler::compile(POLICY, "policy.yaml").expect("a policy");
        let mut seeded = Self {
            folder: Folder::new(&format!("seeded-{name}")),
            releases: Vec::new(),
            grants: Vec::new(),
            uses: BTreeMap::new(),
            statements: 0,
            last_statement: 0,
            current: 0,
            blob: Digest::of(&compiled.blob),
        };
        seeded.roots();
        seeded.release_all(&mut chance);
        for n in 0..GRANTS {
            seeded.grant(&mut chance, n);
        }
        seeded.state();
        seeded
    }

    pub(crate) fn trust(&self) -> String {
        self.folder.path("trust")
    }

    fn write(&self, name: &str, text: &str) {
        self.folder.file(&format!("trust/{name}"), text.as_bytes());
    }

    /// Writes a document, signed; `at` is when, and `counts` whether it says something of keys.
    fn sign(
        &mut self,
        (payload, signatures): (&str, &str),
        of: PayloadType,
        text: &str,
        keys: &[usize],
        at: Option<u64>,
    ) {
        self.write(payload, text);
        for key in keys {
            let id = public(*key).id().to_string();
            let signature = secret(*key).sign(&signed_bytes(of, text.as_bytes()));
            let line = format!("ed25519 {id} {}\n", STANDARD.encode(signature.to_bytes()));
            self.write(&format!("{signatures}/{}.{}.sig", KEYS[*key].0, &id[..8]), &line);
            if let Some(at) = at {
                let last = self.uses.entry(*key).or_insert(at);
                *last = (*last).max(at);
            }
        }
    }

    fn roots(&mut self) {
        for version in [1, 2] {
            let from = if version == 1 { START } else { SECOND_ROOT };
            let mut keys = Vec::new();
            for (n, (holder, stays, renewed, roles)) in KEYS.into_iter().enumerate() {
                let from = if renewed { from } else { START };
                let period = Period { from: Time(from), until: Time(from + 180 * DAY) };
                let (holder, roles, public) = (holder.to_owned(), roles.to_vec(), public(n));
                if stays || version == 1 {
                    keys.push(Key { holder, public, roles, period });
                }
            }
            let quorum = |act, roles: &[(Role, u64)]| Quorum::new(act, roles).expect("a quorum");
            let quorums = [
                quorum(Act::Open, &[(Role::Author, 1), (Role::Approver, 1), (Role::Privacy, 1)]),
                quorum(Act::Tighten, &[(Role::Author, 1), (Role::Approver, 1)]),
                quorum(Act::Grant, &[(Role::Requester, 1), (Role::Privacy, 1)]),
                quorum(Act::BreakGlass, &[(Role::Requester, 1), (Role::Approver, 1)]),
                quorum(Act::Root, &[(Role::Root, 3)]),
                quorum(Act::Freshness, &[(Role::Online, 1)]),
            ];
            let period = Period { from: Time(from), until: Time(from + 365 * DAY) };
            let root = Root::new(version, period, keys, quorums).expect("a root");
            let places = (format!("root/{version}.json"), format!("root/{version}"));
            let signers = [ANN, BOB, PAT];
            let at = Some(from - START);
            self.sign((&places.0, &places.1), PayloadType::Root, &root.write(), &signers, at);
        }
    }

    fn release_all(&mut self, chance: &mut Chance) {
        let mut previous = None;
        for version in 1..=RELEASES {
            let issued = (4 * version - 3) * DAY + chance.below(DAY);
            let author = chance.pick(&[ANN, BOB]);
            let other = if author == ANN { BOB } else { ANN };
            let early = issued < 100 * DAY;
            let approver = chance.pick(&[other, LEE, if early { KIM } else { other }]);
            let privacy = if approver == LEE { SUE } else { chance.pick(&[PAT, SUE, LEE]) };
            let enough = chance.below(8) > 0;
            let twice = author == ANN && chance.below(4) == 0;
            let mut approvers = vec![approver];
            approvers.extend(enough.then_some(privacy));
            let is_last = version == RELEASES;
            let must = is_last || version == 1;
            let (enough, late) = (enough || must, chance.below(12) == 0 && !must);
            if must && approvers.len() < 2 {
                approvers.push(privacy);
            }
            let latency = HOUR + chance.below(60 * HOUR);
            let current = (enough && !late).then_some(issued + latency);
            let seen = Seen {
                version,
                digest: if is_last { self.blob } else { Digest::of(&version.to_le_bytes()) },
            };
            let from = Time(START + issued);
            let release = Release {
                policy: "shop".to_owned(),
                version,
                blob: seen.digest,
                source: Digest([1; 32]),
                previous,
                issued: from,
                period: Period { from, until: from.after(30 * DAY) },
                change: Change::Opens,
                modules: vec![Digest([2; 32])],
                author: KEYS[author].0.to_owned(),
                audience: "eu".to_owned(),
                engine_min: EngineVersion::this(),
                shown: Digest([3; 32]),
            };
            previous = Some(seen);
            let mut keys = vec![author];
            keys.extend(&approvers);
            keys.extend(twice.then_some(ANN_AGAIN));
            let folder = format!("releases/{version}");
            let payload = format!("{folder}/release.json");
            let text = release.write();
            self.sign((&payload, &folder), PayloadType::Release, &text, &keys, Some(issued));
            if is_last {
                self.write(&format!("{folder}/source/policy.yaml"), POLICY);
            }
            let one = Released { version, issued, author, approvers, enough, twice, current };
            self.releases.push(one);
        }
    }

    fn grant(&mut self, chance: &mut Chance, n: u64) {
        let one = Granted::drawn(chance, n);
        let request = Request {
            requester: KEYS[one.requester].0.to_owned(),
            audience: "eu".to_owned(),
            policy: "shop".to_owned(),
            boundary: "ab".to_owned(),
            categories: vec!["email".to_owned()],
            action: "keep".to_owned(),
            why: format!("reason {n}"),
            ticket: format!("INC-{n}"),
            seconds: one.asked,
            subject: "spiffe://acme.example/ns/support/sa/desk".to_owned(),
            paths: vec!["/orders/*".to_owned()],
            uses: 10,
            requested: Time(START + one.requested),
            break_glass: one.emergency,
        };
        let text = request.write();
        let id = Digest::of(text.as_bytes());
        let folder = format!("grants/{}", &id.to_string()[..16]);
        let places = |half: &str| (format!("{folder}/{half}.json"), format!("{folder}/{half}"));
        let (payload, signatures) = places("request");
        let at = (payload.as_str(), signatures.as_str());
        self.sign(at, PayloadType::Request, &text, &[one.requester], Some(one.requested));
        if let Some(approved) = one.approved {
            let approval = Approval {
                request: id,
                approved_at: Time(START + approved),
                seconds: one.seconds,
                categories: request.categories,
                paths: request.paths,
                uses: 5,
            };
            let mut keys = vec![one.approver];
            keys.extend(one.alone.then_some(one.requester));
            let (payload, signatures) = places("approval");
            let (at, text) = ((payload.as_str(), signatures.as_str()), approval.write());
            self.sign(at, PayloadType::Approval, &text, &keys, Some(approved));
        }
        if let Some((reviewed, justified, may)) = one.review {
            let by = if may { PAT } else { one.approver };
            let review = Review {
                request: id,
                reviewer: KEYS[by].0.to_owned(),
                reviewed_at: Time(START + reviewed),
                justified,
                note: "read the ticket".to_owned(),
            };
            let (payload, signatures) = places("review");
            let (at, text) = ((payload.as_str(), signatures.as_str()), review.write());
            self.sign(at, PayloadType::Review, &text, &[by], may.then_some(reviewed));
        }
        if one.taken_back {
            self.write(&format!("{folder}/revoke.json"), "{}\n");
        }
        self.grants.push(Granted { id, ..one });
    }

    /// Statements: one whenever something became current or was taken back, and one at the end.
    fn state(&mut self) {
        let current = self.releases.iter().filter_map(|one| Some((one.current?, one.version)));
        let mut events: Vec<(u64, Option<u64>, Option<Digest>)> =
            current.map(|(at, version)| (at, Some(version), None)).collect();
        let revoked = self.grants.iter().filter_map(|one| Some((one.revoked?, None, Some(one.id))));
        events.extend(revoked);
        events.push((NOW - START - 7 * HOUR, None, None));
        events.sort_by_key(|(at, version, _)| (*at, *version));
        let mut release = Seen { version: 1, digest: Digest::of(&1u64.to_le_bytes()) };
        let mut revoked_grants = Vec::new();
        for (n, (at, version, grant)) in (1..).zip(&events) {
            if let Some(version) = version {
                let digest = match *version {
                    RELEASES => self.blob,
                    _ => Digest::of(&version.to_le_bytes()),
                };
                release = Seen { version: *version, digest };
            }
            revoked_grants.extend(*grant);
            let from = Time(START + at);
            let is_last = usize::try_from(n).is_ok_and(|n| n == events.len());
            let rest = |key: usize| if is_last { vec![public(key).id()] } else { Vec::new() };
            let statement = Freshness {
                number: n,
                period: Period { from, until: from.after(DAY) },
                root: if START + at < SECOND_ROOT { 1 } else { 2 },
                release,
                revoked_keys: rest(ANN_AGAIN),
                revoked_grants: revoked_grants.clone(),
                suspended_keys: rest(MAX),
            };
            let places = (format!("freshness/{n}.json"), format!("freshness/{n}"));
            let text = statement.write();
            let at = Some(*at);
            self.sign((&places.0, &places.1), PayloadType::Freshness, &text, &[ROBOT], at);
            (self.statements, self.last_statement) = (n, statement.period.until.0);
        }
        self.current = release.version;
        // So that who reads the folder before somebody else does finds it whole.
        assert!(fs::exists(Path::new(&self.trust()).join("freshness")).expect("a folder"));
    }
}
