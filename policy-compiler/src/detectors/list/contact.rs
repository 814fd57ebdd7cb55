//! How a person is reached.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

/// Words near a telephone number.
const PHONE: &[&str] = &[
    "phone",
    "telephone",
    "tel",
    "mobile",
    "mobil",
    "cell",
    "cellphone",
    "cellular",
    "fax",
    "sms",
    "whatsapp",
    "phone number",
    "telefon",
    "telefono",
    "telefoon",
    "telephone number",
];

/// The same, and words that in logs stand near any number: for what looks like a telephone
/// number by itself.
const CALLING_OR_PHONE: &[&str] = &[
    "phone",
    "telephone",
    "tel",
    "mobile",
    "mobil",
    "cell",
    "cellphone",
    "cellular",
    "fax",
    "sms",
    "whatsapp",
    "phone number",
    "telefon",
    "telefono",
    "telefoon",
    "telephone number",
    "call",
    "dial",
    "text me",
    "text us",
    "contact",
    "contact number",
    "my number",
    "your number",
    "his number",
    "her number",
    "reach",
];

const NANP: Builtin = Builtin {
    category: "phone",
    group: "contact",
    left: Border::Number,
    right: Border::Number,
    validator: Validator::PhoneNanp,
    bytes_max: 18,
    ..ROW
};

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "email",
        category: "email",
        group: "contact",
        pattern: concat!(
            r"[A-Za-z0-9_][A-Za-z0-9_%+'-]*(?:\.[A-Za-z0-9_%+'-]+)*@",
            r"(?-u:[A-Za-z0-9\x80-\xFF](?:[A-Za-z0-9\x80-\xFF-]*[A-Za-z0-9\x80-\xFF])?\.)+",
            r"(?:[A-Za-z]{2,}|[Xx][Nn]--[A-Za-z0-9-]*[A-Za-z0-9])",
        ),
        structure: "local part, labels, and letters or punycode at the end",
        left: Border::Address,
        validator: Validator::Email,
        example: "ann@example.com",
        bytes_max: 320,
        ..ROW
    },
    Builtin {
        name: "phone.e164",
        category: "phone",
        group: "contact",
        pattern: r"\+[1-9](?:(?:[ /-]| ?\(|\)[ -]?)?[0-9]|\.[0-9]{2}){3,15}",
        structure: "+, country code, and digits with separators",
        right: Border::Number,
        validator: Validator::PhoneE164,
        example: "+49 30 901820",
        bytes_max: 40,
        ..ROW
    },
    Builtin {
        name: "phone.nanp",
        pattern: concat!(
            r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .-][0-9]{4}",
            r"|[2-9][0-9]{2}(?:-[2-9][0-9]{2}-|\.[2-9][0-9]{2}\.)[0-9]{4})",
        ),
        structure: "3-3-4 digits with dashes, dots or parentheses",
        example: "(212) 555-2368",
        ..NANP
    },
    Builtin {
        name: "phone.nanp.spaced",
        pattern: r"(?:1 )?[2-9][0-9]{2} [2-9][0-9]{2} [0-9]{4}",
        structure: "3-3-4 digits with spaces",
        near: CALLING_OR_PHONE,
        example: "212 555 2368",
        ..NANP
    },
    Builtin {
        name: "phone.nanp.bare",
        strength: Strength::Weak,
        pattern: r"1?[2-9][0-9]{2}[2-9][0-9]{6}",
        structure: "10 or 11 digits",
        near: PHONE,
        example: "2125552368",
        ..NANP
    },
];
