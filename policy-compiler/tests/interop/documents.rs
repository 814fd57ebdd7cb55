//! A company with one document of each kind, and what it takes to export, alter and import them.

use crate::company::{Company, POLICY};
use crate::process::Ran;
use std::fs;
use std::path::Path;

/// A policy that lets mail be granted.
pub(crate) fn policy() -> String {
    let grants = "grants: { allowed: true, floor: keep, max_ttl: 4h, categories: [email] }";
    POLICY.replace("    rules:\n", &format!("    {grants}\n    rules:\n"))
}

pub(crate) const ROOT: &str = "trust/root/1.json";
pub(crate) const RELEASE: &str = "trust/releases/1/release.json";
pub(crate) const FRESHNESS: &str = "trust/freshness/1.json";

/// The files of the request and of the approval of the one grant.
pub(crate) fn grant(company: &Company) -> [String; 2] {
    let mut folders = fs::read_dir(company.path("trust/grants")).expect("a folder").flatten();
    let id = folders.next().expect("a grant").file_name().into_string().expect("an id");
    ["request", "approval"].map(|name| format!("trust/grants/{id}/{name}.json"))
}

/// Says that the release is current, as the machine does.
pub(crate) fn issue(company: &Company) {
    let key = text(&company.key("robot"));
    succeeds(&company.run("robot", &["freshness", "issue", "-k", &key]));
}

/// Asks for a grant; its id.
pub(crate) fn request(company: &Company) -> String {
    let key = text(&company.key("sue"));
    let asked = company.run(
        "sue",
        &[
            "grant",
            "request",
            "-k",
            &key,
            "--boundary",
            "ab",
            "--category",
            "email",
            "--action",
            "keep",
            "--subject",
            "spiffe://acme.example/ns/support/sa/desk",
            "--path",
            "/orders/*",
            "--for",
            "2h",
            "--ticket",
            "INC-1001",
            "--why",
            "the customer waits",
        ],
    );
    succeeds(&asked);
    asked.text().trim().to_owned()
}

/// Approves the grant.
pub(crate) fn approve(company: &Company, person: &str, id: &str) {
    let key = text(&company.key(person));
    let arguments = ["grant", "approve", id, "-k", &key];
    let shown = company.run(person, &arguments);
    let (_, behind) = shown.stderr.split_once("--seen ").expect("what to type");
    let seen = behind.split_whitespace().next().expect("a digest");
    succeeds(&company.run(person, &[&arguments[..], &["--seen", seen]].concat()));
}

/// Writes the envelope of a document, and gives its path.
pub(crate) fn export(company: &Company, document: &str) -> String {
    let path = text(&company.path("envelope.json"));
    succeeds(&company.run("ann", &["envelope", "export", document, "-o", &path]));
    path
}

pub(crate) fn import(company: &Company, document: &str, envelope: &str) -> Ran {
    company.run("ann", &["envelope", "import", document, envelope])
}

/// The envelope with one letter of a field changed to another one that base64 has. The last letter
/// is left alone: some of its bits mean nothing.
pub(crate) fn altered(envelope: &str, field: &str) -> String {
    let json = fs::read_to_string(envelope).expect("an envelope");
    let name = format!("\"{field}\"");
    let at = json.rfind(&name).expect("a field") + name.len();
    let start = at + json[at..].find('"').expect("a string") + 1 + 40;
    let letter = if json.as_bytes()[start] == b'A' { "B" } else { "A" };
    let path = format!("{envelope}.altered");
    let json = format!("{}{letter}{}", &json[..start], &json[start + 1..]);
    fs::write(&path, json).expect("a file");
    path
}

pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(crate) fn succeeds(ran: &Ran) {
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
}
