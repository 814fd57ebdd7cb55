//! Numbers of Africa and Oceania.

use super::{BARE, Builtin, DOCUMENT, N11, N333, N2333, NUMBER, words};
use cofferdam_engine::model::{SouthernId, Validator};

const AU_ABN: Validator = Validator::SouthernId(SouthernId::AuAbn);

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "au_abn",
        category: "au_abn",
        on: false,
        pattern: N2333,
        structure: "2-3-3-3 digits with spaces",
        validator: AU_ABN,
        example: "51 824 753 556",
        ..NUMBER
    },
    Builtin {
        name: "au_abn.bare",
        category: "au_abn",
        on: false,
        pattern: N11,
        structure: "11 digits",
        validator: AU_ABN,
        near: words::AU_COMPANY,
        example: "51824753556",
        ..BARE
    },
    Builtin {
        name: "au_acn",
        category: "au_acn",
        on: false,
        pattern: N333,
        structure: "9 digits, perhaps 3-3-3",
        validator: Validator::SouthernId(SouthernId::AuAcn),
        near: words::AU_COMPANY,
        example: "004 085 616",
        ..BARE
    },
    Builtin {
        name: "au_tfn",
        category: "au_tfn",
        pattern: r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{2,3}",
        structure: "8 or 9 digits, perhaps in groups",
        validator: Validator::SouthernId(SouthernId::AuTfn),
        near: words::AU_TFN,
        example: "123 456 782",
        ..BARE
    },
    Builtin {
        name: "au_medicare",
        category: "au_medicare",
        group: "health",
        pattern: r"[2-6][0-9]{3} ?[0-9]{5} ?[0-9](?:[ /-]?[1-9])?",
        structure: "4-5-1 digits, perhaps a digit of the person",
        validator: Validator::SouthernId(SouthernId::AuMedicare),
        near: words::AU_MEDICARE,
        example: "2123 45670 1",
        ..BARE
    },
    Builtin {
        name: "ng_nin",
        category: "ng_nin",
        pattern: N11,
        structure: "11 digits",
        validator: Validator::SouthernId(SouthernId::NgNin),
        near: words::NG_NIN,
        example: "12345678901",
        ..BARE
    },
    Builtin {
        name: "ng_vehicle_registration",
        category: "ng_vehicle_registration",
        group: "device",
        on: false,
        pattern: r"[A-Z]{3}[ -]?[0-9]{2,3}[ -]?[A-Z]{2}",
        structure: "3 letters, 2 or 3 digits, 2 letters",
        validator: Validator::SouthernId(SouthernId::NgVehicleRegistration),
        near: words::PLATE,
        example: "ABC-123DE",
        ..DOCUMENT
    },
    Builtin {
        name: "za_id",
        category: "za_id",
        pattern: r"[0-9]{6} ?[0-9]{4} ?[0-9]{3}",
        structure: "13 digits, perhaps 6-4-3, the first 6 the birth date",
        validator: Validator::SouthernId(SouthernId::ZaId),
        near: words::ZA_ID,
        example: "7503305044089",
        ..BARE
    },
];
