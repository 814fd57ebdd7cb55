//! What `cofferdam init` writes compiles, passes its tests and is in the one style.

use crate::process::{Folder, run};
use std::fs;

const NAMES: [&str; 8] = [
    "gateway",
    "sidecars",
    "saas-egress",
    "log-shipping",
    "llm-provider",
    "healthcare",
    "payments",
    "multi-region",
];

#[test]
fn every_template_compiles_passes_its_tests_and_is_formatted() {
    let folder = Folder::new("templates");
    let paths = NAMES.map(|name| {
        let path = folder.path(&format!("{name}.yaml"));
        let made = run(&["init", "--template", name, "-o", &path]);
        assert_eq!((made.status, made.stdout.len()), (0, 0), "{}", made.stderr);
        let text = fs::read_to_string(&path).expect("a policy");
        assert!(text.starts_with("# For "), "{name} does not say when to use it");
        path
    });
    let all = |before: &[&'static str]| {
        let arguments: Vec<&str> =
            before.iter().copied().chain(paths.iter().map(String::as_str)).collect();
        run(&arguments)
    };
    let checked = all(&["check"]);
    assert_eq!((checked.status, checked.text().as_str()), (0, ""), "{}", checked.text());
    let formatted = all(&["fmt", "--check"]);
    assert_eq!(formatted.status, 0, "{}", formatted.text());
    // Whoever begins with one begins with rules that no change weakens unnoticed.
    let tested = all(&["test", "--min-coverage", "100", "--min-mutation", "100"]);
    assert_eq!(tested.status, 0, "{}", tested.text());
    assert!(tested.stderr.contains(" tests, 0 failed"), "{}", tested.stderr);
    for path in &paths {
        let name = path.rsplit('/').next().expect("a name");
        assert!(tested.text().contains(name), "{name} has no tests");
    }
}

/// The policies of the configurations that a person can run are read as examples too.
#[test]
fn the_tests_of_shipped_policies_notice_every_weaker_rule() {
    let shipped = ["shop.yaml", "payments.yaml"].map(crate::process::policy);
    let wanted = ["test", "--min-coverage", "100", "--min-mutation", "100"];
    let arguments: Vec<&str> =
        wanted.iter().copied().chain(shipped.iter().map(String::as_str)).collect();
    let tested = run(&arguments);
    assert_eq!(tested.status, 0, "{}", tested.text());
    assert!(tested.stderr.contains(" tests, 0 failed"), "{}", tested.stderr);
}

#[test]
fn init_asks_nothing_and_never_writes_over_a_file() {
    let folder = Folder::new("init");
    let path = folder.path("zones.yaml");
    let made = run(&["init", "-o", &path]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    assert!(made.stderr.contains("cofferdam check"), "{}", made.stderr);
    fs::write(&path, "mine").expect("a file");
    let again = run(&["init", "-o", &path]);
    assert_eq!(again.status, 1, "{}", again.stderr);
    assert!(again.stderr.contains("there is a file already"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&path).expect("a file"), "mine");
    let nowhere = run(&["init", "-o", &folder.path("no/such/folder.yaml")]);
    assert_eq!(nowhere.status, 2, "{}", nowhere.stderr);
    let unknown = run(&["init", "--template", "gatway", "-o", &folder.path("x.yaml")]);
    assert!(unknown.status == 2 && unknown.stderr.contains("gateway"), "{}", unknown.stderr);
    let help = run(&["init", "--help"]);
    for name in NAMES {
        assert!(help.text().contains(&format!("  {name:<13} For ")), "{}", help.text());
    }
}
