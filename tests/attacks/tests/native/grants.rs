//! Finding the grants that a crossing may use, among many.

use cofferdam_attacks::{CALLER, World, honest};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::BoundaryId;
use cofferdam_engine::trust::{Grant, Trusted};

/// Grants for other subjects in the order that they come in, and two more for the first one.
fn many() -> World {
    let mut world = honest();
    // Which grant is the first one is what these tests ask.
    world.asked.at.clear();
    let first = world.grants.first().cloned().expect("a grant");
    for (n, subject) in ["zoe", "desk2", "des", "", "desk", "desk"].into_iter().enumerate() {
        let mut more = first.clone();
        more.0.document.ticket = format!("INC-{n}");
        more.0.document.subject = format!("spiffe://acme.example/ns/support/sa/{subject}");
        world.grants.push(more);
    }
    world
}

fn ids<'g>(grants: impl Iterator<Item = &'g Grant>) -> Vec<Digest> {
    grants.map(|grant| grant.id).collect()
}

/// As the index must answer: every grant is looked at.
fn one_by_one(trusted: &Trusted, boundary: BoundaryId, subject: &str) -> Vec<Digest> {
    let wanted = |grant: &&Grant| grant.boundary == boundary && grant.subject == subject;
    ids(trusted.grants.iter().filter(wanted))
}

#[test]
fn all_grants_of_a_subject_are_found_and_none_of_another() {
    let trusted = many().run().expect("an honest world");
    assert_eq!(trusted.grants.len(), 7);
    assert_eq!(trusted.grants_for(BoundaryId(0), CALLER).count(), 3);
    let mut subjects: Vec<&str> = trusted.grants.iter().map(|g| g.subject.as_str()).collect();
    subjects.extend(["", "spiffe://", "spiffe://acme.example/ns/support/sa/d", "~", CALLER]);
    for boundary in [BoundaryId(0), BoundaryId(1), BoundaryId(u16::MAX)] {
        for subject in &subjects {
            let found = ids(trusted.grants_for(boundary, subject));
            assert_eq!(found, one_by_one(&trusted, boundary, subject), "{boundary:?} {subject}");
        }
    }
}

#[test]
fn the_order_of_a_bundle_changes_no_answer() {
    let mut world = many();
    let straight = world.run().expect("an honest world");
    world.grants.reverse();
    let turned = world.run().expect("an honest world");
    for grant in &straight.grants {
        let mut found = ids(straight.grants_for(grant.boundary, &grant.subject));
        found.reverse();
        assert_eq!(found, ids(turned.grants_for(grant.boundary, &grant.subject)));
    }
}
