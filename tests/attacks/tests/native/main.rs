//! The attacks on the engine itself.

mod altered;
mod clocks;
mod grants;
mod keys;
mod narrower;

use cofferdam_attacks::{attacks, honest_ways};
use cofferdam_engine::trust::Reason;
use std::collections::BTreeSet;

#[test]
fn every_attack_is_refused_for_its_reason() {
    let wrong: Vec<String> = attacks()
        .filter_map(|attack| match attack.world().run() {
            Err(reason) if reason == attack.reason => None,
            Err(reason) => Some(format!("{}: {reason}, not {}", attack.name, attack.reason)),
            Ok(_) => Some(format!("{}: accepted", attack.name)),
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), attacks().count(), wrong.join("\n"));
}

#[test]
fn what_is_honest_goes_on() {
    for (name, world) in honest_ways() {
        let ran = world.run();
        assert!(ran.is_ok(), "{name}: {:?}", ran.err());
        let trusted = ran.expect("just asked");
        assert_eq!(trusted.grants.len(), world.grants.len(), "{name}");
    }
}

/// A reason that no attack gives is a check that nobody knows to be there.
#[test]
fn every_reason_is_given_for_some_attack() {
    let given: BTreeSet<_> = attacks().map(|attack| attack.reason).collect();
    // An emergency is no refusal: it is told.
    let missing: Vec<_> = Reason::ALL
        .iter()
        .filter(|reason| **reason != Reason::BreakGlass && !given.contains(reason))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let mut names = BTreeSet::new();
    for attack in attacks() {
        assert!(names.insert(attack.name), "`{}` is there twice", attack.name);
    }
}

#[test]
fn words_of_reasons_are_plain_and_each_one_s_own() {
    let mut words = BTreeSet::new();
    for reason in Reason::ALL {
        let plain = reason
            .name()
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
        assert!(plain && words.insert(reason.name()), "{reason:?}");
        assert!(!reason.meaning().is_empty(), "{reason:?}");
    }
}

#[test]
fn what_is_written_reads_back_as_it_was() {
    use cofferdam_engine::trust::{Approval, BundleFile, Freshness, Release, Request, Root};
    let world = cofferdam_attacks::honest();
    let bytes = world.bundle();
    let file = BundleFile::parse(&bytes).expect("a bundle");
    assert_eq!(file.write(), Some(bytes));
    for root in &world.roots {
        assert_eq!(Root::parse(root.document.write().as_bytes()).as_ref(), Ok(&root.document));
    }
    let release = &world.release.expect("a release").document;
    assert_eq!(Release::parse(release.write().as_bytes()).as_ref(), Ok(release));
    let freshness = &world.freshness.expect("a statement").document;
    assert_eq!(Freshness::parse(freshness.write().as_bytes()).as_ref(), Ok(freshness));
    let (request, approval) = world.grants.first().expect("a grant");
    let (request, approval) = (&request.document, &approval.document);
    assert_eq!(Request::parse(request.write().as_bytes()).as_ref(), Ok(request));
    assert_eq!(Approval::parse(approval.write().as_bytes()).as_ref(), Ok(approval));
}

#[test]
fn an_emergency_and_what_is_not_fresh_are_told() {
    for (name, alert) in [
        ("an emergency that two declare", Reason::BreakGlass),
        ("freshness withheld for a while: it goes on, without grants", Reason::FreshnessMissing),
        ("a release in force goes on in its grace, without grants", Reason::ReleaseExpired),
    ] {
        let (_, world) = honest_ways().find(|(known, _)| *known == name).expect("it is there");
        let trusted = world.run().expect("honest");
        assert_eq!(trusted.alerts, [alert], "{name}");
    }
    let trusted = cofferdam_attacks::honest().run().expect("honest");
    assert_eq!(trusted.alerts, [], "nothing is to be looked at");
    assert_eq!(trusted.holders, ["ann", "bob", "pat"]);
}
