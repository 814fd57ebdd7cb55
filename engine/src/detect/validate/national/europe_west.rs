//! Numbers of the British Isles, Germany, Austria, France and the Low Countries.
//! Never asks whether a number was given out.

use crate::detect::validate::check::{
    at, fits, fits_one, is_date, is_day, is_luhn, is_mod_11_10, is_same, is_verhoeff, number, two,
    value, values, weighted,
};
use crate::model::WestEuropeanId;

pub(super) fn accept(id: WestEuropeanId, text: &[u8]) -> bool {
    match id {
        WestEuropeanId::UkNino => uk_nino(text),
        WestEuropeanId::UkUtr => uk_utr(text),
        WestEuropeanId::UkDrivingLicence => uk_driving_licence(text),
        WestEuropeanId::UkPassport => fits_one(&["9n", "2a7n"], text) && is_varied(text),
        WestEuropeanId::UkPostcode => uk_postcode(text),
        WestEuropeanId::UkVehicleRegistration => uk_vehicle_registration(text),
        WestEuropeanId::IePps => ie_pps(text),
        WestEuropeanId::DeTaxId => de_tax_id(text),
        WestEuropeanId::DeTaxNumber => de_tax_number(text),
        WestEuropeanId::DeIdCard => de_document(text, b"LMNPRTVWXY"),
        WestEuropeanId::DePassport => de_document(text, b"CFGHJK"),
        WestEuropeanId::DeSocialSecurity => de_social_security(text),
        WestEuropeanId::DeVatId => de_vat_id(text),
        WestEuropeanId::DeDrivingLicence => de_driving_licence(text),
        WestEuropeanId::DePostcode => de_postcode(text),
        WestEuropeanId::DeVehicleRegistration => de_vehicle_registration(text),
        WestEuropeanId::AtSsn => at_ssn(text),
        WestEuropeanId::FrNir => fr_nir(text),
        WestEuropeanId::FrNif => fr_nif(text),
        WestEuropeanId::NlBsn => nl_bsn(text),
        WestEuropeanId::BeNrn => be_nrn(text),
        WestEuropeanId::LuNin => lu_nin(text),
    }
}

/// Whether the digits are not all alike.
fn is_varied(text: &[u8]) -> bool {
    let mut digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let first = digits.next();
    digits.any(|digit| Some(digit) != first)
}

/// HMRC, National Insurance Manual NIM39110: letters and prefixes that are not used.
fn uk_nino(text: &[u8]) -> bool {
    let [first, second, .., suffix] = text else { return false };
    let prefix = [*first, *second];
    fits("2a6n1a", text)
        && !b"DFIQUV".contains(first)
        && !b"DFIOQUV".contains(second)
        && (b'A'..=b'D').contains(suffix)
        && ![*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"].contains(&prefix)
}

/// HMRC, UTR check digit: the first digit, weights modulo 11.
fn uk_utr(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"K").unwrap_or(text);
    let Some([check, rest @ ..]) = values::<10>(text) else { return false };
    let sum = weighted(&rest, &[6, 7, 8, 9, 10, 5, 4, 3, 2]);
    !is_same(&rest) && at(b"21987654321", sum % 11).and_then(value) == Some(check)
}

/// DVLA, driver number: five of the surname, decade, month, day and year of birth, initials.
fn uk_driving_licence(text: &[u8]) -> bool {
    let Some((name, rest)) = text.split_at_checked(5) else { return false };
    let Some((date, rest)) = rest.split_at_checked(6) else { return false };
    let letters = name.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let Some([decade, m1, m2, d1, d2, year]) = values::<6>(date) else { return false };
    // A woman's month has 5 added to its first digit.
    let month = two(m1 % 5, m2);
    let [i1, i2, ..] = rest else { return false };
    let initial = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'9';
    letters > 0
        && name.iter().skip(letters).all(|byte| *byte == b'9')
        && m1 < 7
        && is_day(two(decade, year), month, two(d1, d2))
        && initial(i1)
        && initial(i2)
        && !(*i1 == b'9' && *i2 != b'9')
        // Behind the check letters may stand the number of issues.
        && fits_one(&["2c1n2a", "2c1n2a2n"], rest)
}

