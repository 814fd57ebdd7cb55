//! Clocks that go back, stand still, and tell another time than those of other hosts.

use crate::world::World;
use crate::{Attack, HonestWay, NOW, attack};
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{Period, Reason, Time};

const HOUR: u64 = 60 * 60;

const fn ago(seconds: u64) -> Time {
    Time(NOW.0 - seconds)
}

const fn later(seconds: u64) -> Time {
    Time(NOW.0 + seconds)
}

/// A release of last week, so that a clock may go back and still find it.
fn last_week(world: &mut World) {
    let release = &mut world.the_release().document;
    release.issued = ago(9 * DAY);
    release.period.from = ago(9 * DAY);
}

/// The time of the host, from its start on.
fn begins_at(world: &mut World, now: Time) {
    world.now = now;
    world.seen_time = Some(now);
    world.asked.at = vec![now];
}

pub(crate) const ATTACKS: &[Attack] = &[
    attack("the clock steps back a day, to when a release held", Reason::ClockBack, |world| {
        last_week(world);
        world.the_release().document.period.until = ago(HOUR);
        world.seen_time = Some(NOW);
        world.now = ago(DAY);
    }),
    attack("the clock steps back a day under a stream", Reason::FreshnessNotYet, |world| {
        last_week(world);
        world.asked.at = vec![NOW, ago(DAY)];
    }),
    attack("a restart with the clock a day back, for a grant", Reason::FreshnessNotYet, |world| {
        last_week(world);
        begins_at(world, ago(DAY));
        world.seen_release = None;
        world.active = None;
        world.floor = Some(7);
    }),
    attack(
        "a clock that stands still, and tomorrow's freshness",
        Reason::FreshnessNotYet,
        |world| {
            world.seen_time = Some(NOW);
            world.the_freshness().document.period =
                Period { from: later(DAY), until: later(2 * DAY) };
        },
    ),
    attack("a clock that stands still, and a grant of tomorrow", Reason::GrantNotYet, |world| {
        world.seen_time = Some(NOW);
        world.approval().document.approved_at = later(DAY);
    }),
    attack("a clock that stands still: its uses end a grant", Reason::UsesSpent, |world| {
        world.seen_time = Some(NOW);
        world.asked.at = vec![NOW, NOW];
        world.asked.used = 100;
    }),
    attack("a host an hour ahead, for a grant that has ended there", Reason::GrantEnded, |world| {
        begins_at(world, later(HOUR));
    }),
    attack("a host two hours behind, for a grant of an hour ago", Reason::GrantNotYet, |world| {
        last_week(world);
        world.the_freshness().document.period.from = ago(3 * HOUR);
        world.the_freshness().document.period.until = later(HOUR);
        begins_at(world, ago(2 * HOUR));
    }),
];

pub(crate) const HONEST: &[HonestWay] = &[
    ("a clock that stands still", |world| {
        world.seen_time = Some(NOW);
        world.asked.at = vec![NOW, NOW];
    }),
    ("a host half an hour behind", |world| begins_at(world, ago(HOUR / 2))),
    ("a host half an hour ahead", |world| begins_at(world, later(HOUR / 2))),
];
