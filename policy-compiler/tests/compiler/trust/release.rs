//! Two people and more: propose, refuse self-approval, approve, bundle.

use super::{Company, POLICY, refuses, seen, stricter, wider};
use crate::process::Ran;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{
    BundleFile, EngineVersion, Host, Memory, Reason, Time, digest, verify,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs())
}

/// Everybody has a clone of their own.
struct Clones(Company);

impl Clones {
    fn new() -> Self {
        let company = Company::new("two-people");
        for person in ["ann", "bob", "pat"] {
            company.git(Path::new("."), &["clone", "--quiet", "origin", person]);
        }
        Self(company)
    }

    fn folder(&self, person: &str) -> PathBuf {
        self.0.root_folder().join(person)
    }

    fn key(&self, person: &str) -> String {
        self.0.key(person).to_string_lossy().into_owned()
    }

    fn run(&self, person: &str, arguments: &[&str]) -> Ran {
        self.0.run_in(person, &self.folder(person), arguments)
    }

    fn push(&self, person: &str, what: &str) {
        self.0.git(Path::new(person), &["add", "--all"]);
        self.0.git(Path::new(person), &["commit", "--quiet", "-m", what]);
        self.0.git(Path::new(person), &["push", "--quiet", "origin", "HEAD:main"]);
    }

    fn pull(&self, person: &str) {
        self.0.git(Path::new(person), &["pull", "--quiet", "--rebase", "origin", "main"]);
    }

    /// The root is made by one, and signed by three, each in a commit of their own.
    fn make_root(&self) {
        let mut init = vec!["root".to_owned(), "init".to_owned()];
        for (person, roles) in [
            ("ann", "author,root"),
            ("bob", "approver,root"),
            ("pat", "privacy,root"),
            ("sue", "requester"),
            ("robot", "online"),
        ] {
            init.extend(["--key".to_owned(), format!("{person}={roles}={}.pub", self.key(person))]);
        }
        let init: Vec<_> = init.iter().map(String::as_str).collect();
        assert_eq!(self.run("ann", &init).status, 0);
        self.push("ann", "a root");
        for person in ["ann", "bob", "pat"] {
            self.pull(person);
            let seen = seen(&self.run(person, &["root", "show"]));
            let sign = ["root", "sign", "-k", &self.key(person), "--seen", &seen];
            let signed = self.run(person, &sign);
            assert_eq!(signed.status, 0, "{}", signed.stderr);
            self.push(person, "one more signature");
        }
    }

    fn propose(&self) -> Ran {
        self.pull("ann");
        fs::write(self.folder("ann").join("zones.yaml"), POLICY).expect("a policy");
        fs::write(self.folder("ann").join("cofferdam.wasm"), "a module").expect("a module");
        let key = self.key("ann");
        let propose = ["release", "propose", "zones.yaml", "-k", &key, "--audience", "eu"];
        let proposed = self.run("ann", &[&propose[..], &["--module", "cofferdam.wasm"]].concat());
        assert_eq!(proposed.status, 0, "{}", proposed.stderr);
        self.push("ann", "a release");
        proposed
    }
}

#[test]
fn what_one_proposes_runs_when_others_have_approved_it() {
    let clones = Clones::new();
    clones.make_root();
    let proposed = clones.propose();

    // Nobody approves what they wrote, and no host takes it yet.
    let digest = seen(&clones.run("ann", &["release", "show"]));
    let own = ["release", "approve", "-k", &clones.key("ann"), "--seen", &digest];
    refuses(&clones.run("ann", &own), 1, &["ann wrote this release", "help: "]);
    let early = clones.run("ann", &["bundle", "-o", "shop.bundle"]);
    refuses(&early, 1, &["quorum_short", "`cofferdam release show`"]);
    let bundle = clones.folder("ann").join("shop.bundle");
    assert!(!bundle.exists(), "nothing is written that is refused");

    // Others do, each after they were shown the same text.
    for person in ["bob", "pat"] {
        clones.pull(person);
        let key = clones.key(person);
        let unseen = clones.run(person, &["release", "approve", "-k", &key]);
        refuses(&unseen, 1, &["nothing is signed yet", "--seen"]);
        assert_eq!(unseen.text(), proposed.text(), "everybody is shown the same");
        let wrong = ["release", "approve", "-k", &key, "--seen", "000000000000"];
        refuses(&clones.run(person, &wrong), 1, &["this is not what you have seen"]);
        let seen = seen(&clones.run(person, &["release", "show"]));
        let approve = ["release", "approve", "-k", &key, "--seen", &seen];
        let approved = clones.run(person, &approve);
        assert_eq!(approved.status, 0, "{}", approved.stderr);
        clones.push(person, "approved");
        let show = ["show", "--stat", "--format=", "HEAD"];
        let changed = clones.0.git(Path::new(person), &show);
        assert!(changed.contains("1 file changed, 1 insertion"), "{changed}");
    }

    clones.pull("ann");
    let bundled = clones.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert_eq!(bundled.status, 0, "{}", bundled.stderr);
    assert!(bundled.stderr.contains("signed by ann, bob, pat"), "{}", bundled.stderr);
    let root = fs::read(clones.folder("ann").join("trust/root/1.json")).expect("a root");
    as_a_host_sees_it(&fs::read(bundle).expect("a bundle"), &Digest::of(&root));
}

