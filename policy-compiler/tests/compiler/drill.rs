//! A drill as a person and a build see it: nothing gets through what is whole, a planted hole is
//! found, and no report holds a value.

use crate::process::{Folder, policy, run};
use crate::untested::whole;
use cofferdam_policy_compiler::cases;
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::drill::{self, Options, Report};
use cofferdam_policy_compiler::report;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn drill(text: &str, expected: Option<&str>, attacks: u64) -> Report {
    let source = Source::new("policy.yaml", text);
    let expected = expected.map(|text| Source::new("expected.yaml", text));
    let options = Options { seed: 1, attacks, only: None };
    drill::run(&source, expected.as_ref(), options)
        .unwrap_or_else(|error| panic!("{}", report::text(&source, &error.diagnostics)))
}

#[test]
fn nothing_gets_through_a_whole_policy() {
    let found = drill(&whole(), None, 6000);
    let total = found.total();
    let source = Source::new("policy.yaml", &whole());
    assert_eq!((total.all(), total.through), (6000, 0), "{}", report::drill_text(&source, &found));
    assert_eq!((total.broken, total.other, total.open), (0, 0, 0));
    // What is known is rare, and told; everything else is held.
    assert!(total.known * 100 < total.all(), "{total:?}");
    assert_eq!(found.unmade, Vec::<String>::new());
    assert_eq!(found.left_out, []);
    let sides: BTreeSet<_> =
        found.kinds.keys().map(|kind| (kind.boundary.clone(), kind.direction)).collect();
    let groups: BTreeSet<_> = found.kinds.keys().map(|kind| kind.group.clone()).collect();
    let tricks: BTreeSet<_> = found.kinds.keys().map(|kind| kind.trick.clone()).collect();
    assert_eq!(sides.len(), 6, "both directions of each boundary");
    assert!(groups.len() >= 9, "{groups:?}");
    assert!(tricks.len() >= 25, "{tricks:?}");
}

#[test]
fn a_planted_hole_is_found() {
    let text = whole();
    let hole = |from: &str, to: &str, boundary: &str| {
        assert!(text.contains(from), "{from}");
        let found = drill(&text.replacen(from, to, 1), Some(&text), 800);
        let through: BTreeSet<_> = found.through().map(|one| one.boundary.clone()).collect();
        assert_eq!(through, BTreeSet::from([boundary.to_owned()]), "{to}");
        found
    };
    let analytics = "processing-to-analytics";
    let found = hole(
        "    reply: { otherwise: redact }",
        "    reply: { rules: [{ category: email, action: keep }], otherwise: redact }",
        analytics,
    );
    assert!(found.through().all(|one| one.category == "email"));
    let found = hole(
        "[email, iban],   action: warehouse_token }",
        "[email, iban],   action: warehouse_token }\n      \
         - { category: us_ssn, places: [header x-tag], action: observe }",
        analytics,
    );
    assert!(found.through().all(|one| one.place == "header x-tag"));
    let found = hole(
        "fields: [\"$.lines[*].sku\"], why",
        "fields: [\"$.lines[*].sku\", \"$.card\"], why",
        analytics,
    );
    assert!(found.through().all(|one| one.place == "body, field $.card"));
    hole(
        "    otherwise: block\n    reply: status_only",
        "    reply: { otherwise: keep }",
        "processing-to-partner",
    );
    hole("    purpose: health checks", "    purpose: health checks\n    mode: observe", "probes");
    let shallow = text.replacen("inspect: 1MiB", "inspect: 1MiB, unwrap: 0", 1);
    let found = drill(&shallow, Some(&text), 1200);
    assert!(found.through().count() > 100, "encodings are no more looked through");
    assert!(found.through().all(|one| one.trick != "as it is"));
}

#[test]
fn what_is_stricter_is_no_hole_and_what_is_open_is_none_by_itself() {
    let text = whole();
    let strict = text.replacen("action: last4 }", "action: block }", 1);
    let strict = strict.replacen("  last4:           { mask: { keep_last: 4 } }\n", "", 1);
    assert_eq!(drill(&strict, Some(&text), 800).total().through, 0);
    let kept =
        text.replacen("    reply: { otherwise: redact }", "    reply: { otherwise: keep }", 1);
    let found = drill(&kept, None, 800);
    assert_eq!(found.total().through, 0);
    assert_eq!(found.left_out.len(), 1, "{:?}", found.left_out);
    let prefix = "fields: [\"$.lines[*].sku\"], why: sixteen-digit stock numbers }";
    let digits = "{ category: \"@government_id\", prefixes: [\"1\", \"2\", \"3\"], why: made up }";
    let found =
        drill(&text.replacen(prefix, &format!("{prefix}\n      - {digits}"), 1), None, 3000);
    assert_eq!(found.total().through, 0, "an opening is no leak");
    assert!(found.total().open > 10, "{:?}", found.total());
}

