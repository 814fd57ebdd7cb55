//! Emergencies: asked for, approved, reviewed by somebody else; and what becomes of who opened one
//! that nobody reviewed.

use super::grant::{approve, ask, company, issue};
use super::{Company, POLICY, past, refuses};
use crate::process::Ran;
use cofferdam_engine::trust::PayloadType;
use std::fs;

fn ask_now(company: &Company, category: &str, length: &str) -> Ran {
    let key = company.key("sue").to_string_lossy().into_owned();
    let arguments = [
        "grant",
        "request",
        "-k",
        &key,
        "--boundary",
        "ab",
        "--category",
        category,
        "--action",
        "keep",
        "--subject",
        "spiffe://acme.example/ns/support/sa/desk",
        "--path",
        "/orders/*",
        "--for",
        length,
        "--ticket",
        "INC-1",
        "--why",
        "the customer waits",
        "--break-glass",
    ];
    company.run("sue", &arguments)
}

fn review(company: &Company, person: &str, id: &str, more: &[&str]) -> Ran {
    let key = company.key(person).to_string_lossy().into_owned();
    let arguments =
        [&["grant", "review", id, "-k", &key, "--note", "the ticket says so"], more].concat();
    let shown = company.run(person, &arguments);
    let Some((_, behind)) = shown.stderr.split_once("--seen ") else { return shown };
    assert_eq!(shown.status, 1, "nothing is signed that nobody has seen: {}", shown.stderr);
    assert!(shown.text().contains("AN EMERGENCY"), "{}", shown.text());
    let seen = behind.split_whitespace().next().expect("a digest").to_owned();
    company.run(person, &[&arguments[..], &["--seen", &seen]].concat())
}

