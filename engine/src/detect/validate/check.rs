//! What checks of numbers have in common: weighted sums, check digits of several schemes, dates,
//! shapes of letters and digits. Knows no country.

/// Most letters and digits of a number that is checked here.
const PLAIN_MAX: usize = 32;

/// The letters and digits of a candidate, in capitals, without what parts them.
pub(super) struct Plain {
    bytes: [u8; PLAIN_MAX],
    length: usize,
}

impl Plain {
    /// `None` when there are more of them than any number has.
    pub(super) fn of(candidate: &[u8]) -> Option<Self> {
        let mut plain = Self { bytes: [0; PLAIN_MAX], length: 0 };
        for byte in candidate.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            *plain.bytes.get_mut(plain.length)? = byte.to_ascii_uppercase();
            plain.length += 1;
        }
        Some(plain)
    }

    pub(super) fn text(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The values of a text of exactly `N` digits.
pub(super) fn values<const N: usize>(text: &[u8]) -> Option<[u32; N]> {
    let bytes: &[u8; N] = text.try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|byte| value(byte).unwrap_or(0)))
}

/// 0 to 9 for digits, 10 to 35 for letters.
pub(super) fn value(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// A letter's place in the alphabet, from 0; a digit's value.
pub(super) fn place(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        _ => None,
    }
}

/// The values as one number.
pub(super) fn number(values: &[u32]) -> u64 {
    let next = |n: u64, value: &u32| n.wrapping_mul(10).wrapping_add(u64::from(*value));
    values.iter().fold(0, next)
}

/// The values times their weights; what has no weight does not count.
pub(super) fn weighted(values: &[u32], weights: &[u32]) -> u32 {
    values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
}

/// Whether all values are alike.
pub(super) fn is_same(values: &[u32]) -> bool {
    values.iter().all(|value| Some(value) == values.first())
}

/// ISO/IEC 7812-1 annex B: every second digit from the right doubled.
pub(super) fn is_luhn(values: &[u32]) -> bool {
    luhn(values.iter().copied()).1
}

/// The same for digits that come one by one, and how many there are.
#[inline]
pub(super) fn luhn(values: impl Iterator<Item = u32>) -> (usize, bool) {
    // Sums by how a digit counts: those at odd places from the right, and the others doubled.
    let sums = values.fold((0, 0, 0), |(count, now, next), value| {
        let doubled = value * 2 - if value > 4 { 9 } else { 0 };
        // What was counted so far changes its place with each digit behind it.
        (count + 1, next + value, now + doubled)
    });
    let (count, now, _) = sums;
    (count, u32::is_multiple_of(now, 10))
}

