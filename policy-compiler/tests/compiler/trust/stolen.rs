//! A key is stolen: what the README says to type.

use super::idle::issue;
use super::{Company, POLICY, refuses, seen};
use cofferdam_engine::blob::Digest;
use std::fs;
use std::path::Path;

/// The block of the README about a stolen key, typed line by line.
#[test]
fn what_the_readme_says_to_type_when_a_key_is_stolen_does_it() {
    let company = Company::new("stolen");
    assert_eq!(company.run("ann", &["key", "new", "kim", "-o", "kim.key"]).status, 0);
    for person in ["ann", "bob", "pat", "sue", "robot"] {
        for ending in ["", ".pub"] {
            let from = format!("{}{ending}", company.key(person).to_string_lossy());
            fs::copy(from, company.path(&format!("{person}.key{ending}"))).expect("a key");
        }
    }
    let keys = [
        "ann=author,root=ann.key.pub",
        "bob=approver,root=bob.key.pub",
        "pat=privacy,root=pat.key.pub",
        "kim=privacy,root=kim.key.pub",
        "sue=requester=sue.key.pub",
        "robot=online=robot.key.pub",
    ];
    let mut init = vec!["root", "init"];
    keys.iter().for_each(|key| init.extend(["--key", key]));
    assert_eq!(company.run("ann", &init).status, 0);
    for person in ["ann", "bob", "pat"] {
        company.sign_root(person, 1);
    }
    company.release(POLICY);
    issue(&company, &[]);

    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("a README");
    let (_, behind) = readme.split_once("A key is stolen").expect("what to do");
    let block = behind.split("```").nth(1).expect("a block");
    let mut typed = 0;
    for line in block.lines().filter_map(|line| line.strip_prefix("cofferdam ")) {
        let (line, _) = line.split_once('#').unwrap_or((line, ""));
        let several = line.contains("FILE");
        for signer in if several { &["ann", "bob", "kim"][..] } else { &["kim"] } {
            let show = [line.split(' ').next().expect("a command"), "show"];
            let fill = |word: &str| match word {
                "FILE" => format!("{signer}.key"),
                "DIGEST" => seen(&company.run("kim", &show)),
                other => other.to_owned(),
            };
            let words: Vec<_> = line.split_whitespace().map(fill).collect();
            let ran = company.run("kim", &words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(ran.status, 0, "{line}: {}{}", ran.text(), ran.stderr);
            typed += 1;
        }
    }
    assert_eq!(typed, 8, "{block}");
    // What was handed out stands without pat, and the stolen key signs nothing any more.
    let digest = fs::read(company.path("trust/root/1.json")).expect("a root");
    let pin = Digest::of(&digest).to_string();
    let verify = ["release", "verify", "--bundle", "shop.bundle", "--pin", &pin];
    let verified = company.run("sue", &verify).text();
    assert!(verified.contains("signed by ann, bob, kim"), "{verified}");
    let root = company.run("ann", &["root", "show"]);
    assert!(root.stderr.contains("root 2 is in force"), "{}", root.stderr);
    let stolen = company.approve("pat");
    refuses(&stolen, 1, &["does not know this key"]);
    let bundled = company.run("ann", &["bundle", "-o", "next.bundle"]);
    assert_eq!(bundled.status, 0, "{}", bundled.stderr);
}
