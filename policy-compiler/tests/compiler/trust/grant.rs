//! Grants: asked for by one, narrowed and approved by others, taken back.

use super::{Company, POLICY, refuses};
use crate::process::Ran;
use std::fs;

pub(crate) const GRANTS: &str =
    "grants: { allowed: true, floor: keep, max_ttl: 4h, categories: [email] }";

/// A company whose policy lets mail be granted.
pub(crate) fn company(name: &str) -> Company {
    let company = Company::with_root(name);
    company.release(&POLICY.replace("    rules:\n", &format!("    {GRANTS}\n    rules:\n")));
    company
}

/// Asks as somebody types it, with one option changed.
pub(crate) fn ask(company: &Company, person: &str, option: &str, value: &str) -> Ran {
    let key = company.key(person).to_string_lossy().into_owned();
    let mut arguments = vec!["grant", "request", "-k", &key];
    for (name, usual) in [
        ("--boundary", "ab"),
        ("--category", "email"),
        ("--action", "keep"),
        ("--subject", "spiffe://acme.example/ns/support/sa/desk"),
        ("--path", "/orders/*"),
        ("--for", "2h"),
        ("--uses", "10"),
        ("--ticket", "INC-1001"),
        ("--why", "the customer waits"),
    ] {
        arguments.extend([name, if name == option { value } else { usual }]);
    }
    company.run(person, &arguments)
}

pub(crate) fn approve(company: &Company, person: &str, id: &str, more: &[&str]) -> Ran {
    let key = company.key(person).to_string_lossy().into_owned();
    let arguments = [&["grant", "approve", id, "-k", &key], more].concat();
    let shown = company.run(person, &arguments);
    let Some((_, behind)) = shown.stderr.split_once("--seen ") else { return shown };
    assert_eq!(shown.status, 1, "nothing is signed that nobody has seen: {}", shown.stderr);
    let seen = behind.split_whitespace().next().expect("a digest").to_owned();
    company.run(person, &[&arguments[..], &["--seen", &seen]].concat())
}

pub(crate) fn issue(company: &Company, more: &[&str]) {
    let key = company.key("robot").to_string_lossy().into_owned();
    let issued = company.run("robot", &[&["freshness", "issue", "-k", &key], more].concat());
    assert_eq!(issued.status, 0, "{}", issued.stderr);
}

#[test]
fn what_one_asks_for_holds_when_another_has_approved_it() {
    let company = company("grant");
    let asked = ask(&company, "sue", "", "");
    assert_eq!(asked.status, 0, "{}", asked.stderr);
    let id = asked.text().trim().to_owned();
    let list = || company.run("pat", &["grant", "list"]).text();
    assert!(list().contains("waits for approval"), "{}", list());
    let bundle = || company.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert!(!bundle().stderr.contains("grant "), "nobody has approved it");

    refuses(&approve(&company, "sue", &id, &[]), 1, &["sue asked for this grant"]);
    refuses(&approve(&company, "bob", &id, &[]), 1, &["bob may not approve grants"]);
    for wider in [["--for", "3h"], ["--uses", "11"], ["--path", "/x/*"], ["--category", "iban"]] {
        refuses(&approve(&company, "pat", &id, &wider), 2, &["more than was asked for"]);
    }
    let approved = approve(&company, "pat", &id, &["--for", "30m"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    let shown = approved.text();
    for told in ["asked by    sue", "30 minutes at most", "(less than was asked for)", "INC-1001"] {
        assert!(shown.contains(told), "`{told}` is not in: {shown}");
    }

    // No grant holds where it is not known what is current.
    assert!(bundle().stderr.contains("does not hold: freshness_missing"), "{}", bundle().stderr);
    issue(&company, &[]);
    let held = bundle();
    let holds = format!("grant {id} of sue, approved by pat, holds to ");
    assert!(held.status == 0 && held.stderr.contains(&holds), "{}", held.stderr);
    issue(&company, &["--revoke-grant", &id[..8]]);
    assert!(bundle().stderr.contains("does not hold: grant_revoked"), "{}", bundle().stderr);
    // Nothing is to be named again, and nothing comes back by being left out.
    issue(&company, &[]);
    assert!(bundle().stderr.contains("does not hold: grant_revoked"), "{}", bundle().stderr);
}

#[test]
fn what_is_taken_back_stays_so_whatever_becomes_of_the_file_that_says_so() {
    let company = company("revoke");
    let ids: Vec<_> = (0..2)
        .map(|n| ask(&company, "sue", "--ticket", &format!("INC-{n}")).text().trim().to_owned())
        .collect();
    for id in &ids {
        assert_eq!(approve(&company, "pat", id, &[]).status, 0);
    }
    issue(&company, &[]);
    let revoke = |id: &str| company.run("bob", &["grant", "revoke", id, "--why", "\u{202e} lost"]);
    refuses(&revoke("0123456789"), 2, &["there is no one grant"]);
    let taken = revoke(&ids[0][..8]);
    assert_eq!(taken.status, 0, "{}", taken.stderr);
    assert!(taken.stderr.contains("it holds until hosts hear of it"), "{}", taken.stderr);
    assert!(revoke(&ids[0]).stderr.contains("to be taken back already"));
    assert!(company.run("pat", &["grant", "list"]).text().contains("keep: taken back"));
    // Whoever alters what was asked for takes back both.
    let request = company.path(&format!("trust/grants/{}/request.json", ids[0]));
    let text = fs::read_to_string(&request).expect("a request");
    fs::write(&request, text.replace("/orders/*", "/people/*")).expect("a request");
    issue(&company, &[]);
    fs::write(&request, &text).expect("a request");
    fs::remove_file(company.path(&format!("trust/grants/{}/revoke.json", ids[0]))).expect("a file");
    issue(&company, &[]);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]).stderr;
    let refused = format!("grant {} does not hold: grant_revoked", ids[0]);
    let holds = format!("grant {} of sue, approved by pat, holds", ids[1]);
    assert!(bundled.contains(&refused) && bundled.contains(&holds), "{bundled}");
    assert!(revoke(&ids[0]).stderr.contains("has taken it back already"));
    // What is in the file does not matter: that it is there does.
    company.file(&format!("trust/grants/{}/revoke.json", ids[1]), b"\xff");
    issue(&company, &[]);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]).stderr;
    let refused = format!("grant {} does not hold: grant_revoked", ids[1]);
    assert!(bundled.contains(&refused), "{bundled}");
}

