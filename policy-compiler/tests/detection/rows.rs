//! What the built-in detectors find and leave alone: each line of text, and under it what is
//! marked in it.

use crate::bench::{Bench, Hit};
use cofferdam_engine::model::Border;
use cofferdam_policy_compiler::detectors;
use std::sync::LazyLock;

static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench::new(&[]));

#[test]
fn every_row_finds_its_example() {
    for row in detectors::builtin() {
        if row.left == Border::Whole {
            continue;
        }
        let sign = if row.left == Border::Assigned { "=" } else { " " };
        let word = row.near.first().map_or(String::new(), |word| format!("{word}{sign}"));
        let text = format!("see {word}{}, here", row.example);
        let start = text.find(row.example).expect("the example");
        let wanted = (start, start + row.example.len(), row.name.to_owned());
        assert!(BENCH.whole(text.as_bytes()).contains(&wanted), "{text}");
        if !row.near.is_empty() {
            let text = format!("see {}, here", row.example);
            // Without its word it may be something else, but not this.
            let found = BENCH.whole(text.as_bytes());
            assert!(found.iter().all(|hit| hit.2 != row.name), "{text}: {found:?}");
        }
    }
}

/// No number of a state that counts without being named is found.
fn check_no_national(text: &str) {
    let national = |name: &str| {
        detectors::builtin().any(|row| {
            row.name == name && row.on && row.group == "government_id" && row.category != "us_ssn"
        })
    };
    let found = BENCH.whole(text.as_bytes());
    let found: Vec<_> = found.into_iter().filter(|(.., name)| national(name)).collect();
    assert_eq!(found, [], "{text}");
}

#[test]
fn what_fills_a_field_is_found_by_the_name_of_the_field() {
    for row in detectors::builtin().filter(|row| row.left == Border::Whole) {
        let word = row.near.first().expect("a name");
        let whole = (0, row.example.len(), row.name.to_owned());
        let found = |text: &str, name: &str| BENCH.in_field(name, text).contains(&whole);
        assert!(found(row.example, word), "{}", row.name);
        assert!(!found(row.example, "note"), "{}", row.name);
        assert!(!found(&format!("{} and", row.example), word), "{}", row.name);
    }
}

