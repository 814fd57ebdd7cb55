//! What is broken, forged or in the wrong place is told as that, and nothing is signed or written.

use super::{Company, POLICY, refuses};
use std::fs;
use std::path::Path;

#[test]
fn private_keys_stay_private() {
    let company = Company::new("keys");
    let path = company.key("ann");
    let text = fs::read_to_string(&path).expect("a key");
    let secret = text.lines().nth(1).expect("a line of base64");
    let listed = company.run("ann", &["key", "list"]);
    assert!(listed.status == 0 && listed.text().contains("ann.key.pub"), "{}", listed.stderr);
    let again = company.run("ann", &["key", "new", "ann"]);
    refuses(&again, 1, &["there is a file already, and it stays as it is"]);
    assert_eq!(fs::read_to_string(&path).expect("a key"), text);
    for ran in [&listed, &again] {
        assert!(!format!("{}{}", ran.text(), ran.stderr).contains(secret));
    }
    let other = company.run("ann", &["key", "new", "ann", "-o", "ann.key"]);
    assert_eq!(other.status, 0, "{}", other.stderr);
    assert!(!fs::read_to_string(company.path("ann.key")).expect("a key").contains(secret));
    for name in ["", "Ann", "a/b", "../ann", "ann\u{202e}", "<script>", "::error::"] {
        refuses(&company.run("ann", &["key", "new", name]), 2, &["is no name of a holder"]);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        company.init_root();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        let key = path.to_string_lossy();
        let signed = company.run("ann", &["root", "sign", "-k", &key]);
        refuses(&signed, 1, &["others can read this key (mode 644)", "chmod 600"]);
        assert!(!format!("{}{}", signed.text(), signed.stderr).contains(secret));
    }
}

