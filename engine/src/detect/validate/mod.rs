//! The exact check of a candidate, one file for each family of checks.
//! Looks at the candidate and a few bytes before it, never behind it, and keeps nothing.

mod bank;
mod check;
mod coin;
mod date;
mod device;
mod email;
mod health;
mod iban;
mod ip;
mod jwt;
mod keccak;
mod key;
mod luhn;
mod national;
mod phone;
mod secret;
mod service;
mod ssn;
mod url;

use crate::model::Validator;
use alloc::vec::Vec;
use national::National;

/// How far before a candidate a validator may look.
const LOOK_BACK_MAX: usize = 64;

/// Whether the candidate at `start..end` is what it looks like. What lies before it in `text`
/// may speak against it.
#[must_use]
pub fn accept(validator: Validator, text: &[u8], start: usize, end: usize) -> bool {
    let Some(candidate) = text.get(start..end) else { return false };
    let before = text.get(start.saturating_sub(LOOK_BACK_MAX)..start).unwrap_or_default();
    match validator {
        Validator::Structure => true,
        Validator::Email => email::accept(candidate),
        Validator::CreditCard => luhn::accept(before, candidate),
        Validator::UsSsn => ssn::accept(before, candidate),
        Validator::Iban => iban::accept(candidate),
        Validator::PhoneE164 => phone::accept_e164(candidate),
        Validator::PhoneNanp => phone::accept_nanp(before, candidate),
        Validator::Ipv4 => ip::accept_v4(before, candidate),
        Validator::Ipv6 => ip::accept_v6(candidate),
        Validator::Jwt => jwt::accept(candidate),
        Validator::AwsAccessKey => key::accept_aws(candidate),
        Validator::PrivateKey => key::accept_pem(candidate),
        Validator::PassportMrz => national::mrz::accept(candidate),
        Validator::AmericanId(id) => national::accept(National::American(id), before, candidate),
        Validator::WestEuropeanId(id) => national::accept(National::West(id), before, candidate),
        Validator::SouthEuropeanId(id) => national::accept(National::South(id), before, candidate),
        Validator::EastEuropeanId(id) => national::accept(National::East(id), before, candidate),
        Validator::AsianId(id) => national::accept(National::Asian(id), before, candidate),
        Validator::SouthernId(id) => national::accept(National::Southern(id), before, candidate),
        Validator::SwiftBic => bank::accept_bic(candidate),
        Validator::UsAba => bank::accept_aba(before, candidate),
        Validator::BankAccount => bank::accept_account(before, candidate),
        Validator::CardTrack => bank::accept_track(candidate),
        Validator::CardExpiry => bank::accept_expiry(before, candidate),
        Validator::Named => bank::accept_named(before, candidate),
        Validator::BtcBase58 => coin::accept_base58(candidate),
        Validator::BtcBech32 => coin::accept_bech32(candidate),
        Validator::EthAddress => coin::accept_eth(candidate),
        Validator::XmrAddress => coin::accept_xmr(candidate),
        Validator::UsMbi => !follows_uuid_groups(before),
        Validator::UsNpi => health::accept_npi(before, candidate),
        Validator::UsDea => health::accept_dea(candidate),
        Validator::UkNhs => health::accept_nhs(before, candidate),
        Validator::DeKvnr => health::accept_kvnr(candidate),
        Validator::DeLanr => health::accept_lanr(before, candidate),
        Validator::DeBsnr => health::accept_bsnr(before, candidate),
        Validator::Imei => device::accept_imei(before, candidate),
        Validator::Iccid => device::accept_iccid(before, candidate),
        Validator::Imsi => device::accept_imsi(before, candidate),
        Validator::Vin => device::accept_vin(before, candidate),
        Validator::Mac => device::accept_mac(before, candidate),
        Validator::Date => date::accept(candidate),
        Validator::BirthDate => date::accept_birth(candidate),
        Validator::WrittenDate => date::accept_written(candidate),
        Validator::GpsPair => date::accept_pair(before, candidate),
        Validator::GpsDegrees => date::accept_one(candidate),
        Validator::Url => url::accept(candidate),
        Validator::UrlCredentials => url::accept_credentials(candidate),
        Validator::DatabaseUrl => url::accept_database(candidate),
        Validator::BasicAuth => url::accept_basic(candidate),
        Validator::Password => secret::accept_password(before, candidate),
        Validator::Secret => secret::accept_secret(before, candidate),
        Validator::SessionCookie => secret::accept_session(before, candidate),
        Validator::ServiceKey => service::accept(candidate),
        Validator::NamedKey => service::accept_disordered(candidate),
        Validator::DiscordToken => service::accept_discord(candidate),
        Validator::BareKey => key::accept_bare(candidate),
        Validator::AgeKey => coin::accept_age(candidate),
        Validator::Luhn => check::accept_digits(candidate, check::is_luhn),
        Validator::Verhoeff => check::accept_digits(candidate, check::is_verhoeff),
        Validator::Mod1110 => check::accept_digits(candidate, check::is_mod_11_10),
        Validator::Mod9710 => check::accept_mod_97_10(candidate),
    }
}

