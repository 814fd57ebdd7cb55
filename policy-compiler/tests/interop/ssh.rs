//! Signatures of SSH: ours verified by `ssh-keygen`, and its own by us.

use crate::company::{Company, refuses};
use crate::documents::{
    FRESHNESS, RELEASE, ROOT, approve, grant, issue, policy, request, succeeds, text,
};
use crate::process::{Ran, finish};
use cofferdam_engine::trust::{PayloadType, signed_bytes};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn ssh_keygen(arguments: &[&str], stdin: &[u8]) -> Ran {
    finish(Command::new("ssh-keygen").args(arguments), stdin)
}

/// A company in which pat, who holds roots and approves releases and grants, and the machine have
/// keys of SSH.
fn company(name: &str) -> Company {
    let company = Company::new(name);
    for person in ["pat", "robot"] {
        let key = text(&company.key(person));
        for path in [key.clone(), format!("{key}.pub")] {
            fs::remove_file(path).expect("a key of another kind");
        }
        let made = ssh_keygen(&["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", &key], b"");
        succeeds(&made);
    }
    company.init_root();
    for person in ["ann", "bob"] {
        company.sign_root(person, 1);
    }
    company
}

/// What is signed of a document.
fn message(company: &Company, document: &str, payload_type: PayloadType) -> Vec<u8> {
    signed_bytes(payload_type, &fs::read(company.path(document)).expect("a document"))
}

/// The one signature of somebody in a folder.
fn signature(company: &Company, folder: &str, person: &str) -> PathBuf {
    let files = fs::read_dir(company.path(folder)).expect("a folder").flatten();
    let mut paths = files.map(|file| file.path());
    let begins = format!("{person}.");
    let theirs = paths.find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&begins))
    });
    theirs.expect("a signature")
}

/// The folder of a document's signatures.
fn folder(document: &str) -> String {
    match document.strip_suffix("/release.json") {
        Some(folder) => folder.to_owned(),
        None => document.strip_suffix(".json").expect("a document").to_owned(),
    }
}

#[test]
fn ssh_keygen_verifies_what_the_command_signed_and_nothing_else() {
    let company = company("interop-ssh-ours");
    company.sign_root("pat", 1);
    company.release(&policy());
    issue(&company);
    approve(&company, "pat", &request(&company));
    let [_, approval] = grant(&company);
    for (document, person, payload_type) in [
        (ROOT, "pat", PayloadType::Root),
        (RELEASE, "pat", PayloadType::Release),
        (FRESHNESS, "robot", PayloadType::Freshness),
        (&approval, "pat", PayloadType::Approval),
    ] {
        let public = fs::read_to_string(format!("{}.pub", text(&company.key(person))));
        let line = format!("{person} {}", public.expect("a public key"));
        let allowed = company.file("allowed", line.as_bytes());
        let signature = text(&signature(&company, &folder(document), person));
        let verify = |namespace: &str, message: &[u8]| {
            let signers = ["-Y", "verify", "-f", &allowed, "-I", person, "-n", namespace];
            ssh_keygen(&[&signers[..], &["-s", &signature]].concat(), message)
        };
        let message = message(&company, document, payload_type);
        succeeds(&verify("cofferdam", &message));
        assert_ne!(verify("git", &message).status, 0, "{document}: another namespace");
        let mut other = message.clone();
        *other.last_mut().expect("a byte") ^= 1;
        assert_ne!(verify("cofferdam", &other).status, 0, "{document}: another document");
    }
}

#[test]
fn what_ssh_keygen_signed_by_hand_counts_in_our_namespace_only() {
    let company = company("interop-ssh-theirs");
    let by_hand = |document: &str, person: &str, payload_type, namespace: &str| {
        let message = message(&company, document, payload_type);
        let file = company.file("message", &message);
        let key = text(&company.key(person));
        let _ = fs::remove_file(format!("{file}.sig"));
        succeeds(&ssh_keygen(&["-Y", "sign", "-q", "-n", namespace, "-f", &key, &file], b""));
        let into = company.path(&folder(document)).join(format!("{person}.sig"));
        fs::rename(format!("{file}.sig"), into).expect("a signature");
    };
    by_hand(ROOT, "pat", PayloadType::Root, "git");
    refuses(&company.propose(&policy()), 1, &["namespace"]);
    by_hand(ROOT, "pat", PayloadType::Root, "cofferdam");
    succeeds(&company.propose(&policy()));
    succeeds(&company.approve("bob"));
    let bundle = || company.run("ann", &["bundle", "-o", "shop.bundle"]);
    by_hand(RELEASE, "pat", PayloadType::Release, "file");
    refuses(&bundle(), 1, &["namespace"]);
    by_hand(RELEASE, "pat", PayloadType::Release, "cofferdam");
    issue(&company);
    let forget = |document: &str, person: &str| {
        fs::remove_file(signature(&company, &folder(document), person)).expect("a signature");
    };
    forget(FRESHNESS, "robot");
    by_hand(FRESHNESS, "robot", PayloadType::Freshness, "email");
    refuses(&bundle(), 1, &["namespace"]);
    by_hand(FRESHNESS, "robot", PayloadType::Freshness, "cofferdam");
    succeeds(&bundle());
    approve(&company, "pat", &request(&company));
    let [_, approval] = grant(&company);
    forget(&approval, "pat");
    for (namespace, told) in [("git", "does not hold: namespace"), ("cofferdam", "holds to")] {
        by_hand(&approval, "pat", PayloadType::Approval, namespace);
        let bundled = bundle();
        succeeds(&bundled);
        assert!(bundled.stderr.contains(told), "{namespace}: {}", bundled.stderr);
    }
}
