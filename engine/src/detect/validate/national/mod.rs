//! The numbers that states give to people, companies and vehicles, a file for each region.
//! Never asks whether a number was given out.

mod americas;
mod asia;
mod europe_east;
mod europe_south;
mod europe_west;
pub(super) mod mrz;
mod south;

use super::check::Plain;
use super::{digits, follows_uuid_groups};
use crate::model::{
    AmericanId, AsianId, EastEuropeanId, SouthEuropeanId, SouthernId, WestEuropeanId,
};
use alloc::vec::Vec;

/// A number of some region.
#[derive(Clone, Copy)]
pub(super) enum National {
    American(AmericanId),
    West(WestEuropeanId),
    South(SouthEuropeanId),
    East(EastEuropeanId),
    Asian(AsianId),
    Southern(SouthernId),
}

pub(super) fn accept(id: National, before: &[u8], candidate: &[u8]) -> bool {
    let Some(plain) = Plain::of(candidate) else { return false };
    let text = plain.text();
    let proven = match id {
        National::American(id) => americas::accept(id, text),
        National::West(id) => europe_west::accept(id, text),
        National::South(id) => europe_south::accept(id, text),
        National::East(id) => europe_east::accept(id, text),
        National::Asian(id) => asia::accept(id, text),
        National::Southern(id) => south::accept(id, text),
    };
    // PERF: looked at last, for next to nothing gets here.
    proven
        && !follows_uuid_groups(before)
        && !follows_group(before, candidate)
        && !is_other_plate(id, before)
}

/// Without separators, in capitals; where a number has two spellings, the shorter one.
pub(super) fn canonical(id: National, candidate: &[u8], out: &mut Vec<u8>) {
    match id {
        // The century comes before it, or a sign for it behind the date.
        National::East(EastEuropeanId::SePersonnummer) => {
            let count = digits(candidate).count();
            out.extend(digits(candidate).skip(count.saturating_sub(10)));
        }
        National::East(EastEuropeanId::FiHetu) => {
            out.extend(candidate.iter().map(u8::to_ascii_uppercase));
        }
        // Also written with its country before it.
        National::South(SouthEuropeanId::ItVatCode | SouthEuropeanId::GrTin)
        | National::East(EastEuropeanId::SiTin)
        | National::West(WestEuropeanId::DeVatId) => {
            out.extend(digits(candidate));
        }
        National::American(_)
        | National::West(_)
        | National::South(_)
        | National::East(_)
        | National::Asian(_)
        | National::Southern(_) => {
            // Plates have letters beyond ASCII.
            let parts = |byte: &&u8| !byte.is_ascii() || byte.is_ascii_alphanumeric();
            out.extend(candidate.iter().filter(parts).map(u8::to_ascii_uppercase));
        }
    }
}

/// Whether a candidate of groups with spaces goes on a row of such groups, as in a dump of bytes
/// or a table of numbers.
fn follows_group(before: &[u8], candidate: &[u8]) -> bool {
    let Some(gap) = candidate.iter().position(|byte| *byte == b' ') else { return false };
    let Some((b' ', row)) = before.split_last() else { return false };
    let hex = row.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let digits = row.iter().rev().take(hex).any(u8::is_ascii_digit);
    // An address of a dump ends in a colon.
    hex == gap && digits || row.ends_with(b":") && row.len() > 4 && is_dump(row)
}

/// Whether two capitals and a gap stand before a Turkish plate, as in `MH 12 AB 1234`: it is the
/// end of an Indian one.
fn is_other_plate(id: National, before: &[u8]) -> bool {
    let Some((b' ' | b'-', word)) = before.split_last() else { return false };
    let capitals = word.iter().rev().take_while(|byte| byte.is_ascii_uppercase()).count();
    let beyond = word.len().checked_sub(capitals + 1).and_then(|at| word.get(at));
    matches!(id, National::Asian(AsianId::TrLicensePlate))
        && capitals == 2
        && !beyond.is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a row begins as a dump does: eight hex digits and a colon.
fn is_dump(row: &[u8]) -> bool {
    let Some(address) = row.len().checked_sub(9).and_then(|at| row.get(at..)) else { return false };
    address.iter().take(8).all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests;
