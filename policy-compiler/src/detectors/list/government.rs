//! Numbers that states give to people.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

/// Words near a Social Security number.
const SSN: &[&str] = &[
    "ssn",
    "ss",
    "social",
    "social security",
    "social security number",
    "socsec",
    "soc sec",
    "tin",
    "taxpayer",
    "tax id",
    "taxpayer id",
    "social insurance",
];

const US_SSN: Builtin = Builtin {
    category: "us_ssn",
    group: "government_id",
    left: Border::Number,
    right: Border::Number,
    validator: Validator::UsSsn,
    bytes_max: 11,
    ..ROW
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
        near: SSN,
        example: "078 05 1120",
        ..US_SSN
    },
    Builtin {
        name: "us_ssn.bare",
        strength: Strength::Weak,
        pattern: r"[0-9]{9}",
        structure: "9 digits",
        near: SSN,
        example: "078051120",
        bytes_max: 9,
        ..US_SSN
    },
];
