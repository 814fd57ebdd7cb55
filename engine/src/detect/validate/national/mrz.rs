//! Machine readable zones of travel documents (ICAO Doc 9303, parts 3 to 6).
//! Never asks whether a state exists.

use crate::detect::validate::check::value;
use alloc::vec::Vec;

/// Three lines of 30 characters, two of 36, two of 44, or the second of the latter by itself.
pub(in crate::detect::validate) fn accept(candidate: &[u8]) -> bool {
    // PERF: the last mark is the check digit of all, but in the zone of three lines, which ends in
    // letters and fillers.
    let checked = candidate.iter().rev().find(|byte| is_mark(byte)).is_some_and(u8::is_ascii_digit);
    let length = match (checked, candidate.len()) {
        (false, ..90) => return false,
        _ => candidate.iter().filter(|byte| is_mark(byte)).count(),
    };
    if !matches!((checked, length), (true, 44 | 72 | 88) | (false, 90)) {
        return false;
    }
    let mut zone = [0; 90];
    let mut length = 0;
    for byte in marks(candidate) {
        let Some(slot) = zone.get_mut(length) else { return false };
        *slot = byte;
        length += 1;
    }
    let zone = zone.get(..length).unwrap_or_default();
    let part = |from: usize, count: usize| zone.get(from..from + count).unwrap_or_default();
    let is_letters =
        |text: &[u8]| text.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'<');
    match length {
        44 => is_second(part(0, 44), 44),
        72 => is_letters(part(2, 34)) && is_second(part(36, 36), 36),
        88 => is_letters(part(2, 42)) && is_second(part(44, 44), 44),
        90 => {
            is_checked(&[part(5, 9)], part(14, 1))
                && is_checked(&[part(30, 6)], part(36, 1))
                && is_checked(&[part(38, 6)], part(44, 1))
                && is_checked(&[part(5, 25), part(30, 7), part(38, 7), part(48, 11)], part(59, 1))
                && is_letters(part(60, 30))
        }
        _ => false,
    }
}

pub(in crate::detect::validate) fn canonical(candidate: &[u8], out: &mut Vec<u8>) {
    out.extend(marks(candidate));
}

/// The characters of the zone, without line ends, written out or not.
fn marks(candidate: &[u8]) -> impl Iterator<Item = u8> + '_ {
    candidate.iter().copied().filter(is_mark)
}

fn is_mark(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'<'
}

/// The second line of two: number, birth, expiry, and all of them.
fn is_second(line: &[u8], length: usize) -> bool {
    let part = |from: usize, count: usize| line.get(from..from + count).unwrap_or_default();
    let optional = length - 29;
    let personal = length != 44
        || is_checked(&[part(28, 14)], part(42, 1))
        || (part(42, 1) == b"<" && part(28, 14).iter().all(|byte| *byte == b'<'));
    is_checked(&[part(0, 9)], part(9, 1))
        && is_checked(&[part(13, 6)], part(19, 1))
        && is_checked(&[part(21, 6)], part(27, 1))
        && personal
        && is_checked(&[part(0, 10), part(13, 7), part(21, 7 + optional)], part(length - 1, 1))
}

/// Weights 7, 3 and 1 again and again, modulo 10; a filler counts nothing.
fn is_checked(parts: &[&[u8]], check: &[u8]) -> bool {
    let bytes = parts.iter().flat_map(|part| part.iter());
    let products = bytes.zip([7, 3, 1].iter().cycle());
    let sum: u32 = products.map(|(byte, weight)| value(*byte).unwrap_or(0) * weight).sum();
    matches!(check, [digit] if digit.is_ascii_digit() && value(*digit) == Some(sum % 10))
}