/// Royal Mail: the areas. Sorted.
const UK_AREAS: [&str; 124] = [
    "AB", "AL", "B", "BA", "BB", "BD", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH",
    "CM", "CO", "CR", "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E",
    "EC", "EH", "EN", "EX", "FK", "FY", "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP", "HR", "HS",
    "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT", "KW", "KY", "L", "LA", "LD", "LE", "LL",
    "LN", "LS", "LU", "M", "ME", "MK", "ML", "N", "NE", "NG", "NN", "NP", "NR", "NW", "OL", "OX",
    "PA", "PE", "PH", "PL", "PO", "PR", "RG", "RH", "RM", "S", "SA", "SE", "SG", "SK", "SL", "SM",
    "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY", "TA", "TD", "TF", "TN", "TQ", "TR", "TS", "TW",
    "UB", "W", "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE",
];

/// Royal Mail, PAF Programmers' Guide: area and district, then a digit and two letters.
fn uk_postcode(text: &[u8]) -> bool {
    const NOT_INWARD: &[u8] = b"CIKMOV";
    let Some((outward, [digit, inward @ ..])) =
        text.len().checked_sub(3).and_then(|n| text.split_at_checked(n))
    else {
        return false;
    };
    let letters = outward.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let (area, district) = outward.split_at(letters);
    let known = UK_AREAS.binary_search_by(|known| known.as_bytes().cmp(area)).is_ok();
    known
        && fits_one(&["1n", "2n", "1n1a"], district)
        && digit.is_ascii_digit()
        && inward.iter().all(|byte| byte.is_ascii_uppercase() && !NOT_INWARD.contains(byte))
}

/// DVLA, INF104: marks since 2001, and those with a letter for the year at an end.
fn uk_vehicle_registration(text: &[u8]) -> bool {
    const SHAPES: [&str; 7] =
        ["2a2n3a", "1a1n3a", "1a2n3a", "1a3n3a", "3a1n1a", "3a2n1a", "3a3n1a"];
    let [first, .., last] = text else { return false };
    let newer = text.len() == 7 && fits("2a2n3a", text);
    let letters = || text.iter().filter(|byte| byte.is_ascii_alphabetic());
    fits_one(&SHAPES, text)
        && !letters().any(|letter| matches!(letter, b'I' | b'Q'))
        // `Z` is Northern Ireland's, and no letter of a year.
        && (newer || (*first != b'Z' && *last != b'Z'))
}

