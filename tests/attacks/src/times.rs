//! Attacks on time and order: what has ended, what was, and what a host is not told.

use crate::world::{World, key};
use crate::{Attack, HonestWay, NOW, STRICT, STRICTER, attack, blob, public};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{Change, Period, Reason, Role, Seen, Time};

const HOUR: u64 = 60 * 60;

const fn ago(seconds: u64) -> Time {
    Time(NOW.0 - seconds)
}

const fn later(seconds: u64) -> Time {
    Time(NOW.0 + seconds)
}

fn window(world: &mut World, name: &str, from: Time, until: Time) {
    let keys = &mut world.last_root().document.keys;
    let found = keys.iter_mut().find(|key| key.public == public(name)).expect("a key");
    found.period = Period { from, until };
}

fn tightens(world: &mut World) {
    world.release_policy(STRICTER.as_str());
    world.the_release().document.change = Change::Tightens;
    world.the_release().signed_by(&["ann", "bob-ssh"]);
}

pub(crate) const ATTACKS: &[Attack] = &[
    attack("a key that has ended", Reason::KeyExpired, |world| {
        window(world, "pat", ago(100 * DAY), NOW);
    }),
    attack("a key of a time to come", Reason::KeyNotYet, |world| {
        window(world, "ann", later(1), later(DAY));
    }),
    attack("a key for longer than half a year", Reason::KeyLife, |world| {
        window(world, "ann", ago(DAY), later(180 * DAY));
    }),
    attack("a root whose signer's key had ended", Reason::KeyExpired, |world| {
        let first = world.roots.first_mut().expect("a root");
        let keys = &mut first.document.keys;
        let found = keys.iter_mut().find(|key| key.public == public("dan")).expect("a key");
        found.period.until = ago(15 * DAY);
    }),
    attack("a release that has ended", Reason::ReleaseExpired, |world| {
        world.grants.clear();
        world.the_release().document.period.until = NOW;
    }),
    attack("a release that has ended, after its grace", Reason::ReleaseExpired, |world| {
        world.grants.clear();
        let release = &mut world.the_release().document;
        release.issued = ago(20 * DAY);
        release.period = Period { from: ago(20 * DAY), until: ago(14 * DAY) };
        let seen = release.seen();
        world.seen_release = Some(seen);
        world.active = Some(world.policy);
    }),
    attack("a release of a time to come", Reason::ReleaseNotYet, |world| {
        world.the_release().document.period.from = later(1);
    }),
    attack("a release for longer than 90 days", Reason::ReleaseLife, |world| {
        world.the_release().document.period.until = later(91 * DAY);
    }),
    attack("a release that was signed in stock", Reason::ReleaseLife, |world| {
        let release = &mut world.the_release().document;
        release.issued = ago(85 * DAY);
    }),
    attack("what tightens, that nobody confirmed", Reason::Unconfirmed, |world| {
        tightens(world);
        world.grants.clear();
        let release = &mut world.the_release().document;
        release.issued = ago(3 * DAY);
        release.period.from = ago(3 * DAY);
    }),
    attack("a root that has ended", Reason::RootExpired, |world| {
        world.last_root().document.period.until = NOW;
    }),
    attack("a root for longer than a year", Reason::RootLife, |world| {
        world.last_root().document.period.until = later(400 * DAY);
    }),
    attack("a root of a time to come", Reason::RootNotYet, |world| {
        world.last_root().document.period.from = later(1);
    }),
    attack("a root of before the one that it follows", Reason::RootNotYet, |world| {
        world.last_root().document.period.from = ago(21 * DAY);
    }),
    attack("freshness that has ended", Reason::FreshnessExpired, |world| {
        world.the_freshness().document.period.until = NOW;
    }),
    attack("freshness of a time to come", Reason::FreshnessNotYet, |world| {
        world.the_freshness().document.period.from = later(1);
    }),
    attack("freshness for longer than a day", Reason::FreshnessLife, |world| {
        world.the_freshness().document.period.until = later(24 * HOUR);
    }),
    attack("freshness withheld, for a grant", Reason::FreshnessMissing, |world| {
        world.freshness = None;
    }),
    attack("freshness withheld for too long", Reason::FreshnessLong, |world| {
        world.grants.clear();
        world.freshness = None;
        let release = &mut world.the_release().document;
        release.issued = ago(14 * DAY);
        release.period.from = ago(14 * DAY);
    }),
    attack("freshness that was, again", Reason::FreshnessOlder, |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.number += 1;
        world.seen_freshness = Some(seen);
    }),
    attack("another freshness of the same number", Reason::Fork, |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.revoked_keys.clear();
        world.seen_freshness = Some(seen);
    }),
    attack("an older version than was in force", Reason::OlderVersion, |world| {
        world.seen_release = Some(Seen { version: 8, digest: Digest::of(b"the eighth") });
    }),
    attack("an older version than is current", Reason::OlderVersion, |world| {
        let release = Seen { version: 8, digest: Digest::of(b"the eighth") };
        world.the_freshness().document.release = release;
    }),
    attack("an older version than the root's floor", Reason::OlderVersion, |world| {
        world.last_root().document.release_floor = 8;
    }),
    attack("an older version than the host's floor", Reason::OlderVersion, |world| {
        world.floor = Some(8);
    }),
    attack("a version that follows a later one", Reason::OlderVersion, |world| {
        let digest = Digest::of(&blob(STRICT));
        world.the_release().document.previous = Some(Seen { version: 7, digest });
    }),
    attack("a root that lowers its floor", Reason::OlderVersion, |world| {
        world.roots.first_mut().expect("a root").document.release_floor = 3;
    }),
    attack("a restart, freshness withheld, an older release", Reason::OlderVersion, |world| {
        world.freshness = None;
        world.seen_release = None;
        world.active = None;
        world.floor = Some(8);
    }),
    attack("a restart, freshness withheld, no floor", Reason::FreshnessMissing, |world| {
        world.grants.clear();
        world.freshness = None;
        world.seen_release = None;
        world.active = None;
    }),
    attack("a restart, freshness of yesterday, no floor", Reason::FreshnessExpired, |world| {
        world.grants.clear();
        world.the_freshness().document.period.until = NOW;
        world.seen_release = None;
        world.active = None;
    }),
    attack("a fork: the same version of another blob", Reason::Fork, |world| {
        world.seen_release = Some(Seen { version: 7, digest: Digest::of(b"another seventh") });
    }),
    attack("a fork that freshness knows of", Reason::Fork, |world| {
        let release = Seen { version: 7, digest: Digest::of(b"another seventh") };
        world.the_freshness().document.release = release;
    }),
    attack("a remembered floor, poisoned to the maximum", Reason::FloorPoisoned, |world| {
        world.seen_release = Some(Seen { version: u64::MAX, digest: Digest::of(b"none") });
    }),
    attack("freshness that poisons the floor", Reason::FloorPoisoned, |world| {
        let release = Seen { version: u64::MAX, digest: Digest::of(b"none") };
        world.the_freshness().document.release = release;
    }),
    attack("a root that poisons the floor", Reason::FloorPoisoned, |world| {
        world.last_root().document.release_floor = 5000;
    }),
    attack("a release that poisons the floor", Reason::VersionJump, |world| {
        world.the_release().document.version = u64::MAX;
    }),
    attack("a first release that poisons the floor", Reason::VersionJump, |world| {
        world.the_release().document.version = 1_000_000;
        world.the_release().document.previous = None;
    }),
    attack("the clock set back", Reason::ClockBack, |world| {
        world.seen_time = Some(later(HOUR));
    }),
    attack("the clock set back to before the release", Reason::ReleaseNotYet, |world| {
        world.now = ago(2 * HOUR);
        world.seen_time = None;
    }),
    attack("the clock set back to before the root", Reason::RootNotYet, |world| {
        world.now = ago(11 * DAY);
        world.seen_time = None;
    }),
    attack("the clock set forward a day", Reason::FreshnessExpired, |world| {
        world.now = later(DAY);
    }),
    attack("the clock set forward a month", Reason::FreshnessLong, |world| {
        world.now = later(31 * DAY);
    }),
    attack("the clock set forward a year", Reason::RootExpired, |world| {
        world.now = later(365 * DAY);
    }),
];

