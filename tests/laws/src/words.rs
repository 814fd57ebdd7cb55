//! What texts are made of: personal data that is made up or published, what only looks like it,
//! words that are context, our own replacements, and separators.

use crate::entropy::Entropy;
use crate::wrap::wrapped;

/// Values that are findings where they stand alone. Published test values and made-up ones.
pub const VALUES: &[&str] = &[
    "zed.quux@example.com",
    "4111111111111111",
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "378282246310005",
    "3782 822463 10005",
    "078-05-1120",
    "219-09-9999",
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    "GB82WEST12345698765432",
    "+44 7700 900123",
    "+14155550132",
    "(415) 555-2671",
    "415-555-2671",
    "192.0.2.44",
    "2001:db8::ff00:42:8329",
    "::ffff:192.0.2.1",
    "AKIAIOSFODNN7QWERTYU",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLTMyLWJ5dGVzLWxvbmc",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n\
     MzEfYyjiWA4R4\n-----END PRIVATE KEY-----",
    "q+tag@sub.example.com",
    "078051120",
    "PT-00112233",
];

/// What only looks like a value, or is a piece of one.
const NEAR: &[&str] = &[
    "4111111111111112",
    "41111111111111111111111111",
    "4111-1111 1111-1111",
    "000-12-3456",
    "666-12-3456",
    "078-051120",
    "zed.quux@example",
    "@example.com",
    "zed.quux@",
    "a..b@example.com",
    "DE00370400440532013000",
    "DE8937040044",
    "+44",
    "555-0100",
    "1.2.3.4.5",
    "v1.2.3.4",
    "999.1.1.1",
    "::",
    "AKIAIOSFODNN7EXAMPLE",
    "AKIA",
    "eyJhbGciOiJIUzI1NiJ9.",
    "eyJ",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN",
    "-----END PRIVATE KEY-----",
    "PT-",
    "2026-11-21T18:20:22Z",
    "9f1c2a7e-0b7d-4c1e-9a55-3d2f60b8e411",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC4111111111111111MzEfYyjiWA4R4",
    "4111",
    "1111",
    "12.50",
    "Quokka",
    "zap-Fjord",
    "zap\u{a0}fjord",
    "ÉLAN",
    "E\u{301}lan",
    "Жук",
    "quokk",
    "zap ",
];

/// Context words, among them such as are none.
const CONTEXT: &[&str] = &[
    "ssn",
    "social security number",
    "social_security",
    "SSNs",
    "card",
    "credit card",
    "phone",
    "call",
    "tel",
    "mobile",
    "patient",
    "mrn",
    "duplicate",
    "password",
    "iban",
    "account",
    "mail",
];

/// Our own replacements, whole, cut and grown.
const REPLACEMENTS: &[&str] = &[
    "[email]",
    "[credit_card]",
    "[us_ssn]",
    "[iban",
    "[phone]]",
    "[unknown_thing]",
    "************1111",
    "************",
    "***",
    "****-****-****-1111",
    "************11112222333344",
    "tok_",
    "tok_abcdefghijklmnopqrstuvwxyz",
];

const SEPARATORS: &[&str] = &[
    " ", " ", " ", "", "", ",", ", ", ": ", "-", ".", "@", "\n", "/", "=", "_", "+", "  ", "\t",
    "(", "[", "*",
];

const STRANGE: &[&str] = &[
    "\u{200b}", "\u{ad}", "\u{a0}", "\u{2013}", "\u{2212}", "\u{ff20}", "\u{ff14}", "\u{661}",
    "\u{301}", "é", "Ж", "名", "😀", "\u{feff}", "\u{7f}", "\u{1}", "\u{fffd}", "\\", "\"", "<b>",
    "&amp;", "%40",
];

/// What is read as nothing.
pub const NOTHING: &[&str] = &["\u{200b}", "\u{ad}", "\u{301}", "\u{feff}"];

/// A text of up to `tokens` pieces.
pub fn text(entropy: &mut Entropy<'_>, tokens: usize) -> String {
    let mut text = String::new();
    for _ in 0..entropy.below(tokens + 1) {
        match entropy.below(14) {
            0..4 => text.push_str(entropy.pick(VALUES)),
            4..6 => text.push_str(entropy.pick(NEAR)),
            6 => text.push_str(entropy.pick(CONTEXT)),
            7 => text.push_str(entropy.pick(REPLACEMENTS)),
            8 if entropy.once_in(4) => flood(entropy, &mut text),
            8 => text.push_str(entropy.pick(STRANGE)),
            9 => text.push_str(&spelled(entropy)),
            11 | 12 => {
                let value = entropy.pick(VALUES);
                text.push_str(&wrapped(entropy, value));
            }
            10 => (0..entropy.below(24))
                .for_each(|_| text.push_str(entropy.pick(&["1", "2", "a", "4", "9"]))),
            _ => text.push_str(entropy.pick(&[
                "lorem",
                "x",
                "the quick brown fox",
                "order 17",
                "ok",
            ])),
        }
        text.push_str(entropy.pick(SEPARATORS));
    }
    text
}

/// Many characters that are read as nothing, and now and then a value that hides behind them.
fn flood(entropy: &mut Entropy<'_>, text: &mut String) {
    const TIMES: &[usize] = &[20, 42, 60, 80, 86, 130, 350, 520];
    let nothing = entropy.pick(NOTHING);
    (0..TIMES[entropy.below(TIMES.len())]).for_each(|_| text.push_str(nothing));
    if entropy.once_in(2) {
        text.push_str(entropy.pick(&["", " ", ": "]));
        let at = entropy.below(8);
        for (n, c) in entropy.pick(VALUES).chars().enumerate() {
            text.push(c);
            text.push_str(if n % 8 == at { nothing } else { "" });
        }
    }
}

/// A value written with signs of other scripts, which are read as their ASCII twins.
fn spelled(entropy: &mut Entropy<'_>) -> String {
    let value = entropy.pick(VALUES);
    let digits = entropy.pick(&["\u{ff10}", "\u{660}", "0"]).chars().next().unwrap_or('0');
    let mut out = String::new();
    for c in value.chars() {
        let strange = entropy.once_in(4);
        match (c, strange) {
            ('0'..='9', true) => {
                let digit = u32::from(digits) + u32::from(c) - u32::from('0');
                out.push(char::from_u32(digit).unwrap_or(c));
            }
            ('@', true) => out.push('\u{ff20}'),
            ('-', true) => out.push('\u{2010}'),
            (' ', true) => out.push('\u{a0}'),
            (_, true) => out.extend([c, '\u{200b}']),
            _ => out.push(c),
        }
    }
    out
}

/// A name of a field.
pub fn key(entropy: &mut Entropy<'_>) -> String {
    const KEYS: &[&str] = &[
        "id",
        "name",
        "customer",
        "ssn",
        "customerSSN",
        "card_number",
        "phone",
        "note",
        "dob",
        "lines",
        "sku",
        "patient",
        "mail",
        "social_security_number",
        "firstName",
        "Nachname",
        "user[address]",
        "a",
        "",
    ];
    match entropy.below(10) {
        9 => text(entropy, 2),
        _ => entropy.pick(KEYS).to_owned(),
    }
}
