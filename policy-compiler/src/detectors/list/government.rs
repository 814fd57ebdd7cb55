//! Numbers that states give to people, companies, places and vehicles, a file for each region.

mod americas;
mod asia;
mod europe_east;
mod europe_south;
mod europe_west;
mod germany;
mod south;
mod us;
mod words;

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength};

/// The rows by region, in the order in which ties are broken.
pub(super) const US: &[Builtin] = us::ROWS;
pub(super) const AMERICAS: &[Builtin] = americas::ROWS;
pub(super) const ASIA: &[Builtin] = asia::ROWS;
pub(super) const GERMANY: &[Builtin] = germany::ROWS;
pub(super) const EUROPE_WEST: &[Builtin] = europe_west::ROWS;
pub(super) const EUROPE_SOUTH: &[Builtin] = europe_south::ROWS;
pub(super) const EUROPE_EAST: &[Builtin] = europe_east::ROWS;
pub(super) const SOUTH: &[Builtin] = south::ROWS;

/// Begins and ends with digits.
const NUMBER: Builtin = Builtin {
    group: "government_id",
    left: Border::Number,
    right: Border::Number,
    bytes_max: 32,
    ..ROW
};

/// Digits alone, which say little by themselves.
const BARE: Builtin = Builtin { strength: Strength::Weak, ..NUMBER };

/// Letters and digits, a letter first. What may end with a digit must not go on in a number, for
/// else the number behind it would be cut off from it.
const CODE: Builtin =
    Builtin { group: "government_id", right: Border::Number, bytes_max: 32, ..ROW };

/// Letters and digits that say little by themselves, and may begin with either.
const DOCUMENT: Builtin = Builtin { strength: Strength::Weak, left: Border::Number, ..CODE };

// Patterns of several rows: equal ones are one automaton.
const N9: &str = r"[0-9]{9}";
const N10: &str = r"[0-9]{10}";
const N11: &str = r"[0-9]{11}";
const N13: &str = r"[0-9]{13}";
const N333: &str = r"[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{3}";
const N2333: &str = r"[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}";
/// The numbers of most passports and cards; their validators know the shape.
const LETTERED: &str = r"[A-Z]{0,3}[0-9]{6,9}";