pub(crate) const HONEST: &[HonestWay] = &[
    ("the clock goes back a little", |world| world.seen_time = Some(later(5 * 60))),
    ("a release in force goes on in its grace, without grants", |world| {
        world.grants.clear();
        world.the_release().document.period.until = NOW;
        let seen = world.the_release().document.seen();
        world.seen_release = Some(seen);
        world.active = Some(world.policy);
    }),
    ("freshness withheld for a while: it goes on, without grants", |world| {
        world.grants.clear();
        world.freshness = None;
    }),
    ("a restart with freshness withheld, at the host's floor", |world| {
        world.grants.clear();
        world.freshness = None;
        world.seen_release = None;
        world.active = None;
        world.floor = Some(7);
    }),
    ("a restart with freshness, and no floor", |world| {
        world.seen_release = None;
        world.active = None;
    }),
    ("what tightens, for three days", |world| {
        tightens(world);
        let release = &mut world.the_release().document;
        release.issued = ago(3 * DAY - 1);
        release.period.from = ago(3 * DAY - 1);
        world.grants.clear();
    }),
    ("a key of the first root that has ended since", |world| {
        let first = world.roots.first_mut().expect("a root");
        let keys = &mut first.document.keys;
        let found = keys.iter_mut().find(|key| key.public == public("dan")).expect("a key");
        found.period.until = ago(5 * DAY);
        let keys = &mut world.last_root().document.keys;
        keys.retain(|key| key.public != public("dan"));
        keys.push(key("lee", "lee", &[Role::Root]));
        world.last_root().signed_by(&["bob-ssh", "dan", "pat", "lee"]);
    }),
];