#[test]
fn what_two_open_in_an_emergency_a_third_reviews() {
    let company = company("emergency");
    refuses(&ask_now(&company, "email", "31m"), 2, &["bad_value", "30 minutes"]);
    let asked = ask_now(&company, "email", "30m");
    assert_eq!(asked.status, 0, "{}", asked.stderr);
    assert!(asked.stderr.contains("it takes approver + requester"), "{}", asked.stderr);
    let id = asked.text().trim().to_owned();
    refuses(&review(&company, "pat", &id, &["--justified"]), 1, &["there is nothing to review"]);
    refuses(&approve(&company, "pat", &id, &[]), 1, &["pat may not approve grants"]);
    let approved = approve(&company, "bob", &id, &[]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    assert!(approved.stderr.contains(&format!("cofferdam grant review {id}")));
    issue(&company, &[]);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert!(bundled.stderr.contains("warning: break_glass"), "{}", bundled.stderr);
    let holds = format!("grant {id} of sue, approved by bob, holds to ");
    assert!(bundled.stderr.contains(&holds), "{}", bundled.stderr);

    for person in ["bob", "sue"] {
        let opened = format!("{person} opened it");
        refuses(&review(&company, person, &id, &["--justified"]), 1, &[&opened]);
    }
    refuses(&review(&company, "robot", &id, &["--justified"]), 1, &["robot may not review"]);
    refuses(&review(&company, "pat", &id, &[]), 2, &["--justified"]);
    let both = ["--justified", "--unjustified"];
    refuses(&review(&company, "pat", &id, &both), 2, &["cannot be used"]);
    let report = || company.run("ann", &["trust", "report"]).text();
    assert!(report().contains("1 made; 0 reviewed") && report().contains("1 due, 0 overdue"));
    let reviewed = review(&company, "pat", &id, &["--unjustified"]);
    assert_eq!(reviewed.status, 0, "{}", reviewed.stderr);
    refuses(&review(&company, "ann", &id, &["--justified"]), 1, &["pat has reviewed it"]);
    let told = "1 reviewed, of them 0 late and 1 not justified; 0 due, 0 overdue.";
    assert!(report().contains(told), "{}", report());
    // A usual grant is not reviewed.
    let usual = ask(&company, "sue", "", "");
    let usual = usual.text().trim().to_owned();
    assert_eq!(approve(&company, "pat", &usual, &[]).status, 0);
    refuses(&review(&company, "ann", &usual, &["--justified"]), 1, &["nothing to review"]);
}

#[test]
fn no_emergency_lets_keys_and_numbers_of_states_pass() {
    let company = Company::with_root("never");
    let grants = "grants: { allowed: true, floor: keep, max_ttl: 1h, categories: [email, us_ssn] }";
    let rules = "    rules:\n      - { category: us_ssn, action: redact }\n";
    let policy = POLICY.replace("    rules:\n", &format!("    {grants}\n{rules}"));
    company.release(&policy);
    let words = ["no emergency lets `us_ssn` pass", "@government_id"];
    refuses(&ask_now(&company, "us_ssn", "10m"), 2, &words);
    assert!(!company.path("trust/grants").exists(), "nothing is written that is refused");
}

#[test]
fn who_opened_what_nobody_reviewed_is_named_and_loses_the_role() {
    let company = past::company("overdue", 20);
    let id = past::emergency(&company, 3 * 24 * 60 * 60);
    // One signature too many, or one that is broken, hides nothing.
    let place = format!("grants/{id}/approval");
    let text = fs::read_to_string(company.path(&format!("trust/{place}.json"))).expect("a file");
    past::sign(&company, &place, PayloadType::Approval, &text, &["sue"]);
    company.file(&format!("trust/{place}/pat.sig"), b"nothing");
    let wrong = format!("{}/bob.wrong.sig", company.path("trust").join(&place).to_string_lossy());
    let signed = fs::read_dir(company.path("trust/root/1")).expect("a folder").flatten();
    let mut signed = signed.map(|entry| entry.path());
    let of_bob = signed.find(|path| path.to_string_lossy().contains("bob.")).expect("a signature");
    fs::copy(of_bob, wrong).expect("a copy");
    let words = format!("nobody has reviewed the emergency {id} of sue, approved by bob");
    for arguments in [&["release", "status"][..], &["key", "list"]] {
        let ran = company.run("ann", arguments);
        assert!(ran.status == 0 && ran.stderr.contains(&words), "{arguments:?}: {}", ran.stderr);
    }
    let report = company.run("ann", &["trust", "report"]).text();
    assert!(
        report.contains("1 made; 0 reviewed") && report.contains("0 due, 1 overdue"),
        "{report}"
    );

    let rotate = |more: &[&str]| company.run("ann", &[&["root", "rotate"], more].concat());
    let refused = rotate(&["--renew", "ann"]);
    refuses(
        &refused,
        1,
        &[&words, "grant review", "--suspend-overdue", "sue: requester", "bob: app"],
    );
    assert!(!company.path("trust/root/2.json").exists(), "nothing is written that is refused");
    // Without them nobody is left who approves.
    refuses(&rotate(&["--suspend-overdue"]), 2, &["threshold_unmet", "add keys"]);
    for person in ["lee", "kim"] {
        let file = format!("{person}.key");
        assert_eq!(company.run("ann", &["key", "new", person, "-o", &file]).status, 0);
    }
    let add = ["--add", "lee=approver=lee.key.pub", "--add", "kim=requester=kim.key.pub"];
    let rotated = rotate(&[&["--suspend-overdue"], &add[..]].concat());
    assert_eq!(rotated.status, 0, "{}", rotated.stderr);
    assert!(rotated.stderr.contains("sue: requester, bob: approver"), "{}", rotated.stderr);
    let root = fs::read_to_string(company.path("trust/root/2.json")).expect("a root");
    assert!(!root.contains("\"sue\"") && root.contains("\"bob\""), "{root}");
    for person in ["ann", "bob", "pat"] {
        company.sign_root(person, 2);
    }
    // It is not given back before somebody has looked.
    let back = format!("sue=requester={}.pub", company.key("sue").to_string_lossy());
    refuses(&rotate(&["--add", &back]), 1, &[&words]);
    let reviewed = review(&company, "pat", &id, &["--justified"]);
    assert_eq!(reviewed.status, 0, "{}", reviewed.stderr);
    let rotated = rotate(&["--add", &back]);
    assert_eq!(rotated.status, 0, "{}", rotated.stderr);
    let report = company.run("ann", &["trust", "report"]).text();
    assert!(report.contains("1 reviewed, of them 1 late and 0 not justified"), "{report}");
}

/// Whoever can push cannot review what they opened, and what they push stands in nobody's way.
#[test]
fn a_review_by_who_opened_it_does_not_count() {
    use cofferdam_engine::trust::{Review, digest};
    let company = past::company("own-review", 20);
    let id = past::emergency(&company, 2 * 24 * 60 * 60);
    let request = fs::read(company.path(&format!("trust/grants/{id}/request.json")));
    let request = cofferdam_engine::blob::Digest::of(&request.expect("a request"));
    assert!(digest(&request.to_string()).is_some());
    let review_of = |reviewer: &str| Review {
        request,
        reviewer: reviewer.to_owned(),
        reviewed_at: past::ago(60),
        justified: true,
        note: "fine".to_owned(),
    };
    let place = format!("grants/{id}/review");
    for (reviewer, signer) in [("bob", "bob"), ("sue", "sue"), ("pat", "bob")] {
        let text = review_of(reviewer).write();
        past::sign(&company, &place, PayloadType::Review, &text, &[signer]);
        let status = company.run("ann", &["release", "status"]);
        assert!(status.stderr.contains("nobody has reviewed"), "{reviewer}: {}", status.stderr);
        assert!(status.stderr.contains("it counts for nothing"), "{}", status.stderr);
        fs::remove_dir_all(company.path(&format!("trust/{place}"))).expect("signatures");
    }
    let blocked = review(&company, "pat", &id, &["--justified"]);
    refuses(&blocked, 1, &["this review does not count", "remove it"]);
    fs::remove_file(company.path(&format!("trust/{place}.json"))).expect("a review");
    assert_eq!(review(&company, "pat", &id, &["--justified"]).status, 0);
}
