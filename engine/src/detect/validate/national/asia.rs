//! Numbers of Asia, Turkey included.
//! Never asks whether a number was given out.

use crate::detect::validate::check::{
    at, fits, fits_one, is_date, is_day, is_same, is_verhoeff, two, value, values, weighted,
};
use crate::model::AsianId;

pub(super) fn accept(id: AsianId, text: &[u8]) -> bool {
    match id {
        AsianId::InAadhaar => in_aadhaar(text),
        AsianId::InPan => in_pan(text),
        AsianId::InGstin => in_gstin(text),
        AsianId::InVoter => fits("3a7n", text),
        AsianId::InPassport => in_passport(text),
        AsianId::InVehicleRegistration => in_vehicle_registration(text),
        AsianId::SgNricFin => sg_nric_fin(text),
        AsianId::SgUen => sg_uen(text),
        AsianId::ThTnin => th_tnin(text),
        AsianId::KrRrn => kr_registration(text, 11, |kind| matches!(kind, 0..=4 | 9)),
        AsianId::KrFrn => kr_registration(text, 13, |kind| matches!(kind, 5..=8)),
        AsianId::KrBrn => kr_brn(text),
        AsianId::KrPassport => kr_passport(text),
        AsianId::KrDriverLicense => kr_driver_license(text),
        AsianId::CnResidentId => cn_resident_id(text),
        AsianId::TrNationalId => tr_national_id(text),
        AsianId::TrLicensePlate => tr_license_plate(text),
        AsianId::PhTin => ph_tin(text),
    }
}

/// Unique Identification Authority of India: begins with 2 to 9, Verhoeff, no palindrome.
fn in_aadhaar(text: &[u8]) -> bool {
    let Some(all @ [first, ..]) = values::<12>(text) else { return false };
    let palindrome = all.iter().eq(all.iter().rev());
    first > 1 && !palindrome && is_verhoeff(&all)
}

/// Income Tax Department: the fourth letter is the kind of holder.
fn in_pan(text: &[u8]) -> bool {
    let kind = text.get(3).is_some_and(|kind| b"ABCFGHJLPT".contains(kind));
    kind && fits("5a4n1a", text) && !text.ends_with(b"0000") && text.get(5..9) != Some(b"0000")
}

/// Goods and Services Tax Network: state, the holder's PAN, count, Z, and a check character
/// by Luhn modulo 36.
fn in_gstin(text: &[u8]) -> bool {
    let Some((&[s1, s2], rest)) = text.split_first_chunk::<2>() else { return false };
    let Some((pan, &[count, b'Z', check])) = rest
        .split_at_checked(10)
        .map(|(pan, rest)| (pan, <&[u8; 3]>::try_from(rest).unwrap_or(&[0; 3])))
    else {
        return false;
    };
    let Some([s1, s2]) = values::<2>(&[s1, s2]) else { return false };
    let factors = [1, 2].iter().cycle();
    let products = text.iter().take(14).zip(factors).map(|(byte, n)| value(*byte).unwrap_or(0) * n);
    let sum: u32 = products.map(|product| product / 36 + product % 36).sum();
    matches!(two(s1, s2), 1..=38 | 97 | 99)
        && in_pan(pan)
        && count != b'0'
        && value(check) == Some((36 - sum % 36) % 36)
}

/// Ministry of External Affairs: a letter, and seven digits of which the first and last are not 0.
fn in_passport(text: &[u8]) -> bool {
    let [letter, first, .., last] = text else { return false };
    fits("1a7n", text) && !b"QXZ".contains(letter) && *first != b'0' && *last != b'0'
}

/// Codes of states and territories, BH for all of India. Sorted.
const IN_STATES: [&[u8; 2]; 41] = [
    b"AN", b"AP", b"AR", b"AS", b"BH", b"BR", b"CG", b"CH", b"DD", b"DL", b"DN", b"GA", b"GJ",
    b"HP", b"HR", b"JH", b"JK", b"KA", b"KL", b"LA", b"LD", b"MH", b"ML", b"MN", b"MP", b"MZ",
    b"NL", b"OD", b"OR", b"PB", b"PY", b"RJ", b"SK", b"TG", b"TN", b"TR", b"TS", b"UA", b"UK",
    b"UP", b"WB",
];

/// Central Motor Vehicles Rules, 1989, rule 50: state, district, series, number; and the series
/// of all of India, which begins with the year.
fn in_vehicle_registration(text: &[u8]) -> bool {
    const SHAPES: [&str; 9] = [
        "2a1n1a4n", "2a1n2a4n", "2a1n3a4n", "2a2n4n", "2a2n1a4n", "2a2n2a4n", "2a2n3a4n",
        "2n2a4n1a", "2n2a4n2a",
    ];
    let state = |at: usize| {
        text.get(at..at + 2)
            .and_then(|state| <&[u8; 2]>::try_from(state).ok())
            .is_some_and(|state| IN_STATES.binary_search(&state).is_ok())
    };
    let of_india = text.get(2..4) == Some(b"BH");
    fits_one(&SHAPES, text) && (state(0) || of_india)
}

