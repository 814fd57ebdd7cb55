//! The command as a person or a script meets it: output, talk, exit status.

use crate::process::{Folder, policy, run};
use std::fs;

#[test]
fn a_blob_is_the_same_from_every_folder() {
    let (one, other) = (Folder::new("one"), Folder::new("other"));
    let text = fs::read(policy("payments.yaml")).expect("a policy");
    let blobs = [&one, &other].map(|folder| {
        let source = folder.file("policy.yaml", &text);
        let blob = folder.path("policy.blob");
        let ran = run(&["compile", &source, "-o", &blob]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let bytes = fs::read(&blob).expect("a blob");
        let digest = ran.text().split_whitespace().next().map(str::to_owned);
        (bytes, digest)
    });
    assert_eq!(blobs[0], blobs[1]);
    let inspected = run(&["inspect", &one.path("policy.blob")]);
    assert_eq!(inspected.status, 0);
    let digest = blobs[0].1.as_deref().expect("a digest");
    assert!(inspected.text().contains(digest));
    assert!(inspected.text().contains("boundary processing-to-analytics: processing -> analytics"));
    assert!(inspected.text().contains("  vault: spiffe spiffe://acme.example/ns/vault/sa/*\n"));
    assert!(
        inspected
            .text()
            .contains("  credit_card          mask, last 4 stay (processing-to-analytics#2)")
    );
    let left: Vec<_> = fs::read_dir(&one.0).expect("a folder").collect();
    assert_eq!(left.len(), 2, "nothing but policy and blob is left");
}

#[test]
fn nonsense_gets_a_clear_error() {
    let folder = Folder::new("nonsense");
    let missing = folder.path("missing.yaml");
    let directory = folder.path("");
    let empty = folder.file("empty.yaml", b"");
    let binary = folder.file("binary.yaml", &[0x7f, b'E', b'L', b'F', 0, 1]);
    let latin = folder.file("latin.yaml", b"policy: caf\xe9\n");
    let blob = folder.path("shop.blob");
    assert_eq!(run(&["compile", &policy("shop.yaml"), "-o", &blob]).status, 0);
    let told = |arguments: &[&str], status: i32, word: &str| {
        let ran = run(arguments);
        let all = format!("{}{}", ran.text(), ran.stderr);
        assert_eq!(ran.status, status, "{arguments:?}: {all}");
        assert!(all.contains(word), "{arguments:?}: {all}");
        assert!(!all.contains("panicked"), "{all}");
    };
    for subcommand in ["check", "test"] {
        told(&[subcommand, &missing], 2, "missing.yaml: ");
        told(&[subcommand, &directory], 2, "this is a directory");
        told(&[subcommand, &empty], 1, "the policy is empty");
        told(&[subcommand, &binary], 1, "this is a binary file");
        told(&[subcommand, &latin], 1, "no UTF-8 text: byte 11");
        told(&[subcommand, &blob], 1, "this is a compiled policy");
        told(&[subcommand], 2, "POLICY");
        told(&[subcommand, &empty, "--format", "xml"], 2, "xml");
    }
    told(&["compile", &empty, "-o", &folder.path("x")], 1, "the policy is empty");
    told(&["compile", &policy("shop.yaml")], 2, "--output");
    told(&["compile", &policy("shop.yaml"), "-o", &directory], 2, "this is a directory");
    told(&["inspect", &empty], 1, "blob ends before its header does");
    told(&["inspect", &policy("shop.yaml")], 1, "not a blob");
    told(&["inspect", &missing], 2, "missing.yaml: ");
    told(&["chek", &empty], 2, "check");
    told(&[], 2, "Usage");
    assert!(fs::metadata(folder.path("x")).is_err(), "a refused policy writes nothing");
}

#[test]
fn check_tells_what_is_overdue_and_compile_does_not() {
    let folder = Folder::new("overdue");
    let text = fs::read_to_string(policy("shop.yaml")).expect("a policy");
    let old = folder.file("old.yaml", text.replace("2027-06-30", "2020-06-30").as_bytes());
    let checked = run(&["check", &old]);
    assert_eq!(checked.status, 0, "it compiles all the same");
    assert!(
        checked
            .text()
            .contains("warning[W001]: the review of the policy is overdue since 2020-06-30")
    );
    assert!(checked.text().contains("old.yaml:6:12"), "{}", checked.text());
    let compiled = run(&["compile", &old, "-o", &folder.path("old.blob")]);
    assert_eq!((compiled.status, compiled.stderr.as_str()), (0, ""));
}

#[test]
fn formats_of_check_are_what_they_say() {
    let folder = Folder::new("formats");
    let wrong = folder.file("wrong.yaml", b"format: cofferdam/v1\npolcy: x\n");
    let json = run(&["check", &wrong, "--format", "json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json.status, 1);
    assert!(value["diagnostics"].as_array().is_some_and(|list| list.len() == 3), "{value}");
    let sarif = run(&["check", &wrong, "--format", "sarif"]);
    let value: serde_json::Value = serde_json::from_slice(&sarif.stdout).expect("JSON");
    assert_eq!((sarif.status, &value["version"]), (1, &"2.1.0".into()));
    let text = run(&["check", &wrong]);
    assert!(text.text().contains("error[E007]: a policy has no key `polcy`"), "{}", text.text());
    assert!(text.text().contains("help: did you mean `policy`?"));
    assert!(text.stderr.contains("3 errors, 0 warnings"));
}

#[test]
fn a_test_that_does_not_hold_fails() {
    let folder = Folder::new("tests");
    let text = fs::read_to_string(policy("payments.yaml")).expect("a policy");
    let passing = run(&["test", &policy("payments.yaml"), "--format", "json"]);
    assert_eq!(passing.status, 0, "{}{}", passing.text(), passing.stderr);
    for (from, to, told) in [
        ("\"[email]\"}' }", "\"[mail]\"}' }", "body:"),
        ("findings: { email: 1, credit_card: 1 }", "findings: { email: 2 }", "findings:"),
        ("expect: { verdict: block, reason: finding,", "expect: { verdict: forward,", "verdict:"),
        ("reason: finding", "reason: oversize", "reason:"),
        ("rules: [processing-to-analytics]", "rules: [probes]", "rules:"),
        ("x-upstream-ip: 192.0.2.8 }\n", "x-upstream-ip: 192.0.2.9 }\n", "header x-upstream-ip"),
        ("request: GET /healthz", "request: GET /other", "fits this message"),
        ("{ from: processing, to: vault,", "{ from: vault, to: analytics,", "no boundary"),
        ("reason: finding", "reason: no_boundary", "reason: expected no_boundary, came finding"),
        ("${token:ana@example.com}\",\"card", "${token:ana@}\",\"card", "no rule makes a token"),
    ] {
        assert!(text.contains(from), "{from}");
        let broken = text.replacen(from, to, 1);
        // The header is given in `headers` too: only what is expected is to change.
        let broken = match told.starts_with("header") {
            true => text.replace(
                "headers: { x-client-ip: \"[ip_address]\", x-upstream-ip: 192.0.2.8",
                "headers: { x-client-ip: \"[ip_address]\", x-upstream-ip: 192.0.2.9",
            ),
            false => broken,
        };
        let path = folder.file("broken.yaml", broken.as_bytes());
        let ran = run(&["test", &path]);
        assert_eq!(ran.status, 1, "{told}: {}{}", ran.text(), ran.stderr);
        assert!(ran.text().contains(told), "{told}: {}{}", ran.text(), ran.stderr);
        let junit = run(&["test", &path, "--format", "junit"]);
        assert!(junit.text().contains("<failure message="), "{}", junit.text());
    }
}

#[test]
fn detectors_are_listed() {
    let text = run(&["detectors"]);
    let json = run(&["detectors", "--format", "json"]);
    assert_eq!((text.status, json.status), (0, 0));
    let list: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let list = list.as_array().expect("a list");
    for category in ["email", "credit_card", "us_ssn", "iban", "phone", "ip_address", "jwt"] {
        assert!(list.iter().any(|row| row["category"] == category), "{category}");
        assert!(text.text().contains(category), "{category}");
    }
}
