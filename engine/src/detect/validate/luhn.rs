//! Card numbers: Luhn (ISO/IEC 7812-1 annex B) and the ranges that issuers were given.
//! Never asks whether a card was issued.

use super::{check, digits, follows_uuid_groups, number};

/// First and last leading digits, how many of them, and the lengths a number may have: bit n for
/// n digits.
struct Range {
    first: u64,
    last: u64,
    leading: usize,
    lengths: u32,
}

const fn range(first: u64, last: u64, leading: usize, lengths: u32) -> Range {
    Range { first, last, leading, lengths }
}

const N12_TO_19: u32 = 0xF_F000;
const N16_TO_19: u32 = 0xF_0000;

const RANGES: [Range; 25] = [
    // Visa.
    range(4, 4, 1, 1 << 13 | 1 << 16 | 1 << 19),
    // Mastercard.
    range(51, 55, 2, 1 << 16),
    range(2221, 2720, 4, 1 << 16),
    // American Express.
    range(34, 34, 2, 1 << 15),
    range(37, 37, 2, 1 << 15),
    // Discover.
    range(6011, 6011, 4, N16_TO_19),
    range(622_126, 622_925, 6, N16_TO_19),
    range(644, 649, 3, N16_TO_19),
    range(65, 65, 2, N16_TO_19),
    // JCB.
    range(3528, 3589, 4, N16_TO_19),
    // Diners Club.
    range(300, 305, 3, 1 << 14 | N16_TO_19),
    range(3095, 3095, 4, 1 << 14 | N16_TO_19),
    range(36, 36, 2, 1 << 14 | N16_TO_19),
    range(38, 39, 2, 1 << 14 | N16_TO_19),
    // UnionPay.
    range(62, 62, 2, N16_TO_19),
    // Maestro, and the debit cards that it took over.
    range(50, 50, 2, N12_TO_19),
    range(56, 58, 2, N12_TO_19),
    range(6304, 6304, 4, N12_TO_19),
    range(6390, 6390, 4, N12_TO_19),
    range(67, 67, 2, N12_TO_19),
    range(6759, 6763, 4, N12_TO_19),
    // Mir.
    range(2200, 2204, 4, N16_TO_19),
    // RuPay.
    range(60, 60, 2, 1 << 16),
    range(81, 82, 2, 1 << 16),
    range(508, 508, 3, 1 << 16),
];

/// What the ranges begin with.
const FIRST_DIGITS: &[u8] = b"234568";

/// A clock in milliseconds has 13 digits until the year 2286; up to 2100 it is taken for one.
const MILLIS_2100: u64 = 4_102_444_800_000;

pub(super) fn accept(before: &[u8], candidate: &[u8]) -> bool {
    // PERF: nearly all that is wrong is so by its first digit or by its check digit.
    if digits(candidate).next().is_none_or(|first| !FIRST_DIGITS.contains(&first)) {
        return false;
    }
    let (count, is_right) = luhn(digits(candidate));
    if !(12..=19).contains(&count) || !is_right {
        return false;
    }
    let first = digits(candidate).next();
    let same = digits(candidate).all(|digit| Some(digit) == first);
    let clock = count == 13 && number(digits(candidate), 13) < MILLIS_2100;
    let issued = RANGES.iter().any(|range| {
        let leading = number(digits(candidate), range.leading);
        (range.first..=range.last).contains(&leading) && range.lengths >> count & 1 == 1
    });
    // Behind a plus stands the number of a telephone.
    issued
        && !same
        && !clock
        && !before.ends_with(b"+")
        && !is_barcode(digits(candidate))
        && !follows_uuid_groups(before)
        && !follows_groups(before, candidate)
}

/// Whether two groups of four, with digits in them, stand before groups of four: a row of numbers,
/// of bytes in hex, or the number of an account.
fn follows_groups(before: &[u8], candidate: &[u8]) -> bool {
    let Some(gap @ (b' ' | b'-')) = candidate.get(4).copied() else { return false };
    let Some(row) = before.len().checked_sub(10).and_then(|at| before.get(at..)) else {
        return false;
    };
    let is_group = |group: &[u8]| {
        group.len() == 4
            && group.iter().all(u8::is_ascii_alphanumeric)
            && group.iter().any(u8::is_ascii_digit)
    };
    let mut groups = row.split(|byte| *byte == gap);
    let (first, second, last) = (groups.next(), groups.next(), groups.next());
    // One is enough where it is in hex.
    let is_hex = |group: &[u8]| {
        group.iter().all(u8::is_ascii_hexdigit) && group.iter().any(u8::is_ascii_alphabetic)
    };
    last == Some(&[])
        && groups.next().is_none()
        && second.is_some_and(|second| {
            is_group(second) && (is_hex(second) || first.is_some_and(is_group))
        })
}

/// Whether it has the check digit of a barcode (GS1: GTIN-12 and GTIN-13). Goods are numbered in
/// the ranges of old card numbers, so that one in ten would be taken for a card.
fn is_barcode(digits: impl Iterator<Item = u8> + Clone) -> bool {
    let count = digits.clone().count();
    let values = digits.map(|digit| u32::from(digit.wrapping_sub(b'0') % 10));
    let weighted = values.enumerate().map(|(n, value)| match (count - n) % 2 {
        0 => value * 3,
        _ => value,
    });
    matches!(count, 12 | 13) && weighted.sum::<u32>() % 10 == 0
}

/// Whether the last digit is the check digit of the others.
pub(super) fn is_luhn(digits: impl Iterator<Item = u8>) -> bool {
    luhn(digits).1
}

fn luhn(digits: impl Iterator<Item = u8>) -> (usize, bool) {
    check::luhn(digits.map(|digit| u32::from(digit.wrapping_sub(b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_with_the_first_digits() {
        for range in &RANGES {
            for n in [range.first, range.last] {
                let first = std::format!("{n}").into_bytes()[0];
                assert!(FIRST_DIGITS.contains(&first), "{n}");
            }
            let wide = range.last.ilog10() == range.first.ilog10();
            assert!(wide && usize::try_from(range.first.ilog10()) == Ok(range.leading - 1));
        }
    }
}
