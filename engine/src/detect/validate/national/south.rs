//! Numbers of Africa and Oceania.
//! Never asks whether a number was given out.

use crate::detect::validate::check::{fits, is_day, is_luhn, is_same, two, values, weighted};
use crate::model::SouthernId;

pub(super) fn accept(id: SouthernId, text: &[u8]) -> bool {
    match id {
        SouthernId::AuAbn => au_abn(text),
        SouthernId::AuAcn => au_acn(text),
        SouthernId::AuTfn => au_tfn(text),
        SouthernId::AuMedicare => au_medicare(text),
        SouthernId::NgNin => values::<11>(text).is_some_and(|all| !is_same(&all)),
        SouthernId::NgVehicleRegistration => fits("3a3n2a", text) || fits("3a2n2a", text),
        SouthernId::ZaId => za_id(text),
    }
}

/// Australian Business Register: the first digit less 1, weights modulo 89.
fn au_abn(text: &[u8]) -> bool {
    let Some(mut all) = values::<11>(text) else { return false };
    let [first, ..] = &mut all;
    let Some(less) = first.checked_sub(1) else { return false };
    *first = less;
    weighted(&all, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_multiple_of(89)
}

/// Australian Securities and Investments Commission: weights 8 to 1 modulo 10.
fn au_acn(text: &[u8]) -> bool {
    let Some(all @ [.., check]) = values::<9>(text) else { return false };
    let sum = weighted(&all, &[8, 7, 6, 5, 4, 3, 2, 1]);
    !is_same(&all) && (10 - sum % 10) % 10 == check
}

/// Australian Taxation Office: nine digits, or eight of old, weights modulo 11.
fn au_tfn(text: &[u8]) -> bool {
    if let Some(all) = values::<8>(text) {
        let sum = weighted(&all, &[10, 7, 8, 4, 6, 3, 5, 1]);
        return !is_same(&all) && sum.is_multiple_of(11);
    }
    values::<9>(text).is_some_and(|all| {
        !is_same(&all) && weighted(&all, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
    })
}

/// Services Australia: begins with 2 to 6, weights modulo 10, number of issues, perhaps the place
/// on the card.
fn au_medicare(text: &[u8]) -> bool {
    let Some((head, rest)) = text.split_at_checked(10) else { return false };
    let Some(all @ [first, .., check, issue]) = values::<10>(head) else { return false };
    let place = matches!(rest, [] | [b'1'..=b'9']);
    let sum = weighted(&all, &[1, 3, 7, 9, 1, 3, 7, 9]);
    (2..=6).contains(&first) && issue != 0 && place && sum % 10 == check
}

/// Department of Home Affairs: birth date, order, citizenship, and Luhn.
fn za_id(text: &[u8]) -> bool {
    let Some(all @ [y1, y2, m1, m2, d1, d2, _, _, _, _, citizen, _, _]) = values::<13>(text) else {
        return false;
    };
    citizen < 3 && is_day(two(y1, y2), two(m1, m2), two(d1, d2)) && is_luhn(&all)
}
