//! Keys that nobody uses, and limits of roots.

use super::grant::{GRANTS, ask};
use super::{Company, POLICY, past, refuses, wider};
use crate::process::Ran;

pub(crate) fn issue(company: &Company, more: &[&str]) -> Ran {
    let key = company.key("robot").to_string_lossy().into_owned();
    let issued = company.run("robot", &[&["freshness", "issue", "-k", &key], more].concat());
    assert_eq!(issued.status, 0, "{}", issued.stderr);
    issued
}

fn suspends(ran: &Ran, count: usize) {
    assert!(ran.stderr.contains(&format!("{count} keys suspended")), "{}", ran.stderr);
}

#[test]
fn a_key_that_rests_for_90_days_is_suspended_until_it_is_woken_and_used() {
    let company = past::company("idle", 100);
    company.release(&POLICY.replace("    rules:\n", &format!("    {GRANTS}\n    rules:\n")));
    // Everybody has signed something but sue.
    let issued = issue(&company, &[]);
    suspends(&issued, 1);
    assert!(issued.stderr.contains(" of sue"), "{}", issued.stderr);
    refuses(&ask(&company, "sue", "", ""), 1, &["this key is suspended", "--wake"]);
    // It stays so, by itself, and is woken for a day.
    suspends(&issue(&company, &[]), 1);
    suspends(&issue(&company, &["--wake", "sue"]), 0);
    suspends(&issue(&company, &[]), 1);
    suspends(&issue(&company, &["--wake", "sue"]), 0);
    assert_eq!(ask(&company, "sue", "", "").status, 0);
    suspends(&issue(&company, &[]), 0);
    // One that somebody suspends by hand stays so as well, whether or not it is used.
    suspends(&issue(&company, &["--suspend", "sue"]), 1);
    suspends(&issue(&company, &[]), 1);
    // Those who hold roots bring it back for good.
    let rotated = company.run("ann", &["root", "rotate", "--renew", "sue"]);
    assert_eq!(rotated.status, 0, "{}", rotated.stderr);
    for person in ["ann", "bob", "pat"] {
        company.sign_root(person, 2);
    }
    suspends(&issue(&company, &["--wake", "sue"]), 0);
    suspends(&issue(&company, &[]), 0);
}

#[test]
fn a_key_that_rests_for_less_is_not() {
    let company = past::company("rests", 89);
    company.release(POLICY);
    suspends(&issue(&company, &[]), 0);
    let report = company.run("ann", &["trust", "report"]).text();
    let sue = report.lines().find(|line| line.trim_start().starts_with("sue ")).expect("sue");
    assert!(sue.contains("signs") && sue.contains(" 89 "), "{sue}");
}

#[test]
fn limits_of_a_root_are_told_and_kept() {
    let company = Company::new("limits");
    let key = |person: &str, roles: &str| {
        format!("{person}={roles}={}.pub", company.key(person).to_string_lossy())
    };
    let keys = [
        key("ann", "author,root"),
        key("bob", "approver,root"),
        key("pat", "privacy,root"),
        key("sue", "requester"),
        key("robot", "online"),
    ];
    let init = |more: &[&str]| {
        let mut arguments = vec!["root", "init"];
        keys.iter().for_each(|key| arguments.extend(["--key", key]));
        arguments.extend(more);
        company.run("ann", &arguments)
    };
    let longest = "longer than a root may say";
    refuses(&init(&["--grant-total", "31d"]), 2, &[longest, "30 days at the most"]);
    refuses(&init(&["--stale-limit", "15d"]), 2, &[longest, "14 days at the most"]);
    refuses(&init(&["--stale-limit", "soon"]), 2, &["`soon` is no length of time"]);
    assert!(!company.path("trust").exists(), "nothing is written that is refused");
    assert_eq!(init(&["--grant-total", "2h", "--stale-limit", "3d"]).status, 0);
    let shown = company.run("ann", &["root", "show"]).text();
    let limits = "releases of version 1 or above; grants over one boundary open for 2 hours \
                  together; without freshness nothing crosses after 3 days";
    assert!(shown.contains(limits), "{shown}");
    for person in ["ann", "bob", "pat"] {
        company.sign_root(person, 1);
    }
    company.release(POLICY);
    company.release(&wider());
    let rotate = |more: &[&str]| company.run("ann", &[&["root", "rotate"], more].concat());
    refuses(
        &rotate(&["--release-floor", "3"]),
        2,
        &["no release here is of version 3", "one is 2"],
    );
    let rotated = rotate(&["--release-floor", "2", "--stale-limit", "1d"]);
    assert_eq!(rotated.status, 0, "{}", rotated.stderr);
    let shown = company.run("ann", &["root", "show"]).text();
    assert!(shown.contains("version 2 or above") && shown.contains("after 1 day\n"), "{shown}");
    assert!(shown.contains("! limits were releases of version 1"), "{shown}");
    for person in ["ann", "bob", "pat"] {
        company.sign_root(person, 2);
    }
    refuses(&company.run("ann", &["release", "verify", "1"]), 1, &["older_version"]);
    assert_eq!(company.run("ann", &["release", "verify", "2"]).status, 0);
    refuses(&rotate(&["--release-floor", "1"]), 2, &["the floor is 2 already"]);
}
