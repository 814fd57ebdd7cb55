//! Says which opening of `ignore` lets a value through, as the engine compares them.
//! Keeps no value.

use crate::resolve::ignored::digest;
use crate::say;
use cofferdam_engine::detect::validate;
use cofferdam_engine::model::{AddressBlock, Detector, Ignored, Rules, Tables};
use std::net::IpAddr;

/// The opening that lets this value through, in words, if one does.
pub(super) fn of_value(
    tables: &Tables,
    rules: &Rules,
    detector: &Detector,
    text: &[u8],
) -> Option<String> {
    let name = &tables.categories.get(detector.category.index())?.name;
    let mut canonical = Vec::new();
    validate::canonical(detector.validator, text, &mut canonical);
    let salted = |text: &[u8]| digest(name, text, tables.ignore_salt);
    let holds = |what: &Ignored| match what {
        // Fields are cells.
        Ignored::Field(_) => false,
        Ignored::Value(wanted) => salted(&canonical) == *wanted,
        Ignored::Prefix(length, wanted) => canonical
            .get(..usize::from(*length))
            .is_some_and(|beginning| salted(beginning) == *wanted),
        Ignored::Range(from, to) => {
            canonical.len() == from.len()
                && (from.as_bytes()..=to.as_bytes()).contains(&canonical.as_slice())
        }
        Ignored::Addresses(block) => lies_in(&canonical, *block),
    };
    let mut openings = rules.ignore.iter().filter(|found| found.category == detector.category);
    let opening = openings.find(|ignore| holds(&ignore.what))?;
    Some(format!("`ignore` lets it through: {}", say::ignored(tables, &opening.what)))
}

/// Whether a single address lies in a block. Of a network the engine is asked, which counts it.
fn lies_in(canonical: &[u8], block: AddressBlock) -> bool {
    let text = std::str::from_utf8(canonical).unwrap_or("");
    let address = match text.parse() {
        Ok(IpAddr::V4(v4)) => v4.to_ipv6_mapped(),
        Ok(IpAddr::V6(v6)) => v6,
        Err(_) => return false,
    };
    let differs = u128::from_be_bytes(block.address) ^ u128::from(address);
    differs.leading_zeros() >= u32::from(block.bits.min(128))
}
