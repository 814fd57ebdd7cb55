//! `cofferdam redact`: files cross a boundary on disk as they would on the wire.

use crate::process::{Folder, Ran, command, finish, pipe, run};
use std::fs;

const POLICY: &str = r#"format: cofferdam/v1
policy: copies
owner: team:data
review_by: 2036-12-31
limits: { inspect: 64KiB }
zones:
  live:    { sensitivity: high }
  staging: { sensitivity: internal }
  lab:     { sensitivity: internal }
  archive: { sensitivity: high }
members:
  - { zone: staging, cluster: staging }
actions:
  ticket: { tokenize: { key: copies-2026, prefix: "tok_" } }
boundaries:
  - id: copies
    from: live
    to: staging
    purpose: test data
    rules:
      - { category: email, action: ticket }
      - { category: credit_card, action: { mask: { keep_last: 4 } } }
      - { category: iban, action: block }
    reply: status_only
  - id: watched
    from: live
    to: lab
    purpose: nobody knows yet
    mode: observe
    otherwise: redact
    reply: status_only
  - id: orders
    from: live
    to: archive
    purpose: orders
    when: { methods: [PUT], paths: ["/orders/**"], media: [application/json] }
    otherwise: redact
    reply: status_only
"#;

const IBAN: &str = "DE89370400440532013000";

fn key() -> String {
    "5a".repeat(32)
}

struct Copies(Folder);

impl Copies {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        folder.file("policy.yaml", POLICY.as_bytes());
        Self(folder)
    }

    /// With the key, and the boundary that redacts.
    fn run(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        let policy = self.0.path("policy.yaml");
        let given = ["redact", &policy, "--from", "live", "--to", "staging"];
        let mut command = command(&[&given, arguments].concat());
        finish(command.env("COFFERDAM_KEY_COPIES_2026", key()), stdin)
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.0.0).expect("a folder").count()
    }
}

