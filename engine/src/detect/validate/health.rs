//! Numbers of patients, of those who treat them, and of their insurers, by the check digits that
//! their issuers publish. Never asks whether a number was given out.

use super::bank::follows_word;
use super::{digits, follows_uuid_groups, luhn, number};

/// Letters that registrants of the Drug Enforcement Administration have first.
const REGISTRANTS: &[u8] = b"ABCDEFGHJKLMPRSTUX";

/// What stands before a National Provider Identifier for its check digit: 80, health; 840, US.
const NPI_PREFIX: &[u8] = b"80840";

/// Luhn over 80840 and the number (45 CFR 162.406).
pub(super) fn accept_npi(before: &[u8], candidate: &[u8]) -> bool {
    let whole = NPI_PREFIX.iter().copied().chain(digits(candidate));
    digits(candidate).count() == 10
        && matches!(candidate.first(), Some(b'1' | b'2'))
        && luhn::is_luhn(whole)
        && !follows_uuid_groups(before)
}

/// The first, third and fifth digit, and twice the second, fourth and sixth, end in the seventh.
pub(super) fn accept_dea(candidate: &[u8]) -> bool {
    let [kind, _, number @ ..] = candidate else { return false };
    let weights = [1, 2, 1, 2, 1, 2];
    let sum = weighted(number.iter().copied(), &weights);
    number.len() == 7
        && REGISTRANTS.contains(&kind.to_ascii_uppercase())
        && number.last().map(|digit| value(*digit)) == Some(sum % 10)
}

/// NHS Data Dictionary: weights 10 to 2, eleven minus the remainder by eleven; 10 is never given.
pub(super) fn accept_nhs(before: &[u8], candidate: &[u8]) -> bool {
    let sum = weighted(digits(candidate), &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let first = digits(candidate).next();
    digits(candidate).count() == 10
        && sum.is_multiple_of(11)
        && digits(candidate).any(|digit| Some(digit) != first)
        && !follows_uuid_groups(before)
}

/// The letter as two digits, then weights 1 and 2 in turn with the digits of each product added
/// (annex 1 to section 290 SGB V).
pub(super) fn accept_kvnr(candidate: &[u8]) -> bool {
    let [letter, rest @ ..] = candidate else { return false };
    let place = u32::from(letter.to_ascii_uppercase().saturating_sub(b'A')) + 1;
    let all = [place / 10, place % 10].into_iter().chain(rest.iter().map(|digit| value(*digit)));
    let products = all.take(10).zip([1, 2, 1, 2, 1, 2, 1, 2, 1, 2]).map(|(n, weight)| n * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    let first = rest.first();
    rest.len() == 9
        && rest.iter().any(|digit| Some(digit) != first)
        && rest.last().map(|digit| value(*digit)) == Some(sum % 10)
}

/// Six digits under weights 4 and 9, their check digit, two digits of the field (guideline of the
/// Kassenärztliche Bundesvereinigung under section 75 SGB V).
pub(super) fn accept_lanr(before: &[u8], candidate: &[u8]) -> bool {
    let sum = weighted(digits(candidate), &[4, 9, 4, 9, 4, 9]);
    let check = number(digits(candidate).skip(6), 1);
    let first = digits(candidate).next();
    digits(candidate).count() == 9
        && u64::from((10 - sum % 10) % 10) == check
        && digits(candidate).take(6).any(|digit| Some(digit) != first)
        && !follows_uuid_groups(before)
}

/// Two digits of the region, and no check digit: the number needs its name.
pub(super) fn accept_bsnr(before: &[u8], candidate: &[u8]) -> bool {
    let first = digits(candidate).next();
    digits(candidate).count() == 9
        && number(digits(candidate), 2) > 0
        && digits(candidate).any(|digit| Some(digit) != first)
        && follows_word(before)
        && !follows_uuid_groups(before)
}

/// The sum of digits times weights, as far as both go.
fn weighted(digits: impl Iterator<Item = u8>, weights: &[u32]) -> u32 {
    digits.zip(weights).map(|(digit, weight)| value(digit) * weight).sum()
}

fn value(digit: u8) -> u32 {
    u32::from(digit.wrapping_sub(b'0') % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_health_numbers() {
        // Examples of the issuers; the others were worked out by a script of its own.
        let npi = |text: &str| accept_npi(b"", text.as_bytes());
        assert!(npi("1234567893") && npi("1500084573") && npi("2999999990"));
        assert!(!npi("1234567894") && !npi("3234567893") && !npi("123456789"));
        let dea = |text: &str| accept_dea(text.as_bytes());
        assert!(dea("AB1234563") && dea("F92345610") && dea("MR5501285"));
        assert!(!dea("AB1234564") && !dea("IB1234563") && !dea("AB123456"));
        let nhs = |text: &str| accept_nhs(b"", text.as_bytes());
        assert!(nhs("943 476 5919") && nhs("4010232137"));
        assert!(!nhs("943 476 5918") && !nhs("9999999999") && !nhs("943476591"));
        let kvnr = |text: &str| accept_kvnr(text.as_bytes());
        assert!(kvnr("A123456780") && kvnr("T400129326") && kvnr("x110220617"));
        assert!(!kvnr("A123456781") && !kvnr("B123456780") && !kvnr("A12345678"));
        let lanr = |text: &str| accept_lanr(b"", text.as_bytes());
        assert!(lanr("123456601") && lanr("838382202"));
        assert!(!lanr("123456701") && !lanr("12345660"));
        assert!(accept_bsnr(b"BSNR ", b"521234568"));
        assert!(!accept_bsnr(b"BSNR ", b"001234568") && !accept_bsnr(b"1, ", b"521234568"));
    }
}
