//! Reads the spelling of a JSON number (RFC 8259, section 6) and tells its digits.

use crate::limits;
use alloc::vec::Vec;

/// Most digits of a number that are still looked at as one run.
const DIGITS_MAX: i64 = 64;

/// Longest number that is passed by unread.
const PLAIN_BYTES_MAX: usize = 64;

/// Whether the bytes are a number by the grammar.
pub(crate) fn is_number(spelling: &[u8]) -> bool {
    parts(spelling).is_some()
}

/// The scan text of a number: the digits of a whole one, however it is spelled, and the spelling
/// itself of any other.
pub(crate) fn scan_text(spelling: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if !whole_digits(spelling, out) {
        out.clear();
        out.extend_from_slice(spelling.get(..limits::NUMBER_BYTES_MAX).unwrap_or(spelling));
    }
}

/// Length of the number that `text` begins with, if it has no exponent and what parts values
/// follows: its scan text has no digit that does not stand there, and nothing goes on with it.
pub(crate) fn plain_length(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, after) = digits(rest);
    if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
        return None;
    }
    let after = match after.strip_prefix(b".") {
        Some(after) => {
            let (fraction, after) = digits(after);
            if fraction.is_empty() {
                return None;
            }
            after
        }
        None => after,
    };
    match after.first()? {
        b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' => {
            text.len().checked_sub(after.len()).filter(|length| *length <= PLAIN_BYTES_MAX)
        }
        _ => None,
    }
}

struct Parts<'s> {
    whole: &'s [u8],
    fraction: &'s [u8],
    exponent: i64,
}

fn parts(spelling: &[u8]) -> Option<Parts<'_>> {
    let rest = spelling.strip_prefix(b"-").unwrap_or(spelling);
    let (whole, rest) = digits(rest);
    if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
        return None;
    }
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => digits(rest),
        None => (&[][..], rest),
    };
    if fraction.is_empty() && spelling.contains(&b'.') {
        return None;
    }
    let exponent = match rest.split_first() {
        None => 0,
        Some((b'e' | b'E', rest)) => exponent(rest)?,
        Some(_) => return None,
    };
    Some(Parts { whole, fraction, exponent })
}

fn exponent(rest: &[u8]) -> Option<i64> {
    let (sign, rest) = match rest.split_first() {
        Some((b'-', rest)) => (-1, rest),
        Some((b'+', rest)) => (1, rest),
        _ => (1, rest),
    };
    let (digits, rest) = digits(rest);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let value = digits.iter().fold(0i64, |value, digit| {
        (value.saturating_mul(10)).saturating_add(i64::from(digit - b'0')).min(1 << 40)
    });
    Some(sign * value)
}

fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len()))
}

/// Writes the digits of a whole number of at most [`DIGITS_MAX`] digits.
fn whole_digits(spelling: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(Parts { whole, fraction, exponent }) = parts(spelling) else { return false };
    let point = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent);
    let all = || whole.iter().chain(fraction).copied();
    let zeros = all().take_while(|digit| *digit == b'0').count();
    if zeros == whole.len() + fraction.len() {
        out.push(b'0');
        return true;
    }
    let significant = i64::try_from(zeros).unwrap_or(i64::MAX);
    if point.saturating_sub(significant) > DIGITS_MAX {
        return false;
    }
    let Ok(wanted) = usize::try_from(point.max(0)) else { return false };
    if all().skip(wanted).any(|digit| digit != b'0') {
        return false;
    }
    let padded = all().chain(core::iter::repeat(b'0')).take(wanted);
    out.extend(padded.skip(zeros.min(wanted)));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn text(spelling: &str) -> String {
        let mut out = Vec::new();
        scan_text(spelling.as_bytes(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn every_spelling_of_a_whole_number_gives_its_digits() {
        for spelling in [
            "4111111111111111",
            "-4111111111111111",
            "4111111111111111.000",
            "4.111111111111111e15",
            "41111111111111110e-1",
            "0.4111111111111111E+16",
        ] {
            assert_eq!(text(spelling), "4111111111111111", "{spelling}");
        }
        assert_eq!(text("0"), "0");
        assert_eq!(text("0e9"), "0");
        assert_eq!(text("52.520008"), "52.520008");
        assert_eq!(text("1e400"), "1e400");
    }

    #[test]
    fn grammar_is_rfc_8259() {
        for good in ["0", "-0", "1.5", "1e5", "1E-5", "10.25e+3"] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".5", "1e", "+1", "1e+", "0x1", "1.2.3", "--1"] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }
}
