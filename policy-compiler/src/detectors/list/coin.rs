//! Addresses that money is sent to without a bank.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

const COIN: Builtin = Builtin { group: "financial", strength: Strength::Certain, ..ROW };

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "btc_address",
        category: "btc_address",
        pattern: "[13][1-9A-HJ-NP-Za-km-z]+",
        structure: "1 or 3 and 25 to 34 characters of base58",
        left: Border::Number,
        validator: Validator::BtcBase58,
        example: "17P2P1xd7P8QoniKBcXM4pSfaLXwKuGx6w",
        bytes_min: 26,
        bytes_max: 35,
        ..COIN
    },
    Builtin {
        name: "btc_address.bech32",
        category: "btc_address",
        pattern: "bc1[02-9ac-hj-np-z]+|BC1[02-9AC-HJ-NP-Z]+",
        structure: "bc1, witness version, program and checksum",
        validator: Validator::BtcBech32,
        example: "bc1qw9m2yvah5a5g0wmzkp46pxag6yjugllgxfdlpt",
        bytes_min: 16,
        bytes_max: 90,
        ..COIN
    },
    Builtin {
        name: "eth_address",
        category: "eth_address",
        strength: Strength::Likely,
        pattern: "0[xX][0-9A-Fa-f]+",
        structure: "0x and 40 hex digits",
        left: Border::Number,
        validator: Validator::EthAddress,
        example: "0x3a9012c0F462CB5535E64cD2993ED43FECf559B5",
        bytes_min: 42,
        bytes_max: 42,
        ..COIN
    },
    Builtin {
        name: "xmr_address",
        category: "xmr_address",
        pattern: "[48][1-9A-HJ-NP-Za-km-z]+",
        structure: "4 or 8 and 94 or 105 characters of base58",
        left: Border::Number,
        validator: Validator::XmrAddress,
        example: concat!(
            "43TrVRWe8huiuuoLGpe7MiZCkHGMxb1EMdr8fLgP5iQdFMxizg694RkV4jp8YAPXADNo24CNSwyzT6sYysP",
            "x3Tw2Ca97kZm",
        ),
        bytes_min: 95,
        bytes_max: 106,
        ..COIN
    },
];
