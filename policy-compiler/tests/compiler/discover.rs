//! What is proposed for traffic: it compiles, declares what was seen, and opens nothing.

use crate::process::{Folder, policy, run};
use cofferdam_engine::entry::Entry;
use std::fmt::Write as _;

fn entry(from: &str, to: &str, boundary: Option<&str>) -> Entry {
    Entry {
        // 2026-01-01
        time: 1_767_225_600_000,
        took_ms: 1,
        crossing: "0a".to_owned(),
        message: "request",
        from: from.to_owned(),
        from_by: "listener",
        to: to.to_owned(),
        to_by: "upstream",
        boundary: boundary.map(str::to_owned),
        mode: "observe",
        rules: Vec::new(),
        findings: Vec::new(),
        verdict: "forward",
        reason: None,
        bytes_in: 0,
        bytes_out: 0,
        chunks: 0,
        policy: "0f".to_owned(),
        fields: Vec::new(),
        grants: Vec::new(),
        trust: None,
        notes: Vec::new(),
        wanted: true,
    }
}

fn found(entry: Entry, findings: &[(&str, &'static str, u64)]) -> Entry {
    let findings = findings.iter().map(|&(name, action, n)| (name.to_owned(), action, n));
    Entry { findings: findings.collect(), ..entry }
}

fn reply(entry: Entry) -> Entry {
    Entry {
        message: "response",
        from: entry.to,
        from_by: entry.to_by,
        to: entry.from,
        to_by: entry.from_by,
        ..entry
    }
}

fn undeclared(entry: Entry) -> Entry {
    Entry { boundary: None, verdict: "block", reason: Some("no_boundary"), ..entry }
}

fn log(entries: &[Entry]) -> String {
    let mut log = String::from("[2026-01-01][1][info] starting main dispatch loop {}\n\n");
    for (n, entry) in (0..).zip(entries) {
        let line = entry.to_json(n);
        let _ = writeln!(log, "[2026-01-01][1][info][wasm] wasm log: cofferdam: {line}");
    }
    log
}

fn traffic() -> Vec<Entry> {
    let visit = || entry("public", "shop", Some("visitors"));
    let far = || entry("shop", "vault", None);
    vec![
        found(visit(), &[("email", "keep", 2), ("by_field.person_name", "observe", 1)]),
        found(visit(), &[("email", "redact", 1), ("ticket_number", "keep", 1)]),
        found(reply(visit()), &[("credit_card", "block", 1), ("ip_address", "keep", 4)]),
        Entry { to_by: "setting", ..undeclared(far()) },
        Entry { from_by: "certificate", ..found(reply(far()), &[("us_ssn", "keep", 1)]) },
        entry("public", "unplaced", None),
        entry("shop", "shop", None),
        Entry { mode: "enforce", ..undeclared(entry("public", "vault", None)) },
    ]
}

/// What every message between two zones comes to under a policy.
fn explained(path: &str, from: &str, to: &str, more: &[&str]) -> String {
    let mut all = vec!["explain", path, "--from", from, "--to", to, "--request", "POST /x"];
    all.extend(["--media", "application/json"]);
    all.extend(more);
    let ran = run(&all);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.text()
}

#[test]
fn a_proposal_declares_what_was_seen_and_keeps_nothing() {
    let folder = Folder::new("discover");
    let log = folder.file("envoy.log", log(&traffic()).as_bytes());
    let path = folder.path("proposed.yaml");
    let ran = run(&["discover", "--entries", &log, "-o", &path]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let wanted = "8 entries, 2 boundaries proposed, 1 other lines; next: what says TODO\n";
    assert_eq!(ran.stderr, wanted);
    let text = std::fs::read_to_string(&path).expect("a policy");
    assert_eq!(text, PROPOSED);
    for command in [["check", &path].as_slice(), &["fmt", "--check", &path]] {
        let ran = run(command);
        assert_eq!(ran.status, 0, "{command:?}: {}{}", ran.text(), ran.stderr);
    }
    let body = r#"{"mail":"ann@example.com","ssn":"078-05-1120","card":"4111111111111111"}"#;
    for (from, to) in [("public", "shop"), ("shop", "vault")] {
        for more in [["--text", body].as_slice(), &["--text", body, "--response", "200"]] {
            let told = explained(&path, from, to, more);
            assert!(!told.contains("no_boundary"), "{told}");
            assert!(told.contains("action: redact"), "{told}");
            for open in [": keep", ": observe", ": mask", ": tokenize"] {
                assert!(!told.contains(open), "{open}: {told}");
            }
        }
    }
    let told = explained(&path, "public", "vault", &[]);
    assert!(told.contains("no_boundary"), "what was refused is not opened: {told}");
    let again = run(&["discover", "--entries", &log]);
    assert_eq!(again.text(), text, "the same log gives the same proposal");
}

const PROPOSED: &str = "\
# Proposed by `cofferdam discover` from 8 entries, policies: 1.
# A beginning, that a person decides on. Every pair of zones between which something crossed
# has a boundary, and whatever counts as personal data is redacted, or blocked where it was.
# Entries hold no paths, so a boundary speaks of all requests; `when` narrows it.
# `mode: observe` has it decide everything and alter nothing.
# Left out: 1 messages with an end that no member line placed.
# Left out: 1 messages within one zone, which nobody looks at.
# Refused, and not proposed: 1 requests public -> vault.
# TODO: these categories are a policy's own, and are not found until `categories` says what
# they are, as it does there:
#   ticket_number

format: cofferdam/v1
policy: proposed
owner: TODO # who answers for it
review_by: 2026-04-01 # 90 days after the last entry

zones:
  public: { sensitivity: undecided } # TODO: public, internal, high
  shop: { sensitivity: undecided } # TODO: public, internal, high
  vault: { sensitivity: undecided } # TODO: public, internal, high

# TODO: who is where. Entries tell what placed an end, and not by which name: fill in and
# uncomment; until then every end is `unplaced`, and nothing crosses.
# members:
#   - { zone: public, listener_port: TODO }
#   - { zone: shop, listener_port: TODO }
#   - { zone: shop, cluster: TODO }
#   - { zone: vault, spiffe: \"spiffe://TODO\" }
# By a setting of their proxies: COFFERDAM_SELF=vault

boundaries:
  # 2 requests, 1 replies
  - id: visitors
    from: public
    to: shop
    owner: TODO # who answers for it
    purpose: TODO # what it is for
    rules:
      - { category: by_field.person_name, action: redact } # seen: observe 1
      - { category: email, action: redact } # seen: keep 2, redact 1
    otherwise: redact
    reply:
      rules:
        - { category: credit_card, action: block } # seen: block 1
        - { category: ip_address, action: redact } # seen: keep 4
      otherwise: redact
  # 1 requests, 1 replies
  - id: shop-to-vault
    from: shop
    to: vault
    owner: TODO # who answers for it
    purpose: TODO # what it is for
    otherwise: redact
    reply:
      rules:
        - { category: us_ssn, action: redact } # seen: keep 1
      otherwise: redact
";

#[test]
fn a_proposal_opens_nothing_that_was_closed() {
    let folder = Folder::new("discover-diff");
    let log = folder.file("envoy.log", log(&traffic()).as_bytes());
    let path = folder.path("proposed.yaml");
    assert_eq!(run(&["discover", "--entries", &log, "-o", &path]).status, 0);
    // Only what entries do not hold may look open: who is where, how sensitive a zone is, and what
    // its owner tests.
    let ran = run(&["diff", &policy("shop.yaml"), &path]);
    let told = ran.text();
    let opens: Vec<_> = told.lines().filter(|line| line.starts_with("opens")).collect();
    let unheld = ["no member line puts", "sensitivity", "opens     the test `"];
    let unknown = |line: &&str| unheld.iter().any(|unheld| line.contains(unheld));
    assert!(opens.iter().all(unknown), "{told}");
    assert!(told.contains("tightens  over `visitors`: a value of `email` anywhere in a reply"));
}

#[test]
fn a_log_of_nothing_is_refused_and_a_hostile_one_writes_no_policy_of_its_own() {
    let folder = Folder::new("discover-hostile");
    let nothing = folder.file("other.log", b"nothing of ours\n{\"a\":1}\n");
    let ran = run(&["discover", "--entries", &nothing]);
    assert_eq!((ran.status, ran.text().as_str()), (1, ""));
    assert!(ran.stderr.contains("other.log: there is no entry in it"), "{}", ran.stderr);
    let placed = log(&[entry("unplaced", "unplaced", None)]);
    let placed = folder.file("unplaced.log", placed.as_bytes());
    let ran = run(&["discover", "--entries", &placed]);
    assert_eq!((ran.status, ran.text().as_str()), (1, ""));
    assert!(ran.stderr.contains("nothing in it crossed between two zones"), "{}", ran.stderr);
    let hostile = [
        entry("a\nmode: observe", "shop", Some("x")),
        entry("public", "shop: {}", Some("x")),
        entry("public", "shop", Some("x\n    otherwise: keep")),
        entry("true", "shop", Some("x")),
        entry("null", "\u{202e}", None),
        found(
            Entry { time: u64::MAX, ..entry("public", "shop", Some("visitors")) },
            &[("email } \n", "keep", u64::MAX), ("email", "keep }\n#", 1), ("email", "keep", 1)],
        ),
        found(entry("public", "shop", Some("visitors")), &[("email", "keep", u64::MAX)]),
        entry("public", "vault", Some("visitors")),
        entry("shop", "public", Some("public-to-vault")),
    ];
    let path = folder.file("hostile.log", log(&hostile).as_bytes());
    let ran = run(&["discover", "--entries", &path]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let text = ran.text();
    assert!(text.contains("# Left out: 5 entries that no policy of this language wrote"), "{text}");
    assert!(!text.contains("mode: observe\n") && !text.contains("otherwise: keep"), "{text}");
    assert!(text.contains("review_by: 2099-12-31"), "{text}");
    for id in ["- id: public-to-shop\n", "- id: public-to-vault\n", "- id: public-to-vault-2\n"] {
        assert_eq!(text.matches(id).count(), 1, "{id}: {text}");
    }
    let empty = run(&["discover"]);
    assert_eq!(empty.status, 2);
}