/// `⟦category|text⟧` marks what is found; everything else is left alone.
fn check(marked: &str) {
    let (mut text, mut wanted) = (String::new(), Vec::<Hit>::new());
    for part in marked.split('⟧') {
        let Some((before, hit)) = part.split_once('⟦') else {
            text.push_str(part);
            continue;
        };
        let (name, found) = hit.split_once('|').expect("a name in a mark");
        text.push_str(before);
        wanted.push((text.len(), text.len() + found.len(), name.to_owned()));
        text.push_str(found);
    }
    let found: Vec<Hit> = (BENCH.whole(text.as_bytes()).into_iter())
        .map(|(start, end, name)| {
            let category = name.split('.').next().expect("a category").to_owned();
            (start, end, category)
        })
        .collect();
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn addresses() {
    for marked in [
        "mail ⟦email|ann@example.com⟧ now",
        "<⟦email|ann.lee+news@mail.example.co.uk⟧>",
        "the end is ⟦email|ann@example.com⟧.",
        "⟦email|ann@example.com⟧,⟦email|bob@example.com⟧;⟦email|eve@example.com⟧",
        "mailto:⟦email|ann@example.com⟧?subject=x",
        "email=⟦email|ann@example.com⟧&x=1",
        "-⟦email|ann@example.com⟧ --to=⟦email|bob@example.com⟧",
        "..⟦email|ann@example.com⟧",
        "ann..⟦email|lee@example.com⟧",
        "⟦email|o'brien@example.com⟧ 'ann' '⟦email|ann@example.com⟧'",
        "⟦email|ann@example.xn--p1ai⟧ ⟦email|ann@münchen.example⟧",
        "邮箱⟦email|ann@example.com⟧是",
        "⟦email|ann@example.com⟧-foo",
        "ann@example ann@localhost @example.com ann@.com ann@example..com",
        "icon@2x.png logo@example.svg lodash@4.17.21 pkg@1.2.3-rc.one",
        "ann@-example.com ann@example.c ann@example.com1",
        "@Component @app.route a@b",
        "//user:⟦email|secret@host.example.com⟧/x",
        "⟦email|ann_lee@example.com⟧ ⟦email|_ann@example.com⟧ ⟦email|ann%lee@example.com⟧",
    ] {
        check(marked);
    }
}

#[test]
fn cards() {
    for marked in [
        "⟦credit_card|4111111111111111⟧",
        "card:⟦credit_card|4111111111111111⟧.",
        "/cards/⟦credit_card|4111111111111111⟧/x id_⟦credit_card|4111111111111111⟧.pdf",
        "⟦credit_card|4111 1111 1111 1111⟧ 123 12/27",
        "⟦credit_card|4111-1111-1111-1111⟧",
        "⟦credit_card|5018 0000 0009⟧ 5018-0000-0009",
        "card ⟦credit_card|501800000009⟧",
        // Of a South African, a Thai, a German and a telephone; a tenth of all pass Luhn.
        "5707174647086 5807133185085 4691073496764x 501800000009 57717330935793",
        "⟦phone|+4995140125870⟧",
        // In a row of such groups.
        "XX26 7525 4386 6708 6771 3782 4033 40 1999 2000 4111 1111 1111 1111",
        "ee8e6fdf: c2dc 4111 1111 1111 1111 2bf1, the year 2027 ⟦credit_card|4111 1111 1111 1111⟧",
        "⟦credit_card|4111111111111111⟧.0,⟦credit_card|4111111111111111⟧.0 4111111111111111.05",
        "601100000000000004",
        "card ⟦credit_card|601100000000000004⟧",
        "2 ⟦credit_card|4111 1111 1111 1111⟧",
        "⟦credit_card|378282246310005⟧ ⟦credit_card|3782 822463 10005⟧",
        "⟦credit_card|5555555555554444⟧ ⟦credit_card|2223003122003222⟧",
        "⟦credit_card|6011111111111117⟧ ⟦credit_card|3530111333300000⟧",
        "⟦credit_card|30569309025904⟧ ⟦credit_card|3056 930902 5904⟧",
        "⟦credit_card|4222222222222⟧",
        "4111111111111112 4111 1111 1111 1112 1234567812345670",
        "4111-1111 1111-1111",
        "41111111111111110000 00004111111111111111 14111111111111111",
        "x4111111111111111 4111111111111111x",
        "0.4111111111111111 4111111111111111.5 3-4111111111111111 4111111111111111-3",
        "1700000000000 1700000000000000 1700000000000000000",
        "0000000000000000 6666666666666664 9999999999999995",
        "123e4567-e89b-12d3-a456-500000000009",
        "[credit_card] ************1111 **** **** **** 1111",
    ] {
        check(marked);
    }
}

#[test]
fn identity_numbers() {
    for marked in [
        "⟦us_ssn|078-05-1120⟧ is published",
        "ssn=⟦us_ssn|078-05-1120⟧;",
        "SSN: ⟦us_ssn|078051120⟧",
        "her social security number is ⟦us_ssn|078 05 1120⟧",
        "social_security_number ⟦us_ssn|078051120⟧",
        "socialSecurityNumber=⟦us_ssn|078051120⟧",
        "SSNs ⟦us_ssn|078051120⟧",
        "⟦us_ssn|078051120⟧ (ssn)",
        "ssn of the person in question here is 078051120",
        "078051120 078 05 1120 078.05.1120",
        "ssn 000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000 111-11-1111",
        "ssn 123-45 6789 123 45-6789 12-345-6789",
        "1-078-05-1120 078-05-1120-1 0078-05-1120 078-05-11200",
        "lesson 078051120 classname 078051120 issn 078051120",
        "ssn ⟦us_ssn|078051120⟧ 219099999",
        "ssn ⟦email|ann@example.com⟧ 078051120",
        "ssn [email] 078051120",
        "ssn **** 078051120",
        "ssn tok_abcd 078051120",
        "078051120 [ssn] ⟦us_ssn|078051120⟧ 12 ssn",
        // The first is like a Chilean number, which must not part the two.
        "ssn 078051120-078051120 078051120-4111111111111111",
    ] {
        check(marked);
    }
}

#[test]
fn everyday_text_has_no_national_number() {
    for marked in [
        // Clocks, days and builds.
        "20240517-1022 2024-05-17T10:22:33Z 20240517102233 1715941353 1715941353123 171594135312345",
        "build 20240517.3 202405171022 v2024.05.17-0001 17/05/2024 10:22:33",
        // Hashes, base64, dumps.
        "550e8400-e29b-41d4-a716-446655440000 550E8400-E29B-41D4-A716-446655440000",
        "8ca42d6f1c0ffee1234567890abcdef012345678 12345678A9 12345678ab",
        "00000010: 3132 3334 3536 3738 3930 3132 3334 3536  1234567890123456",
        "SGVsbG8gd29ybGQs12345678ZIHRoaXMgaXMgYmFzZTY0x12345678Z",
        // Prices, places, quantities, ports.
        "1 234 567 890 EUR, 12.345.678,90 EUR, 52.520008,13.404954, 1,234,567.89, 0.12345678901",
        "lot 123456/12345, 12345678/1234, 10.0.0.1:12345, 100 000 000 rows, 12 345 678 901 bytes",
        // Parts, flights, orders, ISBN, GTIN.
        "part AB-1234-CD, ISO9001, RFC7519, LH1234, ISBN 978-3-16-148410-0, 4006381333931",
        "order 1234567890123, invoice 2024-000123, ticket ABC-12345, sku A1B2C3D4, SHA256, UTF16",
        "X-Request-Id: 7f3a2b1c9d8e, trace 4bf92f3577b34da6a3ce929d0e0e4736, port 27017",
    ] {
        check_no_national(marked);
    }
}

#[test]
fn names_of_places_give_context() {
    let detection = BENCH.bundle.detection();
    let ssn = detection.sets_in(b"ssn");
    assert_ne!(ssn, 0);
    for name in [
        "SSN",
        "ssns",
        "customerSSN",
        "ssnNumber",
        "user_ssn",
        "x-ssn",
        "SSNValue",
        "ssn2",
        "a.ssn.b",
        "socialSecurityNumber",
        "Social Security Number",
        "social_security",
        "socialsecurity",
        "SOCIAL-SECURITY",
        "my ssn?",
    ] {
        assert_eq!(detection.sets_in(name.as_bytes()) & ssn, ssn, "{name}");
    }
    for name in ["", "s", "lesson", "issn", "assn", "ssnumber", "ssntok"] {
        assert_eq!(detection.sets_in(name.as_bytes()) & ssn, 0, "{name}");
    }
    let long = "ssn".repeat(5000);
    assert_eq!(detection.sets_in(long.as_bytes()), 0);
}

#[test]
fn accounts() {
    for marked in [
        "⟦iban|DE89370400440532013000⟧ ⟦iban|de89 3704 0044 0532 0130 00⟧",
        "⟦iban|DE89 3704 0044 0532 0130 00⟧ and more",
        "⟦iban|BE68 5390 0754 7034⟧ with love from team four",
        "⟦iban|GB82 WEST 1234 5698 7654 32⟧",
        "⟦iban|GB82-WEST-1234-5698-7654-32⟧",
        "⟦iban|NO9386011117947⟧ ⟦iban|MT84MALT011000012345MTLCAST001S⟧",
        "⟦iban|FR1420041010050500013M02606⟧ ⟦iban|SA0380000000608010167519⟧",
        "iban_⟦iban|DE89370400440532013000⟧",
        "DE88370400440532013000 DE8937040044053201300 DE893704004405320130000",
        "XX89370400440532013000 DEAD370400440532013000",
        "xDE89370400440532013000 DE89370400440532013000x",
    ] {
        check(marked);
    }
}

#[test]
fn telephones() {
    for marked in [
        "⟦phone|+49 30 901820⟧, ⟦phone|+49 (0)30 901820⟧",
        "⟦phone|+442079460000⟧ ⟦phone|+33 1 99 00 12 34⟧",
        "⟦phone|+1 212-555-2368⟧ ⟦phone|+1 (212) 555-2368⟧",
        "⟦phone|(212) 555-2368⟧ ⟦phone|212-555-2368⟧ ⟦phone|212.555.2368⟧",
        "⟦phone|1-212-555-2368⟧",
        "phone ⟦phone|2125552368⟧ or 212 555 2368",
        "call took 2125552368 ns",
        "call ⟦phone|212 555 2368⟧",
        "tel:⟦phone|+12125552368⟧",
        "(212) 555-0100 212-555-0199 +1 212 555 0123 phone 2125550142",
        "(211) 555-2368 (212) 911-2368 112-555-2368 292-555-2368",
        "2125552368 212 555 2368 1700000000",
        "⟦date|2024-01-02⟧ ⟦date|2024-01-02T10:11:12+0100⟧ 10:11:12 +05:30",
        "phone 1700000000 1.2.3 12.50 $1,234,567 +12 +1234567",
        "x+4930901820 4+4930901820 1212-555-23688",
        "212-555.2368 212-5552368 +0 123 456 7890",
    ] {
        check(marked);
    }
}

#[test]
fn machine_addresses() {
    for marked in [
        "from ⟦ip_address|198.51.100.7⟧:8080 to ⟦ip_address|10.0.0.0/8⟧.",
        "⟦ip_address|10.0.0.1⟧-⟦ip_address|10.0.0.9⟧",
        "1.2.3.4.5 256.1.1.1 1.2.3 01.2.3.4 v1.2.3.4 version 1.2.3.4 version: 1.2.3.4 ver=1.2.3.4",
        "1.2.3.4.example.com a.1.2.3.4 lib-1.2.3.4.tar.gz",
        "⟦ip_address|2001:db8::1⟧ ⟦ip_address|::1⟧ ⟦ip_address|fe80::1%eth0⟧",
        "[⟦ip_address|2001:db8::1⟧]:443 ⟦ip_address|2001:db8::/32⟧",
        "⟦ip_address|::ffff:192.0.2.1⟧ ⟦ip_address|2001:0db8:0000:0000:0000:0000:0000:0001⟧",
        "addr:⟦ip_address|2001:db8::1⟧",
        "1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1::2::3 :: a::b std::io dead::beef 12:34:56 12345::1",
        "use x86_64::{a} futures_01::{b} 22::%22 a[1::2] b[::2] 4::c ⟦ip_address|2001:db8::1⟧%eth0 ::8",
        "[⟦ip_address|::1⟧]:80 ⟦ip_address|100::⟧ ⟦ip_address|64:ff9b::192.0.2.1⟧",
        "⟦mac_address|00:1b:44:11:3a:b7⟧ 00:11:22:33:44:55:66:77 fe80:::1 2001:db8::g",
    ] {
        check(marked);
    }
}

#[test]
fn credentials() {
    let body = "RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBM";
    let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    for marked in [
        format!("Bearer ⟦jwt|{jwt}⟧"),
        format!("token=⟦jwt|{jwt}⟧&x"),
        format!("x{jwt}"),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0 eyJ4IjoxfQ.e30.c2ln eyJ.eyJ.eyJ".to_owned(),
        "⟦jwt|eyJhbGciOiJub25lIn0.e30.⟧ end".to_owned(),
        "key ⟦aws_access_key|AKIAMADEUPKEY4TESTS7⟧ AKIAIOSFODNN7EXAMPLE".to_owned(),
        "AKIAMADEUPKEY4TESTS77 xAKIAMADEUPKEY4TESTS7 AKIAmadeupkey4tests7".to_owned(),
        format!(
            "⟦private_key|-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----⟧\nmore"
        ),
        format!(
            "\"⟦private_key|-----BEGIN RSA PRIVATE KEY-----\\n{body}\\n-----END RSA PRIVATE KEY-----⟧"
        ),
        format!(
            "⟦private_key|-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,0A\n\n\
             {body}\n-----END RSA PRIVATE KEY-----⟧"
        ),
        format!(
            "⟦private_key|-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{body}\n=abcd\n\
             -----END PGP PRIVATE KEY BLOCK-----⟧"
        ),
        format!("⟦private_key|-----BEGIN OPENSSH PRIVATE KEY-----\n{}⟧", [body; 8].join("\n")),
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"),
        "-----BEGIN PRIVATE KEY-----\nc2hvcnQ=\n-----END PRIVATE KEY-----".to_owned(),
    ] {
        check(&marked);
    }
}

#[test]
fn what_an_earlier_pass_wrote_stays() {
    for marked in [
        "[email] [jwt] [us_ssn]",
        "************1111 ***@ ****-****-****-1111 ****1111,****",
        "tok_abcd tok_abcde",
        // What stands right behind one is looked at all the same.
        "[email]⟦email|ann@example.com⟧ ************1111 ⟦credit_card|4111111111111111⟧",
        "[emai]l ⟦us_ssn|078-05-1120⟧[email]",
        "[nothing] ssn ⟦us_ssn|078051120⟧",
        "**** ssn ⟦us_ssn|078051120⟧",
    ] {
        check(marked);
    }
}

#[test]
fn code_and_logs_hold_no_key_and_no_account() {
    for text in [
        "token_count=123456 next_page_token=CAUQAA session_timeout_ms=86400000",
        "password = getpass.getpass(); password: String, passwordHash: sha256",
        "\"integrity\": \"sha512-z1uGk0Dk2yXkQ0xV1m8W4kO8FvSxUo5gq3rR9w==\"",
        "checksum = \"f2d4a4e1c0b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3\"",
        "commit 8ca42d6f1c0ffee1234567890abcdef012345678 tree 0x8ca42d6f",
        "550e8400-e29b-41d4-a716-446655440000 trace=4bf92f3577b34da6a3ce929d0e0e4736",
        "GET https://www.example.com/a/b?x=1&y=2 200 1234 0.004",
        "key-value sk-learn pat.match hf_hub gho_st sl.spec hvs.x ghp_short xoxo-xoxo",
        "SKU SK1234 EAA AIzawa MIIB MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA",
        "Basic usage, basic types: Basic knowledge of http://user@host/x and std::vec",
        "order 20240517000123456 invoice 1700000000123 part 490154203237519",
    ] {
        let found = BENCH.whole(text.as_bytes());
        let on = |name: &str| detectors::builtin().any(|row| row.name == name && row.on);
        let found: Vec<_> = found.into_iter().filter(|(.., name)| on(name)).collect();
        assert_eq!(found, [], "{text}");
    }
}
