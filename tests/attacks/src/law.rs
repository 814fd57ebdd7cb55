//! What whoever alters a bundle may come to at the most.

use cofferdam_engine::trust::{Grant, Reason, Trusted};

/// What an altered bundle gives that the good one does not, if it gives anything: the same policy, by
/// the same people, until the same time, and no grant but those of the good one. Less is allowed, and
/// where what is fresh is missing, that is told: nothing else says which root is the last one, so
/// that an older one is less then, as no grant is.
#[must_use]
pub fn more_than(good: &Trusted, altered: &Trusted) -> Option<&'static str> {
    let is_fresh = altered.freshness.is_some();
    let is_older = altered.root.last.version < good.root.last.version;
    let is_known = |grant: &Grant| good.grants.contains(grant);
    let asked = [
        ("another policy", altered.bundle.digest() == good.bundle.digest()),
        ("another root", altered.root == good.root || !is_fresh && is_older),
        ("another release", altered.release == good.release),
        ("another time", altered.period == good.period),
        ("other people", altered.holders == good.holders),
        ("another statement", !is_fresh || altered.freshness == good.freshness),
        ("silence", is_fresh || altered.alerts.contains(&Reason::FreshnessMissing)),
        ("a grant where nothing is fresh", is_fresh || altered.grants.is_empty()),
        ("a grant that nobody gave", altered.grants.iter().all(is_known)),
        ("a grant twice", altered.grants.len() <= good.grants.len()),
    ];
    asked.into_iter().find_map(|(what, holds)| (!holds).then_some(what))
}