#[test]
fn every_format_crosses_as_on_the_wire() {
    let copies = Copies::new("redact-formats");
    let text = "mail ann@example.com, card 4111 1111 1111 1111, ssn 078-05-1120.\n";
    let out = copies.run(&[], text.as_bytes());
    let line = out.text();
    assert_eq!(out.status, 0, "{}", out.stderr);
    let token = line.split(['_', ',']).nth(1).expect("a token").to_owned();
    assert_eq!(token.len(), 34, "{line}");
    let expected = format!("mail tok_{token}, card ************1111, ssn [us_ssn].\n");
    assert_eq!(line, expected);
    for (name, body, wanted) in [
        ("a.json", r#"{"m":"ann\u0040example.com","n":[4111111111111111]}"#, "\"n\":[\"***"),
        ("a.jsonl", "{\"m\":\"ann@example.com\"}\n{\"m\":1}\n", "\"}\n{\"m\":1}\n"),
        ("a.csv", "id,mail\n1,ann@example.com\n2,none\n", "\n2,none\n"),
        ("a.log", "10:00 login ann@example.com ok\n", " ok\n"),
        ("plain", "ann@example.com\n", "tok_"),
    ] {
        let file = copies.0.file(name, body.as_bytes());
        let ran = copies.run(&[&file], b"");
        assert_eq!(ran.status, 0, "{name}: {}", ran.stderr);
        assert!(ran.text().contains(&format!("tok_{token}")), "{name}: {}", ran.text());
        assert!(ran.text().contains(wanted), "{name}: {}", ran.text());
        assert!(!format!("{}{}", ran.text(), ran.stderr).contains("example.com"));
        let again = copies.run(&[], &ran.stdout);
        assert_eq!(again.text(), ran.text(), "{name}: a second pass finds nothing to do");
        let target = copies.0.path("copy");
        let written = copies.run(&[&file, "-o", &target], b"");
        assert_eq!((written.status, written.stdout.len()), (0, 0), "{}", written.stderr);
        assert_eq!(fs::read(&target).expect("a copy"), ran.stdout, "{name}");
        assert_eq!(fs::read(&file).expect("the file"), body.as_bytes(), "never in place");
    }
}

#[test]
fn what_is_blocked_leaves_no_file() {
    let copies = Copies::new("redact-block");
    let text = format!("{}\n{IBAN}\n{}", "fine ".repeat(40_000), "behind ".repeat(40_000));
    let file = copies.0.file("a.txt", text.as_bytes());
    let before = copies.files();
    let ran = copies.run(&[&file, "-o", &copies.0.path("copy.txt")], b"");
    assert_eq!((ran.status, copies.files()), (1, before), "{}", ran.stderr);
    assert!(ran.stderr.contains("iban block 1: finding"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("3704"), "{}", ran.stderr);
    // What was there stays.
    let old = copies.0.file("old.txt", b"old");
    assert_eq!(copies.run(&[&file, "-o", &old], b"").status, 1);
    assert_eq!(fs::read(&old).expect("a file"), b"old");
    // On a pipe nothing leaves before the verdict.
    let short = copies.run(&[], format!("fine {IBAN} behind").as_bytes());
    assert_eq!((short.status, short.stdout.len()), (1, 0), "{}", short.stderr);
    let long = copies.run(&[], "fine ".repeat(40_000).as_bytes());
    assert_eq!((long.status, long.stdout.len()), (1, 0), "{}", long.stderr);
    assert!(long.stderr.contains("with --output it need not be held"), "{}", long.stderr);
    let file = copies.0.file("long.txt", "fine ".repeat(40_000).as_bytes());
    let ran = copies.run(&[&file, "-o", &copies.0.path("long-copy.txt")], b"");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let copies = Copies::new("redact-unreadable");
    for (arguments, stdin, reason) in [
        (vec!["--media", "application/json"], &b"{\"a\": ann@example.com"[..], "unparsable"),
        (vec![], b"caf\xe9 ann@example.com", "unknown_encoding"),
        (vec![], b"\x1f\x8b\x08\x00\x00ann@example.com", "unknown_encoding"),
        (vec!["--media", "application/x-ndjson"], b"{}\nann@example.com\n", "unparsable"),
    ] {
        let ran = copies.run(&arguments, stdin);
        assert_eq!((ran.status, ran.stdout.len()), (1, 0), "{reason}: {}", ran.stderr);
        assert!(ran.stderr.contains(reason), "{reason}: {}", ran.stderr);
        assert!(!ran.stderr.contains("example.com"), "{}", ran.stderr);
    }
}

#[test]
fn without_a_boundary_nothing_crosses() {
    let copies = Copies::new("redact-boundary");
    let policy = copies.0.path("policy.yaml");
    let go = |from: &str, to: &str, more: &[&str]| {
        let given = ["redact", &policy, "--from", from, "--to", to];
        pipe(&[&given, more].concat(), b"{\"m\":\"ann@example.com\"}")
    };
    for (from, to, more, status, why) in [
        ("staging", "live", &[][..], 1, "no boundary leads from `staging` to `live`"),
        ("live", "lab", &[], 1, "the boundary only observes"),
        ("live", "live", &[], 2, "one zone"),
        ("live", "nowhere", &[], 2, "`nowhere` is no zone of the policy: unplaced, live"),
        ("live", "archive", &[], 1, "permits `POST /` with no type"),
        ("live", "archive", &["--request", "PUT"], 2, "a method and a path"),
        ("live", "archive", &["--media", "image/png"], 2, "image/png"),
    ] {
        let ran = go(from, to, more);
        assert_eq!((ran.status, ran.stdout.len()), (status, 0), "{from} {to}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{from} {to}: {}", ran.stderr);
    }
    let named = ["--request", "PUT /orders/7", "--media", "application/json"];
    let ran = go("live", "archive", &named);
    assert_eq!((ran.status, ran.text().as_str()), (0, "{\"m\":\"[email]\"}"), "{}", ran.stderr);
}

#[test]
fn a_missing_key_redacts_and_says_so() {
    let copies = Copies::new("redact-key");
    let policy = copies.0.path("policy.yaml");
    let given = ["redact", policy.as_str(), "--from", "live", "--to", "staging"];
    let without = pipe(&given, b"ann@example.com");
    assert_eq!((without.status, without.text().as_str()), (0, "[email]"));
    assert!(without.stderr.contains("COFFERDAM_KEY_COPIES_2026 is missing"), "{}", without.stderr);
    let mut short = command(&given);
    let short = finish(short.env("COFFERDAM_KEY_COPIES_2026", "abcd"), b"ann@example.com");
    assert_eq!(short.text(), "[email]");
    assert!(short.stderr.contains("is shorter than 32 bytes"), "{}", short.stderr);
    assert!(!short.stderr.contains("abcd"), "{}", short.stderr);
}

#[test]
fn several_files_go_into_a_folder() {
    let copies = Copies::new("redact-several");
    let one = copies.0.file("in/a.txt", b"ann@example.com");
    let two = copies.0.file("in/b.json", b"{\"ssn\":\"078-05-1120\"}");
    let three = copies.0.file("other/a.txt", b"x");
    let out = copies.0.path("out");
    fs::create_dir(&out).expect("a folder");
    let ran = copies.run(&[&one, &two, "-o", &out], b"");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(fs::read_to_string(copies.0.path("out/a.txt")).expect("a copy").starts_with("tok_"));
    let copy = fs::read_to_string(copies.0.path("out/b.json")).expect("a copy");
    assert_eq!(copy, "{\"ssn\":\"[us_ssn]\"}");
    for (arguments, why) in [
        (vec![one.as_str(), &two], "need a folder"),
        (vec![&one, &two, "-o", &one], "need a folder"),
        (vec![&one, &three, "-o", &out], "another file of that name"),
        (vec![&one, "-o", &one], "overwritten by its own copy"),
        (vec!["-", "-o", &out], "it has no name"),
    ] {
        let ran = copies.run(&arguments, b"");
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(fs::read(&one).expect("a file"), b"ann@example.com");
    let missing = copies.run(&[&copies.0.path("missing"), "-o", &copies.0.path("x")], b"");
    assert_eq!(missing.status, 2);
    assert!(!fs::exists(copies.0.path("x")).expect("a folder"));
    assert_eq!(run(&["redact", "policy.yaml"]).status, 2);
}
