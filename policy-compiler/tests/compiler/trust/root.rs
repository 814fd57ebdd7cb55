//! Roots: made, signed, shown, and rotated with both quorums.

use super::{Company, POLICY, refuses, seen};
use std::fs;

#[test]
fn a_root_is_in_force_when_enough_have_signed_it() {
    let company = Company::new("root");
    company.init_root();
    let key = company.key("ann").to_string_lossy().into_owned();
    let unsigned = company.run("ann", &["root", "show"]);
    assert!(unsigned.stderr.contains("not in force yet: root_quorum_short"), "{}", unsigned.stderr);
    let file = company.file("zones.yaml", POLICY.as_bytes());
    let propose = company.run("ann", &["release", "propose", &file, "-k", &key]);
    refuses(&propose, 1, &["root_quorum_short", "root sign"]);
    refuses(&company.run("ann", &["root", "sign", "-k", &key]), 1, &["nothing is signed yet"]);
    company.sign_root("ann", 1);
    let second = company.sign_root("bob", 1);
    assert!(second.stderr.contains("not in force yet"), "{}", second.stderr);
    // The same person once more is nobody new.
    let again = company.sign_root("bob", 1);
    assert!(again.stderr.contains("not in force yet"), "{}", again.stderr);
    let third = company.sign_root("pat", 1);
    assert!(third.stderr.contains("root 1 is in force"), "{}", third.stderr);
    let key = company.key("sue").to_string_lossy().into_owned();
    let digest = seen(&company.run("sue", &["root", "show"]));
    let signed = company.run("sue", &["root", "sign", "-k", &key, "--seen", &digest]);
    refuses(&signed, 1, &["sue has no role `root`"]);
    refuses(&company.run("ann", &["root", "init", "--key", "a=author=x"]), 1, &["root already"]);
}

#[test]
fn the_next_root_takes_those_of_the_old_one_and_the_new_one() {
    let company = Company::with_root("rotate");
    let made = company.run("ann", &["key", "new", "lee"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let file = company.home("ann").join(".config/cofferdam/lee.key");
    let home = company.home("lee").join(".config/cofferdam");
    fs::create_dir_all(&home).expect("a home");
    let public = fs::read(file.with_extension("key.pub")).expect("a public key");
    fs::write(home.join("lee.key.pub"), public).expect("a public key");
    fs::rename(&file, home.join("lee.key")).expect("a key");
    let add = format!("lee=approver,root={}.pub", company.key("lee").to_string_lossy());
    let rotated = company.run("ann", &["root", "rotate", "--remove", "bob", "--add", &add]);
    assert_eq!(rotated.status, 0, "{}", rotated.stderr);
    let shown = company.run("ann", &["root", "show"]);
    assert!(shown.text().contains("other than in root 1:\n- bob "), "{}", shown.text());
    assert!(shown.text().contains("+ lee "), "{}", shown.text());
    for person in ["ann", "lee", "pat"] {
        let signed = company.sign_root(person, 2);
        assert!(signed.stderr.contains("not in force yet"), "of the old: {}", signed.stderr);
    }
    // Nothing can be built on a root that is not signed.
    refuses(&company.run("ann", &["root", "rotate"]), 1, &["root 2 is not in force"]);
    let last = company.sign_root("bob", 2);
    assert!(last.stderr.contains("root 2 is in force"), "{}", last.stderr);
    // Who has left approves nothing.
    assert_eq!(company.propose(POLICY).status, 0);
    refuses(&company.approve("bob"), 1, &["root 2 does not know this key"]);
    assert_eq!(company.approve("lee").status, 0);
    assert_eq!(company.approve("pat").status, 0);
    let bundled = company.run("ann", &["bundle", "-o", "shop.bundle"]);
    assert_eq!(bundled.status, 0, "{}", bundled.stderr);
    // Nobody alters the first root under a host: what follows does not follow any more.
    let first = company.path("trust/root/1.json");
    let text = fs::read_to_string(&first).expect("a root");
    fs::write(&first, text.replace("\"approver\": 1", "\"root\": 1")).expect("a root");
    refuses(
        &company.run("ann", &["bundle", "-o", "x"]),
        1,
        &["trust/root/1.json", "signature_wrong"],
    );
}

#[test]
fn roots_that_nobody_may_make_are_refused_before_they_are_written() {
    let company = Company::new("roots");
    let key = |person: &str, roles: &str| {
        format!("{person}={roles}={}.pub", company.key(person).to_string_lossy())
    };
    let all = [
        key("ann", "author,root"),
        key("bob", "approver,root"),
        key("pat", "privacy,root"),
        key("sue", "requester"),
        key("robot", "online"),
    ];
    let init = |keys: &[String], more: &[&str]| {
        let mut arguments = vec!["root", "init"];
        keys.iter().for_each(|key| arguments.extend(["--key", key]));
        arguments.extend(more);
        company.run("ann", &arguments)
    };
    refuses(
        &init(&all[..4], &[]),
        2,
        &["threshold_unmet", "`freshness` asks for more", "`online`"],
    );
    refuses(&init(&all, &["--quorum", "root=root:1"]), 2, &["one_person"]);
    refuses(&init(&all, &["--quorum", "open=author:1,approver:0"]), 2, &["threshold_zero"]);
    refuses(&init(&all, &["--quorum", "open=approver:1,privacy:1"]), 2, &["no_author"]);
    refuses(&init(&all, &["--quorum", "open=author:1,online:1"]), 2, &["online_key"]);
    refuses(&init(&all, &["--quorum", "paint=root:2"]), 2, &["there is no such act"]);
    refuses(&init(&all, &["--quorum", "root=king:2"]), 2, &["there is no such role"]);
    let twin = format!("eve=privacy={}.pub", company.key("pat").to_string_lossy());
    refuses(&init(&[&all[..], &[twin]].concat(), &[]), 2, &["key_shared"]);
    for wrong in ["ann", "ann=author", "ann=king=x", "A=author=x", "ann=author,author=x"] {
        refuses(&init(&[wrong.to_owned()], &[]), 2, &["HOLDER=ROLES=FILE"]);
    }
    refuses(&init(&["\u{202e}<script>=author=x".to_owned()], &[]), 2, &["`\\u{202e}<script>"]);
    refuses(&init(&["ann=author=missing.pub".to_owned()], &[]), 2, &["missing.pub: "]);
    let private = format!("ann=author={}", company.key("ann").to_string_lossy());
    refuses(&init(&[private], &[]), 1, &["this is no public key that signs here"]);
    assert!(!company.path("trust").exists(), "nothing is written that is refused");
    assert_eq!(init(&all, &["--quorum", "root=root:2"]).status, 0);
}
