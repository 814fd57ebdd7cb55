//! Numbers of the British Isles, Austria, France and the Low Countries.

use super::{BARE, Builtin, CODE, DOCUMENT, LETTERED, N9, N11, N13, NUMBER, words};
use cofferdam_engine::model::{Border, Strength, Validator, WestEuropeanId};

const UK_PASSPORT: Validator = Validator::WestEuropeanId(WestEuropeanId::UkPassport);
const FR_NIR: Validator = Validator::WestEuropeanId(WestEuropeanId::FrNir);
const FR_NIF: Validator = Validator::WestEuropeanId(WestEuropeanId::FrNif);
const BE_NRN: Validator = Validator::WestEuropeanId(WestEuropeanId::BeNrn);

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "uk_nino",
        category: "uk_nino",
        pattern: r"[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
        structure: "2 letters, 6 digits, A to D, perhaps with spaces",
        validator: Validator::WestEuropeanId(WestEuropeanId::UkNino),
        example: "AB 12 34 56 C",
        ..CODE
    },
    Builtin {
        name: "uk_utr",
        category: "uk_utr",
        pattern: r"[0-9]{5} ?[0-9]{5}K?",
        structure: "10 digits, perhaps 5-5, perhaps K",
        validator: Validator::WestEuropeanId(WestEuropeanId::UkUtr),
        near: words::UK_UTR,
        example: "1955839661",
        ..BARE
    },
    Builtin {
        name: "uk_driving_licence",
        category: "uk_driving_licence",
        strength: Strength::Certain,
        pattern: r"[A-Z][A-Z9]{4} ?[0-9]{6} ?[A-Z9]{2}[0-9][A-Z]{2}(?: ?[0-9]{2})?",
        structure: "5 of the surname, birth date, 2 initials, digit, 2 letters",
        validator: Validator::WestEuropeanId(WestEuropeanId::UkDrivingLicence),
        example: "MORGA657054SM9IJ",
        ..CODE
    },
    Builtin {
        name: "uk_passport",
        category: "uk_passport",
        pattern: N9,
        structure: "9 digits",
        validator: UK_PASSPORT,
        near: words::PASSPORT,
        example: "925076473",
        ..BARE
    },
    Builtin {
        name: "uk_passport.lettered",
        category: "uk_passport",
        pattern: LETTERED,
        structure: "2 letters and 7 digits",
        validator: UK_PASSPORT,
        near: words::UK_PASSPORT,
        example: "AB1234567",
        ..DOCUMENT
    },
    Builtin {
        name: "uk_postcode",
        category: "uk_postcode",
        group: "location",
        on: false,
        pattern: r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
        structure: "area, district, digit and 2 letters",
        validator: Validator::WestEuropeanId(WestEuropeanId::UkPostcode),
        near: words::POSTCODE,
        example: "SW1A 1AA",
        ..DOCUMENT
    },
    Builtin {
        name: "uk_vehicle_registration",
        category: "uk_vehicle_registration",
        group: "device",
        on: false,
        pattern: r"[A-Z]{1,3}[0-9]{1,3} ?[A-Z]{1,3}|[A-Z]{3} [0-9]{1,3}[A-Z]",
        structure: "2 letters, 2 digits, 3 letters, or the forms before 2001",
        validator: Validator::WestEuropeanId(WestEuropeanId::UkVehicleRegistration),
        near: words::PLATE,
        example: "AB12 CDE",
        ..DOCUMENT
    },
    Builtin {
        name: "ie_pps",
        category: "ie_pps",
        pattern: r"[0-9]{7} ?[A-W][A-IW]?",
        structure: "7 digits, 1 or 2 letters",
        right: Border::Word,
        validator: Validator::WestEuropeanId(WestEuropeanId::IePps),
        near: words::IE_PPS,
        example: "1234567T",
        ..BARE
    },
    Builtin {
        name: "at_ssn",
        category: "at_ssn",
        pattern: r"[0-9]{4} ?[0-9]{6}",
        structure: "10 digits, perhaps 4-6, the last 6 the birth date",
        validator: Validator::WestEuropeanId(WestEuropeanId::AtSsn),
        near: words::AT_SSN,
        example: "1237 010180",
        ..BARE
    },
    Builtin {
        name: "fr_nir",
        category: "fr_nir",
        group: "health",
        strength: Strength::Certain,
        pattern: r"[1-478] [0-9]{2} [0-9]{2} [0-9][0-9AB] [0-9]{3} [0-9]{3} [0-9]{2}",
        structure: "sex, year, month, department, commune, order, key, with spaces",
        validator: FR_NIR,
        example: "2 95 10 99 126 111 93",
        ..NUMBER
    },
    Builtin {
        name: "fr_nir.bare",
        category: "fr_nir",
        group: "health",
        pattern: r"[1-478][0-9]{5}[0-9AB] ?[0-9]{6} ?[0-9]{2}",
        structure: "15 characters, perhaps 13-2: sex, year, month, department, place, key",
        validator: FR_NIR,
        near: words::FR_NIR,
        example: "295109912611193",
        ..BARE
    },
    Builtin {
        name: "fr_nif",
        category: "fr_nif",
        pattern: r"[0-3][0-9] [0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}",
        structure: "2-2-3-3-3 digits with spaces",
        validator: FR_NIF,
        example: "30 23 217 600 053",
        ..NUMBER
    },
    Builtin {
        name: "fr_nif.bare",
        category: "fr_nif",
        pattern: N13,
        structure: "13 digits",
        validator: FR_NIF,
        near: words::FR_TAX,
        example: "3023217600053",
        ..BARE
    },
    Builtin {
        name: "nl_bsn",
        category: "nl_bsn",
        pattern: r"[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}",
        structure: "9 digits, perhaps 4-2-3 or 3-3-3",
        validator: Validator::WestEuropeanId(WestEuropeanId::NlBsn),
        near: words::NL_BSN,
        example: "111222333",
        ..BARE
    },
    Builtin {
        name: "be_nrn",
        category: "be_nrn",
        strength: Strength::Certain,
        pattern: r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}[.-][0-9]{2}",
        structure: "2.2.2-3.2 digits",
        validator: BE_NRN,
        example: "85.07.30-033.28",
        ..NUMBER
    },
    Builtin {
        name: "be_nrn.bare",
        category: "be_nrn",
        pattern: N11,
        structure: "11 digits",
        validator: BE_NRN,
        near: words::BE_NRN,
        example: "85073003328",
        ..BARE
    },
    Builtin {
        name: "lu_nin",
        category: "lu_nin",
        strength: Strength::Certain,
        pattern: r"[12][0-9]{3} ?[01][0-9] ?[0-3][0-9] ?[0-9]{3} ?[0-9]{2}",
        structure: "birth date with the century, 3 digits, 2 check digits",
        validator: Validator::WestEuropeanId(WestEuropeanId::LuNin),
        example: "1893120105732",
        ..NUMBER
    },
];
