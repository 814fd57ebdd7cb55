//! Keys that people have already: `ssh-keygen` signs for us, and verifies what we wrote.
//! Where it is not installed, these tests say so and show nothing.

use super::{Company, POLICY, refuses, seen};
use crate::process::finish;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether `ssh-keygen` can sign.
fn is_there() -> bool {
    let there = Command::new("ssh-keygen").arg("-?").output().is_ok();
    if !there {
        eprintln!("not run: there is no `ssh-keygen` here");
    }
    there
}

fn ssh(arguments: &[&str], stdin: &[u8]) -> crate::process::Ran {
    finish(Command::new("ssh-keygen").args(arguments), stdin)
}

/// A company in which bob has a key of SSH, and nothing else.
fn company(name: &str) -> (Company, PathBuf) {
    let company = Company::new(name);
    let key = company.home("bob").join("id_ed25519");
    let path = key.to_string_lossy().into_owned();
    let made = ssh(&["-q", "-t", "ed25519", "-N", "", "-C", "bob@example.com", "-f", &path], b"");
    assert_eq!(made.status, 0, "{}", made.stderr);
    // What the company takes for bob's key is this one.
    let own = company.key("bob");
    for (from, to) in [(key.clone(), own.clone()), (public_of(&key), public_of(&own))] {
        fs::copy(from, to).expect("a copy");
    }
    company.init_root();
    for person in ["ann", "bob", "pat"] {
        company.sign_root(person, 1);
    }
    assert_eq!(company.propose(POLICY).status, 0);
    (company, own)
}

fn public_of(key: &Path) -> PathBuf {
    PathBuf::from(format!("{}.pub", key.to_string_lossy()))
}

fn signature_of(company: &Company, holder: &str) -> PathBuf {
    let entries = fs::read_dir(company.path("trust/releases/1")).expect("a folder").flatten();
    let mut paths = entries.map(|entry| entry.path());
    let is_theirs = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(holder))
    };
    paths.find(is_theirs).expect("a signature")
}

#[test]
fn ssh_keygen_verifies_what_was_approved_with_a_key_of_ssh() {
    if !is_there() {
        return;
    }
    let (company, key) = company("ssh");
    let approved = company.approve("bob");
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    assert_eq!(company.approve("pat").status, 0);
    assert_eq!(company.run("ann", &["bundle", "-o", "shop.bundle"]).status, 0);
    let signed = company.path("signed").to_string_lossy().into_owned();
    assert_eq!(company.run("sue", &["release", "show", "--to-sign", &signed]).status, 0);
    let public = fs::read_to_string(public_of(&key)).expect("a public key");
    let allowed = company.file("allowed", format!("bob {public}").as_bytes());
    let signature = signature_of(&company, "bob").to_string_lossy().into_owned();
    let verify = ["-Y", "verify", "-f", &allowed, "-I", "bob", "-n", "cofferdam", "-s", &signature];
    let verified = ssh(&verify, &fs::read(&signed).expect("bytes"));
    assert_eq!(verified.status, 0, "{}{}", verified.text(), verified.stderr);
    let other = ssh(&verify, b"other bytes");
    assert_ne!(other.status, 0, "it verifies nothing else");
}

#[test]
fn a_signature_that_ssh_keygen_made_by_itself_is_an_approval() {
    if !is_there() {
        return;
    }
    let (company, key) = company("ssh-alone");
    let bytes = company.path("to-sign").to_string_lossy().into_owned();
    let shown = company.run("bob", &["release", "show", "--to-sign", &bytes]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let key = key.to_string_lossy().into_owned();
    let into = company.path("trust/releases/1/bob.sig");
    for (namespace, hash, told) in [
        ("git", "sha512", "namespace"),
        ("cofferdam", "sha256", "signed by ann, bob"),
        ("cofferdam", "sha512", "signed by ann, bob"),
    ] {
        let hash = format!("hashalg={hash}");
        let made =
            ssh(&["-Y", "sign", "-q", "-O", &hash, "-n", namespace, "-f", &key, &bytes], b"");
        assert_eq!(made.status, 0, "{}", made.stderr);
        fs::rename(format!("{bytes}.sig"), &into).expect("a signature");
        let shown = company.run("pat", &["release", "show"]);
        let all = format!("{}{}", shown.text(), shown.stderr);
        assert!(all.contains(told), "{namespace} {hash}: {all}");
    }
    assert_eq!(company.approve("pat").status, 0);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert_eq!(bundled.status, 0, "{}", bundled.stderr);
}

#[test]
fn an_agent_signs_when_it_has_the_key() {
    if !is_there() || Command::new("ssh-agent").arg("-?").output().is_err() {
        eprintln!("not run: there is no `ssh-agent` here");
        return;
    }
    let (company, key) = company("agent");
    let socket = company.home("bob").join("agent");
    let mut agent = Command::new("ssh-agent");
    let socket_text = socket.to_string_lossy().into_owned();
    let Ok(mut agent) = agent.args(["-D", "-a", &socket_text]).spawn() else { return };
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let added =
        finish(Command::new("ssh-add").arg("-q").arg(&key).env("SSH_AUTH_SOCK", &socket), b"");
    // From now on the private half is nowhere but with the agent.
    fs::remove_file(&key).expect("a key");
    let digest = seen(&company.run("bob", &["release", "show"]));
    let public = public_of(&key).to_string_lossy().into_owned();
    let approve = ["release", "approve", "-k", &public, "--seen", &digest];
    let mut command = crate::process::command(&approve);
    command.current_dir(company.path("")).env("HOME", company.home("bob"));
    let without = finish(command.env_remove("SSH_AUTH_SOCK"), b"");
    let approved = finish(command.env("SSH_AUTH_SOCK", &socket), b"");
    let _ = agent.kill();
    let _ = agent.wait();
    assert_eq!(added.status, 0, "{}", added.stderr);
    refuses(&without, 1, &["`ssh-keygen` did not sign", "agent"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    assert!(approved.stderr.contains("approved by bob"), "{}", approved.stderr);
}
