//! Keys of services, by who makes them. Each has a category of its own.

mod cloud;
mod named;
mod web;

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

/// What begins as its maker says.
const KEY: Builtin = Builtin {
    group: "credential",
    strength: Strength::Certain,
    left: Border::Key,
    validator: Validator::ServiceKey,
    bytes_min: 16,
    ..ROW
};

/// What has nothing but its length, and needs the name of its service.
const NAMED: Builtin = Builtin {
    group: "credential",
    strength: Strength::Likely,
    left: Border::Assigned,
    right: Border::Assigned,
    validator: Validator::NamedKey,
    ..ROW
};

/// The same row for what fills a field.
const fn whole(row: &Builtin, name: &'static str) -> Builtin {
    Builtin {
        name,
        category: row.category,
        pattern: row.pattern,
        structure: row.structure,
        left: Border::Whole,
        right: Border::Whole,
        near: row.near,
        example: row.example,
        bytes_max: row.bytes_max,
        ..NAMED
    }
}

pub(super) use cloud::ROWS as CLOUD;
pub(super) use named::ROWS as NAMED_ROWS;
pub(super) use web::ROWS as WEB;
