//! Days in people's lives, and where they are.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

/// Words near a day of birth.
const BIRTH: &[&str] = &[
    "birth",
    "dob",
    "birthday",
    "birthdate",
    "date of birth",
    "born",
    "born on",
    "geburtsdatum",
    "geburtstag",
    "geboren",
    "geb",
    "naissance",
    "date de naissance",
    "né",
    "née",
    "né le",
    "nacimiento",
    "fecha de nacimiento",
    "nacido",
    "nacida",
    "nascita",
    "data di nascita",
    "nato",
    "nata",
    "nascimento",
    "data de nascimento",
    "nascido",
    "geboortedatum",
    "urodzenia",
    "data urodzenia",
    "urodzony",
    "urodzona",
];

/// Words near one half of a position.
const POSITION: &[&str] = &[
    "lat",
    "latitude",
    "lon",
    "lng",
    "long",
    "longitude",
    "gps",
    "coordinate",
    "geo",
    "breitengrad",
    "längengrad",
    "latitud",
    "longitud",
    "latitudine",
    "longitudine",
];

/// Digits with one kind of separator, the year first or last, and perhaps the time of an
/// RFC 3339 stamp.
const NUMBERS: &str = concat!(
    "(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{2}){1,2}|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2})",
    "(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?",
);

/// A day and a month in words or the other way round, and the year.
const WORDS: &str = concat!(
    r"(?-u:[0-9]{1,2}(?:st|nd|rd|th|\.|\xC2\xBA)? (?:of |de )?[A-Za-z][A-Za-z\x80-\xFF]{2,}\.?,? (?:de )?[0-9]{4}",
    r"|[A-Z][a-z]{2,8}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4})",
);

const DAY: Builtin = Builtin {
    group: "personal",
    on: false,
    left: Border::Joined,
    right: Border::Joined,
    bytes_max: 36,
    ..ROW
};

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "birth_date",
        category: "birth_date",
        pattern: NUMBERS,
        structure: "day, month and year in numbers",
        validator: Validator::BirthDate,
        near: BIRTH,
        example: "17.05.1980",
        ..DAY
    },
    Builtin {
        name: "birth_date.bare",
        category: "birth_date",
        strength: Strength::Weak,
        pattern: "[0-9]{8}",
        structure: "8 digits",
        validator: Validator::BirthDate,
        near: BIRTH,
        example: "19800517",
        ..DAY
    },
    Builtin {
        name: "birth_date.written",
        category: "birth_date",
        pattern: WORDS,
        structure: "day and year in numbers, month in words",
        validator: Validator::WrittenDate,
        near: BIRTH,
        example: "17 May 1980",
        ..DAY
    },
    Builtin {
        name: "date",
        category: "date",
        pattern: NUMBERS,
        structure: "day, month and year in numbers",
        validator: Validator::Date,
        example: "2024-05-17",
        ..DAY
    },
    Builtin {
        name: "date.written",
        category: "date",
        pattern: WORDS,
        structure: "day and year in numbers, month in words",
        validator: Validator::WrittenDate,
        example: "May 17, 2024",
        ..DAY
    },
    Builtin {
        name: "gps_position",
        category: "gps_position",
        group: "location",
        on: false,
        pattern: r"[+-]?[0-9]{1,3}\.[0-9]{4,}(?:[,;] ?| )[+-]?[0-9]{1,3}\.[0-9]{4,}",
        structure: "two decimals with four places or more",
        left: Border::Number,
        right: Border::List,
        validator: Validator::GpsPair,
        example: "48.13743, 11.57549",
        bytes_max: 48,
        ..ROW
    },
    Builtin {
        name: "gps_position.degrees",
        category: "gps_position",
        group: "location",
        on: false,
        strength: Strength::Weak,
        pattern: r"[+-]?[0-9]{1,3}\.[0-9]{4,}",
        structure: "a decimal with four places or more",
        left: Border::Number,
        right: Border::Number,
        validator: Validator::GpsDegrees,
        near: POSITION,
        example: "48.13743",
        bytes_max: 24,
        ..ROW
    },
];
