//! Envelopes of other programs: signatures come out of them when they hold, and not otherwise.

use super::{Company, POLICY, refuses};
use crate::process::Ran;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const RELEASE: &str = "trust/releases/1/release.json";

fn export(company: &Company, document: &str) -> Value {
    let exported = company.run("ann", &["envelope", "export", document]);
    assert_eq!(exported.status, 0, "{}", exported.stderr);
    serde_json::from_slice(&exported.stdout).expect("JSON")
}

fn import(company: &Company, document: &str, envelope: &Value) -> Ran {
    let path = company.file("envelope.json", envelope.to_string().as_bytes());
    company.run("ann", &["envelope", "import", document, &path])
}

fn signatures(company: &Company) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(company.path("trust/releases/1")).expect("a folder").flatten();
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "sig"));
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a signature");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn what_was_exported_comes_back_file_by_file() {
    let company = Company::with_root("envelope");
    company.release(POLICY);
    let mut envelope = export(&company, RELEASE);
    let before = signatures(&company);
    assert_eq!(before.len(), 3);
    for (path, _) in &before {
        fs::remove_file(path).expect("a signature");
    }
    // As others may write it: no ids, the letters of URLs, and more than anybody here knows.
    let payload = STANDARD.decode(envelope["payload"].as_str().expect("text")).expect("base64");
    envelope["payload"] = URL_SAFE.encode(payload).into();
    envelope["more"] = json!({ "of": ["theirs"] });
    for signature in envelope["signatures"].as_array_mut().expect("a list") {
        let bytes = STANDARD.decode(signature["sig"].as_str().expect("text")).expect("base64");
        *signature = json!({ "sig": URL_SAFE.encode(bytes), "cert": null });
    }
    let imported = import(&company, RELEASE, &envelope);
    assert_eq!(imported.status, 0, "{}", imported.stderr);
    assert_eq!(signatures(&company), before);
    assert_eq!(company.run("ann", &["release", "verify"]).status, 0);
}

#[test]
fn what_does_not_hold_is_not_taken() {
    let company = Company::with_root("envelope-bad");
    assert_eq!(company.propose(POLICY).status, 0);
    let good = export(&company, RELEASE);
    let before = signatures(&company);
    let root = export(&company, "trust/root/1.json");
    let with = |key: &str, value: Value| {
        let mut envelope = good.clone();
        envelope[key] = value;
        envelope
    };
    // Of ann over a root, of nobody, and none at all.
    let of_root = root["signatures"].clone();
    let nobody = json!([{ "keyid": "\u{202e}<script>", "sig": STANDARD.encode([7; 64]) }]);
    let long = Value::String("A".repeat(200_000));
    for (envelope, told) in [
        (with("signatures", of_root), "signature 1 is of no key"),
        (with("signatures", nobody), "signature 1 is of no key"),
        (with("signatures", json!([])), "unsigned"),
        (with("signatures", json!(vec![&good["signatures"][0]; 33])), "too_many"),
        (with("signatures", json!({})), "wrong_type"),
        (with("payload", root["payload"].clone()), "another document"),
        (with("payload", json!("*")), "bad_base64"),
        (with("payload", long), "oversize"),
        (with("payloadType", root["payloadType"].clone()), "payload_type"),
        (with("payloadType", json!(7)), "wrong_type"),
        (json!([1, 2]), "missing_key"),
        (json!("::error::"), "missing_key"),
    ] {
        refuses(&import(&company, RELEASE, &envelope), 1, &["envelope.json", told, "help: "]);
    }
    assert_eq!(signatures(&company), before, "nothing was written");
    for document in ["nothing", "trust", "zones.yaml", "trust/root/x.json", "trust/grants/1/a.json"]
    {
        let exported = company.run("ann", &["envelope", "export", document]);
        refuses(&exported, 2, &["nothing that is signed is here", "help: name one of"]);
    }
    refuses(&company.run("ann", &["envelope", "export", "trust/root/2.json"]), 2, &["2.json"]);
}

#[test]
fn under_a_root_that_was_altered_nothing_is_taken() {
    let company = Company::with_root("envelope-keys");
    assert_eq!(company.propose(POLICY).status, 0);
    let signed = export(&company, RELEASE);
    let root = company.path("trust/root/1.json");
    // A root in which ann's key is another one; nobody has signed it.
    let text = fs::read_to_string(&root).expect("a root");
    let key = fs::read_to_string(format!("{}.pub", company.key("ann").to_string_lossy()));
    let key = key.expect("a key").split_whitespace().nth(1).expect("a key").to_owned();
    fs::write(&root, text.replace(&key, &STANDARD.encode([9; 32]))).expect("a root");
    refuses(&import(&company, RELEASE, &signed), 1, &["trust/root/1.json"]);
}
