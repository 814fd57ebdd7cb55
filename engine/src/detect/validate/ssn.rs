//! What the Social Security Administration never gives out: areas 000, 666 and 900 to 999, group
//! 00, serial 0000. Never asks whether a number was given out.

use super::{digits, follows_uuid_groups, number};

pub(super) fn accept(before: &[u8], candidate: &[u8]) -> bool {
    if digits(candidate).count() != 9 {
        return false;
    }
    let mut separators = candidate.iter().filter(|byte| !byte.is_ascii_digit());
    let kind = separators.next();
    let mixed = separators.any(|byte| Some(byte) != kind);
    let first = digits(candidate).next();
    let same = digits(candidate).all(|digit| Some(digit) == first);
    let area = number(digits(candidate), 3);
    let group = number(digits(candidate).skip(3), 2);
    let serial = number(digits(candidate).skip(5), 4);
    !mixed
        && !same
        && area != 0
        && area != 666
        && area < 900
        && group != 0
        && serial != 0
        && !follows_uuid_groups(before)
}
