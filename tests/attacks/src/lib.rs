//! Attacks on who may let a policy run, as data: an honest bundle, what bends it, and the reason
//! that every runner must give. Whoever runs them needs the bytes of [`World::bundle`], what the
//! host's settings say, and what it remembers.

mod clocks;
mod crowd;
mod documents;
mod keys;
mod law;
mod people;
mod script;
mod times;
mod uses;
mod world;

pub use crowd::{caller, crowd};
pub use keys::{SSH, Signer, Style, public};
pub use law::more_than;
pub use world::{
    Asked, CALLER, Edit, NOW, OPEN, Paper, STRICT, STRICTER, Tamper, World, blob, honest, module,
};

use cofferdam_engine::trust::Reason;

/// One way to get something accepted that nobody may get accepted.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// What is tried.
    pub name: &'static str,
    /// How the honest world is bent.
    pub bend: fn(&mut World),
    /// Why it is refused.
    pub reason: Reason,
}

impl Attack {
    /// The honest world, bent.
    #[must_use]
    pub fn world(&self) -> World {
        let mut world = honest();
        (self.bend)(&mut world);
        world
    }
}

/// What is done, and how the honest world is bent for it.
type HonestWay = (&'static str, fn(&mut World));

const fn attack(name: &'static str, reason: Reason, bend: fn(&mut World)) -> Attack {
    Attack { name, bend, reason }
}

/// All of them.
pub fn attacks() -> impl Iterator<Item = &'static Attack> {
    [people::ATTACKS, times::ATTACKS, clocks::ATTACKS, documents::ATTACKS, uses::ATTACKS]
        .into_iter()
        .flatten()
}

/// What looks like an attack, and must go on working.
pub fn honest_ways() -> impl Iterator<Item = (&'static str, World)> {
    people::HONEST.iter().chain(times::HONEST).chain(clocks::HONEST).map(|(name, bend)| {
        let mut world = honest();
        bend(&mut world);
        (*name, world)
    })
}
