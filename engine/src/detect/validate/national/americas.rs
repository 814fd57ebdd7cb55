//! Numbers of North and South America.
//! Never asks whether a number was given out.

use crate::detect::validate::check::{
    at, fits_one, is_day, is_luhn, is_same, place, two, value, values, weighted,
};
use crate::model::AmericanId;

pub(super) fn accept(id: AmericanId, text: &[u8]) -> bool {
    match id {
        AmericanId::UsItin => us_itin(text),
        AmericanId::UsEin => us_ein(text),
        AmericanId::UsPassport => fits_one(&["9n", "1a8n"], text) && is_varied(text),
        AmericanId::UsDriverLicense => fits_one(&US_LICENSES, text) && is_varied(text),
        AmericanId::CaSin => ca_sin(text),
        AmericanId::BrCpf => br_cpf(text),
        AmericanId::BrCnpj => br_cnpj(text),
        AmericanId::MxCurp => mx_curp(text),
        AmericanId::ArCuit => ar_cuit(text),
        AmericanId::ClRut => cl_rut(text),
        AmericanId::CoNit => co_nit(text),
    }
}

/// Whether the digits are not all alike.
fn is_varied(text: &[u8]) -> bool {
    let mut digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let first = digits.next();
    digits.any(|digit| Some(digit) != first)
}

/// IRS Publication 1915: begins with 9, and the fourth and fifth digit are of a few groups.
fn us_itin(text: &[u8]) -> bool {
    let Some([9, _, _, tens, ones, ..]) = values::<9>(text) else { return false };
    matches!(two(tens, ones), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// IRS, how EINs are assigned: the prefixes of campuses and of the Internet.
fn us_ein(text: &[u8]) -> bool {
    let Some([tens, ones, rest @ ..]) = values::<9>(text) else { return false };
    let given = matches!(
        two(tens, ones),
        1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99
    );
    given && !is_same(&rest)
}

/// The forms of the states and the District of Columbia.
const US_LICENSES: [&str; 24] = [
    "7n", "8n", "9n", "10n", "11n", "12n", "14n", "1a6n", "1a7n", "1a8n", "1a9n", "1a10n", "1a11n",
    "1a12n", "1a13n", "1a14n", "2a5n", "2a6n", "2a6n1a", "2a7n", "3a6n", "2n3a5n", "3n2a4n",
    "7n1a",
];

/// Service Canada: Luhn; 0 and 8 do not begin a number of a person.
fn ca_sin(text: &[u8]) -> bool {
    values::<9>(text).is_some_and(|all @ [first, ..]| {
        first != 0 && first != 8 && is_luhn(&all) && !is_same(&all)
    })
}

/// Receita Federal: two check digits modulo 11 over what is before them.
fn br_cpf(text: &[u8]) -> bool {
    let Some(all @ [.., first, second]) = values::<11>(text) else { return false };
    let check = |weights: &[u32]| match weighted(&all, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    !is_same(&all)
        && first == check(&[10, 9, 8, 7, 6, 5, 4, 3, 2])
        && second == check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// Receita Federal, Instrução Normativa 2229/2024: the same with letters, which count as their
/// ASCII code less 48.
fn br_cnpj(text: &[u8]) -> bool {
    let Ok(bytes) = <&[u8; 14]>::try_from(text) else { return false };
    let all = bytes.map(|byte| u32::from(byte.saturating_sub(b'0')));
    let [.., first, second] = all;
    let check = |weights: &[u32]| match weighted(&all, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    !is_same(&all)
        && first == check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
        && second == check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// The states of birth, and NE for abroad. Sorted.
const MX_STATES: [&[u8; 2]; 33] = [
    b"AS", b"BC", b"BS", b"CC", b"CH", b"CL", b"CM", b"CS", b"DF", b"DG", b"GR", b"GT", b"HG",
    b"JC", b"MC", b"MN", b"MS", b"NE", b"NL", b"NT", b"OC", b"PL", b"QR", b"QT", b"SL", b"SP",
    b"SR", b"TC", b"TL", b"TS", b"VZ", b"YN", b"ZS",
];

/// RENAPO, Instructivo Normativo: initials, birth date, sex, state, consonants, and a check digit
/// over an alphabet in which Ñ follows N.
fn mx_curp(text: &[u8]) -> bool {
    let Ok(&[i1, i2, i3, i4, y1, y2, m1, m2, d1, d2, sex, s1, s2, c1, c2, c3, _, check]) =
        <&[u8; 18]>::try_from(text)
    else {
        return false;
    };
    let Some([y1, y2, m1, m2, d1, d2]) = values::<6>(&[y1, y2, m1, m2, d1, d2]) else {
        return false;
    };
    let weights = 2..=18_u32;
    let sum: u32 =
        text.iter().zip(weights.rev()).map(|(byte, weight)| weight * ranked(*byte)).sum();
    [i1, i2, i3, i4, c1, c2, c3].iter().all(u8::is_ascii_uppercase)
        && is_day(two(y1, y2), two(m1, m2), two(d1, d2))
        && matches!(sex, b'H' | b'M' | b'X')
        && MX_STATES.binary_search(&&[s1, s2]).is_ok()
        && value(check) == Some((10 - sum % 10) % 10)
}

/// The place in the alphabet of Spanish, after the digits.
fn ranked(byte: u8) -> u32 {
    let value = value(byte).unwrap_or(0);
    value + u32::from(byte > b'N')
}

/// AFIP, Resolución General 10/97: kind of person, weights modulo 11.
fn ar_cuit(text: &[u8]) -> bool {
    let Some(all @ [k1, k2, .., check]) = values::<11>(text) else { return false };
    let rest = weighted(&all, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let wanted = match rest {
        0 => 0,
        1 => 9,
        rest => 11 - rest,
    };
    matches!(two(k1, k2), 20 | 23..=27 | 30 | 33 | 34) && check == wanted
}

/// Registro Civil: weights 2 to 7 from the right, modulo 11, K for 10.
fn cl_rut(text: &[u8]) -> bool {
    let Some((check, digits)) = text.split_last() else { return false };
    if !matches!(digits.len(), 7 | 8) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weights = (2..=7_u32).cycle();
    let products = digits.iter().rev().zip(weights).map(|(byte, n)| n * place(*byte).unwrap_or(0));
    let varied = digits.iter().any(|digit| Some(digit) != digits.first());
    varied && Some(*check) == at(b"0K987654321", products.sum::<u32>() % 11)
}

/// DIAN, Orden Administrativa 4 of 1989: prime weights from the right, modulo 11.
fn co_nit(text: &[u8]) -> bool {
    const WEIGHTS: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let Some((check, digits)) = text.split_last() else { return false };
    if !matches!(digits.len(), 8..=10) || !text.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let products =
        digits.iter().rev().zip(WEIGHTS).map(|(byte, weight)| weight * place(*byte).unwrap_or(0));
    let varied = digits.iter().any(|digit| Some(digit) != digits.first());
    varied && Some(*check) == at(b"01987654321", products.sum::<u32>() % 11)
}
