//! What is proposed, who has signed, who is missing, what is in force.

use super::past::now;
use super::{Company, POLICY, refuses, stricter};
use cofferdam_engine::trust::Time;
use cofferdam_engine::trust::limits::DAY;

#[test]
fn status_says_who_is_missing_and_what_is_in_force() {
    let company = Company::with_root("status");
    let status = |more: &[&str]| {
        let ran = company.run("sue", &[&["release", "status"], more].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.text()
    };
    let tells = |told: &str, words: &[&str]| {
        for word in words {
            assert!(told.contains(word), "`{word}` is not in: {told}");
        }
    };
    tells(&status(&[]), &["nothing is proposed yet", "nothing says yet what is current"]);
    assert_eq!(company.propose(POLICY).status, 0);
    tells(
        &status(&[]),
        &[
            "version 1 of `shop` waits for signatures",
            "signed by  ann (author, root)",
            "missing    approver: bob; privacy: pat",
            "29 days left",
        ],
    );
    assert_eq!(company.approve("bob").status, 0);
    tells(&status(&[]), &["missing    privacy: pat\n"]);
    assert_eq!(company.approve("pat").status, 0);
    tells(&status(&[]), &["may run, and is not current yet", "next       cofferdam freshness"]);
    let key = company.key("robot").to_string_lossy().into_owned();
    let issue = |more: &[&str]| {
        let issued = company.run("robot", &[&["freshness", "issue", "-k", &key], more].concat());
        assert_eq!(issued.status, 0, "{}", issued.stderr);
    };
    issue(&[]);
    tells(&status(&[]), &["freshness 1: version 1 is current, 23 hours left", "is current\n"]);
    let later = Time(now().0 + 40 * DAY).to_string();
    tells(&status(&["--at", &later]), &["version 1 of `shop` has ended", "is current, ended at"]);

    // One that only tightens runs with two, and lasts with three.
    assert_eq!(company.propose(&stricter()).status, 0);
    tells(&status(&[]), &["version 2 of `shop` waits", "it tightens", "missing    approver: bob"]);
    assert_eq!(company.approve("bob").status, 0);
    tells(&status(&[]), &["to confirm privacy: pat", "2 days left"]);
    issue(&[]);
    let told = status(&[]);
    assert!(!told.contains("version 1 of"), "{told}");
    tells(&status(&["--all"]), &["version 1 of `shop` may run", "version 2 of `shop` is current"]);
    refuses(&company.run("sue", &["release", "status", "--trust", "x"]), 1, &["no root here"]);
}
