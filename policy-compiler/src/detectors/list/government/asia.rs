//! Numbers of Asia, Turkey included.

use super::{BARE, Builtin, CODE, DOCUMENT, N10, N11, N13, NUMBER, words};
use cofferdam_engine::model::{AsianId, Border, Strength, Validator};

const TH_TNIN: Validator = Validator::AsianId(AsianId::ThTnin);
const KR_RRN: Validator = Validator::AsianId(AsianId::KrRrn);
const KR_FRN: Validator = Validator::AsianId(AsianId::KrFrn);
const KR_BRN: Validator = Validator::AsianId(AsianId::KrBrn);

/// What residents and foreigners have in common.
const KR_REGISTRATION: &str = r"[0-9]{6}-[0-9]{7}";

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "in_aadhaar",
        category: "in_aadhaar",
        // By themselves four, four and four digits begin every card number.
        pattern: r"[2-9][0-9]{3}(?:[0-9]{8}| [0-9]{4} [0-9]{4}|-[0-9]{4}-[0-9]{4})",
        structure: "12 digits, perhaps 4-4-4",
        validator: Validator::AsianId(AsianId::InAadhaar),
        near: words::IN_AADHAAR,
        example: "2341 2341 2346",
        ..BARE
    },
    Builtin {
        name: "in_pan",
        category: "in_pan",
        pattern: r"[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]",
        structure: "5 letters, 4 digits, a letter",
        validator: Validator::AsianId(AsianId::InPan),
        example: "ACUPA7085R",
        ..CODE
    },
    Builtin {
        name: "in_gstin",
        category: "in_gstin",
        on: false,
        strength: Strength::Certain,
        pattern: r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]",
        structure: "state, PAN, count, Z, check character",
        left: Border::Number,
        validator: Validator::AsianId(AsianId::InGstin),
        example: "27AAPFU0939F1ZV",
        ..CODE
    },
    Builtin {
        name: "in_voter",
        category: "in_voter",
        pattern: r"[A-Z]{3}[0-9]{7}",
        structure: "3 letters, 7 digits",
        validator: Validator::AsianId(AsianId::InVoter),
        near: words::IN_VOTER,
        example: "WKH1186253",
        ..DOCUMENT
    },
    Builtin {
        name: "in_passport",
        category: "in_passport",
        pattern: r"[A-PR-WY][1-9][0-9] ?[0-9]{4}[1-9]",
        structure: "letter, 7 digits",
        validator: Validator::AsianId(AsianId::InPassport),
        near: words::PASSPORT,
        example: "J8369854",
        ..DOCUMENT
    },
    Builtin {
        name: "in_vehicle_registration",
        category: "in_vehicle_registration",
        group: "device",
        on: false,
        pattern: concat!(
            r"[A-Z]{2}[ -]?[0-9]{1,2}[ -]?[A-Z]{0,3}[ -]?[0-9]{4}",
            r"|[0-9]{2}[ -]?BH[ -]?[0-9]{4}[ -]?[A-Z]{1,2}",
        ),
        structure: "state, district, series, 4 digits",
        validator: Validator::AsianId(AsianId::InVehicleRegistration),
        near: words::PLATE,
        example: "MH 12 AB 1234",
        ..DOCUMENT
    },
    Builtin {
        name: "sg_nric_fin",
        category: "sg_nric_fin",
        strength: Strength::Certain,
        pattern: r"[FGMST][0-9]{7}[A-Z]",
        structure: "S, T, F, G or M, 7 digits, a letter",
        validator: Validator::AsianId(AsianId::SgNricFin),
        example: "S1234567D",
        ..CODE
    },
    Builtin {
        name: "sg_uen",
        category: "sg_uen",
        on: false,
        pattern: r"[0-9]{8,9}[A-Z]|[RST][0-9]{2}[A-Z]{2}[0-9]{4}[A-Z]",
        structure: "8 or 9 digits and a letter, or letter, year, kind, 4 digits, letter",
        validator: Validator::AsianId(AsianId::SgUen),
        near: words::SG_UEN,
        example: "00192200M",
        ..DOCUMENT
    },
    Builtin {
        name: "th_tnin",
        category: "th_tnin",
        pattern: concat!(
            r"[1-9](?:-[0-9]{4}-[0-9]{5}-[0-9]{2}-",
            r"| [0-9]{4} [0-9]{5} [0-9]{2} )[0-9]",
        ),
        structure: "1-4-5-2-1 digits with dashes or spaces",
        validator: TH_TNIN,
        example: "1-2345-45678-78-1",
        ..NUMBER
    },
    Builtin {
        name: "th_tnin.bare",
        category: "th_tnin",
        pattern: N13,
        structure: "13 digits",
        validator: TH_TNIN,
        near: words::TH_TNIN,
        example: "1234545678781",
        ..BARE
    },
    Builtin {
        name: "kr_rrn",
        category: "kr_rrn",
        pattern: KR_REGISTRATION,
        structure: "birth date, a dash, 7 digits",
        validator: KR_RRN,
        example: "971013-9019902",
        ..NUMBER
    },
    Builtin {
        name: "kr_rrn.bare",
        category: "kr_rrn",
        pattern: N13,
        structure: "13 digits, the first 6 the birth date",
        validator: KR_RRN,
        near: words::KOREA,
        example: "9710139019902",
        ..BARE
    },
    Builtin {
        name: "kr_frn",
        category: "kr_frn",
        pattern: KR_REGISTRATION,
        structure: "birth date, a dash, 7 digits from 5 to 8",
        validator: KR_FRN,
        example: "871110-6600385",
        ..NUMBER
    },
    Builtin {
        name: "kr_frn.bare",
        category: "kr_frn",
        pattern: N13,
        structure: "13 digits, the first 6 the birth date",
        validator: KR_FRN,
        near: words::KOREA,
        example: "8711106600385",
        ..BARE
    },
    Builtin {
        name: "kr_brn",
        category: "kr_brn",
        on: false,
        pattern: r"[0-9]{3}-[0-9]{2}-[0-9]{5}",
        structure: "3-2-5 digits with dashes",
        validator: KR_BRN,
        example: "116-82-00276",
        ..NUMBER
    },
    Builtin {
        name: "kr_brn.bare",
        category: "kr_brn",
        on: false,
        pattern: N10,
        structure: "10 digits",
        validator: KR_BRN,
        near: words::KR_BRN,
        example: "1168200276",
        ..BARE
    },
    Builtin {
        name: "kr_passport",
        category: "kr_passport",
        pattern: r"[DGMORS][0-9]{3}[0-9A-Z][0-9]{4}",
        structure: "M, S, R, O, D or G, 8 digits, since 2020 a letter for the fourth",
        validator: Validator::AsianId(AsianId::KrPassport),
        near: words::PASSPORT,
        example: "M123A4567",
        ..DOCUMENT
    },
    Builtin {
        name: "kr_driver_license",
        category: "kr_driver_license",
        pattern: r"[12][0-9]-[0-9]{2}-[0-9]{6}-[0-9]{2}",
        structure: "2-2-6-2 digits with dashes",
        validator: Validator::AsianId(AsianId::KrDriverLicense),
        near: words::DRIVER,
        example: "11-20-123456-78",
        ..BARE
    },
    Builtin {
        name: "cn_resident_id",
        category: "cn_resident_id",
        strength: Strength::Certain,
        pattern: r"[1-8][0-9]{16}[0-9Xx]",
        structure: "region, birth date with the century, order, check character",
        validator: Validator::AsianId(AsianId::CnResidentId),
        example: "11010519491231002X",
        ..NUMBER
    },
    Builtin {
        name: "tr_national_id",
        category: "tr_national_id",
        pattern: N11,
        structure: "11 digits",
        validator: Validator::AsianId(AsianId::TrNationalId),
        near: words::TR_NATIONAL_ID,
        example: "17291716060",
        ..BARE
    },
    Builtin {
        name: "tr_license_plate",
        category: "tr_license_plate",
        group: "device",
        on: false,
        pattern: r"[0-8][0-9] ?[A-Z]{1,3} ?[0-9]{2,5}",
        structure: "province, 1 to 3 letters, 2 to 5 digits",
        validator: Validator::AsianId(AsianId::TrLicensePlate),
        near: words::PLATE,
        example: "34 ABC 123",
        ..DOCUMENT
    },
    Builtin {
        name: "ph_tin",
        category: "ph_tin",
        pattern: r"[0-9]{3}-?[0-9]{3}-?[0-9]{3}(?:-?[0-9]{5}|-?[0-9]{3})?",
        structure: "3-3-3 digits, perhaps 3 or 5 of a branch",
        validator: Validator::AsianId(AsianId::PhTin),
        near: words::PH_TIN,
        example: "123-456-789-000",
        ..BARE
    },
];
