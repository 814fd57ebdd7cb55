//! What grants let findings of one exchange come to. Whether a grant holds is asked elsewhere; what
//! stands here has been found to.

use crate::blob::Digest;
use crate::model::{ActionId, CategoryId};

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
