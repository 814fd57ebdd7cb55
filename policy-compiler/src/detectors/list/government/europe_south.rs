//! Numbers of Spain, Portugal, Italy and Greece.

use super::{BARE, Builtin, CODE, DOCUMENT, LETTERED, N11, N333, NUMBER, words};
use cofferdam_engine::model::{Border, SouthEuropeanId, Strength, Validator};

const ES_NUSS: Validator = Validator::SouthEuropeanId(SouthEuropeanId::EsNuss);
const FISCAL_CODE: Validator = Validator::SouthEuropeanId(SouthEuropeanId::ItFiscalCode);
const IT_VAT_CODE: Validator = Validator::SouthEuropeanId(SouthEuropeanId::ItVatCode);

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "es_nif",
        category: "es_nif",
        strength: Strength::Certain,
        pattern: r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}-?[A-HJ-NP-TV-Z]",
        structure: "8 digits, perhaps dots and a dash, a letter",
        right: Border::Word,
        validator: Validator::SouthEuropeanId(SouthEuropeanId::EsNif),
        example: "12345678Z",
        ..NUMBER
    },
    Builtin {
        name: "es_nie",
        category: "es_nie",
        strength: Strength::Certain,
        pattern: r"[XYZ]-?[0-9]{7}-?[A-HJ-NP-TV-Z]",
        structure: "X, Y or Z, 7 digits, a letter, perhaps with dashes",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::EsNie),
        example: "X1234567L",
        ..CODE
    },
    Builtin {
        name: "es_nuss",
        category: "es_nuss",
        pattern: r"[0-9]{2}(?:/[0-9]{8}/|-[0-9]{8}-)[0-9]{2}",
        structure: "2-8-2 digits with slashes or dashes",
        validator: ES_NUSS,
        example: "28/12345678/40",
        ..NUMBER
    },
    Builtin {
        name: "es_nuss.bare",
        category: "es_nuss",
        pattern: r"[0-9]{2} ?[0-9]{8} ?[0-9]{2}",
        structure: "12 digits, perhaps 2-8-2",
        validator: ES_NUSS,
        near: words::ES_NUSS,
        example: "281234567840",
        ..BARE
    },
    Builtin {
        name: "es_passport",
        category: "es_passport",
        pattern: LETTERED,
        structure: "3 letters and 6 digits",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::EsPassport),
        near: words::PASSPORT,
        example: "AAA123456",
        ..DOCUMENT
    },
    Builtin {
        name: "pt_nif",
        category: "pt_nif",
        pattern: N333,
        structure: "9 digits, perhaps 3-3-3",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::PtNif),
        near: words::PT_NIF,
        example: "501964843",
        ..BARE
    },
    Builtin {
        name: "it_fiscal_code",
        category: "it_fiscal_code",
        strength: Strength::Certain,
        // The validator knows which letters stand for digits.
        pattern: r"[A-Za-z]{6}[0-9A-Za-z]{5}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]",
        structure: "6 letters, year, month, day, town, check letter",
        validator: FISCAL_CODE,
        example: "RCCMNL83S18D969H",
        ..CODE
    },
    Builtin {
        name: "it_fiscal_code.spaced",
        category: "it_fiscal_code",
        strength: Strength::Certain,
        pattern: r"[A-Z]{3} [A-Z]{3} [0-9A-Z]{5} [A-Z][0-9A-Z]{3}[A-Z]",
        structure: "3-3-5-5 capitals and digits",
        validator: FISCAL_CODE,
        example: "RCC MNL 83S18 D969H",
        ..CODE
    },
    Builtin {
        name: "it_vat_code",
        category: "it_vat_code",
        on: false,
        pattern: r"IT ?[0-9]{11}",
        structure: "IT and 11 digits",
        validator: IT_VAT_CODE,
        example: "IT00743110157",
        ..CODE
    },
    Builtin {
        name: "it_vat_code.bare",
        category: "it_vat_code",
        on: false,
        pattern: N11,
        structure: "11 digits",
        validator: IT_VAT_CODE,
        near: words::IT_VAT,
        example: "00743110157",
        ..BARE
    },
    Builtin {
        name: "it_identity_card",
        category: "it_identity_card",
        pattern: r"[A-Z]{2} ?[0-9]{5}(?:[0-9]{2}|[A-Z]{2})|[0-9]{7}[A-Z]{2}",
        structure: "2 letters and 7 digits, either first, or 2 letters, 5 digits, 2 letters",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::ItIdentityCard),
        near: words::ID_CARD,
        example: "CA12345AB",
        ..DOCUMENT
    },
    Builtin {
        name: "it_passport",
        category: "it_passport",
        pattern: LETTERED,
        structure: "2 letters and 7 digits",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::ItPassport),
        near: words::PASSPORT,
        example: "YA1234567",
        ..DOCUMENT
    },
    Builtin {
        name: "it_driver_license",
        category: "it_driver_license",
        pattern: r"[A-Z]{2}[0-9]{7}[A-Z]|U1[0-9A-Z]{7}[A-Z]",
        structure: "2 letters, 7 digits, a letter, or U1, 7 characters, a letter",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::ItDriverLicense),
        near: words::DRIVER,
        example: "AA1234567B",
        ..DOCUMENT
    },
    Builtin {
        name: "gr_amka",
        category: "gr_amka",
        pattern: N11,
        structure: "11 digits, the first 6 the birth date",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::GrAmka),
        near: words::GR_AMKA,
        example: "01013099997",
        ..BARE
    },
    Builtin {
        name: "gr_tin",
        category: "gr_tin",
        pattern: r"(?:EL ?)?[0-9]{9}",
        structure: "9 digits, perhaps EL before them",
        validator: Validator::SouthEuropeanId(SouthEuropeanId::GrTin),
        near: words::GR_TIN,
        example: "094259216",
        ..BARE
    },
];
