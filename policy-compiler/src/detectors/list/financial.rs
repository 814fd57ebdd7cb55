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
];