#[test]
fn the_same_seed_makes_the_same_attacks_and_one_of_them_by_its_number() {
    let folder = Folder::new("drill");
    let text = whole();
    let good = folder.file("good.yaml", text.as_bytes());
    let hole =
        text.replacen("    reply: { otherwise: redact }", "    reply: { otherwise: keep }", 1);
    let bad = folder.file("bad.yaml", hole.as_bytes());
    let arguments = ["drill", &bad, "--expect", &good, "--attacks", "300", "--format", "json"];
    let first = run(&arguments);
    assert_eq!(first.status, 1, "{}", first.stderr);
    assert_eq!(first.stdout, run(&arguments).stdout);
    let other = run(&[&arguments[..], &["--seed", "2"]].concat());
    assert_ne!(first.stdout, other.stdout);
    let value: serde_json::Value = serde_json::from_slice(&first.stdout).expect("JSON");
    let attack = &value["attacks"][0];
    let number = attack["attack"].to_string();
    let again = run(&[&arguments[..], &["--attack", &number]].concat());
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(&again["attacks"][0], attack);
    assert_eq!(again["attacks"].as_array().map(Vec::len), Some(1));
}

#[test]
fn no_report_holds_a_value() {
    let folder = Folder::new("drill-echo");
    let text = whole();
    let good = folder.file("good.yaml", text.as_bytes());
    let hole =
        text.replacen("    reply: { otherwise: redact }", "    reply: { otherwise: keep }", 1);
    let bad = folder.file("bad.yaml", hole.as_bytes());
    for format in ["text", "json", "junit", "sarif"] {
        let ran = run(&["drill", &bad, "--expect", &good, "--attacks", "1200", "--format", format]);
        assert_eq!(ran.status, 1, "{format}: {}", ran.stderr);
        let all = format!("{}{}", ran.text(), ran.stderr);
        assert!(all.contains("processing-to-analytics") && all.contains("through"), "{all}");
        let report = folder.file("report.txt", all.as_bytes());
        let scanned = run(&["scan", &report]);
        assert_eq!((scanned.status, scanned.text()), (0, String::new()), "{format}: {all}");
    }
    let sarif = run(&["drill", &bad, "--expect", &good, "--attacks", "120", "--format", "sarif"]);
    let value: serde_json::Value = serde_json::from_slice(&sarif.stdout).expect("JSON");
    let results = value["runs"][0]["results"].as_array().expect("results");
    assert!(!results.is_empty());
    assert!(results.iter().all(|result| {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        result["ruleId"] == "drill/through" && region["startLine"] == 42
    }));
}

#[test]
fn what_cannot_be_drilled_is_said() {
    let folder = Folder::new("drill-wrong");
    let good = folder.file("good.yaml", whole().as_bytes());
    let wrong = folder.file("wrong.yaml", b"format: cofferdam/v1\n");
    let observing = whole().replacen("review_by: 2037", "mode: observe\nreview_by: 2037", 1);
    let told = |arguments: &[&str], status: i32, word: &str| {
        let ran = run(arguments);
        let all = format!("{}{}", ran.text(), ran.stderr);
        assert_eq!(ran.status, status, "{arguments:?}: {all}");
        assert!(all.contains(word), "{arguments:?}: {all}");
    };
    told(&["drill", &wrong], 1, "wrong.yaml");
    told(&["drill", &good, "--expect", &wrong], 1, "wrong.yaml");
    told(&["drill", &good, "--expect", "nothing.yaml"], 2, "nothing.yaml");
    told(&["drill", &good, "--attacks", "0"], 2, "--attacks");
    told(&["drill", &good, "--seed", "x"], 2, "--seed");
    told(&["drill"], 2, "POLICY");
    let none = observing.split("tests:\n").next().unwrap_or_default();
    let none = none.replace("reply: status_only", "reply: { otherwise: redact }");
    let none = folder.file("none.yaml", none.as_bytes());
    told(&["drill", &none], 1, "nothing was shown");
}

/// Each known limit is shown by a test that fails when the engine has learned it.
#[test]
fn known_limits_are_still_limits() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("tests/drill/known.yaml")).expect("a policy");
    let results = cases::run(&Source::new("known.yaml", &text)).expect("it compiles");
    assert_eq!(results.len(), 5);
    for result in &results {
        assert!(result.failures.is_empty(), "{}: {:?}", result.name, result.failures);
    }
}

#[test]
fn shipped_policies_hold() {
    for name in ["shop.yaml", "payments.yaml"] {
        let text = fs::read_to_string(policy(name)).expect("a policy");
        let source = Source::new(name, &text);
        let found = drill(&text, None, 1000);
        let total = found.total();
        assert_eq!(total.through, 0, "{}", report::drill_text(&source, &found));
        assert!(total.held > 900, "{total:?}");
    }
}
