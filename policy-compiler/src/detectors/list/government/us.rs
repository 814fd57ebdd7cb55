//! Numbers of the United States, and what machines read in passports of all states.

use super::{BARE, Builtin, CODE, DOCUMENT, LETTERED, N9, NUMBER, words};
use cofferdam_engine::model::{AmericanId, Border, Strength, Validator};

const US_SSN: Builtin =
    Builtin { category: "us_ssn", validator: Validator::UsSsn, bytes_max: 11, ..NUMBER };

const US_ITIN: Builtin = Builtin {
    category: "us_itin",
    validator: Validator::AmericanId(AmericanId::UsItin),
    bytes_max: 11,
    ..NUMBER
};

const MRZ: Builtin = Builtin {
    category: "passport_mrz",
    strength: Strength::Certain,
    validator: Validator::PassportMrz,
    ..CODE
};

pub(super) const ROWS: &[Builtin] = &[
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
        near: words::SSN,
        example: "078 05 1120",
        ..US_SSN
    },
    Builtin {
        name: "us_ssn.bare",
        strength: Strength::Weak,
        pattern: N9,
        structure: "9 digits",
        near: words::SSN,
        example: "078051120",
        bytes_max: 9,
        ..US_SSN
    },
    Builtin {
        name: "us_itin",
        pattern: r"9[0-9]{2}-[5-9][0-9]-[0-9]{4}",
        structure: "3-2-4 digits with dashes, the first a 9",
        example: "912-78-1234",
        ..US_ITIN
    },
    Builtin {
        name: "us_itin.bare",
        strength: Strength::Weak,
        pattern: r"9[0-9]{2} ?[5-9][0-9] ?[0-9]{4}",
        structure: "9 digits, the first a 9, perhaps 3-2-4 with spaces",
        near: words::ITIN,
        example: "912781234",
        ..US_ITIN
    },
    Builtin {
        name: "us_ein",
        category: "us_ein",
        on: false,
        pattern: r"[0-9]{2}-?[0-9]{7}",
        structure: "2-7 digits with a dash or none",
        validator: Validator::AmericanId(AmericanId::UsEin),
        near: words::US_EIN,
        example: "12-3456789",
        ..BARE
    },
    Builtin {
        name: "us_passport",
        category: "us_passport",
        pattern: LETTERED,
        structure: "9 digits, or a letter and 8",
        validator: Validator::AmericanId(AmericanId::UsPassport),
        near: words::PASSPORT,
        example: "A12345678",
        ..DOCUMENT
    },
    Builtin {
        name: "us_driver_license",
        category: "us_driver_license",
        // Some states part the groups of the name's code.
        pattern: concat!(
            r"[A-Z]{0,3}[0-9]{6,14}[A-Z]?|[A-Z]{2}[0-9]{5}",
            r"|[A-Z][0-9]{3}-[0-9]{3,4}-[0-9]{2,4}(?:-[0-9]{2,3}(?:-[0-9])?)?",
            r"|[0-9]{2}[A-Z]{3}[0-9]{5}|[0-9]{3}[A-Z]{2}[0-9]{4}",
        ),
        structure: "letters and digits as one of the states writes them",
        validator: Validator::AmericanId(AmericanId::UsDriverLicense),
        near: words::DRIVER,
        example: "D1234567",
        ..DOCUMENT
    },
    Builtin {
        name: "passport_mrz",
        // The validator knows the lengths, so that they need not be spelled out in states.
        pattern: concat!(
            r"[ACIPV][A-Z<][A-Z<]{3}[A-Z0-9<]+(?:\r?\n|\\n| )[A-Z0-9<]+",
            r"(?:(?:\r?\n|\\n| )[A-Z<]+)?",
        ),
        structure: "2 lines of 44 or 36 characters, or 3 of 30",
        example: concat!(
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ),
        bytes_max: 96,
        ..MRZ
    },
    Builtin {
        name: "passport_mrz.line",
        pattern: r"[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{7}[FMX<][0-9]{7}[A-Z0-9<]{15}[0-9]",
        structure: "the second of 2 lines of 44 characters",
        left: Border::Number,
        example: "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        bytes_max: 44,
        ..MRZ
    },
];
