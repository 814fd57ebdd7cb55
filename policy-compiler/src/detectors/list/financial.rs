//! Accounts and cards.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

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

/// Words near the verification number of a card.
const CVV: &[&str] = &[
    "cvv",
    "cvc",
    "cvn",
    "csc",
    "card verification",
    "card security code",
    "security code",
    "verification value",
    "card code",
    "prüfziffer",
    "prüfnummer",
    "kartenprüfnummer",
    "cryptogramme",
    "código de seguridad",
    "codigo de seguridad",
    "codice di sicurezza",
];

/// Words near the month and year in which a card expires.
const EXPIRY: &[&str] = &[
    "exp",
    "expiry",
    "expiration",
    "exp date",
    "expiry date",
    "expiration date",
    "expires",
    "card expiry",
    "valid thru",
    "valid until",
    "good thru",
    "gültig bis",
    "gueltig bis",
    "ablaufdatum",
    "date d'expiration",
    "caducidad",
    "vencimiento",
    "scadenza",
    "validade",
    "geldig tot",
    "ważna do",
];

/// Words near a bank's code.
const BIC: &[&str] = &["swift", "bic", "swift code", "bic code", "bank identifier", "swift bic"];

/// Words near a routing number.
const ROUTING: &[&str] =
    &["routing", "routing number", "aba", "rtn", "transit number", "routing transit", "aba number"];

/// Words near the number of a bank account.
const ACCOUNT: &[&str] = &[
    "account number",
    "account no",
    "acct",
    "acct no",
    "acct number",
    "bank account",
    "checking",
    "checking account",
    "savings account",
    "deposit account",
    "direct deposit",
];

const TRACK: Builtin = Builtin {
    category: "card_track",
    group: "financial",
    strength: Strength::Certain,
    left: Border::None,
    right: Border::None,
    validator: Validator::CardTrack,
    bytes_max: 120,
    ..ROW
};

pub(super) const ROWS: &[Builtin] = &[
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
        pattern: r"4[0-9]{12}|3[0-9]{13,14}|[0-9]{16}",
        structure: "16 digits, 13 from 4, 14 or 15 from 3",
        example: "4111111111111111",
        ..CARD
    },
    Builtin {
        name: "credit_card.long",
        pattern: r"[0-9]{12,15}|[0-9]{17,19}",
        structure: "12 to 15 or 17 to 19 digits, which few cards have and many an identifier",
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
        name: "card_track.1",
        pattern: r"%[Bb][0-9]+\^[ -\]_-~]+\^[0-9]{4}[ ->@-~]*\?",
        structure: "%B, card number, name, year and month, ?",
        example: "%B4111111111111111^LEE/ANN^29121011000000000000?",
        ..TRACK
    },
    Builtin {
        name: "card_track.2",
        pattern: r";[0-9]+=[0-9]{4,}\?",
        structure: ";, card number, =, year and month, ?",
        example: ";4111111111111111=29121011000000000000?",
        ..TRACK
    },
    Builtin {
        name: "card_cvv",
        category: "card_cvv",
        group: "financial",
        strength: Strength::Weak,
        pattern: "[0-9]{3,4}",
        structure: "3 or 4 digits",
        left: Border::Joined,
        // In base64 it would go on in other signs.
        right: Border::Assigned,
        validator: Validator::Named,
        near: CVV,
        example: "737",
        bytes_max: 4,
        ..ROW
    },
    Builtin {
        name: "card_expiry",
        category: "card_expiry",
        group: "financial",
        strength: Strength::Weak,
        pattern: "(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[0-9]{2}",
        structure: "month and year",
        left: Border::Joined,
        right: Border::Joined,
        validator: Validator::CardExpiry,
        near: EXPIRY,
        example: "09/29",
        bytes_max: 9,
        ..ROW
    },
    Builtin {
        name: "us_aba_routing",
        category: "us_aba_routing",
        group: "financial",
        pattern: "[0-9]{4}-[0-9]{4}-[0-9]",
        structure: "4-4-1 digits with dashes",
        left: Border::Number,
        right: Border::Number,
        validator: Validator::UsAba,
        example: "1210-0035-8",
        bytes_max: 11,
        ..ROW
    },
    Builtin {
        name: "us_aba_routing.bare",
        category: "us_aba_routing",
        group: "financial",
        strength: Strength::Weak,
        pattern: "[0-9]{9}",
        structure: "9 digits",
        left: Border::Number,
        right: Border::Number,
        validator: Validator::UsAba,
        near: ROUTING,
        example: "121000358",
        bytes_max: 9,
        ..ROW
    },
    Builtin {
        name: "us_bank_account",
        category: "us_bank_account",
        group: "financial",
        strength: Strength::Weak,
        pattern: "[0-9]{8,17}",
        structure: "8 to 17 digits",
        left: Border::Number,
        right: Border::Number,
        validator: Validator::BankAccount,
        near: ACCOUNT,
        example: "945456787654",
        bytes_max: 17,
        ..ROW
    },
    Builtin {
        name: "swift_bic",
        category: "swift_bic",
        group: "financial",
        on: false,
        strength: Strength::Weak,
        pattern: "[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        structure: "bank, country and place, perhaps a branch",
        validator: Validator::SwiftBic,
        near: BIC,
        example: "DEUTDEFF500",
        bytes_max: 11,
        ..ROW
    },
];
