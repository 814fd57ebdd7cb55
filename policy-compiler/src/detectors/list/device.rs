//! Numbers of what people carry and drive.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

const DIGITS: Builtin =
    Builtin { group: "device", left: Border::Number, right: Border::Number, bytes_max: 24, ..ROW };

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "imei",
        category: "imei",
        pattern: "[0-9]{2}(?:-[0-9]{6}-[0-9]{6}-| [0-9]{6} [0-9]{6} )[0-9]",
        structure: "2-6-6-1 digits with dashes or spaces",
        validator: Validator::Imei,
        example: "49-015420-323751-8",
        ..DIGITS
    },
    Builtin {
        name: "imei.bare",
        category: "imei",
        strength: Strength::Weak,
        pattern: "[0-9]{15}",
        structure: "15 digits",
        validator: Validator::Imei,
        near: &["imei", "mobile equipment", "equipment identity", "device imei"],
        example: "490154203237518",
        ..DIGITS
    },
    Builtin {
        name: "iccid",
        category: "iccid",
        pattern: "89[0-9]{17,18}|89[0-9]{2}(?: [0-9]{4}){3}(?: [0-9]{3,4})",
        structure: "19 or 20 digits from 89, perhaps in groups of four",
        validator: Validator::Iccid,
        example: "8944123400000012349",
        ..DIGITS
    },
    Builtin {
        name: "imsi",
        category: "imsi",
        strength: Strength::Weak,
        pattern: "[0-9]{15}",
        structure: "15 digits",
        validator: Validator::Imsi,
        near: &["imsi", "subscriber identity", "mobile subscriber", "subscriber id"],
        example: "310150123456789",
        ..DIGITS
    },
    Builtin {
        name: "vin",
        category: "vin",
        on: false,
        pattern: "[A-HJ-NPR-Za-hj-npr-z0-9]{17}",
        structure: "17 letters and digits without I, O and Q",
        right: Border::Word,
        validator: Validator::Vin,
        example: "1M8GDM9AXKP042788",
        ..DIGITS
    },
];