#[test]
fn what_nobody_may_ask_for_is_refused_where_it_is_asked() {
    let company = company("asked");
    refuses(&ask(&company, "bob", "", ""), 1, &["bob has no role `requester`"]);
    for (option, value, words) in [
        ("--boundary", "zz", ["nothing may be granted over `zz`", "ab"]),
        ("--category", "@contact", ["`@contact` may not be granted", "email"]),
        ("--category", "credit_card", ["`credit_card` may not be granted", "email"]),
        ("--action", "block", ["may not name `block`", "keep"]),
        ("--subject", "spiffe://acme.example/**", ["bad_value", "one caller"]),
        ("--path", "/**", ["bad_value", "first segment"]),
        ("--for", "2w", ["`2w` is no length of time", "30m, 2h, 1d"]),
        ("--for", "0h", ["`0h` is no length of time", "30m, 2h, 1d"]),
        ("--for", "31d", ["bad_value", "30 days"]),
        ("--for", "\u{202e}", ["`\\u{202e}` is no length", "30m"]),
        ("--why", "\u{1b}[2J", ["bad_value", "help: "]),
    ] {
        refuses(&ask(&company, "sue", option, value), 2, &words);
    }
    assert!(!company.path("trust/grants").exists(), "nothing is written that is refused");
    refuses(&approve(&company, "pat", "0123456789abcdef", &[]), 2, &["there is no one grant"]);
    refuses(&approve(&company, "pat", "<script>", &[]), 2, &["`<script>`", "grant list"]);
}

/// Whoever asks chooses the words, and whoever can push chooses the files.
#[test]
fn a_request_that_was_altered_is_not_approved() {
    let company = company("request");
    let asked = ask(&company, "sue", "--why", "fine\u{202e} ::error:: <script>");
    assert_eq!(asked.status, 0, "{}", asked.stderr);
    let id = asked.text().trim().to_owned();
    let approved = approve(&company, "pat", &id, &[]);
    assert!(approved.text().contains("fine\\u{202e} ::error::"), "{}", approved.text());
    let request = company.path(&format!("trust/grants/{id}/request.json"));
    let text = fs::read_to_string(&request).expect("a request");
    fs::write(&request, text.replace("/orders/*", "/people/*")).expect("a request");
    refuses(&approve(&company, "pat", &id, &[]), 1, &["request.json", "signature_wrong"]);
    issue(&company, &[]);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert!(bundled.stderr.contains("does not hold: signature_wrong"), "{}", bundled.stderr);
}