/// The engine itself takes the bundle, and no other host does.
fn as_a_host_sees_it(bytes: &[u8], pin: &Digest) {
    let file = BundleFile::parse(bytes).expect("a bundle");
    let host = Host {
        pin: *pin,
        audience: "eu",
        floor: Some(1),
        module: Some(Digest::of(b"a module")),
        engine: EngineVersion::this(),
    };
    let trusted = verify(&file, &host, &Memory::default(), now()).expect("it may run");
    assert_eq!(trusted.alerts, [Reason::FreshnessMissing]);
    assert_eq!(trusted.bundle.tables().policy, "shop");
    for (host, reason) in [
        (Host { audience: "us", ..host.clone() }, Reason::OtherAudience),
        (Host { module: None, ..host.clone() }, Reason::OtherModule),
        (Host { floor: Some(2), ..host.clone() }, Reason::OlderVersion),
        (Host { floor: None, ..host.clone() }, Reason::FreshnessMissing),
        (Host { pin: Digest::of(b"another"), ..host }, Reason::RootPin),
    ] {
        let refused = verify(&file, &host, &Memory::default(), now());
        assert_eq!(refused.err(), Some(reason));
    }
}

#[test]
fn the_next_release_says_what_it_opens_from_what_was_signed_before() {
    let company = Company::with_root("next");
    company.release(POLICY);
    let opens = company.propose(&wider());
    assert_eq!(opens.status, 0, "{}", opens.stderr);
    let text = opens.text();
    for told in [
        "version 2 of `shop`",
        "written by  ann",
        "it          opens",
        "what changes from version 1:",
        "opens     over `ab`: ",
        "tests: 1 passed",
        "drill: 500 attacks, none got through",
    ] {
        assert!(text.contains(told), "`{told}` is not in: {text}");
    }
    assert!(opens.stderr.contains("author + approver + privacy"), "{}", opens.stderr);
    // Enough for what only tightens, and this opens.
    assert_eq!(company.approve("bob").status, 0);
    refuses(&company.run("ann", &["bundle", "-o", "b"]), 1, &["quorum_short"]);
}

#[test]
fn what_only_tightens_takes_two_and_holds_for_three_days() {
    let company = Company::with_root("tightens");
    company.release(POLICY);
    let proposed = company.propose(&stricter());
    assert_eq!(proposed.status, 0, "{}", proposed.stderr);
    assert!(proposed.text().contains("only tightens: proven"), "{}", proposed.text());
    assert!(proposed.stderr.contains("it takes author + approver,"), "{}", proposed.stderr);
    assert_eq!(company.approve("bob").status, 0);
    let day = 24 * 60 * 60;
    let at = |days: u64| Time(now().0 + days * day).to_string();
    let verified = |days: u64| company.run("ann", &["release", "verify", "--at", &at(days)]);
    let two = verified(2);
    assert_eq!(two.status, 0, "{}", two.stderr);
    refuses(&verified(4), 1, &["unconfirmed"]);
    assert_eq!(company.approve("pat").status, 0);
    let confirmed = verified(4);
    assert_eq!(confirmed.status, 0, "{}", confirmed.stderr);
}

#[test]
fn freshness_says_what_is_current_and_revoked_keys_count_no_more() {
    let company = Company::with_root("freshness");
    company.propose(POLICY);
    let key = |person: &str| company.key(person).to_string_lossy().into_owned();
    let issue = |person: &str, more: &[&str]| {
        let key = key(person);
        let mut arguments = vec!["freshness", "issue", "-k", &key];
        arguments.extend(more);
        company.run(person, &arguments)
    };
    refuses(&issue("robot", &[]), 1, &["it cannot be current", "quorum_short"]);
    assert_eq!(company.approve("bob").status, 0);
    assert_eq!(company.approve("pat").status, 0);
    let fresh = issue("robot", &[]);
    assert_eq!(fresh.status, 0, "{}", fresh.stderr);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert_eq!(bundled.status, 0, "{}", bundled.stderr);
    assert!(!bundled.stderr.contains("warning"), "{}", bundled.stderr);
    let pin = Digest::of(&fs::read(company.path("trust/root/1.json")).expect("a root")).to_string();
    assert_eq!(digest(&pin).map(|pin| pin.to_string()), Some(pin.clone()));
    let verify = ["release", "verify", "--bundle", "shop.bundle", "--pin", &pin];
    assert_eq!(company.run("sue", &verify).status, 0);
    // Who approves is no machine.
    refuses(&issue("bob", &[]), 1, &["bob may not say what is current"]);
    // A key is stolen: what it signed does not count any more.
    refuses(&issue("robot", &["--revoke", "pat"]), 1, &["key_revoked"]);
    refuses(&issue("robot", &["--revoke", "nobody"]), 2, &["no holder and no key `nobody`"]);
}
