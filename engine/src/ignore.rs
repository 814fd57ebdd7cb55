//! Whether the openings of the rules let a value through: by its field, by what it is, by what it
//! begins with, or by where it lies. Compares canonical texts, and keeps none.

use crate::model::{AddressBlock, CategoryId, Ignored, Rules, Tables};
use crate::path::{FieldSet, bit};
use core::net::IpAddr;
use sha2::{Digest as _, Sha256};

/// Whether an opening lets this value through. `canonical` is empty where the value is not known.
pub(crate) fn holds(
    tables: &Tables,
    rules: &Rules,
    category: CategoryId,
    fields: FieldSet,
    canonical: &[u8],
) -> bool {
    let mut digests = Digests { tables, category, last: None };
    let mut openings = rules.ignore.iter().filter(|ignore| ignore.category == category);
    openings.any(|ignore| match &ignore.what {
        Ignored::Field(field) => fields & bit(field.0) != 0,
        Ignored::Value(wanted) => digests.of(canonical).as_ref() == Some(wanted),
        Ignored::Prefix(length, wanted) => canonical
            .get(..usize::from(*length))
            .and_then(|beginning| digests.of(beginning))
            .is_some_and(|found| found == *wanted),
        Ignored::Range(from, to) => lies_between(canonical, from, to),
        Ignored::Addresses(block) => lies_in(canonical, *block),
    })
}

fn lies_between(canonical: &[u8], from: &str, to: &str) -> bool {
    canonical.len() == from.len()
        && canonical.len() == to.len()
        && (from.as_bytes()..=to.as_bytes()).contains(&canonical)
}

/// Whether an address, or all of a network, lies in a block.
fn lies_in(canonical: &[u8], block: AddressBlock) -> bool {
    let Ok(text) = core::str::from_utf8(canonical) else { return false };
    let (text, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    let (address, skipped) = match address.parse() {
        Ok(IpAddr::V4(v4)) => (v4.to_ipv6_mapped(), 96_u8),
        Ok(IpAddr::V6(v6)) => (v6, 0),
        Err(_) => return false,
    };
    let bits = match length.map(str::parse::<u8>) {
        None => 128,
        Some(Ok(length)) => length.saturating_add(skipped),
        Some(Err(_)) => return false,
    };
    bits >= block.bits && block.holds(address.octets())
}

/// Salted digests of a value and its beginnings. Openings of one length mostly stand together, so
/// the last digest is kept.
struct Digests<'d> {
    tables: &'d Tables,
    category: CategoryId,
    /// Length of what was digested last, and its digest.
    last: Option<(usize, [u8; 16])>,
}

impl Digests<'_> {
    /// The digest of the value, or of a beginning of it.
    fn of(&mut self, text: &[u8]) -> Option<[u8; 16]> {
        match self.last {
            Some((length, digest)) if length == text.len() => return Some(digest),
            _ => {}
        }
        let name = self.tables.categories.get(self.category.index())?.name.as_bytes();
        let mut sha = Sha256::new();
        sha.update(self.tables.ignore_salt);
        sha.update(name);
        sha.update([0]);
        sha.update(text);
        let digest = sha.finalize().get(..16)?.try_into().ok()?;
        self.last = Some((text.len(), digest));
        Some(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(address: &str, bits: u8) -> AddressBlock {
        let address = match address.parse().expect("an address") {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        AddressBlock { address: address.octets(), bits }
    }

    #[test]
    fn an_address_lies_in_a_block_however_it_is_written() {
        let ten = block("10.0.0.0", 104);
        for text in ["10.0.0.0", "10.255.7.1", "10.1.0.0/16", "10.0.0.0/8", "::ffff:10.1.2.3"] {
            assert!(lies_in(text.as_bytes(), ten), "{text}");
        }
        for text in ["11.0.0.1", "10.0.0.0/7", "::10.1.2.3", "", "10.1.2", "10.1.2.3/x"] {
            assert!(!lies_in(text.as_bytes(), ten), "{text}");
        }
        let local = block("fe80::", 10);
        assert!(lies_in(b"fe80::1%eth0", local) && lies_in(b"FE80::1/64", local));
        assert!(!lies_in(b"2001:db8::1", local));
    }

    #[test]
    fn a_number_lies_between_two_of_its_length() {
        assert!(lies_between(b"4000", "4000", "4999") && lies_between(b"4999", "4000", "4999"));
        assert!(!lies_between(b"5000", "4000", "4999") && !lies_between(b"3999", "4000", "4999"));
        assert!(!lies_between(b"45", "4000", "4999") && !lies_between(b"45000", "4000", "4999"));
    }
}
