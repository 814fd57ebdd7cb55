//! Numbers of Spain, Portugal, Italy and Greece.
//! Never asks whether a number was given out.

use crate::detect::validate::check::{
    at, fits, fits_one, is_day, is_luhn, is_same, number, place, two, values, weighted,
};
use crate::model::SouthEuropeanId;

pub(super) fn accept(id: SouthEuropeanId, text: &[u8]) -> bool {
    match id {
        SouthEuropeanId::EsNif => es_nif(text),
        SouthEuropeanId::EsNie => es_nie(text),
        SouthEuropeanId::EsNuss => es_nuss(text),
        SouthEuropeanId::EsPassport => fits("3a6n", text),
        SouthEuropeanId::PtNif => pt_nif(text),
        SouthEuropeanId::ItFiscalCode => it_fiscal_code(text),
        SouthEuropeanId::ItVatCode => it_vat_code(text),
        SouthEuropeanId::ItIdentityCard => fits_one(&["2a7n", "7n2a", "2a5n2a"], text),
        SouthEuropeanId::ItPassport => fits("2a7n", text),
        SouthEuropeanId::ItDriverLicense => it_driver_license(text),
        SouthEuropeanId::GrAmka => gr_amka(text),
        SouthEuropeanId::GrTin => gr_tin(text),
    }
}

/// Real Decreto 1553/2005: the letter of the number modulo 23.
fn es_letter(number: u64) -> Option<u8> {
    at(b"TRWAGMYFPDXBNJZSQVHLCKE", u32::try_from(number % 23).unwrap_or(u32::MAX))
}

fn es_nif(text: &[u8]) -> bool {
    let Some((check, digits)) = text.split_last() else { return false };
    values::<8>(digits).is_some_and(|all| !is_same(&all) && es_letter(number(&all)) == Some(*check))
}

/// The same, with X, Y and Z for 0, 1 and 2.
fn es_nie(text: &[u8]) -> bool {
    let [first @ b'X'..=b'Z', digits @ .., check] = text else { return false };
    values::<7>(digits).is_some_and(|all| {
        let first = u64::from(first - b'X') * 10_000_000;
        es_letter(first + number(&all)) == Some(*check)
    })
}

/// Seguridad Social: province, number and, modulo 97, two check digits. A number under ten
/// millions stands without its leading 0.
fn es_nuss(text: &[u8]) -> bool {
    let Some([p1, p2, n1, n2, n3, n4, n5, n6, n7, n8, k1, k2]) = values::<12>(text) else {
        return false;
    };
    let province = u64::from(two(p1, p2));
    let serial = number(&[n1, n2, n3, n4, n5, n6, n7, n8]);
    let whole = match n1 {
        0 => province * 10_000_000 + serial,
        _ => province * 100_000_000 + serial,
    };
    matches!(province, 1..=53 | 66) && serial != 0 && u64::from(two(k1, k2)) == whole % 97
}

/// Autoridade Tributária: weights 9 to 2 modulo 11; 4 begins only the numbers of foreigners.
fn pt_nif(text: &[u8]) -> bool {
    let Some(all @ [first, second, .., check]) = values::<9>(text) else { return false };
    let wanted = match weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    first != 0 && (first != 4 || second == 5) && !is_same(&all) && check == wanted
}

/// Decreto ministeriale 345 of 2004: letters for digits where two persons would share a code.
const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";
/// What a character counts at an odd place, the first being odd.
const ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

fn it_fiscal_code(text: &[u8]) -> bool {
    let Ok(&[names @ .., y1, y2, month, d1, d2, town, t1, t2, t3, check]) =
        <&[u8; 16]>::try_from(text)
    else {
        return false;
    };
    let names: [u8; 6] = names;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        _ => OMOCODIA.iter().zip(0..).find(|(letter, _)| **letter == byte).map(|(_, n)| n),
    };
    let (Some(y1), Some(y2), Some(d1), Some(d2)) = (digit(y1), digit(y2), digit(d1), digit(d2))
    else {
        return false;
    };
    let month = b"ABCDEHLMPRST".iter().zip(1..).find(|(letter, _)| **letter == month);
    let counted = |(n, byte): (usize, &u8)| {
        let value = place(*byte).unwrap_or(0);
        match n % 2 {
            0 => usize::try_from(value).ok().and_then(|n| ODD.get(n)).copied().unwrap_or(0),
            _ => value,
        }
    };
    let sum: u32 = text.iter().take(15).enumerate().map(counted).sum();
    // A woman's day has 40 added.
    let born = |month: u32| is_day(two(y1, y2), month, two(d1, d2) % 40);
    names.iter().all(u8::is_ascii_uppercase)
        && month.is_some_and(|(_, month)| born(month))
        && town.is_ascii_uppercase()
        && [t1, t2, t3].iter().all(|byte| digit(*byte).is_some())
        && check.is_ascii_uppercase()
        && place(check) == Some(sum % 26)
}

/// Agenzia delle Entrate: serial, office, and a digit by Luhn.
fn it_vat_code(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"IT").unwrap_or(text);
    let Some(all @ [n1, n2, n3, n4, n5, n6, n7, o1, o2, o3, _]) = values::<11>(digits) else {
        return false;
    };
    let office = matches!(number(&[o1, o2, o3]), 1..=100 | 120 | 121 | 888 | 999);
    number(&[n1, n2, n3, n4, n5, n6, n7]) != 0 && office && is_luhn(&all) && !is_same(&all)
}

/// A letter pair or U1, and a letter at the end.
fn it_driver_license(text: &[u8]) -> bool {
    let unified = text.starts_with(b"U1") && fits("2c7c1a", text);
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    (unified && digits > 3) || fits("2a7n1a", text)
}

/// IDIKA: birth date, order, Luhn.
fn gr_amka(text: &[u8]) -> bool {
    values::<11>(text).is_some_and(|all @ [d1, d2, m1, m2, y1, y2, ..]| {
        is_day(two(y1, y2), two(m1, m2), two(d1, d2)) && is_luhn(&all)
    })
}

/// AADE: powers of two modulo 11 modulo 10.
fn gr_tin(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"EL").unwrap_or(text);
    let Some(all @ [.., check]) = values::<9>(digits) else { return false };
    let sum = weighted(&all, &[256, 128, 64, 32, 16, 8, 4, 2]);
    !is_same(&all) && sum % 11 % 10 == check
}
