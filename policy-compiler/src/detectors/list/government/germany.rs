//! Numbers of Germany.

use super::{BARE, Builtin, CODE, DOCUMENT, N11, N13, N2333, NUMBER, words};
use cofferdam_engine::model::{Border, Strength, Validator, WestEuropeanId};

const TAX_ID: Validator = Validator::WestEuropeanId(WestEuropeanId::DeTaxId);
const TAX_NUMBER: Validator = Validator::WestEuropeanId(WestEuropeanId::DeTaxNumber);

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "de_tax_id",
        category: "de_tax_id",
        pattern: N2333,
        structure: "2-3-3-3 digits with spaces",
        validator: TAX_ID,
        example: "36 574 261 809",
        ..NUMBER
    },
    Builtin {
        name: "de_tax_id.bare",
        category: "de_tax_id",
        pattern: N11,
        structure: "11 digits",
        validator: TAX_ID,
        near: words::DE_TAX,
        example: "36574261809",
        ..BARE
    },
    Builtin {
        name: "de_tax_number",
        category: "de_tax_number",
        pattern: r"[0-9]{2,3}/[0-9]{3,4}/[0-9]{4,5}",
        structure: "10 or 11 digits with slashes",
        validator: TAX_NUMBER,
        near: words::DE_TAX,
        example: "181/815/08155",
        ..BARE
    },
    Builtin {
        name: "de_tax_number.bare",
        category: "de_tax_number",
        pattern: N13,
        structure: "13 digits, the first of the state, the fifth 0",
        validator: TAX_NUMBER,
        near: words::DE_TAX,
        example: "5181081508155",
        ..BARE
    },
    Builtin {
        name: "de_id_card",
        category: "de_id_card",
        pattern: r"[LMNPRTVWXY][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9]?",
        structure: "letter, 8 letters or digits, perhaps a check digit",
        validator: Validator::WestEuropeanId(WestEuropeanId::DeIdCard),
        near: words::ID_CARD,
        example: "T220001293",
        ..DOCUMENT
    },
    Builtin {
        name: "de_passport",
        category: "de_passport",
        pattern: r"[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9]?",
        structure: "letter, 8 letters or digits, perhaps a check digit",
        validator: Validator::WestEuropeanId(WestEuropeanId::DePassport),
        near: words::PASSPORT,
        example: "C01X00T478",
        ..DOCUMENT
    },
    Builtin {
        name: "de_social_security",
        category: "de_social_security",
        strength: Strength::Certain,
        pattern: r"[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}",
        structure: "area, birth date, letter, 3 digits, perhaps with spaces",
        validator: Validator::WestEuropeanId(WestEuropeanId::DeSocialSecurity),
        example: "15 070649 C 103",
        ..NUMBER
    },
    Builtin {
        name: "de_vat_id",
        category: "de_vat_id",
        on: false,
        pattern: r"DE ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        structure: "DE and 9 digits, perhaps with spaces",
        validator: Validator::WestEuropeanId(WestEuropeanId::DeVatId),
        example: "DE136695976",
        ..CODE
    },
    Builtin {
        name: "de_driving_licence",
        category: "de_driving_licence",
        pattern: r"[0-9A-Z][0-9]{2}[0-9A-Z]{6}[0-9X][0-9A-Z]",
        structure: "office, 6 letters or digits, check digit, count",
        validator: Validator::WestEuropeanId(WestEuropeanId::DeDrivingLicence),
        near: words::DRIVER,
        example: "B072RRE2I55",
        ..DOCUMENT
    },
    Builtin {
        name: "de_commercial_register",
        category: "de_commercial_register",
        on: false,
        pattern: r"HR[AB] ?[0-9]{1,6}(?: ?[A-Z]{1,2})?",
        structure: "HRA or HRB, up to 6 digits, perhaps letters of the court",
        near: words::DE_REGISTER,
        example: "HRB 12345",
        ..DOCUMENT
    },
    Builtin {
        name: "de_postcode",
        category: "de_postcode",
        group: "location",
        on: false,
        pattern: r"[0-9]{5}",
        structure: "5 digits",
        right: Border::Colon,
        validator: Validator::WestEuropeanId(WestEuropeanId::DePostcode),
        near: words::DE_POSTCODE,
        example: "10115",
        ..BARE
    },
    Builtin {
        name: "de_vehicle_registration",
        category: "de_vehicle_registration",
        group: "device",
        on: false,
        pattern: r"(?:[A-Z]|Ä|Ö|Ü){1,3}[ -][A-Z]{1,2}[ -]?[0-9]{1,4}[EH]?",
        structure: "district, letters, digits, perhaps E or H",
        validator: Validator::WestEuropeanId(WestEuropeanId::DeVehicleRegistration),
        near: words::PLATE,
        example: "B-XY 1234",
        ..DOCUMENT
    },
];
