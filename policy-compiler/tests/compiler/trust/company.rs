//! People with keys and homes of their own, who share a repository: what they type, and what comes of
//! it. Tests say who types what.

use crate::process::{Folder, Ran, command, finish};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A policy whose tests pass, and which a drill does not get through.
pub(crate) const POLICY: &str = "\
format: cofferdam/v1
policy: shop
owner: team:x
review_by: 2036-12-31
zones: { a: { sensitivity: high }, b: { sensitivity: low } }
members: [{ zone: a, cluster: a }, { zone: b, cluster: b }]
boundaries:
  - id: ab
    from: a
    to: b
    purpose: reports
    rules:
      - { category: credit_card, action: block }
      - { category: email, action: redact }
    otherwise: redact
    reply: status_only
tests:
  - name: an address is redacted
    message: { from: a, to: b, request: POST /x, media: application/json }
    body: '{\"mail\":\"ana@example.com\"}'
    expect: { verdict: rewrite }
";

/// Stricter: mail is blocked, and the test of it says so.
pub(crate) fn stricter() -> String {
    let policy = POLICY.replace("email, action: redact", "email, action: block");
    policy.replace("verdict: rewrite", "verdict: block")
}

/// Wider: mail passes.
pub(crate) fn wider() -> String {
    let policy = POLICY.replace("email, action: redact", "email, action: keep");
    policy.replace("verdict: rewrite", "verdict: forward")
}

/// People with homes, and a repository that each has a clone of.
pub(crate) struct Company {
    folder: Folder,
}

impl Company {
    /// Everybody has a key, and nothing is signed yet.
    pub(crate) fn new(name: &str) -> Self {
        let company = Self { folder: Folder::new(&format!("trust-{name}")) };
        company.git(Path::new("."), &["init", "--quiet", "--bare", "-b", "main", "origin"]);
        for person in ["ann", "bob", "pat", "sue", "robot"] {
            fs::create_dir_all(company.home(person)).expect("a home");
            let made = company.run(person, &["key", "new", person]);
            assert_eq!(made.status, 0, "{}", made.stderr);
        }
        company
    }

    /// The same, with a root that three have signed.
    pub(crate) fn with_root(name: &str) -> Self {
        let company = Self::new(name);
        company.init_root();
        for person in ["ann", "bob", "pat"] {
            company.sign_root(person, 1);
        }
        company
    }

    pub(crate) fn init_root(&self) {
        let key = |person: &str, roles: &str| {
            format!("{person}={roles}={}.pub", self.key(person).to_string_lossy())
        };
        let keys = [
            key("ann", "author,root"),
            key("bob", "approver,root"),
            key("pat", "privacy,root"),
            key("sue", "requester"),
            key("robot", "online"),
        ];
        let mut arguments = vec!["root", "init"];
        keys.iter().for_each(|key| arguments.extend(["--key", key]));
        let made = self.run("ann", &arguments);
        assert_eq!(made.status, 0, "{}", made.stderr);
    }

    pub(crate) fn sign_root(&self, person: &str, version: u64) -> Ran {
        let (version, key) = (version.to_string(), self.key(person).to_string_lossy().into_owned());
        let seen = seen(&self.run(person, &["root", "show", &version]));
        let signed = self.run(person, &["root", "sign", &version, "-k", &key, "--seen", &seen]);
        assert_eq!(signed.status, 0, "{}", signed.stderr);
        signed
    }

    /// Writes a policy and proposes it, as its author.
    pub(crate) fn propose(&self, policy: &str) -> Ran {
        let path = self.file("zones.yaml", policy.as_bytes());
        let module = self.file("cofferdam.wasm", b"a module");
        let key = self.key("ann").to_string_lossy().into_owned();
        let first = ["--audience", "eu", "--module", &module];
        let mut arguments = vec!["release", "propose", &path, "-k", &key];
        arguments.extend(first);
        self.run("ann", &arguments)
    }

    pub(crate) fn approve(&self, person: &str) -> Ran {
        let key = self.key(person).to_string_lossy().into_owned();
        let seen = seen(&self.run(person, &["release", "show"]));
        self.run(person, &["release", "approve", "-k", &key, "--seen", &seen])
    }

    /// A release that enough have signed.
    pub(crate) fn release(&self, policy: &str) {
        let proposed = self.propose(policy);
        assert_eq!(proposed.status, 0, "{}", proposed.stderr);
        for person in ["bob", "pat"] {
            let approved = self.approve(person);
            assert_eq!(approved.status, 0, "{}", approved.stderr);
        }
    }

    pub(crate) fn home(&self, person: &str) -> PathBuf {
        self.folder.0.join(format!("home-{person}"))
    }

    pub(crate) fn key(&self, person: &str) -> PathBuf {
        self.home(person).join(".config/cofferdam").join(format!("{person}.key"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join("work").join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        self.folder.file(&format!("work/{name}"), bytes)
    }

    /// Types a command, in the folder where everybody works.
    pub(crate) fn run(&self, person: &str, arguments: &[&str]) -> Ran {
        let work = self.folder.0.join("work");
        fs::create_dir_all(&work).expect("a folder");
        self.run_in(person, &work, arguments)
    }

    pub(crate) fn run_in(&self, person: &str, folder: &Path, arguments: &[&str]) -> Ran {
        let mut command = command(arguments);
        command.current_dir(folder).env("HOME", self.home(person)).env_remove("XDG_CONFIG_HOME");
        finish(&mut command, b"")
    }

    /// Runs git in a folder of the company.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        for (name, value) in [
            ("user.name", "a test"),
            ("user.email", "test@example.com"),
            ("commit.gpgsign", "false"),
        ] {
            git.args(["-c", &format!("{name}={value}")]);
        }
        let ran = finish(git.args(arguments).current_dir(self.folder.0.join(folder)), b"");
        assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
        ran.text()
    }

    /// The folder that is shared.
    pub(crate) fn root_folder(&self) -> &Path {
        &self.folder.0
    }
}

/// What `show` says that somebody who has read it types.
pub(crate) fn seen(shown: &Ran) -> String {
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let (_, behind) = shown.stderr.split_once("--seen ").expect("what to type");
    behind.split_whitespace().next().expect("a digest").to_owned()
}

/// The command refuses, with these words.
pub(crate) fn refuses(ran: &Ran, status: i32, words: &[&str]) {
    let all = format!("{}{}", ran.text(), ran.stderr);
    assert_eq!(ran.status, status, "{all}");
    for word in words {
        assert!(ran.stderr.contains(word), "`{word}` is not in: {}", ran.stderr);
    }
    assert!(!all.contains("panicked"), "{all}");
}
