//! Numbers of telephones, their cards, vehicles and network adapters: 3GPP TS 23.003, ITU-T E.118
//! and E.212, ISO 3779, IEEE 802. Never asks whether a device was made.

use super::{digits, follows_uuid_groups, luhn, number};

/// Fifteen digits with Luhn; no number whose digits are all alike.
pub(super) fn accept_imei(before: &[u8], candidate: &[u8]) -> bool {
    digits(candidate).count() == 15
        && luhn::is_luhn(digits(candidate))
        && !is_same(candidate)
        && !follows_uuid_groups(before)
}

/// 89 for telecommunications, country, issuer, account; Luhn, as E.118 has it.
pub(super) fn accept_iccid(before: &[u8], candidate: &[u8]) -> bool {
    let count = digits(candidate).count();
    (19..=20).contains(&count)
        && number(digits(candidate), 2) == 89
        && luhn::is_luhn(digits(candidate))
        // Countries with one digit are written with a 0 before it.
        && number(digits(candidate).skip(2), 2) != 0
        && !follows_uuid_groups(before)
}

/// A mobile country code, network and subscriber: no check digit, so that it needs its name.
pub(super) fn accept_imsi(before: &[u8], candidate: &[u8]) -> bool {
    let country = number(digits(candidate), 3);
    digits(candidate).count() == 15
        && matches!(country, 202..=750 | 901)
        && digits(candidate).skip(5).any(|digit| Some(digit) != digits(candidate).nth(5))
        && !follows_uuid_groups(before)
}

/// Seventeen characters without I, O and Q; the ninth is the weighted sum modulo 11 (49 CFR
/// 565.15). European vehicles need not keep to it, and are not found without it.
pub(super) fn accept_vin(before: &[u8], candidate: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let values = candidate.iter().map(|byte| transliterated(byte.to_ascii_uppercase()));
    let sum: u32 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let check = match sum % 11 {
        10 => b'X',
        rest => u8::try_from(rest).unwrap_or(0) + b'0',
    };
    let letters = candidate.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    // A number in hex is no vehicle, nor is one with a letter before it.
    let hex = candidate.iter().skip(1).all(u8::is_ascii_hexdigit);
    candidate.len() == 17
        && !hex
        && candidate.first() != Some(&b'0')
        && candidate.get(8).map(u8::to_ascii_uppercase) == Some(check)
        && candidate.iter().rev().take(4).all(u8::is_ascii_digit)
        && (2..=13).contains(&letters)
        && !follows_uuid_groups(before)
}

fn transliterated(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'R' => u32::from(byte - b'J') + 1,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => 0,
    }
}

/// Six pairs or three groups of four, one separator; not nobody's and not everybody's, and not
/// the end of a longer address.
pub(super) fn accept_mac(before: &[u8], candidate: &[u8]) -> bool {
    let separator = candidate.iter().find(|byte| !byte.is_ascii_hexdigit());
    let hex = || candidate.iter().filter(|byte| byte.is_ascii_hexdigit());
    let all = |of: u8| hex().all(|byte| byte.eq_ignore_ascii_case(&of));
    // A pair of hex digits and the same separator before: one of more than six.
    let group = before.split_last().filter(|(last, _)| Some(*last) == separator);
    let longer = group.is_some_and(|(_, rest)| {
        let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric());
        let (count, hex) = digits
            .fold((0, true), |(count, hex), byte| (count + 1, hex && byte.is_ascii_hexdigit()));
        count == 2 && hex
    });
    hex().count() == 12 && !all(b'0') && !all(b'F') && !longer
}

/// The hex digits or letters and digits alone, in capitals.
pub(super) fn canonical(candidate: &[u8]) -> impl Iterator<Item = u8> + '_ {
    candidate.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase)
}

fn is_same(candidate: &[u8]) -> bool {
    let first = digits(candidate).next();
    digits(candidate).all(|digit| Some(digit) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_devices() {
        // 3GPP TS 23.003 and 49 CFR 565 give the first of each as an example.
        let imei = |text: &str| accept_imei(b"", text.as_bytes());
        assert!(imei("490154203237518") && imei("35-209900-176148-1"));
        assert!(!imei("490154203237519") && !imei("000000000000000") && !imei("49015420323751"));
        let iccid = |text: &str| accept_iccid(b"", text.as_bytes());
        assert!(iccid("8944123400000012349") && iccid("89490200001234567892"));
        assert!(iccid("8901260222193658412") && !iccid("8900123400000012341"));
        assert!(!iccid("8944123400000012348") && !iccid("8844123400000012349"));
        let imsi = |text: &str| accept_imsi(b"", text.as_bytes());
        assert!(imsi("310150123456789") && !imsi("110150123456789") && !imsi("310150000000000"));
        let vin = |text: &str| accept_vin(b"", text.as_bytes());
        assert!(vin("1M8GDM9AXKP042788") && vin("5yj3e1ea0kf000316"));
        assert!(
            !vin("1M8GDM9A0KP042788")
                && !vin("11111111111111111")
                && !vin("0x3FF000000000000")
                && !vin("000000003f8000000")
                && !vin("0a1b2c3d4e5f60000")
                && !vin("1M8GDM9AXKP04278A")
        );
        let mac = |text: &str| accept_mac(b"", text.as_bytes());
        assert!(mac("00:1b:44:11:3a:b7") && mac("001b.4411.3ab7"));
        assert!(!mac("ff:ff:ff:ff:ff:ff") && !mac("00:00:00:00:00:00"));
        assert!(!accept_mac(b" aa:", b"00:1b:44:11:3a:b7"));
        assert!(accept_mac(b"mac:", b"00:1b:44:11:3a:b7"));
    }
}
