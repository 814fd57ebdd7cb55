//! An honest world: people, roots, a release that opens something, a freshness statement, a grant.
//! Everything in it can be bent before it is signed, and again when it is.

use crate::keys::{Signer, public};
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::{BoundaryId, CategoryId};
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{
    Act, Approval, BundleFile, Change, EngineVersion, Envelope, Freshness, GrantEnvelopes, Host,
    Key, Memory, PayloadType, Period, Proven, Quorum, Reason, Release, Request, Role, Root, Seen,
    Time, Trusted, Use, verify_but_grants,
};
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// When everything happens: 2027-01-15T08:00:00Z.
pub const NOW: Time = Time(1_800_000_000);
const HOUR: u64 = 60 * 60;
/// The caller whom the grant is for.
pub const CALLER: &str = "spiffe://acme.example/ns/support/sa/desk";

/// What is altered in a payload before it is signed.
pub type Edit = fn(String) -> Vec<u8>;
/// What is altered in the bundle when all is signed.
pub type Tamper = fn(Vec<u8>) -> Vec<u8>;

/// A document, who signs it and as what.
#[derive(Clone, Debug)]
pub struct Paper<T> {
    /// The document.
    pub document: T,
    /// Who signs it.
    pub signers: Vec<Signer>,
    /// What is altered in its text before that.
    pub edit: Edit,
    /// What it is signed as.
    pub signed_as: PayloadType,
    /// What the envelope says that it is.
    pub named: PayloadType,
}

impl<T> Paper<T> {
    fn new(document: T, payload_type: PayloadType, signers: &[&'static str]) -> Self {
        let signers = signers.iter().map(|key| Signer::from(*key)).collect();
        let edit: Edit = String::into_bytes;
        Self { document, signers, edit, signed_as: payload_type, named: payload_type }
    }

    /// Lets these sign, and nobody else.
    pub fn signed_by(&mut self, signers: &[&'static str]) {
        self.signers = signers.iter().map(|key| Signer::from(*key)).collect();
    }

    pub(crate) fn seal(&self, text: String) -> Envelope {
        let payload = (self.edit)(text);
        let sign = |signer: &Signer| signer.sign(self.signed_as, &payload);
        let signatures = self.signers.iter().map(sign).collect();
        Envelope::new(self.named, payload, signatures)
    }
}

/// Everything that a bundle is made of, what the host knows, and what is asked of it.
#[derive(Clone, Debug)]
pub struct World {
    /// What time it is.
    pub now: Time,
    /// What time it is where nothing is bent: all documents are made around it.
    pub base: Time,
    /// The text of the policy that is to run.
    pub policy: &'static str,
    /// The text of the policy that is in force, if one is.
    pub active: Option<&'static str>,
    /// From the pinned one to the last.
    pub roots: Vec<Paper<Root>>,
    /// The release.
    pub release: Option<Paper<Release>>,
    /// The freshness statement.
    pub freshness: Option<Paper<Freshness>>,
    /// Grants.
    pub grants: Vec<(Paper<Request>, Paper<Approval>)>,
    /// What the host takes for the pinned root, if it is another one than the first.
    pub pin: Option<Digest>,
    /// Which mesh it is.
    pub audience: &'static str,
    /// The host's own floor.
    pub floor: Option<u64>,
    /// The module that the host runs.
    pub module: Option<Digest>,
    /// Its engine.
    pub engine: EngineVersion,
    /// What the host remembers.
    pub seen_root: Option<Seen>,
    /// What the host remembers.
    pub seen_release: Option<Seen>,
    /// What the host remembers.
    pub seen_freshness: Option<Freshness>,
    /// What the host remembers.
    pub seen_time: Option<Time>,
    /// What is altered in the bundle when all is signed.
    pub tamper: Tamper,
    /// A finding that the first grant is asked for.
    pub asked: Asked,
}

/// A finding in a crossing.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When it is asked, one time after the other: of one stream.
    pub at: Vec<Time>,
    /// Its category.
    pub category: &'static str,
    /// Who calls.
    pub subject: &'static str,
    /// What is called.
    pub path: &'static str,
    /// How often the grant has been used.
    pub used: u64,
}

/// The policy that was in force: mail is redacted.
pub const STRICT: &str = "\
format: cofferdam/v1
policy: shop
owner: team:x
review_by: 2036-12-31
zones: { shop: { sensitivity: high }, desk: { sensitivity: low } }
members:
  - { zone: shop, cluster: shop }
  - { zone: shop, spiffe: \"spiffe://acme.example/ns/support/sa/*\" }
  - { zone: shop, source: 127.0.0.0/8 }
  - { zone: desk, cluster: desk }
boundaries:
  - id: shop-desk
    from: shop
    to: desk
    purpose: support
    grants: { allowed: true, floor: keep, max_ttl: 4h, categories: [email, jwt] }
    rules:
      - { category: credit_card, action: block }
      - { category: email, action: redact }
      - { category: jwt, action: redact }
    otherwise: redact
    reply: status_only
  - { id: desk-shop, from: desk, to: shop, purpose: orders, reply: status_only }
";

/// The policy that is to run: it masks cards, which were blocked.
pub static OPEN: LazyLock<String> = LazyLock::new(|| {
    STRICT.replace("credit_card, action: block", "credit_card, action: { mask: { keep_last: 4 } }")
});

/// A policy that only tightens the strict one: mail is blocked.
pub static STRICTER: LazyLock<String> =
    LazyLock::new(|| STRICT.replace("email, action: redact", "email, action: block"));

/// The blob of a policy; each is compiled once.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn blob(policy: &'static str) -> Vec<u8> {
    static BLOBS: Mutex<BTreeMap<&'static str, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut blobs = BLOBS.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || match cofferdam_policy_compiler::compile(policy, "policy.yaml") {
        Ok(compiled) => compiled.blob,
        Err(diagnostics) => panic!("{diagnostics:?}"),
    };
    blobs.entry(policy).or_insert_with(compile).clone()
}