/// A byte without which no candidate is accepted, where its automaton reads far before it is missed.
#[must_use]
pub(super) fn needed(validator: Validator) -> Option<u8> {
    match validator {
        Validator::UrlCredentials | Validator::DatabaseUrl => Some(url::BEFORE_HOST),
        _ => None,
    }
}

/// From which end on candidates that begin at `start` are refused, where the one that ends at `end`
/// was: those between the two need not be looked at.
#[must_use]
pub(super) fn refused_from(validator: Validator, text: &[u8], start: usize, end: usize) -> usize {
    match validator {
        Validator::Url => start + url::decided_bytes(text.get(start..end).unwrap_or_default()),
        _ => end,
    }
}

/// Whether a candidate that is longer than may be kept begins like a true one.
#[must_use]
pub fn begins(validator: Validator, prefix: &[u8]) -> bool {
    match validator {
        Validator::Jwt => jwt::begins(prefix),
        Validator::PrivateKey => key::begins_pem(prefix),
        Validator::BareKey => key::accept_bare(prefix),
        Validator::ServiceKey => service::begins(prefix),
        Validator::Structure
        | Validator::Email
        | Validator::CreditCard
        | Validator::UsSsn
        | Validator::Iban
        | Validator::PhoneE164
        | Validator::PhoneNanp
        | Validator::Ipv4
        | Validator::Ipv6
        | Validator::AwsAccessKey
        | Validator::AmericanId(_)
        | Validator::WestEuropeanId(_)
        | Validator::SouthEuropeanId(_)
        | Validator::EastEuropeanId(_)
        | Validator::AsianId(_)
        | Validator::SouthernId(_)
        | Validator::PassportMrz
        | Validator::SwiftBic
        | Validator::UsAba
        | Validator::BankAccount
        | Validator::CardTrack
        | Validator::CardExpiry
        | Validator::Named
        | Validator::BtcBase58
        | Validator::BtcBech32
        | Validator::EthAddress
        | Validator::XmrAddress
        | Validator::UsMbi
        | Validator::UsNpi
        | Validator::UsDea
        | Validator::UkNhs
        | Validator::DeKvnr
        | Validator::DeLanr
        | Validator::DeBsnr
        | Validator::Imei
        | Validator::Iccid
        | Validator::Imsi
        | Validator::Vin
        | Validator::Mac
        | Validator::Date
        | Validator::BirthDate
        | Validator::WrittenDate
        | Validator::GpsPair
        | Validator::GpsDegrees
        | Validator::Url
        | Validator::UrlCredentials
        | Validator::DatabaseUrl
        | Validator::BasicAuth
        | Validator::Password
        | Validator::Secret
        | Validator::SessionCookie
        | Validator::NamedKey
        | Validator::DiscordToken
        | Validator::AgeKey
        | Validator::Luhn
        | Validator::Verhoeff
        | Validator::Mod1110
        | Validator::Mod9710 => false,
    }
}

