//! Telephone numbers: country codes and lengths of ITU-T E.164, the North American plan.
//! Never asks whether a number is in service.

use super::{digits, follows_uuid_groups, number};
use alloc::vec::Vec;

/// Digits behind the country code, least and most, and the codes that have them so.
struct Plan {
    min: usize,
    max: usize,
    codes: &'static [u16],
}

const fn plan(min: usize, max: usize, codes: &'static [u16]) -> Plan {
    Plan { min, max, codes }
}

/// Fixed and mobile numbers as subscribers have them. 1 has rules of its own.
const PLANS: [Plan; 25] = [
    plan(10, 10, &[7, 52, 58, 90, 91, 98, 225, 229]),
    plan(9, 9, &[27, 33, 34, 40, 41, 48, 61, 93, 94, 211, 212, 218, 221, 240, 242, 244, 249, 251]),
    plan(9, 9, &[255, 256, 260, 261, 262, 351, 420, 590, 594, 596, 966, 992, 994, 995, 998]),
    plan(8, 8, &[45, 47, 65, 216, 222, 223, 226, 227, 228, 232, 235, 236, 253, 257, 266, 350]),
    plan(8, 8, &[356, 357, 370, 371, 373, 374, 387, 389, 505, 509, 965, 968, 973, 974, 993]),
    plan(8, 8, &[502, 503, 504, 853]),
    plan(7, 7, &[238, 239, 246, 248, 269, 291, 297, 501, 592, 673, 674, 679, 680, 691, 692, 960]),
    plan(6, 6, &[298, 299, 672, 681, 687, 689]),
    plan(5, 8, &[247, 500, 508, 597, 675, 676, 677, 678, 682, 685, 686, 688]),
    plan(8, 9, &[32, 36, 51, 56, 66, 213, 224, 231, 233, 237, 241, 250, 258, 264, 268]),
    plan(8, 9, &[263, 377, 382, 385, 593, 595, 855, 962, 963, 970, 971, 972, 976]),
    plan(9, 10, &[44, 81, 84, 92, 254, 886, 380]),
    plan(10, 11, &[54, 55, 57]),
    plan(8, 10, &[20, 60, 63, 64, 82, 234, 378, 506, 598, 850, 852, 856, 880, 964, 977]),
    plan(9, 11, &[31, 86]),
    plan(10, 12, &[30]),
    plan(6, 11, &[39, 53, 352, 355, 358, 375, 376]),
    plan(
        7,
        10,
        &[46, 95, 220, 230, 243, 245, 252, 265, 267, 353, 354, 359, 372, 381, 386, 961, 967],
    ),
    plan(6, 13, &[43, 49]),
    plan(7, 12, &[62, 383]),
    plan(9, 9, &[421, 996]),
    plan(7, 9, &[423, 507, 591, 599, 670, 975]),
    plan(8, 8, &[800, 808, 979]),
    plan(4, 8, &[290, 683, 690]),
    plan(7, 12, &[870, 878, 881, 882, 883, 888]),
];

/// `+` and a country code.
pub(super) fn accept_e164(candidate: &[u8]) -> bool {
    let mut plain = Vec::new();
    canonical_e164(candidate, &mut plain);
    let all = || digits(&plain);
    let count = all().count();
    let first = all().next();
    if count > 15 || first == Some(b'0') || all().skip(1).all(|digit| Some(digit) == first) {
        return false;
    }
    if first == Some(b'1') {
        return count == 11 && is_nanp(all().skip(1));
    }
    (1..=3).any(|length| {
        let code = number(all(), length);
        let rest = count.saturating_sub(length);
        PLANS.iter().any(|plan| {
            (plan.min..=plan.max).contains(&rest)
                && plan.codes.iter().any(|known| u64::from(*known) == code)
        })
    })
}

/// Ten digits, or eleven with a leading 1.
pub(super) fn accept_nanp(before: &[u8], candidate: &[u8]) -> bool {
    let count = digits(candidate).count();
    let skipped = count.saturating_sub(10);
    (10..=11).contains(&count)
        && is_nanp(digits(candidate).skip(skipped))
        && !follows_uuid_groups(before)
}

/// Area and exchange begin with 2 to 9 and are no service code (N11); an area's second digit is
/// no 9; 555-0100 to 555-0199 are nobody's; a number of one digit is none.
fn is_nanp(digits: impl Iterator<Item = u8> + Clone) -> bool {
    let place = |n: usize| digits.clone().nth(n).unwrap_or(b'0');
    let is_code =
        |at: usize| place(at) >= b'2' && !(place(at + 1) == b'1' && place(at + 2) == b'1');
    let exchange = number(digits.clone().skip(3), 3);
    let line = number(digits.clone().skip(6), 4);
    let same = digits.clone().all(|digit| digit == place(0));
    digits.clone().count() == 10
        && is_code(0)
        && place(1) != b'9'
        && is_code(3)
        && !(exchange == 555 && (100..200).contains(&line))
        && !same
}

/// Digits only. A trunk zero in parentheses, as in `+49 (0)30`, is not part of the number.
pub(super) fn canonical_e164(candidate: &[u8], out: &mut Vec<u8>) {
    let mut rest = candidate;
    while let Some((byte, tail)) = rest.split_first() {
        rest = rest.strip_prefix(b"(0)").unwrap_or_else(|| {
            if byte.is_ascii_digit() {
                out.push(*byte);
            }
            tail
        });
    }
}

/// As the same number with its country code.
pub(super) fn canonical_nanp(candidate: &[u8], out: &mut Vec<u8>) {
    if digits(candidate).count() == 10 {
        out.push(b'1');
    }
    out.extend(digits(candidate));
}