/// A key of a person: half a year, of which a part is over.
pub(crate) fn key(holder: &str, name: &str, roles: &[Role]) -> Key {
    let from = Time(NOW.0 - 30 * DAY);
    let period = Period { from, until: from.after(170 * DAY) };
    Key { holder: holder.to_owned(), public: public(name), roles: roles.to_vec(), period }
}

/// Who asks for how many of whom.
pub(crate) fn quorums() -> [Quorum; 6] {
    use Role::{Approver, Author, Online, Privacy, Requester};
    let quorum = |act, roles: &[(Role, u64)]| Quorum::new(act, roles).expect("a quorum");
    [
        quorum(Act::Open, &[(Author, 1), (Approver, 1), (Privacy, 1)]),
        quorum(Act::Tighten, &[(Author, 1), (Approver, 1)]),
        quorum(Act::Grant, &[(Requester, 1), (Privacy, 1)]),
        quorum(Act::BreakGlass, &[(Requester, 1), (Approver, 1)]),
        quorum(Act::Root, &[(Role::Root, 3)]),
        quorum(Act::Freshness, &[(Online, 1)]),
    ]
}

fn people() -> Vec<Key> {
    use Role::{Approver, Author, Online, Privacy, Requester};
    vec![
        key("ann", "ann", &[Author]),
        key("ann", "ann-laptop", &[Author, Approver, Privacy, Requester]),
        key("bob", "bob-ssh", &[Approver, Role::Root]),
        key("bob", "bob-laptop", &[Approver, Privacy]),
        key("dan", "dan", &[Approver, Role::Root]),
        key("pat", "pat", &[Privacy, Role::Root]),
        key("sue", "sue", &[Requester]),
        key("sue", "sue-laptop", &[Requester, Privacy, Approver]),
        key("robot", "robot", &[Online]),
    ]
}

fn root(version: u64, from: Time) -> Root {
    let period = Period { from, until: from.after(300 * DAY) };
    Root::new(version, period, people(), quorums()).expect("a root")
}

/// The digest of the module that everybody runs.
#[must_use]
pub fn module() -> Digest {
    Digest::of(b"a module")
}

