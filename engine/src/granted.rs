//! What grants let findings of one exchange come to. Whether a grant holds is asked elsewhere; what
//! stands here has been found to.

use crate::blob::Digest;
use crate::model::{ActionId, BoundaryId, CategoryId, Tables};
use alloc::rc::Rc;
use alloc::vec::Vec;

/// Most that one exchange is given: what is beyond stays as strict as the rules are.
pub const GRANTED_MAX: usize = 64;

/// One category of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The grant's id.
    pub id: Digest,
    /// Its place among those of the exchange, below [`GRANTED_MAX`].
    pub number: u8,
    /// Whose findings.
    pub category: CategoryId,
    /// What they come to at the most.
    pub action: ActionId,
    /// It has not ended.
    pub holds: bool,
}

/// Those of one exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    list: Rc<[Granted]>,
    have_ended: bool,
}

impl Grants {
    /// What holds over a boundary, within what the policy lets grants ask for there.
    pub(crate) fn over(
        tables: &Tables,
        boundary: usize,
        ask: impl FnOnce(BoundaryId) -> Vec<Granted>,
    ) -> Self {
        let bounds = tables.boundaries.get(boundary).and_then(|found| found.grants.as_ref());
        let (Some(bounds), Ok(n)) = (bounds, u16::try_from(boundary)) else {
            return Self::default();
        };
        let mut list = ask(BoundaryId(n));
        list.retain(|one| {
            bounds.categories.contains(&one.category)
                && bounds.actions.iter().any(|action| action.action == one.action)
        });
        list.truncate(GRANTED_MAX);
        (0..).zip(&mut list).for_each(|(n, one)| one.number = n);
        Self { list: list.into(), have_ended: false }
    }

    pub(crate) fn list(&self) -> Rc<[Granted]> {
        Rc::clone(&self.list)
    }

    /// Takes away what has ended.
    pub(crate) fn end(&mut self, has_ended: impl Fn(&Digest) -> bool) {
        if !self.list.iter().any(|one| one.holds && has_ended(&one.id)) {
            return;
        }
        let held = |one: &Granted| one.holds && !has_ended(&one.id);
        self.list = self.list.iter().map(|one| Granted { holds: held(one), ..*one }).collect();
        self.have_ended = true;
    }

    /// Whether some have: one may have done so in the middle of a value that it let pass.
    pub(crate) fn have_ended(&self) -> bool {
        self.have_ended
    }

    /// Those whose numbers are set.
    pub(crate) fn met(&self, numbers: u64) -> impl Iterator<Item = &Digest> {
        self.list.iter().filter(move |one| numbers >> one.number & 1 == 1).map(|one| &one.id)
    }
}
