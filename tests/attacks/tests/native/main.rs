//! The attacks on the engine itself.

mod altered;
mod clocks;
mod grants;
mod keys;
mod narrower;

use cofferdam_attacks::{attacks, crowd, honest, honest_ways};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{BundleFile, Proven, Reason};
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

/// What held before proves nothing else: neither the good bundle's signatures, nor those of this very
/// attack.
#[test]
fn no_attack_gains_by_what_was_proven() {
    let proven = Proven::default();
    honest().run_knowing(&proven).expect("an honest world");
    assert!(proven.checks() > 0);
    for attack in attacks() {
        for _ in 0..2 {
            let came = attack.world().run_knowing(&proven);
            assert_eq!(came.err(), Some(attack.reason), "{}", attack.name);
        }
    }
}

/// What held is not checked again; a world that is signed anew is.
#[test]
fn a_signature_is_checked_once() {
    let proven = Proven::default();
    let world = crowd(20);
    let bundle = world.bundle();
    let judge = || world.judge_knowing(&bundle, &proven).expect("an honest world");
    let first = judge();
    let checks = proven.checks();
    let signatures = 9 + 5 + 1 + 2 * 20;
    assert_eq!(checks, signatures, "of roots, the release, the statement and grants");
    assert_eq!((judge().grants, proven.checks()), (first.grants, checks));
    let other = crowd(21);
    other.judge_knowing(&other.bundle(), &proven).expect("an honest world");
    assert!(proven.checks() > checks);
}

/// However few grants are looked at each time, what comes of all is what comes of them at once.
#[test]
fn grants_that_wait_come_to_the_same() {
    let mut world = crowd(24);
    // Two that do not hold, one of them among the first.
    world.grants[1].1.document.request = Digest::of(b"another");
    let again = world.grants[5].clone();
    world.grants.push(again);
    let bundle = world.bundle();
    let file = BundleFile::parse(&bundle).expect("a bundle");
    let whole = world.judge(&bundle).expect("an honest world");
    assert_eq!((whole.grants.len(), whole.refused.len()), (23, 2));
    for checks in [1, 2, 7] {
        let proven = Proven::default();
        let mut some = world.judge_but_grants(&file, &proven).expect("an honest world");
        assert!(some.grants.is_empty());
        let mut rest = file.grants.as_slice();
        while !rest.is_empty() {
            let before = proven.checks();
            let looked_at = some.look_at_grants(rest, &proven, world.now, checks);
            assert!(looked_at > 0 && proven.checks() - before <= checks + 1, "{checks}");
            rest = &rest[looked_at..];
        }
        assert_eq!((&some.grants, &some.refused), (&whole.grants, &whole.refused), "{checks}");
        assert_eq!(some.alerts, whole.alerts, "{checks}");
    }
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
    // An emergency is no refusal, it is told; and grants wait in a filter alone.
    let told = [Reason::BreakGlass, Reason::GrantWaiting];
    let missing: Vec<_> = Reason::ALL
        .iter()
        .filter(|reason| !told.contains(reason) && !given.contains(reason))
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