/// Department of Social Protection: weights modulo 23, the second letter counted nine times.
fn ie_pps(text: &[u8]) -> bool {
    let Some((digits, letters)) = text.split_at_checked(7) else { return false };
    let Some(all) = values::<7>(digits) else { return false };
    let (check, second) = match letters {
        [check] => (check, 0),
        [check, b'W'] => (check, 0),
        [check, second @ b'A'..=b'I'] => (check, u32::from(second - b'A') + 1),
        _ => return false,
    };
    let sum = weighted(&all, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second;
    !is_same(&all) && at(b"WABCDEFGHIJKLMNOPQRSTUV", sum % 23) == Some(*check)
}

/// Steueridentifikationsnummerverordnung: ISO 7064, and one of the first ten digits twice or
/// three times, the others once.
fn de_tax_id(text: &[u8]) -> bool {
    let Some(all @ [first, ..]) = values::<11>(text) else { return false };
    let [head @ .., _] = all;
    let mut repeated = (0..10_u32)
        .map(|digit| head.iter().filter(|value| **value == digit).count())
        .filter(|count| *count > 1);
    let once = matches!((repeated.next(), repeated.next()), (Some(2 | 3), None));
    let thrice = head.windows(3).any(is_same);
    first != 0 && once && !thrice && is_mod_11_10(&all)
}

/// ELSTER, Steuernummern: ten or eleven digits as a state writes them, or thirteen of all states.
fn de_tax_number(text: &[u8]) -> bool {
    const STATES: [u32; 14] = [10, 11, 21, 22, 23, 24, 26, 27, 28, 30, 31, 32, 40, 41];
    if let Some(all @ [s1, s2, _, _, zero, ..]) = values::<13>(text) {
        let known = STATES.contains(&two(s1, s2)) || matches!(s1, 5 | 9);
        return known && zero == 0 && !is_same(&all);
    }
    fits_one(&["10n", "11n"], text) && is_varied(text)
}

/// ICAO Doc 9303 with letters that are not mistaken: nine characters, and behind them perhaps
/// their check digit.
fn de_document(text: &[u8], first: &[u8]) -> bool {
    let known = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    let Some((serial, check)) = text.split_at_checked(9) else { return false };
    let products = serial.iter().zip([7, 3, 1].iter().cycle());
    let sum: u32 = products.map(|(byte, weight)| value(*byte).unwrap_or(0) * weight).sum();
    let checked = match check {
        [] => true,
        [check] => check.is_ascii_digit() && value(*check) == Some(sum % 10),
        _ => false,
    };
    serial.first().is_some_and(|byte| first.contains(byte))
        && serial.iter().all(known)
        && serial.iter().any(u8::is_ascii_digit)
        && checked
}

/// Versicherungsnummern-, Kontoführungs- und Versicherungsverlaufsverordnung, § 2: area, birth
/// date, initial, serial, and the sums of digits of weighted digits modulo 10.
fn de_social_security(text: &[u8]) -> bool {
    let Ok(&[a1, a2, d1, d2, m1, m2, y1, y2, letter @ b'A'..=b'Z', n1, n2, check]) =
        <&[u8; 12]>::try_from(text)
    else {
        return false;
    };
    let initial = u32::from(letter - b'A') + 1;
    let Some([a1, a2, d1, d2, m1, m2, y1, y2, n1, n2, check]) =
        values::<11>(&[a1, a2, d1, d2, m1, m2, y1, y2, n1, n2, check])
    else {
        return false;
    };
    let all = [a1, a2, d1, d2, m1, m2, y1, y2, initial / 10, initial % 10, n1, n2];
    let products = all.iter().zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    let sum: u32 = products.map(|(value, weight)| value * weight).map(|n| n / 10 + n % 10).sum();
    // Where a day has too many births, 50 is added to it.
    two(a1, a2) > 1 && is_day(two(y1, y2), two(m1, m2), two(d1, d2) % 50) && sum % 10 == check
}

/// Bundeszentralamt für Steuern: DE and nine digits, ISO 7064.
fn de_vat_id(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"DE").and_then(values::<9>);
    digits.is_some_and(|all @ [first, ..]| first != 0 && is_mod_11_10(&all))
}

/// Fahrerlaubnis-Verordnung, Anlage 8: weights 9 to 1 modulo 11, letters as 10 to 35, X for 10;
/// behind it the number of issues.
fn de_driving_licence(text: &[u8]) -> bool {
    let Ok(bytes) = <&[u8; 11]>::try_from(text) else { return false };
    let [_, o1, o2, .., check, _] = bytes;
    let all = bytes.map(|byte| value(byte).unwrap_or(0));
    let sum = weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    o1.is_ascii_digit()
        && o2.is_ascii_digit()
        && digits < 11
        && at(b"0123456789X", sum % 11) == Some(*check)
}

/// Deutsche Post: 01001 to 99998.
fn de_postcode(text: &[u8]) -> bool {
    values::<5>(text).is_some_and(|all| (1001..=99_998).contains(&number(&all)))
}

/// Fahrzeug-Zulassungsverordnung, Anlage 1: no number begins with 0, and eight characters at most.
fn de_vehicle_registration(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let first = text.get(letters);
    let rest = text.get(letters..).unwrap_or_default();
    (2..=5).contains(&letters)
        && text.len() <= 8
        && first.is_some_and(|digit| *digit != b'0')
        && fits_one(&["1n", "2n", "3n", "4n", "1n1a", "2n1a", "3n1a"], rest)
}

