//! Numbers of patients, of those who treat them, and of their insurers.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

/// Words near the number of a Medicare beneficiary.
const MBI: &[&str] =
    &["mbi", "medicare", "medicare number", "medicare id", "medicare beneficiary", "beneficiary"];

/// Words near the number of a provider of health care.
const NPI: &[&str] = &[
    "npi",
    "national provider",
    "national provider identifier",
    "provider",
    "provider id",
    "prescriber",
    "physician",
];

/// Words near a registration for controlled substances.
const DEA: &[&str] = &["dea", "dea number", "dea registration", "prescriber", "drug enforcement"];

/// Words near a number of the National Health Service.
const NHS: &[&str] = &["nhs", "nhs number", "nhs no", "national health service"];

/// Words near a number of a German health insurance.
const KVNR: &[&str] = &[
    "kvnr",
    "krankenversicherung",
    "krankenversichertennummer",
    "krankenversicherungsnummer",
    "versichertennummer",
    "versicherten",
    "krankenkasse",
    "gesundheitskarte",
    "egk",
    "health insurance",
    "insurance number",
];

/// Words near a number of a German physician.
const LANR: &[&str] = &["lanr", "arztnummer", "lebenslange arztnummer", "arzt nr", "arzt"];

/// Words near a number of a German practice.
const BSNR: &[&str] = &[
    "bsnr",
    "betriebsstättennummer",
    "betriebsstaettennummer",
    "betriebsstätte",
    "betriebsstaette",
];

/// Names of the number that a hospital keeps a patient under.
const RECORD: &[&str] = &[
    "mrn",
    "medical record",
    "medical record number",
    "medical record no",
    "patient id",
    "patient number",
    "patient no",
    "patient mrn",
    "chart number",
    "hospital number",
    "patientennummer",
    "patienten id",
    "fallnummer",
    "numéro de dossier",
    "dossier patient",
    "historia clínica",
    "historia clinica",
    "cartella clinica",
    "prontuário",
    "patiëntnummer",
];

const HEALTH: Builtin = Builtin { group: "health", bytes_max: 16, ..ROW };

const DIGITS: Builtin =
    Builtin { strength: Strength::Weak, left: Border::Number, right: Border::Number, ..HEALTH };

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "us_mbi",
        category: "us_mbi",
        pattern: concat!(
            "[1-9][AC-HJKMNPQRT-Y][0-9AC-HJKMNPQRT-Y][0-9]-[AC-HJKMNPQRT-Y][0-9AC-HJKMNPQRT-Y]",
            "[0-9]-[AC-HJKMNPQRT-Y]{2}[0-9]{2}",
        ),
        structure: "4-3-4 letters and digits by place, without S L O I B Z",
        left: Border::Number,
        validator: Validator::UsMbi,
        example: "1EG4-TE5-MK73",
        ..HEALTH
    },
    Builtin {
        name: "us_mbi.bare",
        category: "us_mbi",
        pattern: concat!(
            "[1-9][AC-HJKMNPQRT-Y][0-9AC-HJKMNPQRT-Y][0-9][AC-HJKMNPQRT-Y][0-9AC-HJKMNPQRT-Y]",
            "[0-9][AC-HJKMNPQRT-Y]{2}[0-9]{2}",
        ),
        structure: "11 letters and digits by place, without S L O I B Z",
        left: Border::Number,
        validator: Validator::UsMbi,
        near: MBI,
        example: "1EG4TE5MK73",
        ..HEALTH
    },
    Builtin {
        name: "us_npi",
        category: "us_npi",
        pattern: "[12][0-9]{9}",
        structure: "10 digits from 1 or 2",
        validator: Validator::UsNpi,
        near: NPI,
        example: "1234567893",
        ..DIGITS
    },
    Builtin {
        name: "us_dea",
        category: "us_dea",
        pattern: "[A-Za-z][A-Za-z9][0-9]{7}",
        structure: "2 letters and 7 digits",
        validator: Validator::UsDea,
        near: DEA,
        example: "AB1234563",
        ..HEALTH
    },
    Builtin {
        name: "uk_nhs",
        category: "uk_nhs",
        pattern: "[0-9]{3}(?: [0-9]{3} [0-9]{4}|-[0-9]{3}-[0-9]{4}|[0-9]{7})",
        strength: Strength::Likely,
        structure: "10 digits, 3-3-4 with spaces or dashes",
        validator: Validator::UkNhs,
        near: NHS,
        example: "943 476 5919",
        ..DIGITS
    },
    Builtin {
        name: "de_health_insurance",
        category: "de_health_insurance",
        pattern: "[A-Za-z][0-9]{9}",
        structure: "a letter and 9 digits",
        validator: Validator::DeKvnr,
        near: KVNR,
        example: "A123456780",
        ..HEALTH
    },
    Builtin {
        name: "de_lanr",
        category: "de_lanr",
        pattern: "[0-9]{9}",
        structure: "9 digits, the seventh a check digit",
        validator: Validator::DeLanr,
        near: LANR,
        example: "123456601",
        ..DIGITS
    },
    Builtin {
        name: "de_bsnr",
        category: "de_bsnr",
        pattern: "[0-9]{9}",
        structure: "9 digits",
        validator: Validator::DeBsnr,
        near: BSNR,
        example: "521234568",
        ..DIGITS
    },
    Builtin {
        name: "medical_record",
        category: "medical_record",
        strength: Strength::Weak,
        pattern: "[A-Za-z]{0,4}[0-9]{5,12}",
        structure: "up to 4 letters and 5 to 12 digits",
        left: Border::Number,
        right: Border::Number,
        validator: Validator::Named,
        near: RECORD,
        example: "MR00112233",
        bytes_max: 17,
        ..HEALTH
    },
];
