//! Accounts, routing numbers and what stands on a card: ISO 9362, the routing number of the
//! American Bankers Association, the tracks of ISO/IEC 7813.
//! Never asks whether a bank or an account exists.

use super::{digits, follows_uuid_groups, luhn, number};

/// Countries and territories of ISO 3166-1, two letters each, and XK, which banks use.
const COUNTRIES: &[u8] = concat!(
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICK",
    "CLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGS",
    "GTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULV",
    "LYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPM",
    "PNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTN",
    "TOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW",
)
.as_bytes();

/// ISO 9362: four letters of the bank, the country, two of the place, perhaps three of a branch.
pub(super) fn accept_bic(candidate: &[u8]) -> bool {
    let country = candidate.get(4..6).unwrap_or_default();
    let (known, _) = COUNTRIES.as_chunks::<2>();
    matches!(candidate.len(), 8 | 11) && known.iter().any(|code| code == country)
}

/// Weights 3, 7 and 1 come to a multiple of ten, and the first two digits are of a district, a
/// thrift, an electronic payment or a traveller's cheque.
pub(super) fn accept_aba(before: &[u8], candidate: &[u8]) -> bool {
    let weights = [3, 7, 1, 3, 7, 1, 3, 7, 1];
    let values = digits(candidate).map(|digit| u32::from(digit.wrapping_sub(b'0')));
    let sum: u32 = values.zip(weights).map(|(value, weight)| value * weight).sum();
    let district = number(digits(candidate), 2);
    digits(candidate).count() == 9
        && sum > 0
        && sum.is_multiple_of(10)
        && matches!(district, 0..=12 | 21..=32 | 61..=72 | 80)
        && !follows_uuid_groups(before)
}

/// No check digit is specified: what speaks against it is one digit over and over, a date, and a
/// clock in milliseconds.
pub(super) fn accept_account(before: &[u8], candidate: &[u8]) -> bool {
    let count = candidate.len();
    let first = candidate.first();
    let year = number(digits(candidate), 4);
    let month = number(digits(candidate).skip(4), 2);
    let date = count == 8 && (1900..2100).contains(&year) && (1..=12).contains(&month);
    let clock = count == 13 && first == Some(&b'1');
    (8..=17).contains(&count)
        && !candidate.iter().all(|byte| Some(byte) == first)
        && !date
        && !clock
        && follows_word(before)
        && !follows_uuid_groups(before)
}

/// Track 1 begins with `%B`, track 2 with `;`. Behind the number stand the year and the month.
pub(super) fn accept_track(candidate: &[u8]) -> bool {
    let (pan, rest) = match candidate {
        [b'%', _, rest @ ..] => split(rest, b'^'),
        [b';', rest @ ..] => split(rest, b'='),
        _ => return false,
    };
    let dates = if candidate.first() == Some(&b'%') { split(rest, b'^').1 } else { rest };
    let month = number(dates.iter().skip(2).copied().filter(u8::is_ascii_digit), 2);
    (12..=19).contains(&pan.len())
        && pan.iter().all(u8::is_ascii_digit)
        && luhn::is_luhn(pan.iter().copied())
        && (1..=12).contains(&month)
}

/// A month and a year, which no third number follows or precedes.
pub(super) fn accept_expiry(before: &[u8], candidate: &[u8]) -> bool {
    let (month, year) = (number(digits(candidate), 2), number(digits(candidate).skip(2), 4));
    let part = matches!(before, [.., digit, b'/' | b'.'] if digit.is_ascii_digit());
    (1..=12).contains(&month) && (year < 100 || (2000..2100).contains(&year)) && !part
}

/// Digits that nothing but a name makes into something: those that fill a field, or stand behind
/// a word.
pub(super) fn accept_named(before: &[u8], candidate: &[u8]) -> bool {
    let first = digits(candidate).next();
    let same = digits(candidate).all(|digit| Some(digit) == first);
    let short = candidate.len() < 5;
    (!same || short) && follows_word(before) && (!short || follows_code_name(before))
}

