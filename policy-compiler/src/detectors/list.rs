//! The rows of the built-in list: data only, in the order in which ties are broken.

mod coin;
mod contact;
mod credential;
mod device;
mod financial;
mod government;
mod health;
mod key;
mod network;
mod personal;

use super::Builtin;
use cofferdam_engine::model::{Border, Strength, Validator};

/// The rows by group.
pub(super) const PACKS: &[&[Builtin]] = &[
    key::CLOUD,
    key::WEB,
    key::NAMED_ROWS,
    credential::ROWS,
    financial::ROWS,
    coin::ROWS,
    government::US,
    government::AMERICAS,
    government::ASIA,
    government::GERMANY,
    government::EUROPE_WEST,
    government::EUROPE_SOUTH,
    government::EUROPE_EAST,
    government::SOUTH,
    health::ROWS,
    device::ROWS,
    contact::ROWS,
    personal::ROWS,
    network::ROWS,
];

/// A detector that is no exception in anything.
const ROW: Builtin = Builtin {
    name: "",
    category: "",
    group: "",
    on: true,
    strength: Strength::Likely,
    pattern: "",
    structure: "",
    left: Border::Word,
    right: Border::Word,
    validator: Validator::Structure,
    near: &[],
    example: "",
    bytes_min: 1,
    bytes_max: 64,
    commits: false,
};