/// ISO/IEC 7064, MOD 11,10: the last digit is the check digit.
pub(super) fn is_mod_11_10(values: &[u32]) -> bool {
    let Some((check, rest)) = values.split_last() else { return false };
    let product = rest.iter().fold(10, |product, value| {
        let sum = (value + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + check) % 10 == 1
}

/// J. Verhoeff, Error Detecting Decimal Codes (1969): the last digit is the check digit.
pub(super) fn is_verhoeff(values: &[u32]) -> bool {
    // What the group of the pentagon makes of two digits; the permutation, applied n times.
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |n: usize, value: u32| {
        (0..n % 8).fold(value, |value, _| {
            let at = usize::try_from(value).ok();
            at.and_then(|at| PERMUTATION.get(at)).copied().unwrap_or(0)
        })
    };
    let fold = |sum: u32, (n, value): (usize, &u32)| pentagon(sum, permuted(n, *value));
    values.iter().rev().enumerate().fold(0, fold) == 0
}

/// Two elements of the symmetry group of a pentagon, one after the other: 0 to 4 turn, 5 to 9
/// mirror.
fn pentagon(first: u32, second: u32) -> u32 {
    match (first < 5, second < 5) {
        (true, true) => (first + second) % 5,
        (true, false) => 5 + (first + second) % 5,
        (false, true) => 5 + (first + 5 - second) % 5,
        (false, false) => (first + 5 - second % 5) % 5,
    }
}

/// ISO/IEC 7064, MOD 97-10: letters count from 10, and the last two digits are the check digits.
pub(super) fn is_mod_97_10(text: &[u8]) -> bool {
    let next = |rest: u32, byte: &u8| {
        let value = value(*byte)?;
        Some((rest * (if value > 9 { 100 } else { 10 }) + value) % 97)
    };
    text.iter().try_fold(0, next) == Some(1)
}

/// Whether the digits of a candidate of whatever shape fulfil a scheme. A number of one digit over
/// and over fulfils most, and is nobody's.
pub(super) fn accept_digits(candidate: &[u8], holds: fn(&[u32]) -> bool) -> bool {
    let Some(plain) = Plain::of(candidate) else { return false };
    let mut values = [0; PLAIN_MAX];
    let digits = plain.text().iter().filter_map(|byte| char::from(*byte).to_digit(10));
    let count = values.iter_mut().zip(digits).map(|(slot, digit)| *slot = digit).count();
    let values = values.get(..count).unwrap_or_default();
    count > 1 && !is_same(values) && holds(values)
}

/// The same of letters and digits, by MOD 97-10.
pub(super) fn accept_mod_97_10(candidate: &[u8]) -> bool {
    Plain::of(candidate).is_some_and(|plain| plain.text().len() > 2 && is_mod_97_10(plain.text()))
}

/// Whether the Gregorian calendar has the day.
pub(super) fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether a calendar of some century has the day, of a year of two digits.
pub(super) fn is_day(year: u32, month: u32, day: u32) -> bool {
    // 2000 had a leap day, and of the others every fourth year has one.
    is_date(2000 + year, month, day)
}

/// Two digits as a number.
pub(super) fn two(tens: u32, ones: u32) -> u32 {
    tens * 10 + ones
}

/// Whether a text is made as a shape says: counts of digits `n`, letters `a`, either `c`.
pub(super) fn fits(shape: &str, text: &[u8]) -> bool {
    let mut text = text.iter();
    let mut count = 0;
    for byte in shape.bytes() {
        if byte.is_ascii_digit() {
            count = count * 10 + u32::from(byte - b'0');
            continue;
        }
        for _ in 0..count {
            let fits = text.next().is_some_and(|found| match byte {
                b'n' => found.is_ascii_digit(),
                b'a' => found.is_ascii_alphabetic(),
                _ => found.is_ascii_alphanumeric(),
            });
            if !fits {
                return false;
            }
        }
        count = 0;
    }
    text.next().is_none()
}

/// Whether a text is made as one of several shapes says.
pub(super) fn fits_one(shapes: &[&str], text: &[u8]) -> bool {
    shapes.iter().any(|shape| fits(shape, text))
}

/// The character at a place of a table.
pub(super) fn at(table: &[u8], place: u32) -> Option<u8> {
    usize::try_from(place).ok().and_then(|place| table.get(place)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_take_the_examples_of_their_texts() {
        // Annex B of ISO/IEC 7812-1; the worked examples of Verhoeff's scheme and of ISO/IEC 7064.
        assert!(is_luhn(&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3]));
        assert!(!is_luhn(&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 4]));
        assert!(is_verhoeff(&[2, 3, 6, 3]));
        assert!(is_verhoeff(&[1, 4, 2, 8, 5, 7, 0]));
        assert!(!is_verhoeff(&[2, 3, 6, 4]) && !is_verhoeff(&[3, 2, 6, 3]));
        assert!(is_mod_11_10(&[0, 7, 9, 4, 5]));
        assert!(is_mod_97_10(b"79444") && is_mod_97_10(b"794W44") == is_mod_97_10(b"7943244"));
        assert!(!is_mod_97_10(b"79445") && !is_mod_97_10(b"97444") && !is_mod_97_10(b"79-444"));
        assert!(accept_digits(b"A-7992 7398 713", is_luhn) && !accept_digits(b"0000", is_luhn));
        assert!(accept_mod_97_10(b"79444") && !accept_mod_97_10(b"7944"));
        assert!(!is_mod_11_10(&[0, 7, 9, 5, 4]));
    }

    #[test]
    fn calendars() {
        assert!(is_date(2024, 2, 29) && is_date(2000, 2, 29) && is_day(96, 2, 29));
        assert!(!is_date(1900, 2, 29) && !is_date(2023, 2, 29) && !is_day(97, 2, 29));
        assert!(!is_date(2024, 4, 31) && !is_date(2024, 0, 1) && !is_date(2024, 13, 1));
        assert!(!is_date(2024, 1, 0) && !is_date(2024, 1, 32));
    }

    #[test]
    fn shapes_say_all_of_a_text() {
        assert!(fits("1a8n", b"A12345678") && fits("2c", b"1a") && fits("10n", b"1234567890"));
        assert!(!fits("1a8n", b"A1234567") && !fits("1a8n", b"A123456789"));
        assert!(!fits("1a8n", b"012345678") && !fits("2n", b"1a"));
    }
}
