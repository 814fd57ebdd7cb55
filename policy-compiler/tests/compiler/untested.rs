//! What a policy's tests leave untested: coverage and mutation, as a person and a build see them.

use crate::process::{Folder, run};
use cofferdam_policy_compiler::cases::{self, Asked, Examined};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::report;
use std::fs;
use std::path::Path;

const ALL: Asked = Asked { coverage: true, mutation: true };

/// A policy whose tests meet and notice everything.
pub(crate) fn whole() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("tests/drill/payments.yaml")).expect("a policy")
}

fn examine(text: &str) -> Examined {
    let source = Source::new("policy.yaml", text);
    cases::examine(&source, ALL)
        .unwrap_or_else(|diagnostics| panic!("{}", report::text(&source, &diagnostics)))
}

/// Names of cells that were not met, and of rules whose weakening was not noticed.
fn left(examined: &Examined) -> (Vec<String>, Vec<String>) {
    let (coverage, mutation) = (examined.coverage.as_ref(), examined.mutation.as_ref());
    let (coverage, mutation) = (coverage.expect("coverage"), mutation.expect("mutation"));
    let cells = coverage.cells.missed().map(|one| one.name.clone()).collect();
    let rules = mutation.survivors().map(|one| format!("{}: {}", one.rule, one.what));
    (cells, rules.collect())
}

#[test]
fn a_whole_suite_meets_and_notices_everything_and_no_test_of_it_is_idle() {
    let text = whole();
    let examined = examine(&text);
    let (cells, rules) = left(&examined);
    assert_eq!((cells, rules), (Vec::<String>::new(), Vec::<String>::new()));
    let coverage = examined.coverage.expect("coverage");
    assert!(coverage.parts().iter().all(|(_, part)| part.all.len() >= 6), "{coverage:?}");
    let mutation = examined.mutation.expect("mutation");
    assert!(mutation.tried.len() >= 30, "only {} mutants", mutation.tried.len());
    // A rule that says what `otherwise` says is no loss.
    assert_eq!(mutation.same, 1);
    let (head, tests) = text.split_once("tests:\n").expect("tests");
    let tests: Vec<_> = tests.split("  - name: ").skip(1).collect();
    for (n, test) in tests.iter().enumerate() {
        let mut rest = format!("{head}tests:\n");
        for (_, kept) in tests.iter().enumerate().filter(|(other, _)| *other != n) {
            rest.push_str("  - name: ");
            rest.push_str(kept);
        }
        let (cells, rules) = left(&examine(&rest));
        let name = test.lines().next().unwrap_or_default();
        assert!(!cells.is_empty() || !rules.is_empty(), "nobody misses the test `{name}`");
    }
}

#[test]
fn what_is_left_is_named_by_rule_and_change() {
    let without = |name: &str| {
        let text = whole();
        let at = text.find(&format!("  - name: {name}\n")).expect("the test");
        let end = text[at + 4..].find("  - name: ").map_or(text.len(), |end| at + 4 + end);
        left(&examine(&format!("{}{}", &text[..at], &text[end..])))
    };
    let (cells, rules) = without("an account becomes a token");
    assert_eq!(cells, ["processing-to-analytics#1, iban"]);
    assert_eq!(rules, ["processing-to-analytics#1: `iban` is taken out of the rule"]);
    let (cells, rules) = without("an address of a machine is redacted where the policy says so");
    let name = "processing-to-analytics#5, ip_address in";
    assert_eq!(cells, [format!("{name} `header x-client-ip`"), format!("{name} `body`")]);
    assert_eq!(rules.len(), 4, "{rules:?}");
    let (cells, rules) = without("a stock number is let through where it stands");
    assert!(cells.is_empty(), "{cells:?}");
    assert_eq!(rules, ["processing-to-analytics#ignore: line 1 of `ignore` is gone"]);
    let (_, rules) = without("events are posted");
    assert_eq!(rules, ["processing-to-analytics: every method fits"]);
    let (cells, rules) = without("the partner gets the report and nothing else");
    assert!(cells.is_empty(), "{cells:?}");
    assert_eq!(
        rules,
        [
            "processing-to-partner: it only observes",
            "processing-to-partner#fields_only: every field crosses",
            "processing-to-partner#fields_only: all that stands beside `$.lines[*].amount` crosses \
             too",
        ]
    );
    let (cells, rules) = without("the partner answers with a status");
    assert_eq!(cells, ["processing-to-partner#reply"]);
    assert_eq!(rules, ["processing-to-partner#reply: the body of replies crosses, redacted"]);
}

#[test]
fn a_test_that_fails_meets_nothing() {
    let text = whole().replace("body: '{\"account\":\"${token", "body: '{\"acount\":\"${token");
    let examined = examine(&text);
    assert_eq!(examined.cases.iter().filter(|case| !case.failures.is_empty()).count(), 1);
    assert_eq!(left(&examined).0, ["processing-to-analytics#1, iban"]);
}

#[test]
fn minimums_decide_how_the_command_ends() {
    let folder = Folder::new("minimums");
    let text = whole();
    let good = folder.file("good.yaml", text.as_bytes());
    let short = text.split("  - name: a probe only asks").next().expect("a beginning");
    let short = folder.file("short.yaml", short.as_bytes());
    let minimums = ["--min-coverage", "100", "--min-mutation", "100"];
    let ran = run(&[&["test", &good][..], &minimums].concat());
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().contains("mutation: 30 of 30 noticed (100 %)"), "{}", ran.text());
    let ran = run(&[&["test", &short][..], &minimums].concat());
    assert_eq!(ran.status, 1, "{}{}", ran.text(), ran.stderr);
    assert!(ran.stderr.contains("notice less than 100 % of what could be weaker"));
    assert!(!ran.stderr.contains("tests meet less"), "every cell is met: {}", ran.stderr);
    assert!(
        ran.text().contains("short.yaml:70:11: probes: no test fails when every method fits"),
        "{}",
        ran.text()
    );
    assert_eq!(run(&["test", &short, "--min-mutation", "90"]).status, 0);
    assert_eq!(run(&["test", &short, "--mutation"]).status, 0, "a score alone refuses nothing");
    let json = run(&["test", &short, "--format", "json", "--coverage", "--mutation"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(value["coverage"][0]["cells"]["met"], value["coverage"][0]["cells"]["all"]);
    let mutants = value["mutation"][0]["mutants"].as_array().expect("mutants");
    let survived = mutants.iter().filter(|mutant| mutant["noticed_by"].is_null()).count();
    assert_eq!((mutants.len(), survived), (30, 2));
    let junit = run(&["test", &short, "--format", "junit", "--min-mutation", "100"]);
    let text = junit.text();
    assert!(text.contains("short.yaml: mutation\" tests=\"30\" failures=\"2\""), "{text}");
    assert!(!text.contains("coverage"), "not asked for");
    let junit = run(&["test", &short, "--format", "junit", "--mutation"]);
    assert!(junit.text().contains("tests=\"30\" failures=\"0\" errors=\"0\" skipped=\"2\""));
    for wrong in ["101", "-1", "all", ""] {
        let ran = run(&["test", &good, &format!("--min-coverage={wrong}")]);
        assert_eq!(ran.status, 2, "{wrong}: {}", ran.stderr);
    }
}
