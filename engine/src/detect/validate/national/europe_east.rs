//! Numbers of the east and north of Europe.
//! Never asks whether a number was given out.

use crate::detect::validate::check::{
    at, is_date, is_day, is_luhn, is_same, number, two, values, weighted,
};
use crate::model::EastEuropeanId;

pub(super) fn accept(id: EastEuropeanId, text: &[u8]) -> bool {
    match id {
        EastEuropeanId::PlPesel => pl_pesel(text),
        EastEuropeanId::PlNip => pl_nip(text),
        EastEuropeanId::CzSkBirthNumber => cz_sk_birth_number(text),
        EastEuropeanId::HuTin => hu_tin(text),
        EastEuropeanId::RoCnp => ro_cnp(text),
        EastEuropeanId::BgEgn => bg_egn(text),
        EastEuropeanId::SiTin => si_tin(text),
        EastEuropeanId::SiEmso => si_emso(text),
        EastEuropeanId::EeIsikukood => baltic(text, 1..=8),
        EastEuropeanId::LtAsmensKodas => baltic(text, 3..=6),
        EastEuropeanId::LvPersonasKods => lv_personas_kods(text),
        EastEuropeanId::SePersonnummer => se_personnummer(text),
        EastEuropeanId::SeOrganisationsnummer => se_organisationsnummer(text),
        EastEuropeanId::FiHetu => fi_hetu(text),
    }
}