/// Where nothing is bent.
#[must_use]
pub fn honest() -> World {
    let before = |seconds: u64| Time(NOW.0 - seconds);
    let policy: &'static str = OPEN.as_str();
    let previous = Seen { version: 6, digest: Digest::of(&blob(STRICT)) };
    let seen = Seen { version: 7, digest: Digest::of(&blob(policy)) };
    let release = Release {
        policy: "shop".to_owned(),
        version: seen.version,
        blob: seen.digest,
        source: Digest::of(policy.as_bytes()),
        previous: Some(previous),
        issued: before(HOUR),
        period: Period { from: before(HOUR), until: NOW.after(30 * DAY) },
        change: Change::Opens,
        modules: vec![module()],
        author: "ann".to_owned(),
        audience: "eu".to_owned(),
        engine_min: EngineVersion([0, 1, 0]),
        shown: Digest::of(b"what everybody saw"),
    };
    let freshness = Freshness {
        number: 40,
        period: Period { from: before(HOUR), until: NOW.after(23 * HOUR) },
        root: 2,
        release: seen,
        revoked_keys: vec![public("lost").id()],
        revoked_grants: vec![Digest::of(b"an old grant")],
        suspended_keys: Vec::new(),
    };
    let roots = ["bob-ssh", "dan", "pat"];
    World {
        now: NOW,
        base: NOW,
        policy,
        active: Some(STRICT),
        roots: vec![
            Paper::new(root(1, before(20 * DAY)), PayloadType::Root, &roots),
            Paper::new(root(2, before(10 * DAY)), PayloadType::Root, &roots),
        ],
        release: Some(Paper::new(release, PayloadType::Release, &["ann", "bob-ssh", "pat"])),
        freshness: Some(Paper::new(freshness, PayloadType::Freshness, &["robot"])),
        grants: vec![grant()],
        pin: None,
        audience: "eu",
        floor: None,
        module: Some(module()),
        engine: EngineVersion([0, 1, 0]),
        seen_root: None,
        seen_release: Some(previous),
        seen_freshness: None,
        seen_time: Some(before(60)),
        tamper: |bytes| bytes,
        asked: Asked {
            at: vec![NOW],
            category: "email",
            subject: CALLER,
            path: "/orders/1001",
            used: 0,
        },
    }
}

fn grant() -> (Paper<Request>, Paper<Approval>) {
    let request = Request {
        requester: "sue".to_owned(),
        audience: "eu".to_owned(),
        policy: "shop".to_owned(),
        boundary: "shop-desk".to_owned(),
        categories: vec!["email".to_owned()],
        action: "keep".to_owned(),
        why: "the customer waits for an answer".to_owned(),
        ticket: "INC-1001".to_owned(),
        seconds: 2 * HOUR,
        subject: CALLER.to_owned(),
        paths: vec!["/orders/*".to_owned()],
        uses: 100,
        requested: Time(NOW.0 - 2 * HOUR),
        break_glass: false,
    };
    let approval = Approval {
        // Put in when the request is sealed.
        request: Digest::of(b""),
        approved_at: Time(NOW.0 - HOUR),
        seconds: 2 * HOUR,
        categories: vec!["email".to_owned()],
        paths: vec!["/orders/*".to_owned()],
        uses: 100,
    };
    (
        Paper::new(request, PayloadType::Request, &["sue"]),
        Paper::new(approval, PayloadType::Approval, &["pat"]),
    )
}

impl World {
    /// Changes the last root, and nothing of its signatures.
    pub fn last_root(&mut self) -> &mut Paper<Root> {
        self.roots.last_mut().expect("a root")
    }

    /// The release, which the honest world has.
    pub fn the_release(&mut self) -> &mut Paper<Release> {
        self.release.as_mut().expect("a release")
    }

    /// The freshness statement, which the honest world has.
    pub fn the_freshness(&mut self) -> &mut Paper<Freshness> {
        self.freshness.as_mut().expect("a statement")
    }

    /// The request of the first grant.
    pub fn request(&mut self) -> &mut Paper<Request> {
        &mut self.grants.first_mut().expect("a grant").0
    }

    /// The approval of the first grant.
    pub fn approval(&mut self) -> &mut Paper<Approval> {
        &mut self.grants.first_mut().expect("a grant").1
    }

    /// Lets another policy be the one that is released, by the same people.
    pub fn release_policy(&mut self, policy: &'static str) {
        self.policy = policy;
        let digest = Digest::of(&blob(policy));
        self.the_release().document.blob = digest;
        if let Some(freshness) = &mut self.freshness {
            freshness.document.release.digest = digest;
        }
    }