/// What the word right before a verification number is or ends in: its name, a verb behind that,
/// or the number of its kind.
const CODE_NAMES: [&[u8]; 17] = [
    b"cvv",
    b"cvv2",
    b"cvc",
    b"cvc2",
    b"cvn",
    b"csc",
    b"code",
    b"value",
    b"verification",
    b"ziffer",
    b"nummer",
    b"cryptogramme",
    b"seguridad",
    b"sicurezza",
    b"is",
    b"ist",
    b"number",
];

/// Whether nothing stands before, or such a word with no more than punctuation between: three
/// digits say so little that a name further off is another number's.
fn follows_code_name(before: &[u8]) -> bool {
    let is_between = |byte: &u8| byte.is_ascii_punctuation() || byte.is_ascii_whitespace();
    let between = before.iter().rev().take_while(|byte| is_between(byte)).count();
    let text = before.get(..before.len() - between).unwrap_or_default();
    let ends = |name: &&[u8]| {
        let at = text.len().checked_sub(name.len());
        at.and_then(|at| text.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    text.is_empty() || CODE_NAMES.iter().any(ends)
}

/// The digits of the card of a track, without the rest.
pub(super) fn canonical_track(candidate: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let number = candidate.iter().copied().skip_while(|byte| !byte.is_ascii_digit());
    number.take_while(u8::is_ascii_digit)
}

/// Whether nothing stands before, or a word with no more than punctuation between.
pub(super) fn follows_word(before: &[u8]) -> bool {
    let is_between = |byte: &u8| byte.is_ascii_punctuation() || byte.is_ascii_whitespace();
    let between = before.iter().rev().take_while(|byte| is_between(byte)).count();
    let text = before.get(..before.len() - between).unwrap_or_default();
    let mut word =
        text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte > 127);
    text.is_empty() || word.any(|byte| !byte.is_ascii_digit())
}

fn split(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    let n = text.iter().position(|byte| *byte == at).unwrap_or(text.len());
    (text.get(..n).unwrap_or_default(), text.get(n + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_numbers_of_banks() {
        assert_eq!(COUNTRIES.len(), 250 * 2);
        assert!(COUNTRIES.as_chunks::<2>().0.is_sorted());
        // Published by the Federal Reserve and by banks.
        for right in ["121000358", "021000021", "1210-0035-8", "011401533"] {
            assert!(accept_aba(b"", right.as_bytes()), "{right}");
        }
        for wrong in ["121000359", "501000358", "000000000", "12100035", "1210003580"] {
            assert!(!accept_aba(b"", wrong.as_bytes()), "{wrong}");
        }
        for (code, fits) in
            [("DEUTDEFF", true), ("DEUTDEFF500", true), ("DEUTXXFF", false), ("DEUTDEFF5", false)]
        {
            assert_eq!(accept_bic(code.as_bytes()), fits, "{code}");
        }
    }

    #[test]
    fn what_stands_before_decides_for_bare_numbers() {
        for before in ["", "cvv: ", "cvv2=", "{\"cvv\": \"", "prüfziffer ", "(CVV) "] {
            assert!(accept_named(before.as_bytes(), b"737"), "{before}");
        }
        assert!(!accept_named(b"cvv 12, ", b"737"));
        assert!(!accept_named(b"token QCVV, total ", b"737"));
        assert!(!accept_named(b"mrn ", b"00000000"));
        assert!(accept_account(b"acct ", b"945456787654"));
        for wrong in ["20240517", "1700000000123", "00000000", "1234567"] {
            assert!(!accept_account(b"acct ", wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn strips_of_cards() {
        for (strip, fits) in [
            ("%B4111111111111111^LEE/ANN^29121011000000000000?", true),
            (";4111111111111111=29121011000000000000?", true),
            ("%B4111111111111112^LEE/ANN^29121011000000000000?", false),
            (";4111111111111111=29131011000000000000?", false),
            (";4111=2912?", false),
        ] {
            assert_eq!(accept_track(strip.as_bytes()), fits, "{strip}");
        }
        assert!(canonical_track(b";4111111111111111=2912?").eq(*b"4111111111111111"));
        assert!(accept_expiry(b"exp ", b"09/29") && accept_expiry(b"", b"11/2031"));
        assert!(!accept_expiry(b"exp 2024/", b"09/12") && !accept_expiry(b"", b"09/1912"));
    }
}
