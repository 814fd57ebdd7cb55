//! What a grant may ask for over a boundary: the bounds that its policy sets, for both directions.
//! Knows no grant; one that is not within these is none.

use super::{ActionId, CategoryId};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The bounds of grants over one boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// The least that a finding may come to.
    pub floor: Floor,
    /// How long one may hold from its approval on.
    pub ttl_seconds_max: u32,
    /// What it may be for, sorted.
    pub categories: Vec<CategoryId>,
    /// What it may name in place of a rule's action, sorted by name; none is below the floor.
    pub actions: Vec<GrantAction>,
}

/// See [`Grants::floor`]. The least strict first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Floor {
    /// It may pass.
    Keep,
    /// It may pass, and is told.
    Observe,
    /// Some letters of it may.
    Mask,
    /// A token may.
    Tokenize,
    /// The name of its category may.
    Redact,
}

/// See [`Grants::actions`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantAction {
    /// As a grant names it: a plain action, or one that the policy gives a name.
    pub name: String,
    /// What it is.
    pub action: ActionId,
}