#[test]
fn what_is_no_key_signs_nothing() {
    let company = Company::with_root("no-key");
    assert_eq!(company.propose(POLICY).status, 0);
    let approve = |key: &str| company.run("bob", &["release", "approve", "-k", key]);
    let pem = "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n";
    for (name, bytes) in [
        ("empty", b"".as_slice()),
        ("text", b"hello\n"),
        ("binary", &[0, 159, 146, 150]),
        ("pem", pem.as_bytes()),
        ("rsa.pub", b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 x\n"),
        ("short.pub", b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== x\n"),
        ("public", &fs::read(company.key("bob").with_extension("key.pub")).expect("a key")),
    ] {
        let path = company.file(name, bytes);
        refuses(&approve(&path), 1, &[name, "this is no key that signs here", "help: "]);
    }
    refuses(&approve("missing"), 2, &["missing: "]);
    refuses(&approve("."), 2, &["this is a directory"]);
    let stranger = company.run("bob", &["key", "new", "eve", "-o", "eve.key"]);
    assert_eq!(stranger.status, 0);
    refuses(&approve("eve.key"), 1, &["root 1 does not know this key", "root rotate --add"]);
    refuses(&company.run("bob", &["release", "approve"]), 2, &["--key"]);
    refuses(&company.run("bob", &["release"]), 2, &["Usage"]);
    refuses(&company.run("bob", &["release", "show", "0"]), 2, &["0"]);
    refuses(&company.run("bob", &["release", "show", "9"]), 2, &["releases/9/release.json"]);
    let nowhere = ["release", "show", "--trust", "no/such/folder"];
    refuses(&company.run("bob", &nowhere), 1, &["there is no release here"]);
}

/// Whoever alters what was proposed is told of it before anybody signs.
#[test]
fn what_was_altered_is_not_approved() {
    let company = Company::with_root("altered");
    company.release(POLICY);
    assert_eq!(company.propose(&super::stricter()).status, 0);
    let key = company.key("bob").to_string_lossy().into_owned();
    let altered = |file: &str, from: &str, to: &str, words: &[&str]| {
        let path = company.path(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{file}: {from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("a file");
        let approved = company.run("bob", &["release", "approve", "-k", &key]);
        fs::write(&path, text).expect("a file");
        refuses(&approved, 1, words);
    };
    let second = "trust/releases/2/release.json";
    altered("trust/releases/2/source/policy.yaml", "team:x", "team:y", &["the source beside it"]);
    altered(second, "\"author\": \"ann\"", "\"author\": \"pat\"", &["shown something else"]);
    altered(second, "\"blob\": \"", "\"blob\": \"0", &["bad_value"]);
    altered(second, "\"version\": 2", "\"version\": 3", &["another version than its folder"]);
    altered(second, "\"expires\"", "\"expires\": 1, \"expires\"", &["duplicate_key"]);
    altered(second, "\"change\": \"tightens\"", "\"change\": \"opens\"", &["shown something else"]);
    altered(second, "{", "[", &["not_json"]);
    // What it is compared with is what was signed, or nothing.
    let first = "trust/releases/1/";
    altered(
        &format!("{first}source/policy.yaml"),
        "team:x",
        "team:y",
        &["not the text that was signed"],
    );
    altered(&format!("{first}release.json"), "eu", "us", &["no host takes this release"]);
    // Nothing lies in a release that is not shown.
    let extra = company.file("trust/releases/2/source/more.yaml", b"zones: {}\n");
    let approved = company.run("bob", &["release", "approve", "-k", &key]);
    refuses(&approved, 1, &["more.yaml", "the policy does not use this file"]);
    fs::remove_file(extra).expect("a file");
    // A signature that is none, and one of another document.
    let forged = company.file("trust/releases/2/pat.00000000.sig", b"-----BEGIN PGP-----\n");
    refuses(&company.run("bob", &["release", "show"]), 1, &["this is no signature"]);
    let of_first = fs::read_dir(company.path(first)).expect("a folder").flatten();
    let mut of_first = of_first.map(|entry| entry.path());
    let is_pat = |path: &Path| path.to_string_lossy().contains("pat.");
    let of_first = of_first.find(|path| is_pat(path)).expect("a signature");
    fs::copy(of_first, &forged).expect("a copy");
    let shown = company.run("bob", &["release", "show"]);
    assert!(shown.stderr.contains("signature_wrong"), "{}", shown.stderr);
    refuses(&company.run("bob", &["bundle", "-o", "x"]), 1, &["signature_wrong"]);
}

#[test]
fn a_policy_that_does_not_hold_is_not_proposed() {
    let company = Company::with_root("broken");
    for (from, to, words) in [
        ("verdict: rewrite", "verdict: block", ["1 of its tests fail", "cofferdam test"]),
        ("from: a\n", "from: x\n", ["error[E", "x"]),
    ] {
        refuses(&company.propose(&POLICY.replace(from, to)), 1, &words);
    }
    assert!(!company.path("trust/releases").exists(), "nothing is written that is refused");
    // One that includes others is kept whole.
    let whole = POLICY.replace("zones: {", "include: [zones/people.yaml]\nzones: {");
    company.file("zones/people.yaml", b"actions: { tail: { mask: { keep_last: 2 } } }\n");
    let proposed = company.propose(&whole);
    assert_eq!(proposed.status, 0, "{}", proposed.stderr);
    assert!(company.path("trust/releases/1/source/zones/people.yaml").exists());
    assert!(proposed.text().contains("(2 files)"), "{}", proposed.text());
    assert_eq!(company.approve("bob").status, 0);
}

#[test]
fn what_is_no_bundle_is_told_as_that() {
    let company = Company::with_root("no-bundle");
    company.release(POLICY);
    assert_eq!(company.run("ann", &["bundle", "-o", "good"]).status, 0);
    let good = fs::read(company.path("good")).expect("a bundle");
    let pin = cofferdam_engine::blob::Digest::of(
        &fs::read(company.path("trust/root/1.json")).expect("a root"),
    );
    let pin = pin.to_string();
    let verify = |bytes: &[u8]| {
        company.file("bad", bytes);
        company.run("ann", &["release", "verify", "--bundle", "bad", "--pin", &pin])
    };
    assert_eq!(verify(&good).status, 0);
    refuses(&verify(b""), 1, &["not_a_bundle"]);
    refuses(&verify(b"CFDM a blob"), 1, &["not_a_bundle"]);
    refuses(&verify(&good[..good.len() - 1]), 1, &["not_a_bundle"]);
    let mut altered = good.clone();
    if let Some(last) = altered.last_mut() {
        *last ^= 1;
    }
    refuses(&verify(&altered), 1, &["other_blob"]);
    let unpinned = company.run("ann", &["release", "verify", "--bundle", "good"]);
    refuses(&unpinned, 2, &["--pin"]);
    let short = ["release", "verify", "--bundle", "good", "--pin", "abc"];
    refuses(&company.run("ann", &short), 2, &["`--pin` is no digest"]);
}