/// Appends the one spelling that all spellings of a candidate have in common, so that they get
/// the same token.
pub fn canonical(validator: Validator, candidate: &[u8], out: &mut Vec<u8>) {
    match validator {
        Validator::Email => email::canonical(candidate, out),
        Validator::CreditCard
        | Validator::UsSsn
        | Validator::UsAba
        | Validator::CardExpiry
        | Validator::UsNpi
        | Validator::UkNhs
        | Validator::DeLanr
        | Validator::DeBsnr
        | Validator::Imei
        | Validator::Iccid
        | Validator::Imsi => out.extend(digits(candidate)),
        Validator::Named
        | Validator::UsMbi
        | Validator::UsDea
        | Validator::DeKvnr
        | Validator::Vin
        | Validator::Mac
        | Validator::Luhn
        | Validator::Verhoeff
        | Validator::Mod1110
        | Validator::Mod9710 => out.extend(device::canonical(candidate)),
        Validator::BtcBech32 | Validator::EthAddress => {
            out.extend(candidate.iter().map(u8::to_ascii_lowercase));
        }
        Validator::CardTrack => out.extend(bank::canonical_track(candidate)),
        Validator::Iban => out.extend(iban::canonical(candidate)),
        Validator::PhoneE164 => phone::canonical_e164(candidate, out),
        Validator::PhoneNanp => phone::canonical_nanp(candidate, out),
        Validator::PassportMrz => national::mrz::canonical(candidate, out),
        Validator::AmericanId(id) => national::canonical(National::American(id), candidate, out),
        Validator::WestEuropeanId(id) => national::canonical(National::West(id), candidate, out),
        Validator::SouthEuropeanId(id) => national::canonical(National::South(id), candidate, out),
        Validator::EastEuropeanId(id) => national::canonical(National::East(id), candidate, out),
        Validator::AsianId(id) => national::canonical(National::Asian(id), candidate, out),
        Validator::SouthernId(id) => national::canonical(National::Southern(id), candidate, out),
        Validator::Structure
        | Validator::Ipv4
        | Validator::Ipv6
        | Validator::Jwt
        | Validator::AwsAccessKey
        | Validator::PrivateKey
        | Validator::SwiftBic
        | Validator::BankAccount
        | Validator::BtcBase58
        | Validator::XmrAddress
        | Validator::Date
        | Validator::BirthDate
        | Validator::WrittenDate
        | Validator::GpsPair
        | Validator::GpsDegrees
        | Validator::Url
        | Validator::UrlCredentials
        | Validator::DatabaseUrl
        | Validator::BasicAuth
        | Validator::Password
        | Validator::Secret
        | Validator::SessionCookie
        | Validator::ServiceKey
        | Validator::NamedKey
        | Validator::DiscordToken
        | Validator::BareKey
        | Validator::AgeKey => out.extend_from_slice(candidate),
    }
}

/// The ASCII digits of a candidate.
fn digits(candidate: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    candidate.iter().copied().filter(u8::is_ascii_digit)
}

/// The first digits as a number. Without digits 0; more digits than fit are not read.
fn number(digits: impl Iterator<Item = u8>, count: usize) -> u64 {
    digits.take(count.min(19)).fold(0, |n, digit| n * 10 + u64::from(digit.wrapping_sub(b'0') % 10))
}

