//! Hosts that have the same bundle, and other clocks.

use cofferdam_attacks::{CALLER, NOW, World, honest};
use cofferdam_engine::model::{BoundaryId, CategoryId};
use cofferdam_engine::trust::{Time, Trusted, Use};

const HOUR: i64 = 60 * 60;

fn at(offset: i64) -> Time {
    Time(NOW.0.saturating_add_signed(offset))
}

/// A host that starts with its clock so far from the others'.
fn host(world: &World, offset: i64) -> Option<Trusted> {
    let world = World { now: at(offset), seen_time: None, ..world.clone() };
    world.judge(&world.bundle()).ok()
}

fn covers(trusted: &Trusted, now: Time) -> bool {
    let found = |name: &str| {
        let mut categories = (0..).zip(&trusted.bundle.tables().categories);
        categories.find(|(_, category)| category.name == name).map(|(n, _)| CategoryId(n))
    };
    let category = found("email").expect("a category");
    let path = b"/orders/1001";
    let boundary = BoundaryId(0);
    let asked = Use { now, boundary, category, subject: CALLER, path, used: 0 };
    let mut grants = trusted.grants_for(boundary, CALLER);
    grants.any(|grant| trusted.covers(grant, &asked).is_ok())
}

#[test]
fn hosts_whose_clocks_differ_run_the_same_policy_or_none() {
    let world = honest();
    let mut run = 0;
    for hours in (-48..48).chain([-24 * 40, -24 * 11, 24 * 7, 24 * 29, 24 * 31, 24 * 299]) {
        let Some(trusted) = host(&world, hours * HOUR) else { continue };
        run += 1;
        assert_eq!(trusted.release.seen(), world.release.as_ref().expect("one").document.seen());
        assert_eq!(trusted.root.last.version, 2, "{hours}");
        // Nobody goes on quietly where what is current is not known.
        let is_fresh = (-1..23).contains(&hours);
        assert_eq!(trusted.alerts.is_empty(), is_fresh, "{hours}: {:?}", trusted.alerts);
        assert_eq!(!trusted.grants.is_empty(), (-1..1).contains(&hours), "{hours}");
    }
    assert!(run > 48, "{run} of them ran something");
}

#[test]
fn by_no_clock_does_a_grant_hold_longer_than_it_was_given() {
    let world = honest();
    let minutes = |day: i64| (-day * 24 * 60..day * 24 * 60).map(|minute| minute * 60);
    for offset in [-HOUR, -HOUR / 2, 0, HOUR / 2, HOUR - 1] {
        let trusted = host(&world, offset).expect("an honest host");
        let held: Vec<i64> = minutes(3).filter(|minute| covers(&trusted, at(*minute))).collect();
        // An hour ago it was approved, for two.
        assert_eq!(held.len(), 120, "{offset}");
        let all_within = held.iter().all(|minute| (-HOUR..HOUR).contains(minute));
        assert!(all_within, "{offset}: {held:?}");
    }
}