    /// The pin: the digest of the first root.
    #[must_use]
    pub fn pin(&self) -> Digest {
        let first = || self.roots.first().map(|root| root.seal(root.document.write()).digest());
        self.pin.or_else(first).unwrap_or_else(|| Digest::of(b""))
    }

    /// The bytes of the bundle that a host is given.
    ///
    /// # Panics
    /// When no bundle can hold it.
    #[must_use]
    pub fn bundle(&self) -> Vec<u8> {
        let roots = self.roots.iter().map(|root| root.seal(root.document.write()));
        let grants = self.grants.iter().map(|(request, approval)| {
            let request = request.seal(request.document.write());
            let mut given = approval.document.clone();
            if given.request == Digest::of(b"") {
                given.request = request.digest();
            }
            let approval = approval.seal(given.write());
            GrantEnvelopes { request, approval }
        });
        let release = self.release.as_ref().map(|paper| paper.seal(paper.document.write()));
        let freshness = self.freshness.as_ref().map(|paper| paper.seal(paper.document.write()));
        let file = BundleFile {
            blob: blob(self.policy),
            roots: roots.collect(),
            release,
            freshness,
            grants: grants.collect(),
        };
        (self.tamper)(file.write().expect("a bundle"))
    }

    /// What the engine says of the bytes of some bundle in this world.
    ///
    /// # Errors
    /// Why it refuses them.
    ///
    /// # Panics
    /// When the policy that is in force is none.
    pub fn judge(&self, bundle: &[u8]) -> Result<Trusted, Reason> {
        self.judge_knowing(bundle, &Proven::default())
    }

    /// The same where signatures were proven before.
    ///
    /// # Errors
    /// Why it refuses them.
    ///
    /// # Panics
    /// When the policy that is in force is none.
    pub fn judge_knowing(&self, bundle: &[u8], proven: &Proven) -> Result<Trusted, Reason> {
        let file = BundleFile::parse(bundle)?;
        let mut trusted = self.judge_but_grants(&file, proven)?;
        trusted.look_at_grants(&file.grants, proven, self.now, u64::MAX);
        Ok(trusted)
    }

    /// The same, and none of its grants is looked at.
    ///
    /// # Errors
    /// Why it refuses them.
    ///
    /// # Panics
    /// When the policy that is in force is none.
    pub fn judge_but_grants(&self, file: &BundleFile, proven: &Proven) -> Result<Trusted, Reason> {
        let host = Host {
            pin: self.pin(),
            audience: self.audience,
            floor: self.floor,
            module: self.module,
            engine: self.engine,
        };
        let active = self.active.map(|policy| Bundle::parse(blob(policy)).expect("a blob"));
        let memory = Memory {
            root: self.seen_root,
            release: self.seen_release,
            freshness: self.seen_freshness.clone(),
            time: self.seen_time,
            active: active.as_ref(),
            proven: proven.clone(),
        };
        verify_but_grants(file, None, &host, &memory, self.now)
    }

    /// What it says of this world's own: the bundle, and then the first grant for what is asked.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn run(&self) -> Result<Trusted, Reason> {
        self.run_knowing(&Proven::default())
    }

    /// The same where signatures were proven before.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn run_knowing(&self, proven: &Proven) -> Result<Trusted, Reason> {
        let trusted = self.judge_knowing(&self.bundle(), proven)?;
        if let Some((_, reason)) = trusted.refused.first() {
            return Err(*reason);
        }
        if let Some(grant) = trusted.grants.first() {
            for now in &self.asked.at {
                trusted.covers(grant, &self.use_of(&trusted, *now))?;
            }
        }
        Ok(trusted)
    }

    fn use_of(&self, trusted: &Trusted, now: Time) -> Use<'_> {
        let categories = &trusted.bundle.tables().categories;
        let found =
            (0..).zip(categories).find(|(_, category)| category.name == self.asked.category);
        Use {
            now,
            boundary: BoundaryId(0),
            category: CategoryId(found.map_or(u16::MAX, |(n, _)| n)),
            subject: self.asked.subject,
            path: self.asked.path.as_bytes(),
            used: self.asked.used,
        }
    }
}