/// Whether a candidate directly after `before` is the last group of a UUID.
fn follows_uuid_groups(before: &[u8]) -> bool {
    let Some(groups) = before.len().checked_sub(24).and_then(|at| before.get(at..)) else {
        return false;
    };
    groups.iter().enumerate().all(|(n, byte)| match n {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn accepts(validator: Validator, text: &str) -> bool {
        accept(validator, text.as_bytes(), 0, text.len())
    }

    fn check(validator: Validator, right: &[&str], wrong: &[&str]) {
        right.iter().for_each(|text| assert!(accepts(validator, text), "{text}"));
        wrong.iter().for_each(|text| assert!(!accepts(validator, text), "{text}"));
    }

    fn canonical_of(validator: Validator, text: &str) -> String {
        let mut out = Vec::new();
        canonical(validator, text.as_bytes(), &mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn card_numbers_that_issuers_publish_for_tests() {
        let right = [
            "4111111111111111",
            "4012888888881881",
            "4222222222222",
            "4000056655665556",
            "5555555555554444",
            "5105105105105100",
            "2223003122003222",
            "378282246310005",
            "371449635398431",
            "6011111111111117",
            "6011000990139424",
            "3530111333300000",
            "30569309025904",
            "38520000023237",
            "36227206271667",
            "6200000000000005",
            "6759649826438453",
            "2200000000000053",
            "5018 0000 0009",
        ];
        let wrong = [
            "4111111111111112",
            "0000000000000000",
            "1234567812345670",
            "411111111111111",
            "6666666666666664",
            "79927398713",
            "4000000000006",
            "",
        ];
        check(Validator::CreditCard, &right, &wrong);
    }

    #[test]
    fn numbers_of_the_social_security_administration() {
        let right = ["078-05-1120", "219-09-9999", "078051120", "899-99-9999", "001-01-0001"];
        let wrong = [
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "999-99-9998",
            "123-00-4567",
            "123-45-0000",
            "111-11-1111",
            "123-45 6789",
            "12345678",
            "1234567890",
        ];
        check(Validator::UsSsn, &right, &wrong);
    }

    #[test]
    fn examples_of_the_iban_registry() {
        let right = [
            "AD1200012030200359100100",
            "AE070331234567890123456",
            "AT611904300234573201",
            "BE68539007547034",
            "BG80BNBG96611020345678",
            "BR1800360305000010009795493C1",
            "CH9300762011623852957",
            "CY17002001280000001200527600",
            "CZ6508000000192000145399",
            "DE89370400440532013000",
            "DK5000400440116243",
            "EE382200221020145685",
            "ES9121000418450200051332",
            "FI2112345600000785",
            "FR1420041010050500013M02606",
            "GB29NWBK60161331926819",
            "GI75NWBK000000007099453",
            "GR1601101250000000012300695",
            "HR1210010051863000160",
            "HU42117730161111101800000000",
            "IE29AIBK93115212345678",
            "IL620108000000099999999",
            "IS140159260076545510730339",
            "IT60X0542811101000000123456",
            "KW81CBKU0000000000001234560101",
            "LI21088100002324013AA",
            "LT121000011101001000",
            "LU280019400644750000",
            "LV80BANK0000435195001",
            "MT84MALT011000012345MTLCAST001S",
            "NL91ABNA0417164300",
            "NO9386011117947",
            "PL61109010140000071219812874",
            "PT50000201231234567890154",
            "RO49AAAA1B31007593840000",
            "SA0380000000608010167519",
            "SE4550000000058398257466",
            "SI56263300012039086",
            "SK3112000000198742637541",
            "SM86U0322509800000000270100",
            "TR330006100519786457841326",
            "de89 3704 0044 0532 0130 00",
        ];
        let wrong = [
            "DE88370400440532013000",
            "DE8937040044053201300",
            "XX89370400440532013000",
            "GB29NWBK6016133192681A",
            "DE",
            "",
            "DE8937040044053201300A",
        ];
        check(Validator::Iban, &right, &wrong);
    }

    #[test]
    fn telephone_numbers() {
        let right = [
            "+12125552368",
            "+442079460000",
            "+4930901820",
            "+49 (0)30 901820",
            "+33199001234",
            "+353 20 910 1234",
            "+61 2 5550 1234",
            "+819012345678",
            "+5511912345678",
            "+919812345678",
        ];
        let wrong = [
            "+12125550123",
            "+11125552368",
            "+1212555236",
            "+4412",
            "+999123456789",
            "+0123456789",
            "+1234567890123456",
            "+44444444444",
            "+21012345678",
        ];
        check(Validator::PhoneE164, &right, &wrong);
        let right = ["(212) 555-2368", "1-212-555-2368", "2125550099", "8005552368"];
        let wrong = [
            "212-555-0100",
            "212-555-0199",
            "112-555-2368",
            "212-155-2368",
            "911-555-2368",
            "212-411-2368",
            "292-555-2368",
            "2222222222",
            "212555236",
        ];
        check(Validator::PhoneNanp, &right, &wrong);
    }

    #[test]
    fn addresses_of_machines() {
        let right = ["192.0.2.1", "0.0.0.0", "255.255.255.255", "198.51.100.0/24", "10.0.0.0/8"];
        let wrong = ["256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/33", "1..2.3"];
        check(Validator::Ipv4, &right, &wrong);
        // The forms of RFC 4291, 2.2 and 2.3, and of RFC 5952.
        let right = [
            "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789",
            "2001:DB8:0:0:8:800:200C:417A",
            "2001:DB8::8:800:200C:417A",
            "FF01::101",
            "::1",
            "0:0:0:0:0:0:13.1.68.3",
            "::13.1.68.3",
            "::FFFF:129.144.52.38",
            "2001:0DB8:0000:CD30::/60",
            "fe80::1%eth0",
            "2001:db8::",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
        ];
        let wrong = [
            "::",
            "2001:DB8::8::1",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            ":1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8:",
            "1:2:3:4:5:6:7:8::",
            "12345::1",
            "::1/129",
            "::256.1.1.1",
            "a::b",
            "fe80::1%",
            "00:11:22:33:44:55:66:77",
            "1.2.3.4::",
            ":::1",
        ];
        check(Validator::Ipv6, &right, &wrong);
        for before in ["v", "V ", "version ", "version: \"", "ver=", "release-"] {
            let text = std::format!("{before}1.2.3.4");
            assert!(!accept(Validator::Ipv4, text.as_bytes(), before.len(), text.len()), "{text}");
        }
    }

    #[test]
    fn addresses_of_people() {
        let label = "a".repeat(63);
        let right = [
            "ann@example.com",
            "a.b+c@mail.example.co.uk",
            "x@example.xn--p1ai",
            &std::format!("{}@{label}.com", "a".repeat(64)),
        ];
        let wrong = [
            ".ann@example.com",
            "ann.@example.com",
            "a..n@example.com",
            "ann@-example.com",
            "ann@example-.com",
            "ann@2x.png",
            "pkg@1.2.rc",
            "@example.com",
            &std::format!("{}@example.com", "a".repeat(65)),
            &std::format!("a@{label}a.com"),
            &std::format!("a@{}com", std::format!("{label}.").repeat(4)),
        ];
        check(Validator::Email, &right, &wrong);
    }

    #[test]
    fn tokens_and_keys() {
        // RFC 7519, 3.1 and 6.1.
        let right = [
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP",
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.",
        ];
        let wrong = ["eyJ0eXAiOiJKV1QifQ.e30.c2ln", "eyJhbGciOi.e30.c2ln", "eyJ.e30.c", "", "."];
        check(Validator::Jwt, &right, &wrong);
        assert!(begins(Validator::Jwt, right[0].as_bytes()));
        assert!(begins(Validator::Jwt, b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1N"));
        assert!(!begins(Validator::Jwt, b"eyJhYWFhYWFhYWFhYWFhYWFhYWFh"));
        let wrong = ["AKIAIOSFODNN7EXAMPLE", "AKIAMADEUPKEY4TESTS"];
        check(Validator::AwsAccessKey, &["AKIAMADEUPKEY4TESTS7"], &wrong);
        let body = "QUJD".repeat(16);
        let pem = |label: &str, body: &str| {
            std::format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----")
        };
        let right = pem("RSA PRIVATE KEY", &body);
        let (short, public) = (pem("PRIVATE KEY", &body[1..]), pem("PUBLIC KEY", &body));
        check(Validator::PrivateKey, &[&right], &[&short, &public, "-----END "]);
    }

    #[test]
    fn spellings_of_one_value_come_to_one() {
        let same = [
            (Validator::CreditCard, "4111 1111-1111 1111", "4111111111111111"),
            (Validator::UsSsn, "078-05-1120", "078051120"),
            (Validator::Iban, "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            (Validator::PhoneE164, "+49 (0)30 901820", "4930901820"),
            (Validator::PhoneE164, "+1 (212) 555-2368", "12125552368"),
            (Validator::PhoneNanp, "(212) 555-2368", "12125552368"),
            (Validator::PhoneNanp, "1-212-555-2368", "12125552368"),
            (Validator::Email, "Ann@Example.COM", "Ann@example.com"),
            (Validator::Jwt, "eyJ.x.Y", "eyJ.x.Y"),
        ];
        for (validator, text, wanted) in same {
            assert_eq!(canonical_of(validator, text), wanted, "{text}");
        }
    }

    #[test]
    fn a_barcode_is_no_card() {
        // Of the numbers that pass Luhn, one in ten is a GTIN-13.
        let numbers = (0..1000_u64).map(|n| std::format!("{}", 4_902_505_000_000 + n));
        let luhn: Vec<_> = numbers.filter(|n| luhn::is_luhn(n.bytes())).collect();
        let cards = luhn.iter().filter(|n| accepts(Validator::CreditCard, n)).count();
        assert_eq!((luhn.len(), cards), (100, 90));
    }

    #[test]
    fn the_last_group_of_a_uuid_is_no_number() {
        let text = b"123e4567-e89b-12d3-a456-501800000009";
        assert!(!accept(Validator::CreditCard, text, 24, 36));
        assert!(accepts(Validator::CreditCard, "501800000009"));
    }
}
