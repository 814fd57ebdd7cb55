//! An honest world with many grants, each for another caller, in no order.

use crate::world::{NOW, World, honest};
use cofferdam_engine::trust::{Act, Time};

/// A number without a factor in common with how many grants there are: it visits them all.
const STEP: usize = 7919;
/// So long is each, that together they are not open for longer than a root allows.
const SECONDS: u64 = 80;

/// Three roots, a release that five keys have signed, and so many grants.
///
/// # Panics
/// When there are so many that a root would not allow them.
#[must_use]
pub fn crowd(grants: usize) -> World {
    let mut world = honest();
    let mut third = world.last_root().clone();
    third.document.version += 1;
    world.roots.push(third);
    world.the_release().signed_by(&["ann", "bob-ssh", "pat", "dan", "bob-laptop"]);
    assert!(world.last_root().document.quorum(Act::Open).slots().len() < 5);
    let first = world.grants.pop().expect("a grant");
    for n in 0..grants {
        let (mut request, mut approval) = first.clone();
        request.document.subject = caller(n * STEP % grants.max(1));
        request.document.ticket = format!("INC-{n}");
        request.document.seconds = SECONDS;
        approval.document.seconds = SECONDS;
        approval.document.approved_at = Time(NOW.0 - SECONDS / 2);
        world.grants.push((request, approval));
    }
    world.asked.at.clear();
    world
}

/// One of the callers that the grants are for.
#[must_use]
pub fn caller(n: usize) -> String {
    format!("spiffe://acme.example/ns/support/sa/desk-{n}")
}