/// Ministerstwo Cyfryzacji: birth date with the century in its month, weights modulo 10.
fn pl_pesel(text: &[u8]) -> bool {
    let Some(all @ [y1, y2, m1, m2, d1, d2, ..]) = values::<11>(text) else { return false };
    let month = two(m1, m2);
    let century = match month / 20 {
        4 => 1800,
        n => 1900 + 100 * n,
    };
    is_date(century + two(y1, y2), month % 20, two(d1, d2))
        && weighted(&all, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// Ministerstwo Finansów: weights modulo 11, and 10 is not given out.
fn pl_nip(text: &[u8]) -> bool {
    let Some(all @ [first, .., check]) = values::<10>(text) else { return false };
    first != 0 && !is_same(&all) && weighted(&all, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == check
}

/// Act 133/2000: birth date, a woman's month with 50 added, since 2004 also 20; the whole is a
/// multiple of 11. Before 1954 there was one digit less, and no check.
fn cz_sk_birth_number(text: &[u8]) -> bool {
    let born = |y1: u32, y2: u32, m1: u32, m2: u32, d1: u32, d2: u32| {
        let month = two(m1, m2) % 50;
        let month = if month > 20 { month - 20 } else { month };
        is_day(two(y1, y2), month, two(d1, d2))
    };
    if let Some([y1, y2, m1, m2, d1, d2, n1, n2, n3]) = values::<9>(text) {
        return two(y1, y2) < 54 && number(&[n1, n2, n3]) != 0 && born(y1, y2, m1, m2, d1, d2);
    }
    let Some(all @ [y1, y2, m1, m2, d1, d2, .., check]) = values::<10>(text) else { return false };
    let [head @ .., _] = all;
    let rest = number(&head) % 11 % 10;
    born(y1, y2, m1, m2, d1, d2) && rest == u64::from(check)
}

/// Act XX of 1996: 8, the days since 1867, and weights 1 to 9 modulo 11.
fn hu_tin(text: &[u8]) -> bool {
    values::<10>(text).is_some_and(|all @ [first, .., check]| {
        first == 8 && weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == check
    })
}

/// Law 105/1996: sex and century, birth date, county, weights modulo 11 with 1 for 10.
fn ro_cnp(text: &[u8]) -> bool {
    let Some(all @ [sex, y1, y2, m1, m2, d1, d2, c1, c2, n1, n2, n3, check]) = values::<13>(text)
    else {
        return false;
    };
    let wanted = match weighted(&all, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
        10 => 1,
        rest => rest,
    };
    sex != 0
        && is_day(two(y1, y2), two(m1, m2), two(d1, d2))
        && matches!(two(c1, c2), 1..=48 | 51 | 52 | 70)
        && number(&[n1, n2, n3]) != 0
        && check == wanted
}

/// Civil Registration Act: birth date with the century in its month, weights modulo 11 modulo 10.
fn bg_egn(text: &[u8]) -> bool {
    let Some(all @ [y1, y2, m1, m2, d1, d2, .., check]) = values::<10>(text) else { return false };
    let (century, month) = match two(m1, m2) {
        month @ 21..=32 => (1800, month - 20),
        month @ 41..=52 => (2000, month - 40),
        month => (1900, month),
    };
    is_date(century + two(y1, y2), month, two(d1, d2))
        && weighted(&all, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == check
}

/// Zakon o davčnem postopku: weights 8 to 2, 11 less the rest modulo 11, 0 for 10.
fn si_tin(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"SI").unwrap_or(text);
    let Some(all @ [first, .., check]) = values::<8>(digits) else { return false };
    let rest = weighted(&all, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    first != 0 && rest != 0 && (11 - rest) % 10 == check
}

/// Act on the Central Population Register: birth date with three digits of the year, region,
/// weights modulo 11.
fn si_emso(text: &[u8]) -> bool {
    let Some(all @ [d1, d2, m1, m2, y1, y2, y3, r1, .., check]) = values::<13>(text) else {
        return false;
    };
    let year = two(y1, y2) * 10 + y3;
    let year = if year < 500 { 2000 + year } else { 1000 + year };
    let rest = weighted(&all, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    // The region is Slovenia's, which begins with 5.
    r1 == 5
        && (1850..2100).contains(&year)
        && is_date(year, two(m1, m2), two(d1, d2))
        && (11 - rest) % 11 % 10 == check
}

/// EVS 585:2007, and Lithuania's Law on the Population Register: sex and century, birth date, two
/// rows of weights modulo 11.
fn baltic(text: &[u8], centuries: core::ops::RangeInclusive<u32>) -> bool {
    let Some(all @ [first, y1, y2, m1, m2, d1, d2, .., check]) = values::<11>(text) else {
        return false;
    };
    let wanted = match weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => weighted(&all, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        rest => rest,
    };
    let year = 1800 + first.saturating_sub(1) / 2 * 100 + two(y1, y2);
    centuries.contains(&first) && is_date(year, two(m1, m2), two(d1, d2)) && check == wanted
}

/// Population Register Law: birth date, century, weights modulo 11; since 2017 a number that
/// begins with 32 to 39 and says nothing.
fn lv_personas_kods(text: &[u8]) -> bool {
    let Some(all @ [d1, d2, m1, m2, y1, y2, century, .., check]) = values::<11>(text) else {
        return false;
    };
    if matches!(two(d1, d2), 32..=39) {
        return true;
    }
    let sum = 1 + weighted(&all, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
    century < 3
        && is_date(1800 + century * 100 + two(y1, y2), two(m1, m2), two(d1, d2))
        && sum % 11 % 10 == check
}

/// Folkbokföringslagen (1991:481), § 18: birth date, order, Luhn; 60 added to the day of those
/// who are not registered.
fn se_personnummer(text: &[u8]) -> bool {
    let short = match text.len() {
        12 if text.starts_with(b"18") || text.starts_with(b"19") || text.starts_with(b"20") => {
            text.get(2..).unwrap_or_default()
        }
        _ => text,
    };
    let Some(all @ [y1, y2, m1, m2, d1, d2, n1, n2, n3, _]) = values::<10>(short) else {
        return false;
    };
    let day = two(d1, d2);
    let day = if day > 60 { day - 60 } else { day };
    number(&[n1, n2, n3]) != 0 && is_day(two(y1, y2), two(m1, m2), day) && is_luhn(&all)
}

/// Lag (1974:174): kind of organization, the third digit 2 or more, Luhn.
fn se_organisationsnummer(text: &[u8]) -> bool {
    values::<10>(text).is_some_and(|all @ [first, _, third, ..]| {
        matches!(first, 1..=3 | 5..=9) && third > 1 && is_luhn(&all) && !is_same(&all)
    })
}

/// Digi- ja väestötietovirasto: birth date, order, a character of the number modulo 31. The sign
/// of the century stands between, and where it is a letter it is part of the text.
fn fi_hetu(text: &[u8]) -> bool {
    let Some((date, rest)) = text.split_at_checked(6) else { return false };
    let rest = match rest {
        [b'A'..=b'F' | b'U'..=b'Y', rest @ ..] => rest,
        _ => rest,
    };
    let Some((order, [check])) = rest.split_at_checked(3) else { return false };
    let Some([d1, d2, m1, m2, y1, y2]) = values::<6>(date) else { return false };
    let Some([n1, n2, n3]) = values::<3>(order) else { return false };
    let whole = number(&[d1, d2, m1, m2, y1, y2, n1, n2, n3]);
    let place = u32::try_from(whole % 31).unwrap_or(u32::MAX);
    is_day(two(y1, y2), two(m1, m2), two(d1, d2))
        && number(&[n1, n2, n3]) > 1
        && at(b"0123456789ABCDEFHJKLMNPRSTUVWXY", place) == Some(*check)
}
