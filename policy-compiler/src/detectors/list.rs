//! The rows of the built-in list: data only, in the order in which ties are broken.

use super::Builtin;
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
    "text",
    "contact",
    "number",
    "reach",
];

/// Words near a card number.
const CARDS: &[&str] = &[
    "card",
    "credit",
    "debit",
    "credit card",
    "debit card",
    "card number",
    "pan",
    "cc",
    "visa",
    "mastercard",
    "maestro",
    "amex",
    "discover",
    "diners",
    "jcb",
    "unionpay",
    "rupay",
];

/// Words near a Social Security number.
const SSN: &[&str] = &[
    "ssn",
    "ss",
    "social",
    "social security",
    "social security number",
    "socsec",
    "soc sec",
    "tin",
    "taxpayer",
    "tax id",
    "taxpayer id",
    "social insurance",
];

/// A detector that is no exception in anything.
const ROW: Builtin = Builtin {
    name: "",
    category: "",
    group: "",
    on: true,
    strength: Strength::Likely,
    pattern: "",
    structure: "",
    left: Border::Word,
    right: Border::Word,
    validator: Validator::Structure,
    near: &[],
    example: "",
    bytes_max: 64,
    commits: false,
};

const CARD: Builtin = Builtin {
    category: "credit_card",
    group: "financial",
    strength: Strength::Certain,
    left: Border::Number,
    right: Border::Number,
    validator: Validator::CreditCard,
    bytes_max: 23,
    ..ROW
};

const US_SSN: Builtin = Builtin {
    category: "us_ssn",
    group: "government_id",
    left: Border::Number,
    right: Border::Number,
    validator: Validator::UsSsn,
    bytes_max: 11,
    ..ROW
};

const NANP: Builtin = Builtin {
    category: "phone",
    group: "contact",
    left: Border::Number,
    right: Border::Number,
    validator: Validator::PhoneNanp,
    bytes_max: 18,
    ..ROW
};

const CREDENTIAL: Builtin = Builtin { group: "credential", strength: Strength::Certain, ..ROW };

pub(super) const BUILTIN: &[Builtin] = &[
    Builtin {
        name: "private_key",
        category: "private_key",
        // The validator reads the label, so that it need not be spelled out in states.
        pattern: concat!(
            r"-----BEGIN [A-Z0-9 ]+-----(?:\\{1,2}[rn]|\s)*",
            r"(?:[A-Z][A-Za-z-]*: [ -\[\]-~]*(?:\\{1,2}[rn]|[\r\n])+)*",
            r"(?:[A-Za-z0-9+/=]|\\{1,2}[rn]|\s)+-----END [A-Z0-9 ]+-----",
        ),
        structure: "PEM block of a private key, also with written-out line ends",
        left: Border::None,
        right: Border::None,
        validator: Validator::PrivateKey,
        example: concat!(
            "-----BEGIN PRIVATE KEY-----\n",
            "RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBM\n",
            "RVhBTVBMRUVYQU1QTEU=\n",
            "-----END PRIVATE KEY-----",
        ),
        bytes_max: 384,
        commits: true,
        ..CREDENTIAL
    },
    Builtin {
        name: "jwt",
        category: "jwt",
        pattern: concat!(
            r"e(?:yJ|yA|wo|w0|wk)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*",
            r"(?:\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)?",
        ),
        structure: "three or five parts of base64url with dots between",
        validator: Validator::Jwt,
        example: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJleGFtcGxlIn0.ZXhhbXBsZS1zaWduYXR1cmU",
        bytes_max: 768,
        commits: true,
        ..CREDENTIAL
    },
    Builtin {
        name: "aws_access_key",
        category: "aws_access_key",
        pattern: r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}",
        structure: "AKIA, ASIA, ABIA or ACCA, and 16 capitals or digits",
        validator: Validator::AwsAccessKey,
        example: "AKIAMADEUPKEY4TESTS7",
        bytes_max: 20,
        ..CREDENTIAL
    },
    Builtin {
        name: "iban",
        category: "iban",
        group: "financial",
        strength: Strength::Certain,
        pattern: concat!(
            r"[A-Za-z]{2}[0-9]{2}(?:[A-Za-z0-9]{11,30}",
            r"|(?: [A-Za-z0-9]{4}){2,7}(?: [A-Za-z0-9]{1,3})?",
            r"|(?:-[A-Za-z0-9]{4}){2,7}(?:-[A-Za-z0-9]{1,3})?)",
        ),
        structure: "country, check digits, account; groups of four or none",
        validator: Validator::Iban,
        example: "DE89 3704 0044 0532 0130 00",
        bytes_max: 43,
        ..ROW
    },
    Builtin {
        name: "credit_card",
        pattern: r"[0-9]{12,16}|[0-9]{19}",
        structure: "12 to 16 digits, or 19",
        example: "4111111111111111",
        ..CARD
    },
    Builtin {
        name: "credit_card.long",
        pattern: r"[0-9]{17,18}",
        structure: "17 or 18 digits, which hardly any card has and many an identifier",
        near: CARDS,
        example: "601100000000000004",
        ..CARD
    },
    Builtin {
        name: "credit_card.grouped",
        // Three groups of four with dashes are the middle of a UUID.
        pattern: concat!(
            r"[0-9]{4}(?:(?: [0-9]{4}){2,3}(?: [0-9]{1,3})?|-[0-9]{4}-[0-9]{4}-[0-9]{1,4}",
            r"|(?:-[0-9]{4}){3}-[0-9]{1,3}| [0-9]{6} [0-9]{4,5}|-[0-9]{6}-[0-9]{4,5})",
        ),
        structure: "groups of four, or 4-6-5 or 4-6-4, with spaces or dashes",
        example: "4111 1111 1111 1111",
        ..CARD
    },
    Builtin {
        name: "us_ssn",
        pattern: r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
        structure: "3-2-4 digits with dashes",
        example: "078-05-1120",
        ..US_SSN
    },
    Builtin {
        name: "us_ssn.spaced",
        pattern: r"[0-9]{3}(?: [0-9]{2} [0-9]{4}|\.[0-9]{2}\.[0-9]{4})",
        structure: "3-2-4 digits with spaces or dots",
        near: SSN,
        example: "078 05 1120",
        ..US_SSN
    },
    Builtin {
        name: "us_ssn.bare",
        strength: Strength::Weak,
        pattern: r"[0-9]{9}",
        structure: "9 digits",
        near: SSN,
        example: "078051120",
        bytes_max: 9,
        ..US_SSN
    },
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
    Builtin {
        name: "ip_address.v4",
        category: "ip_address",
        group: "network",
        on: false,
        pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?",
        structure: "dotted quad, perhaps with a prefix length",
        left: Border::Dotted,
        right: Border::Dotted,
        validator: Validator::Ipv4,
        example: "198.51.100.7",
        bytes_max: 18,
        ..ROW
    },
    Builtin {
        name: "ip_address.v6",
        category: "ip_address",
        group: "network",
        on: false,
        pattern: concat!(
            r"(?:[0-9A-Fa-f]{1,4}:|::)(?:[0-9A-Fa-f]{0,4}:)*",
            r"(?:[0-9A-Fa-f]{0,4}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
            r"(?:%[A-Za-z0-9_.-]*[A-Za-z0-9])?(?:/[0-9]{1,3})?",
        ),
        structure: "groups of hex digits with colons, perhaps a dotted tail, zone, prefix length",
        left: Border::Colon,
        right: Border::Colon,
        validator: Validator::Ipv6,
        example: "2001:db8::7",
        bytes_max: 64,
        ..ROW
    },
];