/// Immigration and Checkpoints Authority: kind, weights modulo 11, a table of letters for each
/// kind.
fn sg_nric_fin(text: &[u8]) -> bool {
    let [kind, digits @ .., check] = text else { return false };
    let (offset, table) = match kind {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    values::<7>(digits).is_some_and(|all| {
        at(table, (weighted(&all, &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11) == Some(*check)
    })
}

/// Accounting and Corporate Regulatory Authority: businesses, companies, and all others.
fn sg_uen(text: &[u8]) -> bool {
    let Some((check, head)) = text.split_last() else { return false };
    if let Some(all) = values::<8>(head) {
        let sum = weighted(&all, &[10, 4, 9, 3, 8, 2, 7, 1]);
        return at(b"XMKECAWLJDB", sum % 11) == Some(*check);
    }
    if let Some(all @ [y1, y2, ..]) = values::<9>(head) {
        let sum = weighted(&all, &[10, 8, 6, 4, 9, 7, 5, 3, 1]);
        let year = matches!(two(y1, y2), 18..=20);
        return year && at(b"ZKCMDNERGWH", sum % 11) == Some(*check);
    }
    const RANKS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    let rank =
        |byte: &u8| RANKS.iter().zip(0..).find(|(known, _)| *known == byte).map_or(0, |(_, n)| n);
    let products = head.iter().zip([4, 3, 5, 3, 10, 2, 2, 5, 7]);
    let sum: u32 = products.map(|(byte, weight)| rank(byte) * weight).sum();
    let kind = text.first().is_some_and(|kind| b"RST".contains(kind));
    kind && fits("1a2n2a4n1a", text) && at(RANKS, (sum + 6) % 11) == Some(*check)
}

/// Department of Provincial Administration: weights 13 to 2, 11 less the rest modulo 11.
fn th_tnin(text: &[u8]) -> bool {
    let Some(all @ [first, .., check]) = values::<13>(text) else { return false };
    let sum = weighted(&all, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    first != 0 && !is_same(&all) && (11 - sum % 11) % 10 == check
}

/// Resident Registration Act: birth date, sex and century, weights modulo 11. Since October 2020
/// the last six digits say nothing, so that the check digit is asked of the earlier born alone.
fn kr_registration(text: &[u8], base: u32, is_kind: impl Fn(u32) -> bool) -> bool {
    let Some(all @ [y1, y2, m1, m2, d1, d2, kind, .., check]) = values::<13>(text) else {
        return false;
    };
    let sum = weighted(&all, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let (year, month, day) = (two(y1, y2), two(m1, m2), two(d1, d2));
    let random = matches!(kind, 3 | 4 | 7 | 8) && two(y1, y2) * 100 + month >= 2010;
    is_kind(kind) && is_day(year, month, day) && (random || (base - sum % 11) % 10 == check)
}

/// National Tax Service: weights modulo 10, the last product with its tens.
fn kr_brn(text: &[u8]) -> bool {
    let Some(all @ [n1, n2, n3, .., n9, check]) = values::<10>(text) else { return false };
    let sum = weighted(&all, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + n9 * 5 / 10;
    two(n1, n2) * 10 + n3 > 100 && !is_same(&all) && (10 - sum % 10) % 10 == check
}

/// Ministry of Foreign Affairs: kind and eight digits, since 2020 a letter among them.
fn kr_passport(text: &[u8]) -> bool {
    let kind = text.first().is_some_and(|kind| b"MSRODG".contains(kind));
    kind && fits_one(&["1a8n", "1a3n1a4n"], text)
}

/// Korean National Police: office 11 to 28, year, serial, check, count of issues.
fn kr_driver_license(text: &[u8]) -> bool {
    values::<12>(text)
        .is_some_and(|all @ [o1, o2, ..]| matches!(two(o1, o2), 11..=26 | 28) && !is_same(&all))
}

/// GB 11643-1999: region, birth date, order, ISO/IEC 7064 MOD 11-2 with X for 10.
fn cn_resident_id(text: &[u8]) -> bool {
    let Some((head, [check])) = text.split_at_checked(17) else { return false };
    let Some(all @ [r1, r2, _, _, _, _, y1, y2, y3, y4, m1, m2, d1, d2, ..]) = values::<17>(head)
    else {
        return false;
    };
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let year = two(y1, y2) * 100 + two(y3, y4);
    matches!(two(r1, r2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
        && (1850..2100).contains(&year)
        && is_date(year, two(m1, m2), two(d1, d2))
        && at(b"10X98765432", weighted(&all, &WEIGHTS) % 11) == Some(*check)
}

/// Nüfus ve Vatandaşlık İşleri: two check digits over the places at odds and evens.
fn tr_national_id(text: &[u8]) -> bool {
    let Some(all @ [first, .., tenth, eleventh]) = values::<11>(text) else { return false };
    let [head @ .., _] = all;
    let odd: u32 = all.iter().step_by(2).take(5).sum();
    let even: u32 = all.iter().skip(1).step_by(2).take(4).sum();
    // 9 times even is the same as taking it away, modulo 10.
    first != 0
        && (odd * 7 + even * 9) % 10 == tenth
        && head.iter().sum::<u32>() % 10 == eleventh
        && !is_same(&all)
}

/// Karayolları Trafik Yönetmeliği: province 01 to 81, letters, and the fewer digits the more
/// letters.
fn tr_license_plate(text: &[u8]) -> bool {
    const SHAPES: [&str; 6] = ["2n1a4n", "2n1a5n", "2n2a3n", "2n2a4n", "2n3a2n", "2n3a3n"];
    let Some((province, rest)) = text.split_at_checked(2) else { return false };
    let province = values::<2>(province).is_some_and(|[p1, p2]| (1..=81).contains(&two(p1, p2)));
    province && fits_one(&SHAPES, text) && !rest.iter().any(|byte| b"QWX".contains(byte))
}

/// Bureau of Internal Revenue: nine digits, and three or five of a branch.
fn ph_tin(text: &[u8]) -> bool {
    let Some((head, _)) = text.split_at_checked(9) else { return false };
    fits_one(&["9n", "12n", "14n"], text) && values::<9>(head).is_some_and(|all| !is_same(&all))
}
