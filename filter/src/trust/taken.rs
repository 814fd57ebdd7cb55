//! The grants of one exchange: taken at its head, ended while it goes on, given back or counted when
//! it is over.

use super::{Trust, uses};
use crate::host::{Host, HostError};
use crate::vm::Vm;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::ends::{Direction, Ends};
use cofferdam_engine::exchange::Exchange;
use cofferdam_engine::granted::Granted;
use cofferdam_engine::model::BoundaryId;
use cofferdam_engine::trust::{Reason, Time};
use std::cell::{Cell, RefCell};

/// Grants that an exchange has taken a use of.
#[derive(Debug)]
pub struct Taken {
    ids: RefCell<Vec<Digest>>,
    boundary: Cell<BoundaryId>,
    why: Cell<Option<Reason>>,
}

impl Default for Taken {
    fn default() -> Self {
        let boundary = Cell::new(BoundaryId(0));
        Self { ids: RefCell::default(), boundary, why: Cell::new(None) }
    }
}

impl Taken {
    /// Takes a use of each grant that may help the exchange of these ends over a boundary.
    pub fn take(
        &self,
        (vm, host): (&Vm, &impl Host),
        trust: Option<&Trust>,
        (ends, now): (&Ends, Time),
        (boundary, path): (BoundaryId, &[u8]),
    ) -> Vec<Granted> {
        let Some(trust) = trust else { return Vec::new() };
        let (granted, why) = trust.grants(vm, host, now, (boundary, path), subject(ends));
        self.boundary.set(boundary);
        self.why.set(why);
        let mut ids: Vec<Digest> = granted.iter().map(|granted| granted.id).collect();
        ids.dedup();
        *self.ids.borrow_mut() = ids;
        granted
    }

    /// Takes from an exchange what has ended since.
    pub fn end(&self, vm: &Vm, trust: &Trust, exchange: &mut Exchange, (ends, now): (&Ends, Time)) {
        let whose = (self.boundary.get(), subject(ends));
        exchange.end_grants(|id| {
            let ended = trust.ended(vm, id, now, whose);
            if ended.is_some() {
                self.why.set(ended);
            }
            ended.is_some()
        });
    }

    /// Counts those that let something be, and gives back those that did not.
    ///
    /// # Errors
    /// When the host does not count.
    pub fn settle(
        &self,
        (vm, host): (&Vm, &impl Host),
        exchange: Option<&Exchange>,
    ) -> Result<(), HostError> {
        for id in self.ids.take() {
            match exchange.is_some_and(|it| it.grants_met().any(|met| *met == id)) {
                true => vm.metrics.granted(host, &id.short())?,
                false => uses::give_back(host, &id),
            }
        }
        Ok(())
    }

    /// Why there was none for a finding that none was for.
    #[must_use]
    pub fn why(&self) -> Option<Reason> {
        self.why.get()
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.borrow().is_empty()
    }
}

/// Whom a grant may be for: who is proven to call.
fn subject(ends: &Ends) -> Option<&str> {
    match (ends.direction, ends.peer_uris.as_slice()) {
        (Direction::Outbound, _) => ends.local_uri.as_deref(),
        (Direction::Gateway | Direction::Inbound, [uri]) if ends.peer_certificate => Some(uri),
        (Direction::Gateway | Direction::Inbound, _) => None,
    }
}
