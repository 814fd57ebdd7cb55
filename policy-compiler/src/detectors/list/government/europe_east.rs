//! Numbers of the east and north of Europe.

use super::{BARE, Builtin, N10, N11, N13, NUMBER, words};
use cofferdam_engine::model::{EastEuropeanId, Strength, Validator};

const PL_NIP: Validator = Validator::EastEuropeanId(EastEuropeanId::PlNip);
const BIRTH_NUMBER: Validator = Validator::EastEuropeanId(EastEuropeanId::CzSkBirthNumber);
const PERSONAS_KODS: Validator = Validator::EastEuropeanId(EastEuropeanId::LvPersonasKods);
const PERSONNUMMER: Validator = Validator::EastEuropeanId(EastEuropeanId::SePersonnummer);
const ORGANISATION: Validator = Validator::EastEuropeanId(EastEuropeanId::SeOrganisationsnummer);

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "pl_pesel",
        category: "pl_pesel",
        pattern: N11,
        structure: "11 digits, the first 6 the birth date",
        validator: Validator::EastEuropeanId(EastEuropeanId::PlPesel),
        near: words::PL_PESEL,
        example: "44051401359",
        ..BARE
    },
    Builtin {
        name: "pl_nip",
        category: "pl_nip",
        on: false,
        pattern: r"[0-9]{3}-(?:[0-9]{3}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{3})",
        structure: "3-3-2-2 or 3-2-2-3 digits with dashes",
        validator: PL_NIP,
        example: "856-734-62-15",
        ..NUMBER
    },
    Builtin {
        name: "pl_nip.bare",
        category: "pl_nip",
        on: false,
        pattern: N10,
        structure: "10 digits",
        validator: PL_NIP,
        near: words::PL_NIP,
        example: "8567346215",
        ..BARE
    },
    Builtin {
        name: "cz_sk_birth_number",
        category: "cz_sk_birth_number",
        pattern: r"[0-9]{6}/[0-9]{4}",
        structure: "6/4 digits, the first 6 the birth date",
        validator: BIRTH_NUMBER,
        example: "710319/2745",
        ..NUMBER
    },
    Builtin {
        name: "cz_sk_birth_number.bare",
        category: "cz_sk_birth_number",
        pattern: r"[0-9]{6}/?[0-9]{3,4}",
        structure: "9 or 10 digits, the first 6 the birth date",
        validator: BIRTH_NUMBER,
        near: words::CZ_SK_BIRTH_NUMBER,
        example: "7103192745",
        ..BARE
    },
    Builtin {
        name: "hu_tin",
        category: "hu_tin",
        pattern: N10,
        structure: "10 digits, the first an 8",
        validator: Validator::EastEuropeanId(EastEuropeanId::HuTin),
        near: words::HU_TIN,
        example: "8071592153",
        ..BARE
    },
    Builtin {
        name: "ro_cnp",
        category: "ro_cnp",
        pattern: N13,
        structure: "13 digits: sex, birth date, county, order, check digit",
        validator: Validator::EastEuropeanId(EastEuropeanId::RoCnp),
        near: words::RO_CNP,
        example: "1630615123457",
        ..BARE
    },
    Builtin {
        name: "bg_egn",
        category: "bg_egn",
        pattern: N10,
        structure: "10 digits, the first 6 the birth date",
        validator: Validator::EastEuropeanId(EastEuropeanId::BgEgn),
        near: words::BG_EGN,
        example: "7523169263",
        ..BARE
    },
    Builtin {
        name: "si_tin",
        category: "si_tin",
        pattern: r"(?:SI ?)?[0-9]{8}",
        structure: "8 digits, perhaps SI before them",
        validator: Validator::EastEuropeanId(EastEuropeanId::SiTin),
        near: words::SI_TIN,
        example: "50223054",
        ..BARE
    },
    Builtin {
        name: "si_emso",
        category: "si_emso",
        pattern: N13,
        structure: "13 digits, the first 7 the birth date",
        validator: Validator::EastEuropeanId(EastEuropeanId::SiEmso),
        near: words::SI_EMSO,
        example: "0101006500006",
        ..BARE
    },
    Builtin {
        name: "ee_isikukood",
        category: "ee_isikukood",
        pattern: N11,
        structure: "11 digits: sex and century, birth date, order, check digit",
        validator: Validator::EastEuropeanId(EastEuropeanId::EeIsikukood),
        near: words::EE_ISIKUKOOD,
        example: "36805280109",
        ..BARE
    },
    Builtin {
        name: "lt_asmens_kodas",
        category: "lt_asmens_kodas",
        pattern: N11,
        structure: "11 digits: sex and century, birth date, order, check digit",
        validator: Validator::EastEuropeanId(EastEuropeanId::LtAsmensKodas),
        near: words::LT_ASMENS_KODAS,
        example: "33309240064",
        ..BARE
    },
    Builtin {
        name: "lv_personas_kods",
        category: "lv_personas_kods",
        pattern: r"(?:[0-2][0-9]|3[01])[0-9]{4}-[0-2][0-9]{4}",
        structure: "6-5 digits, the first 6 the birth date",
        validator: PERSONAS_KODS,
        example: "161175-19997",
        ..NUMBER
    },
    Builtin {
        name: "lv_personas_kods.bare",
        category: "lv_personas_kods",
        pattern: r"[0-9]{6}-?[0-9]{5}",
        structure: "11 digits, perhaps 6-5, with a birth date or from 32 on",
        validator: PERSONAS_KODS,
        near: words::LV_PERSONAS_KODS,
        example: "16117519997",
        ..BARE
    },
    Builtin {
        name: "se_personnummer",
        category: "se_personnummer",
        pattern: r"[0-9]{6}[-+][0-9]{4}",
        structure: "6-4 digits, the first 6 the birth date",
        validator: PERSONNUMMER,
        example: "880320-0016",
        ..NUMBER
    },
    Builtin {
        name: "se_personnummer.bare",
        category: "se_personnummer",
        pattern: r"(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}",
        structure: "10 or 12 digits, the birth date first",
        validator: PERSONNUMMER,
        near: words::SE_PERSONNUMMER,
        example: "198803200016",
        ..BARE
    },
    Builtin {
        name: "se_organisationsnummer",
        category: "se_organisationsnummer",
        on: false,
        pattern: r"[0-9]{6}-[0-9]{4}",
        structure: "6-4 digits, the third 2 or more",
        validator: ORGANISATION,
        example: "123456-7897",
        ..NUMBER
    },
    Builtin {
        name: "se_organisationsnummer.bare",
        category: "se_organisationsnummer",
        on: false,
        pattern: N10,
        structure: "10 digits, the third 2 or more",
        validator: ORGANISATION,
        near: words::SE_ORGANISATIONSNUMMER,
        example: "1234567897",
        ..BARE
    },
    Builtin {
        name: "fi_hetu",
        category: "fi_hetu",
        strength: Strength::Certain,
        pattern: r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]",
        structure: "birth date, sign of the century, 3 digits, check character",
        validator: Validator::EastEuropeanId(EastEuropeanId::FiHetu),
        example: "131052-308T",
        ..NUMBER
    },
];