/// Hauptverband der Sozialversicherungsträger: serial, check digit modulo 11, birth date. Months
/// up to 15 are given where a day has too many births.
fn at_ssn(text: &[u8]) -> bool {
    let Some(all @ [first, _, _, check, d1, d2, m1, m2, y1, y2]) = values::<10>(text) else {
        return false;
    };
    let month = two(m1, m2);
    let day = is_day(two(y1, y2), month, two(d1, d2))
        || (13..=15).contains(&month) && (1..=31).contains(&two(d1, d2));
    first != 0 && day && weighted(&all, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == check
}

/// INSEE: sex, year, month and place of birth, order; 97 less the rest modulo 97. The
/// departments 2A and 2B count as 19 and 18.
fn fr_nir(text: &[u8]) -> bool {
    let Ok(bytes) = <&[u8; 15]>::try_from(text) else { return false };
    let mut digits = *bytes;
    let [_, _, _, _, _, d1, d2, ..] = &mut digits;
    match (*d1, *d2) {
        (b'2', b'A') => (*d1, *d2) = (b'1', b'9'),
        (b'2', b'B') => (*d1, *d2) = (b'1', b'8'),
        _ => {}
    }
    let Some(all @ [sex, _, _, m1, m2, d1, d2, .., o1, o2, o3, k1, k2]) = values::<15>(&digits)
    else {
        return false;
    };
    let [head @ .., _, _] = all;
    let department = two(d1, d2);
    matches!(sex, 1..=4 | 7 | 8)
        && matches!(two(m1, m2), 1..=12 | 20 | 30..=42)
        && department != 0
        && (o1, o2, o3) != (0, 0, 0)
        && u64::from(two(k1, k2)) == 97 - number(&head) % 97
}

/// Direction générale des Finances publiques: the last three digits are the first ten modulo 511.
fn fr_nif(text: &[u8]) -> bool {
    let Some(all @ [first, .., c1, c2, c3]) = values::<13>(text) else { return false };
    let [head @ .., _, _, _] = all;
    first < 4 && number(&head) != 0 && number(&head) % 511 == number(&[c1, c2, c3])
}

/// Rijksdienst voor Identiteitsgegevens: weights 9 to 2 and -1, modulo 11.
fn nl_bsn(text: &[u8]) -> bool {
    let Some(all @ [.., check]) = values::<9>(text) else { return false };
    !is_same(&all) && weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == check
}

/// Rijksregister: birth date, order, 97 less the rest modulo 97; from 2000 on with a 2 before it.
/// Months of foreigners have 20 or 40 added.
fn be_nrn(text: &[u8]) -> bool {
    let Some(all @ [y1, y2, m1, m2, d1, d2, .., k1, k2]) = values::<11>(text) else {
        return false;
    };
    let [head @ .., _, _] = all;
    let key = u64::from(two(k1, k2));
    let (year, month, day) = (two(y1, y2), two(m1, m2) % 20, two(d1, d2));
    // Where the day of birth is unknown, it is 0.
    let born = is_day(year, month, day) || (day == 0 && month <= 12);
    let of_2000 = year < 40 && key == 97 - (2_000_000_000 + number(&head)) % 97;
    two(m1, m2) <= 52 && born && (key == 97 - number(&head) % 97 || of_2000)
}

/// Centre des technologies de l'information de l'État: birth date, order, a digit by Luhn, and
/// one by Verhoeff over the same digits.
fn lu_nin(text: &[u8]) -> bool {
    let Some([y1, y2, y3, y4, m1, m2, d1, d2, n1, n2, n3, luhn, verhoeff]) = values::<13>(text)
    else {
        return false;
    };
    let year = two(y1, y2) * 100 + two(y3, y4);
    let head = [y1, y2, y3, y4, m1, m2, d1, d2, n1, n2, n3];
    let with = |check: u32| {
        let [y1, y2, y3, y4, m1, m2, d1, d2, n1, n2, n3] = head;
        [y1, y2, y3, y4, m1, m2, d1, d2, n1, n2, n3, check]
    };
    (1850..2100).contains(&year)
        && is_date(year, two(m1, m2), two(d1, d2))
        && is_luhn(&with(luhn))
        && is_verhoeff(&with(verhoeff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_sorted() {
        assert!(UK_AREAS.is_sorted());
    }
}
